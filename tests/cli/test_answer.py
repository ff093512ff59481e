"""The printed answer is made of the numbers it is given."""

from __future__ import annotations

import io

import numpy as np
import pytest
import xarray as xr
from rich.console import Console

from ketasim.cli.answer import answer_lines, answer_table
from ketasim.report import AttributionTable, ReportInput
from ketasim.report.answer import answer, moments

TIMES_H = [0.0, 2.0, 24.0, 168.0]


def _arm(madrs):
    values = np.array(madrs, dtype=float)[:, :, None]
    return xr.DataArray(
        values,
        dims=("individual", "time", "output"),
        coords={
            "individual": range(len(values)),
            "time": TIMES_H,
            "output": ["MADRS"],
            "unit": ("output", ["points"]),
            "label": ("output", ["MADRS total score"]),
            "status": ("individual", ["ok"] * len(values)),
        },
    )


@pytest.fixture
def contents():
    """Two people: on drug one responds and remits at a day; on saline nobody does."""
    shares = AttributionTable(
        "left at rest", ["gs", "nmda"], ["Rafts", "Block"], [24.0], np.array([[2.5], [-9.5]]), [7.0]
    )
    return ReportInput(
        title="t",
        question="q",
        arms={
            "drug": _arm([[30, 20, 10, 28], [40, 40, 30, 40]]),
            "saline": _arm([[30, 30, 30, 30], [40, 40, 38, 40]]),
        },
        main_arm="drug",
        control_arm="saline",
        attribution=[shares],
    )


def test_answer_counts_responders_and_remitters(contents):
    drug = answer(contents)["arms"]["drug"]
    assert drug["MADRS"]["1 d"] == 20
    assert drug["response"] == pytest.approx({"2 h": 0, "4 h": 0, "1 d": 0.5, "3 d": 0, "7 d": 0})
    assert drug["remission"]["1 d"] == 0.5


def test_advantage_is_control_less_drug(contents):
    assert answer(contents)["advantage"]["1 d"] == 14


def test_times_beyond_the_study_are_left_out(contents):
    assert "14 d" not in answer(contents)["arms"]["drug"]["MADRS"]


def test_table_and_lines_show_them(contents):
    found = answer(contents)
    page = io.StringIO()
    Console(file=page, width=100).print(answer_table(found))
    assert "MADRS, mean points: drug" in page.getvalue()
    assert "14.0" in page.getvalue()
    assert answer_lines(found)[-1].split() == ["24", "h", "nmda", "-9.5,", "gs", "+2.5"]


@pytest.mark.parametrize(
    ("time_h", "told"),
    [(40 / 60, "40 min"), (6.0, "6 h"), (113.0, "4.7 days"), (840.67, "35 days")],
)
def test_peak_is_told_in_the_unit_a_reader_would_choose(contents, time_h, told):
    found = answer(contents)
    found["arms"]["drug"]["peak"] = {"Cket": {"value": 200.0, "unit": "ng/mL", "time_h": time_h}}
    assert answer_lines(found)[0] == f"ketamine in plasma, drug: mean peak 200 ng/mL at {told}"


def test_attribution_of_late_times_is_told_in_days(contents):
    found = answer(contents)
    found["attribution"] = {"left at rest": {"336 h": {"gs": 1.0}}}
    assert answer_lines(found)[-1].split() == ["14", "days", "gs", "+1.0"]


@pytest.mark.parametrize(
    ("end_h", "last"),
    [(42 * 24, ["28 d", "42 d"]), (84 * 24, ["56 d", "84 d"]), (672, ["14 d", "28 d"])],
)
def test_times_told_go_to_the_end(end_h, last):
    assert list(moments(end_h))[-2:] == last
    assert list(moments(end_h).values()) == sorted(set(moments(end_h).values()))


def test_table_goes_to_the_end_of_a_long_study(contents):
    from dataclasses import replace

    times_h = [0.0, 24.0, 672.0, 1008.0]
    arms = {name: arm.assign_coords(time=times_h) for name, arm in contents.arms.items()}
    found = answer(replace(contents, arms=arms))
    assert found["arms"]["drug"]["MADRS"]["42 d"] == 34
    assert found["advantage"]["42 d"] == 1
    assert answer_table(found).columns[-1].header == "42 d"
