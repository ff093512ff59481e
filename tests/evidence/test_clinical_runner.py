"""Trials drawn from pools: closed forms, coverage of a toy, and one small run of the model."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.evidence import read_findings
from ketasim.evidence.clinical_pools import model_of_pool, pools
from ketasim.evidence.clinical_runner import (
    Size,
    drawn,
    endpoint_of,
    pool_record,
    predict_trials,
    predictive_of,
    trial_effects,
)
from tests.evidence.trials import TRIAL, finding, groups, trial

RANDOM = np.random.default_rng(7)
SIZE = Size(people=1, draws=20, trials=100, ratings=1)
CHANGE = finding('endpoint = "change"\nat = "24 h"\nvalue = -10\nunit = "points"')
SMALL = Size(people=12, draws=3, trials=10, ratings=2)


def made_up(means: np.ndarray, sd: float, people: int = 2000) -> np.ndarray:
    """Return patients of a normal law about each mean, the first row about the first mean."""
    return means[:, None] + sd * RANDOM.standard_normal((len(means), people))


def predicted(values: np.ndarray, one=CHANGE, size: Size = SIZE):
    assert one.arm is not None
    return predictive_of(one, {(one, one.arm): groups(values)}, size, seed=1)


def test_chance_of_a_small_trial_is_that_of_a_mean():
    found = predicted(made_up(np.full(21, -10.0), 8.0))
    low, middle, high = np.quantile(found.trials, [0.05, 0.5, 0.95])
    error = 8.0 / np.sqrt(20)  # the arm has 20 patients
    assert middle == pytest.approx(-10, abs=0.2)
    # quantiles of 2,000 trials: error about 0.05 SD
    assert (high - low) / 2 == pytest.approx(1.645 * error, rel=0.08)
    assert found.tabled == pytest.approx(-10, abs=0.5)


def test_what_is_not_known_adds_to_chance():
    means = np.concatenate([[-10.0], RANDOM.normal(-10, 3, 200)])
    found = predicted(made_up(means, 8.0), size=Size(draws=200, trials=20))
    assert np.std(found.trials) == pytest.approx(np.hypot(3, 8 / np.sqrt(20)), rel=0.12)


def test_intervals_of_a_toy_hold_nine_in_ten():
    inside = []
    for _ in range(300):
        means = RANDOM.normal(-10, 3, 41)
        found = predicted(made_up(means, 8.0, 300), size=Size(draws=40, trials=10))
        low, high = np.quantile(found.trials, [0.05, 0.95])
        seen = RANDOM.normal(RANDOM.normal(-10, 3), 8 / np.sqrt(20))
        inside.append(low <= seen <= high)
    # 300 toys: SD of the share 0.017
    assert np.mean(inside) == pytest.approx(0.9, abs=0.06)


def test_response_of_a_trial_is_binomial():
    one = finding('endpoint = "response"\nat = "24 h"\nvalue = 30\nunit = "%"')
    found = predicted((RANDOM.random((21, 3000)) < 0.3).astype(float), one)
    assert found.trials.std() == pytest.approx(100 * np.sqrt(0.3 * 0.7 / 20), rel=0.08)
    assert set(np.round(found.trials % 5, 6)) <= {0.0, 5.0}  # whole patients of 20


def test_those_who_do_not_count_are_not_drawn():
    values = made_up(np.full(21, 5.0), 1.0)
    values[:, ::2] = np.nan
    found = predicted(values)
    assert np.isfinite(found.trials).all()
    assert len(found.trials) == 2000
    values[3:] = np.nan
    assert len(predicted(values).trials) == 200  # of two draws of twenty


def test_same_people_stand_in_both_arms_of_a_crossover():
    arm = groups(np.arange(50.0)[None])
    other = groups(np.arange(50.0)[None] + 100)
    for paired in (True, False):
        a, b = drawn([arm, other], (6, 6), 30, RANDOM, paired)
        assert bool(np.all(b.values - a.values == 100)) is paired


def test_effect_of_a_trial_averages_out_over_many():
    one, nine = (trial_effects(64, 1, trials)["g"] for trials in (1, 9))
    assert one[0] == nine[0] == 1
    np.testing.assert_allclose(np.log(one), 3 * np.log(nine), atol=1e-12)
    assert np.std(np.log(one[1:])) > 0


def test_endpoint_is_told_in_the_words_of_trials():
    later = 'endpoint = "change"\nfrom = "28 d"\nto = "364 d"\nvalue = 0.3\nunit = "points"'
    found = endpoint_of(finding(later))
    assert (found.at_h, found.from_h, found.to_h) == (364 * 24, 28 * 24, None)
    relapse = (
        'endpoint = "relapse"\nfrom = "12 d"\nto = "40 d"\namong = "remitters"\nconsecutive = 2\n'
        'threshold = 22\nvalue = 50\nunit = "%"'
    )
    found = endpoint_of(finding(relapse))
    assert (found.among, found.consecutive, found.threshold) == ("remitters", 2, 22)


WORDS = """
[[finding]]
id = "toy_difference"
arm = "ketamine"
comparator = "saline"
endpoint = "change"
contrast = "difference"
at = "24 h"
value = -8
unit = "points"

[[finding]]
id = "toy_relapse"
arm = "ketamine"
endpoint = "time to relapse"
from = "24 h"
to = "8 d"
value = 4
unit = "d"

[[finding]]
id = "toy_peak"
arm = "ketamine"
endpoint = "peak"
scale = "CADSS"
from = "0 h"
to = "2 h"
value = 10
unit = "points"

[[finding]]
id = "toy_left"
arm = "ketamine"
endpoint = "dropout"
to = "8 d"
value = 5
unit = "%"
"""


@pytest.fixture(scope="module")
def run():
    findings = read_findings(TRIAL + WORDS, "toy.toml")
    return {f.id: p for f, p in predict_trials(findings, size=SMALL).items()}


def test_model_is_run_for_every_kind_of_finding(run):
    assert set(run) == {"toy_change", "toy_difference", "toy_relapse", "toy_peak", "toy_left"}
    assert all(len(each.trials) for each in run.values())
    assert np.median(run["toy_difference"].trials) < 0
    assert np.median(run["toy_change"].trials) < -4
    assert (run["toy_peak"].trials > 0).all()
    assert ((run["toy_left"].trials >= 0) & (run["toy_left"].trials <= 100)).all()
    days = run["toy_relapse"].trials
    assert ((days >= 1) & (days <= 7)).all()


def test_same_seed_gives_the_same_trials(run):
    alone = predict_trials(read_findings(TRIAL, "toy.toml"), size=SMALL)
    (again,) = alone.values()
    assert len(again.trials) == len(run["toy_change"].trials)
    other = predict_trials(read_findings(TRIAL, "toy.toml"), seed=2, size=SMALL)
    assert np.any(next(iter(other.values())).trials != again.trials)
    repeated = predict_trials(read_findings(TRIAL, "toy.toml"), size=SMALL)
    np.testing.assert_array_equal(next(iter(repeated.values())).trials, again.trials)


def test_doses_may_be_decided_at_visits():
    policy = 'policy = { kind = "stop when", reached = "response" }'
    text = trial(
        ('over = "40 min" }]', f'over = "40 min", every = "7 d", times = 2 }}]\n{policy}'),
        ('at = "24 h"', 'at = "8 d"'),
    )
    stopped, both = (read_findings(t, "toy.toml") for t in (text, text.replace(policy, "")))
    (found,) = predict_trials(stopped, size=SMALL).values()
    assert np.isfinite(found.tabled)
    ((pool,), (other,)) = (set(pools(each).values()) for each in (stopped, both))
    assert pool.visits_h == (0, 168, 192)  # weekly, though the finding asks for day 8 only
    after = pool_record(pool, model_of_pool(pool), SMALL, 1)
    same = pool_record(other, model_of_pool(other), SMALL, 1)
    fewer, more = after.madrs[:, -1], same.madrs[:: SMALL.ratings, -1]  # nobody is rated twice here
    responded = after.scores["MADRS"][:, 1] <= 0.5 * after.scores["MADRS"][:, 0]
    assert 0 < responded.sum() < len(responded)
    assert np.all(fewer[responded] > more[responded])  # they got no second dose
    np.testing.assert_allclose(fewer[~responded], more[~responded], rtol=1e-3)  # the solver's error
    assert np.mean(after.scores["MADRS"][:, 0] >= 28) > 0.9  # of the rest no rating reached it
