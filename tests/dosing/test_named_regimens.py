"""Regimens by name give what their sources say, or say why they cannot."""

from __future__ import annotations

import re

import pytest

from ketasim.dosing.named_regimens import (
    find_regimen,
    named_regimen,
    named_regimens,
    named_steps,
)
from ketasim.dosing.regimen import SESSION_H
from ketasim.errors import UserError

EVERY = named_regimens()
IDS = [entry.name for entry in EVERY]
PUBLISHED = 48  # rows of the list of published schedules; one joins the phases of a label


def starts(name: str) -> list[float]:
    """Return the days on which sessions begin, doses within two hours being one session."""
    days: list[float] = []
    for dose in sorted(named_regimen(name).doses, key=lambda dose: dose.start_h):
        if not days or dose.start_h - days[-1] * 24 >= SESSION_H:
            days.append(dose.start_h / 24)
    return days


def test_every_published_schedule_is_there():
    assert len(EVERY) == PUBLISHED + 1
    names = [name.lower() for one in EVERY for name in (one.name, *one.aliases)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("entry", EVERY, ids=IDS)
def test_it_runs_or_says_why_not(entry):
    assert entry.source
    assert entry.verified in ("page", "recall")
    assert bool(entry.refused) != bool(entry.lines)
    if entry.refused:
        with pytest.raises(UserError, match=re.escape(entry.refused)):
            named_regimen(entry.name)
        return
    choices = ["0.5 mg/kg"] if entry.asks else list(entry.choices)
    for choice in choices:
        assert named_regimen(f"{entry.name}, {choice}").doses
    used = any("{choice}" in str(value) for line in entry.lines for value in line.values())
    assert used == bool(choices)
    if not entry.asks:
        usual = named_regimen(f"{entry.name}, {choices[0]}") if choices else None
        assert usual is None or named_regimen(entry.name) == usual
    if entry.choices or entry.asks or entry.policy:
        assert entry.assumed, "what was chosen is said"


@pytest.mark.parametrize("entry", EVERY, ids=IDS)
def test_its_aliases_mean_it(entry):
    for alias in entry.aliases:
        assert find_regimen(alias.upper()) is entry


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("six infusions", [0, 2, 4, 7, 9, 11]),
        ("ELEKT-D", [0, 3, 7, 10, 14, 17]),
        ("SPRAVATO TRD induction", [0, 3, 7, 10, 14, 17, 21, 24]),
        ("NCT04599855", [0, 3, 7, 10, 14, 17, 21, 24]),  # days 1, 4, 8, ... 25
        ("Phillips", [0, 2, 4, 7, 9, 11, 18, 25, 32, 39]),
        ("Clinic widening boosters, 0.5 mg/kg", [0, 3, 7, 10, 24, 45, 75, 105, 135, 165]),
        ("lanicemine", [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 28, 35, 42, 56, 70]),
        ("R-107 enrichment", [0, 1, 2, 3, 4]),
    ],
)
def test_days(name, days):
    assert starts(name) == days


def test_the_label_begins_with_56_mg():
    doses = named_regimen("SPRAVATO induction").doses
    first = sum(d.amount.mg for d in doses if d.start_h < 1)
    assert (first, sum(d.amount.mg for d in doses)) == (56, 56 + 7 * 84)
    lower = named_regimen("SPRAVATO induction, 56mg").doses
    assert sum(d.amount.mg for d in lower) == 8 * 56


def test_at_home_is_no_session():
    assert not any(dose.session for dose in named_regimen("R-107 maintenance").doses)


def test_infusions_in_pieces_add_up():
    doses = named_regimen("AUD single").doses
    assert [
        (d.amount.mg_per_kg, round(d.start_h * 60), round(d.duration_h * 60)) for d in doses
    ] == [
        (0.11, 0, 2),
        (0.6, 2, 50),
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("six infuzions", "unknown regimen 'six infuzions'; nearest: six infusions"),
        ("", "unknown regimen ''"),
        ("SPRAVATO, 70 mg", "'70 mg' is not a choice; nearest: 84 mg"),
        ("ELEKT-D, 1 mg/kg", "leaves nothing to choose"),
        ("Community IV induction", "its source tells no dose; say one after a comma, as in"),
        ("Community IV induction, 3", "dose: '3' has no unit"),
        ("Community IV induction, -3 mg", "dose: '-3 mg' is negative"),
        ("Maintenance range in cohorts", "cannot be run: a range over cohorts"),
    ],
)
def test_mistakes_are_one_line(name, told):
    with pytest.raises(UserError, match=re.escape(told)) as caught:
        named_steps(name)
    assert "\n" not in str(caught.value)
