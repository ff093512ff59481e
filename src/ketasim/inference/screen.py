"""Screening: candidates side by side, in speed, duration and what they cost while they act.

Every molecule is given to the same virtual patients under the same draws of what is not known of
the model; what differs is the molecule, and what is not known of its own numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.dosing import Regimen
from ketasim.errors import UserError
from ketasim.evidence.people import uncertain
from ketasim.inference.pareto import dominated, fronts
from ketasim.inference.screen_file import Candidate
from ketasim.inference.screen_measures import AIMS, EFFECTIVE, MEASURES, measure
from ketasim.inference.screen_values import (
    Values,
    regimen_of,
    saline,
    screening_model,
    values_of,
)
from ketasim.model import Model
from ketasim.population import Population, draw
from ketasim.simulation import simulate

POPULATION = "trd"
PEOPLE = 32
OUTPUTS = ("MADRS", "CADSS", "dSBP", "occ_kappa")
RTOL = 1e-4
RESOLUTION = 0.1  # points; smaller differences do not decide a front
TIMES_H = np.array(
    [0, 0.083, 0.167, 0.25, 0.333, 0.5, 0.667, 0.75, 0.833, 1, 1.167, 1.333, 1.5, 1.75, 2, 2.5, 3,
     3.5, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 36, 40, 44, 48, 54, 60, 66, 72, 84,
     *range(96, 673, 24)],
    dtype=float,
)  # fmt: skip

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Screened:
    """What came out for one molecule.

    Attributes
    ----------
    candidate : Candidate
    measures : ndarray, shape (1 + n, len(MEASURES))
        Row 0 with every number as told, then a row per draw; NaN where there is none.
    advantage : ndarray, shape (1 + n, len(TIMES_H))
        MADRS on saline less MADRS on the molecule, mean over patients [points].
    cadss : ndarray, shape (1 + n, len(TIMES_H))
        Mean over patients [points].
    front : int
        Pareto front on the numbers as told, 1 the best; 0 for no effect to speak of.
    on_front : float
        Share of the draws in which nobody beats it.
    effective : float
        Share of the draws in which it reaches `EFFECTIVE` points over saline.
    lost : int
        Simulated patients that the engine gave up; they are left out.
    """

    candidate: Candidate
    measures: np.ndarray
    advantage: np.ndarray
    cadss: np.ndarray
    front: int
    on_front: float
    effective: float
    lost: int

    def told(self, name: str) -> float:
        """Return a measure with every number as told."""
        return float(self.measures[0, MEASURES.index(name)])

    def interval(self, name: str, inside: float = 0.9) -> tuple[float, float]:
        """Return the middle ``inside`` of a measure over the draws; NaN where most have none."""
        values = self.measures[1:, MEASURES.index(name)]
        known = values[~np.isnan(values)]
        if 2 * known.size < values.size or not known.size:
            return float("nan"), float("nan")
        tail = 50 * (1 - inside)
        low, high = np.percentile(known, [tail, 100 - tail], method="nearest")
        return float(low), float(high)


def screen(
    candidates: Sequence[Candidate],
    *,
    n: int = 200,
    seed: int = 1,
    people: int = PEOPLE,
    threads: int | None = None,
    progress: Progress | None = None,
) -> tuple[Screened, ...]:
    """Simulate candidates and rank them.

    Parameters
    ----------
    candidates : sequence of Candidate
        From `read_candidates`.
    n : int
        Draws of what is not known, at least 10.
    seed : int
        Of patients and draws.
    people : int
        Virtual patients of `POPULATION` in each draw, the same for all.
    threads : int, optional
    progress : callable, optional
        Called with each molecule's name before it is simulated.

    Returns
    -------
    tuple of Screened
        Best first: by front, then by how often on the first one.

    Raises
    ------
    UserError
        No candidates, or too few draws.
    """
    if not candidates:
        raise UserError("screen: no candidates")
    if n < 10:
        raise UserError(f"n: {n} is too few draws for an interval; at least 10")
    model = screening_model()
    drawn = uncertain(model, n, seed)
    patients = _patients(model, people, seed)
    tell = progress or (lambda _: None)
    tell("saline")
    reference = _courses(model, saline(), drawn, {}, patients, threads)
    found = []
    for one in candidates:
        tell(one.name)
        own = values_of(one, model, drawn, seed)
        found.append((one, _courses(model, regimen_of(one), drawn, own, patients, threads)))
    return _ranked(found, reference)


def _patients(model: Model, people: int, seed: int) -> Values:
    """Return the parameters in which patients differ, arrays of shape (people,)."""
    names, drawn = draw(
        Population(POPULATION, n=people, seed=seed, sampling="sobol"), model.parameters
    )
    return {name: drawn[:, column].copy() for column, name in enumerate(names)}


def _courses(
    model: Model,
    regimen: Regimen,
    drawn: Values,
    own: Values,
    patients: Values,
    threads: int | None,
) -> np.ndarray:
    """Return everybody's course in every draw, shape (1 + n, people, times, outputs)."""
    size, people = len(next(iter(drawn.values()))), len(next(iter(patients.values())))
    values = joined(model, {**drawn, **own}, patients)
    result = simulate(
        model,
        regimen,
        Population("typical", n=size * people, seed=0),
        TIMES_H,
        OUTPUTS,
        values=values,
        rtol=RTOL,
        threads=threads,
    )
    return result.values.reshape(size, people, len(TIMES_H), len(OUTPUTS))


def joined(model: Model, drawn: Values, patients: Values) -> Values:
    """Give every patient of every draw the value of that patient, shifted as the draw shifts it.

    Returns
    -------
    dict of str to ndarray, shape (draws * people,)
        Draws one after the other, patients within.
    """
    tabled = {row.symbol: row for row in model.parameters}
    values: Values = {}
    size, people = len(next(iter(drawn.values()))), len(next(iter(patients.values())))
    for symbol in {**drawn, **patients}:
        mine = np.tile(patients.get(symbol, np.ones(people)), size)
        shift = drawn.get(symbol, np.ones(size))
        if symbol in patients and symbol in drawn:
            shift = shift / tabled[symbol].value
        values[symbol] = np.repeat(shift, people) * mine
        if tabled[symbol].unit == "fraction":
            values[symbol] = np.minimum(values[symbol], 1.0)
    return values


def _ranked(
    found: Sequence[tuple[Candidate, np.ndarray]], reference: np.ndarray
) -> tuple[Screened, ...]:
    """Measure everybody against saline and put the best first."""
    rows = []
    for one, courses in found:
        difference = reference[..., 0] - courses[..., 0]
        with np.errstate(invalid="ignore"):
            advantage = _mean(difference)
            cadss, pressure, kappa = (_mean(courses[..., k]) for k in (1, 2, 3))
        lost = int(np.isnan(difference).any(axis=2).sum())
        values = measure(TIMES_H, advantage, cadss, pressure, kappa)
        rows.append((one, values, advantage, cadss, lost))
    scores = np.array([_scores(values) for _, values, *_ in rows])  # molecules, draws, aims
    level = fronts(scores[:, 0], RESOLUTION)
    best = np.array(
        [~dominated(scores[:, k], RESOLUTION) for k in range(scores.shape[1])]
    )  # draws, molecules
    valid = np.all(np.isfinite(scores), axis=2)
    screened = [
        Screened(
            candidate=one,
            measures=values,
            advantage=advantage,
            cadss=cadss,
            front=int(level[k]),
            on_front=float(np.mean(best[1:, k] & valid[k, 1:])),
            effective=float(np.mean(valid[k, 1:])),
            lost=lost,
        )
        for k, (one, values, advantage, cadss, lost) in enumerate(rows)
    ]
    return tuple(sorted(screened, key=_order))


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean over patients, those the engine gave up left out."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a draw in which nobody is left is NaN
        return np.nanmean(values, axis=1)


def _scores(values: np.ndarray) -> np.ndarray:
    """Return the aims, more is better; NaN where there is no effect to speak of."""
    best = values[:, MEASURES.index("best_points")]
    aims = np.stack([sign * values[:, MEASURES.index(name)] for name, sign in AIMS], axis=1)
    return np.where(best[:, None] >= EFFECTIVE, aims, np.nan)


def _order(one: Screened) -> tuple[float, float, float]:
    level = one.front or np.inf
    return level, -one.on_front, -one.told("best_points")
