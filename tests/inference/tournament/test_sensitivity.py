"""Other assumptions, answered by reweighting: against runs of the other question itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim.inference.tournament.left_out import reports
from ketasim.inference.tournament.likelihood import log_likelihood, with_lapses
from ketasim.inference.tournament.sensitivity import LESS_LIKELY, WIDTHS, sensitivity
from ketasim.inference.tournament.smc import Size
from tests.inference.tournament import toy

SIZE = Size(512, 8)
LABORATORIES = ["a", "a", "b", "b", "b", *(f"s{i}" for i in range(5, 12))]


@pytest.fixture(scope="module")
def found():
    return toy.tournament(12, size=SIZE, laboratories=LABORATORIES)


@pytest.fixture(scope="module")
def told(found):
    return sensitivity(found)


@pytest.fixture(scope="module")
def words():
    held = toy.body(12, LABORATORIES, held_out=(1, 4, 7))
    ways = toy.rivals(12)
    up = toy.reported(*ways[0], np.zeros(2), held, np.random.default_rng(3))
    return [toy.Words(*way, up) for way in ways], held


def _exact(weights):
    return np.exp(weights - np.logaddexp.reduce(weights))


def _named(told, what):
    return next(each for each in told.scenarios if each.what == what)


def test_every_question_is_asked(told):
    kinds = [each.kind for each in told.scenarios]
    assert kinds[0] == "base"
    assert kinds.count("lapse") == 2
    assert kinds.count("prior") == 4
    assert kinds.count("laboratory") == 9
    assert kinds.count("study") == 5  # of laboratories with more than one
    assert kinds.count("odds") == 2
    assert kinds[-1] == "reports"
    assert not told.untold


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_other_lapses_agree_with_the_exact_evidence(told, words, factor):
    every, held = words
    exact = _exact(np.array([toy.exact_log_evidence(w, with_lapses(held, factor)) for w in every]))
    scenario = _named(told, f"chances of being wrong times {factor:g}")
    assert scenario.weights.weight == pytest.approx(exact, abs=0.08)
    assert scenario.trusted


def test_a_laboratory_left_out_agrees_with_the_exact_evidence(told, words):
    every, held = words
    without = np.array([name != "b" for name in held.laboratory])
    exact = _exact(np.array([toy.exact_log_evidence(w, held, without) for w in every]))
    assert _named(told, "without b").weights.weight == pytest.approx(exact, abs=0.08)


def test_wider_priors_agree_with_the_exact_evidence(told, words):
    every, held = words
    for factor in WIDTHS:
        wide = [replace(each, reach=each.reach * factor) for each in every]
        exact = _exact(np.array([toy.exact_log_evidence(w, held) for w in wide]))
        scenario = _named(told, f"prior SD of links times {factor:.2g}")
        assert scenario.weights.weight == pytest.approx(exact, abs=0.1)
    same = _named(told, "prior SD of shared parameters times 1.5")
    assert same.weights.weight == pytest.approx(told.base.weights.weight)


def test_leaving_out_is_the_likelihood_without(found):
    held = reports(found.body, found.fits[0].judged)
    every = np.ones(12, bool)
    for places in ([0], [0, 1], [2, 5], range(12)):
        some = every.copy()
        some[list(places)] = False
        change = log_likelihood(found.body, found.fits[0].judged, some) - log_likelihood(
            found.body, found.fits[0].judged, every
        )
        assert held.without(places) == pytest.approx(change, abs=1e-12)


def test_what_would_overturn_it(told):
    leader = told.base.weights.leader
    low, high = told.spread()
    own = told.base.weights.weight[told.names.index(leader)]
    assert low <= own <= high
    for each in told.overturning():
        assert each.weights.leader != leader
    needed = told.odds_to_overturn()
    assert leader not in needed
    assert all(odds >= 1 for odds in needed.values())
    doubted = _named(told, f"the leader {LESS_LIKELY:g} times as likely before")
    best_rival = min(needed.values())
    assert (doubted.weights.leader != leader) == (best_rival < 1 / LESS_LIKELY)
    closest = told.closest(3)
    assert closest[0][1] <= closest[-1][1]


def test_heavy_tails_are_flagged_and_enter_no_summary(found):
    rng = np.random.default_rng(1)
    fit = found.fits[0]
    wild = replace(fit, judged_radius=np.stack([rng.pareto(0.5, 512) * 9, np.zeros(512)], 1))
    told = sensitivity(replace(found, fits=(wild, *found.fits[1:])))
    wider = _named(told, "prior SD of links times 1.5")
    assert wider in told.flagged()
    assert all(wider is not each for each, _ in told.closest(99))


def test_draws_kept_without_their_distance_say_so(found):
    bare = replace(found, fits=tuple(replace(e, judged_radius=None) for e in found.fits))
    told = sensitivity(bare)
    assert told.untold
    assert not [each for each in told.scenarios if each.kind == "prior"]
