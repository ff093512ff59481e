"""Which findings may choose a number: none that is held out, none late on the drug."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.evidence import Finding, load_findings
from ketasim.evidence.clinical_observed import standard_error
from ketasim.inference.calibration import read_priors
from ketasim.inference.clinical_fit import (
    DISCREPANCY,
    FIRST_DAYS_H,
    STAGES,
    calibrate_stage,
    is_antidepressant,
    observed_of,
    stage_findings,
)


@cache
def every() -> tuple[Finding, ...]:
    return load_findings()


@pytest.mark.parametrize("name", STAGES)
def test_a_finding_held_out_never_chooses_a_number(name):
    chosen = stage_findings(STAGES[name], every())
    assert chosen
    assert {each.role for each in chosen} == {"calibrate"}
    assert not stage_findings(STAGES[name], [replace(each, role="validate") for each in chosen])
    with pytest.raises(UserError, match="no findings marked 'calibrate'"):
        calibrate_stage(name, [replace(each, role="validate") for each in chosen])


@pytest.mark.parametrize("name", STAGES)
def test_more_findings_held_out_change_nothing(name):
    ours = [each for each in every() if each.role == "calibrate"]
    assert len(ours) < len(every())
    assert stage_findings(STAGES[name], ours) == stage_findings(STAGES[name], every())


def test_ketamine_later_than_two_days_is_never_used():
    used = {f for stage in STAGES.values() for f in stage_findings(stage, every())}
    on_drug = [f for f in used if is_antidepressant(f.arm)]
    assert on_drug
    assert all(f.end_h <= FIRST_DAYS_H for f in on_drug)
    late = [
        replace(f, clinical=replace(f.clinical, at_h=72.0))
        for f in on_drug
        if f.clinical is not None
    ]
    assert not stage_findings(STAGES["mood"], late)


def test_no_stage_moves_what_another_chose():
    symbols = [prior.symbol for name in STAGES for prior in read_priors(name)]
    assert len(symbols) == len(set(symbols))


def test_what_a_right_model_misses_by_adds_to_the_error():
    chosen = stage_findings(STAGES["mood"], every())
    found = observed_of(chosen)
    for finding, error in zip(chosen, found.errors, strict=True):
        own = DISCREPANCY[finding.unit] * (0.5 if finding.contrast == "difference" else 1.0)
        wanted = np.hypot(standard_error(finding), own) / np.sqrt(finding.weight)
        assert error == pytest.approx(wanted)
    assert found.values.tolist() == [f.value for f in chosen]
    assert found.studies == tuple(f.study for f in chosen)


def test_an_unknown_set_names_the_nearest():
    with pytest.raises(UserError, match="unknown set 'moood'; nearest: mood"):
        calibrate_stage("moood", every())
