"""How sure it is by how much a drug changes an enzyme: told in the table, carried by the hold."""

from __future__ import annotations

from ketasim.dosing import daily, interactions

# SD of the logarithm, by tier: the reasons stand at `Interaction`.
SURE = {"assumed": 0.5, "derived": 0.3, "calibrated": 0.2}


def test_every_factor_says_how_sure_it_is():
    for each in interactions():
        assert each.uncertainty == SURE[each.tier], each.drug


def test_the_hold_carries_it():
    held = {hold.input: hold for hold in daily("rifampicin", for_="6 d").holds}
    for each in interactions():
        if each.drug == "rifampicin":
            assert held[each.target].uncertainty == each.uncertainty
