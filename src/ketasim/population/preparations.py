"""Animals: what a mouse or a rat is besides small, as rows of ``preparations.csv``.

A preparation is a typical animal: nobody in it differs. Its values stand beside the covariates of
``populations.csv`` and below an override; a human population has none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from ketasim.population.spread import Spread, table_rows

HUMAN = "human"


@cache
def preparations() -> tuple[str, ...]:
    """Return the names of the preparations that are not human."""
    return tuple(dict.fromkeys(row["preparation"] for row in table_rows("preparations.csv")))


def preparation_of(population: str) -> str:
    """Return what a named population consists of: ``human``, ``mouse`` or ``rat``."""
    return population if population in preparations() else HUMAN


@cache
def own_values(population: str) -> Mapping[str, Spread]:
    """Return the model parameters that a preparation sets, by symbol; none for people."""
    rows = [r for r in table_rows("preparations.csv") if r["preparation"] == population]
    return MappingProxyType(
        {row["symbol"]: Spread(row["symbol"], "fixed", float(row["value"])) for row in rows}
    )
