"""Elementary functions in vector code against the C library."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ketasim.engine import compile_model, solve_ensemble
from tests.engine import models


def evaluate(formula: str, **columns: np.ndarray) -> np.ndarray:
    given = " ".join(f"{name} = 1;" for name in columns)
    model = compile_model(
        models.sbml(f"model m\n {given} s = 0; s' = 0; f := {formula}; end"), ["f"]
    )
    return solve_ensemble(model, np.array([0.0]), varying=columns).values[:, 0, 0]


def test_exp_is_right_to_the_last_bits():
    x = np.concatenate([np.linspace(-745, 709.7, 20_001), np.linspace(-1e-3, 1e-3, 999)])
    np.testing.assert_allclose(evaluate("exp(x)", x=x), np.exp(x), rtol=5e-16, atol=5e-324)


def test_log_is_right_to_the_last_bits():
    x = np.concatenate([np.geomspace(1e-320, 1e308, 20_001), 1 + np.linspace(-1e-6, 1e-6, 999)])
    # near 1 the result itself is near 0: allow two units in the last place of 1
    np.testing.assert_allclose(evaluate("ln(x)", x=x), np.log(x), rtol=5e-16, atol=5e-22)


@pytest.mark.parametrize("x", [0.0, -1.0, math.inf, -math.inf, math.nan, 800.0, -800.0])
def test_edges_of_exp_and_log(x):
    column = np.array([x])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(evaluate("exp(x)", x=column), np.exp(column))
        np.testing.assert_array_equal(evaluate("ln(x)", x=column), np.log(column))


def test_powers_agree_with_the_c_library_also_at_zero_and_below():
    bases = np.array([0.0, 0.3, 1.0, 7.5, 1e-8, 3e6, -2.0, -0.7, -3.0])
    exponents = np.array([0.0, 1.0, 2.0, 0.5, 1.7, -1.0, -2.5, 3.0])
    x, y = (grid.ravel() for grid in np.meshgrid(bases, exponents))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(evaluate("x^y", x=x, y=y), x**y, rtol=2e-14)
