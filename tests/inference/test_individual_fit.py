"""The search for the most probable scores, on curves that need no model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_ndtr

from ketasim.inference.individual_fit import (
    CONVERGED,
    GIVEN_UP,
    NO_SAMPLES,
    fit_all,
)
from ketasim.inference.individual_objective import Measured, copies, expansion
from ketasim.population import ResidualError

TIMES = np.array([0.25, 1.0, 3.0, 6.0])
CORRELATION = np.array([[1.0, 0.48], [0.48, 1.0]])


def curve(scores):
    """One compartment after a bolus of 1000: clearance and volume spread by 0.3 and 0.4."""
    clearance, volume = 10 * np.exp(0.3 * scores[:, :1]), 40 * np.exp(0.4 * scores[:, 1:2])
    return 1000 / volume * np.exp(-clearance / volume * TIMES)


def predict(who, scores):
    return [curve(one) for one in scores]


def measured(scores, error, noise, below=None):
    values = curve(np.array([scores]))[0] * (1 + error.proportional * np.array(noise))
    low = np.zeros(4, dtype=bool) if below is None else np.array(below, dtype=bool)
    return Measured(values, (error,) * 4, low)


PEOPLE = [
    measured([0.5, -1.0], ResidualError(proportional=0.2), [0.3, -1.1, 0.8, 1.9]),
    measured([-1.5, 0.7], ResidualError(proportional=0.1, additive=2.0), [1.0, 0.2, -0.5, -1.0]),
    measured([2.0, 1.5], ResidualError(log_sd=0.3), [0, 0, 0, 0]),
    measured([0.0, -2.0], ResidualError(proportional=0.2), [1, -1, 1, 0], [0, 0, 0, 1]),
]


def objective(scores, samples):
    """Minus twice the log posterior, written out term by term."""
    prediction = curve(scores[None, :])[0]
    total = scores @ np.linalg.inv(CORRELATION) @ scores
    for y, f, error, below in zip(
        samples.values, prediction, samples.errors, samples.below, strict=True
    ):
        if error.log_sd:
            y, f, v = np.log(y), np.log(f), error.log_sd**2
        else:
            v = (error.proportional * f) ** 2 + error.additive**2
        u = (y - f) / np.sqrt(v)
        total += -2 * log_ndtr(u) if below else u**2 + np.log(v)
    return total


@pytest.mark.parametrize("k", range(len(PEOPLE)))
def test_the_top_is_where_scipy_finds_it(k):
    found = fit_all(predict, PEOPLE, CORRELATION)[k]
    assert found.status == CONVERGED
    told = minimize(objective, np.zeros(2), args=(PEOPLE[k],), method="Nelder-Mead",
                    options={"xatol": 1e-7, "fatol": 1e-11, "maxiter": 4000})  # fmt: skip
    # the search stops at an expected fall of 1e-8: 1e-4 SD; differences add as much
    np.testing.assert_allclose(found.scores, told.x, atol=5e-4)
    assert found.objective == pytest.approx(told.fun, abs=1e-6)


@pytest.mark.parametrize("k", range(len(PEOPLE)))
def test_slope_and_curvature(k):
    """The slope is that of the objective; the curvature is positive definite."""
    scores, moving = np.array([0.3, -0.4]), np.ones(2, dtype=bool)
    precision = np.linalg.inv(CORRELATION)
    found = expansion(PEOPLE[k], curve(copies(scores, moving)), scores, moving, precision)
    assert found.objective == pytest.approx(objective(scores, PEOPLE[k]), rel=1e-12)
    h = 1e-5
    for i in range(2):
        shift = h * np.eye(2)[i]
        rise = objective(scores + shift, PEOPLE[k]) - objective(scores - shift, PEOPLE[k])
        # central differences of step 2e-3: relative error of order 1e-6
        assert found.slope[i] == pytest.approx(rise / (2 * h), rel=1e-4, abs=1e-4)
    assert np.all(np.linalg.eigvalsh(found.curvature) > 0)


def test_without_samples_the_prior_stays():
    nothing = Measured(np.zeros(0), (), np.zeros(0, dtype=bool))
    found = fit_all(predict, [nothing, PEOPLE[0]], CORRELATION)
    assert found[0].status == NO_SAMPLES
    assert np.array_equal(found[0].scores, np.zeros(2))
    assert np.array_equal(found[0].covariance, CORRELATION)
    assert found[1].status == CONVERGED


def test_a_flat_curve_leaves_the_prior():
    def flat(who, scores):
        return [np.full((len(one), 4), 30.0) for one in scores]

    found = fit_all(flat, PEOPLE[:1], CORRELATION)[0]
    assert found.status == CONVERGED
    np.testing.assert_allclose(found.scores, 0, atol=1e-12)
    np.testing.assert_allclose(found.covariance, CORRELATION, atol=1e-12)


def test_a_prediction_that_fails_is_told():
    def broken(who, scores):
        return [np.full((len(one), 4), np.nan) for one in scores]

    found = fit_all(broken, PEOPLE[:1], CORRELATION)[0]
    assert found.status == GIVEN_UP
    assert np.array_equal(found.scores, np.zeros(2))


def test_others_do_not_change_a_person():
    alone = [fit_all(predict, [one], CORRELATION)[0] for one in PEOPLE]
    together = fit_all(predict, PEOPLE[::-1], CORRELATION)[::-1]
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one.scores, other.scores)
        assert np.array_equal(one.covariance, other.covariance)


def test_of_two_tops_the_higher_is_found():
    """A curve that folds: the typical person is on the slope towards the lower of two tops."""

    def folded(who, scores):
        bend = [np.exp(0.3 * (s[:, :1] + 0.3 * s[:, :1] ** 2)) for s in scores]
        return [100 * one * np.ones((1, 4)) for one in bend]

    target = 100 * np.exp(0.3 * (2.5 + 0.3 * 2.5**2))
    samples = Measured(np.full(4, target), (ResidualError(log_sd=0.05),) * 4, np.zeros(4, bool))
    found = fit_all(folded, [samples], np.eye(2))[0]
    assert found.status == CONVERGED
    # the fold at -1.67 mirrors 2.5 to -5.8: as good a fit, but far less probable
    assert found.scores[0] == pytest.approx(2.5, abs=0.15)
