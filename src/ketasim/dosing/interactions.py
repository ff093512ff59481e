"""Drugs that change the enzymes clearing ketamine: how much of each enzyme's activity is left.

Numbers and their sources stand in ``interactions.csv``. While such a drug is taken, each enzyme
input of the model (rest 1) is multiplied by its factor; two such drugs multiply.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ketasim.dosing.drugs import Drug


@dataclass(frozen=True)
class Interaction:
    """What one drug does to one enzyme input.

    Attributes
    ----------
    drug : str
    target : str
        Model input with rest 1: ``act_2B6`` and ``act_3A`` (liver), ``act_gut`` (gut wall) or
        ``act_NK`` (elimination of norketamine).
    factor : float
        Activity relative to that without the drug [ratio].
    uncertainty : float
        SD of the logarithm of ``factor``. Derived from one study of another substrate of the
        enzyme: 0.3, as six studies of rifampicin and midazolam lie between 1.9 and 6.7 (gorski2003
        among them), an SD of 0.45 with what differs between studies. Calibrated on ketamine: 0.2.
        From memory: 0.5.
    tier, source, note : str
        Where the number comes from.
    """

    drug: str
    target: str
    factor: float
    uncertainty: float
    tier: str
    source: str
    note: str


@cache
def interactions() -> tuple[Interaction, ...]:
    """Return every interaction, in the order of ``interactions.csv``."""
    text = files("ketasim.dosing").joinpath("interactions.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(
        Interaction(**{**row, **{name: float(row[name]) for name in ("factor", "uncertainty")}})
        for row in rows
    )


def interactions_of(what: Drug) -> tuple[Interaction, ...]:
    """Return what ``what`` does to the enzymes; nothing for most drugs."""
    return tuple(each for each in interactions() if each.drug == what.name)
