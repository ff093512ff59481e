"""SBML in: what is read must be right, what is not must be refused by name."""

from __future__ import annotations

import numpy as np
import pytest
import roadrunner

from ketasim.engine import compile_model, solve_ensemble
from ketasim.engine.system import UnsupportedModel
from tests.engine import models

ENZYME = """
model enzyme
  compartment cell = 2.5;
  species S in cell, E in cell, ES in cell, P in cell, $F in cell;
  substanceOnly species W in cell;
  S = 10; E = 1; ES = 0; P = 0; F = 3; W = 4;
  kf = 1.1; kr = 0.4; kc = 0.7; n = 2.3;
  J1: S + E -> ES; cell*(kf*S*E - kr*ES);
  J2: ES -> E + P; cell*kc*ES;
  J3: 2 W -> 3 S; 0.01*W^n;
  J4: F -> S; 0.05*F*cell;
  total := S + ES + P;
  gain = 2*kf;
  x = gain*3; x' = -0.1*x;
end
"""

LOGIC = """
function clip(v, lo, hi)
  piecewise(lo, v < lo, hi, v > hi, v)
end

model logic
  p = 1.7;
  x = 1; x' = piecewise(-x, time < 2, 0.5*x);
  a := clip(x, 0.2, 0.9);
  b := piecewise(1, (x > 0.5) && !(time > 1), 2, (time >= 3) || (x < 0.1), 3);
  c := floor(p*time) + ceil(x) + abs(-x);
  d := exp(-x) + ln(x + 2) + sqrt(x) + x^p + (x - 5)^3 + sin(x)*cos(x) + tanh(x) + log10(x + 1);
  e := arctan(x) + arcsin(x/4) + arccos(x/4) + sinh(x) + cosh(x) + tan(x/3);
end
"""


def roadrunner_values(text: str, times: np.ndarray, names: list[str]) -> np.ndarray:
    rr = roadrunner.RoadRunner(text)
    rr.integrator.relative_tolerance = 1e-10
    rr.integrator.absolute_tolerance = 1e-13
    rr.timeCourseSelections = names
    return np.array(rr.simulate(times=times.tolist()))


def test_reactions_compartments_and_amounts_agree_with_roadrunner():
    text, times = models.sbml(ENZYME), np.linspace(0, 20, 41)
    names = ["[S]", "[E]", "[ES]", "[P]", "W", "total", "x", "J1"]
    want = roadrunner_values(text, times, names)
    model = compile_model(text, [n.strip("[]") for n in names])
    got = solve_ensemble(model, times, rtol=1e-9, atol=1e-13).values[0]
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-9)


def test_functions_logic_and_elementary_functions_agree_with_roadrunner():
    text, times = models.sbml(LOGIC), np.array([0.0, 0.3, 0.9, 1.4, 1.9])
    names = ["x", "a", "b", "c", "d", "e"]
    want = roadrunner_values(text, times, names)
    got = solve_ensemble(compile_model(text, names), times, rtol=1e-9, atol=1e-13).values[0]
    np.testing.assert_allclose(got, want, rtol=1e-7)


@pytest.mark.parametrize(
    ("text", "construct"),
    [
        ("model m\n x = 1; x' = -x; at x < 0.5: x = 1; end", "event"),
        ("model m\n x = 1; x' = -delay(x, 1); end", "delay"),
    ],
)
def test_what_is_not_simulated_is_refused_by_name(text, construct):
    with pytest.raises(UnsupportedModel, match=construct):
        compile_model(models.sbml(text), ["x"])


def test_a_growing_compartment_dilutes_what_is_in_it():
    text = "model m\n compartment c = 2; species S in c; S = 3; c' = 0.5*c; J: S -> ; c*0.1*S; end"
    times = np.linspace(0, 4, 9)
    model = compile_model(models.sbml(text), ["S", "c"])
    got = solve_ensemble(model, times, rtol=1e-9, atol=1e-12).values[0]
    # amount falls at 10 % of itself per unit of time, the compartment grows at 50 %
    np.testing.assert_allclose(got[:, 0], 3 * np.exp(-0.6 * times), rtol=1e-7)
    np.testing.assert_allclose(got[:, 1], 2 * np.exp(0.5 * times), rtol=1e-7)


def test_rate_of_a_state_can_be_used_in_formulas():
    text = "model m\n x = 1; y = 1; y' = -2*y; x' = rateOf(y) + x; z := rateOf(y); end"
    times = np.linspace(0, 2, 5)
    model = compile_model(models.sbml(text), ["x", "z"])
    got = solve_ensemble(model, times, rtol=1e-9, atol=1e-12).values[0]
    want = (2 * np.exp(-2 * times) + np.exp(times)) / 3
    np.testing.assert_allclose(got[:, 0], want, rtol=1e-7)
    np.testing.assert_allclose(got[:, 1], -2 * np.exp(-2 * times), rtol=1e-7)


def test_a_model_in_which_nothing_changes_is_answered():
    model = compile_model(models.sbml("model m\n a = 3; b := a^2 + time; end"), ["b"])
    got = solve_ensemble(model, np.array([0.0, 2.0])).values[0, :, 0]
    np.testing.assert_allclose(got, [9.0, 11.0])


def test_what_is_not_sbml_is_refused():
    for text in ("", "<sbml", "hello", "<?xml version='1.0'?><a/>"):
        with pytest.raises(UnsupportedModel, match="SBML"):
            compile_model(text, ["x"])
