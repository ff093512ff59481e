"""Contract tests: they attach themselves to every mechanism and table of the package."""

from __future__ import annotations

from dataclasses import replace

import libsbml
import numpy as np
import pytest

from ketasim.model import (
    PACKAGE_FOLDER,
    TIERS,
    ModelFolder,
    assemble,
    companion_names,
    lint,
    load_mechanism,
    load_sources,
    mechanism_names,
)
from ketasim.model.formula import names, parse
from ketasim.model.lint_runs import engine_run, standard_events
from ketasim.model.unit_check import check_units
from ketasim.model.units import parse_unit
from ketasim.model.wiring import WITHOUT_PORTS, wire

from .roadrunner_run import roadrunner_run

NAMES = mechanism_names()
COMPANIONS = companion_names()
EVERY = (*NAMES, *COMPANIONS)
FOLDER = ModelFolder(PACKAGE_FOLDER)
TABLES = FOLDER.table_names()
WITH_PORTS = [name for name in NAMES if name not in WITHOUT_PORTS]
TIMES = (0.0, 0.25, 0.66, 1.0, 2.0, 8.0, 24.0, 72.0, 168.0)


@pytest.fixture(scope="module")
def whole():
    return assemble()


def test_there_are_mechanisms_and_tables():
    assert len(NAMES) >= 18
    assert set(EVERY) <= set(TABLES)


@pytest.mark.parametrize("name", EVERY)
def test_it_is_short_and_says_what_it_is(name):
    mechanism = load_mechanism(name)
    assert len(mechanism.text.splitlines()) <= 90
    assert len(mechanism.biology.split()) >= 20
    assert set(mechanism.sources) <= set(load_sources())
    assert all(item.label for item in mechanism.declared.values())


@pytest.mark.parametrize("name", EVERY)
def test_alone_it_is_consistent_and_at_rest(name):
    model = assemble([name])
    assert lint(model, checks=["units", "used", "sourced", "provided", "rest"]) == ()
    document = libsbml.readSBMLFromString(model.sbml)
    document.checkConsistency()
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0


@pytest.mark.parametrize("name", TABLES)
def test_every_number_has_unit_tier_and_source(name):
    rows = FOLDER.table(name)
    assert rows
    for row in rows:
        assert row.tier in TIERS
        assert row.source_keys or row.source.split(":")[1].strip() or row.note, row.where
        parse_unit(row.unit)


@pytest.mark.parametrize("name", COMPANIONS)
def test_a_companion_passes_lint_alone_and_in_the_whole_model(name):
    longest = 60 if name == "candidate" else 50  # it has a line for each target
    assert len(load_mechanism(name).text.splitlines()) <= longest
    assert [str(finding) for finding in lint(assemble([name]))] == []
    in_whole = ["units", "used", "provided", "rest", "baseline", "bounds"]
    assert [str(finding) for finding in lint(assemble(companions=[name]), checks=in_whole)] == []


@pytest.mark.parametrize("name", EVERY)
def test_a_wrong_unit_in_its_table_would_be_found(name):
    """The unit check can fail: another unit on any dimensional parameter is told."""
    wiring = wire(FOLDER, [name])
    for symbol, row in wiring.parameters.items():
        if parse_unit(row.unit).powers and _matters(wiring, symbol):
            wrong = dict(wiring.parameters) | {symbol: replace(row, unit=f"{row.unit}*mV")}
            assert check_units(replace(wiring, parameters=wrong)), symbol


def _matters(wiring, symbol):
    return any(symbol in names(parse(e.formula)) for es in wiring.equations.values() for e in es)


def test_the_whole_model_passes_lint(whole):
    assert [str(finding) for finding in lint(whole)] == []


def test_every_source_is_cited(whole):
    cited = {key for name in EVERY for key in load_mechanism(name).sources}
    cited |= {key for table in TABLES for row in FOLDER.table(table) for key in row.source_keys}
    assert set(load_sources()) - cited == set()


def test_the_names_other_layers_rely_on(whole):
    expected = """cS cR cNS cNR cHS cHR Cket Cnk Chnk bS bR bNS bNR bHS bHR Bin Bps Bpr Bhb glu
        Asurf thr eef bd trk mto spr syn nrel camp pka creb mrna a1 opi ht da p11 csf hb D MADRS
        CADSS dSBP dDBP dHR sedation felt pl Bel A1_S A1_R"""
    assert set(expected.split()) - set(whole.outputs) == set()
    inputs = "rate_S_iv rate_R_iv u_session u_open u_care u_SSRI u_midazolam"
    assert set(inputs.split()) - set(whole.inputs) == set()
    enzymes = {name for name in whole.inputs if name.startswith("act_")}
    assert {whole.inputs[name].rest for name in enzymes} == {1.0}
    assert {item.rest for name, item in whole.inputs.items() if name not in enzymes} == {0.0}
    symbols = {row.symbol for row in whole.parameters}
    spread = "g g_p g_c g_b D0 CL_S kf B0 WT age sex met sc"
    assert set(spread.split()) - symbols == set()


def test_roadrunner_agrees_on_the_standard_dose(whole):
    events, outputs = standard_events(whole), tuple(whole.outputs)
    ours = engine_run(whole, events, TIMES, outputs)
    theirs = roadrunner_run(whole, events, TIMES, outputs)
    for name in outputs:
        size = max(1.0, float(np.max(np.abs(theirs[name]))))
        # a hundred times the engine's relative tolerance, of the output's largest value
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-4 * size, err_msg=name)


def test_the_standard_dose_does_something(whole):
    """Without this, agreement above and below could be agreement on nothing."""
    result = engine_run(whole, standard_events(whole), TIMES, ("Cket", "MADRS", "CADSS"))
    assert result["Cket"][2] > 50
    assert result["MADRS"][TIMES.index(24.0)] < whole.outputs["MADRS"].rest - 3
    assert result["CADSS"][3] > 1


@pytest.mark.parametrize("name", WITH_PORTS)
def test_scaling_it_to_zero_is_leaving_it_out(name):
    """Readers cannot tell a mechanism at scale 0 from one that is not there."""
    scaled, absent = assemble(values={f"scale_{name}": 0}), assemble(without=[name])
    outputs = ("MADRS", "Asurf", "spr", "D", "CADSS", "dSBP")
    outputs = tuple(o for o in outputs if o in absent.outputs)
    one = engine_run(scaled, standard_events(scaled), TIMES, outputs)
    other = engine_run(absent, standard_events(absent), TIMES, outputs)
    for output in outputs:
        # a hundred times the engine's relative tolerance of 1e-6
        np.testing.assert_allclose(one[output], other[output], rtol=1e-4, atol=1e-4, err_msg=output)
