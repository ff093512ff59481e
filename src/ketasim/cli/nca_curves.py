"""From a data file to one curve per person and analyte, each counted from its dose."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from ketasim.dosing import DataFile, Dose
from ketasim.dosing.data_units import analyte
from ketasim.dosing.drugs import ROUTES
from ketasim.errors import UserError, nearest

# Devices of one nasal dose are minutes apart: doses within half an hour are one occasion.
OCCASION_H = 0.5
# Outputs of what is given, with the enantiomers they hold; others are metabolites, or elsewhere.
_GIVEN = {"Cket": "SR", "Cket_art": "SR", "vS": "S", "cS": "S", "vR": "R", "cR": "R"}


@dataclass(frozen=True, eq=False)
class Curve:
    """Samples of one analyte in one person after one occasion.

    Attributes
    ----------
    name : str
        Identifier of the person.
    episode : int
        1, or more after resets.
    output : str
    time_h : ndarray, shape (samples,)
        Since the dose began [h].
    value : ndarray, shape (samples,)
        [ng/mL]; NaN where below the limit after the first measured sample.
    dose_mg : float
        Of what the analyte is, NaN for metabolites and after several doses [mg].
    duration_h : float
        Length of the infusion [h].
    note : str
        What to know of it; empty where there is nothing.
    """

    name: str
    episode: int
    output: str
    time_h: np.ndarray
    value: np.ndarray
    dose_mg: float
    duration_h: float
    note: str


def chosen_outputs(data: DataFile, words: Collection[str]) -> tuple[str, ...]:
    """Return the outputs of a file that ``words`` name, or all its concentrations.

    Raises
    ------
    UserError
        A word that names none, or something that is no concentration.
    """
    found = [name for name in data.units if _is_concentration(name)]
    if not words:
        if not found:
            raise UserError(f"{data.path}: no concentrations in it")
        return tuple(found)
    chosen = []
    for word in words:
        one = analyte(word, data.units)
        name = word if isinstance(one, str) else one.output
        if name not in found:
            raise UserError(f"--analyte: {word!r} is not in {data.path}{nearest(name, found)}")
        chosen.append(name)
    return tuple(dict.fromkeys(chosen))


def curves(data: DataFile, outputs: Collection[str]) -> Iterator[Curve]:
    """Yield the curves of a file, by person, episode and output."""
    seen = data.observations
    order = np.argsort(seen.episode, kind="stable")
    ends = np.searchsorted(seen.episode[order], np.arange(data.n_episodes + 1))
    number, before = 0, -1
    for episode, who in enumerate(data.episode_individual.tolist()):
        number = number + 1 if who == before else 1
        before = who
        mine = order[ends[episode] : ends[episode + 1]]
        weight = float(data.covariates["WT"][who]) if "WT" in data.covariates else math.nan
        for name in outputs:
            points = mine[(seen.output[mine] == name) & ~seen.missing[mine]]
            if points.size:
                doses = data.regimens[episode].doses
                yield _curve(data, points, doses, (data.ids[who], number, name), weight)


def _curve(
    data: DataFile,
    points: np.ndarray,
    doses: tuple[Dose, ...],
    who: tuple[str, int, str],
    weight_kg: float,
) -> Curve:
    """Return the curve after the last occasion that a sample follows."""
    seen = data.observations
    time_h, value = seen.time_h[points], _in_ng_per_ml(data, points, who[2])
    starts = sorted(dose.enters_h for dose in doses if dose.enters_h <= time_h[-1])
    if not starts:
        return Curve(*who, time_h, value, math.nan, 0.0, "no dose before the samples")
    last = [start for start in starts if start >= starts[-1] - OCCASION_H]
    several = last[0] > starts[0]
    zero = last[0]
    given = [dose for dose in doses if zero <= dose.enters_h <= starts[-1]]
    after = time_h >= zero
    time_h, value = time_h[after] - zero, value[after]
    latest = np.append(np.diff(time_h) > 0, True)  # of two at one time, the one after the dose
    time_h, value = time_h[latest], value[latest]
    duration_h = max(dose.duration_h if ROUTES[dose.route].pumped else 0.0 for dose in given)
    if several:
        note = "several doses: after the last one"
        return Curve(*who, time_h, value, math.nan, duration_h, note)
    at_once = all(dose.route == "iv" and dose.duration_h == 0 for dose in given)
    time_h, value, note = _from_zero(time_h, value, at_once)
    dose_mg = sum(_amount(dose, who[2], weight_kg) for dose in given)
    return Curve(*who, time_h, value, dose_mg, duration_h, note)


def _in_ng_per_ml(data: DataFile, points: np.ndarray, output: str) -> np.ndarray:
    """Return values [ng/mL]: 0 below the limit before the first measured one, then NaN."""
    seen = data.observations
    one = analyte(output, data.units)
    factor = 1.0 if isinstance(one, str) else 1.0 / float(one.factor("ng/mL"))
    value, below = seen.value[points] * factor, seen.below_limit[points]
    measured = np.flatnonzero(~below)
    first = measured[0] if measured.size else len(points)
    return np.where(below, np.where(np.arange(len(points)) < first, 0.0, math.nan), value)


def _from_zero(
    time_h: np.ndarray, value: np.ndarray, at_once: bool
) -> tuple[np.ndarray, np.ndarray, str]:
    """Return a curve that begins at the dose: at 0, or drawn back from the first two samples."""
    note = ""
    if at_once and len(time_h) and (time_h[0] > 0 or value[0] == 0):
        late = time_h > 0
        time_h, value = time_h[late], value[late]
        start = float(value[0]) if value.size else math.nan
        if value.size > 1 and value[0] > value[1] > 0:
            slope = math.log(value[0] / value[1]) / (time_h[1] - time_h[0])
            start *= math.exp(slope * time_h[0])
        note = "start drawn back from the first two samples"
        return np.append(0.0, time_h), np.append(start, value), note
    if not len(time_h) or time_h[0] > 0:
        return np.append(0.0, time_h), np.append(0.0, value), note
    return time_h, value, note


def _amount(dose: Dose, output: str, weight_kg: float) -> float:
    """Return the mg of a dose that its analyte counts, NaN where it is another substance."""
    if dose.drug is None or output not in _GIVEN:
        return math.nan
    share = math.fsum(part for form, part in dose.drug.shares if form in _GIVEN[output])
    per_kg = dose.amount.mg_per_kg * weight_kg if dose.amount.mg_per_kg else 0.0
    return (dose.amount.mg + per_kg) * share


def _is_concentration(name: str) -> bool:
    one = analyte(name, {})
    return not isinstance(one, str) and one.is_concentration
