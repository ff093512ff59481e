"""Random numbers by counter: no draw depends on anything but its own key."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.population.counter import name_key, sobol_uniforms, uniforms

N = 300


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**64 - 1), first=st.integers(0, N), length=st.integers(0, N))
def test_any_chunk_is_a_slice_of_the_whole(seed, first, length):
    last = min(N, first + length)
    whole = uniforms(seed, 0, "CL_S", 0, N)
    assert np.array_equal(uniforms(seed, 0, "CL_S", first, max(first, last)), whole[first:last])


@settings(max_examples=20, deadline=None)
@given(first=st.integers(0, N), length=st.integers(1, N))
def test_any_chunk_of_sobol_points_is_a_slice_of_the_whole(first, length):
    names = ("a", "b", "c")
    whole = sobol_uniforms(3, 0, names, 0, 2 * N)
    chunk = sobol_uniforms(3, 0, names, first, first + length)
    assert np.array_equal(chunk, whole[first : first + length])


def test_pinned_numbers():
    # Written down once: a change here changes every published population.
    assert name_key("CL_S") == 12260115958883105467
    assert uniforms(1, 0, "CL_S", 5, 8).tolist() == [
        0.7911517270857265,
        0.5098157431537236,
        0.609521622927574,
    ]


def test_seed_replicate_and_name_each_matter():
    base = uniforms(1, 0, "CL_S", 0, N)
    for other in (uniforms(2, 0, "CL_S", 0, N), uniforms(1, 1, "CL_S", 0, N)):
        assert not np.any(base == other)
    unlike = uniforms(1, 0, "V1_S", 0, 20_000)
    # 5 standard errors of a correlation of 20,000 independent pairs
    correlation = np.corrcoef(uniforms(1, 0, "CL_S", 0, 20_000), unlike)[0, 1]
    assert abs(correlation) < 5 / np.sqrt(20_000)


def test_numbers_are_uniform_and_open():
    from scipy.stats import kstest

    drawn = uniforms(7, 0, "g", 0, 50_000)
    assert kstest(drawn, "uniform").pvalue > 1e-4
    assert 0 < drawn.min() < drawn.max() < 1


def test_sobol_fills_the_square_better_than_chance():
    from scipy.stats.qmc import discrepancy

    points = sobol_uniforms(1, 0, ("a", "b"), 0, 256)
    chance = np.column_stack([uniforms(1, 0, name, 0, 256) for name in "ab"])
    assert discrepancy(points) < 0.2 * discrepancy(chance)
    assert sorted((points[:, 0] * 256).astype(int)) == list(range(256))


@pytest.mark.parametrize("names", [(), ("a",)])
def test_sobol_of_few_names(names):
    assert sobol_uniforms(0, 0, names, 0, 4).shape == (4, len(names))


def test_an_empty_range():
    assert uniforms(0, 0, "a", 5, 5).shape == (0,)
    assert sobol_uniforms(0, 0, ("a", "b"), 5, 5).shape == (0, 2)
