"""Comparators: sizes and time courses they were set on, and what is to do nothing."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim import Population, daily, device, hold, simulate
from ketasim.model import assemble
from ketasim.model.lint_runs import Event, engine_run

DAYS = [13.0, 23.0, 28.0, 42.0]
ERROR = 3.2  # SD of an observed score about the true one [points]


def course(regimen, overrides=None, n=100):
    """Return observed scores of patients in a trial, (n, 1 + days)."""
    given = regimen + hold("u_care", 1.0, for_="60 d")
    patients = Population("trd", n=n, seed=4, overrides=overrides or {})
    times = np.array([0.0, *(24 * day for day in DAYS)])
    true = np.asarray(simulate(assemble(), given, patients, times, ["MADRS"]))[:, :, 0]
    return np.clip(true + np.random.default_rng(2).normal(0, ERROR, true.shape), 0, 60)


def smd(active, control, column):
    """Return the standardised difference of changes, positive where ``active`` is better."""
    change = [(each[:, 0] - each[:, column]).mean() for each in (active, control)]
    spread = np.sqrt((active[:, column].var() + control[:, column].var()) / 2)
    return (change[0] - change[1]) / spread


def test_each_session_adds_a_share_of_what_is_missing():
    once = (Event(0.0, "set", "u_ECT", 1.0), Event(2.0, "set", "u_ECT", 0.0))
    twice = (*once, Event(48.0, "set", "u_ECT", 1.0), Event(50.0, "set", "u_ECT", 0.0))
    model = assemble(["comparators"])
    first = engine_run(model, once, (0.0, 2.0, 50.0), ("other",))["other"]
    second = engine_run(model, twice, (0.0, 2.0, 50.0), ("other",))["other"]
    assert 0 < second[2] - first[2] < first[1]
    fading = engine_run(model, once, (0.0, 2.0, 1002.0), ("other",))["other"]
    assert fading[2] == pytest.approx(fading[1] / np.e, rel=0.01)


def test_ect_beats_sham_and_most_remit():
    """UK ECT 2003: 0.91 SD (0.54 to 1.27). CORE: 34, 65 and 75 % (all set on)."""
    blind = course(device("ECT").thrice_weekly(weeks=4))
    sham = course(device("sham ECT").thrice_weekly(weeks=4))
    assert 0.54 < smd(blind, sham, 3) < 1.4
    told = course(device("ECT").thrice_weekly(weeks=4).open_label())
    remission = (told <= 9).mean(axis=0)  # HAM-D24 of 10
    assert remission[1] < remission[2] < remission[3] + 0.05
    assert 0.5 < remission[3] < 0.9


def test_magnetic_stimulation_beats_sham_by_half_an_sd():
    """Kedzior 2014: 0.54 SD, about 13 daily sessions (set on)."""
    weekdays = [device(name).repeat(every="24 h", times=5) for name in ("rTMS", "sham rTMS")]
    real, sham = (course(each.repeat(every="7 d", times=3)) for each in weekdays)
    assert 0.2 < smd(real, sham, 2) < 0.9


def test_quetiapine_works_within_days_and_adds_a_few_points():
    """Bauer 2009 and El-Khalili 2010: 3 points at week 6 (set on)."""
    pill, drug = course(hold("u_benzo", 0.0, for_="1 h")), course(daily("quetiapine XR", weeks=7))
    assert 1 < (pill[:, 4] - drug[:, 4]).mean() < 5.5


def test_failed_tablets_make_the_next_one_work_less():
    """STAR*D: fewer remit at each step."""
    drug = daily("SSRI", weeks=7)
    fresh, failed = (course(drug, {"failed": float(k)})[:, 4].mean() for k in (0, 3))
    assert failed > fresh + 1


def test_riluzole_and_lamotrigine_do_nothing():
    held = tuple(Event(0.0, "set", name, 1.0) for name in ("u_riluzole", "u_lamotrigine"))
    assert engine_run(assemble(["comparators"]), held, (0.0, 500.0), ("other",))["other"][1] == 0
