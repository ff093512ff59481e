"""Fronts: against the definition, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ketasim.inference.pareto import dominated, fronts

SCORES = arrays(float, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(0, 4))


@given(SCORES)
def test_dominated_is_what_the_definition_says(scores):
    for k, mine in enumerate(scores):
        beaten = any((other >= mine).all() and (other > mine).any() for other in scores)
        assert dominated(scores)[k] == beaten


@given(SCORES)
def test_fronts_peel_off(scores):
    level = fronts(scores)
    assert level.min() == 1
    for this in range(1, level.max() + 1):
        left = scores[level >= this]
        assert (dominated(left) == (level[level >= this] > this)).all()


def test_equals_share_a_front_and_rounding_makes_equals():
    scores = np.array([[1.0, 1.0], [1.0, 1.04], [0.0, 2.0], [0.0, 1.0]])
    assert fronts(scores).tolist() == [2, 1, 1, 3]
    assert fronts(scores, 0.1).tolist() == [1, 1, 1, 2]


def test_who_has_no_score_neither_beats_nor_is_beaten():
    scores = np.array([[np.nan, 9.0], [1.0, 1.0], [0.0, 0.0]])
    assert fronts(scores).tolist() == [0, 1, 2]
    assert dominated(scores).tolist() == [False, False, True]


@pytest.mark.parametrize("n", [0, 1])
def test_small_sets(n):
    assert fronts(np.ones((n, 3))).tolist() == [1] * n
