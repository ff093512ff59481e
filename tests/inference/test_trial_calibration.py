"""Calibration on trials: known truths come back, and studies count as studies."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.inference.calibration import Prior
from ketasim.inference.trial_calibration import Observed, calibrate_on_trials

DOSES = np.tile([0.2, 0.5, 1.0], 12)
STUDIES = tuple(f"study {k // 3}" for k in range(36))
PRIORS = (
    Prior("gain", 6.0, 0.7, "log", "", ""),
    Prior("half", 0.5, 0.5, "log", "", ""),
)


def saturating(settings):
    """Return an effect that saturates with dose, for every setting and finding."""
    gain, half = (np.asarray(settings[s])[:, None] for s in ("gain", "half"))
    return gain * DOSES / (DOSES + half)


def seen(gain=10.0, half=0.4, trial_sd=0.0, error=0.3, seed=0):
    random = np.random.default_rng(seed)
    true = saturating({"gain": np.array([gain]), "half": np.array([half])})[0]
    factor = np.repeat(np.exp(trial_sd * random.standard_normal(12)), 3)
    values = true * factor + error * random.standard_normal(36)
    return Observed(values, np.full(36, error), STUDIES)


def test_known_values_come_back_within_their_errors():
    fit = calibrate_on_trials(saturating, seen(), PRIORS, {"gain": 6.0})
    away = (np.log(fit.values) - np.log([10.0, 0.4])) / fit.sd
    assert np.all(np.abs(away) < 3)
    assert fit.sd[0] < PRIORS[0].sd / 3
    assert np.std(fit.residuals) == pytest.approx(1, abs=0.4)


def test_differences_between_studies_are_estimated_and_widen_the_errors():
    same = calibrate_on_trials(saturating, seen(), PRIORS, {"gain": 6.0})
    differ = calibrate_on_trials(saturating, seen(trial_sd=0.5), PRIORS, {"gain": 6.0})
    # twelve studies tell an SD to about a fifth, and its prior pulls towards 0.4
    assert differ.trial_sd[0] == pytest.approx(0.5, rel=0.4)
    assert same.trial_sd[0] < 0.2
    assert differ.sd[0] > 2 * same.sd[0]


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside = 0
    for seed in range(40):
        fit = calibrate_on_trials(saturating, seen(trial_sd=0.4, seed=seed), PRIORS, {"gain": 6.0})
        inside += abs(np.log(fit.values[0] / 10.0)) < 1.645 * fit.sd[0]
    # 36 of 40 are expected at 90 %; below 29 has a probability of 0.1 % there
    assert inside >= 29


def test_a_study_of_many_rows_counts_as_one_study():
    once = Observed(np.array([8.0]), np.array([0.1]), ("a",))
    often = Observed(np.full(50, 8.0), np.full(50, 0.1), ("a",) * 50)

    def flat(n):
        return lambda settings: np.repeat(np.asarray(settings["gain"])[:, None], n, axis=1)

    one = calibrate_on_trials(flat(1), once, PRIORS[:1], {"gain": 6.0})
    fifty = calibrate_on_trials(flat(50), often, PRIORS[:1], {"gain": 6.0})
    assert fifty.sd[0] == pytest.approx(one.sd[0], rel=0.1)


def test_a_value_on_its_bound_is_refused():
    far = seen(gain=6.0 * np.exp(5 * 0.7), error=0.01)
    with pytest.raises(UserError, match=r"gain = .* lies on its bound 49, .*refused"):
        calibrate_on_trials(saturating, far, PRIORS, {"gain": 6.0})


def test_the_loss_falls_and_is_told_each_round():
    told = []
    fit = calibrate_on_trials(
        saturating, seen(), PRIORS, {"gain": 6.0}, told=lambda k, loss: told.append((k, loss))
    )
    assert [k for k, _ in told] == list(range(1, fit.rounds + 1))
    assert set(fit.loss) == {"findings", "priors", "trials"}
    assert told[-1][1] == pytest.approx(sum(fit.loss.values()), abs=0.05)


@pytest.mark.parametrize(
    ("observed", "words"),
    [
        ((np.array([]), np.array([]), ()), "no findings"),
        ((np.ones(2), np.ones(1), ("a", "b")), "1 errors and 2 studies for 2"),
        ((np.array([1.0, np.nan]), np.ones(2), ("a", "b")), "observation 1 is nan"),
        ((np.ones(2), np.array([1.0, 0.0]), ("a", "b")), "error 1 is 0, not positive"),
    ],
)
def test_what_was_not_observed_is_refused(observed, words):
    with pytest.raises(UserError, match=words):
        Observed(*observed)


def test_a_finding_that_cannot_be_predicted_is_named():
    def broken(settings):
        found = saturating(settings)
        found[:, 4] = np.nan
        return found

    with pytest.raises(UserError, match="finding 4 could not be predicted"):
        calibrate_on_trials(broken, seen(), PRIORS, {"gain": 6.0})


def test_a_number_pooled_over_many_trials_is_surer_than_that_of_one():
    def flat(settings):
        return np.asarray(settings["gain"])[:, None]

    def error(trials):
        seen = Observed(np.array([8.0]), np.array([0.1]), ("a",), (trials,))
        return calibrate_on_trials(flat, seen, PRIORS[:1], {"gain": 6.0}).sd[0]

    assert error(16) < error(1) / 2
