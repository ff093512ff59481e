"""Units: reading, algebra, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketasim.model.units import (
    _FACTORS,
    DIMENSIONLESS,
    Unit,
    UnitError,
    antimony_unit,
    parse_unit,
    unit_identifier,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nM", "nmol/L"),
        ("nM*h", "h*nmol/L"),
        ("1/h", "h^-1"),
        ("L/h/kg^0.75", "L/(h*kg^0.75)"),
        ("1/(nM*h)", "1/nM/h"),
        ("ng/mL", "ug/L"),
        ("bpm", "beat/min"),
        ("fraction", "ratio"),
        ("mL/L", "1/(L/mL)"),
        ("kg^(3/4)", "kg^0.75"),
        ("ng/nmol", "g/mol"),
        ("day", "d"),
        ("mmol/L", "mM"),
    ],
)
def test_the_same_unit_in_two_spellings(one, other):
    assert parse_unit(one).same(parse_unit(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("mg", "ng"), ("h", "min"), ("nM", "nmol"), ("points", "ratio"), ("percent", "fraction"),
     ("beat", "points"), ("L/h*kg", "L/(h*kg)")],
)  # fmt: skip
def test_different_units_differ(one, other):
    assert not parse_unit(one).same(parse_unit(other))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nMol", "unknown unit 'nMol' in 'nMol'; nearest: nmol"),
        ("", "no unit given (write 'dimensionless' for a pure number)"),
        ("nM/", "unit 'nM/' ends too early"),
        ("(nM", "unit '(nM' lacks a closing bracket"),
        ("nM^x", "cannot read the exponent in unit 'nM^x'"),
        ("nM h", "cannot read unit 'nM h' at 'h'"),
        ("nM?", "cannot read unit 'nM?'"),
        ("7/h", "unknown unit '7' in '7/h'"),
    ],
)
def test_a_bad_unit_is_refused(text, told):
    with pytest.raises(UnitError) as error:
        parse_unit(text)
    assert str(error.value).startswith(told)


units = st.sampled_from(sorted(_FACTORS)).map(parse_unit)
powers = st.fractions(-3, 3, max_denominator=4)


@given(units, units, powers)
def test_algebra(one, other, power):
    assert (one * other).same(other * one)
    assert (one / other * other).same(one)
    assert (one * other) ** power == one**power * other**power or (
        ((one * other) ** power).same(one**power * other**power)
    )
    assert one ** Fraction(0) == DIMENSIONLESS


def test_identifiers_are_names_and_readable():
    assert unit_identifier("nmol/h") == "unit_nmol_per_h"
    assert unit_identifier("1/h") == "unit_per_h"
    for text in ("%", "µM", "L/h/kg^0.75", "h^-1", "1/(nM*h)"):
        assert unit_identifier(text).isidentifier()


def test_a_unit_prints_in_base_units():
    assert str(parse_unit("1/h")) == "1/h"
    assert str(parse_unit("nM")) == "nmol/L"
    assert str(parse_unit("mg/kg")) == "1e-06 dimensionless"
    assert str(DIMENSIONLESS) == "dimensionless"
    assert antimony_unit(Unit()) == "1.0 dimensionless"
