"""The engine's own error: small where promised, told where not, refused where nothing compares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim import UserError
from ketasim.dosing import infusion, oral
from ketasim.model import assemble
from ketasim.population import Population
from ketasim.simulation import simulate
from ketasim.simulation.check import check, chosen
from ketasim.simulation.question import Question

DOSE = infusion("0.5 mg/kg", over="40 min").then(every="24 h", until="2 d")
HOURS = [0, 0.5, 1, 4, 24, 30, 100]
PEOPLE = Population("trd", n=40, seed=2)


@pytest.fixture(scope="module")
def model():
    return assemble(["pk", "absorption", "brain"])


def checked(model, rtol, dose=DOSE):
    return check(model, dose, PEOPLE, HOURS, ["Cket", "cS", "bR"], rtol=rtol, people=3)


def test_the_error_is_small_and_grows_with_the_tolerance(model):
    tight, usual, loose = (checked(model, rtol) for rtol in (1e-7, 1e-4, 1e-2))
    assert usual.kept
    assert np.all(usual.reference < 1e-6)
    assert np.all(tight.largest < 1e-6)
    assert np.all(loose.largest > 5 * usual.largest)
    assert np.all(usual.typical <= usual.largest)


def test_boluses_and_steps_are_followed(model):
    assert checked(model, 1e-6, oral("50 mg")).largest.max() < 1e-5


def test_a_wrong_engine_is_found_out(model, monkeypatch):
    ensemble = Question.ensemble

    def wrong(self, people, threads):
        found = ensemble(self, people, threads)
        return replace(found, values=found.values * (1 + 5e-3))

    monkeypatch.setattr(Question, "ensemble", wrong)
    found = checked(model, 1e-4)
    assert set(found.broken) == {"Cket", "cS", "bR"}
    assert found.largest[0] == pytest.approx(5e-3, rel=0.1)
    assert "broken by Cket" in str(found)
    assert found.plain()["outputs"]["Cket"]["broken"]


def test_even_a_loose_tolerance_follows_the_habenula_s_switch():
    """At one in a hundred a step could leap over it unseen, before decision 19."""
    found = check(
        assemble(), infusion("0.5 mg/kg", over="40 min"), PEOPLE, [0, 4, 24, 36, 48, 72],
        ["Bhb", "hb", "MADRS"], rtol=1e-2, people=2,
    )  # fmt: skip
    assert not found.broken
    assert found.largest[0] < 0.02


def test_who_cannot_be_compared_is_told(model, monkeypatch):
    ensemble = Question.ensemble

    def lost(self, people, threads):
        found = ensemble(self, people, threads)
        return replace(found, values=found.values * np.nan, status=found.status + 2)

    monkeypatch.setattr(Question, "ensemble", lost)
    found = checked(model, 1e-4)
    assert not found.kept
    assert not found.broken
    assert "the engine gave up: step too small" in str(found)
    assert found.plain()["individuals"] == []


def test_individuals_are_spread_over_the_population():
    assert chosen(80, 4) == [10, 30, 50, 70]
    assert chosen(3, 8) == [0, 1, 2]
    assert chosen(1, 8) == [0]
    with pytest.raises(UserError, match="people 0"):
        check(assemble(["pk"]), DOSE, PEOPLE, HOURS, ["cS"], people=0)


@pytest.mark.parametrize("keep", ["people", "summary"])
def test_simulate_tells_it_beside_the_result(model, keep):
    found = simulate(model, DOSE, PEOPLE, HOURS, ["cS"], keep=keep, check=True)
    assert "promised 1e-03" in found.attrs["check"]
