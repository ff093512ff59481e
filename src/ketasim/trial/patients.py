"""Who enters a trial.

Candidates are drawn one after another and rated; those whose rating reaches the minimum enter.
A rating is severity plus luck, so those who just reach it were on a bad day, and are better at
the next visit without any treatment: regression to the mean needs no parameter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.model import Model
from ketasim.population import COVARIATES, Population, draw
from ketasim.population.counter import sobol_uniforms, uniforms
from ketasim.population.possible import fault
from ketasim.population.spread import Spread, named
from ketasim.trial.parent import Parent, parent
from ketasim.trial.scales import scale
from ketasim.trial.scores import observed
from ketasim.trial.variation import Variation, variation

if TYPE_CHECKING:
    from ketasim.engine import CompiledModel

LEAST_SHARE = 0.01
"""Of candidates who qualify; below, an entry rule is refused."""

MOST_OWN = 0.5
"""Of `Scale.person_log_sd`, for a baseline on that scale to tell of severity."""

Range = float | tuple[float, float]


@dataclass(frozen=True)
class Entry:
    """Whom a trial takes.

    Attributes
    ----------
    population : str
        ``"trd"``, ``"healthy"`` or another name of :mod:`ketasim.population`.
    baseline : (float, float) or None
        Mean and SD of the observed baseline of those enrolled, on ``scale``, as a trial's first
        table prints it. None: as severe as the population.
    scale : str
    minimum : float or None
        Least observed baseline on ``scale``; None: everybody enters.
    overrides : mapping of str to float or (low, high)
        A value for all, or the range people must lie in.

    Raises
    ------
    UserError
        Unknown population or scale, a baseline or minimum outside the scale, a range that is
        turned round.
    """

    population: str = "trd"
    baseline: tuple[float, float] | None = None
    scale: str = "MADRS"
    minimum: float | None = None
    overrides: Mapping[str, Range] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        kind = scale(self.scale)
        object.__setattr__(self, "scale", kind.name)
        object.__setattr__(self, "overrides", dict(self.overrides))
        Population(self.population)
        limits = f"of {kind.low:g} to {kind.high:g} ({kind.name})"
        if self.baseline is not None:
            mean, sd = self.baseline
            if not kind.low < mean < kind.high:
                raise UserError(f"entry: baseline mean {mean:g} lies outside the range {limits}")
            if not (math.isfinite(sd) and sd >= 0):
                raise UserError(f"entry: baseline sd {sd:g} must be 0 or more")
        if self.minimum is not None and not kind.low <= self.minimum <= kind.high:
            raise UserError(f"entry: minimum {self.minimum:g} lies outside the range {limits}")
        if self.baseline and self.minimum is not None and self.baseline[0] <= self.minimum:
            raise UserError(
                f"entry: baseline mean {self.baseline[0]:g} must lie above minimum {self.minimum:g}"
            )
        if self.baseline and kind.person_log_sd > MOST_OWN:
            raise UserError(
                f"entry: baseline on {kind.name} says little of severity; give it on MADRS"
            )
        if self.baseline and "B0" in self.overrides:
            raise UserError("entry: baseline and overrides.B0 exclude each other; give one")
        for symbol, value in self.overrides.items():
            ends = tuple(value) if isinstance(value, tuple | list) else (value,)
            if len(ends) == 2 and not ends[0] < ends[1]:
                raise UserError(f"overrides: {symbol}: {ends[0]:g} to {ends[1]:g} is no range")
            for end in ends:
                if what := fault(symbol, end):
                    raise UserError(f"overrides: {symbol} = {end:g} {what}")


@dataclass(frozen=True)
class Patients:
    """The people of one trial.

    Attributes
    ----------
    values : dict of str to ndarray, shape (n,)
        Model parameters of each, in their own units.
    n : int
    seed, replicate : int
        What their random numbers come from.
    index : ndarray of int, shape (n,)
        Which candidates they are: their identity for every random number.
    baseline : ndarray of float, shape (n,)
        Observed score at screening, on the scale of the entry rule.
    scale : str
    """

    values: dict[str, np.ndarray]
    n: int
    seed: int
    replicate: int
    index: np.ndarray
    baseline: np.ndarray
    scale: str = "MADRS"

    def take(self, rows: np.ndarray) -> Patients:
        """Return those patients; ``rows`` are places or a mask."""
        index = self.index[rows]
        values = {name: column[rows] for name, column in self.values.items()}
        return replace(self, values=values, n=len(index), index=index, baseline=self.baseline[rows])


def patients(
    entry: Entry,
    model: Model,
    n: int,
    *,
    seed: int,
    replicate: int = 0,
    between_trials: bool = True,
    sampling: str = "random",
    vary: Variation | None = None,
) -> Patients:
    """Draw candidates until ``n`` have entered.

    Parameters
    ----------
    entry : Entry
    model : Model
    n : int
    seed, replicate : int
        Candidate k is the same whatever n.
    between_trials : bool
        Whether one draw for this replicate multiplies the gains g and g_p of everybody: sites,
        raters and times differ between trials in ways that nobody wrote down.
    sampling : str
        ``"random"`` or ``"sobol"``.
    vary : Variation, optional
        Default: ``variation.csv``.

    Raises
    ------
    UserError
        Fewer than 1 % of candidates qualify, or an unknown override.
    """
    vary = variation() if vary is None else vary
    law = parent(entry.baseline, entry.minimum, scale(entry.scale), vary)
    chosen: list[Patients] = []
    first, entered, size = 0, 0, max(64, n if entry.minimum is None else n + n // 2)
    while entered < n or not chosen:
        if first > 0 and entered < LEAST_SHARE * first and first >= 20 * size:
            raise UserError(_too_few(entry, entered, first))
        some = _candidates(
            entry, model, law, (first, first + size), seed, replicate, sampling, vary
        )
        enough = np.ones(some.n, bool) if entry.minimum is None else some.baseline >= entry.minimum
        kept = np.flatnonzero(enough)[: n - entered]
        chosen.append(some.take(kept))
        first, entered = first + size, entered + len(kept)
    found = _joined(chosen)
    return _with_trial_effect(found, model, vary) if between_trials else found


def _too_few(entry: Entry, entered: int, of: int) -> str:
    least = f"{entry.scale} of at least {entry.minimum:g}"
    return (
        f"entry: minimum {entry.minimum:g}: {entered} of {of} candidates have a {least}, fewer "
        "than 1 %; lower minimum or give a baseline"
    )


def _candidates(
    entry: Entry,
    model: Model,
    law: Parent | None,
    who: tuple[int, int],
    seed: int,
    replicate: int,
    sampling: str,
    vary: Variation,
) -> Patients:
    """Return candidates of a range of indices, with their rating at screening."""
    first, last = who
    fixed = {s: v for s, v in entry.overrides.items() if not isinstance(v, tuple | list)}
    everyone = Population(
        entry.population, n=last, seed=seed, replicate=replicate, overrides=fixed, sampling=sampling
    )
    names, drawn = draw(everyone, model.parameters, first, last)
    values = {name: drawn[:, column].copy() for column, name in enumerate(names)}
    index = np.arange(first, last)
    _set_ranges(entry, model, values, everyone, first)
    if law is not None and "B0" in values:
        values["B0"] = law.severity(_places("B0", everyone, first))
    kind = scale(entry.scale)
    seen = observed(kind, _untreated(model, values, last - first), [0.0], seed=seed,
                    replicate=replicate, first=first, vary=vary)  # fmt: skip
    return Patients(values, last - first, seed, replicate, index, seen[:, 0], kind.name)


def _set_ranges(
    entry: Entry,
    model: Model,
    values: dict[str, np.ndarray],
    everyone: Population,
    first: int,
) -> None:
    """Move those outside a range inside it: the population's distribution, cut off there."""
    symbols = {row.symbol for row in model.parameters}
    laws = named("trd" if entry.population == "typical" else entry.population)
    for symbol, value in entry.overrides.items():
        if isinstance(value, tuple | list) and symbol in symbols:
            place = _places(symbol, everyone, first)
            values[symbol] = _inside(laws.get(symbol), float(value[0]), float(value[1]), place)
        elif symbol not in symbols and symbol not in COVARIATES:
            hint = nearest(symbol, {*symbols, *COVARIATES})
            raise UserError(f"overrides: unknown parameter {symbol!r}{hint}")


def _places(symbol: str, everyone: Population, first: int) -> np.ndarray:
    """Return the numbers between 0 and 1 from which candidates ``first`` on draw a symbol."""
    seed, replicate, last = everyone.seed, everyone.replicate, everyone.n
    if everyone.sampling == "sobol" and symbol in COVARIATES:
        column = COVARIATES.index(symbol)
        return sobol_uniforms(seed, replicate, COVARIATES, first, last)[:, column]
    return uniforms(seed, replicate, symbol, first, last)


def _inside(law: Spread | None, low: float, high: float, place: np.ndarray) -> np.ndarray:
    """Return values between two ends: by the law where it reaches there, else evenly."""
    if law is not None and law.is_drawn and law.is_continuous:
        cut = replace(law, lower=max(low, law.lower), upper=min(high, law.upper))
        reached = cut.lower < cut.upper and _share(law, cut) > LEAST_SHARE
        if reached:
            return cut.values(place)
    return low + (high - low) * place


def _share(law: Spread, cut: Spread) -> float:
    """Return the share of a law's people that lie within the limits of another."""
    ladder = law.values((np.arange(2000) + 0.5) / 2000)
    return float(np.mean((ladder >= cut.lower) & (ladder <= cut.upper)))


def _untreated(model: Model, values: Mapping[str, np.ndarray], n: int) -> np.ndarray:
    """Return everybody's MADRS before anything is given, shape (n, 1)."""
    from ketasim.engine import solve_ensemble

    compiled = _severity_of(model.sbml)
    own = {name: column for name, column in values.items() if name in compiled.parameters}
    return solve_ensemble(compiled, np.zeros(1), individuals=n, varying=own).values[:, :, 0]


@lru_cache(maxsize=8)
def _severity_of(sbml: str) -> CompiledModel:
    """Return a model compiled for its MADRS alone; screening asks for many batches."""
    from ketasim.engine import compile_model

    return compile_model(sbml, ["MADRS"])


def _with_trial_effect(found: Patients, model: Model, vary: Variation) -> Patients:
    """Return the patients with this replicate's factor on the gains of drug and placebo."""
    from scipy.special import ndtri

    typical = {row.symbol: row.value for row in model.parameters}
    values = dict(found.values)
    for symbol, sd in (("g", vary.trial_sd_g), ("g_p", vary.trial_sd_gp)):
        if symbol in typical and sd:
            score = ndtri(uniforms(found.seed, found.replicate, f"trial:{symbol}", 0, 1)[0])
            own = values.get(symbol, np.full(found.n, typical[symbol]))
            values[symbol] = own * math.exp(sd * float(score))
    return replace(found, values=values)


def _joined(parts: list[Patients]) -> Patients:
    """Return the patients of several batches, in order."""
    values = {s: np.concatenate([p.values[s] for p in parts]) for s in parts[0].values}
    index = np.concatenate([part.index for part in parts])
    baseline = np.concatenate([part.baseline for part in parts])
    return replace(parts[0], values=values, n=len(index), index=index, baseline=baseline)
