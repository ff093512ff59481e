"""From a printed spread to the error of a logarithm."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ketasim.evidence.finding import Dispersion
from ketasim.evidence.observed import (
    ABOUT,
    ASSUMED_N,
    LEAST_SPREAD,
    expected_range,
    log_error,
    observed_ratio,
    spread,
)
from tests.evidence.small import findings

CL = replace(findings()["iv_cl"], dispersion=None)  # 90 L/h, n = 9

SPREADS = [
    (Dispersion("sd", 18.0), 0.2),
    (Dispersion("cv", 0.2), 0.2),
    (Dispersion("se", 6.0), 0.2),
    (Dispersion("ci95", 90 - 1.959964 * 6, 90 + 1.959964 * 6), 0.2),
    (Dispersion("ci90", 90 - 1.644854 * 6, 90 + 1.644854 * 6), 0.2),
    (Dispersion("iqr", 90 - 0.674490 * 18, 90 + 0.674490 * 18), 0.2),
    (Dispersion("range", 90 - 26.7, 90 + 26.7), 0.2),
]


@pytest.mark.parametrize(("told", "share"), SPREADS, ids=lambda v: getattr(v, "kind", ""))
def test_every_way_to_tell_a_spread(told, share):
    # The expected range of 9 normal draws is 2.97 SD (tables); Blom's form is within 1 %.
    assert spread(told, 90.0, 9) == pytest.approx(share, rel=0.01)
    error = log_error(replace(CL, dispersion=told), own_spread=9.9)
    assert error == pytest.approx(share / 3, rel=0.01)


def test_without_a_spread_the_models_own_stands_in():
    assert log_error(CL, 0.6) == pytest.approx(0.6 / 3)
    assert log_error(CL, 0.0) == pytest.approx(LEAST_SPREAD / 3)


def test_without_n_a_usual_one():
    assert log_error(replace(CL, n=None), 0.6) == pytest.approx(0.6 / math.sqrt(ASSUMED_N))


def test_about_and_figures_and_medians_are_less_sure():
    assert log_error(replace(CL, approx=True), 0.3) == pytest.approx(math.hypot(0.1, ABOUT))
    assert log_error(replace(CL, reading_error=0.2), 0.3) == pytest.approx(math.hypot(0.1, 0.2))
    assert log_error(replace(CL, statistic="median"), 0.3) > log_error(CL, 0.3)


def test_change_is_compared_as_what_is_left():
    change = replace(CL, value=-58.0, unit="%", contrast="change")
    assert observed_ratio(change, "change") == pytest.approx(0.42)
    told = replace(change, dispersion=Dispersion("ci95", -70.0, -40.0))
    half_width = 0.15 / 1.959964
    assert log_error(told, 9.9) == pytest.approx(half_width / 0.42, rel=1e-3)


def test_expected_range_grows_with_n():
    # Tables: 1.69 for 3, 3.08 for 10.
    assert expected_range(3) == pytest.approx(1.69, rel=0.03)  # Blom is for larger n
    assert expected_range(10) == pytest.approx(3.08, rel=0.01)
