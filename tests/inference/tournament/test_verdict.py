"""The verdict on problems whose truth is known: the right hypothesis, at its stated rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim.inference.tournament.likelihood import log_likelihood
from ketasim.inference.tournament.results import Tournament
from ketasim.inference.tournament.smc import Size
from ketasim.inference.tournament.verdict import UNDERSTATED, verdict, weigh, weights_of
from tests.inference.tournament import toy

EVEN = np.ones(2)


@pytest.fixture(scope="module")
def found():
    return toy.tournament(18, size=Size(512, 8))


def test_weights_are_odds_times_evidence():
    told = weigh(("a", "b"), np.array([0.0, np.log(3)]), np.zeros(2), np.array([1.0, 2.0]))
    assert told.weight == pytest.approx([1 / 7, 6 / 7])
    assert told.leader == "b"
    assert told.error == pytest.approx([0, 0])
    assert told.leads.tolist() == [0, 1]


def test_errors_of_the_evidence_are_carried_on():
    told = weigh(("a", "b"), np.zeros(2), np.full(2, 0.1), EVEN)
    # the log odds have an SD of 0.1 sqrt(2) times what is understated; the slope of a half is 1/4
    assert told.error == pytest.approx(0.1 * np.sqrt(2) * UNDERSTATED / 4, rel=0.06)
    assert told.low[0] < 0.5 < told.high[0]
    assert told.leads == pytest.approx([0.5, 0.5], abs=0.03)
    assert np.array_equal(told.error, weigh(("a", "b"), np.zeros(2), np.full(2, 0.1), EVEN).error)


def test_hopeless_differences_do_not_overflow():
    told = weigh(("a", "b"), np.array([-5000.0, 0.0]), np.ones(2), EVEN)
    assert told.weight.tolist() == [0, 1]
    assert np.isfinite(told.error).all()


def test_the_right_hypothesis_wins_at_its_stated_rate():
    """Three hypotheses, truth drawn from each in turn with scores from its prior."""
    ways, held = toy.rivals(12), toy.body(12, ["a", "a", "b", "b", *"cdefghij"])
    sure, hits, own = [], [], []
    for seed in range(60):
        rng = np.random.default_rng([7, seed])
        truth = seed % 3
        base, reach = ways[truth]
        up = toy.reported(base, reach, rng.standard_normal(2), held, rng)
        fits = [
            toy.fitted(toy.Words(*way, up), held, f"h{i}", Size(64, 4), seed)
            for i, way in enumerate(ways)
        ]
        told = weights_of(Tournament(held, tuple(fits), Size(64, 4), seed))
        sure.append(told.weight.max())
        hits.append(told.order[0] == truth)
        own.append(told.weight[truth])
    sure, hits = np.array(sure), np.array(hits)
    assert hits.mean() > 0.6  # chance: a third
    assert np.mean(own) > 0.55
    # as often right as it says: within three standard errors
    assert abs((hits - sure).sum()) < 3 * np.sqrt((sure * (1 - sure)).sum())


def test_leaving_a_report_out_agrees_with_the_exact_change(found):
    told = verdict(found)
    leader = told.leader
    rival = int(told.weights.order[1])
    ways, held = toy.rivals(18), found.body
    up = toy.reported(*ways[0], np.zeros(2), held, np.random.default_rng(3))
    for i in (0, 1, 5):
        without = np.ones(18, bool)
        without[i] = False
        exact = [
            toy.exact_log_evidence(toy.Words(*ways[h], up), held)
            - toy.exact_log_evidence(toy.Words(*ways[h], up), held, without)
            for h in (leader, rival)
        ]
        # the tails of 64 chains' draws: 0.1 is three of their standard errors
        assert told.moved[i, rival] == pytest.approx(exact[0] - exact[1], abs=0.1)
    assert np.all(told.moved[:, leader] == 0)


def test_what_decided_is_what_the_leader_alone_explains(found):
    told = verdict(found)
    assert told.weights.leader == "h0"
    first = told.decided("h1", 4)
    assert all(i % 3 in (0, 1) for i, _ in first)  # what h0 reaches and h1 does not, or reversed
    assert abs(first[0][1]) >= abs(first[-1][1])
    assert told.ahead.shape == (18, 3)
    assert np.all(told.ahead[:, told.leader] == 0)
    assert told.trusted.mean() > 0.9


def test_what_every_hypothesis_fails_is_found(found):
    low = [replace(each, clean=each.clean.copy()) for each in found.fits]
    for each in low:
        each.clean[:, 4] = np.log(0.2)
        each.clean[:, 2] = np.log(0.3)
    low[0].clean[:, 2] = np.log(0.9)  # one hypothesis explains it
    told = verdict(replace(found, fits=tuple(low)))
    assert 4 in told.failed
    assert 2 not in told.failed
    assert told.chance[4] == pytest.approx(0.2)
    best = told.chance.max(axis=1)
    # words alone: half is what a report that says nothing gives
    assert set(told.failed) == set(np.flatnonzero(best < 0.5).tolist())
    assert list(told.failed) == sorted(told.failed, key=lambda i: best[i])


def test_held_out_reports_are_left_to_the_weights(found):
    told = verdict(found)
    assert not np.allclose(told.weights.weight, told.by_calibrate.weight)
    chosen = found.body.chooses
    fit = found.fits[0]
    assert np.isfinite(log_likelihood(found.body, fit.clean, chosen)).all()
