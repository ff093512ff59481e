"""Drugs: the table itself, salts and names."""

import pytest

from ketasim.dosing.drugs import base_factor, drug, drug_names
from ketasim.errors import UserError


@pytest.mark.parametrize("name", drug_names())
def test_every_drug_is_sourced_and_either_kinetic_or_clamped(name):
    entry = drug(name)
    assert entry.source
    assert entry.tier in ("measured", "derived", "calibrated", "assumed")
    assert entry.has_kinetics != bool(entry.input)
    if entry.has_kinetics:
        assert sum(share for _, share in entry.shares) == 1.0


def test_racemate_is_half_and_half():
    assert drug("ketamine").shares == (("S", 0.5), ("R", 0.5))
    assert drug("esketamine").shares == (("S", 1.0),)
    assert drug("arketamine").shares == (("R", 1.0),)


def test_one_milligram_of_ketamine_is_4206_nanomol():
    # 1e6 nmol/mmol / 237.73 mg/mmol
    assert drug("ketamine").nmol_per_mg() == pytest.approx(4206.453, rel=1e-6)


def test_salt_is_explicit():
    ketamine = drug("ketamine")
    assert base_factor(ketamine, "base") == 1.0
    assert base_factor(ketamine, "hydrochloride") == 0.867
    ratio = 237.73 / 274.19  # molar masses of base and hydrochloride
    assert ratio == pytest.approx(0.867, abs=5e-4)


def test_aliases_and_case():
    assert drug("S-Ketamine") is drug("esketamine")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: drug("ketmine"), "drug: unknown drug 'ketmine'; nearest: ketamine"),
        (
            lambda: base_factor(drug("ketamine"), "hydrochlorid"),
            "salt: unknown salt 'hydrochlorid'; nearest: hydrochloride",
        ),
        (
            lambda: base_factor(drug("NBQX"), "hydrochloride"),
            "salt: no hydrochloride of NBQX is known; give the dose as base",
        ),
        (lambda: drug("SSRI").nmol_per_mg(), "drug: SSRI has no molar mass, so no amount in nmol"),
    ],
)
def test_mistakes_are_told_in_one_line(call, message):
    with pytest.raises(UserError) as caught:
        call()
    assert str(caught.value) == message
