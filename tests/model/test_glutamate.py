"""The surge: two pools, an inverted U with dose, what prevents and what mimics it."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim import Population, injection, simulate
from ketasim.model import assemble
from ketasim.model.lint_runs import Event, engine_run

TIMES = np.linspace(0, 2, 121)


def surge(inputs, outputs=("glu",), times=tuple(TIMES)):
    """Hold inputs from time 0 in the mechanism alone, its own inputs set as values."""
    mechanism = {name: value for name, value in inputs.items() if name[0] == "B"}
    events = [Event(0.0, "set", name, v) for name, v in inputs.items() if name[0] == "u"]
    model = assemble(["glutamate"], values=mechanism)
    result = engine_run(model, events, times, outputs)
    return [result[name] for name in outputs]


@pytest.fixture(scope="module")
def rat():
    """Mean glutamate over the first hour by dose, mg/kg into the peritoneum."""
    model = assemble()

    def mean_of(dose):
        given = injection(f"{dose} mg/kg", route="ip")
        result = simulate(model, given, Population("rat", n=1), TIMES[:61], ["glu"])
        return float(result[0].sel(output="glu").mean())

    return {dose: mean_of(dose) for dose in (10, 20, 30, 50, 200)}


def test_glutamate_by_dose_in_rats(rat):
    """Moghaddam (set on): 10 to 30 mg/kg raise it, 50 does not, 200 lowers it."""
    assert min(rat[10], rat[20], rat[30]) > 1.1
    assert rat[50] == pytest.approx(1.0, abs=0.1)
    assert rat[200] < 0.7


def test_sustained_block_adapts_away():
    (glu,) = surge({"Bin": 0.3}, times=(0.0, 0.3, 24.0))
    assert glu[1] > 1.2
    assert glu[2] == pytest.approx(1.0, abs=0.01)


def test_an_mglu23_agonist_prevents_and_an_antagonist_raises():
    free, held = (surge({"Bin": 0.3, **more})[0].max() for more in ({}, {"u_mGlu23": 1.0}))
    assert free > 1.2
    assert held < 1.02
    assert surge({"u_mGlu23ant": 1.0})[0].max() > 1.3


def test_light_mimics_and_silence_ends_the_surge():
    assert surge({"u_opto": 1.0})[0].max() > 1.5
    assert surge({"Bin": 0.3, "u_silence": 1.0})[0].max() <= 1.0


def test_interneurons_fall_first_and_pyramidal_cells_rise():
    inhib, firing = surge({"Bin": 0.3}, ("inhib", "firing_pyr"))
    assert inhib[1] < 0.5
    assert firing[1] > 1.2


def test_evoked_release_falls_while_overflow_rises():
    model = assemble(["glutamate"], values={"Bin": 0.3, "a1": 1.4})
    result = engine_run(model, (), tuple(TIMES), ("glu", "gev"))
    assert result["glu"].max() > 1.2
    assert result["gev"][-1] < 0.9


def test_ketamine_takes_little_hcn1_current_at_clinical_exposure():
    """IC50 4-8 uM: half at 6 uM (set on), a twentieth at 0.35 uM."""
    model = assemble(["glutamate"], values={"bS": 3000.0, "bR": 3000.0})
    assert model.outputs["I_HCN1"].rest == pytest.approx(0.5)
    clinical = assemble(["glutamate"], values={"bS": 175.0, "bR": 175.0})
    assert clinical.outputs["I_HCN1"].rest > 0.93
