"""Values of a trial that cannot be are told; those that can pass."""

from __future__ import annotations

import pytest

from ketasim.errors import UserError
from ketasim.evidence.clinical_limits import (
    check_entry,
    check_interval,
    check_times,
    check_value,
    known_scale,
    units_on,
)


@pytest.mark.parametrize(
    ("value", "unit", "endpoint", "contrast", "scale"),
    [
        (60.0, "points", "score", "", "MADRS"),
        (-60.0, "points", "change", "", "MADRS"),
        (-15.0, "points", "score", "difference", "MADRS"),
        (100.0, "%", "response", "", "MADRS"),
        (-40.0, "%", "response", "difference", "MADRS"),
        (140.0, "%", "percent change", "", "MADRS"),
        (-2.0, "d", "time to relapse", "difference", "MADRS"),
        (70.0, "points", "peak", "", "CADSS"),
        (0.0, "yes", "change", "superior", "MADRS"),
    ],
)
def test_what_can_be_passes(value, unit, endpoint, contrast, scale):
    check_value(value, unit, endpoint, contrast, scale)


@pytest.mark.parametrize(
    ("value", "unit", "endpoint", "contrast", "scale"),
    [
        (28.0, "points", "score", "", "QIDS"),
        (-0.1, "points", "score", "", "MADRS"),
        (101.0, "%", "response", "difference", "MADRS"),
        (101.0, "%", "peak", "", "p_nausea"),
        (0.0, "ratio", "response", "odds ratio", "MADRS"),
        (0.0, "d", "time to relapse", "", "MADRS"),
    ],
)
def test_what_cannot_be_is_told(value, unit, endpoint, contrast, scale):
    with pytest.raises(UserError, match=f"^value: {value:g} is not"):
        check_value(value, unit, endpoint, contrast, scale)


@pytest.mark.parametrize(
    ("scale", "units"),
    [
        ("MADRS", ("points",)),
        ("dSBP", ("mmHg",)),
        ("DBP", ("mmHg",)),
        ("dHR", ("beat/min",)),
        ("p_nausea", ("%",)),
    ],
)
def test_units_go_by_the_scale(scale, units):
    assert units_on(scale, "peak", "") == units
    assert units_on(scale, "peak", "effect size") == ("SMD",)


def test_a_scale_is_found_whatever_its_case():
    assert known_scale("CADSS") == "CADSS"
    with pytest.raises(UserError, match=r"nearest: QIDS$"):
        known_scale("qids")


def test_times_from_the_first_dose_to_five_years():
    check_times("change", {"at": 5 * 8760.0})
    check_times("score", {"at": 0.0})
    with pytest.raises(UserError, match="later than five years"):
        check_times("change", {"at": 5 * 8760.0 + 1})
    with pytest.raises(UserError, match="is the baseline"):
        check_times("percent change", {"at": 0.0})


def test_intervals_hold_their_value_and_patients_their_rule():
    check_interval(-8.0, (-8.0, -4.0), "ci95")
    check_entry("MADRS", 28.0, 28.0)
    with pytest.raises(UserError, match=r"dispersion\.ci95: .* does not hold"):
        check_interval(-8.0, (-7.9, -4.0), "ci95")
    with pytest.raises(UserError, match=r"baseline\.mean: 27 is below"):
        check_entry("MADRS", 28.0, 27.0)
