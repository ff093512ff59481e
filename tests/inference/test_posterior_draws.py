"""Draws from posteriors: right where the answer is known, and honest where the model bends."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.inference.calibration import Prior
from ketasim.inference.posterior_draws import (
    as_csv,
    folder,
    shipped_draws,
    unweighted,
    weighted,
)
from ketasim.inference.trial_calibration import Observed, calibrate_on_trials

PRIORS = (Prior("gain", 6.0, 0.7, "log", "", ""),)
SEEN = Observed(np.log([8.0, 9.0]), np.array([0.2, 0.2]), ("a", "b"))


def straight(settings):
    """Return predictions that are straight on the prior's scale: the posterior is normal."""
    return np.log(np.asarray(settings["gain"]))[:, None] * np.ones(2)


def bent(settings):
    return np.log(np.asarray(settings["gain"]))[:, None] ** 4 * np.ones(2) / 10


def test_a_normal_posterior_needs_no_weights():
    fit = calibrate_on_trials(straight, SEEN, PRIORS, {})
    draws = weighted(straight, SEEN, fit, {}, 256, 1)
    assert draws.effective > 255
    logs = np.log(draws.values[:, 0])
    # conjugate: precision 1/0.49 + 2/0.04, mean weighted by it
    precision = 1 / 0.49 + 2 / 0.04
    mean = (np.log(6) / 0.49 + np.log([8.0, 9.0]).sum() / 0.04) / precision
    assert np.average(logs, weights=draws.weights) == pytest.approx(mean, abs=0.01)
    assert np.std(logs) == pytest.approx(precision**-0.5, rel=0.05)


def test_a_bent_posterior_costs_draws_and_is_set_right():
    seen = Observed(np.array([1.0, 1.2]), np.array([2.0, 2.0]), ("a", "b"))
    fit = calibrate_on_trials(bent, seen, PRIORS, {})
    draws = weighted(bent, seen, fit, {}, 512, 1)
    assert draws.effective < 500
    grid = np.linspace(-1, 5, 4001)
    density = np.exp(
        -(((grid - np.log(6)) / 0.7) ** 2) / 2
        - ((grid**4 / 10 - 1.0) ** 2 + (grid**4 / 10 - 1.2) ** 2) / 8
    )
    truth = float((grid * density).sum() / density.sum())
    # importance sampling with some 400 draws errs by about SD/20, here 0.02
    assert np.average(np.log(draws.values[:, 0]), weights=draws.weights) == pytest.approx(
        truth, abs=0.05
    )


def test_draws_are_the_same_each_time_and_can_be_written():
    one = unweighted(PRIORS, np.array([6.0]), np.array([[0.04]]), 8, 3)
    two = unweighted(PRIORS, np.array([6.0]), np.array([[0.04]]), 8, 3)
    assert np.array_equal(one.values, two.values)
    lines = as_csv(one).splitlines()
    assert lines[0] == "weight,gain"
    assert len(lines) == 9


def test_shipped_draws_stand_around_the_tables_values():
    from ketasim.model import assemble

    known = {row.symbol: row for row in assemble().parameters}
    names = [p.name[:-4] for p in folder().iterdir() if p.name.endswith(".csv")]
    assert {"pk", "expect", "mood"} <= set(names)
    for name in names:
        draws = shipped_draws(name)
        for place, symbol in enumerate(draws.symbols):
            low, high = np.quantile(draws.values[:, place], [0.005, 0.995])
            assert low <= known[symbol].value <= high, symbol


def test_an_unknown_calibration_is_named():
    with pytest.raises(UserError, match="unknown calibration 'pkk'; nearest: pk"):
        shipped_draws("pkk")
