"""Treating by a policy: everybody's record is that of the sessions they ended up with."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ketasim.dosing import Hold, daily, infusion, named_regimen, saline
from ketasim.errors import UserError
from ketasim.model import assemble
from ketasim.trial.maintenance import Boosters
from ketasim.trial.patients import Entry, patients
from ketasim.trial.policies import State, StepUp, StopAfter, StopWithoutResponse
from ketasim.trial.policies_driver import treat
from ketasim.trial.record import follow
from ketasim.trial.scales import scale
from ketasim.trial.scores import observed
from ketasim.trial.sessions import sessions_of

WEEK = 168.0
VISITS = np.array([0.0, 24, 84, *(WEEK * np.arange(1, 9))])
SIX = named_regimen("six infusions")
# A bar so high that about half of the people need a booster, whatever the model's gains are.
RULE = Boosters(below=0.75, gap_h=WEEK, responders=False)


@pytest.fixture(scope="module")
def model():
    return assemble()


@pytest.fixture(scope="module")
def people(model):
    return patients(Entry("trd", baseline=(32, 5), minimum=24), model, 24, seed=3)


def dress(regimen):
    told = regimen.open_label()
    return replace(told, holds=(*told.holds, Hold("u_care", 1.0, 0.0, 8 * WEEK)))


@pytest.fixture(scope="module")
def treated(model, people):
    return treat(model, SIX, RULE, people, VISITS, dress=dress)


def test_the_record_is_that_of_the_final_regimens(model, people, treated):
    again = follow(model, treated.regimens, people, VISITS)
    np.testing.assert_array_equal(again.scores["MADRS"], treated.record.scores["MADRS"])
    assert len({len(plan) for plan in treated.plans}) > 2, "people are treated differently"
    np.testing.assert_array_equal(treated.doses, [len(plan) for plan in treated.plans])


def test_every_plan_is_what_its_own_scores_lead_to(people, treated):
    kind = scale("MADRS")
    scores = observed(kind, treated.record.madrs, VISITS, seed=people.seed,
                      replicate=people.replicate, index=people.index)  # fmt: skip
    for who, plan in enumerate(treated.plans):
        for k in range(1, len(VISITS)):
            given = tuple(s for s in plan if s.start_h < VISITS[k] - 1e-6)
            planned = tuple(s for s in plan if s not in given)
            first = tuple(s for s in planned if s in sessions_of(SIX))
            state = State(VISITS[k], VISITS[-1], VISITS[: k + 1], scores[who, : k + 1], given,
                          first, 6)  # fmt: skip
            next_visit = VISITS[k + 1] if k + 1 < len(VISITS) else math.inf
            soon = tuple(s for s in planned if s.start_h < next_visit - 1e-6)
            decided = tuple(s for s in RULE.decide(state) if s.start_h < next_visit - 1e-6)
            assert decided == soon


def test_nobody_depends_on_who_else_is_treated(model, people, treated):
    rows = np.array([20, 3, 11])
    few = treat(model, SIX, RULE, people.take(rows), VISITS, dress=dress)
    np.testing.assert_array_equal(few.record.scores["MADRS"], treated.record.scores["MADRS"][rows])
    assert few.plans == tuple(treated.plans[k] for k in rows)


def test_threads_change_nothing(model, people, treated):
    alone = treat(model, SIX, RULE, people, VISITS, dress=dress, threads=1)
    np.testing.assert_array_equal(alone.record.scores["MADRS"], treated.record.scores["MADRS"])


def test_those_alike_share_a_regimen(model, people):
    same = treat(model, SIX, StopAfter(after_sessions=4), people, VISITS)
    assert len({id(regimen) for regimen in same.regimens}) == 1
    assert set(same.doses) == {4}


def test_what_goes_beside_stays(model, people):
    beside = SIX + daily("SSRI", weeks=8)
    found = treat(model, beside, RULE, people.take(np.arange(3)), VISITS, dress=dress)
    for regimen in found.regimens:
        assert {"u_SSRI", "u_open", "u_care"} <= {hold.input for hold in regimen.holds}


def test_sham_sessions_follow_the_rule_and_count_as_no_doses(model, people):
    found = treat(model, saline().thrice_weekly(2), RULE, people, VISITS, dress=dress)
    assert set(found.doses) == {0}
    assert max(len(plan) for plan in found.plans) > 6


def test_doses_end_when_somebody_leaves(model, people):
    found = treat(model, SIX, RULE, people, VISITS, dress=dress, dropout=True)
    for plan, left_h, doses in zip(found.plans, found.record.left_h, found.doses, strict=True):
        assert doses == sum(session.start_h < left_h for session in plan)


def test_nothing_begins_after_the_end(model, people):
    found = treat(model, SIX, RULE, people, VISITS, dress=dress, until_h=4 * WEEK)
    assert max(session.start_h for plan in found.plans for session in plan) < 4 * WEEK


@pytest.mark.parametrize(
    ("start", "rule", "told"),
    [
        (daily("SSRI", weeks=2), StopWithoutResponse(), "has no session to go on from"),
        (infusion("0.4 mg/kg", over="40 min"), StepUp(doses=("0.5 mg/kg", "1 mg/kg")),
         "policy.doses: 0.4 mg/kg ketamine IV over 40 min gives none of 0.5 mg/kg, 1 mg/kg"),
    ],
)  # fmt: skip
def test_regimens_that_do_not_fit(model, people, start, rule, told):
    with pytest.raises(UserError, match=told):
        treat(model, start, rule, people, VISITS)
