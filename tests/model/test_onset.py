"""Time constants along the way from dose to mood."""

from __future__ import annotations

import math

import pytest

from ketasim.model import ModelFolder
from ketasim.model.onset import check_onset, fastest_path, time_constants
from ketasim.model.wiring import wire

from .toys import write_toy

ALL = ("kin", "effect", "reader")


def toy(tmp_path, *names, **spoiled):
    return wire(ModelFolder(write_toy(tmp_path, **spoiled)), names or ALL)


def test_time_constants_are_those_of_the_equations(tmp_path):
    found = time_constants(toy(tmp_path))
    assert found["A"] == pytest.approx(50 / 10, rel=1e-6)  # V/CL
    assert found["E"] == pytest.approx(2, rel=1e-6)
    assert math.isinf(found["gone"])


def test_the_fastest_path_runs_through_assignments_and_ports(tmp_path):
    hours, path = fastest_path(toy(tmp_path), "E") or (0, ())
    assert path == ("rate_in", "A", "E")
    assert hours == pytest.approx(7, rel=1e-6)
    assert (fastest_path(toy(tmp_path), "total") or (0, ()))[1] == ("rate_in", "A")


def test_a_slow_model_and_a_deaf_one_are_found(tmp_path):
    slow = toy(tmp_path, effect_csv=("tau,2", "tau,200"))
    (finding,) = check_onset(slow, "E")
    assert finding.message == "fastest path takes 205 h (limit 24 h): rate_in -> A -> E"
    deaf = toy(tmp_path, effect=("tone*(1 + Emax*occ)", "tone*(1 + Emax)"))
    assert [f.message for f in check_onset(deaf, "E")] == ["no dose leads to it"]


def test_a_clamped_concentration_counts_where_there_is_no_dose_rate(tmp_path):
    assert check_onset(toy(tmp_path, "effect"), "E") == ()
    assert (fastest_path(toy(tmp_path, "effect"), "E") or (0, ()))[1] == ("c", "E")


def test_nothing_is_said_about_a_model_without_the_target(tmp_path):
    assert check_onset(toy(tmp_path), "MADRS") == ()
