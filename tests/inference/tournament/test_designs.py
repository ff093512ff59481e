"""Designs are made of known words, and what is known already is no next experiment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ketasim import UserError
from ketasim.evidence import load_findings
from ketasim.evidence.models import bath_model, whole_model
from ketasim.evidence.outputs import output_word
from ketasim.inference.tournament import designs
from ketasim.inference.tournament.designs import NONE, Vocabulary, arms_of, checked_vocabulary

WHOLE = checked_vocabulary(Vocabulary())


def test_every_readout_is_a_word_that_a_model_computes() -> None:
    for name in designs.READOUTS:
        word = output_word(name)
        assert word is not None
        assert word.name == name
        model = bath_model() if name in designs.IN_A_DISH else whole_model()
        assert word.output in model.outputs


@pytest.mark.parametrize("preparation", designs.PREPARATIONS)
def test_every_arm_is_read(preparation: str) -> None:
    arms = arms_of(preparation, WHOLE)
    assert len(arms.of) == len(arms.drugs) * len(arms.perturbations)
    assert {arm.preparation for arm in arms.of.values()} == {preparation}
    assert not any(arm.lacks for arm in arms.of.values())
    both = arms.of[(*arms.drugs[1], "rapamycin")]
    assert both.regimen.holds
    assert both.perturbations == ("rapamycin",)


def test_manipulations_that_do_the_same_are_there_once() -> None:
    names = [each.name for each in designs.manipulations()]
    assert "NBQX" in names
    assert "CNQX" not in names
    assert "chronic stress" not in names
    assert "open label" not in names


def test_nothing_given_is_no_design() -> None:
    arms = arms_of("mouse", WHOLE)
    assert designs.designs_of(arms, (NONE, ""), NONE, WHOLE.readouts) == ()


def test_a_dish_shows_no_behaviour() -> None:
    assert designs.times_of("bath", "antidepressant-like behaviour") == ()
    assert max(designs.times_of("bath", "surface AMPA receptors")) <= 24


def _design(drug: str, what: str, readout: str, at_h: float) -> designs.Design:
    arms = arms_of("mouse", WHOLE)
    found = designs.designs_of(arms, (drug, "10 mg/kg" if drug else ""), what, (readout,))
    return next(each for each in found if each.at_h == at_h)


def test_what_a_finding_tells_is_done() -> None:
    told = designs.done(load_findings(only="li2010"))
    behaviour = "antidepressant-like behaviour"
    assert designs.is_done(_design("ketamine", "rapamycin", behaviour, 24.0), told)
    assert not designs.is_done(_design("ketamine", "rapamycin", behaviour, 1.0), told)
    assert not designs.is_done(_design("arketamine", "rapamycin", behaviour, 24.0), told)
    assert not designs.is_done(_design("ketamine", "naltrexone", behaviour, 24.0), told)
    assert not designs.is_done(_design("", "rapamycin", behaviour, 24.0), told)


def test_words_and_groups() -> None:
    design = _design("ketamine", "rapamycin", "spine density", 72.0)
    assert str(design) == "mouse: rapamycin + ketamine 10 mg/kg, spine density at 3 d"
    assert design.left
    assert design.groups == 4
    alone = _design("", "rapamycin", "spine density", 24.0)
    assert not alone.left
    assert alone.groups == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (Vocabulary(preparations=("mous",)), "no preparation 'mous'; nearest: mouse"),
        (Vocabulary(drugs=("ketamin",)), "no drug 'ketamin'; nearest: ketamine"),
        (Vocabulary(readouts=("spine densty",)), "no readout 'spine densty'; nearest: spine"),
        (Vocabulary(perturbations=("rapamicin",)), "'rapamicin'; nearest: rapamycin"),
        (Vocabulary(preparations=()), "no preparations or no readouts"),
    ],
)
def test_unknown_words_are_told(words: Vocabulary, said: str) -> None:
    with pytest.raises(UserError) as error:
        checked_vocabulary(words)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_readout_may_be_told_by_another_of_its_names() -> None:
    found = checked_vocabulary(replace(Vocabulary(), readouts=("BDNF",), perturbations=("CNQX",)))
    assert found.readouts == ("BDNF protein",)
    assert found.perturbations == ("CNQX",)
