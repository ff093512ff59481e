"""Calibration on findings: what may choose a number, and that the shipped ones were so chosen."""

from dataclasses import replace

import numpy as np
import pytest

from ketasim import UserError
from ketasim.evidence import load_findings
from ketasim.evidence.runner import kinetic_model
from ketasim.inference.calibration import read_priors
from ketasim.inference.evidence_fit import basis, calibrate_on, usable


def test_only_findings_marked_calibrate_are_usable():
    findings = load_findings()
    chosen = usable(findings, kinetic_model())
    assert 100 < len(chosen) < len(findings)
    assert {each.role for each in chosen} == {"calibrate"}
    assert all(each.counts for each in chosen)


def test_a_finding_marked_validate_is_refused():
    one = usable(load_findings(), kinetic_model())[0]
    with pytest.raises(UserError, match="marked 'validate'"):
        basis([replace(one, role="validate")], kinetic_model())


def test_nothing_to_calibrate_on_is_refused():
    with pytest.raises(UserError, match="no findings marked"):
        basis([], kinetic_model())


def test_the_shipped_kinetics_are_the_most_probable_ones():
    found, ground = calibrate_on(load_findings(), read_priors("pk"))
    shipped = {row.symbol: row.value for row in kinetic_model().parameters}
    moved = [
        abs(float(p.to_scale(value) - p.to_scale(shipped[p.symbol]))) / sd
        for p, value, sd in zip(found.priors, found.values, found.sd, strict=True)
    ]
    assert max(moved) < 0.25
    folds = np.abs(np.log(found.predicted / ground.observed))
    assert np.exp(folds.mean()) < 1.25
