"""The bladder: nothing in a course, much after years of heavy use, healing in between."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim import Population, intranasal, saline, simulate
from ketasim.model import assemble
from ketasim.model.lint_runs import Event, engine_run

MODEL = ["absorption", "pk", "metabolites", "urinary"]
MONTH_H = 730.5


def mean(regimen, times, outputs, n=60):
    patients = Population("trd", n=n, seed=2)
    return np.asarray(simulate(assemble(MODEL), regimen, patients, times, outputs)).mean(axis=0)


def test_pollakiuria_in_four_weeks_is_that_of_the_label():
    """3 against 0.5 % (set on)."""
    doses = ("56 mg", "84 mg")
    given = [intranasal(dose).twice_weekly(weeks=4) for dose in doses]
    drug = np.mean([mean(each, [0.0, 700.0], ["p_pollakiuria"])[1] for each in given])
    none = mean(saline(route="nasal").twice_weekly(weeks=4), [0.0, 700.0], ["p_pollakiuria"])[1]
    assert drug == pytest.approx(0.03, abs=0.01)
    assert none == pytest.approx(0.005, abs=0.001)


def test_a_course_leaves_the_bladder_alone_and_daily_use_does_not():
    """Symptoms after 24.7 months (Li 2019) of an assumed gram of hydrochloride a day (set on)."""
    course = mean(intranasal("84 mg").weekly(weeks=52), [0.0, 8736.0], ["bladder", "p_bladder"])
    assert course[1, 0] < 0.05
    assert course[1, 1] < 0.002
    day = mean(intranasal("1 g", "ketamine", salt="hydrochloride"), [0.0, 96.0], ["bladder"])[1, 0]
    weeks = 24.7 * MONTH_H / 8760
    daily = day / 24 * 8760 * (1 - np.exp(-weeks))
    assert daily == pytest.approx(1.0, abs=0.3)


def test_damage_heals():
    events = (Event(0.0, "add", "bladder", 1.0),)
    found = engine_run(assemble(["urinary"]), events, (0.0, 8760.0), ("bladder", "p_bladder"))
    assert found["bladder"][1] == pytest.approx(np.exp(-1), rel=1e-3)
    assert found["p_bladder"][1] < 0.5
