"""Outcomes as points: one unit for each kind of quantity."""

from __future__ import annotations

import math

import pytest

from ketasim.evidence import Outcome
from ketasim.report.evidence_points import points, route, spread_points
from tests.evidence.small import findings

CL = ('measure = "clearance"\nvalue = 90\nunit = "L/h"',)


def outcome(finding, observed, fold=2.0, **more):
    sd = 0.2
    found = {
        "verdict": "contradicted",
        "observed": observed,
        "predicted": observed * fold,
        "low": observed * fold * math.exp(-1.96 * sd),
        "high": observed * fold * math.exp(1.96 * sd),
        "log_fold": math.log(fold),
        "log_sd": math.hypot(sd, 0.3),
    }
    return Outcome(finding, **{**found, **more})


def changed(old, new, name="iv_cl"):
    return findings((old, new))[name]


@pytest.mark.parametrize(
    ("measure", "value", "unit", "kind", "shown"),
    [
        ("clearance", 90, "L/h", "flow", 90),
        ("clearance", 20, "mL/min/kg", "flow", 20 * 0.06 * 70),
        ("clearance", 1500, "mL/min", "flow", 90),
        ("Cmax", 1, "umol/L", "concentration", 237.73),
        ("Cmax", 30, "ng/mL", "concentration", 30),
        ("AUC", 60, "ng*h/mL", "exposure", 60),
        ("Tmax", 30, "min", "time", 0.5),
    ],
)
def test_units(measure, value, unit, kind, shown):
    finding = changed(CL[0], f'measure = "{measure}"\nvalue = {value}\nunit = "{unit}"')
    (point,) = points([outcome(finding, float(value))])
    assert point.kind == kind
    # Molar masses are told to two decimals.
    assert point.observed == pytest.approx(shown, rel=1e-4)
    assert point.predicted == pytest.approx(2 * shown, rel=1e-4)


def test_intervals_are_those_of_prediction_and_observation():
    (point,) = points([outcome(changed(CL[0], CL[0]), 90.0)])
    assert math.log(point.high / point.predicted) == pytest.approx(1.96 * 0.2)
    assert math.log(point.observed_high / point.observed) == pytest.approx(1.96 * 0.3)


def test_a_change_is_a_ratio():
    text = 'measure = "AUC"\ncomparator = "oral"\ncontrast = "change"\nvalue = -58\nunit = "%"'
    finding = findings((CL[0] + "\ndispersion = { sd = 18 }", text))["iv_cl"]
    given = outcome(finding, -58.0, 1.5, predicted=-37.0, low=-45.0, high=-28.0)
    (point,) = points([given])
    assert point.kind == "ratio"
    assert (point.observed, point.low) == pytest.approx((0.42, 0.55))
    assert point.predicted == pytest.approx(0.63)


def test_what_is_left_out():
    finding = changed(CL[0], CL[0])
    excluded = changed(CL[0], CL[0] + '\nexcluded = "a reason"')
    assert points([Outcome(finding, "out of scope", "no route")]) == []
    assert points([outcome(excluded, 90.0)]) == []


def test_spread_in_percent():
    finding = changed(CL[0], CL[0])
    told = outcome(finding, 90.0, observed_spread=0.2, predicted_spread=0.16)
    (point,) = spread_points([told, outcome(finding, 90.0)])
    assert (point.observed, point.predicted) == pytest.approx((20, 16))


def test_route():
    both = findings()
    assert route(both["iv_cl"]) == "vein"
    assert route(both["oral_f"]) == "mouth"
