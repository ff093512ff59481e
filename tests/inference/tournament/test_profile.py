"""Profiles whose shape and limits are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim import UserError
from ketasim.inference.tournament.profile import DROP, limits, profile, profile_of
from tests.inference.tournament import toy
from tests.inference.tournament.test_identifiability import _fit

PRECISION = np.array([[4.0, 3.0, 0.0], [3.0, 4.0, 0.0], [0.0, 0.0, 0.0]])
MIDDLE = np.array([0.5, -0.3, 0.0])


def quadratic(scores):
    away = scores - MIDDLE
    return -np.einsum("ni,ij,nj->n", away, PRECISION, away) / 2


@pytest.fixture(scope="module")
def draws():
    spread = np.linalg.inv(PRECISION + np.eye(3))
    mean = spread @ PRECISION @ MIDDLE
    return np.random.default_rng(1).multivariate_normal(mean, spread, 256)


def test_profile_of_a_quadratic(draws):
    """Others at their best: the precision of the first is 4 - 9/4 = 1.75."""
    told = profile(quadratic, draws, quadratic(draws), 0, points=13, rounds=60)
    exact = -1.75 * (told.score - MIDDLE[0]) ** 2 / 2
    near = np.abs(told.score - MIDDLE[0]) < 2
    # the others stay within three prior SDs and climb by steps: a tenth of the drop
    assert told.log_likelihood[near] == pytest.approx(exact[near], abs=0.2)
    half = np.sqrt(2 * DROP / 1.75)
    assert told.low == pytest.approx(0.5 - half, abs=0.12)
    assert told.high == pytest.approx(0.5 + half, abs=0.12)
    assert told.evaluations == 13 * 6 * 61
    assert np.all(told.best[:, 0] == told.score)


def test_what_the_evidence_does_not_see_has_no_limits(draws):
    told = profile(quadratic, draws, quadratic(draws), 2, rounds=30)
    assert (told.low, told.high) == (-np.inf, np.inf)
    assert told.log_likelihood.min() > -0.5


def test_more_rounds_never_fall_and_the_seed_decides(draws):
    few, many = (
        profile(quadratic, draws, quadratic(draws), 0, rounds=rounds, seed=3) for rounds in (3, 40)
    )
    assert many.log_likelihood.sum() >= few.log_likelihood.sum()
    again = profile(quadratic, draws, quadratic(draws), 0, rounds=3, seed=3)
    assert np.array_equal(few.log_likelihood, again.log_likelihood)


def test_a_peak_between_grid_points_has_limits():
    grid = np.linspace(-3, 3, 7)
    assert limits(grid, np.full(7, -50.0), 0.4) == (0.0, 1.0)
    low, high = limits(grid, -2.0 * grid**2, 0.0)
    assert low == pytest.approx(-DROP / 2)
    assert high == pytest.approx(DROP / 2)


def test_an_unknown_parameter_is_named():
    fit = _fit(np.zeros((8, 2)))
    with pytest.raises(UserError, match="t: no free parameter 'p9'"):
        profile_of(fit, toy.body(1), "p9")
