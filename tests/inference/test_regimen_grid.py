"""What a search file means: its candidates, and its mistakes."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from ketasim.errors import UserError
from ketasim.inference.regimen_grid import SearchFile, candidates, load_search
from ketasim.toml_tables import checked
from ketasim.trial.maintenance import Taper
from ketasim.trial.policies import StopAfter
from ketasim.trial.sessions import sessions_of

KETAMINE = {"drug": "ketamine", "doses": ["0.5 mg/kg"], "route": "infusion", "over": "40 min"}
GRID = {
    "treatments": [KETAMINE],
    "inductions": [{"per_week": 2, "weeks": 2}],
    "maintenances": [{"none": True}],
}


def read(**changes):
    return checked(SearchFile, {**GRID, **changes}, "f.toml")


def test_the_shipped_grid():
    search, file = load_search(None)
    found = candidates(search)
    assert file == "regimen_grid.toml"
    assert len(found) == 60
    assert len({each.name for each in found}) == 60
    assert search.aim == "relapse < 20 % at 26 weeks"


def test_candidates_in_the_order_of_the_file():
    search = read(
        treatments=[{**KETAMINE, "doses": ["0.5 mg/kg", "1 mg/kg"]}],
        inductions=[{"per_week": 3, "weeks": 2}, {"every": "7 d", "times": 4}],
        maintenances=[{"none": True}, {"every": "14 d"}, {"policy": {"kind": "boosters"}}],
    )
    found = candidates(search)
    assert len(found) == 12
    assert [each.kind for each in found[:3]] == ["none", "interval", "boosters"]
    assert [each.short for each in found[:3]] == ["6, stop", "6, then every 14 d",
                                                  "6, boosters below 50 %"]  # fmt: skip
    assert found[0].policy == StopAfter(after_sessions=6)
    assert found[1].policy == Taper(intervals_h=(336.0,))
    starts = [session.start_h for session in sessions_of(found[3].start)]
    assert [b - a for a, b in pairwise(starts)] == [168.0] * 3
    assert sessions_of(found[-1].start)[0].amount.mg_per_kg == 1.0


def test_regimens_by_name_bring_their_policy():
    search = checked(SearchFile, {"regimens": ["KADS", "ELEKT-D", "SPRAVATO, 56 mg"]}, "f.toml")
    assert [each.kind for each in candidates(search)] == ["step up", "none", "spacing"]


def test_it_comes_back_from_plain_data():
    search = load_search(None)[0]
    plain = search.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert checked(SearchFile, plain, "f.toml") == search


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"treatments": []}, "treatments: empty; nothing to search"),
        ({"inductions": []}, "inductions: empty; nothing to search"),
        ({"maintenances": []}, "maintenances: empty; nothing to search"),
        ({"treatments": [{**KETAMINE, "doses": []}]}, "treatments[1].doses: [] is empty"),
        ({"treatments": [{**KETAMINE, "doses": ["11 mg/kg"]}]}, "'11 mg/kg' is more than 10 mg/kg"),
        ({"treatments": [{**KETAMINE, "doses": ["1001 mg"]}]}, "'1001 mg' is more than"),
        ({"treatments": [{**KETAMINE, "doses": ["0 mg"]}]}, "doses: '0 mg' is no dose"),
        ({"treatments": [{**KETAMINE, "doses": ["-1 mg"]}]}, "treatments[1].doses: '-1 mg' is neg"),
        ({"treatments": [{**KETAMINE, "doses": ["1"]}]}, "treatments[1].doses: '1' has no unit"),
        ({"treatments": [{**KETAMINE, "drug": "ketamin"}]}, "unknown drug 'ketamin'; nearest: ket"),
        ({"treatments": [{**KETAMINE, "route": "inhaled"}]}, "route: 'inhaled' is not a choice"),
        (
            {"treatments": [{"drug": "midazolam", "doses": ["1 mg"], "route": "intranasal"}]},
            "route: midazolam is not given intranasal here; its routes:",
        ),
        ({"treatments": [{"doses": ["1 mg"]}]}, "over: missing; an infusion needs it"),
        ({"inductions": [{"per_week": 2}]}, "per_week: give per_week and weeks, or every and t"),
        ({"inductions": [{}]}, "per_week: give per_week and weeks, or every and times"),
        ({"inductions": [{"every": "1 min", "times": 3}]}, "every: '1 min' is shorter than an h"),
        ({"inductions": [{"per_week": 9, "weeks": 2}]}, "inductions[1].per_week: 9"),
        ({"maintenances": [{}]}, "none: give one of none = true, every, policy; found nothing"),
        ({"maintenances": [{"every": "-2 d"}]}, "maintenances[1].every: '-2 d' is negative"),
        ({"maintenances": [{"every": "2 h"}]}, "every: '2 h' is shorter than a day"),
        ({"maintenances": [{"every": "2 d", "none": True}]}, "found none and every"),
        ({"maintenances": [{"policy": "ELEKT-D"}]}, "policy: no policy belongs to 'ELEKT-D IV'"),
        ({"maintenances": [{"policy": {"kind": "taper"}}]}, "policy.intervals: missing; 'taper'"),
        ({"regimens": ["Nitrous oxide weekly"]}, "regimens[1]: 'Nitrous oxide weekly' cannot be"),
        ({"population": {"name": "trdd"}}, "population.name: 'trdd' is not a choice; nearest: trd"),
        ({"n": 3}, "n: 3 is out of range; it must be at least 20"),
        ({"aim": "sleep > 8 %"}, "aim: unknown aim 'sleep'"),
        ({"limits": ["CADSS > 3"]}, "limits[1]: 'CADSS > 3': CADSS should be low"),
        ({"inductions": [{"every": "1 d", "times": k} for k in range(1, 150)],
          "maintenances": [{"none": True}, {"every": "2 d"}, {"every": "3 d"}]},
         "447 candidates; at most 400"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(changes, told):
    with pytest.raises(UserError, match=re.escape(told)) as caught:
        read(**changes)
    assert "\n" not in str(caught.value)


def test_what_only_shows_together():
    steps = {"kind": "step up", "doses": ["0.4 mg/kg", "1 mg/kg"]}
    unfit = read(maintenances=[{"policy": steps}])
    with pytest.raises(UserError, match=re.escape("gives none of 0.4 mg/kg, 1 mg/kg")):
        candidates(unfit)
    named = {"regimens": ["At-home sublingual telehealth, 1200 mg"]}
    too_much = checked(SearchFile, named, "f.toml")
    with pytest.raises(UserError, match="gives more than 10 mg/kg or 1000 mg in a session"):
        candidates(too_much)
