"""What each policy decides from a course of scores, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.dosing import infusion
from ketasim.trial.maintenance import Boosters, Spacing, Taper
from ketasim.trial.policies import (
    Policy,
    State,
    StepUp,
    StopAfter,
    StopWhen,
    StopWithoutResponse,
)
from ketasim.trial.sessions import Session, sessions_of

UNIT = infusion("0.5 mg/kg", over="40 min")
WEEK = 168.0
END = 26 * WEEK


def played(policy: Policy, sessions: tuple[Session, ...], scores: dict[float, float]) -> list:
    """Return the sessions of somebody with these scores at these times [h]; baseline 40."""
    plan, induction = policy.begin(sessions, END), len(policy.first(sessions, END))
    visits = np.array([0.0, *scores])
    seen = np.array([40.0, *scores.values()])
    for k in range(1, len(visits)):
        given = tuple(s for s in plan if s.start_h < visits[k] - 1e-6)
        state = State(
            visits[k], END, visits[: k + 1], seen[: k + 1], given, plan[len(given) :], induction
        )
        plan = given + policy.decide(state)
    return [(s.start_h, s.amount.mg_per_kg) for s in plan]


def days(plan: list) -> list[float]:
    return [start / 24 for start, _ in plan]


TWICE = sessions_of(UNIT.twice_weekly(4))
SIX = sessions_of(UNIT.thrice_weekly(2))
LAST = SIX[-1].start_h
AT_SESSIONS = [s.start_h for s in TWICE[1:]]


def test_step_up_while_less_than_half_better():
    steps = StepUp(doses=("0.5 mg/kg", "0.6 mg/kg", "0.75 mg/kg", "0.9 mg/kg"), every_sessions=2)
    never = played(steps, TWICE, dict.fromkeys(AT_SESSIONS, 30.0))
    assert [dose for _, dose in never] == [0.5, 0.5, 0.6, 0.6, 0.75, 0.75, 0.9, 0.9]
    well = played(steps, TWICE, dict.fromkeys(AT_SESSIONS, 20.0))  # just half
    assert {dose for _, dose in well} == {0.5}
    later = dict.fromkeys(AT_SESSIONS, 30.0) | dict.fromkeys(AT_SESSIONS[3:], 10.0)
    assert [dose for _, dose in played(steps, TWICE, later)] == [0.5, 0.5] + [0.6] * 6


def test_step_up_ends_at_the_highest_and_does_not_judge_the_day_itself():
    steps = StepUp(doses=("0.5 mg/kg", "1 mg/kg"))
    hours_later = {s.start_h + 4: 40.0 for s in TWICE}
    assert {dose for _, dose in played(steps, TWICE, hours_later)} == {0.5}
    assert [dose for _, dose in played(steps, TWICE, dict.fromkeys(AT_SESSIONS, 40.0))] == [0.5] + [
        1.0
    ] * 7


def test_step_up_leaves_who_was_not_seen():
    steps = StepUp(doses=("0.5 mg/kg", "1 mg/kg"))
    unseen = played(steps, TWICE, dict.fromkeys(AT_SESSIONS, float("nan")))
    assert {dose for _, dose in unseen} == {0.5}


@pytest.mark.parametrize(("score", "count"), [(31.0, 4), (30.0, 8)])
def test_stop_without_response(score, count):
    rule = StopWithoutResponse(after_sessions=4, share=0.25)
    assert len(played(rule, TWICE, dict.fromkeys(AT_SESSIONS, score))) == count


def test_stop_without_response_is_judged_once():
    rule = StopWithoutResponse(after_sessions=4, share=0.25)
    lost_later = dict.fromkeys(AT_SESSIONS, 20.0) | {AT_SESSIONS[-1]: 40.0}
    assert len(played(rule, TWICE, lost_later)) == 8


def test_stop_when_reached():
    falling = dict(zip(AT_SESSIONS, [30.0, 25, 20, 12, 9, 9, 9], strict=True))
    assert len(played(StopWhen(cut=10.0, share=None), TWICE, falling)) == 5
    assert len(played(StopWhen(share=0.5), TWICE, falling)) == 3
    assert len(played(StopWhen(cut=1.0, share=None), TWICE, falling)) == 8


def test_stop_after_and_follow():
    assert len(played(StopAfter(after_sessions=3), TWICE, {WEEK: 40.0})) == 3


WEEKLY = [LAST + 24, *(LAST + WEEK * k for k in range(1, 24))]


def test_taper():
    once = Taper(intervals_h=(WEEK, 2 * WEEK, 3 * WEEK), go_on=False)
    well = dict.fromkeys(WEEKLY, 10.0)
    assert days(played(once, SIX, well))[6:] == [18, 32, 53]
    on = days(played(Taper(intervals_h=(WEEK, 4 * WEEK)), SIX, well))[6:]
    assert on == [18, 46, 74, 102, 130, 158]  # 186 would be past week 26
    assert len(played(once, SIX, dict.fromkeys(WEEKLY, 30.0))) == 6
    everybody = Taper(intervals_h=(WEEK,), responders=False)
    assert len(played(everybody, SIX, dict.fromkeys(WEEKLY, 30.0))) == 6 + 24


def test_responders_may_be_told_at_a_set_time():
    rule = Taper(intervals_h=(WEEK,), judged_h=LAST + 2 * WEEK)
    lost = dict.fromkeys(WEEKLY, 10.0) | dict.fromkeys(WEEKLY[2:], 30.0)
    assert len(played(rule, SIX, lost)) == 7


def test_spacing_widens_in_remission_and_narrows_out_of_it():
    rule = Spacing(intervals_h=(WEEK, 2 * WEEK, 4 * WEEK), cut=10.0, every_h=4 * WEEK)
    remitted = days(played(rule, SIX, dict.fromkeys(WEEKLY, 8.0)))[6:]
    assert np.diff(remitted).tolist()[:4] == [7, 7, 14, 14]
    assert set(np.diff(remitted)[4:]) == {28}
    never = days(played(rule, SIX, dict.fromkeys(WEEKLY, 15.0)))[6:]
    assert set(np.diff(never)) == {7}
    back = dict.fromkeys(WEEKLY, 8.0) | dict.fromkeys(WEEKLY[8:], 15.0)
    gaps = np.diff(days(played(rule, SIX, back))[6:]).tolist()
    assert gaps[:3] == [7, 7, 14]  # judged at week 4
    assert gaps[-1] == 7


def test_spacing_takes_over_from_a_time():
    rule = Spacing(intervals_h=(WEEK, 2 * WEEK), from_h=0.0, responders=False)
    plan = days(
        played(rule, sessions_of(UNIT.repeat("14 d", 13)), {WEEK * k: 30.0 for k in (1, 2)})
    )
    assert plan[:4] == [0, 7, 14, 21]


def test_spacing_that_narrows_gives_the_overdue_session_at_the_visit():
    rule = Spacing(intervals_h=(WEEK, 4 * WEEK), every_h=2 * WEEK, responders=False)
    one = sessions_of(UNIT)
    visits = {2 * WEEK: 5.0, 4 * WEEK + 24: 30.0}
    assert days(played(rule, one, visits))[:4] == [0, 7, 29, 36]


def test_boosters_come_when_called_for_and_not_too_soon():
    rule = Boosters(below=0.5, gap_h=2 * WEEK)
    scores = dict.fromkeys(WEEKLY, 10.0) | {WEEKLY[1]: 30.0} | dict.fromkeys(WEEKLY[4:7], 30.0)
    extra = [(start - LAST) / WEEK for start, _ in played(rule, SIX, scores)[6:]]
    assert extra == [4, 6]  # week 1 is too soon after the sixth, week 5 too soon after week 4
    assert len(played(Boosters(below=0.5, gap_h=2 * WEEK, most=1), SIX, scores)) == 7
    assert len(played(rule, SIX, dict.fromkeys(WEEKLY, 30.0))) == 6  # never responded
    all_of_them = Boosters(below=0.5, gap_h=2 * WEEK, responders=False)
    assert len(played(all_of_them, SIX, dict.fromkeys(WEEKLY, 30.0))) == 6 + 11


def test_nothing_begins_when_treatment_has_ended():
    rule = Boosters(below=0.9, gap_h=WEEK, responders=False)
    assert played(rule, SIX, {END: 40.0, END + WEEK: 40.0}) == [(s.start_h, 0.5) for s in SIX]


@pytest.mark.parametrize(
    "rule",
    [
        StepUp(doses=("0.5 mg/kg", "1 mg/kg")),
        StopWithoutResponse(),
        StopWhen(),
        StopWhen(share=None, cut=10.0),
        StopAfter(),
        Taper(intervals_h=(WEEK, 2 * WEEK)),
        Spacing(),
        Boosters(most=2),
    ],
)
def test_each_says_what_it_is(rule):
    assert len(rule.describe()) > 10
    assert "0." not in rule.describe().replace("0.5 mg/kg", "")
