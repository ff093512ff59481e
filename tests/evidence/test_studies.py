"""Every study that ketasim ships: all rows encoded, each runnable or out of scope for a reason."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from ketasim.evidence import load_findings
from ketasim.evidence.experiments import what_is_missing
from ketasim.evidence.finding import Finding
from ketasim.evidence.runner import kinetic_model

ALL = load_findings()
PK = [each for each in ALL if Path(each.file).parent.name == "pk"]
MECHANISMS = [each for each in ALL if Path(each.file).parent.name == "mechanisms"]
HERE = Path(__file__).parent
IDS = [r["id"] for r in csv.DictReader((HERE / "pk_ids.csv").open())]
MECHANISM_IDS = [r["id"] for r in csv.DictReader((HERE / "mechanism_ids.csv").open())]
AT_LEAST_RUN = 150  # of the rows on mechanisms; the others name what the model lacks
CALIBRATE = {
    "fanta2015",
    "hagelberg2010",
    "hasan2019",
    "hasan2021",
    "kamp2020",
    "moaddel2015",
    "moaddel2023",
    "noppers2011",
    "peltoniemi2011",
    "peltoniemi2012grapefruit",
    "peltoniemi2012rifampicin",
    "peltoniemi2012sjw",
    "perezruixo2021",
    "simons2022",
}
NOT_FOR_LIKELIHOODS = {
    "hasan2019_iv5_hnkk",
    "perezruixo2021_cauc28_nk_auc24",
    "perezruixo2021_cauc56_nk_auc24",
    "perezruixo2021_cauc84_nk_auc24",
    "chang1972_thalf",
    "locumming1975_thalf",
    "cohen1973_rat_bp",
    "rao2016_cyp2b6_nkk",
    "peltoniemi2011_itraconazole_auc",
}


def test_every_row_is_encoded_once():
    assert len(IDS) == len(set(IDS)) == 214
    assert {each.id for each in PK if "/pk/" in f"/{each.file}"} >= set(IDS)


@pytest.mark.parametrize("finding", PK, ids=lambda f: f.id)
def test_finding_runs_or_says_why_not(finding: Finding):
    missing = what_is_missing(finding, kinetic_model())
    assert missing == finding.out_of_scope  # nothing is left out but on purpose
    if not missing:
        assert finding.readout is not None
        assert finding.readout.analyte
        assert finding.readout.site


def test_only_the_studies_named_choose_numbers():
    assert {each.study for each in PK if each.role == "calibrate"} == CALIBRATE
    assert not {each.study for each in PK if each.role == "validate"} & CALIBRATE


def test_what_is_wrong_or_repeated_does_not_count():
    by_id = {each.id: each for each in PK}
    assert not [name for name in NOT_FOR_LIKELIHOODS if by_id[name].counts]
    for each in PK:
        if each.same_as:
            assert by_id[each.same_as].counts, each.id


def test_memory_and_weak_sources_weigh_half():
    for each in PK:
        assert each.weight <= (0.5 if each.verified == "recall" else 1.0), each.id
    weak = {"hijazi2003", "weber2004", "malinovsky1996", "ketalarlabel", "kamp2020"}
    assert {each.weight for each in PK if each.study in weak} == {0.5}


def test_arterial_studies_are_read_in_the_artery():
    arterial = {"kamp2020", "simons2022", "noppers2011"}
    sites = {each.readout.site for each in PK if each.study in arterial and each.readout}
    assert sites == {"arterial"}
    venous = {each.readout.site for each in PK if each.study == "hasan2021" and each.readout}
    assert venous == {"venous"}


def test_every_row_on_mechanisms_is_encoded_once():
    assert len(MECHANISM_IDS) == len(set(MECHANISM_IDS)) == 192
    assert {each.id for each in MECHANISMS} >= set(MECHANISM_IDS)


def test_most_rows_on_mechanisms_run_and_the_others_say_what_is_lacking():
    by_id = {each.id: each for each in MECHANISMS}
    reasons = {name: what_is_missing(by_id[name]) for name in MECHANISM_IDS}
    assert sum(not reason for reason in reasons.values()) >= AT_LEAST_RUN
    for name, reason in reasons.items():
        assert not reason or len(reason.split()) > 1, name


def test_findings_on_mechanisms_say_which():
    for each in MECHANISMS:
        assert each.systems, each.id


def test_what_is_contested_has_its_rival():
    by_id = {each.id for each in ALL}
    for each in ALL:
        if each.contested:
            named = set(re.findall(r"[A-Za-z0-9_.+-]+-[A-Za-z0-9_.+-]+", each.contested))
            assert named & by_id or len(each.contested.split()) > 2, each.id
