"""Ratings of a pool: whoever was let in had a rating high enough, every time anew."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.evidence.clinical_pools import Pool, pools
from ketasim.evidence.clinical_ratings import chosen, rated
from ketasim.trial.record import Course
from tests.evidence.trials import finding

CHANGE = 'endpoint = "change"\nat = "7 d"\nvalue = -10\nunit = "points"'
NO_MINIMUM = ("minimum = 28", 'scale = "MADRS"')


def pool(*changes: tuple[str, str]) -> Pool:
    return next(iter(pools([finding(CHANGE, *changes)]).values()))


def course(madrs: float, people: int = 300) -> Course:
    scores = np.full((people, 2), madrs)
    return Course(np.array([0.0, 168.0]), scores, {}, np.empty(0), np.empty((people, 0)))


def test_ratings_differ_and_baselines_reach_the_minimum():
    record = rated(pool(), course(29.0), 6, seed=1)
    scores = record.scores["MADRS"]
    assert scores.shape == (1800, 2)
    assert scores[:, 0].min() >= 28
    assert len(np.unique(record.index)) > 1700
    # the same true score, and better without any treatment: regression to the mean
    assert scores[:, 0].mean() - scores[:, 1].mean() > 1
    assert 29 < scores[:, 1].mean() < scores[:, 0].mean()  # the day of entry fades in days


def test_without_a_minimum_nobody_is_picked():
    record = rated(pool(NO_MINIMUM), course(29.0), 6, seed=1)
    scores = record.scores["MADRS"]
    assert scores[:, 0].min() < 28
    assert scores.mean(axis=0) == pytest.approx([29, 29], abs=0.3)


def test_who_never_reaches_it_keeps_the_highest():
    index = chosen(pool(), np.full((5, 1), 5.0), 4, 1, 0)
    assert index.shape == (20,)
    assert all(len(set(row)) == 1 for row in index.reshape(5, 4))
