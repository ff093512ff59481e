"""Formulas: read, evaluated, written out and printed."""

from __future__ import annotations

import math

import pytest

from ketasim.model.formula import (
    FormulaError,
    Function,
    calls,
    evaluate,
    inline,
    names,
    parse,
    to_text,
)

SQUARE = {"square": Function("square", ("x",), parse("x^2"))}
VALUES = {"a": 2.0, "b": 3.0, "c": -4.0, "time": 5.0}


def value(text: str) -> float:
    return evaluate(parse(text), VALUES.__getitem__, SQUARE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a - b - c", 3.0),
        ("a/b/c", -1 / 6),
        ("a^b^2", 512.0),
        ("-a^2", -4.0),
        ("a*(b + c)", -2.0),
        ("2*a*b + 1e-3", 12.001),
        ("sqrt(a) + exp(0) + ln(1)", math.sqrt(2) + 1),
        ("log10(100)", 2.0),
        ("square(b + 1)", 16.0),
        ("piecewise(a, b > 2, c)", 2.0),
        ("piecewise(a, b > 2 && c > 0, c)", -4.0),
        ("piecewise(1, a < 0, 2, b < 0, 3)", 3.0),
        ("min(a, b, c) + max(a, b)", -1.0),
        ("abs(c) + time + pi", 9 + math.pi),
        ("a + b + c", 1.0),
    ],
)
def test_value_and_round_trip(text, expected):
    assert value(text) == pytest.approx(expected, rel=1e-15)
    if "&&" not in text:
        assert value(to_text(parse(text))) == value(text)


def test_names_and_calls():
    node = parse("a*square(b) + time")
    assert names(node) == {"a", "b", "time"}
    assert list(calls(node)) == [("square", 1)]


def test_inlining_leaves_no_helper():
    node = inline(parse("square(a + square(b))"), SQUARE)
    assert not list(calls(node))
    assert evaluate(node, VALUES.__getitem__, {}) == 121.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a +", "cannot read 'a +'"),
        ("log(a)", "cannot read 'log(a)': 'log' is ambiguous, write ln(x) or log10(x)"),
        ("a + )", "cannot read 'a + )'"),
    ],
)
def test_a_bad_formula_is_refused(text, told):
    with pytest.raises(FormulaError) as error:
        parse(text)
    assert str(error.value).startswith(told)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["1/(a - 2)", "sqrt(c)", "ln(0)", "c^0.5", "exp(1e9)", "f(a)"])
def test_arithmetic_that_fails_is_told(text):
    with pytest.raises(FormulaError):
        value(text)
