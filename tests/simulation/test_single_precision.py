"""The verb in single precision: as near as it says, as reproducible, and told apart."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from ketasim import UserError
from ketasim.dosing import infusion
from ketasim.model import assemble
from ketasim.population import Population
from ketasim.simulation import simulate, stream

DOSE = infusion("0.5 mg/kg", over="40 min")
HOURS = [0, 0.25, 1, 2, 4, 8, 24, 72, 168, 336]
PEOPLE = Population("trd", n=48, seed=4)
SMALL_BY_SUBTRACTION = ("p_laryngospasm", "p_airway", "p_apnoea")
"""Probabilities far below a thousandth, as 1 less something: few of single's digits are left."""


@pytest.fixture(scope="module")
def model():
    return assemble()


@pytest.fixture(scope="module")
def single(model):
    return simulate(model, DOSE, PEOPLE, HOURS, precision="single")


def test_the_whole_model_agrees_with_double_within_what_a_check_promises(model, single):
    double = simulate(model, DOSE, PEOPLE, HOURS)
    assert set(single.status.values) == {"ok"}
    size = np.abs(double).max(["individual", "time"])
    off = (np.abs(single - double) / size.where(size > 0, 1.0)).max(["individual", "time"])
    # ten tolerances of 1e-4 (see simulation.check), but for switches, which turn seconds earlier
    # or later (decision 3) and small differences of nearly equal numbers
    beyond = set(off.output.values[off.values > 1e-3])
    assert beyond <= {"hb", "silent", "bursting", "escape_hb", "entry_hb", *SMALL_BY_SUBTRACTION}
    assert float(off.sel(output="MADRS")) < 1e-3
    assert float(off.median()) < 2e-5
    assert not np.array_equal(single.values, double.values)


def test_threads_and_chunks_change_no_bit(model, single):
    again = simulate(model, DOSE, PEOPLE, HOURS, precision="single", threads=1)
    assert np.array_equal(again.values, single.values)
    parts = list(stream(model, DOSE, PEOPLE, HOURS, chunk=5, precision="single"))
    assert np.array_equal(xr.concat(parts, "individual").values, single.values)


def test_a_result_says_that_it_is_single(model, single):
    assert single.attrs["precision"] == "single"
    assert "precision" not in simulate(model, DOSE, PEOPLE, [0.0], ["MADRS"]).attrs


def test_a_check_compares_with_the_reference_in_double(model):
    found = simulate(
        model, DOSE, Population("trd", n=2, seed=2), [0, 1, 24], ["Cket", "MADRS"],
        precision="single", check=True,
    )  # fmt: skip
    assert found.attrs["check"].startswith("2 individuals against LSODA")
    assert found.attrs["check"].endswith("kept")


def test_parts_of_a_summary_in_another_precision_are_refused(model, tmp_path):
    def summary(precision):
        return simulate(
            model, DOSE, Population("trd", n=64, seed=2), [0, 24], ["MADRS"],
            keep="summary", folder=tmp_path / "parts", precision=precision,
        )  # fmt: skip

    summary("single")
    with pytest.raises(UserError, match=r"another question \(other precision"):
        summary("double")


@pytest.mark.parametrize(
    ("given", "message"),
    [({"precision": "float"}, "precision 'float' is unknown"),
     ({"precision": "single", "rtol": 1e-7}, "rtol 1e-07 is too tight for precision 'single'")],
)  # fmt: skip
def test_mistakes_are_told_in_a_line(model, given, message):
    with pytest.raises(UserError, match=message):
        simulate(model, DOSE, PEOPLE, HOURS, ["MADRS"], **given)
