"""A user's own mechanism joins the model, takes the place of one of ours, or is refused."""

from __future__ import annotations

import os

import numpy as np
import pytest

from ketasim.dosing import infusion
from ketasim.errors import UserError
from ketasim.inference import attribute
from ketasim.model import ModelFolder, assemble, with_added
from ketasim.model.lint import STATIC_CHECKS, lint
from ketasim.population import Population
from ketasim.simulation import simulate
from tests.model.own import EXAMPLE, own_mechanism

TYPICAL = Population(n=1, between_person=False)
INFUSION = infusion("0.5 mg/kg", over="40 min")


def test_it_joins_and_changes_nothing_else(tmp_path):
    plain, model = assemble(), assemble(add=[own_mechanism(tmp_path)])
    assert model.name == "ketasim with echo"
    assert set(model.mechanisms) - set(plain.mechanisms) == {"echo"}
    assert model.outputs["ring"].rest == 1.0
    both = [simulate(m, INFUSION, TYPICAL, [1, 24, 168], "MADRS") for m in (plain, model)]
    # another state is another error estimate, so steps differ within the tolerance
    np.testing.assert_allclose(both[0].values, both[1].values, rtol=1e-3)


def test_its_equation_is_what_is_solved(tmp_path):
    model = assemble(add=[own_mechanism(tmp_path)])
    times_h = np.linspace(0, 6, 721)
    curves = simulate(model, INFUSION, TYPICAL, times_h, ["glu", "ring"], rtol=1e-6).values[0]
    rate = np.gradient(curves[:, 1], times_h)
    # central differences of 30 s steps
    np.testing.assert_allclose(rate[5:-5], 2 * (curves[:, 0] - curves[:, 1])[5:-5], atol=2e-3)


def test_a_path_alone_is_a_list_of_one_and_twice_is_once(tmp_path):
    file = own_mechanism(tmp_path)
    assert assemble(add=str(file)).hash == assemble(add=[file, file]).hash


def test_nothing_added_is_the_model_as_it_was():
    assert with_added(ModelFolder(), ()) is not None
    assert assemble(add=()).hash == assemble().hash


def test_a_change_of_the_file_is_seen(tmp_path):
    first = assemble(add=[own_mechanism(tmp_path)]).hash
    file = own_mechanism(tmp_path, ("k_ring,2,", "k_ring,22,"))
    os.utime(file.with_suffix(".csv"), ns=(1, 1))
    assert assemble(add=[file]).hash != first


def test_a_rival_is_refused_with_the_words_and_then_works():
    with pytest.raises(UserError) as refused:
        assemble(add=[EXAMPLE])
    assert 'leave it out: without = ["ampa"]' in str(refused.value)
    assert "scaling.ant:17: 'thr' is computed by ampa already" in str(refused.value)
    model = assemble(add=[EXAMPLE], without=["ampa"])
    assert model.outputs["Asurf"].mechanism == "scaling"
    assert model.name == "ketasim without ampa with scaling"


def test_the_rival_of_the_example_is_without_fault():
    model = assemble(add=[EXAMPLE], without=["ampa"])
    assert lint(model, checks=tuple(STATIC_CHECKS)) == ()


def test_the_rival_raises_surface_receptors_slower_and_longer():
    times_h = [1.0, 24.0, 48.0]
    ours, theirs = (
        simulate(m, INFUSION, TYPICAL, times_h, "Asurf").values[0, :, 0]
        for m in (assemble(), assemble(add=[EXAMPLE], without=["ampa"]))
    )
    assert theirs[0] < 1.3 < ours[0]
    assert theirs[2] > ours[2] > 1.0


def test_who_carries_counts_an_added_mechanism(tmp_path):
    model = assemble(add=[own_mechanism(tmp_path)])
    found = attribute(model, INFUSION, TYPICAL, [24.0], mechanisms=["echo", "nmda"])
    assert found.mechanisms == ("echo", "nmda")
    assert abs(found.share[0, 0]) < 0.05  # nobody reads it: rounding between models
    assert found.share[1, 0] > 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([("@autry2011", "@autry2012")], "neither in echo.bib nor in sources.bib; nearest: autry"),
        ([("ring", "Sl")], "'Sl' is computed in"),
        ([("k_ring", "WT")], "symbol 'WT' stands already in"),
        ([("ring", "glu_port")], "name of a port or a switch"),
        ([("glu = 1 ratio", "glu = 1 nM")], "'glu' is in nM, but ratio in glutamate.ant"),
        ([("2,1/h", "2,")], "echo.csv:2:"),
        ([("k_ring*(", "kring*(")], "unknown symbol 'kring'"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path, changes, message):
    with pytest.raises(UserError) as refused:
        assemble(add=[own_mechanism(tmp_path, *changes)])
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("spines", "a mechanism of the model is called 'spines'"),
        ("person", "'person' is taken"),
        ("functions", "'functions' is taken"),
        ("2nd", "no name for a mechanism"),
        ("a-b", "no name for a mechanism"),
        ("model", "no name for a mechanism"),
    ],
)
def test_names_that_cannot_be(tmp_path, name, message):
    with pytest.raises(UserError, match=message):
        assemble(add=[own_mechanism(tmp_path, name=name)])


def test_two_of_one_name_a_missing_one_and_another_kind(tmp_path):
    one, two = own_mechanism(tmp_path / "a"), own_mechanism(tmp_path / "b")
    with pytest.raises(UserError, match="is called 'echo', too"):
        assemble(add=[one, two])
    with pytest.raises(UserError, match="no such file"):
        assemble(add=[tmp_path / "none.ant"])
    with pytest.raises(UserError, match=r"not called NAME.ant.*ketasim import m.xml --name m"):
        assemble(add=[tmp_path / "m.xml"])
    with pytest.raises(UserError, match="60 files; a model takes at most 50"):
        assemble(add=[tmp_path / f"{k}.ant" for k in range(60)])


def test_a_key_that_means_another_source_is_refused(tmp_path):
    file = own_mechanism(tmp_path)
    bib = file.with_suffix(".bib")
    bib.write_text("@article{autry2011,\n  title = {Another},\n}\n")
    with pytest.raises(UserError, match=r"echo\.bib:1: key 'autry2011' is another source"):
        assemble(add=[file])
    bib.write_text("@article{mine2026,\n  title = {Mine},\n  year = {2026},\n}\n")
    own_mechanism(tmp_path, ("@autry2011", "@autry2011; @mine2026"))
    assert "[@mine2026] 2026. Mine" in assemble(add=[file]).sbml
