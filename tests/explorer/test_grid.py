"""Times of curves: few, ascending, both ends, close together after doses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.explorer.grid import SAME_H, curve_times

DOSES = st.lists(
    st.tuples(st.floats(-48, 9000), st.floats(0, 24)).map(lambda d: (d[0], d[0] + d[1])),
    max_size=400,
)


@settings(max_examples=80, deadline=None)
@given(st.floats(1.2, 8760), DOSES)
def test_few_ascending_and_both_ends(until_h, doses_h):
    times_h = curve_times(until_h, doses_h)
    assert (times_h[0], times_h[-1]) == (0.0, until_h)
    assert np.all(np.diff(times_h) > 0)
    assert len(times_h) <= 430


def test_ends_of_infusions_are_seen():
    doses_h = [(k * 84.0, k * 84.0 + 2 / 3) for k in range(8)]
    times_h = curve_times(28 * 24.0, doses_h)
    for _, end_h in doses_h:
        assert np.min(np.abs(times_h - end_h)) <= SAME_H


@pytest.mark.parametrize("hour", [2, 24, 168])
def test_moments_people_ask_for(hour):
    assert np.min(np.abs(curve_times(336.0, []) - hour)) <= SAME_H
