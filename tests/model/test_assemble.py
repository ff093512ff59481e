"""Assembly: the SBML, what one may ask for and set, overrides, leaving out."""

from __future__ import annotations

import pickle
import subprocess
import sys

import libsbml
import pytest

from ketasim import UserError
from ketasim.model import assemble

from .toys import write_toy


def test_the_document_is_consistent_and_carries_sources(tmp_path):
    model = assemble(folder=write_toy(tmp_path))
    document = libsbml.readSBMLFromString(model.sbml)
    document.checkConsistency()
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    inside = document.getModel()
    assert (inside.getLevel(), inside.getVersion()) == (3, 2)
    assert inside.getUnitDefinition(inside.getParameter("CL").getUnits()).getName() == "L/h"
    assert inside.getParameter("E").getName() == "score"
    assert "measured; smith2020; read in table 1" in inside.getParameter("CL").getNotesString()
    notes = inside.getNotesString()
    assert "no medical advice" in notes
    assert "A {Toy} of Science" in notes
    assert inside.getParameter("rate_in").getConstant() is False


def test_outputs_and_inputs(tmp_path):
    model = assemble(folder=write_toy(tmp_path))
    assert set(model.outputs) == {"c", "A", "gone", "E", "occ", "drive", "total"}
    score = model.outputs["E"]
    assert (score.unit, score.label, score.mechanism, score.rest, score.bounds) == (
        "points", "score", "effect", 30.0, (0.0, 60.0),
    )  # fmt: skip
    assert {n: (i.unit, i.rest) for n, i in model.inputs.items()} == {
        "rate_in": ("nmol/h", 0.0),
        "tone": ("ratio", 1.0),
    }
    assert {row.symbol for row in model.parameters} == {"CL", "V", "EC50", "Emax", "tau", "E0"}


def test_assembly_is_deterministic_and_picklable(tmp_path):
    folder = write_toy(tmp_path)
    one = assemble(("kin", "effect"), folder=folder)
    other = assemble(["effect", "kin", "kin"], folder=folder)
    assert one == other
    assert one.sbml == other.sbml
    assert one.hash != assemble(folder=folder).hash
    assert pickle.loads(pickle.dumps(one)).hash == one.hash


def test_a_mechanism_left_out_rests_in_its_readers(tmp_path):
    model = assemble(without=["effect"], folder=write_toy(tmp_path))
    assert model.mechanisms == ("kin", "reader")
    assert model.name == "ketasim without effect"
    assert model.inputs["E"].rest == 30.0
    assert model.inputs["occ"].rest == 0.0
    assert model.outputs["total"].rest == 0.0
    inside = libsbml.readSBMLFromString(model.sbml).getModel()
    assert inside.getInitialAssignmentBySymbol("E") is not None
    assert inside.getRuleByVariable("E") is None


def test_values_replace_parameters_inputs_and_switches(tmp_path):
    values = {"CL": 20, "E0": 40, "scale_effect": 0, "tone": 2, "rate_in": 5}
    model = assemble(values=values, folder=write_toy(tmp_path))
    inside = libsbml.readSBMLFromString(model.sbml).getModel()
    for symbol, value in values.items():
        assert inside.getParameter(symbol).getValue() == value
    clearance = next(row for row in model.parameters if row.symbol == "CL")
    assert (clearance.value, clearance.tier) == (20.0, "assumed")
    assert clearance.note == "set by the caller; the table has 10 (measured, smith2020)"
    assert model.outputs["E"].rest == 40.0
    assert model.inputs["tone"].rest == 2.0


def test_every_digit_of_a_value_survives(tmp_path):
    values = {"CL": 0.1 + 0.2, "scale_effect": 2 / 3, "tone": 1 / 3, "rate_in": 147221.97142977327}
    model = assemble(values=values, folder=write_toy(tmp_path))
    inside = libsbml.readSBMLFromString(model.sbml).getModel()
    assert {name: inside.getParameter(name).getValue() for name in values} == values


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"mechanisms": ["efect"]}, "unknown mechanism 'efect'; nearest: effect"),
        ({"without": ["knn"]}, "unknown mechanism 'knn'; nearest: kin"),
        ({"mechanisms": []}, "no mechanism left to assemble"),
        ({"mechanisms": ["kin"], "without": "kin"}, "no mechanism left to assemble"),
        ({"values": {"CLL": 1}}, "values: unknown symbol 'CLL'; nearest: CL"),
        ({"values": {"E": 1}}, "values: 'E' is computed by effect; leave that mechanism out"),
        ({"values": {"CL": float("nan")}}, "values: CL = nan is not finite"),
        ({"values": {"CL": "fast"}}, "values: CL = 'fast' is not a number"),
    ],
)
def test_a_bad_request_is_told_in_one_line(tmp_path, arguments, told):
    with pytest.raises(UserError) as error:
        assemble(**arguments, folder=write_toy(tmp_path))
    assert str(error.value).startswith(told)


def test_importing_the_layer_is_light():
    heavy = "libsbml antimony numpy numba llvmlite xarray pint matplotlib"
    code = f"import sys, ketasim.model; print([m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
