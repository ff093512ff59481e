"""VEGF: needed, and enough, through Flk-1."""

from __future__ import annotations

import pytest

from ketasim.dosing import hold

from .mechanism_run import course, ip, share_left, whole


@pytest.mark.parametrize("name", ["u_antiVEGF", "u_Flk1"])
def test_its_loss_blocks_the_lasting_effect(name):
    """Deyama 2019."""
    assert share_left(hold(name, 1.0, for_="40 h", at="-10 h"), 24.0) < 0.4


def test_it_is_enough_through_its_receptor():
    times, infused = [0.0, 24.0], hold("u_VEGF", 1.0, for_="2 h")
    drug = course(whole(), ip("10 mg/kg"), "Zp", times, "mouse")[-1]
    alone = course(whole(), infused, "Zp", times, "mouse")[-1]
    deaf = course(whole(), infused + hold("u_Flk1", 1.0, for_="30 h"), "Zp", times, "mouse")[-1]
    assert alone > 0.2 * drug
    assert deaf < 0.05 * drug
