"""One person with doses, covariates and measured concentrations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest

if TYPE_CHECKING:
    from ketasim.dosing import Regimen

USED = "used"
BELOW = "used: below the limit"
NOT_MEASURED = "not measured"
BEFORE_DRUG = "no drug predicted"
NOT_POSITIVE = "DV not above 0"
NEGLIGIBLE = 1e-6
"""Predictions below this share of the largest are no drug: the engine's own error is near."""
TAKE_PART = (USED, BELOW)
GRID_PER_H = 2.0**30
"""Times lie on the grid of event times, so that a trough stays before its dose."""


@dataclass(frozen=True)
class Individual:
    """One person with doses and samples.

    Attributes
    ----------
    id : str
    regimens : tuple of Regimen
        Doses of each episode, one as a rule; each begins without any drug in the body.
    outputs : tuple of str
        What was measured in each sample: a name of ``model.outputs``.
    times_h : ndarray of float, shape (n_samples,)
        On the regimen's clock [h].
    values : ndarray of float, shape (n_samples,)
        In the output's own unit; NaN where there is no number.
    covariates : mapping of str to float
        Such as ``{"WT": 80}`` [kg]; what is missing is typical.
    limits : ndarray of float, shape (n_samples,)
        Of samples known only to lie below this limit, in the output's unit; NaN elsewhere.
    episodes : ndarray of int, shape (n_samples,)
        Index into ``regimens``.
    rows : tuple of int
        Line of each sample in its file, where it came from one.

    Raises
    ------
    UserError
        Columns of different length, a time that is no number, an episode that does not exist.
    """

    id: str
    regimens: tuple[Regimen, ...]
    outputs: tuple[str, ...] = ()
    times_h: np.ndarray = field(default_factory=lambda: np.zeros(0))
    values: np.ndarray = field(default_factory=lambda: np.zeros(0))
    covariates: Mapping[str, float] = field(default_factory=dict)
    limits: np.ndarray = field(default_factory=lambda: np.zeros(0))
    episodes: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    rows: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.outputs)
        given = {"times_h": self.times_h, "values": self.values, "limits": self.limits}
        for name, column in given.items():
            absent = name == "limits" and not len(column)
            one = np.full(n, np.nan) if absent else np.array(column, dtype=float)
            if one.shape != (n,):
                raise UserError(f"individual {self.id}: {one.size} {name} for {n} outputs")
            object.__setattr__(self, name, one)
        if not np.all(np.isfinite(self.times_h)):
            raise UserError(f"individual {self.id}: a sample's time is not a finite number")
        object.__setattr__(self, "times_h", np.round(self.times_h * GRID_PER_H) / GRID_PER_H)
        episodes = np.array(self.episodes, int) if len(self.episodes) else np.zeros(n, int)
        if episodes.shape != (n,) or np.any((episodes < 0) | (episodes >= len(self.regimens))):
            raise UserError(f"individual {self.id}: a sample's episode has no regimen")
        object.__setattr__(self, "episodes", episodes)

    @property
    def is_below(self) -> np.ndarray:
        """Whether a sample is known only to lie below its limit, shape (n_samples,)."""
        return np.isnan(self.values) & np.isfinite(self.limits)

    def in_episode(self, episode: int) -> np.ndarray:
        """Return the indices of the samples of an episode."""
        return np.flatnonzero(self.episodes == episode)


def check_individuals(
    individuals: Sequence[Individual],
    outputs: Collection[str],
    with_error: Collection[str],
    known: Collection[str],
) -> None:
    """Refuse people from whom nothing can be learned, each mistake in one line.

    Parameters
    ----------
    individuals : sequence of Individual
    outputs : collection of str
        Those of the model.
    with_error : collection of str
        Those with a residual error.
    known : collection of str
        What a covariate may be called.

    Raises
    ------
    UserError
        No people, an ID twice, an unknown output or one without residual error, an unknown
        covariate, a person without dose, no sample at all, or only missing ones.
    """
    seen: set[str] = set()
    for person in individuals:
        where = f"individual {person.id}"
        if person.id in seen:
            raise UserError(f"{where} stands twice")
        seen.add(person.id)
        for name in dict.fromkeys(person.outputs):
            _check_output(name, outputs, with_error, where)
        for name in person.covariates:
            if name not in known:
                raise UserError(f"{where}: unknown covariate '{name}'{nearest(name, known)}")
        doses = [dose for regimen in person.regimens for dose in regimen.doses]
        if not any(dose.drug is not None and not dose.amount.is_zero for dose in doses):
            raise UserError(f"{where} has no dose; each needs a row with EVID 1 and AMT above 0")
    if not any(len(person.values) for person in individuals):
        raise UserError("estimate: no observations; rows with EVID 0 and a DV are needed")
    if not any((np.isfinite(p.values) | p.is_below).any() for p in individuals):
        raise UserError("estimate: DV is missing in every row (empty, '.' or MDV 1)")


def _check_output(
    name: str, outputs: Collection[str], with_error: Collection[str], where: str
) -> None:
    if name not in outputs:
        raise UserError(f"{where}: unknown analyte '{name}'{nearest(name, outputs)}")
    if name not in with_error:
        raise UserError(
            f"{where}: analyte '{name}' has no residual error in the table; give --residual "
            f"{name}=0.2 (a proportional SD){nearest(name, with_error)}"
        )


def usable(person: Individual, prediction: np.ndarray, needs_positive: np.ndarray) -> list[str]:
    """Return for each sample whether it takes part, or why not.

    Parameters
    ----------
    person : Individual
    prediction : ndarray, shape (n_samples,)
        Of the typical person.
    needs_positive : ndarray of bool, shape (n_samples,)
        Whether the sample's residual error vanishes with the prediction.
    """
    reasons = []
    names, below = np.array(person.outputs, dtype=str), person.is_below
    for j, value in enumerate(person.values):
        largest = np.nanmax(np.where(names == names[j], np.abs(prediction), 0.0))
        absent = not prediction[j] > NEGLIGIBLE * largest
        if not (np.isfinite(value) or below[j]):
            reasons.append(NOT_MEASURED)
        elif needs_positive[j] and absent:
            reasons.append(BEFORE_DRUG)
        elif needs_positive[j] and (person.limits if below[j] else person.values)[j] <= 0:
            reasons.append(NOT_POSITIVE)
        else:
            reasons.append(BELOW if below[j] else USED)
    return reasons
