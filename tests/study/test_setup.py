"""From a study file to the model: other drugs bring their kinetics by being given."""

from __future__ import annotations

import pytest

from ketasim import UserError
from ketasim.study.file import load_study
from ketasim.study.setup import prepare

STUDY = """
title = "With another drug"
n = 2
outputs = ["MADRS"]
control = "plain"
{extra}

[[arms]]
name = "plain"
[[arms.regimen]]
drug = "ketamine"
dose = "0.5 mg/kg"
over = "40 min"

[[arms]]
name = "with"
[[arms.regimen]]
{step}
[[arms.regimen]]
drug = "ketamine"
dose = "0.5 mg/kg"
over = "40 min"
"""
NALTREXONE = 'drug = "naltrexone"\nroute = "oral"\ndose = "50 mg"'
MIDAZOLAM = 'drug = "midazolam"\ndose = "0.045 mg/kg"\nover = "40 min"'
DAILY = 'drug = "naltrexone"\nroute = "daily"\nfor = "3 days"'


def prepared(tmp_path, step, extra=""):
    file = tmp_path / "study.toml"
    file.write_text(STUDY.format(step=step, extra=extra))
    return prepare(load_study(file))


@pytest.mark.parametrize(
    ("step", "companion"), [(NALTREXONE, "naltrexone"), (MIDAZOLAM, "midazolam")]
)
def test_a_dose_of_another_drug_adds_its_kinetics(tmp_path, step, companion):
    assert companion in prepared(tmp_path, step).model.mechanisms


def test_a_clamped_exposure_adds_nothing(tmp_path):
    assert "naltrexone" not in prepared(tmp_path, DAILY).model.mechanisms


def test_midazolam_may_be_left_to_its_clamp(tmp_path):
    setup = prepared(tmp_path, MIDAZOLAM, 'without = ["midazolam"]')
    assert "midazolam" not in setup.model.mechanisms
    assert "u_midazolam" in setup.model.inputs


def test_kinetics_that_a_dose_needs_cannot_be_left_out(tmp_path):
    with pytest.raises(UserError, match=r"arms\[2\]\.regimen\[1\].*Agut_naltrexone"):
        prepared(tmp_path, NALTREXONE, 'without = ["naltrexone"]')
