"""What ``ketasim simulate`` writes: a row for each time, and for each individual where many."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import numpy as np

from ketasim.cli.simulate_model import Simulated
from ketasim.errors import UserError
from ketasim.study.whole_file import whole_file

OF_MANY = ("id", "time", "status")
"""Columns before the outputs; of one individual only the time."""
ROWS_AT_ONCE = 100_000


def header(found: Simulated) -> tuple[str, ...]:
    """Return the names of the columns.

    Raises
    ------
    UserError
        An output has the name of another column.
    """
    own = ("time",) if found.ids is None else OF_MANY
    for name in found.names:
        if name in own:
            raise UserError(f"output '{name}' would stand beside a column of that name; "
                            "choose others by --outputs")  # fmt: skip
    return (*own, *found.names)


def write_csv(found: Simulated, file: IO[str]) -> None:
    """Write runs as CSV as they come."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header(found))
    for name, course in found.read():
        for time, row in zip(found.times, course.values, strict=True):
            own = (repr(float(time)),) if found.ids is None else (name, repr(float(time)),
                                                                  course.status)  # fmt: skip
            writer.writerow([*own, *(repr(float(number)) for number in row)])


def write(found: Simulated, path: Path) -> Path:
    """Write runs as Parquet where the name ends so, else as CSV; whole, or not at all.

    Raises
    ------
    UserError
        Another ending, a place that cannot be written, names that Parquet cannot tell apart.
    """
    kind = path.suffix.lower()
    if kind == ".parquet":
        return _write_parquet(found, path)
    if kind != ".csv":
        raise UserError(f"--out: {path}: give a file ending in .csv or .parquet")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out: cannot write '{path}': {error.strerror or error}") from error
    with whole_file(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        write_csv(found, file)
    return path


def _write_parquet(found: Simulated, path: Path) -> Path:
    from ketasim.simulation.results import write_frames

    columns = header(found)
    folded = [name.lower() for name in columns]
    for name in columns:
        if folded.count(name.lower()) > 1:
            raise UserError(f"--out: {path}: Parquet would not tell '{name}' from another name in "
                            "upper or lower case; write .csv")  # fmt: skip
    return write_frames(_frames(found, columns), path)


def _frames(found: Simulated, columns: tuple[str, ...]) -> Iterator[Any]:
    """Yield tables of some individuals each."""
    import pandas as pd

    n_times, coming = len(found.times), found.read()
    for first in coming:
        some = [first, *islice(coming, max(0, ROWS_AT_ONCE // n_times - 1))]
        own: tuple[Any, ...] = (np.tile(found.times, len(some)),)
        if found.ids is not None:
            names = list(chain.from_iterable([name] * n_times for name, _ in some))
            statuses = chain.from_iterable([course.status] * n_times for _, course in some)
            own = (names, *own, list(statuses))
        values = np.concatenate([course.values for _, course in some])
        yield pd.DataFrame(dict(zip(columns, (*own, *values.T), strict=True)))
