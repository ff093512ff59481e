"""What a sensitivity varies: parameters, by how much each is uncertain, and what goes together.

A parameter is as uncertain as its table says (``uncertainty``: SD of the logarithm of the typical
value); shares are capped at 1. Values that were calibrated together err together, with the
correlations that the calibration found, so they are moved as one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.model import Model
from ketasim.model.calibrated_errors import calibrated_errors
from ketasim.model.parameter_table import Parameter
from ketasim.population import COVARIATES

SETS = {"pk": "kinetics", "mood": "mood", "expect": "expectancy", "comparators": "comparators"}
"""What is called how, of values calibrated together."""


@dataclass(frozen=True)
class Varied:
    """A parameter that is moved.

    Attributes
    ----------
    symbol, unit, tier, mechanism, source : str
    value : float
        As tabled, in ``unit``.
    error : float
        SD of the logarithm of the typical value; 0: moved for its elasticity only.
    law : str
        How people differ in it, empty for not at all.
    together : str
        Name of the calibration whose values err together, or empty.
    """

    symbol: str
    unit: str
    tier: str
    mechanism: str
    source: str
    value: float
    error: float
    law: str
    together: str = ""

    def at_scores(self, score: np.ndarray) -> np.ndarray:
        """Return values for standard normal scores."""
        return self.times(np.exp(self.error * score))

    def times(self, factor: np.ndarray) -> np.ndarray:
        """Return the value times a factor; shares are capped at 1."""
        moved = self.value * factor
        return np.minimum(moved, 1.0) if self.unit == "fraction" else moved


@dataclass(frozen=True)
class NotVaried:
    """A parameter that stays, and why."""

    symbol: str
    mechanism: str
    reason: str


@dataclass(frozen=True)
class Correlated:
    """Values calibrated together: ``columns`` of the parameters, and the factor of their errors."""

    name: str
    columns: tuple[int, ...]
    correlation: np.ndarray


@dataclass(frozen=True)
class Factor:
    """What is moved as one in a global analysis.

    Attributes
    ----------
    name : str
    kind : str
        ``parameter``, ``calibrated together``, ``mechanism`` or ``all others``.
    columns : tuple of int
        Of the uncertain parameters.
    tier : str
        The parameter's; empty for several.
    """

    name: str
    kind: str
    columns: tuple[int, ...]
    tier: str = ""


def varied_parameters(
    model: Model, fixed: Collection[str] = ()
) -> tuple[tuple[Varied, ...], tuple[NotVaried, ...]]:
    """Return the parameters that can be moved, and those that stay.

    Parameters
    ----------
    model : Model
    fixed : collection of str
        Symbols that the question itself sets.
    """
    related = _related(model, fixed)
    moved, stay = [], []
    for row in model.parameters:
        if reason := _why_not(row, fixed):
            stay.append(NotVaried(row.symbol, owner(row), reason))
            continue
        moved.append(
            Varied(row.symbol, row.unit, row.tier, owner(row), row.source, float(row.value),
                   float(row.uncertainty or 0.0), row.distribution,
                   related.get(row.symbol, ""))
        )  # fmt: skip
    return tuple(moved), tuple(stay)


def owner(row: Parameter) -> str:
    """Return the table a parameter stands in: that of its mechanism."""
    return row.where.rpartition(":")[0].rpartition("/")[2].removesuffix(".csv")


def _why_not(row: Parameter, fixed: Collection[str]) -> str:
    if row.symbol in COVARIATES:
        return "a covariate of people"
    if row.symbol in fixed:
        return "set by the question"
    if row.value == 0:
        return "0: no relative error moves it"
    if row.uncertainty == 0:
        return "a definition, a switch or a constant"
    if row.unit in ("ng/nmol", "kg"):
        return "a constant"
    return ""


def _related(model: Model, fixed: Collection[str]) -> dict[str, str]:
    """Return the calibration of every value that is moved with another one of it."""
    there = {row.symbol for row in model.parameters if not _why_not(row, fixed)}
    found = {}
    for each in calibrated_errors():
        inside = [symbol for symbol in each.symbols if symbol in there]
        found |= dict.fromkeys(inside, each.name) if len(inside) > 1 else {}
    return found


def correlated(parameters: Sequence[Varied]) -> tuple[Correlated, ...]:
    """Return which columns of ``parameters`` err together."""
    place = {each.symbol: k for k, each in enumerate(parameters)}
    found = []
    for each in calibrated_errors():
        inside = [k for k, symbol in enumerate(each.symbols) if symbol in place]
        if len(inside) > 1:
            columns = tuple(place[each.symbols[k]] for k in inside)
            found.append(Correlated(each.name, columns, each.correlation[np.ix_(inside, inside)]))
    return tuple(found)


def values_at(parameters: Sequence[Varied], scores: np.ndarray) -> dict[str, np.ndarray]:
    """Return every parameter's values for independent standard normal scores.

    Parameters
    ----------
    parameters : sequence of Varied
    scores : ndarray, shape (n, parameters)

    Returns
    -------
    dict of str to ndarray, shape (n,)
    """
    scores = scores.copy()
    for each in correlated(parameters):
        columns = list(each.columns)
        scores[:, columns] = scores[:, columns] @ np.linalg.cholesky(each.correlation).T
    return {each.symbol: each.at_scores(scores[:, k]) for k, each in enumerate(parameters)}


def single_factors(parameters: Sequence[Varied]) -> tuple[Factor, ...]:
    """Return a factor per parameter, those calibrated together as one."""
    found = [
        Factor(each.symbol, "parameter", (k,), each.tier)
        for k, each in enumerate(parameters)
        if not each.together
    ]
    return (*_calibrated(parameters, lambda _: True), *found)


def mechanism_factors(parameters: Sequence[Varied]) -> tuple[Factor, ...]:
    """Return a factor per mechanism; what was calibrated across mechanisms is one of its own."""
    groups: dict[str, list[int]] = {}
    for k, each in enumerate(parameters):
        if not _spans(parameters, each.together):
            groups.setdefault(each.mechanism, []).append(k)
    named = [Factor(name, "mechanism", tuple(columns)) for name, columns in groups.items()]
    return (*_calibrated(parameters, lambda name: _spans(parameters, name)), *named)


def _spans(parameters: Sequence[Varied], name: str) -> bool:
    return bool(name) and len({p.mechanism for p in parameters if p.together == name}) > 1


def _calibrated(parameters: Sequence[Varied], wanted) -> list[Factor]:
    return [
        Factor(f"{SETS.get(each.name, each.name)} as calibrated", "calibrated together",
               each.columns, "calibrated")
        for each in correlated(parameters)
        if wanted(each.name)
    ]  # fmt: skip


def with_rest(factors: Sequence[Factor], kept: Sequence[int], total: int) -> tuple[Factor, ...]:
    """Return the kept factors, and everything else moved as one."""
    chosen = [factors[k] for k in kept]
    inside = {column for each in chosen for column in each.columns}
    rest = tuple(k for k in range(total) if k not in inside)
    others = [Factor("all others", "all others", rest)] if rest else []
    return (*chosen, *others)


def shift(parameter: Varied, moved: np.ndarray, people: Mapping[str, np.ndarray]) -> np.ndarray:
    """Give each person of each set the person's own value, moved as the set moves the typical one.

    Returns
    -------
    ndarray, shape (sets * people,)
        Sets one after the other, people within.
    """
    own = people.get(parameter.symbol)
    count = len(next(iter(people.values())))
    if own is None:
        return np.repeat(moved, count)
    if parameter.law == "logitnormal":
        odds = _odds(moved)[:, None] / _odds(np.array(parameter.value)) * _odds(own)[None, :]
        return (odds / (1 + odds)).ravel()
    found = (moved / parameter.value)[:, None] * own[None, :]
    return (np.minimum(found, 1.0) if parameter.unit == "fraction" else found).ravel()


def _odds(share: np.ndarray) -> np.ndarray:
    kept = np.clip(share, 1e-12, 1 - 1e-12)
    return kept / (1 - kept)
