"""Formulations and interactions: the tables, their sources, and what they expand to."""

from pathlib import Path

import pytest

import ketasim
from ketasim.dosing import (
    delivered_mg,
    drug,
    drug_names,
    engine_events,
    formulation,
    formulations,
    injection,
    interactions,
    intranasal,
    oral,
    sublingual,
)
from ketasim.dosing.administration import bolus
from ketasim.dosing.drugs import ROUTES
from ketasim.dosing.formulations import routes_of
from ketasim.model.sources import read_sources

PACKAGE = Path(ketasim.__file__).parent
TIERS = ("measured", "derived", "calibrated", "assumed")
MAKERS = {
    "iv": lambda dose, what, form: bolus(dose, what),
    "im": lambda dose, what, form: injection(dose, "im", what),
    "sc": lambda dose, what, form: injection(dose, "sc", what),
    "ip": lambda dose, what, form: injection(dose, "ip", what),
    "oral": oral,
    "nasal": intranasal,
    "sublingual": sublingual,
}
EVERY_WAY = [
    (form.name, name, route)
    for form in formulations()
    for name in form.drugs
    for route in form.routes
    if drug(name).enters()
]


@pytest.mark.parametrize(("form", "name", "route"), EVERY_WAY)
def test_every_formulation_delivers_what_is_prescribed(form, name, route):
    regimen = MAKERS[route]("84 mg", name, form).repeat(every="12 h", times=2)
    # rounding only: each rate is its dose over the very times the engine sees
    assert delivered_mg(engine_events(regimen, [70.0])) == pytest.approx([168.0], rel=1e-12)


def test_every_formulation_is_of_known_drugs_and_routes():
    for form in formulations():
        assert form.tier in TIERS
        assert set(form.drugs) <= set(drug_names())
        assert set(form.routes) <= set(ROUTES)
        assert form.release_h >= 0
        assert form.lag_h >= 0
        assert 0 < form.share_later <= form.share_first <= 1
        assert form.note
    names = [name.lower() for form in formulations() for name in (form.name, *form.aliases)]
    assert sorted(names) == sorted(set(names))


def test_a_release_needs_a_rate_to_enter_by():
    for form in formulations():
        for route in form.routes:
            assert form.release_h == 0 or ROUTES[route].rate


def keys_of(source: str) -> set[str]:
    return {key for key in source.split(";") if key and not key.startswith(("assumed:", "derived"))}


def test_sources_are_in_one_of_the_two_bibliographies():
    own = read_sources(PACKAGE / "dosing" / "sources.bib")
    shared = read_sources(PACKAGE / "model" / "sources.bib")
    assert not set(own) & set(shared)
    rows = [*formulations(), *interactions(), *(drug(name) for name in drug_names())]
    cited = set().union(*(keys_of(row.source) for row in rows))
    assert cited <= {*own, *shared}
    words = " ".join(row.note for row in rows)
    assert {key for key in own if key not in cited and key not in words} == set()


def test_sourced_rows_have_a_source_of_their_tier():
    for row in (*formulations(), *interactions()):
        assert row.source.startswith("assumed:") == (row.tier == "assumed")


def test_interactions_act_on_enzyme_inputs_of_the_model():
    from ketasim.model import load_mechanism, mechanism_names

    inputs = {n: i for m in mechanism_names() for n, i in load_mechanism(m).event_inputs.items()}
    for each in interactions():
        assert each.drug in drug_names()
        assert each.factor > 0
        assert each.tier in TIERS
        assert float(inputs[each.target].rest or 0) == 1.0
    pairs = [(each.drug, each.target) for each in interactions()]
    assert len(pairs) == len(set(pairs))


def test_factors_follow_from_what_is_known_of_midazolam():
    # Quinney 2008: hepatic availability 0.73 and intestinal 0.47 without an inhibitor; what an
    # enzyme takes, against what passes it, goes as its activity.
    def lost(passed: float) -> float:
        return (1 - passed) / passed

    liver, gut = lost(0.73), lost(0.47)
    itraconazole = 1 - 0.27 * (1 - 0.69)  # Olkkola 1996: clearance down by 69 %
    wort = 1 - 0.27 / 0.8  # Wang 2001: AUC down by 20 %
    known = {
        ("clarithromycin", "act_3A"): lost(0.91) / liver,
        ("clarithromycin", "act_gut"): lost(0.79) / gut,
        ("itraconazole", "act_3A"): lost(itraconazole) / liver,
        ("itraconazole", "act_gut"): lost(0.47 * 7 * 0.31 * 0.73 / itraconazole) / gut,
        ("rifampicin", "act_3A"): lost(1 - 0.27 * 2.23) / liver,
        ("grapefruit juice", "act_gut"): lost(0.47 * 0.35 / 0.24) / gut,
        ("St John's wort", "act_3A"): lost(wort) / liver,
        ("St John's wort", "act_gut"): lost(0.47 * 0.17 / 0.28 * 0.73 / wort) / gut,
    }
    rows = {(each.drug, each.target): each for each in interactions()}
    assert {key for key, row in rows.items() if row.tier == "derived"} <= set(known)
    for key, value in known.items():
        if rows[key].tier == "derived":
            assert rows[key].factor == pytest.approx(value, rel=5e-3)  # three digits in the table
        else:
            assert (rows[key].factor - 1) * (value - 1) > 0, "calibrated to the other direction"


def test_names_and_aliases():
    assert formulation("ketamine", "oral", "Controlled-release tablet").name == (
        "prolonged-release tablet"
    )
    assert formulation("esketamine", "nasal").name == "nasal device"
    assert formulation("ketamine", "nasal").name == "nasal spray"
    assert formulation("esketamine", "sublingual").name == "film"
    assert formulation("arketamine", "sublingual").name == "wafer"


def test_routes_of_drugs():
    assert routes_of(drug("ketamine")) == tuple(ROUTES)
    assert routes_of(drug("midazolam")) == ("iv", "oral")
    assert routes_of(drug("SSRI")) == ()
