"""Stacking: mixtures with a known best, and leaving a paper out against exact densities."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.inference.tournament.smc import Size
from ketasim.inference.tournament.stacking import stacked, stacking
from tests.inference.tournament import toy


def test_a_mixture_with_a_known_best():
    """Seven papers only the first foretells, three only the second: seven to three."""
    density = np.full((10, 2), -50.0)
    density[:7, 0] = density[7:, 1] = 0.0
    assert stacked(density) == pytest.approx([0.7, 0.3], abs=1e-4)


def test_no_other_mixture_is_better():
    """The gradient is 1 where there is weight, and at most 1 elsewhere."""
    density = np.random.default_rng(1).normal(0, 2, (60, 8))
    weight = stacked(density)
    assert weight.sum() == pytest.approx(1)
    likely = np.exp(density)
    gradient = (likely / (likely @ weight)[:, None]).mean(axis=0)
    assert gradient.max() < 1 + 1e-3
    assert gradient[weight > 1e-3] == pytest.approx(1, abs=2e-3)


def test_twins_share_and_the_best_alone_takes_all():
    one = np.random.default_rng(2).normal(0, 1, (30, 1))
    assert stacked(np.hstack([one, one - 1.0])) == pytest.approx([1, 0], abs=1e-4)
    assert stacked(np.hstack([one, one])) == pytest.approx([0.5, 0.5], abs=1e-6)


def test_left_out_papers_agree_with_exact_densities():
    found = toy.tournament(12, size=Size(4096, 8))
    told = stacking(found, repeats=40)
    held = found.body
    ways = toy.rivals(12)
    up = toy.reported(*ways[0], np.zeros(2), held, np.random.default_rng(3))
    for i in (0, 4, 9):
        without = np.ones(12, bool)
        without[i] = False
        for h, way in enumerate(ways):
            words = toy.Words(*way, up)
            exact = toy.exact_log_evidence(words, held) - toy.exact_log_evidence(
                words, held, without
            )
            assert told.log_density[i, h] == pytest.approx(exact, abs=0.25)  # of 512 chains
    assert told.weight.sum() == pytest.approx(1)
    assert told.pseudo.sum() == pytest.approx(1)
    assert np.all(told.low <= told.high)
    assert not told.flagged
    assert told.names[int(told.pseudo.argmax())] == "h0"
    again = stacking(found, repeats=40)
    assert np.array_equal(told.low, again.low)
