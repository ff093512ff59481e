"""The links a hypothesis may claim, and what every hypothesis has to estimate with them.

A *link* is a parameter by which one mechanism acts on the next on the way to the effect. At `off`
the mechanism is still there and can be measured, but carries nothing. *Shared* parameters are free
in every hypothesis.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from ketasim.inference.calibration import Prior

LINK, SHARED = "link", "shared"


@dataclass(frozen=True)
class Link:
    """One parameter of the tournament.

    Attributes
    ----------
    prior : Prior
    kind : str
        ``link`` or ``shared``.
    off : float
        Its value where no hypothesis claims it; NaN for a shared one.
    start, end : str
        What acts on what.
    """

    prior: Prior
    kind: str
    off: float
    start: str
    end: str

    @property
    def symbol(self) -> str:
        """Name of the parameter in the model's tables."""
        return self.prior.symbol

    def value(self, score: np.ndarray) -> np.ndarray:
        """Return values in the parameter's unit from scores of a standard normal prior."""
        prior = self.prior
        return prior.from_scale(prior.to_scale(prior.value) + prior.sd * np.asarray(score))

    def score(self, value: np.ndarray | float) -> np.ndarray:
        """Return scores of a standard normal prior from values."""
        prior = self.prior
        return (prior.to_scale(value) - prior.to_scale(prior.value)) / prior.sd


@cache
def links() -> dict[str, Link]:
    """Return every link and shared parameter that ships, by symbol (``links.csv``)."""
    text = (files("ketasim.inference.tournament") / "links.csv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        prior = Prior(
            row["symbol"], float(row["prior"]), float(row["sd"]), row["scale"],
            row["source"], row["note"],
        )  # fmt: skip
        off = float(row["off"]) if row["off"] else math.nan
        found[prior.symbol] = Link(prior, row["kind"], off, row["from"], row["to"])
    return found


def shared() -> tuple[Link, ...]:
    """Return what is free in every hypothesis."""
    return tuple(link for link in links().values() if link.kind == SHARED)
