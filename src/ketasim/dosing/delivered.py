"""Delivered against prescribed: what reaches the model, beside what was written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.dosing.drugs import ways_in
from ketasim.dosing.engine_events import checked_weights
from ketasim.dosing.regimen import Regimen
from ketasim.engine.events import ADD_TO_STATE, SET_PARAMETER, Events


@dataclass(frozen=True)
class DoseReport:
    """Doses of each individual in mg of free base, enantiomers (and drugs) together.

    Attributes
    ----------
    prescribed_mg, delivered_mg : ndarray of float, shape (n,)
    """

    prescribed_mg: np.ndarray
    delivered_mg: np.ndarray

    @property
    def largest_gap_mg(self) -> float:
        """Largest difference of any individual [mg]."""
        return float(np.max(np.abs(self.delivered_mg - self.prescribed_mg), initial=0.0))

    def __str__(self) -> str:
        if not len(self.prescribed_mg):
            return "no individuals"
        prescribed, delivered = np.mean(self.prescribed_mg), np.mean(self.delivered_mg)
        return (
            f"prescribed {prescribed:.6g} mg, delivered {delivered:.6g} mg "
            f"(mean of {len(self.prescribed_mg)}; largest gap {self.largest_gap_mg:.2g} mg)"
        )


def dose_report(
    regimen: Regimen,
    weight_kg: Iterable[float],
    events: Events,
    end_h: float = math.inf,
    mechanisms: Sequence[str] = (),
) -> DoseReport:
    """Compare what ``regimen`` prescribes with what ``events`` deliver.

    Parameters
    ----------
    regimen : Regimen
    weight_kg : array_like of float, shape (n,)
    events : Events
        From `engine_events`, on the engine's clock.
    end_h : float
        End of the simulation on the engine's clock [h]; what comes later is not delivered.
    mechanisms : sequence of str
        Those that `engine_events` was told.
    """
    prescribed = prescribed_mg(regimen, weight_kg, mechanisms)
    return DoseReport(prescribed, delivered_mg(events, end_h))


def prescribed_mg(
    regimen: Regimen, weight_kg: Iterable[float], mechanisms: Sequence[str] = ()
) -> np.ndarray:
    """Return the prescribed dose of drugs with kinetics [mg of base], shape (n,)."""
    given = [d.amount for d in regimen.doses if d.drug is not None and d.drug.enters(mechanisms)]
    weights = checked_weights(weight_kg)
    return math.fsum(a.mg for a in given) + math.fsum(a.mg_per_kg for a in given) * weights


def delivered_mg(events: Events, end_h: float = math.inf) -> np.ndarray:
    """Return what events put into the body until ``end_h`` [mg of base], shape (n,).

    Rates are integrated and amounts added up, from the rows the engine sees. What is put in the
    nose, the mouth, muscle or the gut counts in full: what is lost on the way was delivered.
    """
    total_mg = np.zeros(events.n_individuals)
    person = np.repeat(np.arange(events.n_individuals), np.diff(events.offsets))
    mg_per_nmol = ways_in()
    for index, name in enumerate(events.targets):
        if name not in mg_per_nmol:
            continue
        chosen = (events.target == index) & (events.time < end_h)
        who, when, value = person[chosen], events.time[chosen], events.value[chosen]
        last = np.append(who[1:] != who[:-1], True)
        until = np.where(last, end_h, np.append(when[1:], end_h))
        on = (value != 0) & (events.kind[chosen] == SET_PARAMETER)
        given = np.where(events.kind[chosen] == ADD_TO_STATE, value, 0.0)
        given += value * np.where(on, until - when, 0.0)
        total_mg += mg_per_nmol[name] * np.bincount(
            who, weights=given, minlength=events.n_individuals
        )
    return total_mg
