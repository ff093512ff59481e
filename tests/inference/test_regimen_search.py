"""A search: what it counts, whom it compares, and what it calls best."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.inference.regimen_aim import MEASURES, read_aim
from ketasim.inference.regimen_grid import SearchFile, candidates
from ketasim.inference.regimen_search import (
    Outcome,
    Value,
    _ordered,
    _share,
    judged_h,
    search_regimens,
    visits_h,
)
from ketasim.toml_tables import checked

KETAMINE = {"drug": "ketamine", "doses": ["0.5 mg/kg"], "route": "infusion", "over": "40 min"}
FILE = {
    "aim": "relapse < 20 % at 12 weeks",
    "n": 30,
    "treatments": [KETAMINE],
    "inductions": [{"per_week": 2, "weeks": 2}],
    "maintenances": [{"none": True}, {"every": "7 d"}, {"policy": {"kind": "boosters"}}],
}


@pytest.fixture(scope="module")
def done():
    return search_regimens(checked(SearchFile, FILE, "f.toml"))


def kinds(search):
    return {one.candidate.kind: one for one in search.outcomes}


def test_sessions_are_counted(done):
    found = kinds(done)
    assert found["none"].sessions.value == 4
    # twice weekly for 2 weeks, then weekly from day 17 until day 80, before week 12
    assert found["interval"].sessions.value == 4 + 10
    assert 4 <= found["boosters"].sessions.value <= 14
    mg = {kind: one.values["cumulative dose"].value for kind, one in found.items()}
    assert mg["none"] < mg["boosters"] < mg["interval"]


def test_weekly_sessions_keep_more_people_well_than_none(done):
    found = kinds(done)
    for word, more in (("relapse", -1), ("response", 1)):
        gain = found["interval"].values[word].value - found["none"].values[word].value
        assert more * gain > 0
    for one in found.values():
        assert set(one.values) == set(MEASURES)
        assert one.lost == 0
        assert one.values["relapse"].n == found["none"].values["relapse"].n  # the same people


def test_it_is_the_same_again_and_with_one_thread(done):
    again = search_regimens(checked(SearchFile, FILE, "f.toml"), threads=1)
    for one, other in zip(done.outcomes, again.outcomes, strict=True):
        assert (one.candidate.name, one.values, one.sessions) == (
            other.candidate.name, other.values, other.sessions,
        )  # fmt: skip


def test_limits_must_hold_as_well(done):
    strict = {**FILE, "limits": ["cumulative dose < 1 mg"], "maintenances": [{"every": "7 d"}]}
    none = search_regimens(checked(SearchFile, strict, "f.toml"))
    assert none.best is None
    assert not none.front


def test_an_aim_before_the_first_course_ends():
    early = checked(SearchFile, {**FILE, "aim": "relapse < 20 % at 2 weeks"}, "f.toml")
    with pytest.raises(UserError, match="leaves less than a week after the first course of"):
        search_regimens(early)


def test_one_measure_has_one_time():
    twice = checked(SearchFile, {**FILE, "limits": ["relapse < 30 % at 8 weeks"]}, "f.toml")
    with pytest.raises(UserError, match="at 8 weeks': relapse is already wanted at 12 weeks"):
        search_regimens(twice)


def test_visits_are_at_sessions_the_day_after_and_weekly():
    one = candidates(checked(SearchFile, FILE, "f.toml"))[0]
    days = visits_h(one, 28 * 24.0) / 24
    assert days.tolist() == [0, 3, 7, 10, 11, 17, 24, 28]
    assert judged_h(one) == 11 * 24


def test_shares_have_wilson_intervals():
    # p = 0.1, n = 20: Newcombe 1998, Stat Med 17:857, formula; 0.0279 to 0.3010
    found = _share(np.array([1.0] * 2 + [0.0] * 18 + [math.nan]))
    assert (found.value, found.n) == (10.0, 20)
    assert (found.low, found.high) == pytest.approx((2.79, 30.10), abs=0.01)
    assert math.isnan(_share(np.array([math.nan])).value)


def outcome(base: Outcome, sessions: float, relapse: float, met: bool) -> Outcome:
    value = Value(relapse, relapse - 5, relapse + 5, 100)
    return replace(
        base,
        values={**base.values, "relapse": value},
        sessions=Value(sessions, sessions, sessions, 100),
        met=met,
        sure=met and relapse + 5 < 20,
        front=False,
    )


def test_order_and_frontier(done):
    base = done.outcomes[0]
    made = [
        outcome(base, 20, 5, True),
        outcome(base, 10, 30, False),
        outcome(base, 12, 18, True),
        outcome(base, 15, 25, False),
        outcome(base, 18, 18, True),
        outcome(base, 8, math.nan, False),
    ]
    found = _ordered(made, read_aim("relapse < 20 %"), ())
    assert [one.sessions.value for one in found] == [12, 18, 20, 15, 10, 8]
    assert {one.sessions.value for one in found if one.front} == {20, 10, 12}


def test_the_best_is_on_the_frontier_when_another_is_as_short(done):
    base = done.outcomes[0]
    made = [outcome(base, 6.19, 15.4, True), outcome(base, 6.23, 14.1, True)]
    best = _ordered(made, read_aim("relapse < 20 %"), ())[0]
    assert (best.sessions.value, best.front) == (6.23, True)
