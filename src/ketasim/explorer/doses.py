"""What is given in an arm, for the engine and as marks on a time axis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ketasim.explorer.limits import check_regimen

if TYPE_CHECKING:
    from ketasim.dosing import Regimen
    from ketasim.dosing.protocol import Step
    from ketasim.explorer.question import Question, QuestionArm

# Devices and films this close together are one administration.
TOGETHER_H = 0.5
KEPT_ARMS = 64
MOST_MARKS = 300


@dataclass(frozen=True)
class Mark:
    """One administration, or a stretch of daily treatment, on the clock of the question [h]."""

    start_h: float
    end_h: float
    label: str


@dataclass(frozen=True, eq=False)
class Given:
    """Everything that an arm is given.

    Attributes
    ----------
    regimen : Regimen
    marks : tuple of Mark
        Ascending.
    """

    regimen: Regimen
    marks: tuple[Mark, ...]


def given(arm: QuestionArm) -> Given:
    """Return what an arm is given."""
    return _given(arm.steps, arm.open_label, arm.name)


@lru_cache(KEPT_ARMS)
def _given(steps: tuple[Step, ...], open_label: bool, name: str) -> Given:
    from ketasim.dosing.protocol import steps_regimen

    whole = steps_regimen(steps)
    check_regimen(whole, f"question: arm {name}")
    marks = sorted((m for step in steps for m in _marks(step)), key=lambda m: (m.start_h, m.end_h))
    return Given(whole.open_label() if open_label else whole, tuple(marks[:MOST_MARKS]))


def marks_of(question: Question) -> list[dict[str, Any]]:
    """Return the marks of every arm within the question's time, as plain data."""
    end_h = question.until_d * 24
    return [
        {"arm": arm.name, "start_h": m.start_h, "end_h": min(m.end_h, end_h), "label": m.label}
        for arm in question.arms
        for m in given(arm).marks
        if m.start_h < end_h
    ]


def spans_of(question: Question) -> list[tuple[float, float]]:
    """Return start and end of every administration of every arm [h]."""
    return [(m.start_h, m.end_h) for arm in question.arms for m in given(arm).marks]


def _marks(step: Step) -> list[Mark]:
    from ketasim.dosing.protocol import step_regimen

    regimen, label = step_regimen(step), _label(step)
    if not regimen.doses:
        return [Mark(hold.start_h, hold.end_h, label) for hold in regimen.holds[:MOST_MARKS]]
    found: list[Mark] = []
    for dose in sorted(regimen.doses, key=lambda dose: dose.start_h):
        start_h, end_h = dose.start_h, dose.enters_h + dose.duration_h
        if found and start_h - found[-1].start_h < TOGETHER_H and step.route in _PIECES:
            found[-1] = Mark(found[-1].start_h, max(end_h, found[-1].end_h), label)
        else:
            found.append(Mark(start_h, end_h, label))
    return found


_PIECES = ("intranasal", "sublingual")


def _label(step: Step) -> str:
    amount = step.dose or step.rate or ""
    how = f" over {step.over}" if step.over else ""
    way = "" if step.route in ("infusion", "daily", "device") else f" {step.route}"
    return f"{amount} {step.drug}{way}{how}".strip()
