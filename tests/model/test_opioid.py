"""Opioid tone permits; it does not act by itself, and how much it permits is contested."""

from __future__ import annotations

import numpy as np

from ketasim.dosing import hold, infusion

from .mechanism_run import course, ip, whole

NALTREXONE = hold("naltrexone", for_="72 h", at="-1 h")


def left(values=None):
    times = [0.0, 24.0]
    with_ntx, drug = (
        course(whole(), each, "Zp", times, "rat", values)[-1]
        for each in (ip("10 mg/kg") + NALTREXONE, ip("10 mg/kg"))
    )
    return with_ntx / drug


def test_an_agonist_alone_does_nothing():
    """Klein 2020."""
    alone = course(whole(), hold("u_mu", 1.0, for_="4 h"), "Zp", [0.0, 1.0, 24.0], "rat")
    assert np.max(np.abs(alone)) < 1e-3


def test_both_sides_of_naltrexone_are_in_the_model():
    """Williams 2018 and Klein 2020 against Yoon 2019, 2025: one number says which."""
    assert left() < 0.5
    assert left({"c_op": 0.0, "c_op_hb": 0.0, "c_op_mto": 0.0}) > 0.95


def test_dissociation_is_not_touched():
    """Williams 2018."""
    drug, times = infusion("0.5 mg/kg", over="40 min"), [0.0, 0.6]
    plain = course(whole(), drug, "CADSS", times)[-1]
    assert abs(course(whole(), drug + NALTREXONE, "CADSS", times)[-1] / plain - 1) < 0.01


def test_s_ketamine_binds_the_receptor_and_r_ketamine_does_not():
    """Bonaventura 2021."""
    times = np.arange(0.0, 2.0, 0.1)
    s, r = (
        course(whole(), ip("10 mg/kg", drug), "opi", times, "rat", {"e_Sp_opi": 0.0}).max() - 1
        for drug in ("esketamine", "arketamine")
    )
    assert s > 0.005
    assert r < 0.01 * s
