"""Mood: the depressed state is a state of the same variables; volunteers get a little worse."""

from __future__ import annotations

import numpy as np

from ketasim.dosing import infusion, saline

from .mechanism_run import course, nothing, whole

DRUG = infusion("0.5 mg/kg", over="40 min")


def test_a_healthy_person_gets_slightly_worse_for_a_day():
    """Nugent 2019: up, modestly, up to a day; never better."""
    times = np.arange(0.0, 25.0)
    points = course(whole(), DRUG, "MADRS", times, "healthy")
    plain = course(whole(), saline(), "MADRS", times, "healthy")
    assert 0.05 < np.mean(points - plain) < 2
    assert np.min(points - plain) > -0.01


def test_a_patient_gets_better_and_not_through_that_term():
    times = [0.0, 24.0]
    on, off = (course(whole(), DRUG, "MADRS", times, values={"w_dys": w}) for w in (40.0, 0.0))
    assert on[1] < on[0] - 5
    assert abs(on[1] - off[1]) < 0.05


def test_stress_raises_the_depression_like_state_of_an_animal():
    naive, ill = (
        course(whole(), nothing(), "despair", [0.0], "mouse", {"D0": d})[0] for d in (0.0, 1.0)
    )
    assert naive == 1
    assert ill > 1.1
