"""Drugs: the table itself, salts, names, and how each drug meets the model."""

import csv

import pytest

from ketasim.dosing.drugs import ENANTIOMERS, ROUTES, base_factor, drug, drug_names, ways_in
from ketasim.dosing.formulations import routes_of
from ketasim.dosing.interactions import interactions_of
from ketasim.errors import UserError

TIERS = ("measured", "derived", "calibrated", "assumed")


@pytest.mark.parametrize("name", drug_names())
def test_every_drug_is_sourced_and_meets_the_model_in_its_way(name):
    entry = drug(name)
    assert entry.source
    assert entry.tier in TIERS
    assert sum(share for _, share in entry.shares) in ((1.0,) if entry.shares else (0,))
    if entry.given == "dose":
        assert entry.has_kinetics
        assert {form for form, _ in entry.shares} <= set(ENANTIOMERS)
        assert set(routes_of(entry)) == set(ROUTES)
        assert not entry.input
    elif entry.given == "clamp":
        assert entry.input.startswith("u_")
        assert bool(routes_of(entry)) == bool(entry.companion)
    elif entry.given == "companion":
        assert entry.companion
        assert routes_of(entry)
    elif entry.given == "enzymes":
        assert interactions_of(entry)
        assert not routes_of(entry)
    elif entry.given == "device":
        assert not routes_of(entry)
        assert entry.name.startswith("sham") == (not entry.input)
    else:
        assert entry.given == "metabolite"
        assert entry.bath
        assert set(routes_of(entry)) == set(entry.places)


def test_every_route_of_a_drug_has_a_place():
    for name in drug_names():
        assert set(routes_of(drug(name))) <= set(drug(name).places)


def test_a_drug_is_a_dose_or_a_clamp_as_the_model_has_it():
    midazolam, memantine = drug("midazolam"), drug("memantine")
    assert not midazolam.enters()
    assert midazolam.enters(["nmda", "midazolam"])
    assert memantine.enters()
    assert drug("ketamine").enters()
    assert not drug("SSRI").enters(["escitalopram"])


def test_companions_bear_the_name_of_a_mechanism_that_takes_their_doses():
    from ketasim.model import load_mechanism

    ways = set(ways_in())
    for name in drug_names():
        each = drug(name)
        if not each.companion:
            continue
        mechanism = load_mechanism(each.companion)
        there = {*mechanism.owned, *mechanism.event_inputs}
        for route in routes_of(each):
            place = each.places[route]
            for target in filter(None, (place.compartment, place.rate)):
                assert target.format(each.companion) in there
                assert target.format(each.companion) in ways
        if each.input:
            assert each.input in mechanism.outputs


def test_molar_masses_agree_with_those_of_the_mechanisms():
    from ketasim.model import assemble

    for name in drug_names():
        each = drug(name)
        if each.companion:
            (row,) = (
                p for p in assemble(["nmda", each.companion]).parameters
                if p.symbol == f"MW_{each.companion}"
            )  # fmt: skip
            assert row.value == each.molar_mass_g_mol


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
    memantine = 179.3 / 215.8
    assert memantine == pytest.approx(base_factor(drug("memantine"), "hydrochloride"), abs=5e-4)


def test_aliases_and_case():
    assert drug("S-Ketamine") is drug("esketamine")
    assert drug("(2R,6R)-HNK") is drug("(2R,6R)-hydroxynorketamine")
    assert drug("st. john's wort") is drug("St John's wort")


def test_no_two_drugs_share_a_name():
    from importlib.resources import files

    text = files("ketasim.dosing").joinpath("drugs.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    names = [n.lower() for r in rows for n in (r["drug"], *filter(None, r["aliases"].split("|")))]
    assert sorted(names) == sorted(set(names))


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
