"""The printed answer is made of the numbers it is given."""

from __future__ import annotations

import io

import numpy as np
import pytest
import xarray as xr
from rich.console import Console

from ketasim.cli.answer import answer, answer_lines, answer_table
from ketasim.report import AttributionTable, ReportInput

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
