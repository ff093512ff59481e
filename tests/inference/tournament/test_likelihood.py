"""Lapses and laboratories: no report and no laboratory counts beyond its bound."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.inference.tournament.body import MOST_LAPSE
from ketasim.inference.tournament.likelihood import (
    believed,
    by_laboratory,
    log_likelihood,
    with_lapses,
)
from tests.inference.tournament import toy

EVERY = np.ones(6, bool)
BODY = toy.body(6, ["a"] * 4 + ["b", "c"], lapse=0.1, laboratory_lapse=0.05)


def test_one_report_cannot_count_beyond_its_lapse():
    worst = believed(BODY, np.full((1, 6), -1000.0))
    assert worst == pytest.approx(np.log(0.1 * 0.5))
    best = believed(BODY, np.zeros((1, 6)))
    assert best == pytest.approx(np.log(0.9 + 0.05))


def test_one_laboratory_cannot_count_beyond_its_bound():
    """However many reports it has: the log of its lapse, and even odds for each."""
    worst = by_laboratory(BODY, np.full((1, 6), -1000.0), EVERY)[0]
    for column, reports in ((0, 4), (1, 1)):
        bound = np.log(0.05) + reports * np.log(0.5)
        assert worst[column] >= bound
    alone = toy.body(6, laboratory_lapse=0.05)
    assert worst.sum() > by_laboratory(alone, np.full((1, 6), -1000.0), EVERY).sum()


def test_a_laboratory_is_a_mixture():
    clean = np.log(np.array([[0.9, 0.8, 0.3, 0.6, 0.5, 0.7]]))
    own = 0.9 * np.exp(clean[0]) + 0.05
    exact = np.log(0.95 * own[:4].prod() + 0.05 * 0.5**4)
    assert by_laboratory(BODY, clean, EVERY)[0, 0] == pytest.approx(exact)


def test_what_is_not_chosen_says_nothing():
    clean = np.log(np.random.default_rng(1).random((5, 6)))
    some = np.array([True, True, False, False, True, False])
    other = clean.copy()
    other[:, ~some] = -50.0
    assert np.array_equal(log_likelihood(BODY, clean, some), log_likelihood(BODY, other, some))
    assert log_likelihood(BODY, clean, ~EVERY) == pytest.approx(np.zeros(5), abs=1e-12)


def test_better_explained_is_more_likely_and_more_lapses_matter_less():
    low, high = np.full((1, 6), np.log(0.3)), np.full((1, 6), np.log(0.9))
    gaps = []
    for factor in (0.5, 1.0, 2.0):
        other = with_lapses(BODY, factor)
        gaps.append(
            log_likelihood(other, high, EVERY)[0] - log_likelihood(other, low, EVERY)[0]
        )  # fmt: skip
    assert gaps[0] > gaps[1] > gaps[2] > 0
    assert with_lapses(BODY, 100).lapse.max() == MOST_LAPSE
