"""Randomisation: blocks, strata, orders, and that luck depends on seed and replicate only."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketasim.trial.design import allocate, orders, sequences, strata


@given(
    ratio=st.lists(st.integers(1, 4), min_size=2, max_size=4),
    blocks=st.integers(1, 20),
    extra=st.integers(0, 3),
    seed=st.integers(0, 2**32),
)
def test_arms_have_their_planned_sizes_to_within_a_block(ratio, blocks, extra, seed):
    n = blocks * sum(ratio) + extra
    arm = allocate(ratio, None, n, seed, 0)
    for block in range(blocks):
        inside = arm[block * sum(ratio) : (block + 1) * sum(ratio)]
        assert np.bincount(inside, minlength=len(ratio)).tolist() == ratio
    assert set(arm) == set(range(len(ratio)))


@given(n=st.integers(4, 60), many=st.integers(1, 6), seed=st.integers(0, 1000))
def test_strata_are_balanced_to_within_a_block_at_either_end(n, many, seed):
    stratum = np.random.default_rng(seed).integers(0, many, n)
    arm = allocate([1, 1], stratum, n, seed, 0)
    assert abs(np.sum(arm == 0) - np.sum(arm == 1)) <= 1
    for each in np.unique(stratum):
        inside = arm[stratum == each]
        assert abs(np.sum(inside == 0) - np.sum(inside == 1)) <= 2


def test_luck_is_that_of_seed_and_replicate():
    first = allocate([1, 1], None, 40, 1, 0)
    assert first.tolist() == allocate([1, 1], None, 40, 1, 0).tolist()
    assert first.tolist() != allocate([1, 1], None, 40, 2, 0).tolist()
    assert first.tolist() != allocate([1, 1], None, 40, 1, 1).tolist()
    # Whoever comes later does not change those before.
    assert first[:20].tolist() == allocate([1, 1], None, 20, 1, 0).tolist()


def test_nobody_to_randomise():
    assert allocate([1, 1], None, 0, 1, 0).shape == (0,)
    none = np.empty(0)
    assert strata(["baseline", "sex"], none, {"sex": none}) is not None


def test_every_place_in_a_block_is_as_likely():
    places = np.array([allocate([1, 2], None, 3, seed, 0) for seed in range(3000)])
    share = (places == 0).mean(axis=0)
    # Three places, 3,000 draws: the standard error of a share of a third is 0.0086.
    assert np.allclose(share, 1 / 3, atol=0.035)


def test_strata_are_told_apart():
    baseline = np.array([30.0, 40, 30, 40])
    values = {"sex": np.array([0.0, 0, 1, 1]), "age": np.array([64.9, 65, 70, 20])}
    assert strata([], baseline, values) is None
    for word, told in (("baseline", [0, 1, 0, 1]), ("sex", [0, 0, 1, 1]), ("age", [0, 1, 1, 0])):
        assert np.array_equal(np.asarray(strata([word], baseline, values)), told)
    both = np.asarray(strata(["baseline", "sex"], baseline, values))
    assert len(set(both)) == 4


@pytest.mark.parametrize("arms", [2, 3])
def test_few_arms_have_every_order(arms):
    found = orders(arms)
    assert len(set(found)) == len(found) == {2: 2, 3: 6}[arms]


@pytest.mark.parametrize("arms", [4, 5, 6])
def test_williams_square_is_balanced(arms):
    found = orders(arms)
    assert all(sorted(order) == list(range(arms)) for order in found)
    for period in range(arms):
        counts = np.bincount([order[period] for order in found])
        assert len(set(counts)) == 1
    followed = [pair for order in found for pair in pairwise(order)]
    counts = {pair: followed.count(pair) for pair in followed}
    assert len(counts) == arms * (arms - 1)
    assert len(set(counts.values())) == 1


def test_sequences_are_as_many_of_each():
    order = sequences(3, 60, 1, 0)
    assert np.bincount(order).tolist() == [10] * 6
