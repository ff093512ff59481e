"""Dopamine acts through D1 receptors and protein kinase A, in series after TrkB."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.dosing import hold

from .mechanism_run import course, ip, nothing, share_left, whole

HOURS = np.arange(0.0, 4.01, 0.1)


def test_it_rises_several_fold_and_needs_ampa_receptors():
    """Lindefors 1997: about fivefold; Moghaddam 1997: CNQX blocks."""
    plain = course(whole(), ip("25 mg/kg"), "da", HOURS, "rat").max()
    cnqx = hold("NBQX", for_="6 h", at="-30 min")
    blocked = course(whole(), ip("25 mg/kg") + cnqx, "da", HOURS, "rat").max()
    assert 2 < plain < 8
    assert blocked < 1.1


@pytest.mark.parametrize(("at_h", "output"), [(4.0, "Zp"), (24.0, "Zp"), (24.0, "syn")])
def test_a_d1_antagonist_blocks_behaviour_and_spines(at_h, output):
    """Hare 2019, Wu 2021."""
    assert share_left(hold("u_D1", 1.0, for_="8 h", at="-30 min"), at_h, output=output) < 0.4


@pytest.mark.parametrize("name", ["u_DArel", "u_PKA"])
def test_so_does_less_release_or_no_protein_kinase_a(name):
    assert share_left(hold(name, 1.0, for_="8 h", at="-2 h"), 24.0) < 0.4


def test_trkb_does_not_hide_it():
    """TrkB is as active as ever under the antagonist: the gate stands after it."""
    left = share_left(hold("u_D1", 1.0, for_="8 h", at="-30 min"), 1.0, output="trk")
    assert left == pytest.approx(1, abs=0.1)


def test_a_d1_antagonist_leaves_dopamine_and_a_d1_agonist_alone_does_little():
    antagonist = hold("u_D1", 1.0, for_="8 h")
    assert course(whole(), antagonist, "da", [0.0, 4.0])[-1] == pytest.approx(1, abs=1e-3)
    assert course(whole(), antagonist, "d1", [0.0, 4.0])[-1] == pytest.approx(0, abs=1e-3)
    agonist = course(whole(), hold("u_D1stim", 1.0, for_="2 h"), "Zp", [0.0, 24.0], "mouse")
    drug = course(whole(), ip("10 mg/kg") + nothing(), "Zp", [0.0, 24.0], "mouse")
    assert agonist[-1] < 0.1 * drug[-1]
