"""Columns packed for a page come back as they were, to less than a screen shows."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.explorer.columns import packed, unpacked


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=5, max_size=5),
        min_size=1,
        max_size=4,
    )
)
def test_a_number_is_wrong_by_a_small_part_of_its_columns_range(columns):
    numbers = np.array(columns, dtype=np.float32).astype(float)
    back = unpacked(packed(numbers), *numbers.shape)
    assert np.array_equal(np.isnan(back), np.isnan(numbers))
    for own, told in zip(back, numbers, strict=True):
        if np.isfinite(told).any():
            span = np.nanmax(told) - np.nanmin(told)
            largest = np.nanmax(np.abs(told))
            assert np.nanmax(np.abs(own - told)) <= span / 130_000 + 1e-6 * largest


def test_a_column_that_stays_the_same_comes_back_exactly():
    numbers = np.array([[33.0] * 4, [0.0] * 4])
    assert np.array_equal(unpacked(packed(numbers), 2, 4), numbers)


def test_a_column_without_any_number_is_missing_throughout():
    assert np.isnan(unpacked(packed(np.full((1, 3), np.nan)), 1, 3)).all()


def test_a_smooth_curve_takes_less_room_packed():
    import gzip

    times = np.linspace(0, 1, 2000)
    curve = np.exp(-3 * times)[None, :]
    assert len(gzip.compress(packed(curve))) < len(gzip.compress(curve.astype("<f4").tobytes())) / 2
