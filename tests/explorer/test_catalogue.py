"""The catalogue tells what is there: everything in it can be asked for."""

from __future__ import annotations

import json

import pytest

from ketasim.dosing.protocol import Step, step_regimen
from ketasim.evidence import load_findings, read_baseline
from ketasim.explorer.catalogue import catalogue, catalogue_json, default_question
from ketasim.explorer.charts import all_outputs, charts
from ketasim.explorer.models import companions_of, ready_model
from ketasim.explorer.question import read_question
from ketasim.explorer.simulate import typical_curves
from ketasim.model import mechanism_names
from tests.explorer.asked import plain, question


@pytest.fixture(scope="module")
def whole():
    return json.loads(catalogue_json())


def test_it_is_json_and_not_too_large(whole):
    assert set(whole) >= {
        "program", "version", "model_hash", "notice", "default", "presets", "outputs", "charts",
        "drugs", "populations", "regimens", "mechanisms", "pathway", "ledger", "sources", "limits",
    }  # fmt: skip
    assert len(catalogue_json()) < 2e6
    assert read_question(whole["default"]) == default_question()


def test_a_study_is_what_the_page_opens_with():
    start = question(until_d=5)
    assert json.loads(catalogue_json(start))["default"]["until_d"] == 5


def test_outputs_of_charts_and_map_are_described(whole):
    assert set(whole["outputs"]) == set(all_outputs())
    for chart in charts():
        assert set(chart["names"]) == set(chart["outputs"])
        for output in chart["outputs"]:
            unit = whole["outputs"][output]["unit"]
            assert unit in chart["unit"] or chart["kind"] == "share", (chart["key"], output, unit)


def routes():
    return [
        (drug["name"], route) for drug in catalogue()["drugs"] for route in drug["routes"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("drug", "route"), routes(), ids=lambda v: v if isinstance(v, str) else v["route"]
)
def test_every_route_of_every_drug_can_be_given(drug, route):
    step = {"drug": drug, "route": route["route"]}
    told = {"dose": f"{route.get('typical_dose', 1)} {route.get('unit', 'mg')}", "over": "40 min",
            "for": "7 d"}  # fmt: skip
    step |= {key: told[key] for key in route["needs"]}
    regimen = step_regimen(Step.model_validate(step))
    ready_model(companions_of([regimen]))
    if "typical_dose" in route:
        assert route["lowest"] <= route["typical_dose"] <= route["highest"]
        assert route["source"]
    for form in route["formulations"]:
        step_regimen(Step.model_validate({**step, "formulation": form}))


@pytest.mark.parametrize("drug", ["SSRI", "ECT", "rifampicin", "naltrexone", "CBT"])
def test_what_is_held_can_be_simulated(drug):
    steps = [{"drug": drug, "route": "daily", "for": "14 d"}]
    if drug == "ECT":
        steps = [{"drug": "ECT", "route": "device", "per_week": 3, "weeks": 1}]
    typical_curves(read_question(plain(arms=[{"name": "a", "steps": steps}], control=None)))


def test_named_regimens_run(whole):
    names = {row["name"] for row in whole["regimens"]}
    assert "IV six infusions in 12 days" in names
    assert "Oral dose range (review)" not in names  # refused: a range, not a schedule
    for row in whole["regimens"]:
        read_question(plain(arms=[{"name": "a", "steps": row["steps"]}], control=None))


def test_every_mechanism_has_evidence_with_its_recorded_verdict(whole):
    baseline, known = read_baseline(), {finding.id for finding in load_findings()}
    own = [one for one in whole["mechanisms"] if not one["companion"]]
    assert {one["name"] for one in own} == set(mechanism_names())
    for one in own:
        assert one["evidence"], one["name"]
        for row in one["evidence"]:
            assert row["id"] in known
            assert row["verdict"] == baseline.get(row["id"], row["verdict"])
            assert row["source"]
    whys = {one["name"]: {row["why"] for row in one["evidence"]} for one in own}
    assert whys["lhb"] <= {"measures it", "disturbs it"}


def test_evidence_is_about_its_mechanism(whole):
    of = {one["name"]: {row["id"] for row in one["evidence"]} for one in whole["mechanisms"]}
    assert "moghaddam-da-cnqx" in of["ampa"]  # CNQX blocks them
    assert "moghaddam-da-cnqx" in of["dopamine"]  # which is measured
    assert "moghaddam-da-cnqx" not in of["spines"]


def test_sources_are_there(whole):
    cited = {key for one in whole["mechanisms"] for key in one["sources"]}
    assert cited <= set(whole["sources"])


def test_switches_are_those_of_the_model(whole):
    switchable = [one["name"] for one in whole["mechanisms"] if one["switchable"]]
    assert "nmda" in switchable
    assert "mood" not in switchable
    typical_curves(question(off=switchable))
