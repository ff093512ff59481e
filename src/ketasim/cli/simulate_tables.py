"""Tables that ``ketasim simulate`` reads: doses, and individuals with values of their own."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.input_files import DATA_MB, read_text

if TYPE_CHECKING:
    from ketasim.engine.dose_table import Dose

NEEDED = ("time", "target", "amount")
COLUMNS = (*NEEDED, "duration", "id")
ID = "id"


@dataclass(frozen=True)
class PeopleTable:
    """Individuals of a model.

    Attributes
    ----------
    ids : tuple of str
    values : mapping of str to ndarray, shape (n,)
    """

    ids: tuple[str, ...]
    values: Mapping[str, np.ndarray]


def read_people(path: Path) -> PeopleTable:
    """Read individuals: a row each; columns ``id`` (default 1, 2, ...) and names of the model.

    Raises
    ------
    UserError
        No rows, a cell that is no number, an ``id`` or a column that stands twice.
    """
    names, rows = _table(path)
    for name in names:
        if not name:
            raise UserError(f"{path}: a column has no name")
        if names.count(name) > 1:
            raise UserError(f"{path}: column '{name}' stands twice")
    ids: dict[str, None] = {}
    columns: dict[str, list[float]] = {name: [] for name in names if name != ID}
    for number, (place, row) in enumerate(rows, start=1):
        own = row.get(ID, str(number)).strip()
        if not own:
            raise UserError(f"{place}: the id is missing")
        if own in ids:
            raise UserError(f"{place}: id '{own}' stands twice")
        ids[own] = None
        for name, column in columns.items():
            column.append(finite(row[name], f"{place}: {name}"))
    if not ids:
        raise UserError(f"{path}: no individuals; each needs a row below the names of the columns")
    return PeopleTable(tuple(ids), {name: np.array(column) for name, column in columns.items()})


def read_doses(path: Path, ids: Collection[str] | None = None) -> list[tuple[str, Dose]]:
    """Read a dose table: columns time, target, amount and, perhaps, duration and id.

    Parameters
    ----------
    path : Path
    ids : collection of str, optional
        The individuals there are; None: one without a name.

    Returns
    -------
    list of (str, Dose)
        Whose it is, empty for everybody; the dose.

    Raises
    ------
    UserError
        A column or a number that is missing, negative times or durations, an unknown id.
    """
    names, rows = _table(path)
    for name in names:
        if name not in COLUMNS:
            raise UserError(f"{path}: unknown column '{name}'{nearest(name, COLUMNS)}")
    for name in NEEDED:
        if name not in names:
            raise UserError(f"{path}: column '{name}' is missing; needed: {', '.join(NEEDED)}")
    if ID in names and ids is None:
        raise UserError(f"{path}: column 'id' is for the individuals of --people, not given here")
    known = frozenset(ids or ())
    found = []
    for place, row in rows:
        whose = row.get(ID, "").strip()
        if whose and whose not in known:
            raise UserError(f"{place}: id '{whose}' is no individual{nearest(whose, known)}")
        found.append((whose, _dose(row, place)))
    return found


def doses_of_each(
    ids: Sequence[str], doses: Sequence[tuple[str, Dose]]
) -> tuple[tuple[Dose, ...], ...]:
    """Return the doses of each individual, in the order of the table."""
    own: dict[str, list[Dose]] = {name: [] for name in ids}
    for whose, dose in doses:
        for name in [whose] if whose else ids:
            own[name].append(dose)
    return tuple(tuple(each) for each in own.values())


def _table(path: Path) -> tuple[list[str], Iterator[tuple[str, dict[str, str]]]]:
    """Return the names of the columns, and the place and cells of each row."""
    reader = csv.DictReader(io.StringIO(read_text(path, DATA_MB)), skipinitialspace=True)
    names = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    return names, _rows(path, reader)


def _rows(path: Path, reader: csv.DictReader[str]) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        for row in reader:
            place = f"{path}:{reader.line_num}"
            if None in row or None in row.values():
                raise UserError(f"{place}: not as many cells as columns")
            yield place, row
    except csv.Error as error:
        raise UserError(f"{path}:{reader.line_num}: {error}") from None


def _dose(row: Mapping[str, str], place: str) -> Dose:
    from ketasim.engine.dose_table import Dose

    time, amount = (finite(row[key], f"{place}: {key}") for key in ("time", "amount"))
    text = row.get("duration", "").strip()
    duration = finite(text, f"{place}: duration") if text else 0.0
    if time < 0 or duration < 0:
        raise UserError(f"{place}: time {time:g}, duration {duration:g}: neither may be below 0")
    return Dose(time, row["target"].strip(), amount, duration)


def finite(text: str, where: str) -> float:
    """Return a number from text.

    Raises
    ------
    UserError
        It is none, or not finite; ``where`` is what the message names first.
    """
    try:
        number = float(text)
    except ValueError:
        raise UserError(f"{where}: {text.strip()!r} is no number") from None
    if not math.isfinite(number):
        raise UserError(f"{where}: {text.strip()!r} is not finite")
    return number
