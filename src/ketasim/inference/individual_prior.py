"""What is believed of a person before any sample: how the parameters of kinetics spread."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError
from ketasim.model.formula import names, parse
from ketasim.population.spread import (
    COVARIATES,
    Correlation,
    Spread,
    correlations,
    named,
    of_parameter,
)

if TYPE_CHECKING:
    from ketasim.model import Model

KINETICS = "kinetics"
"""Clock of the mechanisms that carry a dose to a concentration."""


@dataclass(frozen=True)
class Prior:
    """Distribution of the normal scores (etas) of the parameters that differ between people.

    A score is in units of the spread between people: 0 is typical, 1 is one SD above (of the
    logarithm, the logit or the value, as the parameter's distribution says).

    Attributes
    ----------
    laws : tuple of Spread
        Of each parameter that is estimated, p of them, in the order of the table.
    units : tuple of str
    correlation : ndarray, shape (p, p)
        Of the scores; their variances are 1.
    """

    laws: tuple[Spread, ...]
    units: tuple[str, ...]
    correlation: np.ndarray

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(law.symbol for law in self.laws)

    @property
    def typical(self) -> np.ndarray:
        """Values at score 0, shape (p,), each in its unit."""
        return np.array([law.typical for law in self.laws])

    def values(self, scores: np.ndarray) -> np.ndarray:
        """Return values for scores, both of shape (m, p)."""
        return np.stack(
            [law.at_scores(scores[:, k]) for k, law in enumerate(self.laws)], axis=1
        ).reshape(scores.shape)


def prior_of(model: Model, fixed: Collection[str] = ()) -> Prior:
    """Return the prior of a model's kinetics.

    Parameters
    ----------
    model : Model
        With mechanism ``pk`` and what else belongs to kinetics.
    fixed : collection of str
        Parameters that are known and not estimated. What goes with a fixed parameter keeps its
        own spread, as it does in :func:`ketasim.population.draw`.

    Raises
    ------
    UserError
        A model without kinetics, or nothing left to estimate.
    """
    carriers = [m.name for m in model.wiring.mechanisms if m.clock == KINETICS]
    if not carriers:
        raise UserError("estimate: the model has no mechanism of kinetics; add 'pk'")
    used = {row.symbol: row for row in model.parameters}
    acting = {
        name
        for carrier in carriers
        for equation in model.wiring.equations[carrier]
        for name in names(parse(equation.formula))
    }
    laws = {symbol: of_parameter(row) for symbol, row in used.items() if symbol in acting}
    chosen = tuple(
        law
        for symbol, law in laws.items()
        if law.is_drawn and law.is_continuous and symbol not in {*fixed, *COVARIATES}
    )
    if not chosen:
        raise UserError("estimate: every parameter of kinetics is fixed; nothing is left")
    units = tuple(used[law.symbol].unit for law in chosen)
    return Prior(chosen, units, correlation_of([law.symbol for law in chosen], correlations()))


def correlation_of(symbols: Sequence[str], links: Sequence[Correlation]) -> np.ndarray:
    """Return the correlations of scores that follow one another, shape (p, p)."""
    followed = {link.symbol: link for link in links}

    def parts(symbol: str) -> dict[str, float]:
        """Return a score as a sum of independent ones."""
        link = followed.get(symbol)
        if link is None:
            return {symbol: 1.0}
        r = link.correlation
        found = {name: r * part for name, part in parts(link.follows).items()}
        return {**found, symbol: math.sqrt(1.0 - r * r)}

    each = [parts(symbol) for symbol in symbols]
    heads = sorted({name for found in each for name in found})
    table = np.array([[found.get(name, 0.0) for name in heads] for found in each])
    return (table @ table.T).reshape(len(symbols), len(symbols))


def typical_covariates(model: Model, population: str) -> dict[str, float]:
    """Return the covariates of the typical person of a population, as far as the model has them."""
    known = {row.symbol for row in model.parameters}
    laws: Mapping[str, Spread] = named("trd" if population == "typical" else population)
    return {symbol: law.typical for symbol, law in laws.items() if symbol in known}
