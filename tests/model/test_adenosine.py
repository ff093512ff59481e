"""Adenosine: early and brief, without hyperactivity; both receptors permit."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.dosing import hold

from .mechanism_run import course, ip, nothing, share_left, whole

MINUTES = np.arange(0.0, 121.0) / 60


def test_it_peaks_at_about_500_s_and_is_over_in_about_half_an_hour():
    """Yue 2025: 10 mg/kg in the mouse."""
    rise = course(whole(), ip("10 mg/kg"), "ado", MINUTES, "mouse") - 1
    peak = int(np.argmax(rise))
    assert 5 <= peak <= 15
    assert rise[45] < 0.1 * rise[peak]
    assert rise[20] > 0.1 * rise[peak]


def test_it_rises_without_ampa_receptors_but_not_without_transporters():
    """Yue 2025: efflux through ENT1/2, no hyperactivity needed."""
    plain, nbqx, ent = (
        course(whole(), ip("10 mg/kg") + each, "ado", MINUTES, "mouse").max() - 1
        for each in (nothing(), hold("NBQX", for_="3 h"), hold("u_ENT", 1.0, for_="3 h"))
    )
    assert nbqx == pytest.approx(plain, rel=0.01)
    assert ent < 0.02 * plain


def test_evoked_release_falls_through_a1_and_ampa_receptors():
    """Lazarevic 2021; the other account of where adenosine comes from."""
    times = [0.0, 0.5]
    plain, dpcpx, nbqx = (
        course(whole(), ip("15 mg/kg") + each, "gev", times, "mouse")[-1] - 1
        for each in (
            nothing(),
            hold("DPCPX", for_="6 h", at="-30 min"),
            hold("NBQX", for_="6 h", at="-30 min"),
        )
    )
    assert plain < -0.1
    assert dpcpx > 0.2 * plain
    assert nbqx > 0.5 * plain


@pytest.mark.parametrize("name", ["u_DPCPX", "u_A2A"])
def test_both_receptors_are_needed(name):
    assert share_left(hold(name, 1.0, for_="7 h", at="-30 min"), 24.0) < 0.4


def test_strong_activation_is_enough_and_the_surge_of_ketamine_alone_is_not():
    """Yue 2025: adenosine raised otherwise acts like ketamine."""
    times = [0.0, 24.0]
    agonist = course(whole(), hold("u_ado", 1.0, for_="2 h"), "Zp", times, "mouse")[-1]
    ketamine = course(whole(), ip("10 mg/kg"), "Zp", times, "mouse")[-1]
    surgeless = share_left(hold("u_mGlu23", 1.0, for_="6 h", at="-30 min"), 24.0)
    assert agonist > 0.3 * ketamine
    assert surgeless < 0.4
