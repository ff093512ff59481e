"""Illnesses a trial may enrol: what each means for the model, or why it is refused.

The model is one of depression. Another illness is accepted where what it shares with depression
is what is asked for, with its own published evidence; otherwise it is refused in one line that
says why. Rows stand in ``conditions.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType

from ketasim.errors import UserError, nearest
from ketasim.trial.patients import Entry, Range
from ketasim.trial.tables import rows

COLUMNS = (
    "condition", "aliases", "answer", "population", "overrides", "evidence", "own_scales",
    "nearest", "warning", "tier", "source", "note",
)  # fmt: skip
ANSWERS = MappingProxyType(
    {
        "yes": "accepted",
        "scores": "accepted for depression scores, with a warning",
        "acute": "accepted for acute effects, not for mood",
        "no": "refused",
    }
)


@dataclass(frozen=True)
class Condition:
    """One row of ``conditions.csv``.

    Attributes
    ----------
    name : str
    aliases : tuple of str
    answer : str
        Key of `ANSWERS`.
    population : str
        Of :mod:`ketasim.population`; empty where the condition is refused.
    overrides : mapping of str to float or (low, high)
        What sets its people apart.
    evidence : tuple of str
        Findings that judge it, or that would.
    own_scales : tuple of str
        Scales of this illness that the model cannot give.
    nearest : str
        The accepted condition to take instead, where it is refused.
    warning : str
        What a reader must know; empty where there is nothing to warn of.
    tier, source, note : str
        Where the row comes from; of a refused condition the note is the reason.
    """

    name: str
    aliases: tuple[str, ...]
    answer: str
    population: str
    overrides: Mapping[str, Range] = field(hash=False)
    evidence: tuple[str, ...]
    own_scales: tuple[str, ...]
    nearest: str
    warning: str
    tier: str
    source: str
    note: str

    @property
    def refused(self) -> bool:
        """Whether no trial of it can be run."""
        return self.answer == "no"

    @property
    def has_mood(self) -> bool:
        """Whether depression scores of its patients mean anything."""
        return self.answer in ("yes", "scores")

    def entry(self, entry: Entry | None = None) -> Entry:
        """Return who enters: the condition's people, where ``entry`` does not say otherwise."""
        if entry is None:
            return Entry(population=self.population, overrides=self.overrides)
        population = entry.population
        if population == Entry().population:
            population = self.population
        return replace(
            entry, population=population, overrides={**self.overrides, **entry.overrides}
        )


def conditions() -> tuple[Condition, ...]:
    """Return every condition, refused ones too, in the order of ``conditions.csv``."""
    return tuple(dict.fromkeys(_table().values()))


def condition(name: str) -> Condition:
    """Return a condition by name or alias, whatever the case.

    Raises
    ------
    UserError
        An unknown name, or a condition that is refused; one line with the reason and the nearest
        that is accepted.

    Examples
    --------
    >>> condition("perinatal").overrides["age"]
    (18.0, 45.0)
    """
    found = _table().get(name.strip().lower())
    if found is None:
        known = [word for each in conditions() for word in (each.name, *each.aliases)]
        raise UserError(f"condition: unknown {name!r}{nearest(name, known)}")
    if found.refused:
        raise UserError(
            f"condition: {found.name} is refused: {found.note}; nearest accepted: {found.nearest}"
        )
    return found


def why_no_scale(name: str) -> str:
    """Return why a scale of another illness cannot be had; empty where it is none of those."""
    folded = _folded(name)
    for each in conditions():
        if folded in {_folded(scale) for scale in each.own_scales}:
            reason = each.note if each.refused else each.warning
            return f"{name} is a scale of {each.name}: {reason}"
    return ""


def _folded(name: str) -> str:
    return name.replace("-", "").replace(" ", "").lower()


@cache
def _table() -> Mapping[str, Condition]:
    """Return every condition by lower-case name and alias."""
    table: dict[str, Condition] = {}
    for row in rows("conditions.csv", COLUMNS):
        entry = _from_row(row)
        for name in (entry.name, *entry.aliases):
            if table.get(name.lower(), entry) is not entry:
                raise UserError(f"conditions.csv: {name!r} stands twice")
            table[name.lower()] = entry
    return MappingProxyType(table)


def _from_row(row: Mapping[str, str]) -> Condition:
    if row["answer"] not in ANSWERS:
        hint = nearest(row["answer"], ANSWERS)
        raise UserError(f"conditions.csv: {row['condition']}: answer {row['answer']!r}{hint}")
    pairs = (pair.split("=") for pair in row["overrides"].split(";") if pair)
    return Condition(
        name=row["condition"],
        aliases=_words(row["aliases"]),
        answer=row["answer"],
        population=row["population"],
        overrides=MappingProxyType({symbol: _range(text) for symbol, text in pairs}),
        evidence=_words(row["evidence"]),
        own_scales=_words(row["own_scales"]),
        nearest=row["nearest"],
        warning=row["warning"],
        tier=row["tier"],
        source=row["source"],
        note=row["note"],
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("|")))


def _range(text: str) -> Range:
    """Return ``"1"`` as a number and ``"65..86"`` as two ends."""
    low, _, high = text.partition("..")
    return (float(low), float(high)) if high else float(low)
