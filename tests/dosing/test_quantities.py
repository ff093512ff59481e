"""Quantities: every unit by hand, every mistake in one line."""

import pytest

from ketasim.dosing.quantities import (
    Amount,
    amount,
    concentration,
    hours,
    positive_hours,
    rate,
    whole,
)
from ketasim.errors import UserError


@pytest.mark.parametrize(
    ("text", "expected_h"),
    [
        ("40 min", 40 / 60),
        ("40min", 40 / 60),
        ("84 h", 84.0),
        ("1.5 hours", 1.5),
        ("90 s", 0.025),
        ("3 days", 72.0),
        ("4 weeks", 672.0),
        ("6 months", 4383.0),
        ("1 year", 8766.0),
        ("1e2 h", 100.0),
    ],
)
def test_times_in_hours(text, expected_h):
    assert hours(text) == pytest.approx(expected_h, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "mg", "mg_per_kg"),
    [
        ("0.5 mg/kg", 0, 0.5),
        ("28 mg", 28, 0),
        ("500 ug/kg", 0, 0.5),
        ("500 µg / kg", 0, 0.5),
        ("1 g", 1000, 0),
        (".25 mg/kg", 0, 0.25),
        ("0 mg", 0, 0),
    ],
)
def test_amounts(text, mg, mg_per_kg):
    read = amount(text)
    assert (read.mg, read.mg_per_kg) == pytest.approx((mg, mg_per_kg), rel=1e-15)


@pytest.mark.parametrize(
    ("text", "mg", "mg_per_kg"),
    [
        ("0.14 mg/kg/h", 0, 0.14),
        ("20 mg/h", 20, 0),
        ("10 ug/kg/min", 0, 0.6),
        ("10 µg / kg / min", 0, 0.6),
        ("240 mg/day", 10, 0),
    ],
)
def test_rates_are_what_an_hour_gives(text, mg, mg_per_kg):
    read = rate(text)
    assert (read.mg, read.mg_per_kg) == pytest.approx((mg, mg_per_kg), rel=1e-14)


@pytest.mark.parametrize(
    ("text", "nanomolar"),
    [
        ("300 nM", 300),
        ("10 uM", 10_000),
        ("10 µM", 10_000),
        ("10 μM", 10_000),
        ("1 mM", 1e6),
        ("500 pM", 0.5),
        # 200 g/mol: 1 ng/mL is 1e-6 g/L, so 5e-9 mol/L
        ("1 ng/mL", 5),
        ("1 ug/L", 5),
        ("2 mg/l", 10_000),
        ("1 mg/mL", 5e6),
        ("0 nM", 0),
    ],
)
def test_concentrations_in_nanomolar(text, nanomolar):
    assert concentration(text, molar_mass_g_mol=200.0) == pytest.approx(nanomolar, rel=1e-14)


def test_amount_times_scales_both_parts():
    assert Amount(2.0, 4.0).times(0.5) == Amount(1.0, 2.0)


def test_negative_time_only_where_it_makes_sense():
    assert hours("-30 min", signed=True) == -0.5
    with pytest.raises(UserError, match="negative"):
        hours("-30 min")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: amount("0.5"), "dose: '0.5' has no unit; write for instance '0.5 mg/kg'"),
        (lambda: amount(0.5), "dose: 0.5 has no unit; write for instance '0.5 mg/kg'"),  # type: ignore[arg-type]
        (lambda: amount("-1 mg"), "dose: '-1 mg' is negative; a dose is zero or more"),
        (lambda: amount("nan mg"), "dose: 'nan mg' is not a finite number"),
        (lambda: amount("inf mg"), "dose: 'inf mg' is not a finite number"),
        (
            lambda: amount("some mg"),
            "dose: 'some mg' has no number; write for instance '0.5 mg/kg'",
        ),
        (lambda: amount("0.5 mgg/kg"), "dose: unknown unit 'mgg/kg'; nearest: mg/kg"),
        (
            lambda: amount("0,5 mg"),
            "dose: '0,5 mg' has a decimal comma; write a point, as in '0.5 mg/kg'",
        ),
        (lambda: hours("40", "over"), "over: '40' has no unit; write for instance '40 min'"),
        (lambda: hours("40 mins"), "time: unknown unit 'mins'; nearest: min"),
        (
            lambda: positive_hours("0 h", "every"),
            "every: '0 h' has no length; it must last some milliseconds at least",
        ),
        (lambda: whole(0, "times"), "times: 0 is not a whole number of at least 1"),
        (lambda: whole(2.5, "weeks"), "weeks: 2.5 is not a whole number of at least 1"),
        (lambda: whole(True, "weeks"), "weeks: True is not a whole number of at least 1"),
    ],
)
def test_mistakes_are_told_in_one_line(call, message):
    with pytest.raises(UserError) as caught:
        call()
    assert str(caught.value) == message
    assert "\n" not in message
