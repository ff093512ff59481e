"""Random models against SciPy; spoilt documents against nothing but a clear line."""

from __future__ import annotations

import math

import libsbml
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from ketasim.engine.event_run import Limits
from ketasim.engine.graph import Graph
from ketasim.engine.sbml_math import FormulaReader, Scope
from ketasim.engine.sbml_run import run_sbml
from ketasim.errors import UserError
from tests.engine import models

QUIET = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
NUMBERS = st.floats(0.05, 3.0).map(lambda x: round(x, 3))


@st.composite
def formulas(draw, names, depth=2):
    """Return (Antimony, Python) of a formula without poles and without explosive growth."""
    if depth == 0 or draw(st.booleans()):
        name = draw(st.sampled_from(names))
        return (name, name) if draw(st.booleans()) else (repr(draw(NUMBERS)),) * 2
    (a, pa), (b, pb) = (draw(formulas(names, depth - 1)) for _ in range(2))
    kind = draw(st.sampled_from(["add", "mul", "hill", "sin", "tanh", "max", "clip", "exp"]))
    return {
        "add": (f"({a} + {b})", f"({pa} + {pb})"),
        "mul": (f"tanh({a})*{b}", f"math.tanh({pa})*({pb})"),
        "hill": (f"({a})^2/(1 + ({a})^2)", f"({pa})**2/(1 + ({pa})**2)"),
        "sin": (f"sin({a})", f"math.sin({pa})"),
        "tanh": (f"tanh({a} - {b})", f"math.tanh({pa} - ({pb}))"),
        "max": (f"tanh(max({a}, {b}))", f"math.tanh(max({pa}, {pb}))"),
        "clip": (f"piecewise(1, {a} > {b}, 0.5)", f"(1 if {pa} > {pb} else 0.5)"),
        "exp": (f"exp(-({a})^2)", f"math.exp(-({pa})**2)"),
    }[kind]


@st.composite
def systems(draw):
    """Return a model in Antimony, its right-hand sides in Python, and its initial values."""
    names = [f"x{k}" for k in range(draw(st.integers(1, 3)))]
    start = [draw(NUMBERS) for _ in names]
    lines, rates = [], []
    for name, value in zip(names, start, strict=True):
        loss, (gain, python) = draw(NUMBERS), draw(formulas([*names, "time"]))
        lines.append(f"{name} = {value}; {name}' = {gain} - {loss}*{name};")
        rates.append(f"{python} - {loss}*{name}")
    return "\n".join(lines), rates, start, names


@QUIET
@given(systems(), st.one_of(st.none(), st.floats(0.3, 3.5)))
def test_random_models_agree_with_scipy(model, jump):
    text, rates, start, names = model
    texts = text + (f"\nat time > {jump!r}: x0 = x0 + 1;" if jump else "")
    times = np.linspace(0, 4, 9)
    course = run_sbml(models.sbml(f"model m\n{texts}\nend"), times, outputs=names)[1]
    assert course.status == "ok"
    code = compile(f"[{', '.join(rates)}]", "rates", "eval")

    def slopes(t, y):
        return eval(code, {"math": math, "max": max, "time": t, **dict(zip(names, y, strict=True))})

    def solve(first, last, y):
        return solve_ivp(slopes, (first, last), y, "LSODA", dense_output=True,
                         rtol=1e-10, atol=1e-12, max_step=0.02).sol  # fmt: skip

    before = solve(0, 4, start)
    want = before(times).T
    if jump:
        y = before(jump)
        y[0] += 1
        want[times > jump] = solve(jump, 4, y)(times[times > jump]).T
    # jumps of a piecewise in the state are met to the tolerance of a step: a part in 1e5
    np.testing.assert_allclose(course.values, want, rtol=2e-4, atol=2e-5)


BASE = models.sbml(
    """function f(x)
      x^2 + 1
    end
    model m
    compartment c = 2; species A in c, B in c; A = 3; B = 1; k = 0.5; n = 2;
    J: A -> 2 B; k*A*c; z := f(A) + time; y = 1; y' = -y^n; at A < 1: A = 2; end"""
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_spoilt_documents_give_a_result_or_one_line(data):
    text = BASE
    for _ in range(data.draw(st.integers(1, 3))):
        first = data.draw(st.integers(0, len(text)))
        last = min(len(text), first + data.draw(st.integers(0, 40)))
        kind = data.draw(st.sampled_from(["cut", "end", "twice", "number", "swap", "sign"]))
        if kind == "cut":
            text = text[:first] + text[last:]
        elif kind == "end":
            text = text[:first]
        elif kind == "twice":
            text = text[:last] + text[first:last] + text[last:]
        elif kind == "number":
            number = data.draw(
                st.sampled_from(["1e308", "-1e308", "NaN", "INF", "1e-320", "-0", ""])
            )
            text = text.replace("0.5", number, 1)
        elif kind == "swap":
            a, b = data.draw(st.permutations(["A", "B", "k", "n", "y", "z", "c", "J"]))[:2]
            text = text.replace(f"> {a} <", f"> {b} <")
        else:
            text = text[:first] + data.draw(st.characters(codec="utf-8")) + text[first:]
    told, status, last = "", "ok", np.zeros(1)
    limits = Limits(most_steps=2000, seconds=10)
    try:
        course = run_sbml(text, np.array([0.0, 1.0]), limits=limits)[1]
        status, last = course.status, course.values[-1]
    except UserError as error:
        told = str(error)
    assert "\n" not in told
    assert len(told) < 1000
    assert status == "ok" or np.isnan(last).all()


def test_enormous_exponents_and_cycles_end_soon():
    for text in ("x = 2; x' = x^1e300;", "x = 2; x' = -x^(x^(x^100));", "x = 1; x' = 1e308*x;"):
        course = run_sbml(models.sbml(f"model m\n{text}\nend"), np.array([0.0, 1.0]),
                          limits=Limits(most_steps=2000))[1]  # fmt: skip
        assert course.status != "ok" or np.isfinite(course.values).all()
        assert course.status == "ok" or np.isnan(course.values[-1]).all()


@pytest.mark.parametrize(
    "body",
    [
        "<power/><ci>k</ci>",
        "<sin/><ci>k</ci><ci>k</ci>",
        "<rem/><ci>k</ci>",
        "<minus/>",
        "<max/>",
        "<root/><ci>k</ci><ci>k</ci><ci>k</ci>",
    ],
)
def test_operations_with_too_few_or_too_many_operands_are_refused(body):
    math = f'<math xmlns="http://www.w3.org/1998/Math/MathML"><apply>{body}</apply></math>'
    rule = f'<listOfRules><assignmentRule variable="z">{math}</assignmentRule></listOfRules>'
    text = (
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">'
        '<model id="m"><listOfParameters><parameter id="k" value="1" constant="true"/>'
        f'<parameter id="z" constant="false"/></listOfParameters>{rule}</model></sbml>'
    )
    with pytest.raises(UserError, match=r"breaks rule 10218|not a readable|operands"):
        run_sbml(text, np.array([1.0]))
    formulas = FormulaReader(Graph(), {})
    scope = Scope(lambda name: 1, 0, lambda name: 0)
    with pytest.raises(UserError, match="operands"):
        formulas.read(libsbml.readMathMLFromString(math), scope)


def test_a_model_too_large_for_straight_line_code_is_refused():
    text = "model m\n" + "\n".join(f"x{k} = 1; x{k}' = -x{k};" for k in range(3001)) + "\nend"
    with pytest.raises(UserError, match="3,001 states"):
        run_sbml(models.sbml(text), np.array([1.0]))
