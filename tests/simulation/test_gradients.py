"""Gradients of the whole model against central differences, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim import UserError
from ketasim.dosing import infusion
from ketasim.model import assemble
from ketasim.population import Population
from ketasim.simulation import simulate
from ketasim.simulation.gradients import gradients

DOSE = infusion("0.5 mg/kg", over="40 min")
HOURS = [1, 4, 24, 72, 168]
OUTPUTS = ["MADRS", "Cket"]
PARAMETERS = ["Q2_S", "Ki_S", "tau_ad_ado", "liver", "asian"]


@pytest.fixture(scope="module")
def model():
    return assemble()


@pytest.fixture(scope="module")
def people():
    return Population("trd", n=3, seed=4)


def test_gradients_agree_with_central_differences_at_tight_tolerance(model, people):
    found = gradients(model, DOSE, people, HOURS, PARAMETERS, OUTPUTS, rtol=1e-6)
    assert found.gradient.dims == ("individual", "time", "output", "parameter")
    assert set(found.status.values.ravel()) == {"ok"}
    for name in PARAMETERS:
        at = found["at"].sel(parameter=name).values
        size = np.where(at == 0.0, 1.0, at)
        low, high = (
            simulate(model, DOSE, people, HOURS, OUTPUTS, values={name: at + sign * 1e-4 * size},
                     rtol=1e-9)
            for sign in (-1, 1)
        )  # fmt: skip
        want = (high.values - low.values) / 2e-4  # per relative change, as the next line
        got = found.gradient.sel(parameter=name).values * size[:, None, None]
        allowed = 1e-4 * np.abs(want).max(axis=(0, 1)) + 1e-6 * np.abs(low.values).max(axis=(0, 1))
        assert np.all(np.abs(got - want) < allowed), name


def test_values_are_those_of_simulate_within_tolerance(model, people):
    found = gradients(model, DOSE, people, HOURS, "Ki_S", OUTPUTS, rtol=1e-6)
    plain = simulate(model, DOSE, people, HOURS, OUTPUTS, rtol=1e-6)
    np.testing.assert_allclose(found.value, plain, rtol=1e-4)


def test_gradients_do_not_depend_on_what_else_is_asked_or_on_chunks(model, people, monkeypatch):
    many = gradients(model, DOSE, people, HOURS, PARAMETERS, OUTPUTS, threads=1)
    monkeypatch.setattr("ketasim.simulation.gradients.ROWS", 5)
    again = gradients(model, [DOSE] * people.n, people, HOURS, PARAMETERS, OUTPUTS, threads=2)
    assert np.array_equal(many.gradient, again.gradient)
    one = gradients(model, DOSE, people, HOURS, "Ki_S", OUTPUTS)
    np.testing.assert_allclose(
        one.gradient.isel(parameter=0), many.gradient.sel(parameter="Ki_S"), rtol=1e-6, atol=1e-12
    )


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("Ki_T", "parameter 'Ki_T' is not in the model"),
        ("rate_S_iv", "'rate_S_iv' is set by the regimen"),
        ((), "at least one parameter"),
        (("Ki_S", "Ki_S"), "each once"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_line(model, people, asked, line):
    with pytest.raises(UserError, match=line):
        gradients(model, DOSE, people, HOURS, asked, OUTPUTS)


def test_a_tolerance_that_means_nothing_is_refused(model, people):
    with pytest.raises(UserError, match="rtol -1 is out of range"):
        gradients(model, DOSE, people, HOURS, "Ki_S", OUTPUTS, rtol=-1.0)
    with pytest.raises(UserError, match="times must ascend"):
        gradients(model, DOSE, people, [2, 1], "Ki_S", OUTPUTS)
