"""Local sensitivity: a parameter at a time, a little for its elasticity, by its error for a swing.

A swing goes to both ends of the middle 90 % of what is not known of the parameter, all others held.
Values that were calibrated together err together, so their set has one swing: along the direction
in which it moves the answer most, as far as the middle 90 % of the set reaches. With C the
correlations and g the slopes per SD, that direction is C g / sqrt(g' C g).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ketasim.inference.sensitivity_factors import (
    Factor,
    NotVaried,
    Varied,
    correlated,
    single_factors,
    varied_parameters,
)
from ketasim.inference.sensitivity_measures import Quantity
from ketasim.inference.sensitivity_runs import Experiment

END_SCORE = 1.6448536269514722
"""Standard normal score of the ends of the middle 90 %."""
STEP = 0.01
"""Of the logarithm of a parameter, to each side, for its elasticity."""
RTOL = 1e-6
"""Relative error of the solver here: differences are small."""

Progress = Callable[[int, int], None]
"""Called with the sets of parameters done and in all."""


@dataclass(frozen=True)
class LocalSensitivity:
    """What each parameter moves, one at a time.

    Attributes
    ----------
    quantities : tuple of Quantity
    reference : ndarray, shape (q,)
        With every parameter as tabled, in the quantity's unit.
    parameters : tuple of Varied
    elasticity : ndarray, shape (parameters, q)
        Relative change of the quantity per relative change of the parameter; NaN where the
        quantity is 0.
    slope : ndarray, shape (parameters, q)
        Change of the quantity per e-fold of the parameter, in the quantity's unit.
    low_value, high_value : ndarray, shape (parameters,)
        Ends of the middle 90 % of the parameter's own uncertainty; NaN where none is told.
    low, high : ndarray, shape (parameters, q)
        The quantity there, all others held.
    factors : tuple of Factor
        Parameters with an uncertainty, those calibrated together as one.
    factor_low, factor_high : ndarray, shape (factors, q)
        The quantity at both ends of each; of a set, where it is expected least and most.
    not_varied : tuple of NotVaried
    people : int
        Over how many people each answer is averaged; 1: the typical person.
    runs, lost : int
        Sets of parameters simulated, and those that could not be.
    """

    quantities: tuple[Quantity, ...]
    reference: np.ndarray
    parameters: tuple[Varied, ...]
    elasticity: np.ndarray
    slope: np.ndarray
    low_value: np.ndarray
    high_value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    factors: tuple[Factor, ...]
    factor_low: np.ndarray
    factor_high: np.ndarray
    not_varied: tuple[NotVaried, ...]
    people: int
    runs: int
    lost: int

    @property
    def swing(self) -> np.ndarray:
        """How far each factor moves the quantity, from end to end, shape (factors, q)."""
        tabled = np.broadcast_to(self.reference, self.factor_low.shape)
        ends = np.stack([self.factor_low, self.factor_high, tabled])
        return ends.max(axis=0) - ends.min(axis=0)

    def ranking(self, quantity: int) -> np.ndarray:
        """Return factors by their swing in a quantity, greatest first; lost ones left out."""
        return _ordered(self.swing[:, quantity])

    def steepest(self, quantity: int) -> np.ndarray:
        """Return parameters by the size of their elasticity in a quantity, greatest first."""
        return _ordered(np.abs(self.elasticity[:, quantity]))


def local_of(
    experiment: Experiment, fixed: Sequence[str] = (), progress: Progress | None = None
) -> LocalSensitivity:
    """Return the local sensitivity of an experiment (see `ketasim.inference.local_sensitivity`)."""
    exact = replace(experiment, rtol=min(experiment.rtol, RTOL))
    parameters, stay = varied_parameters(exact.model, {*fixed, *exact.fixed})
    errors = np.array([each.error for each in parameters])
    sets = correlated(parameters)
    count, total = len(parameters), 1 + 4 * len(parameters) + 2 * len(sets) * len(exact.quantities)
    at = _Moved(exact, parameters, total, progress)
    little, ends = np.eye(count) * STEP, np.diag(errors) * END_SCORE
    values, answers = at(np.concatenate([np.zeros((1, count)), -little, little, -ends, ends]))
    own = np.array([values[1 + b * count + np.arange(count), np.arange(count)] for b in range(4)])
    down, up, low, high = answers[1:].reshape(4, count, -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (up - down) / np.log(own[1] / own[0])[:, None]
        elasticity = np.where(answers[0] != 0, slope / answers[0], np.nan)
    blank = np.where(errors > 0, 0.0, np.nan)
    steep = [_steepest(each.columns, each.correlation, errors, slope) for each in sets]
    _, far = at(np.concatenate([np.empty((0, count)), *steep]))
    factors, lows, highs = _by_factor(parameters, low, high, far)
    every = np.concatenate([answers, far])
    return LocalSensitivity(
        quantities=exact.quantities,
        reference=answers[0],
        parameters=parameters,
        elasticity=elasticity,
        slope=slope,
        low_value=own[2] + blank,
        high_value=own[3] + blank,
        low=low + blank[:, None],
        high=high + blank[:, None],
        factors=factors,
        factor_low=lows,
        factor_high=highs,
        not_varied=stay,
        people=exact.population.n,
        runs=len(every),
        lost=int(np.isnan(every).any(axis=1).sum()),
    )


class _Moved:
    """The experiment as a function of how far, in logarithms, parameters are moved."""

    def __init__(
        self,
        experiment: Experiment,
        parameters: Sequence[Varied],
        total: int,
        progress: Progress | None,
    ) -> None:
        self.experiment, self.parameters, self.progress = experiment, parameters, progress
        self.done, self.total = 0, total

    def __call__(self, logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return values, shape (sets, parameters), and answers, shape (sets, q)."""
        factors = np.exp(logs)
        moved = [each.times(factors[:, k]) for k, each in enumerate(self.parameters)]
        values = {each.symbol: moved[k] for k, each in enumerate(self.parameters)}
        found = self.experiment.answers(self.parameters, values, self._advance)
        return np.stack(moved, axis=1), found

    def _advance(self, sets: int) -> None:
        self.done += sets
        if self.progress:
            self.progress(self.done, self.total)


def _steepest(
    columns: Sequence[int], correlation: np.ndarray, errors: np.ndarray, slope: np.ndarray
) -> np.ndarray:
    """Return where a set goes, down and up in each quantity, shape (2 q, parameters), as logs."""
    place = list(columns)
    gradient = np.nan_to_num(slope[place] * errors[place, None])  # per SD, (set, q)
    direction = correlation @ gradient
    length = np.sqrt(np.einsum("iq,iq->q", gradient, direction))
    score = END_SCORE * direction / np.where(length > 0, length, 1.0)
    logs = np.zeros((slope.shape[1], len(errors)))
    logs[:, place] = (score * errors[place, None]).T
    return np.concatenate([-logs, logs])


def _by_factor(
    parameters: Sequence[Varied], low: np.ndarray, high: np.ndarray, far: np.ndarray
) -> tuple[tuple[Factor, ...], np.ndarray, np.ndarray]:
    """Return factors, and each quantity at both ends of each."""
    quantities = low.shape[1]
    at_ends = far.reshape(-1, 2, quantities, quantities)
    own = np.arange(quantities)
    factors = tuple(
        each for each in single_factors(parameters) if parameters[each.columns[0]].error > 0
    )
    lows, highs = np.empty((2, len(factors), quantities))
    for k, each in enumerate(factors):
        if each.kind == "parameter":
            lows[k], highs[k] = low[each.columns[0]], high[each.columns[0]]
        else:  # sets stand first
            lows[k], highs[k] = at_ends[k][0][own, own], at_ends[k][1][own, own]
    return factors, lows, highs


def _ordered(size: np.ndarray) -> np.ndarray:
    order = np.argsort(-np.nan_to_num(size, nan=-1.0), kind="stable")
    return order[np.isfinite(size[order])]
