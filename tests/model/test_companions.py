"""Companions: absent unless asked for, driving an event input, bringing numbers of their own."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from ketasim import UserError
from ketasim.model import PACKAGE_FOLDER, ModelFolder, assemble, companion_names, mechanism_names
from ketasim.model.lint import lint
from ketasim.model.lint_runs import Event, engine_run
from ketasim.model.wiring import resting_values, wire

from .roadrunner_run import roadrunner_run
from .toys import HEADER, write_toy

DRUG = """// title: Another drug
// systems: S11
// clock: kinetics
// companion: yes
// biology: It raises the effect [@label].
model drug
  event_input rate_drug = 0 nmol/h  // infusion
  output u_block = 0 fraction       // what it blocks
  state A_drug nmol                 // in the body
  u_block := hill(A_drug/V_drug, EC50, 1);
  A_drug' = rate_drug - k_drug*A_drug;
  A_drug = 0;
end
"""
DRUG_CSV = HEADER + (
    "V_drug,10,L,,,,assumed,assumed:,a guess\n"
    "k_drug,1,1/h,,,,assumed,assumed:,a guess\n"
    "EC50,7,nM,,,,assumed,assumed:,its own number in place of that of effect.csv\n"
)


@pytest.fixture
def toy(tmp_path):
    """The toy model with an event input that its companion computes."""
    blocked = "model reader\n  event_input u_block = 0 fraction  // blocked"
    folder = write_toy(tmp_path, reader=("model reader", blocked))
    text = (folder / "mechanisms/reader.ant").read_text()
    (folder / "mechanisms/reader.ant").write_text(text.replace("1 + occ", "1 + occ*(1 - u_block)"))
    (folder / "mechanisms/drug.ant").write_text(DRUG)
    (folder / "parameters/drug.csv").write_text(DRUG_CSV)
    return folder


def test_it_joins_only_when_asked_for(toy):
    assert mechanism_names(toy) == ("effect", "kin", "reader")
    assert companion_names(toy) == ("drug",)
    assert assemble(folder=toy).mechanisms == ("kin", "effect", "reader")
    joined = assemble(companions=["drug"], folder=toy)
    assert joined == assemble(["kin", "effect", "reader", "drug"], folder=toy)
    assert set(joined.mechanisms) == {"kin", "drug", "effect", "reader"}
    assert joined.name == "ketasim with drug"
    part = assemble(without=["kin"], companions="drug", folder=toy)
    assert part.name == "ketasim without kin with drug"
    assert assemble(["drug"], folder=toy).name == "ketasim: drug"
    # a table that only a companion has is no shared table, so it cannot leak into others
    assert "drug" not in ModelFolder(toy).shared_tables()


def test_its_output_drives_an_event_input_through_a_port(toy):
    alone, joined = assemble(folder=toy), assemble(companions=["drug"], folder=toy)
    assert alone.inputs["u_block"].rest == 0
    assert "u_block" not in joined.inputs
    assert joined.outputs["u_block"].mechanism == "drug"
    total = joined.wiring.rules("assignment")["total"]
    assert total == "E_port/E0 - 1 + occ_port*(1 - u_block_port)"
    full = {"A_drug": 70.0, "A": 350.0}  # both at half of the largest effect
    assert resting_values(joined.wiring, full)("total") == pytest.approx(0.25)
    assert resting_values(joined.wiring, full | {"scale_drug": 0.0})("total") == 0.5
    assert lint(joined, checks=["units", "used", "rest", "bounds"]) == ()
    assert lint(assemble(["drug"], folder=toy)) == ()


def test_its_table_replaces_a_number_of_another_mechanism(toy):
    values = {row.symbol: row.value for row in assemble(folder=toy).parameters}
    own = {row.symbol: row for row in assemble(companions=["drug"], folder=toy).parameters}
    assert (values["EC50"], own["EC50"].value) == (100.0, 7.0)
    assert own["EC50"].where.startswith("drug.csv")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("// companion: yes", "// companion: no",
         "drug.ant:4: unknown value of companion 'no'; choose from: yes"),
        ("output u_block = 0 fraction ", "output u_block = 0 nM ",
         "reader.ant:6: 'u_block' is in fraction, but nM in drug.ant:8"),
        ("output u_block = 0 fraction ", "output u_block = 1 fraction ",
         "reader.ant:6: 'u_block' rests at 0, but at 1 in drug.ant:8"),
        ("// companion: yes\n", "", "'u_block' is an event_input and also an input or output"),
    ],
)  # fmt: skip
def test_a_contradiction_is_told_in_one_line(toy, old, new, told):
    assert old in DRUG
    spoiled = DRUG.replace(old, new).replace("EC50", "EC50_drug")
    (toy / "mechanisms/drug.ant").write_text(spoiled)
    (toy / "parameters/drug.csv").write_text(DRUG_CSV.replace("EC50,7", "EC50_drug,7"))
    with pytest.raises(UserError) as error:
        assemble(["kin", "effect", "reader", "drug"], folder=toy)
    assert str(error.value).startswith(told)


def test_a_number_replaced_in_another_unit_is_refused(toy):
    (toy / "parameters/drug.csv").write_text(DRUG_CSV.replace("EC50,7,nM", "EC50,7,L"))
    with pytest.raises(UserError, match=r"drug\.csv:4: 'EC50' is in L, but nM in effect\.csv:2"):
        wire(ModelFolder(toy), ["effect", "drug"])


def test_two_drugs_for_one_input_are_refused():
    with pytest.raises(UserError) as error:
        assemble(companions=["memantine", "lanicemine"])
    assert "'bX' is computed in lanicemine.ant too; a model takes one of the two" in str(
        error.value
    )


def test_the_default_model_does_not_know_them(tmp_path):
    """Removing every companion's files changes no letter of the default model."""
    bare = tmp_path / "bare"
    for part in ("mechanisms", "parameters"):
        shutil.copytree(PACKAGE_FOLDER / part, bare / part)
    shutil.copy(PACKAGE_FOLDER / "sources.bib", bare)
    for name in companion_names():
        (bare / "mechanisms" / f"{name}.ant").unlink()
        (bare / "parameters" / f"{name}.csv").unlink()
    assert companion_names(bare) == ()
    assert assemble(folder=bare).hash == assemble().hash
    assert set(assemble().mechanisms) == set(mechanism_names(bare))


def test_their_outputs_meet_the_inputs_they_are_meant_for():
    """Without the companion the clamp is there; with it, it is computed."""
    default = assemble()
    driven = {"midazolam": "u_midazolam", "naltrexone": "u_NTX", "escitalopram": "u_SSRI",
              "memantine": "bX", "MK801": "bX", "lanicemine": "bX", "rapamycin": "u_rapa",
              "NBQX": "u_NBQX"}  # fmt: skip
    assert {*driven, "candidate"} == set(companion_names())  # a candidate drives several
    for companion, name in driven.items():
        assert default.inputs[name].rest == 0
        joined = assemble(companions=[companion])
        assert joined.outputs[name].mechanism == companion
        assert set(default.inputs) - set(joined.inputs) == {name}
        assert f"rate_{companion}_iv" in joined.inputs
        assert f"A_{companion}" in joined.outputs


def test_roadrunner_agrees_with_all_of_them_at_once():
    together = ["midazolam", "naltrexone", "escitalopram", "lanicemine", "rapamycin", "NBQX"]
    model = assemble(companions=together)
    events = []
    for name in together:
        events += [
            Event(0.0, "set", f"rate_{name}_iv", 2e4),
            Event(1.0, "set", f"rate_{name}_iv", 0.0),
        ]
    times = (0.0, 0.5, 1.0, 2.0, 8.0, 24.0, 72.0)
    outputs = ("u_midazolam", "u_NTX", "u_SSRI", "b_lanicemine", "u_rapa", "u_NBQX", "opi", "ht",
               "Bin", "sedation", "Afree", "MADRS")  # fmt: skip
    ours = engine_run(model, tuple(events), times, outputs)
    theirs = roadrunner_run(model, tuple(events), times, outputs)
    for name in outputs:
        size = max(1.0, float(np.max(np.abs(theirs[name]))))
        # a hundred times the engine's relative tolerance, of the output's largest value
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-4 * size, err_msg=name)
    assert np.max(np.abs(ours["u_NTX"])) > 0.1
