"""Gs alpha: out of rafts in minutes by ketamine, in days by an SSRI; cAMP gains while a drug is."""

from __future__ import annotations

import pytest

from ketasim.dosing import bath, daily, hold
from ketasim.model import load_mechanism

from .mechanism_run import course, only


def raft(regimen, times, **values):
    return course(only("gs"), regimen, "raft", times, values=values)


def camp(regimen, times, **values):
    return course(only("gs"), regimen, "camp", times, values=values)


@pytest.mark.parametrize("drug", ["ketamine", "(2R,6R)-hydroxynorketamine"])
def test_ten_micromolar_empties_rafts_in_a_quarter_of_an_hour(drug):
    """Wray 2018: out by 15 min at 10 uM, cAMP up at once; 1 uM, which nobody tested, much less."""
    times = [0.0, 0.25]
    start, end = raft(bath("10 uM", drug, for_="15 min"), times)
    assert end < 0.6 * start
    assert camp(bath("10 uM", drug, for_="15 min"), times)[-1] > 1.2
    at_1_um = start - raft(bath("1 uM", drug, for_="15 min"), times)[-1]
    assert at_1_um < 0.3 * (start - end)


def test_it_has_no_nmda_receptor_input():
    """Wray 2018: other blockers do nothing and a knock-out changes nothing."""
    declared = load_mechanism("gs").declared
    assert {"lig", "Bin", "Bps", "Bpr", "Bhb", "bX"} & set(declared) == set()
    assert {"bS", "bR", "bHR"} <= set(declared)


def test_the_raft_state_is_that_of_depression():
    """Donati 2008: half the non-raft to raft ratio; the cascade a fifth lower (Fujita 2017)."""
    healthy, depressed = (
        course(only("gs"), daily("SSRI", for_="1 h", at="10 h"), "nonraft", [0.0], values={"D0": d})
        for d in (0.0, 1.0)
    )
    assert depressed[0] / healthy[0] == pytest.approx(0.5)
    level = course(only("gs"), daily("SSRI", for_="1 h", at="10 h"), "camp_level", [0.0])
    assert level[0] == pytest.approx(0.8)


def test_an_ssri_takes_days_and_one_day_after_it_only_the_rafts_remember():
    """Czysz 2015: 3-5 d, none acutely. Senese 2021: raft depletion outlives the gain in cAMP."""
    times = [0.0, 1.0, 96.0, 120.0, 144.0]
    fraction = raft(daily("SSRI", for_="120 h"), times)
    gain = camp(daily("SSRI", for_="120 h"), times) - 1
    assert fraction[1] == pytest.approx(fraction[0], rel=0.01)
    assert fraction[2] < 0.65 * fraction[0]
    assert fraction[0] - fraction[4] > 0.8 * (fraction[0] - fraction[3])
    assert gain[1] < 0.01
    assert gain[4] < 0.25 * gain[3]


def test_return_is_slower_than_a_day():
    """The only bound there is: rafts are still depleted 24 h after ketamine is washed out."""
    start, out, later = raft(bath("10 uM", for_="15 min"), [0.0, 0.25, 24.25])
    assert start - later > 0.3 * (start - out)


def test_protein_kinase_a_needs_d1_tone_and_can_be_blocked():
    d1_gone = course(only("dopamine", "gs"), hold("u_D1", 1.0, for_="9 h"), "pka", [0.0, 8.0])
    blocked = course(only("gs"), hold("u_PKA", 1.0, for_="9 h"), "pka", [0.0, 8.0])
    assert d1_gone[-1] < 0.2
    assert blocked[-1] < 0.01


def test_transcription_blocked_leaves_the_first_half_hour():
    """Autry 2011: actinomycin spares the effect at 30 min."""
    rna = course(only("gs"), hold("u_ActD", 1.0, for_="30 h"), "mrna", [0.0, 0.5, 24.0])
    assert rna[1] > 0.9
    assert rna[2] < 0.2
