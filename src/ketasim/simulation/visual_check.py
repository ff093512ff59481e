"""Visual predictive check: would data like these come out of the model?

Everybody in a data file is simulated many times with their own doses, covariates and times, each
time with other values of what differs between people and with residual error. In bins of time,
percentiles of what was measured are set against the same percentiles of every replicate.

A sample below its limit counts as lower than all others, in the data and in every replicate alike;
a percentile that falls among such samples is only known to lie below the limit. The share of
samples below the limit is compared as well.

Sources: Bergstrand & Karlsson, AAPS J 11 (2009) 371 for samples below the limit; Bergstrand,
Hooker, Wallin & Karlsson, AAPS J 13 (2011) 143 for the correction by prediction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.population import Population, ResidualError, draw, residual_errors
from ketasim.population.residual_error import with_residual_error
from ketasim.simulation.data_file_run import simulate_data
from ketasim.simulation.time_bins import CLOCKS, Bins, binned, clock_h

if TYPE_CHECKING:
    from ketasim.dosing import DataFile
    from ketasim.model import Model

PERCENTILES = (5.0, 50.0, 95.0)
LEVEL = 0.90
LEAST_REPLICATES, MOST_REPLICATES = 20, 10_000
NUMBERS_AT_ONCE = 400_000
RTOL = 1e-4
_BELOW = -1e30  # stands for a sample that is only known to be below its limit
Residual = str | Mapping[str, ResidualError]


@dataclass(frozen=True, eq=False)
class VisualCheck:
    """Percentiles of a data file against those of its replicates.

    Attributes
    ----------
    output, unit : str
        What was measured.
    clock : str
        ``"first dose"`` or ``"last dose"``: since when time is counted.
    bins : Bins
        Of time, b of them.
    observed : ndarray, shape (3, b)
        Percentiles 5, 50 and 95 of the samples; minus infinity where below the limit.
    simulated : ndarray, shape (3, 3, b)
        Of each percentile: lower end, middle and upper end of its interval over replicates.
    below_observed : ndarray, shape (b,)
        Share of samples below the limit.
    below_simulated : ndarray, shape (3, b)
        Lower end, middle and upper end of that share over replicates.
    limit : ndarray, shape (b,)
        Highest limit of the samples of a bin, in ``unit``; NaN without one.
    time_h, value : ndarray, shape (samples,)
        The samples; NaN below the limit.
    level : float
        Of the intervals.
    subjects, samples, below : int
        People; samples that take part; those of them below the limit.
    left_out : mapping of str to int
        Why other time points take no part, and how many.
    replicates, lost : int
        Replicates that count, and those in which the engine gave somebody up.
    corrected : bool
        Whether values are corrected by prediction.
    population, residual : str
    """

    output: str
    unit: str
    clock: str
    bins: Bins
    observed: np.ndarray
    simulated: np.ndarray
    below_observed: np.ndarray
    below_simulated: np.ndarray
    limit: np.ndarray
    time_h: np.ndarray
    value: np.ndarray
    level: float
    subjects: int
    samples: int
    below: int
    left_out: Mapping[str, int]
    replicates: int
    lost: int
    corrected: bool
    population: str
    residual: str

    @property
    def inside(self) -> np.ndarray:
        """Whether each percentile lies in its interval, shape (3, b).

        One below the limit does where the interval reaches below it, too.
        """
        low, high = self.simulated[:, 0], self.simulated[:, 2]
        return (self.observed >= low) & (self.observed <= high)


def visual_check(
    model: Model,
    data: DataFile,
    *,
    output: str | None = None,
    population: str = "healthy",
    residual: Residual = "infusion",
    replicates: int = 200,
    seed: int = 1,
    bins: int | Sequence[float] | None = None,
    clock: str = "first dose",
    corrected: bool = False,
    level: float = LEVEL,
    threads: int | None = None,
) -> VisualCheck:
    """Compare the percentiles of a data file with those of replicates of it.

    Parameters
    ----------
    model : Model
        With the output that is checked.
    data : DataFile
        From :func:`ketasim.read_data`.
    output : str, optional
        Which of the file's outputs; needed where it has several.
    population : str
        Whose spread between people: ``"healthy"`` or ``"trd"``. Covariates of the file win.
    residual : str or mapping of str to ResidualError
        ``"infusion"``, ``"nasal"``, ``"none"``, or an error for each output.
    replicates : int
        20 to 10,000.
    seed : int
        Replicate r of a person is the same whatever else is asked.
    bins : int or sequence of float, optional
        How many bins of about as many samples each, or their edges [h]; samples of one time
        stay together. Default: a bin for each time where there are at most twelve, else eight.
    clock : str
        Time since the ``"first dose"`` of an episode, or since the ``"last dose"`` given.
    corrected : bool
        Correct for doses, covariates and times that differ within a bin: each value is multiplied
        by the median typical prediction of its bin over its own.
    level : float
        Of the intervals over replicates.
    threads : int, optional

    Raises
    ------
    UserError
        Nothing measured, an output or a word that does not exist, a number out of range.
    """
    _check(replicates, level, clock)
    name = _chosen(data, output)
    one = _only(data, name)
    error = _error(name, residual)
    kept, left_out = _kept(one)
    seen = one.observations
    limits = _limits(one)
    typical = simulate_data(model, one, rtol=RTOL, threads=threads) if corrected else None
    if typical is not None:
        positive = typical > 1e-9 * np.nanmax(typical, initial=0.0)
        _count(left_out, "no drug predicted", kept & ~positive)
        kept &= positive
    if not kept.any():
        raise UserError(f"{data.path}: no value of {name} to check")
    time_h = clock_h(one, clock)
    groups = binned(time_h[kept], bins)
    scale = np.ones(int(kept.sum())) if typical is None else _correction(typical[kept], groups)
    low = seen.below_limit | (seen.value < limits)
    values = np.where(low, _BELOW, np.nan_to_num(seen.value) * _spread_out(scale, kept))
    replicated = _replicated(model, one, population, error, limits, replicates, seed, threads)
    usable = np.isfinite(replicated).all(axis=1)
    if not usable.any():
        raise UserError(f"{data.path}: the engine gave somebody up in every replicate")
    drawn = replicated[usable][:, kept]
    drawn = np.where(drawn <= _BELOW, _BELOW, drawn * scale)
    observed, simulated, below, below_drawn = _percentiles(values[kept], drawn, groups, level)
    return VisualCheck(
        output=name, unit=one.units[name], clock=clock, bins=groups,
        observed=observed, simulated=simulated,
        below_observed=below, below_simulated=below_drawn,
        limit=groups.highest(limits[kept]), time_h=time_h[kept],
        value=np.where(low, np.nan, values)[kept], level=level,
        subjects=len(np.unique(seen.individual[kept])), samples=int(kept.sum()),
        below=int((low & kept).sum()), left_out=left_out,
        replicates=int(usable.sum()), lost=int((~usable).sum()), corrected=corrected,
        population=population, residual=residual if isinstance(residual, str) else "given",
    )  # fmt: skip


def _check(replicates: int, level: float, clock: str) -> None:
    whole = isinstance(replicates, int | np.integer) and not isinstance(replicates, bool)
    if not whole or not LEAST_REPLICATES <= replicates <= MOST_REPLICATES:
        raise UserError(
            f"replicates: {replicates!r} is out of range; it must be {LEAST_REPLICATES} to "
            f"{MOST_REPLICATES}"
        )
    if not 0 < level < 1:
        raise UserError(f"level: {level:g} is out of range; it must lie between 0 and 1")
    if clock not in CLOCKS:
        raise UserError(f"clock: {clock!r} is unknown{nearest(clock, CLOCKS)}")


def _chosen(data: DataFile, output: str | None) -> str:
    """Return the output that is checked."""
    there = tuple(data.units)
    if output is None:
        if len(there) == 1:
            return there[0]
        if not there:
            raise UserError(f"{data.path}: nothing was measured; rows with EVID 0 are needed")
        raise UserError(f"output: {data.path} has several; choose from: {', '.join(there)}")
    if output not in there:
        raise UserError(f"output: {data.path} has no {output!r}{nearest(output, there)}")
    return output


def _only(data: DataFile, name: str) -> DataFile:
    """Return the file with the time points of one output."""
    seen = data.observations.only(data.observations.output == name)
    return replace(data, observations=seen, units={name: data.units[name]})


def _error(name: str, residual: Residual) -> ResidualError | None:
    """Return the residual error of an output; nothing where none is wanted."""
    if residual == "none":
        return None
    table = residual_errors(residual) if isinstance(residual, str) else residual
    if name not in table:
        raise UserError(
            f"residual: {name} has no residual error{nearest(name, table)}; give one, as in "
            f"residual={{'{name}': ResidualError(proportional=0.2)}}, or residual='none'"
        )
    return table[name]


def _kept(data: DataFile) -> tuple[np.ndarray, dict[str, int]]:
    """Return which time points hold a sample, and why others do not."""
    seen, left_out = data.observations, {}
    _count(left_out, "no value", seen.missing)
    return ~seen.missing, left_out


def _count(reasons: dict[str, int], why: str, which: np.ndarray) -> None:
    if which.any():
        reasons[why] = int(which.sum())


def _limits(data: DataFile) -> np.ndarray:
    """Return the limit of every time point.

    A row without one, where others have it (``<2`` here and there), has the lowest of them: the
    assay would have said so.
    """
    limits = data.observations.limit
    known = limits[np.isfinite(limits)]
    return np.where(np.isnan(limits), known.min(), limits) if known.size else limits


def _correction(typical: np.ndarray, groups: Bins) -> np.ndarray:
    """Return what each sample is multiplied by to be compared within its bin."""
    middle = np.array([np.median(typical[groups.which == k]) for k in range(len(groups))])
    return middle[groups.which] / typical


def _spread_out(values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    out = np.ones(len(kept))
    out[kept] = values
    return out


def _replicated(
    model: Model,
    data: DataFile,
    population: str,
    error: ResidualError | None,
    limits: np.ndarray,
    replicates: int,
    seed: int,
    threads: int | None,
) -> np.ndarray:
    """Return the values of every time point in each replicate, shape (replicates, points).

    What comes out below its limit is ``_BELOW``; NaN where the engine gave a person up.
    """
    per = max(1, NUMBERS_AT_ONCE // max(1, len(data.observations)))
    name = next(iter(data.units))
    parts = []
    for first in range(0, replicates, per):
        last = min(first + per, replicates)
        copies = last - first
        many = _copies(data, copies)
        values = _people(model, data, population, seed, first, last)
        found = simulate_data(model, many, values=values, rtol=RTOL, threads=threads)
        found = found.reshape(copies, -1)
        if error is not None:
            found = with_residual_error(found, error, output=name, seed=seed, first=first)
        parts.append(np.where(found < limits, _BELOW, found))
    return np.concatenate(parts)


def _copies(data: DataFile, copies: int) -> DataFile:
    """Return a file with all its people several times, one copy behind the other."""
    seen, n, m = data.observations, data.n_individuals, data.n_episodes
    number = np.repeat(np.arange(copies), len(seen))
    every = np.tile(np.arange(len(seen)), copies)
    many = seen.only(every)
    many = replace(many, individual=many.individual + n * number, episode=many.episode + m * number)
    shift = np.repeat(np.arange(copies), m)
    return replace(
        data,
        ids=tuple(f"{r}:{one}" for r in range(copies) for one in data.ids),
        covariates={name: np.tile(column, copies) for name, column in data.covariates.items()},
        regimens=data.regimens * copies,
        episode_individual=np.tile(data.episode_individual, copies) + n * shift,
        observations=many,
    )


def _people(
    model: Model, data: DataFile, population: str, seed: int, first: int, last: int
) -> dict[str, np.ndarray]:
    """Return what differs between the people of replicates ``first`` to ``last - 1``."""
    from ketasim.engine import compile_model

    known = set(compile_model(model.sbml, tuple(data.units)).parameters)
    drawn = [
        draw(Population(population, data.n_individuals, seed, replicate), model.parameters)
        for replicate in range(first, last)
    ]
    names = drawn[0][0]
    columns = np.concatenate([values for _, values in drawn]).T
    found = dict(zip(names, columns, strict=True))
    return {s: v for s, v in found.items() if s in known and s not in data.covariates}


def _percentiles(
    values: np.ndarray, drawn: np.ndarray, groups: Bins, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return percentiles and shares below the limit: of the data, and over replicates."""
    b, shares = len(groups), np.array(PERCENTILES) / 100
    observed, simulated = np.empty((3, b)), np.empty((3, 3, b))
    below, below_drawn = np.empty(b), np.empty((3, b))
    ends = ((1 - level) / 2, 0.5, (1 + level) / 2)
    for k in range(b):
        mine = groups.which == k
        here, there = values[mine], drawn[:, mine]
        observed[:, k] = np.quantile(here, shares)
        each = np.quantile(there, shares, axis=1)
        simulated[:, :, k] = np.quantile(each, ends, axis=1).T
        below[k] = np.mean(here <= _BELOW)
        below_drawn[:, k] = np.quantile(np.mean(there <= _BELOW, axis=1), ends)
    return _open(observed), _open(simulated), below, below_drawn


def _open(values: np.ndarray) -> np.ndarray:
    """Return values with minus infinity for what lies among samples below the limit."""
    return np.where(values < 1e-15 * _BELOW, -np.inf, values)


def with_limit(data: DataFile, output: str, limit: float) -> DataFile:
    """Return a data file in which an output has a lower limit of quantification.

    Parameters
    ----------
    data : DataFile
    output : str
    limit : float
        In the output's unit; values below it are only known to lie there.

    Raises
    ------
    UserError
        An output that was not measured, or a limit that is not positive.
    """
    name = _chosen(data, output)
    if not (np.isfinite(limit) and limit > 0):
        raise UserError(f"limit: {limit:g} is not positive")
    seen = data.observations
    mine = seen.output == name
    low = mine & ~seen.missing & ((seen.value < limit) | seen.below_limit)
    seen = replace(
        seen,
        value=np.where(low, np.nan, seen.value),
        below_limit=seen.below_limit | low,
        limit=np.where(mine, limit, seen.limit),
    )
    return replace(data, observations=seen)
