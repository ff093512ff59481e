"""Exact sensitivities against closed forms and against central differences at tight tolerance."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from ketasim import UserError
from ketasim.engine import Events, compile_model, solve_ensemble
from ketasim.engine.tangent import compile_tangent
from tests.engine import models

TIGHT: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-15}
EVERY_FUNCTION = """
model every
  a = 0.7; b = 1.3; c = 0.4; n = 2.6;
  x = a*b; y = 0.5 + c; z := x^n/(b^n + x^n) + log(1 + y^2) + time*c;
  x' = -a*x + 0.2*tanh(y*b) + 0.1*sin(c*time);
  y' = exp(-c*x) - sqrt(a)*y + piecewise(b*x, x < 0.9, 0.9*b);
end
"""


def infusion_until(stop: float, n: int = 1) -> Events:
    return Events(
        offsets=np.arange(n + 1) * 2,
        time=np.tile([0.0, stop], n),
        kind=np.zeros(2 * n, np.int8),
        target=np.zeros(2 * n, np.int32),
        value=np.tile([40.0, 0.0], n),
        targets=("rate",),
    )


def central(model, times, name, value, **options):
    """Return the derivative by central differences, good to about 1e-8 of the largest value."""
    h = 1e-5 * value
    varying = {name: np.array([value - h, value + h])}
    low, high = solve_ensemble(model, times, varying=varying, **options, **TIGHT).values
    return (high - low) / (2 * h)


def test_the_derivative_of_an_infusion_is_that_of_its_closed_form():
    model = compile_tangent(models.sbml(models.ONE_COMPARTMENT), ["c"], ["CL", "V"])
    times = np.array([0.5, 2.5, 3.0, 10.0, 24.0])
    direction = {"slope.CL": np.array([1.0, 0.0]), "slope.V": np.array([0.0, 1.0])}
    got = solve_ensemble(
        model, times, varying=direction, events=infusion_until(2.5, 2), rtol=1e-9, atol=1e-14
    ).values[:, :, 1]

    def c(clearance, volume):
        return models.infusion_in_one_compartment(times, 40.0, 2.5, clearance, volume)

    h = 1e-4
    by_clearance = (c(5 + h, 20) - c(5 - h, 20)) / (2 * h)
    by_volume = (c(5, 20 + h) - c(5, 20 - h)) / (2 * h)
    np.testing.assert_allclose(got, [by_clearance, by_volume], rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "names", "outputs"),
    [
        (models.ROBERTSON, {"k1": 0.04, "k2": 3e7, "k3": 1e4}, ["a", "b", "c"]),
        (EVERY_FUNCTION, {"a": 0.7, "b": 1.3, "c": 0.4, "n": 2.6}, ["x", "y", "z"]),
    ],
)
def test_derivatives_agree_with_central_differences(text, names, outputs):
    sbml, times = models.sbml(text), np.array([0.0, 0.3, 1.0, 4.0, 20.0])
    plain, exact = compile_model(sbml, outputs), compile_tangent(sbml, outputs, list(names))
    varying = {f"slope.{name}": np.zeros(len(names)) for name in names}
    for k, (name, value) in enumerate(names.items()):
        varying[f"slope.{name}"][k] = value
    got = solve_ensemble(exact, times, varying=varying, rtol=1e-9, atol=1e-14).values
    for k, (name, value) in enumerate(names.items()):
        want = central(plain, times, name, value) * value
        allowed = 2e-5 * np.abs(want).max(axis=0) + 1e-9
        assert np.all(np.abs(got[k, :, len(outputs) :] - want) < allowed), name


def test_the_values_beside_the_derivatives_are_the_model_s_own():
    sbml, times = models.sbml(EVERY_FUNCTION), np.linspace(0, 20, 11)
    plain = solve_ensemble(compile_model(sbml, ["x", "z"]), times, **TIGHT).values
    both = solve_ensemble(compile_tangent(sbml, ["x", "z"], ["a"]), times, **TIGHT).values
    np.testing.assert_allclose(both[..., :2], plain, rtol=1e-7)
    assert np.all(both[..., 2:] == 0.0)  # the direction rests where no slope is given


def test_a_cached_and_a_pickled_model_give_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setenv("KETASIM_CACHE", str(tmp_path))
    sbml, times = models.sbml(models.ROBERTSON), np.array([1.0, 40.0])
    fresh = compile_tangent(sbml, ["a", "b"], ["k1"])
    kept = compile_tangent(sbml, ["a", "b"], ["k1"])
    copy = pickle.loads(pickle.dumps(kept))
    assert len(list(tmp_path.glob("*.o"))) == 1
    one = [
        solve_ensemble(m, times, varying={"slope.k1": np.ones(1)}).values
        for m in (fresh, kept, copy)
    ]
    assert np.array_equal(one[0], one[1])
    assert np.array_equal(one[0], one[2])
    assert np.any(one[0][..., 2:] != 0)


def test_an_unknown_parameter_is_refused_by_name():
    with pytest.raises(UserError, match="'k9' is not in the model"):
        compile_tangent(models.sbml(models.ROBERTSON), ["a"], ["k9"])
