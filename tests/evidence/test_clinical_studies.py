"""Every clinical study that ketasim ships: all rows encoded once, and roles by the rule."""

from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path

import pytest

from ketasim.evidence import load_findings
from ketasim.evidence.experiments import what_is_missing

IDS = [
    r["id"] for r in csv.DictReader((Path(__file__).parent / "clinical_ids.csv").open())
]  # fmt: skip
ALL = load_findings()
BY_ID = {each.id: each for each in ALL}
CLINICAL = [each for each in ALL if each.clinical is not None]
AT_LEAST_RUN = 190  # of the rows; the others name what the model lacks
LATEST_MOOD_H = 48.0
# Studies that had chosen numbers before the rule was made.
BEFORE = {
    "murrough2013a",
    "murrough2013b",
    "han2016",
    "daly2018",
    "vanschalkwyk2018",
    "wilkinson2019",
    "taylor2006",
    "transform1",
}
# The same patients as a study that is held out.
WITH = {"jones2022-elderly": "jones2022", "reif2023-us": "reif2023"}
CONTROLS = ("placebo", "saline", "midazolam", "control", "pills", "sham")
OTHER_TREATMENTS = {"ukect2003", "husain2004", "rush2006", "taylor2006", "munkholm2019"}


def held_out(study: str) -> bool:
    """Return whether a study chooses no number at all: by the first digit of a hash of its name."""
    if study in BEFORE or study.startswith("spravatolabel"):
        return False
    return sha256(WITH.get(study, study).encode()).hexdigest()[0] in "012345"


def test_every_row_is_encoded_once():
    assert len(IDS) == len(set(IDS)) == 264
    assert set(BY_ID) >= set(IDS)
    assert len(ALL) == len(BY_ID)


def test_most_rows_run_and_the_others_say_what_is_lacking():
    reasons = {name: what_is_missing(BY_ID[name]) for name in IDS}
    assert sum(not reason for reason in reasons.values()) >= AT_LEAST_RUN
    for name, reason in reasons.items():
        assert reason == BY_ID[name].out_of_scope  # nothing is left out but on purpose
        assert not reason or len(reason.split()) > 3, name


# relapse that was looked at when the assumed weight of the stress load was set
IN_VIEW = ("murrough2013b_relapse_median", "ibrahim2012_norelapse_4wk", "ibrahim2012_time_relapse")


def test_a_quarter_of_the_studies_chooses_no_number():
    studies = {each.study for each in CLINICAL}
    choosing = {each.study for each in CLINICAL if each.role == "calibrate"}
    assert len(choosing) <= 0.75 * len(studies)
    assert not [study for study in choosing if held_out(study)]


@pytest.mark.parametrize(
    "finding", [each for each in CLINICAL if each.role == "calibrate"], ids=lambda f: f.id
)
def test_numbers_are_chosen_on_early_scores_controls_and_safety_only(finding):
    assert finding.verified == "page"
    assert finding.counts
    clinical = finding.clinical
    end_h = max(h for h in (clinical.at_h, clinical.to_h) if h is not None)
    control = finding.arm.name.startswith(CONTROLS) and finding.comparator is None
    assert (
        end_h <= LATEST_MOOD_H
        or control
        or finding.systems[0] == "S12"
        or finding.study in OTHER_TREATMENTS
        or finding.id in IN_VIEW
    )


def test_what_was_only_in_view_is_taken_by_no_stage():
    from ketasim.inference.clinical_fit import STAGES, stage_findings

    taken = {f.id for stage in STAGES.values() for f in stage_findings(stage, CLINICAL)}
    assert not taken & set(IN_VIEW)


def test_memory_and_weak_sources_weigh_half():
    for each in CLINICAL:
        weak = ("digest", "review", "news", "company", "paraphrased")
        if each.verified == "recall" or any(word in each.place for word in weak):
            assert each.weight == 0.5, each.id


def test_a_repeated_fact_counts_once():
    for each in CLINICAL:
        if each.same_as:
            assert BY_ID[each.same_as].counts, each.id


def test_an_open_course_is_open_and_a_controlled_one_is_blind():
    blind = {each.study: each.arm.regimen for each in CLINICAL if each.arm is not None}
    assert any(hold.input == "u_open" for hold in blind["murrough2013b"].holds)
    assert not any(hold.input == "u_open" for hold in blind["murrough2013a"].holds)
