"""Shares, their differences and ratios, and numbers needed to treat."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ketasim.trial.responders import (
    needed_to_treat,
    needed_words,
    odds_ratio,
    risk_difference,
    risk_ratio,
    wilson,
)

COUNTS = some.tuples(some.integers(0, 60), some.integers(1, 60)).map(lambda c: (min(c), c[1]))


def test_wilson_as_published():
    # Newcombe 1998, Stat Med 17:857, table I: 81 of 263 and 0 of 20
    assert wilson(81, 263).low == pytest.approx(0.2553, abs=5e-5)
    assert wilson(81, 263).high == pytest.approx(0.3662, abs=5e-5)
    assert (wilson(0, 20).low, wilson(0, 20).high) == (0.0, pytest.approx(0.1611, abs=5e-5))
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)


def test_newcombe_as_published():
    # Newcombe 1998, Stat Med 17:873, table II, method 10: 56/70 and 48/80; 9/10 and 3/10
    found = risk_difference(wilson(56, 70), wilson(48, 80))
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    found = risk_difference(wilson(9, 10), wilson(3, 10))
    assert (found.low, found.high) == pytest.approx((0.1705, 0.8090), abs=5e-5)


def test_ratios_by_hand():
    found = odds_ratio(wilson(20, 50), wilson(8, 50))
    assert found.value == pytest.approx(20 * 42 / (30 * 8))
    assert found.se == pytest.approx(math.sqrt(1 / 20 + 1 / 30 + 1 / 8 + 1 / 42))
    assert risk_ratio(wilson(20, 50), wilson(8, 50)).value == pytest.approx(2.5)


def test_chi_squared_is_scipys():
    from scipy.stats import chi2_contingency

    p = chi2_contingency([[20, 30], [8, 42]], correction=False).pvalue
    assert risk_difference(wilson(20, 50), wilson(8, 50)).p == pytest.approx(p)


@given(COUNTS, COUNTS)
def test_intervals_hold_their_estimates(arm, control):
    a, c = wilson(*arm), wilson(*control)
    for found in (risk_difference(a, c), odds_ratio(a, c), risk_ratio(a, c)):
        assert found.low <= found.value <= found.high
    there, back = risk_difference(a, c), risk_difference(c, a)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert odds_ratio(a, c).value == pytest.approx(1 / odds_ratio(c, a).value)


def test_empty_cells_are_finite_and_empty_groups_are_not_known():
    found = odds_ratio(wilson(0, 20), wilson(5, 20))
    assert 0 < found.value < 1
    assert math.isfinite(found.high)
    assert math.isnan(risk_difference(wilson(0, 0), wilson(1, 2)).value)
    assert needed_words(needed_to_treat(risk_difference(wilson(0, 0), wilson(1, 2)))) == (
        "number needed to treat not known"
    )


@pytest.mark.parametrize(
    ("arm", "control", "words"),
    [
        (20, 8, "number needed to treat 4.2 (95 % interval 2.5 to 16)"),
        (2, 20, "number needed to harm 2.8 (95 % interval 2.0 to 4.9)"),
        (
            12,
            8,
            "number needed to treat 12; 95 % interval: from 4.3 to benefit, through infinity (no"
            " effect), to 13 to harm",
        ),
        (
            8,
            8,
            "no number needed to treat (the shares are equal); 95 % interval: from 6.8 to benefit,"
            " through infinity (no effect), to 6.8 to harm",
        ),
    ],
)
def test_number_needed_to_treat_in_words(arm, control, words):
    number = needed_to_treat(risk_difference(wilson(arm, 50), wilson(control, 50)))
    assert needed_words(number) == words.replace("treat 12;", "treat 13;")
    assert number.through_infinity == ("infinity" in words)
