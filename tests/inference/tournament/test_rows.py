"""Rows of a summary from the slower analyses: nothing lost, nothing that JSON cannot hold."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest

from ketasim.inference.tournament.next_experiment import Plan, Proposal
from ketasim.inference.tournament.profile import Profile
from ketasim.inference.tournament.rows import (
    LARGEST_K,
    carried_rows,
    known_rows,
    pair_rows,
    proposed_rows,
    quick_summary,
    shift_rows,
)
from ketasim.inference.tournament.sensitivity import Scenario, Sensitivity
from ketasim.inference.tournament.shares import EVERYBODY, REST, Interval, Pair, Share
from ketasim.inference.tournament.summary import plain
from ketasim.inference.tournament.verdict import Weights
from tests.inference.tournament.toy_experiments import toy_tournament

NAMES = ("one", "two")
SOME, NONE = Interval(0.4, 0.1, 0.7), Interval(math.nan, math.nan, math.nan)


@pytest.fixture(scope="module")
def toy():
    return toy_tournament(draws=64)


def weights(*held):
    array = np.array(held)
    return Weights(NAMES, array, array / 10, array, array, array)


def test_the_quick_summary_is_whole(toy):
    found = quick_summary(toy)
    assert sum(each.weight for each in found.hypotheses) == pytest.approx(1.0)
    assert sum(each.stacking or 0.0 for each in found.hypotheses) == pytest.approx(1.0)
    assert {row.kind for row in found.shifts} >= {"lapse", "odds"}
    assert {row.hypothesis for row in found.known} == {"disinhibition", "habenula"}
    json.dumps(plain(found), allow_nan=False)


def test_a_known_parameter_has_its_prior_and_its_profile(toy):
    flat = np.zeros(2)
    limits = Profile(flat, flat, flat, -1.0, math.inf, 10, "w_S", flat, 0.25, math.nan)
    rows = {(r.hypothesis, r.parameter): r
            for r in known_rows(toy, {("disinhibition", "w_S"): limits})}  # fmt: skip
    row = rows["disinhibition", "w_S"]
    assert row.what == "glutamate surge to BDNF"
    assert row.prior_low == pytest.approx(0.5 * math.exp(-1.6449), rel=1e-3)
    assert (row.profile_low, row.profile_high) == (0.25, None)
    assert rows["habenula", "w_hb"].profile_low is None


def test_the_base_is_no_change_and_endless_k_is_finite():
    told = Sensitivity(NAMES, (
        Scenario("base", "as it is", weights(0.6, 0.4), np.zeros(2)),
        Scenario("lapse", "doubled", weights(0.3, 0.7), np.array([0.1, math.inf])),
    ))  # fmt: skip
    (row,) = shift_rows(told)
    assert row.weights == (0.3, 0.7)
    assert row.k_hat == LARGEST_K


def test_where_there_is_no_effect_there_is_no_share():
    def share(player, of=SOME):
        return Share("ketamine", "2 h", 2.0, player, SOME, of, SOME, SOME, NONE)

    rows = carried_rows([share("bdnf"), share(EVERYBODY), share(REST), share("lhb", NONE)])
    assert [row.mechanism for row in rows] == ["bdnf", REST]
    assert rows[0].title == "BDNF release and TrkB"
    assert rows[0].blocked is None
    assert rows[0].points == 0.4


def test_pairs_that_could_not_be_told_are_left_out():
    told = [Pair("ketamine", "2 h", "bdnf", "lhb", each) for each in (SOME, NONE)]
    (row,) = pair_rows(told)
    assert (row.first, row.second, row.points) == ("bdnf", "lhb", 0.4)


def test_what_each_expects_of_an_experiment():
    design = SimpleNamespace(drug="ketamine", perturbation="", readout="BDNF")
    predicted = {"one": (0.8, 0.1, 0.1)}
    outcomes = ("up", "none", "down")
    each = Proposal(design, outcomes, predicted, 0.5, 0.01, 0.2, 0.02, 0.9, None, 14, 0.7)  # type: ignore[arg-type]

    def planned(about):
        return Plan({"one": 1.0}, 1.0, ("one",), about, 1.0, 12, 8, 1, 1, 0, 0, (each,))

    (row,) = proposed_rows(planned(None), NAMES)
    assert (row.about, row.bits, row.n, row.n_to_separate) == ("hypotheses", 0.5, 12, 14)
    assert row.predicted == ("up", "")
    assert row.chances == (0.8, 0.0)
    (row,) = proposed_rows(planned("w_S"), NAMES)
    assert (row.about, row.bits) == ("w_S", 0.2)
