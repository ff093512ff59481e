"""How this package's tables are read, and the bibliography their rows cite."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ketasim.errors import UserError, nearest
from ketasim.model import TIERS, Parameter, Source, load_sources
from ketasim.model.parameter_table import read_parameters, source_keys
from ketasim.model.sources import read_sources
from ketasim.model.text_file import read_text

FOLDER = Path(__file__).parent


@cache
def sources() -> dict[str, Source]:
    """Return what rows of this package may cite: the model's bibliography and its own."""
    return {**load_sources(), **read_sources(FOLDER / "sources.bib")}


@cache
def parameters(name: str) -> tuple[Parameter, ...]:
    """Return the rows of a table with the columns of ``model/parameters``, checked."""
    return read_parameters(FOLDER / name, sources())


def rows(name: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of another table as text, its columns, tiers and sources checked.

    Raises
    ------
    UserError
        A missing or unknown column, an unknown tier or source; names file and line.
    """
    reader = csv.DictReader(read_text(FOLDER / name).splitlines(), restval="")
    for column in reader.fieldnames or ():
        if column not in columns:
            raise UserError(f"{name}:1: unknown column '{column}'{nearest(column, columns)}")
    for column in columns:
        if column not in (reader.fieldnames or ()):
            raise UserError(f"{name}:1: column '{column}' is missing")
    found = []
    for row in reader:
        _check(row, f"{name}:{reader.line_num}: {row[columns[0]]}")
        found.append(row)
    return found


def _check(row: dict[str, str], here: str) -> None:
    """Refuse a row without a known tier and a source that is known or says why not."""
    if row["tier"] not in TIERS:
        raise UserError(f"{here}: unknown tier '{row['tier']}'{nearest(row['tier'], TIERS)}")
    keys = source_keys(row["source"])
    for key in keys:
        if key not in sources():
            raise UserError(
                f"{here}: source '{key}' is not in sources.bib{nearest(key, sources())}"
            )
    if not keys and not row["note"]:
        raise UserError(f"{here}: source '{row['source']}' gives no reason; add one in note")
    if row["tier"] == "measured" and not keys:
        raise UserError(f"{here}: tier measured needs a key of sources.bib")
