"""What may go wrong in one individual is told, tried again, and harms nobody else."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from ketasim.engine import compile_model, solve_ensemble
from ketasim.engine.rodas5p import GAMMA
from tests.engine import models


def compiled(text, outputs):
    return compile_model(models.sbml(f"model m\n{text}\nend"), outputs)


def test_the_fallback_takes_over_where_steps_run_out_and_agrees_with_closed_forms():
    text = models.ONE_COMPARTMENT
    model = compile_model(models.sbml(text), ["c"])
    from tests.engine.test_ensemble import one_row

    events = one_row([0, 2.5], [0, 0], [0, 0], [40.0, 0.0], ["rate"], n=2)
    times = np.array([1.0, 2.5, 24.0])
    got = solve_ensemble(model, times, events=events, most_steps=5)
    assert got.status.tolist() == [0, 0]
    assert got.retried.tolist() == [True, True]
    assert got.told() == "2 of 2 needed the slower method"
    want = models.infusion_in_one_compartment(times, 40.0, 2.5, 5.0, 20.0)
    np.testing.assert_allclose(got.values[0, :, 0], want, rtol=1e-5)


def test_how_many_failed_and_why_is_told():
    model = compiled("k = 1; x = 1; x' = k*x^2;", ["x"])
    ks = np.array([0.1, 1.0, np.nan])
    got = solve_ensemble(model, np.array([2.0]), varying={"k": ks})
    assert (got.status != 0).tolist() == [False, True, True]
    assert got.retried.tolist() == [False, True, True]
    assert got.told().startswith("2 of 3 failed: ")
    assert np.isnan(got.values[1:]).all()
    few = solve_ensemble(model, np.array([0.5]), most_steps=2, fallback=False)
    assert few.told() == "1 of 1 failed: 1 too many steps"


@pytest.mark.parametrize("off", [0.0, 1e-15, -1e-15, 1e-13, 1e-11, 1e-8])
def test_a_pivot_that_vanishes_does_no_harm(off):
    """The first pivot, 1/(gamma h) - 1, is zero at h = 1/gamma, where steps are made to be."""
    model = compiled("x = 1; y = 0.5; x' = x - 10*y; y' = 10*x - 20*y;", ["x", "y"])
    step = (1 + off) / GAMMA
    times = step * np.arange(1, 9)
    got = solve_ensemble(model, times, rtol=1e-4, atol=1e-6, largest_step=step, fallback=False)
    matrix = np.array([[1.0, -10.0], [10.0, -20.0]])
    want = np.array([expm(matrix * t) @ [1.0, 0.5] for t in times])
    assert got.status[0] == 0
    np.testing.assert_allclose(got.values[0], want, atol=1e-6)


@pytest.mark.parametrize("power", ["x^0.5", "sqrt(x)", "x^0.7", "x^p"])
def test_a_fractional_power_at_zero_can_be_started_from(power):
    model = compiled(f"x = 0; x' = 1; p = 0.6; y = 0; y' = {power};", ["y"])
    got = solve_ensemble(model, np.array([0.0, 1.0, 2.0]), rtol=1e-7, atol=1e-10, fallback=False)
    exponent = {"x^0.5": 0.5, "sqrt(x)": 0.5, "x^0.7": 0.7, "x^p": 0.6}[power] + 1
    want = np.array([0, 1, 2]) ** exponent / exponent
    assert got.status[0] == 0
    np.testing.assert_allclose(got.values[0, :, 0], want, rtol=1e-5, atol=1e-8)


def test_where_time_enters_steps_are_bounded_by_themselves():
    text = "x = 0; x' = 5*piecewise(1, time > 50 && time < 53, 0) - 0.01*x;"
    got = solve_ensemble(compiled(text, ["x"]), np.array([100.0]), rtol=1e-6, atol=1e-9)
    want = 500 * (1 - np.exp(-0.03)) * np.exp(-0.47)
    np.testing.assert_allclose(got.values[0, 0, 0], want, rtol=1e-4)
    blind = solve_ensemble(compiled(text, ["x"]), np.array([100.0]), largest_step=np.inf)
    assert blind.values[0, 0, 0] != pytest.approx(want, rel=1e-2)
