"""Read people from a CSV file: one row each, an ID, and any covariates or parameters."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.input_files import PEOPLE_MB, read_text
from ketasim.population.individuals import Given, Population
from ketasim.population.possible import fault


def from_file(
    path: str | Path,
    *,
    name: str = "trd",
    seed: int = 0,
    required: Sequence[str] = (),
    between_person: bool = True,
) -> Population:
    """Return the people of a CSV file.

    Parameters
    ----------
    path : str or Path
        Header with ``ID`` and names of covariates (WT [kg], age [year], sex 0 or 1, met 0,
        0.5 or 1, liver, B0, D0, japanese 0 or 1, asian 0 or 1, cyp2b6 0, 0.5 or 1) or of the
        model's parameters (in their own units); then one row per person.
    name : str
        The named population from which everything else is drawn.
    seed : int
        Seed of those draws.
    required : sequence of str
        Columns that must be there.
    between_person : bool
        False: everything the file does not give is typical.

    Raises
    ------
    UserError
        No such file, no rows, a missing or repeated column, a repeated ID, or a cell that is
        empty, text, NaN, infinite or impossible; the message names line and column.
    """
    file = Path(path)
    try:
        lines = list(csv.reader(read_text(file, PEOPLE_MB).splitlines()))
    except csv.Error as error:
        raise UserError(f"{file}: is not a table of text: {error}") from None
    numbered = [(number, row) for number, row in enumerate(lines, 1) if any(map(str.strip, row))]
    if not numbered:
        raise UserError(f"{file}: is empty; a header with ID and one row per person is needed")
    header = _header(numbered[0][1], required, str(file))
    if len(numbered) == 1:
        raise UserError(f"{file}: has a header but no people")
    symbols = tuple(column for column in header if column != "ID")
    rows = [_row(cells, header, f"{file}:{number}") for number, cells in numbered[1:]]
    lines_of = tuple(number for number, _ in numbered[1:])
    ids = _distinct([row["ID"] for row in rows], lines_of, str(file))
    values = np.array([[float(row[s]) for s in symbols] for row in rows], dtype=float)
    given = Given(str(file), ids, symbols, values.reshape(len(rows), len(symbols)), lines_of)
    return Population(name=name, n=len(rows), seed=seed, between_person=between_person, given=given)


def _header(cells: list[str], required: Sequence[str], file: str) -> list[str]:
    """Return the column names, checked."""
    header = [cell.strip() for cell in cells]
    for name in ("ID", *required):
        if name not in header:
            raise UserError(f"{file}: no column {name}{nearest(name, header)}")
    for position, name in enumerate(header):
        if not name:
            raise UserError(f"{file}:1: column {position + 1} has no name")
        if name in header[:position]:
            raise UserError(f"{file}:1: column {name} stands twice")
    return header


def _row(cells: list[str], header: list[str], where: str) -> dict[str, str]:
    """Return the cells of one line by column, each checked."""
    if len(cells) != len(header):
        raise UserError(f"{where}: {len(cells)} cells for {len(header)} columns")
    row = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
    if not row["ID"]:
        raise UserError(f"{where}: ID is empty")
    for column, cell in row.items():
        if column != "ID":
            _check(column, cell, where)
    return row


def _check(column: str, cell: str, where: str) -> None:
    """Refuse a cell that is no number, or that nobody can have."""
    try:
        value = float(cell)
    except ValueError:
        what = f"{cell!r} is not a number" if cell else "is empty"
        raise UserError(f"{where}: {column} {what}") from None
    if what := fault(column, value):
        raise UserError(f"{where}: {column} {cell!r} {what}")


def _distinct(ids: Sequence[str], lines: Sequence[int], file: str) -> tuple[str, ...]:
    """Return the IDs, or raise naming the first that stands twice."""
    seen: dict[str, int] = {}
    for name, line in zip(ids, lines, strict=True):
        if name in seen:
            raise UserError(f"{file}:{line}: ID {name!r} stands on line {seen[name]} already")
        seen[name] = line
    return tuple(ids)
