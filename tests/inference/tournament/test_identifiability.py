"""What was learnt of each parameter: on draws whose spread is known."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.inference.tournament.fit import Fit
from ketasim.inference.tournament.identifiability import identifiability
from tests.inference.tournament import toy


def _fit(scores, chain=1):
    empty = np.zeros((len(scores), 1))
    free = scores.shape[1]
    return Fit(toy.hypothesis("t", free), scores, empty, empty, chain, 0, 0, 0, 0, 0)


def test_contraction_shift_and_ties_are_found():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((4000, 4))
    x[:, 1] *= 0.5  # informed: contraction 0.75
    x[:, 1] += 1.0
    x[:, 3] = -0.9 * x[:, 2] + 0.436 * x[:, 3]  # only a combination is seen
    told = identifiability(_fit(x))
    one = told.learnt[1]
    assert one.contraction == pytest.approx(0.75, abs=4 * one.error)
    assert one.error < 0.02
    assert one.shift == pytest.approx(1.0, abs=0.03)
    assert one.middle == pytest.approx(np.e, rel=0.05)  # log scale, median 1
    assert one.low < one.middle < one.high
    assert told.uninformed == ("p0", "p2", "p3")
    ((first, second, together),) = told.tied
    assert {first, second} == {"p2", "p3"}
    assert together == pytest.approx(-0.9, abs=0.02)
    assert told.informed_directions == 2  # p1, and the sum of p2 and p3


def test_chains_make_the_error_wider():
    x = np.repeat(np.random.default_rng(2).standard_normal((200, 2)), 8, axis=0)
    assert (
        identifiability(_fit(x, 8)).learnt[0].error > 2 * identifiability(_fit(x)).learnt[0].error
    )


def test_one_parameter_has_no_pairs():
    told = identifiability(_fit(np.random.default_rng(3).standard_normal((50, 1))))
    assert told.tied == ()
    assert told.directions.shape == (1,)
