"""Throughput, insertion, and hydroxynorketamine, which drives without NMDA receptors."""

from __future__ import annotations

import pytest

from ketasim.model import assemble
from ketasim.model.lint_runs import Event, engine_run

TIMES = (0.0, 0.5, 4.0, 24.0, 48.0)


def run(values, outputs, held=(), length_h=100.0):
    """Run the mechanism alone with its inputs at ``values`` and events held from time 0."""
    events = [Event(0.0, "set", name, 1.0) for name in held]
    events += [Event(length_h, "set", name, 0.0) for name in held]
    result = engine_run(assemble(["ampa"], values=values), events, TIMES, outputs)
    return [result[name] for name in outputs]


def test_hydroxynorketamine_is_real_in_a_mouse_and_next_to_nothing_in_a_patient():
    """8 uM outside cells after 10 mg/kg (Lumsden 2019); 0.05 uM in a patient on ketamine."""
    mouse = assemble(["ampa"], values={"bHR": 8000.0}).outputs["hnk"].rest
    patient = assemble(["ampa"], values={"bHR": 50.0}).outputs["hnk"].rest
    assert mouse > 0.7
    assert patient < 0.01


def test_hydroxynorketamine_needs_no_nmda_receptor():
    """At 8 uM the channel is next to free (IC50 46 uM, and magnesium competes)."""
    result = engine_run(
        assemble(["nmda"], values={"bHR": 8000.0}), (), TIMES, ("Bin", "Bps", "Bpr")
    )
    assert max(result[name][-1] for name in result) < 0.03


def test_another_ampakine_drives_in_the_same_way():
    (hnk,) = run({}, ["hnk"], held=["u_ampakine"])
    assert hnk[1] == 1


def test_nbqx_shuts_throughput_and_expression():
    thr, free = run({"glu": 1.4}, ["thr", "Afree"], held=["u_NBQX"])
    assert thr[1] < 0.01
    assert free[1] == 0


def test_trkb_inserts_receptors_within_hours_and_synaptic_protein_holds_them():
    early, late = run({"trk": 1.8}, ["Asurf"])[0], run({"spr": 1.4}, ["Asurf"])[0]
    assert early[2] > 1.3
    assert 1.02 < late[2] < late[4] < 1.3


@pytest.mark.parametrize(("values", "held"), [({}, ["u_aniso"]), ({"pka": 0.0}, [])])
def test_insertion_needs_translation_and_protein_kinase_a(values, held):
    free = run({"trk": 1.8}, ["Asurf"])[0][2] - 1
    without = run({"trk": 1.8, **values}, ["Asurf"], held=held)[0][2] - 1
    assert without < 0.5 * free
