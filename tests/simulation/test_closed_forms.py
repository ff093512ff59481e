"""The engine against what can be written down: every case of ``docs/closed_forms.csv``.

The table is a data file like any other: its persons are cases, its columns the model's
parameters, its DV the closed form. So it tests the reader and the engine at once.
"""

import csv

import numpy as np
import pytest

from ketasim.dosing import read_data
from ketasim.model import assemble
from ketasim.simulation import simulate_data
from tests.simulation import closed_forms

# What the engine's own step tolerance of 1e-6 leaves over many steps, and 9.5e-7 of steady
# state that doses written out over 240 h lack at a half-life of 12 h.
RTOL = 1e-5


@pytest.fixture(scope="module")
def table():
    return read_data(closed_forms.TABLE)


def test_the_table_is_what_the_formulas_give(tmp_path):
    closed_forms.write(tmp_path / "again.csv")
    again, kept = (tmp_path / "again.csv").read_text(), closed_forms.TABLE.read_text()
    assert again.splitlines()[0] == kept.splitlines()[0]
    for new, old in zip(
        csv.DictReader(again.splitlines()), csv.DictReader(kept.splitlines()), strict=True
    ):
        if new["DV"] != ".":
            # exp of another machine's library may differ in its last bit
            assert float(old.pop("DV")) == pytest.approx(float(new.pop("DV")), rel=1e-9)
        assert new == old


def test_engine_and_closed_form_agree(table):
    predicted = simulate_data(assemble(["pk", "absorption"]), table, rtol=1e-6)
    seen = table.observations
    named = [(case.what, t) for case in closed_forms.cases() for t in case.at]
    assert len(named) == len(seen) > 140
    wrong = {
        (closed_forms.cases()[who].what, time_h): (float(value), float(expected))
        for who, time_h, value, expected in zip(
            seen.individual, seen.time_h, predicted, seen.value, strict=True
        )
        if not np.isclose(value, expected, rtol=RTOL, atol=1e-9)
    }
    assert not wrong


def test_it_would_notice(table):
    """A clearance off by one part in a thousand shows in nearly every case."""
    model = assemble(["pk", "absorption"])
    values = {"CL_S": table.covariates["CL_S"] * 1.001}
    predicted = simulate_data(model, table, values=values, rtol=1e-6)
    off = ~np.isclose(predicted, table.observations.value, rtol=RTOL, atol=1e-9)
    assert off.mean() > 0.9


@pytest.mark.parametrize("name", ["once", "infused", "steady", "steady_infused", "decayed"])
def test_every_formula_is_used(name):
    assert any(name in case.formula for case in closed_forms.cases())
