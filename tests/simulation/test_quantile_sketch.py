"""Quantile sketches against sorted numbers, and against themselves however cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.simulation.quantile_sketch import FINEST, merged, quantiles, sketch

SHARES = np.array([0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0])


def one(numbers, most=256, floor=0.0, scale=0.0):
    column = np.array(numbers, dtype=float)[:, None]
    return sketch(column, np.array([floor]), np.array([scale]), most)


def same(a, b):
    for name in ("offsets", "bins", "counts", "coarse", "floor"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(-1e200, 1e200), min_size=1, max_size=60),
    st.lists(st.floats(-1e200, 1e200), min_size=1, max_size=60),
    st.sampled_from([3, 5, 16]),
    st.sampled_from([0.0, 1e-3]),
)
def test_the_sketch_of_a_whole_is_the_same_however_it_is_cut(some, others, most, floor):
    whole = one(some + others, most, floor)
    same(whole, one((others + some)[::-1], most, floor))
    same(whole, merged([one(some, most, floor), one(others, most, floor)]))
    same(whole, merged([one(others, most, floor), one(some, most, floor)]))
    single = [one([number], most, floor) for number in others + some]
    same(
        whole, merged([merged(single[::2]), merged(single[1::2])]) if len(single) > 1 else single[0]
    )


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(-1e200, 1e200), min_size=1, max_size=200),
    st.sampled_from([3, 8, 64]),
    st.sampled_from([0.0, 0.1, 7.0]),
)
def test_the_ends_hold_the_quantile(numbers, most, scale):
    ordered = np.sort(numbers)
    want = ordered[np.floor(SHARES * (len(ordered) - 1)).astype(int)]
    middle, low, high = (each[:, 0] for each in quantiles(one(numbers, most, 0.0, scale), SHARES))
    assert np.all(low <= want)
    assert np.all(want <= high)
    assert np.all((low <= middle) & (middle <= high))


def test_few_octaves_are_told_to_a_thousandth_of_the_value():
    numbers = np.random.default_rng(1).normal(30, 6, 50_000)
    middle, low, high = quantiles(one(numbers, 2048), SHARES)
    want = np.quantile(numbers, SHARES, method="lower")
    inner = slice(1, -1)
    assert np.all((high - low)[inner, 0] < 2e-3 * np.abs(want[inner]))
    np.testing.assert_allclose(middle[inner, 0], want[inner], atol=2e-3)  # 6/sqrt(50000) is 27e-3


def test_the_scale_spends_bins_on_the_usual_and_not_on_the_small():
    numbers = np.abs(np.random.default_rng(1).normal(25, 10, 50_000)) ** 3 / 1e3
    fine, coarse = one(numbers, 256, scale=1.0), one(numbers, 256)
    width = [(q[2] - q[1])[3, 0] for q in (quantiles(fine, SHARES), quantiles(coarse, SHARES))]
    assert width[0] < 0.6 * width[1]


def test_what_is_not_a_number_is_left_out_and_small_numbers_count_as_zero():
    found = one([np.nan, np.inf, -np.inf, 1e-9, -1e-9, 0.0, 5.0], floor=1e-6)
    assert found.bins.tolist()[0] == 0
    assert found.counts.tolist() == [3, 1]
    middle, low, high = quantiles(found, np.array([0.5]))
    assert (middle[0, 0], low[0, 0], high[0, 0]) == (0.0, -1e-6, 1e-6)


def test_a_cell_without_numbers_has_no_quantiles():
    found = sketch(np.array([[np.nan, 1.0]]), np.zeros(2), np.zeros(2), 8)
    middle, _, _ = quantiles(found, np.array([0.5]))
    assert np.isnan(middle[0, 0])
    assert middle[0, 1] == pytest.approx(1.0, rel=2.0**-FINEST)


def test_cells_do_not_mix():
    numbers = np.random.default_rng(2).lognormal(0, 3, (400, 5)) * [1, -1, 1e6, 0, 1e-6]
    together = sketch(numbers, np.zeros(5), np.zeros(5), 32)
    for c in range(5):
        alone = sketch(numbers[:, [c]], np.zeros(1), np.zeros(1), 32)
        rows = slice(together.offsets[c], together.offsets[c + 1])
        np.testing.assert_array_equal(together.bins[rows], alone.bins)
        np.testing.assert_array_equal(together.counts[rows], alone.counts)
        assert len(alone.bins) <= 32
