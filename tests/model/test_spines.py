"""Spines: formed late, lost to stress, needed at two days and not at three hours."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.dosing import hold

from .mechanism_run import course, ip, nothing, share_left, whole


def test_chronic_stress_takes_spines_as_a_state_and_as_an_event():
    """Li 2011, Moda-Sava 2019: 15-30 %."""
    naive, ill = (course(whole(), nothing(), "density", [0.0], values={"D0": d})[0] for d in (0, 1))
    assert naive == pytest.approx(1)
    assert 0.7 < ill < 0.85
    stress = hold("u_stress", 1.0, for_="504 h")
    weeks = course(whole(), stress, "density", [0.0, 504.0], "mouse", {"D0": 0.0})
    assert weeks[1] < 0.95 * weeks[0]


def test_formation_rises_and_the_loss_of_older_spines_does_not():
    """Phoumthipphavong 2016; nothing yet at 3 h (Moda-Sava 2019)."""
    times = [0.0, 3.0, 24.0, 48.0, 336.0]
    form = course(whole(), ip("10 mg/kg"), "form", times, "mouse")
    lost = course(whole(), ip("10 mg/kg"), "elim", times, "mouse")
    density = course(whole(), ip("10 mg/kg"), "syn", times, "mouse")
    assert form[2] > 1.5
    assert np.max(np.abs(lost - 1)) < 0.1
    assert density[1] < 0.05 * density.max()
    assert density[-1] > 0.02


def test_erasing_new_spines_spares_the_start_and_ends_the_rest():
    """Moda-Sava 2019."""
    assert share_left(hold("u_erase", 1.0, for_="3 h"), 3.0) > 0.95
    assert share_left(hold("u_erase", 1.0, for_="36 h", at="12 h"), 48.0) < 0.45
