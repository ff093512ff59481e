"""Conditions: each has its evidence or a plain reason why not; the people it means can be drawn."""

from __future__ import annotations

import pytest

from ketasim.errors import UserError
from ketasim.model import assemble
from ketasim.population import names
from ketasim.trial.conditions import condition, conditions, why_no_scale
from ketasim.trial.patients import Entry, patients

ACCEPTED = [each for each in conditions() if not each.refused]
REFUSED = [each for each in conditions() if each.refused]


@pytest.mark.parametrize("each", ACCEPTED, ids=lambda each: each.name)
def test_an_accepted_condition_has_evidence_and_people(each):
    assert each.evidence
    assert each.population in names()
    for word in (each.name, each.name.upper(), *each.aliases):
        assert condition(word) == each


@pytest.mark.parametrize("each", REFUSED, ids=lambda each: each.name)
def test_a_refused_condition_says_why_in_one_line_with_the_nearest(each):
    assert not condition(each.nearest).refused
    with pytest.raises(UserError) as told:
        condition(each.name)
    assert each.note in str(told.value)
    assert f"nearest accepted: {each.nearest}" in str(told.value)
    assert "\n" not in str(told.value)


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(UserError, match=r"'bipollar'.*bipolar"):
        condition("bipollar")


def test_what_sets_people_apart_is_drawn():
    model = assemble(["pk", "mood"])
    old = patients(condition("elderly").entry(), model, 20, seed=1)
    assert old.values["age"].min() >= 65
    mothers = patients(condition("postpartum").entry(), model, 20, seed=1)
    assert set(mothers.values["sex"]) == {1.0}
    assert mothers.values["age"].max() <= 45


def test_what_the_trial_says_wins():
    own = Entry(baseline=(31, 5), overrides={"age": (70.0, 75.0)})
    entry = condition("elderly").entry(own)
    assert entry.overrides["age"] == (70.0, 75.0)
    assert entry.baseline == (31, 5)


def test_ptsd_gives_depression_scores_only():
    assert condition("PTSD").has_mood
    assert "intrusions" in condition("PTSD").warning
    assert "PTSD" in why_no_scale("CAPS-5")
    assert why_no_scale("ybocs").startswith("ybocs is a scale of OCD")
    assert why_no_scale("MADRS") == ""


def test_recreational_users_are_not_depressed():
    assert not condition("recreational").has_mood
    assert condition("drug users").entry().population == "healthy"
