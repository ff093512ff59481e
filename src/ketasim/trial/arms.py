"""What the patients of an arm get: its steps, what everybody gets besides, blinding, and care."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ketasim.dosing import Hold, Regimen
from ketasim.dosing.protocol import steps_regimen
from ketasim.dosing.quantities import hours

if TYPE_CHECKING:
    from ketasim.trial.trial_file import Trial

CARE = "u_care"


@dataclass(frozen=True)
class Setting:
    """What comes on top of an arm's own steps.

    Attributes
    ----------
    concomitant : Regimen
        Given to every arm, on the trial's clock.
    open_label : bool
        Whether patients know what they get.
    care_from_h, care_to_h : float
        When visits and attention begin and end [h].
    """

    concomitant: Regimen
    open_label: bool
    care_from_h: float
    care_to_h: float

    def dress(self, own: Regimen) -> Regimen:
        """Return a regimen with blinding, concomitant treatment and care; words unchanged."""
        told = own.open_label() if self.open_label else own
        care = Hold(CARE, 1.0, self.care_from_h, self.care_to_h - self.care_from_h)
        return replace(
            told,
            doses=told.doses + self.concomitant.doses,
            holds=(*told.holds, *self.concomitant.holds, care),
            text=own.text,
        )


def own_regimens(trial: Trial) -> tuple[Regimen, ...]:
    """Return what the steps of each arm give, as they stand in the file."""
    return tuple(steps_regimen(arm.regimen) for arm in trial.arms)


def setting(trial: Trial, end_h: float) -> Setting:
    """Return what every arm of a trial has besides its own steps; ``end_h`` is the last visit.

    Care begins with the earliest step of any arm, so that everybody's clock starts alike.
    """
    own = [*own_regimens(trial), steps_regimen(trial.design.concomitant)]
    if trial.lead_in is not None:
        own = [steps_regimen(trial.lead_in.regimen), own[-1]]
    return Setting(
        concomitant=steps_regimen(trial.design.concomitant),
        open_label=trial.design.blinding == "open",
        care_from_h=-max(regimen.lead_h for regimen in own),
        care_to_h=end_h,
    )


def lead_in_regimen(trial: Trial) -> Regimen:
    """Return the open-label treatment before a randomised withdrawal, ended at its end."""
    assert trial.lead_in is not None
    course = steps_regimen(trial.lead_in.regimen)
    return replace(course.until(trial.lead_in.until), text=course.text).open_label()


def after_lead_in(lead_in: Regimen, own: Regimen, until: str) -> Regimen:
    """Return the lead-in followed by an arm's steps, which count from its end."""
    return replace(lead_in + own.delay(until), text=own.text)


def in_order(own: Sequence[Regimen], order: Sequence[int], period_h: float) -> Regimen:
    """Return the arms' regimens one after another, a period each."""
    moved = [own[arm].delay(f"{place * period_h!r} h") for place, arm in enumerate(order)]
    return sum(moved[1:], moved[0])


def period_h(trial: Trial) -> float:
    """Return how long a period of a crossover lasts, washout included [h]."""
    return trial.lasts_h + hours(trial.design.washout or "0 h")
