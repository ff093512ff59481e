"""Global sensitivity: Sobol indices over everything that is not known, vectorised.

A few points over all factors screen for those that matter; these are told apart with many points,
and everything else moves on together as one factor, so that what was left aside is measured and
not guessed. The same two samples serve the mechanisms, each with all its parameters as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.errors import UserError
from ketasim.inference.sensitivity_factors import (
    Factor,
    NotVaried,
    Varied,
    mechanism_factors,
    single_factors,
    values_at,
    varied_parameters,
    with_rest,
)
from ketasim.inference.sensitivity_measures import Quantity
from ketasim.inference.sensitivity_runs import Experiment
from ketasim.inference.sensitivity_sobol import Indices, indices, sample, swapped

N = 1024
KEPT = 30
SCREENING_N = 64
LEAST_N = 16
MOST_N = 2**16
WIDE = 0.1
"""Width of a total index's 95 % interval from which the analysis is called not converged."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class GlobalSensitivity:
    """Shares of the variance of the answers.

    Attributes
    ----------
    quantities : tuple of Quantity
    reference : ndarray, shape (q,)
        With every parameter as tabled.
    median, low, high, sd : ndarray, shape (q,)
        Of the answers when everything moves: median, middle 90 %, standard deviation.
    factors : tuple of Factor
        Those told apart, by total index over all quantities, and ``all others`` last.
    indices : Indices
        Shape (factors, q).
    mechanisms : tuple of Factor
    by_mechanism : Indices
    parameters : tuple of Varied
        All that move.
    screened : tuple of Factor
        Every factor screened, and its total index in the screening, (factors, q).
    screening : ndarray
    n, seed, people : int
        Points of each sample; over how many people each answer is averaged.
    runs, lost : int
        Sets of parameters simulated, and those that could not be.
    not_varied : tuple of NotVaried
    """

    quantities: tuple[Quantity, ...]
    reference: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sd: np.ndarray
    factors: tuple[Factor, ...]
    indices: Indices
    mechanisms: tuple[Factor, ...]
    by_mechanism: Indices
    parameters: tuple[Varied, ...]
    screened: tuple[Factor, ...]
    screening: np.ndarray
    n: int
    seed: int
    people: int
    runs: int
    lost: int
    not_varied: tuple[NotVaried, ...]

    def ranking(self, quantity: int, mechanisms: bool = False) -> np.ndarray:
        """Return factors by total index of a quantity, greatest first, ``all others`` last."""
        named = self.mechanisms if mechanisms else self.factors
        total = (self.by_mechanism if mechanisms else self.indices).total[:, quantity]
        rest = np.array([each.kind == "all others" for each in named])
        return np.lexsort((-np.nan_to_num(total), rest))

    @property
    def width(self) -> np.ndarray:
        """Widest 95 % interval of a total index in each quantity, shape (q,)."""
        both = (self.indices, self.by_mechanism)
        return np.max([np.max(i.total_high - i.total_low, axis=0) for i in both], axis=0)


def check_n(n: int, kept: int) -> None:
    """Refuse numbers of points that are no power of 2, and too few factors."""
    if n < LEAST_N or n > MOST_N or n & (n - 1):
        bounded = min(max(n, LEAST_N), MOST_N)
        close = 2 ** round(np.log2(bounded))
        raise UserError(
            f"n: {n} is not a power of 2 from {LEAST_N} to {MOST_N:,}; nearest: {close}"
        )
    if kept < 1:
        raise UserError(f"kept: {kept} is too few; at least 1")


def global_of(
    experiment: Experiment,
    fixed: Sequence[str] = (),
    *,
    n: int = N,
    seed: int = 1,
    kept: int = KEPT,
    progress: Progress | None = None,
) -> GlobalSensitivity:
    """Return the Sobol indices of an experiment (see `ketasim.inference.global_sensitivity`)."""
    check_n(n, kept)
    parameters, stay = _uncertain(experiment, fixed)
    runs = _Runs(experiment, parameters, progress)
    factors, groups = single_factors(parameters), mechanism_factors(parameters)
    runs.total = _cost(len(factors), len(groups), n, kept)
    screening = _screening(runs, factors, min(n, SCREENING_N), seed)
    chosen = _chosen(screening, factors, kept)
    told = with_rest(factors, chosen, len(parameters))
    # The sequence is best in its first dimensions: what matters most stands there.
    runs.order, place = _order(screening, factors)
    drawn = sample(runs, len(parameters), n, seed, stream=1)
    everything = [[place[k] for k in each.columns] for each in (*told, *groups)]
    f_ab = swapped(runs, drawn, everything)
    found = [indices(drawn, part, seed) for part in (f_ab[: len(told)], f_ab[len(told) :])]
    both = np.concatenate([drawn.f_a, drawn.f_b])
    low, median, high, sd = _spread(both)
    return GlobalSensitivity(
        quantities=experiment.quantities,
        reference=runs.reference(),
        median=median,
        low=low,
        high=high,
        sd=sd,
        factors=told,
        indices=found[0],
        mechanisms=groups,
        by_mechanism=found[1],
        parameters=parameters,
        screened=factors,
        screening=screening,
        n=n,
        seed=seed,
        people=experiment.population.n,
        runs=runs.done,
        lost=runs.lost,
        not_varied=stay,
    )  # fmt: skip


class _Runs:
    """The experiment as a function of scores, that counts what it did."""

    def __init__(
        self, experiment: Experiment, parameters: Sequence[Varied], progress: Progress | None
    ) -> None:
        self.experiment, self.parameters, self.progress = experiment, parameters, progress
        self.order = np.arange(len(parameters))
        self.done = self.lost = self.total = 0

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        values = values_at(self.parameters, scores[:, self.order])
        found = self.experiment.answers(self.parameters, values, self._advance)
        self.lost += int(np.isnan(found).any(axis=1).sum())
        return found

    def reference(self) -> np.ndarray:
        """Return every quantity as tabled."""
        tabled = {each.symbol: np.array([each.value]) for each in self.parameters}
        return self.experiment.answers(self.parameters, tabled, self._advance)[0]

    def _advance(self, sets: int) -> None:
        self.done += sets
        if self.progress:
            self.progress(self.done, max(self.total, self.done))


def _cost(factors: int, groups: int, n: int, kept: int) -> int:
    """Return the sets of parameters to simulate."""
    told = factors if kept >= factors else kept + 1
    return min(n, SCREENING_N) * (factors + 2) + n * (told + groups + 2) + 1


def _screening(runs: _Runs, factors: Sequence[Factor], points: int, seed: int) -> np.ndarray:
    """Return rough total indices from a few points, shape (factors, q)."""
    drawn = sample(runs, len(runs.parameters), points, seed, stream=0)
    f_ab = swapped(runs, drawn, [each.columns for each in factors])
    return np.nan_to_num(indices(drawn, f_ab, seed, resamples=0).total)


def _chosen(screening: np.ndarray, factors: Sequence[Factor], kept: int) -> list[int]:
    """Return the factors with the greatest total index in any quantity, greatest first."""
    order = np.argsort(-screening.max(axis=1), kind="stable")
    return [int(k) for k in order[: min(kept, len(factors))]]


def _order(screening: np.ndarray, factors: Sequence[Factor]) -> tuple[np.ndarray, dict[int, int]]:
    """Return where in the sequence each parameter stands, those that matter most first."""
    order = np.argsort(-screening.max(axis=1), kind="stable")
    columns = [column for k in order for column in factors[k].columns]
    place = {column: k for k, column in enumerate(columns)}
    return np.array([place[k] for k in range(len(columns))]), place


def _spread(answers: np.ndarray) -> np.ndarray:
    """Return ends and median of the middle 90 % and the SD of each quantity, shape (4, q)."""
    columns = [column[np.isfinite(column)] for column in answers.T]
    nothing = np.full(4, np.nan)
    return np.array(
        [[*np.percentile(c, [5, 50, 95]), np.std(c)] if len(c) else nothing for c in columns]
    ).T


def _uncertain(
    experiment: Experiment, fixed: Sequence[str]
) -> tuple[tuple[Varied, ...], tuple[NotVaried, ...]]:
    """Return the parameters with an uncertainty, and those that stay."""
    every, stay = varied_parameters(experiment.model, {*fixed, *experiment.fixed})
    parameters = tuple(each for each in every if each.error > 0)
    if not parameters:
        raise UserError("sensitivity: no parameter of this model has an uncertainty")
    untold = [p for p in every if not p.error]
    return parameters, (
        *stay,
        *(NotVaried(p.symbol, p.mechanism, "no uncertainty told") for p in untold),
    )
