"""Steps of a protocol mean what the dosing algebra says."""

from __future__ import annotations

import re

import pytest

from ketasim import dosing
from ketasim.dosing.formulations import formulations
from ketasim.dosing.named_regimens import named_steps
from ketasim.dosing.protocol import WAYS, RegimenField, Step, steps_regimen
from ketasim.errors import UserError
from ketasim.toml_tables import Table, checked

SAME = [
    ({"dose": "0.5 mg/kg", "over": "40 min"}, dosing.infusion("0.5 mg/kg", over="40 min")),
    ({"dose": "1 mg/kg", "route": "bolus"}, dosing.bolus("1 mg/kg")),
    (
        {"dose": "1 mg/kg", "route": "oral", "drug": "esketamine"},
        dosing.oral("1 mg/kg", "S-ketamine"),
    ),
    ({"dose": "0.5 mg/kg", "route": "sc"}, dosing.injection("0.5 mg/kg", "sc")),
    ({"dose": "0.5 mg/kg", "route": "im"}, dosing.injection("0.5 mg/kg", "im")),
    ({"dose": "56 mg", "route": "intranasal", "drug": "esketamine"}, dosing.intranasal("56 mg")),
    ({"dose": "10 mg/kg", "route": "ip"}, dosing.injection("10 mg/kg", "ip")),
    (
        {"dose": "300 mg", "route": "sc", "over": "24 h"},
        dosing.injection("300 mg", "sc", over="24 h"),
    ),
    (
        {"rate": "0.14 mg/kg/h", "over": "60 min", "drug": "esketamine"},
        dosing.infusion(rate="0.14 mg/kg/h", over="60 min", drug="esketamine"),
    ),
    (
        {"dose": "50 mg", "route": "sublingual", "drug": "esketamine"},
        dosing.sublingual("50 mg", "esketamine", "film"),
    ),
    (
        {"dose": "40 mg", "route": "oral", "formulation": "prolonged-release tablet"},
        dosing.oral("40 mg", formulation="prolonged-release tablet"),
    ),
    (
        {"dose": "3 mg/kg", "route": "intranasal", "formulation": "nasal spray"},
        dosing.intranasal("3 mg/kg", "ketamine", "nasal spray"),
    ),
    ({"dose": "10 uM", "route": "bath", "for": "1 h"}, dosing.bath("10 uM", for_="1 h")),
    (
        {"drug": "clarithromycin", "route": "daily", "for": "4 days"},
        dosing.daily("clarithromycin", for_="4 days"),
    ),
    ({"drug": "SSRI", "route": "daily", "for": "8 weeks"}, dosing.daily("SSRI", weeks=8)),
    ({"drug": "CBT", "route": "daily", "for": "98 d"}, dosing.daily("CBT", for_="98 d")),
    (
        {"drug": "iTBS", "route": "device", "every": "24 h", "times": 20},
        dosing.device("rTMS").repeat("24 h", 20),
    ),
    ({"drug": "sham ECT", "route": "device"}, dosing.device("sham ECT")),
    ({"drug": "saline", "over": "30 min"}, dosing.saline(over="30 min")),
    ({"drug": "Saline"}, dosing.saline()),
    ({"drug": "saline", "route": "intranasal"}, dosing.saline(route="nasal")),
    ({"drug": "saline", "route": "oral"}, dosing.saline(route="oral")),
    (
        {"dose": "0.5 mg/kg", "route": "sc", "per_week": 2, "weeks": 4},
        dosing.injection("0.5 mg/kg", "sc").twice_weekly(weeks=4),
    ),
    (
        {"dose": "0.5 mg/kg", "over": "40 min", "per_week": 3, "weeks": 2, "start": "1 d"},
        dosing.infusion("0.5 mg/kg", over="40 min").thrice_weekly(weeks=2).delay("1 d"),
    ),
    (
        {"drug": "naltrexone", "dose": "50 mg", "route": "oral", "start": "-50 min"},
        dosing.oral("50 mg", "naltrexone").delay("-50 min"),
    ),
    (
        {"dose": "60 mg", "route": "oral", "session": False},
        dosing.oral("60 mg", session=False),
    ),
    (
        {"drug": "midazolam", "dose": "0.045 mg/kg", "over": "40 min"},
        dosing.midazolam(),
    ),
    (
        {"dose": "0.5 mg/kg", "over": "40 min", "salt": "hydrochloride"},
        dosing.infusion("0.5 mg/kg", over="40 min", salt="hydrochloride"),
    ),
    (
        {"dose": "0.5 mg/kg", "over": "40 min", "every": "84 h", "times": 4, "start": "1 d"},
        dosing.infusion("0.5 mg/kg", over="40 min").repeat("84 h", 4).delay("1 d"),
    ),
]


@pytest.mark.parametrize(("step", "regimen"), SAME, ids=[str(regimen) for _, regimen in SAME])
def test_step_is_the_same_regimen(step, regimen):
    read = steps_regimen([Step.model_validate(step)])
    assert (read.doses, read.holds, str(read)) == (regimen.doses, regimen.holds, str(regimen))


def test_every_route_is_tried_above():
    tried = {step.get("route", "infusion") for step, _ in SAME}
    assert tried == set(WAYS)


def test_steps_add_up():
    steps = (
        {"dose": "0.5 mg/kg", "over": "40 min"},
        {"drug": "SSRI", "route": "daily", "for": "2 weeks"},
    )
    read = steps_regimen(Step.model_validate(s) for s in steps)
    assert (len(read.doses), len(read.holds)) == (1, 1)


def test_no_steps_give_nothing():
    read = steps_regimen([])
    assert (read.doses, read.holds) == ((), ())


MISTAKES = [
    ({"route": "oral"}, "dose: missing; route oral needs it"),
    ({"dose": "1 mg"}, "over: missing; an infusion needs it"),
    ({"dose": "1 mg", "rate": "1 mg/h", "over": "1 h"}, "dose '1 mg' and rate '1 mg/h' are both"),
    ({"rate": "1 mg/h", "route": "oral", "dose": "1 mg"}, "rate: '1 mg/h' has no meaning for rou"),
    ({"dose": "1 mg", "route": "bolus", "over": "1 h"}, "over: '1 h' has no meaning for route b"),
    ({"dose": "1 mg", "route": "im", "formulation": "film"}, "formulation: 'film' has no meaning"),
    ({"dose": "1 mg", "route": "oral", "formulation": "film"}, "film is no oral form of ketamine"),
    ({"dose": "1 uM", "route": "bath"}, "for: missing; route bath needs it"),
    ({"dose": "1 mg", "route": "nasal"}, "'nasal' is not a choice; nearest: intranasal"),
    ({"dose": "1 mg", "route": "subcutaneous"}, "'subcutaneous' is not a choice; nearest: sc"),
    ({"drug": "ECT", "per_week": 3, "weeks": 3}, "route: ECT is not given by 'infusion'; nearest"),
    ({"dose": "1 mg", "over": "1 h", "times": 2}, "every: repeats need both every and times"),
    ({"dose": "1 mg", "over": "1 h", "weeks": 2}, "per_week: a weekly rhythm needs both"),
    (
        {"dose": "1 mg", "over": "1 h", "every": "1 d", "times": 2, "per_week": 1, "weeks": 2},
        "per_week: give every and times, or per_week and weeks, not both",
    ),
    ({"drug": "saline", "route": "daily"}, "route: saline is not given by 'daily'"),
    ({"drug": "saline", "route": "im", "over": "1 h"}, "over: '1 h' has no meaning for saline"),
    ({"drug": "saline", "dose": "1 mg"}, "dose: '1 mg' has no meaning for saline"),
    ({"drug": "SSRI", "route": "daily", "for": "1 d", "session": True}, "session: True has no"),
]


@pytest.mark.parametrize(("step", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_field_that_is_missing_or_has_no_meaning(step, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        Step.model_validate(step)


def test_formulations_are_those_of_dosing():
    choices = Step.model_json_schema()["properties"]["formulation"]["enum"]
    assert choices == [form.name for form in formulations()]


class Holder(Table):
    """A file with a regimen in it."""

    regimen: RegimenField = ()


def test_a_sham_tablet_is_no_session():
    assert [d.session for d in dosing.saline(route="oral").doses] == [False]
    assert [d.session for d in dosing.saline(route="nasal").doses] == [True]


def test_a_name_or_a_list_of_steps():
    named = checked(Holder, {"regimen": "six infusions"}, "f.toml")
    assert named.regimen == named_steps("IV six infusions in 12 days")
    listed = checked(Holder, named.model_dump(mode="json", by_alias=True, exclude_none=True), "f")
    assert listed == named


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("six infuzions", "f.toml: regimen: unknown regimen 'six infuzions'; nearest: six infusio"),
        ("Nitrous oxide weekly", "f.toml: regimen: 'Nitrous oxide weekly' cannot be run: inhaled"),
        ([{"dose": "1 mg", "over": "x"}], "f.toml: regimen[1].over: 'x' has no number"),
        ([{"dos": "1 mg"}], "f.toml: regimen[1].dos: no such key; nearest: dose"),
        (3, "f.toml: regimen: 3 should be a list in square brackets"),
    ],
)
def test_a_regimen_that_will_not_do(given, told):
    with pytest.raises(UserError, match=re.escape(told)) as caught:
        checked(Holder, {"regimen": given}, "f.toml")
    assert "\n" not in str(caught.value)
