"""What studies look at, in their words, and the model output that is it: ``outputs.csv``.

``scale`` is the size of a full effect, for outputs that rest at 0: a difference is told in it.
Where it is empty, arm and comparator are compared as a ratio. ``sign`` is -1 where the study's
quantity falls as the output rises. A word without ``output`` has no counterpart in the model.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ketasim.errors import UserError


@dataclass(frozen=True)
class OutputWord:
    """One row of ``outputs.csv``.

    Attributes
    ----------
    name : str
    aliases : tuple of str
    output : str
        Model output; empty where the model has none.
    sign : int
        1, or -1 for an inverse read-out.
    scale : float or None
        Size of a full effect, in the output's unit; None for a ratio.
    tier, source, note : str
        Where scale and choice of output come from.
    """

    name: str
    aliases: tuple[str, ...]
    output: str
    sign: int
    scale: float | None
    tier: str
    source: str
    note: str


def output_words() -> tuple[OutputWord, ...]:
    """Return every word, in the order of the table."""
    return tuple(dict.fromkeys(_table().values()))


def output_word(text: str) -> OutputWord | None:
    """Return a word by name or alias, whatever the case; None for no such word."""
    return _table().get(text.strip().lower())


@cache
def _table() -> Mapping[str, OutputWord]:
    text = files("ketasim.evidence").joinpath("outputs.csv").read_text(encoding="utf-8")
    table: dict[str, OutputWord] = {}
    for line, row in enumerate(csv.DictReader(text.splitlines()), 2):
        entry = OutputWord(
            name=row["word"],
            aliases=tuple(filter(None, row["aliases"].split("|"))),
            output=row["output"],
            sign=int(row["sign"] or 1),
            scale=float(row["scale"]) if row["scale"] else None,
            tier=row["tier"],
            source=row["source"],
            note=row["note"],
        )
        for name in (entry.name, *entry.aliases):
            if table.get(name.lower(), entry) is not entry:
                raise UserError(f"outputs.csv:{line}: {name!r} stands twice")
            table[name.lower()] = entry
    return table
