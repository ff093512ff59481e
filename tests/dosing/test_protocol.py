"""Steps of a protocol mean what the dosing algebra says."""

from __future__ import annotations

import pytest

from ketasim import dosing
from ketasim.dosing.protocol import WAYS, Step, steps_regimen

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
    ({"drug": "SSRI", "route": "daily", "for": "8 weeks"}, dosing.daily("SSRI", weeks=8)),
    ({"drug": "saline", "over": "30 min"}, dosing.saline(over="30 min")),
    ({"drug": "Saline"}, dosing.saline()),
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
