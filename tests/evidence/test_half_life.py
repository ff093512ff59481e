"""Published half-lives beside the model: the rows, the methods, and the readings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim.dosing import bolus
from ketasim.evidence import load_findings
from ketasim.evidence.half_life import (
    FOLLOWED_H,
    Curve,
    _end_for,
    _verdict,
    ends_h,
    half_lives,
    last_part,
    measured,
    published_half_lives,
    simulated,
    slope_half_life,
    study_curve,
    two_exponentials,
)
from ketasim.evidence.quantities import unit_of

TIMES = np.unique(np.concatenate([np.arange(0, 8, 1 / 60), np.arange(8, FOLLOWED_H, 0.1)]))
ROWS = published_half_lives()


def sum_of(*phases: tuple[float, float]) -> Curve:
    """Return a sum of exponentials, each as (level, half-life in h)."""
    total = sum(a * 2 ** (-TIMES / h) for a, h in phases)
    return Curve("sum", TIMES, np.asarray(total), 0.0)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row_is_whole(row):
    assert 0 < row.low_h <= row.half_life_h <= row.high_h
    assert row.verified in ("page", "recall")
    assert row.citation
    assert row.place
    assert row.note
    assert row.method in ("slope", "alpha", "beta")
    assert study_curve(row).ng_ml.max() > 0


def test_rows_are_in_order_and_once():
    assert [row.half_life_h for row in ROWS] == sorted(row.half_life_h for row in ROWS)
    assert len({row.id for row in ROWS}) == len(ROWS)


def test_rows_agree_with_the_findings_of_the_same_name():
    rows = {row.id: row for row in ROWS}
    shared = [each for each in load_findings() if each.id in rows]
    assert len(shared) >= 5
    for each in shared:
        hours = each.value * unit_of("time", each.unit).factor
        row = rows[each.id]
        assert row.half_life_h == pytest.approx(hours, rel=1e-3), each.id  # minutes, rounded
        assert row.verified == each.verified, each.id


def test_slope_of_one_exponential_is_its_half_life():
    # Interpolating the logarithm is exact for one exponential.
    assert slope_half_life(sum_of((100, 3.0)), 2, 6) == pytest.approx(3.0, rel=1e-9)


def test_rising_curve_has_no_half_life():
    curve = Curve("rising", TIMES, TIMES + 1, 0.0)
    assert slope_half_life(curve, 1, 2) == np.inf


def test_two_exponentials_are_found_again():
    found = two_exponentials(sum_of((100, 0.25), (30, 2.5)), 8.0)
    assert found == pytest.approx((0.25, 2.5), rel=1e-3)  # interpolated between minutes


def test_end_for_is_the_inverse_of_measured():
    curve = sum_of((100, 0.3), (20, 3.0), (2, 12.0))
    end_h, found = _end_for(curve, "slope", 4.0)
    assert found == 4.0
    assert measured("slope", curve, end_h) == pytest.approx(4.0, rel=5e-3)  # between grid ends


def test_end_for_what_is_never_reached_comes_nearest():
    curve = sum_of((100, 2.0))
    assert _end_for(curve, "slope", 0.5)[1] == pytest.approx(2.0, rel=1e-6)


def test_below_counts_after_the_peak_only():
    curve = Curve("late", TIMES, np.interp(TIMES, [0, 1, 5], [0.01, 10, 0.01]), 1.0)
    assert curve.below_h(0.1) > 1
    assert sum_of((100, 5.0)).below_h(1e-9) == np.inf


def test_verdict_has_the_band_and_the_error_of_the_study():
    row = replace(ROWS[0], half_life_h=4.0, low_h=4.0, high_h=4.0, sd_h=0.0, n=9)
    assert _verdict(row, 5.9) == "reproduced"
    assert _verdict(row, 6.1) == "contradicted"
    assert _verdict(row, 4.0 / 1.6) == "contradicted"
    # SE 3/3/4 = 0.25 of a logarithm: 6.1 is 0.42 away, of which 0.49 may be error.
    assert _verdict(replace(row, sd_h=3.0), 6.1) == "not resolved"
    assert _verdict(replace(row, low_h=3.0, high_h=8.0), 11.0) == "reproduced"


def test_half_life_does_not_depend_on_the_dose():
    small, large = (simulated(d, bolus(d)) for d in ("0.25 mg/kg", "2 mg/kg"))
    # Linear kinetics; the tolerance is the engine's.
    for end_h in (2.0, 8.0, 24.0):
        assert measured("slope", small, end_h) == pytest.approx(
            measured("slope", large, end_h), rel=2e-3
        )


def test_readings_of_the_model():
    found = half_lives()
    assert [r.published for r in found.readings] == list(ROWS)
    curve = found.curves["infusion"]
    early, middle, late = (measured("slope", curve, end) for end in (1.0, 8.0, 48.0))
    assert early < 1 < middle < 4 < late < 15  # the claim of the entry
    for reading in found.readings:
        told = reading.published.sampled_to_h is not None
        assert reading.window_told == told
        if told:
            assert reading.end_h <= reading.published.sampled_to_h
            assert reading.start_h == last_part(reading.end_h)
        else:
            assert reading.verdict != "reproduced"  # without a window nothing is tested
            assert ends_h(study_curve(reading.published))[0] <= reading.end_h + 1e-9
