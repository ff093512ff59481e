"""Both verdicts on a claim, and that each side can contradict the other."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ketasim.evidence import Dispersion, Outcome
from ketasim.evidence.claims_data import Claim, Expected, Link
from ketasim.evidence.claims_verdicts import (
    evidence_verdict,
    judge_claim,
    judge_claims,
    model_stance,
    observed_interval,
    observed_stance,
    weighed,
)
from tests.evidence.claims_example import claims
from tests.evidence.small import findings

VALUE = findings()["iv_cl"]  # 90 (SD 18, n = 9) L/h
SHARE = findings()["oral_f"]  # 15 %
DOWN = replace(VALUE, direction="down", value=None, unit="")
BLOCKED = replace(DOWN, direction="blocked")


def one(link: Link, **more) -> Claim:
    return Claim("c", "It is so.", "somebody", "S9", more.pop("rule", "weigh"), "f", (link,))


def ran(finding, verdict="reproduced", predicted=90.0, low=80.0, high=100.0) -> Outcome:
    return Outcome(finding, verdict, predicted=predicted, low=low, high=high)


@pytest.mark.parametrize(
    ("stances", "rule", "verdict"),
    [
        ([], "weigh", "open"),
        ([("silent", 1)], "weigh", "open"),
        ([("unclear", 1)], "weigh", "open"),
        ([("for", 1)], "weigh", "supported"),
        ([("against", 1)], "weigh", "contradicted"),
        ([("for", 1), ("against", 1)], "weigh", "contested"),
        ([("for", 1)] * 4 + [("against", 1)], "weigh", "supported"),
        ([("for", 1)] * 3 + [("against", 1)], "weigh", "contested"),
        ([("for", 1), ("against", 0.25)], "weigh", "supported"),
        ([("for", 1), ("unclear", 1), ("unclear", 1)], "weigh", "open"),
        ([("for", 1), ("unclear", 1)], "weigh", "supported"),
        ([("for", 1)] * 9 + [("against", 1)], "every", "contradicted"),
        ([("for", 1)] * 9 + [("against", 0.5)], "every", "contested"),
        ([("for", 1), ("unclear", 1)], "every", "open"),
        ([("for", 1), ("silent", 1)], "every", "supported"),
        ([("for", 1)] + [("against", 1)] * 9, "some", "supported"),
        ([("for", 0.5)] + [("against", 1)] * 9, "some", "contested"),
        ([("against", 1)], "some", "contradicted"),
    ],
)
def test_weighing(stances, rule, verdict):
    assert weighed(stances, rule) == verdict


@pytest.mark.parametrize(
    ("expected", "stance"),
    [
        (Expected(at_most=100.0), "for"),
        (Expected(at_least=100.0), "unclear"),  # 90 with a standard error of 6 reaches 100
        (Expected(at_least=110.0), "against"),
        (Expected(at_least=95.0, at_most=120.0), "unclear"),
    ],
)
def test_a_value_that_was_seen(expected, stance):
    assert observed_stance(Link(VALUE, expected)) == stance


def test_intervals_of_what_was_seen():
    assert observed_interval(VALUE) == pytest.approx((90 / 1.1395, 90 * 1.1395), rel=1e-3)
    told = replace(VALUE, dispersion=Dispersion("ci95", 70.0, 99.0))
    assert observed_interval(told) == (70.0, 99.0)
    low, high = observed_interval(SHARE)  # Wilson: 15 % of 9
    assert (low, high) == pytest.approx((3.31, 47.63), abs=0.01)
    below = replace(VALUE, value=-8.6, dispersion=None, n=15, unit="points")
    low, high = observed_interval(below)
    assert low < -8.6 < high < -6


def test_a_direction_that_was_seen():
    assert observed_stance(Link(DOWN, Expected(("down",)))) == "for"
    assert observed_stance(Link(DOWN, Expected(("none",)))) == "against"
    assert observed_stance(Link(BLOCKED, Expected(("attenuated",)))) == "for"
    attenuated = replace(BLOCKED, direction="attenuated")
    assert observed_stance(Link(attenuated, Expected(("blocked",)))) == "against"


def test_a_simulation_was_not_observed():
    link = Link(DOWN, Expected(("down",)), what="something")
    assert observed_stance(link) == "silent"
    assert evidence_verdict(one(link)) == "open"


@pytest.mark.parametrize(
    ("outcome", "expected", "stance"),
    [
        (ran(DOWN, "reproduced"), ("down",), "for"),
        (ran(DOWN, "contradicted"), ("down",), "against"),
        (ran(DOWN, "not resolved"), ("down",), "unclear"),
        (ran(DOWN, "out of scope"), ("down",), "silent"),
        (ran(DOWN, "reproduced", -0.5, -0.6, -0.4), ("none",), "against"),
        (ran(DOWN, "contradicted", 0.01, -0.02, 0.03), ("none",), "for"),
        (ran(DOWN, "contradicted", 0.5, 0.4, 0.6), ("none",), "against"),
        (ran(DOWN, "not resolved", -0.09, -0.3, 0.0), ("none",), "unclear"),
        (ran(BLOCKED, "contradicted", 0.55, 0.5, 0.6), ("blocked", "attenuated"), "for"),
        (ran(BLOCKED, "contradicted", 1.0, 0.95, 1.1), ("blocked", "attenuated"), "against"),
        (ran(BLOCKED, "not resolved", math.nan, math.nan, math.nan), ("kept",), "unclear"),
    ],
)
def test_a_direction_of_the_model(outcome, expected, stance):
    assert model_stance(Link(outcome.finding, Expected(expected)), outcome) == stance


@pytest.mark.parametrize(
    ("bounds", "stance"),
    [((80.0, 120.0), "for"), ((88.0, 92.0), "unclear"), ((110.0, 120.0), "against"),
     ((-math.inf, 86.0), "unclear"), ((70.0, math.inf), "for")],
)  # fmt: skip
def test_a_value_of_the_model(bounds, stance):
    assert model_stance(Link(VALUE, Expected((), *bounds)), ran(VALUE)) == stance


def test_evidence_and_model_can_contradict_each_other():
    link = Link(DOWN, Expected(("down",)))
    entry = judge_claim(one(link), [ran(DOWN, "contradicted", 0.0, 0.0, 0.0)])
    assert (entry.evidence, entry.model, entry.differ) == ("supported", "contradicted", True)
    link = Link(DOWN, Expected(("none",)))
    entry = judge_claim(one(link), [ran(DOWN, "contradicted", 0.0, 0.0, 0.0)])
    assert (entry.evidence, entry.model, entry.differ) == ("contradicted", "supported", True)


def test_an_open_verdict_leans_where_the_tables_point():
    link = Link(VALUE, Expected(at_least=80.0), what="clearance")
    entry = judge_claim(one(link), [ran(VALUE, "not resolved", 90.0, 1.0, 400.0)])
    assert (entry.evidence, entry.model, entry.leaning) == ("open", "open", "supported")
    entry = judge_claim(one(link), [ran(VALUE, "not resolved", 70.0, 1.0, 400.0)])
    assert entry.leaning == "contradicted"
    entry = judge_claim(one(link), [ran(VALUE, "out of scope")])
    assert (entry.model, entry.leaning) == ("open", "")


def test_recall_weighs_half():
    recalled = replace(DOWN, weight=0.5)
    both = (Link(DOWN, Expected(("down",))), Link(recalled, Expected(("up",))))
    claim = replace(one(both[0]), links=both)
    assert evidence_verdict(claim) == "contested"
    several = tuple(Link(DOWN, Expected(("down",))) for _ in range(2))
    assert evidence_verdict(replace(claim, links=(*several, both[1]))) == "supported"


def test_claims_are_run():
    slow, swallowed = judge_claims(tuple(claims().values()), people=20, draws=8)
    assert (slow.evidence, slow.model) == ("contradicted", "contradicted")
    assert [b.model for b in slow.bearings] == ["against", "against"]
    assert [b.observed for b in slow.bearings] == ["against", "silent"]
    assert (swallowed.evidence, swallowed.model) == ("supported", "supported")
