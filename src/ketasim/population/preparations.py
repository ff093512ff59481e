"""Animals: what a mouse or a rat is besides small, as rows of ``preparations.csv``.

A preparation is a typical animal: nobody in it differs. Its values stand beside the covariates of
``populations.csv`` and below an override; a human population has none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from ketasim.population.spread import Parameter, Spread, table_rows

HUMAN = "human"


@cache
def preparations() -> tuple[str, ...]:
    """Return the names of the preparations that are not human."""
    return tuple(dict.fromkeys(row["preparation"] for row in table_rows("preparations.csv")))


def preparation_of(population: str) -> str:
    """Return what a named population consists of: ``human``, ``mouse`` or ``rat``."""
    return population if population in preparations() else HUMAN


@cache
def own_rows(population: str) -> Mapping[str, tuple[str, float]]:
    """Return what a preparation does to model parameters: symbol -> (how, number).

    ``how`` is ``set`` (to the number) or ``times`` (the human value is multiplied by it, so that
    it follows when that changes). People have none.
    """
    rows = [r for r in table_rows("preparations.csv") if r["preparation"] == population]
    return MappingProxyType({row["symbol"]: (row["how"], float(row["value"])) for row in rows})


def own_values(population: str, parameters: Iterable[Parameter]) -> dict[str, Spread]:
    """Return the values a preparation gives to those parameters, by symbol; none for people."""
    rows, found = own_rows(population), {}
    for row in parameters:
        if row.symbol in rows:
            how, number = rows[row.symbol]
            value = number * row.value if how == "times" else number
            found[row.symbol] = Spread(row.symbol, "fixed", value)
    return found
