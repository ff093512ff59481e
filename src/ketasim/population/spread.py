"""How a value spreads between people: from a number between 0 and 1 to a person's value."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Protocol

import numpy as np

from ketasim.errors import UserError, nearest

DISTRIBUTIONS = ("lognormal", "normal", "logitnormal", "bernoulli", "alleles", "fixed")
_DISCRETE = ("bernoulli", "alleles")
# New ones go to the end: the place is the dimension in a Sobol sequence.
COVARIATES = ("WT", "age", "sex", "met", "liver", "B0", "D0", "japanese", "asian", "cyp2b6")


class Parameter(Protocol):
    """What is needed of a row of a model's parameter table."""

    @property
    def symbol(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def spread(self) -> float | None: ...
    @property
    def distribution(self) -> str | None: ...


@dataclass(frozen=True)
class Spread:
    """One symbol's distribution between people.

    Attributes
    ----------
    symbol : str
    distribution : str
        One of `DISTRIBUTIONS`.
    value : float
        Median (lognormal, logitnormal), mean (normal), probability of 1 (bernoulli), frequency
        of the allele (alleles: 0, 0.5 or 1, the share of a person's two that are it, in
        Hardy-Weinberg proportions) or the value (fixed), in the symbol's own unit.
    spread : float
        SD: of the logarithm (lognormal), of the logit (logitnormal), in the unit (normal).
    lower, upper : float
        The distribution is truncated here.
    """

    symbol: str
    distribution: str
    value: float
    spread: float = 0.0
    lower: float = -math.inf
    upper: float = math.inf

    @property
    def is_drawn(self) -> bool:
        """Whether people differ."""
        if self.distribution in _DISCRETE:
            return 0.0 < self.value < 1.0
        return self.distribution != "fixed" and self.spread > 0.0

    @property
    def is_continuous(self) -> bool:
        """Whether it can take part in a correlation."""
        return self.distribution not in (*_DISCRETE, "fixed")

    @property
    def typical(self) -> float:
        """Value of the typical person (bernoulli: the likelier; alleles: the likelier twice)."""
        return float(self.value > 0.5) if self.distribution in _DISCRETE else self.value

    def values(self, uniform: np.ndarray) -> np.ndarray:
        """Return values for numbers between 0 and 1, increasing in them."""
        if not self.is_drawn:
            return np.full(uniform.shape, self.typical)
        if self.distribution == "bernoulli":
            return (uniform > 1.0 - self.value).astype(float)
        if self.distribution == "alleles":
            other = 1.0 - self.value
            both = uniform > 1.0 - self.value**2
            return 0.5 * ((uniform > other * other).astype(float) + both)
        from scipy.special import ndtr, ndtri

        low, high = ndtr(self._score(self.lower)), ndtr(self._score(self.upper))
        return self.at_scores(ndtri(low + uniform * (high - low)))

    def at_scores(self, score: np.ndarray) -> np.ndarray:
        """Return values for standard normal scores; continuous distributions only."""
        shift = score * self.spread
        if self.distribution == "normal":
            drawn = self.value + shift
        elif self.distribution == "lognormal":
            drawn = self.value * np.exp(shift)
        else:
            drawn = 1.0 / (1.0 + np.exp(-(_logit(self.value) + shift)))
        return np.clip(drawn, self.lower, self.upper)

    def _score(self, bound: float) -> float:
        """Return ``bound`` as a standard normal score."""
        if self.distribution == "normal":
            return (bound - self.value) / self.spread
        if self.distribution == "logitnormal":
            return (_logit(bound) - _logit(self.value)) / self.spread
        if bound <= 0 or self.value <= 0:
            return -math.inf if bound <= 0 else math.inf
        return math.log(bound / self.value) / self.spread


@dataclass(frozen=True)
class Correlation:
    """The score of ``symbol`` follows that of ``follows``, as strongly as ``correlation``."""

    symbol: str
    follows: str
    correlation: float


def of_parameter(row: Parameter) -> Spread:
    """Return the spread of a row of a parameter table; an empty spread means none.

    Raises
    ------
    UserError
        A distribution that does not exist, or a value its distribution cannot have.
    """
    size = 0.0 if row.spread is None or math.isnan(row.spread) else float(row.spread)
    kind = row.distribution or ("lognormal" if size else "fixed")
    if kind not in DISTRIBUTIONS:
        hint = nearest(kind, DISTRIBUTIONS)
        raise UserError(f"parameter {row.symbol}: unknown distribution {kind!r}{hint}")
    if size < 0:
        raise UserError(f"parameter {row.symbol}: spread {size:g} is negative")
    if kind == "logitnormal" and not 0 < row.value < 1:
        raise UserError(f"parameter {row.symbol}: {row.value:g} is not between 0 and 1")
    return Spread(row.symbol, kind, float(row.value), size)


@cache
def named(population: str) -> Mapping[str, Spread]:
    """Return the covariates of a named population, by symbol, from ``populations.csv``."""
    rows = [row for row in table_rows("populations.csv") if row["population"] == population]
    if not rows:
        raise UserError(f"population: unknown name {population!r}{nearest(population, names())}")
    return MappingProxyType({row["symbol"]: _from_row(row) for row in rows})


@cache
def names() -> tuple[str, ...]:
    """Return the names of the populations; ``typical`` is one typical patient of ``trd``."""
    return ("typical", *dict.fromkeys(row["population"] for row in table_rows("populations.csv")))


@cache
def correlations() -> tuple[Correlation, ...]:
    """Return the correlations of ``correlations.csv``."""
    return tuple(
        Correlation(row["symbol"], row["follows"], float(row["correlation"]))
        for row in table_rows("correlations.csv")
    )


def _from_row(row: dict[str, str]) -> Spread:
    """Return the spread of one row of ``populations.csv``."""
    return Spread(
        symbol=row["symbol"],
        distribution=row["distribution"],
        value=float(row["value"]),
        spread=float(row["spread"] or 0),
        lower=float(row["lower"] or "-inf"),
        upper=float(row["upper"] or "inf"),
    )


def table_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one of this package's tables."""
    text = files("ketasim.population").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _logit(share: float) -> float:
    """Return the logit, infinite at and beyond 0 and 1."""
    if share <= 0 or share >= 1:
        return -math.inf if share <= 0 else math.inf
    return math.log(share / (1 - share))
