"""Serotonin: brief transporter binding, tone needed for the lasting effect."""

from __future__ import annotations

import numpy as np

from ketasim.dosing import hold, infusion

from .mechanism_run import course, share_left, whole

TIMES = np.array([0.0, 0.5, 2 / 3, 1.0, 24.0])


def test_ketamine_holds_the_transporter_during_the_infusion_only():
    """Yamamoto 2013: dose for dose in the infusion, none at 24 h; serotonin up meanwhile."""
    low, high = (
        course(whole(), infusion(dose, over="40 min"), "sert", TIMES)
        for dose in ("0.5 mg/kg", "1.5 mg/kg")
    )
    assert 0.9 > low[2] > high[2]
    assert min(low[-1], high[-1]) > 0.98
    tone = course(whole(), infusion("0.5 mg/kg", over="40 min"), "ht", TIMES)
    assert tone[3] > 1.1
    assert abs(tone[-1] - 1) < 0.02


def test_depletion_blocks_the_lasting_effect_and_a_5ht1b_agonist_restores_it():
    """Gigliucci 2013; what restores it is the prediction."""
    depleted = hold("u_PCPA", 0.9, for_="120 h", at="-72 h")
    assert share_left(depleted, 24.0) < 0.45
    assert share_left(depleted + hold("u_5HT1B", 1.0, for_="10 h"), 24.0) > 0.8


def test_5ht1b_binding_rises_through_ampa_receptors_and_drives_nothing():
    """Yamanaka 2014: NBQX stops it."""
    drug = infusion("0.5 mg/kg", over="40 min")
    plain = course(whole(), drug, "r1b", [0.0, 4.0])[-1] - 1
    nbqx = course(whole(), drug + hold("NBQX", for_="5 h", at="-10 min"), "r1b", [0.0, 4.0])[-1] - 1
    assert plain > 0.1
    assert nbqx < 0.1 * plain
    free = {"e_thr_1B": 0.0}
    same = (course(whole(), drug, "MADRS", [0.0, 24.0], values=v)[-1] for v in (None, free))
    assert len(set(np.round(list(same), 6))) == 1
