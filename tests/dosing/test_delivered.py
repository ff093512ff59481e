"""Delivered against prescribed."""

import numpy as np
import pytest

from ketasim.dosing import (
    bolus,
    delivered_mg,
    dose_report,
    engine_events,
    hold,
    infusion,
    injection,
    intranasal,
    midazolam,
    oral,
    prescribed_mg,
    saline,
    sublingual,
)

WEIGHT_KG = np.array([50.0, 70.0, 110.0])


@pytest.mark.parametrize(
    "regimen",
    [
        infusion("0.5 mg/kg", over="40 min").twice_weekly(weeks=4),
        infusion("2 mg/kg", over="72 h").repeat(every="24 h", times=5),
        bolus("0.11 mg/kg") + infusion("0.6 mg/kg", over="50 min").delay("2 min"),
        oral("1 mg/kg").thrice_weekly(weeks=3),
        intranasal("84 mg").weekly(weeks=4),
        intranasal("50 mg", "ketamine"),
        injection("0.5 mg/kg", "sc", "esketamine"),
        injection("300 mg", "sc", over="24 h").repeat(every="24 h", times=5),
        oral("60 mg", formulation="PR tablet", lag="1 h").twice_weekly(weeks=2),
        sublingual("100 mg", "esketamine") + sublingual("25 mg").delay("4 min"),
        infusion(rate="0.14 mg/kg/h", over="60 min").then(bolus("1 mg/kg")),
        oral("16.6 mg", "memantine").repeat(every="24 h", times=28),
        hold("u_NBQX", for_="8 h", at="-30 min") + infusion("1 mg/kg", over="40 min"),
        saline() + midazolam(),
    ],
    ids=str,
)
def test_everything_prescribed_is_delivered(regimen):
    report = dose_report(regimen, WEIGHT_KG, engine_events(regimen, WEIGHT_KG))
    # rounding only: each rate is its dose over the very times the engine sees
    assert report.largest_gap_mg <= 1e-12 * (1 + report.prescribed_mg.max())


def test_prescribed_by_hand():
    regimen = infusion("0.5 mg/kg", over="40 min").weekly(weeks=2) + oral("10 mg") + midazolam()
    assert prescribed_mg(regimen, [70.0]) == pytest.approx([80.0], rel=1e-14)


def test_a_drug_with_its_own_kinetics_counts_where_the_model_has_them():
    regimen = midazolam("0.05 mg/kg", over="1 h")
    events = engine_events(regimen, WEIGHT_KG, ["midazolam"])
    report = dose_report(regimen, WEIGHT_KG, events, mechanisms=["midazolam"])
    assert report.prescribed_mg == pytest.approx(0.05 * WEIGHT_KG, rel=1e-14)
    assert report.largest_gap_mg <= 1e-12 * 10
    assert delivered_mg(engine_events(regimen, WEIGHT_KG)) == pytest.approx([0.0] * 3)


def test_what_comes_after_the_end_is_not_delivered():
    regimen = infusion("60 mg", over="1 h").repeat(every="24 h", times=2)
    events = engine_events(regimen, [70.0])
    assert delivered_mg(events, end_h=24.5) == pytest.approx([90.0], rel=1e-12)
    report = dose_report(regimen, [70.0], events, end_h=24.0)
    assert report.largest_gap_mg == pytest.approx(60.0)
    assert str(report) == ("prescribed 120 mg, delivered 60 mg (mean of 1; largest gap 60 mg)")
