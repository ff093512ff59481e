"""What is done to a preparation besides the drug studied: an antagonist, a knock-out, stress.

`perturbations.csv` says for each name which inputs of the model it holds and which parameters it
sets. Symbols that begin with ``u_``, or ``b`` and a capital (unbound brain concentrations), are
inputs; all others are parameters and hold for the whole run. A name without ``sets`` stands for
something the model does not contain: a finding that uses it is out of scope, and its note says why.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ketasim.dosing import Hold
from ketasim.dosing.drugs import drug, drug_names
from ketasim.errors import UserError, nearest

KINDS = (
    "antagonist", "agonist", "antibody", "inhibitor", "blocker", "drug", "knock-out",
    "knock-down", "variant", "state", "stimulation", "silencing",
)  # fmt: skip
LASTING = ("knock-out", "knock-down", "variant", "state")
WHOLE_RUN_H = 1e5  # longer than anything is followed
_IS_INPUT = re.compile(r"u_|b[A-Z]")


@dataclass(frozen=True)
class Perturbation:
    """One row of ``perturbations.csv``.

    Attributes
    ----------
    name : str
    aliases : tuple of str
    kind : str
        One of `KINDS`.
    sets : tuple of (str, float)
        Inputs and parameters of the model, at strength 1; none where it has no counterpart.
    start_h, hours : float
        When it begins and for how long [h], unless the finding says; ``hours`` may be infinite.
    tier, source, note : str
    """

    name: str
    aliases: tuple[str, ...]
    kind: str
    sets: tuple[tuple[str, float], ...]
    start_h: float
    hours: float
    tier: str
    source: str
    note: str

    @property
    def lacks(self) -> str:
        """Why a finding with it cannot be run; empty where it can."""
        return "" if self.sets else f"perturbation {self.name!r} has no counterpart: {self.note}"


@dataclass(frozen=True)
class Setting:
    """A parameter that a perturbation sets.

    Attributes
    ----------
    symbol : str
    value : float
        At strength 1.
    strength : float
        0 leaves the parameter as it is, 1 sets ``value``.
    """

    symbol: str
    value: float
    strength: float = 1.0


def perturbations() -> tuple[Perturbation, ...]:
    """Return every perturbation, in the order of the table."""
    return tuple(dict.fromkeys(_table().values()))


def perturbation(name: str) -> Perturbation:
    """Return a perturbation by name or alias, or the clamped exposure to a drug.

    Raises
    ------
    UserError
        An unknown name; the nearest one is told.
    """
    found = _table().get(name.strip().lower())
    if found is not None:
        return found
    known = {each.lower(): each for each in drug_names()}
    if (plain := name.strip().lower()) in known and drug(plain).input:
        what = drug(plain)
        sets = ((what.input, 1.0),)
        return Perturbation(
            what.name, (), "drug", sets, -0.5, 24.0, what.tier, what.source, what.note
        )
    names = [word for each in perturbations() for word in (each.name, *each.aliases)]
    raise UserError(f"unknown perturbation {name!r}{nearest(name, names)}")


def holds(what: Perturbation, start_h: float, length_h: float, strength: float) -> tuple[Hold, ...]:
    """Return the inputs that a perturbation holds."""
    length_h = min(length_h, WHOLE_RUN_H)
    return tuple(
        Hold(
            symbol, value * strength, start_h, length_h,
            combine="add" if symbol.startswith("b") else "farthest",
        )
        for symbol, value in what.sets
        if _IS_INPUT.match(symbol)
    )  # fmt: skip


def settings(what: Perturbation, strength: float) -> tuple[Setting, ...]:
    """Return the parameters that a perturbation sets."""
    return tuple(
        Setting(symbol, value, strength)
        for symbol, value in what.sets
        if not _IS_INPUT.match(symbol)
    )


@cache
def _table() -> Mapping[str, Perturbation]:
    """Return every row by lower-case name and alias."""
    text = files("ketasim.evidence").joinpath("perturbations.csv").read_text(encoding="utf-8")
    table: dict[str, Perturbation] = {}
    for line, row in enumerate(csv.DictReader(text.splitlines()), 2):
        entry = _row(row, f"perturbations.csv:{line}")
        for name in (entry.name, *entry.aliases):
            if table.get(name.lower(), entry) is not entry:
                raise UserError(f"perturbations.csv:{line}: {name!r} stands twice")
            table[name.lower()] = entry
    return table


def _row(row: Mapping[str, str], where: str) -> Perturbation:
    if row["kind"] not in KINDS:
        raise UserError(
            f"{where}: kind: {row['kind']!r} is not a choice{nearest(row['kind'], KINDS)}"
        )
    pairs = [pair.split("=") for pair in row["sets"].split(";") if pair.strip()]
    return Perturbation(
        name=row["name"],
        aliases=tuple(filter(None, row["aliases"].split("|"))),
        kind=row["kind"],
        sets=tuple((symbol.strip(), float(value)) for symbol, value in pairs),
        start_h=float(row["start_h"] or 0.0),
        hours=float(row["hours"]) if row["hours"] else math.inf,
        tier=row["tier"],
        source=row["source"],
        note=row["note"],
    )
