"""The two catalogues: every row reads, is sourced, and means something to the model or says why."""

from __future__ import annotations

import math
import re

import pytest

from ketasim.dosing.drugs import drug_names
from ketasim.errors import UserError
from ketasim.evidence import output_words, perturbations
from ketasim.evidence.finding_file import PerturbationTable
from ketasim.evidence.models import inputs_of_all, whole_model
from ketasim.evidence.perturbations import LASTING, holds, perturbation, settings
from ketasim.model import companion_names, load_sources

# In the contract with the mechanisms, which may not have them yet: findings say so by themselves.
NAMES = (
    "NBQX", "CNQX", "MK-801", "memantine", "CPP", "AP5", "Ro 25-6981", "DPCPX", "A2A antagonist",
    "naltrexone", "opioid antagonist", "rapamycin", "anisomycin", "actinomycin D", "anti-BDNF",
    "ANA-12", "K252a", "pCPA", "5-HT1B agonist", "HCN1 block", "PKA inhibition", "Gs activation",
    "mGlu2/3 agonist", "mGlu2/3 antagonist", "nifedipine", "verapamil", "eEF2K inhibitor",
    "D1 antagonist", "Drd1 disruption", "spine erasure", "muscimol", "optogenetic stimulation",
    "midazolam", "GluN1 knock-out", "GluN2B knock-down in interneurons",
    "GluN2B knock-down in pyramidal cells", "PV-NR1 knock-out", "GluN2D knock-out", "GluA2",
    "TrkB knock-out", "Met/Met", "Val/Met", "p11 knock-out", "ependymal p11 knock-out",
    "eEF2K knock-out", "A1 knock-out", "A2A knock-out", "4E-BP knock-out", "SERT deficiency",
    "chronic stress", "healthy", "naive",
)  # fmt: skip


def sources() -> set[str]:
    return set(load_sources())


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_contract_is_there(name):
    assert perturbation(name.upper()) is perturbation(name)


@pytest.mark.parametrize("row", [*perturbations(), *output_words()], ids=lambda row: row.name)
def test_row_is_sourced(row):
    assert row.tier in ("measured", "derived", "calibrated", "assumed")
    if row.source.startswith("assumed:"):
        assert row.tier == "assumed"
    else:
        assert set(row.source.split(";")) <= sources()
    if not getattr(row, "sets", None) and not getattr(row, "output", None):
        assert row.note.startswith("the model "), "says what is missing"


def test_what_lasts_lasts_and_what_is_given_ends():
    for row in perturbations():
        inputs = [symbol for symbol, _ in row.sets if re.match(r"u_|b[A-Z]", symbol)]
        if row.kind in LASTING:
            assert math.isinf(row.hours), row.name
            if row.kind.startswith("knock") and inputs:
                assert row.start_h <= -24, row.name  # the animal was born so
        elif inputs and row.kind not in ("stimulation", "drug"):
            assert math.isfinite(row.hours), row.name


def test_parameters_that_are_set_exist():
    known = {row.symbol for row in whole_model().parameters}
    known |= {r.symbol for name in companion_names() for r in whole_model(name).parameters}
    for row in perturbations():
        for each in settings(row, 1.0):
            assert each.symbol in known, row.name


def test_outputs_are_words_once():
    for word in output_words():
        assert word.sign in (-1, 1)
        assert word.scale is None or word.scale > 0
        assert word.name.lower() not in {alias.lower() for alias in word.aliases}


def test_strength_scales_what_is_held():
    (held,) = holds(perturbation("NBQX"), -0.5, 8.0, 0.25)
    assert (held.input, held.value, held.start_h, held.duration_h) == ("u_NBQX", 0.25, -0.5, 8.0)
    (chosen,) = settings(perturbation("Met/Met"), 0.5)
    assert (chosen.symbol, chosen.value, chosen.strength) == ("met", 1.0, 0.5)


def test_a_drug_that_is_an_input_is_a_perturbation_too():
    found = perturbation("escitalopram")
    assert found.sets == (("u_SSRI", 1.0),)
    assert "escitalopram" in drug_names()


def test_most_inputs_are_there():
    wanted = {s for row in perturbations() for s, _ in row.sets if s.startswith("u_")}
    assert len(wanted & inputs_of_all()) > 0.7 * len(wanted)


def test_unknown_name_tells_the_nearest():
    with pytest.raises(UserError, match="unknown perturbation 'NBXQ'; nearest: NBQX"):
        perturbation("NBXQ")


def test_a_strength_above_one_is_no_share():
    with pytest.raises(ValueError, match="less than or equal to 1"):
        PerturbationTable(name="NBQX", strength=50.0)
