"""``ketasim simulate``: a model of SBML or Antimony, once, with doses of its own."""

from __future__ import annotations

import csv
import io
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.input_files import SBML_MB, read_text

POINTS = 201
"""Output times where only the end is given."""
MOST_TIMES = 1_000_000
COLUMNS = ("time", "target", "amount", "duration")


@dataclass(frozen=True)
class Simulated:
    """What a run gave.

    Attributes
    ----------
    names : tuple of str
    times : ndarray, shape (n_times,)
    values : ndarray, shape (n_times, n_outputs)
    status, solver : str
    """

    names: tuple[str, ...]
    times: np.ndarray
    values: np.ndarray
    status: str
    solver: str


@dataclass(frozen=True)
class Wish:
    """What the command was asked for, as it was typed."""

    model: Path
    until: float | None = None
    times: str | None = None
    outputs: Sequence[str] = ()
    values: Sequence[str] = ()
    doses: Path | None = None
    rtol: float = 1e-8
    atol: float = 1e-12
    seconds: float = 120.0


def simulated(wish: Wish) -> Simulated:
    """Read what is asked, run it.

    Raises
    ------
    UserError
        A file, a name or a number that does not fit; the message says which.
    """
    from ketasim.engine.event_run import Limits
    from ketasim.engine.sbml_run import run_sbml

    times = output_times(wish.until, wish.times)
    names, course = run_sbml(
        model_text(wish.model),
        times,
        outputs=tuple(n.strip() for given in wish.outputs for n in given.split(",") if n.strip()),
        values=dict(_pair(text) for text in wish.values),
        doses=read_doses(wish.doses) if wish.doses is not None else (),
        limits=Limits(rtol=wish.rtol, atol=wish.atol, seconds=wish.seconds),
    )
    return Simulated(names, times, course.values, course.status, course.solver)


def model_text(path: Path) -> str:
    """Return a model file as SBML; Antimony is translated.

    Raises
    ------
    UserError
        Another kind of file, one that cannot be read, or Antimony that is refused.
    """
    from ketasim.model.sbml_import import antimony_file

    kind = path.suffix.lower()
    if kind in (".xml", ".sbml"):
        return read_text(path, SBML_MB)
    if kind in (".ant", ".txt"):
        return antimony_file(path)
    raise UserError(f"{path}: give an SBML file (.xml, .sbml) or an Antimony file (.ant)")


def output_times(until: float | None, times: str | None) -> np.ndarray:
    """Return the output times: ``--times`` as ``0,1,2.5`` or ``0:24:0.5``, else up to ``--until``.

    Raises
    ------
    UserError
        Neither or both are given, or something is no number.
    """
    if (until is None) == (times is None):
        raise UserError("give either --until END or --times (0,1,2.5 or START:END:STEP)")
    if until is not None:
        if not (math.isfinite(until) and until >= 0):
            raise UserError(f"--until: {until:g} is no time to stop at; give a number from 0 on")
        return np.linspace(0.0, until, POINTS) if until else np.zeros(1)
    assert times is not None
    if ":" in times:
        parts = [_number(part, "--times") for part in times.split(":")]
        if len(parts) != 3 or parts[2] <= 0 or parts[1] < parts[0]:
            raise UserError(f"--times: {times!r} is not START:END:STEP with STEP above 0")
        count = math.floor((parts[1] - parts[0]) / parts[2] * (1 + 1e-12)) + 1
        if count > MOST_TIMES:
            raise UserError(f"--times: {times!r} means {count:,} times; at most {MOST_TIMES:,}")
        return parts[0] + parts[2] * np.arange(count)
    return np.array([_number(part, "--times") for part in times.split(",")])


def _number(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise UserError(f"{where}: {text.strip()!r} is no number") from None
    if not math.isfinite(number):
        raise UserError(f"{where}: {text.strip()!r} is not finite")
    return number


def _pair(text: str) -> tuple[str, float]:
    name, equals, number = text.partition("=")
    if not equals or not name.strip():
        raise UserError(f"--values: {text!r} is not NAME=NUMBER")
    return name.strip(), _number(number, f"--values: {name.strip()}")


def read_doses(path: Path):
    """Read a dose table: columns time, target, amount and, perhaps, duration.

    Raises
    ------
    UserError
        A column or a number that is missing, negative times or durations.
    """
    from ketasim.engine.dose_table import Dose

    reader = csv.DictReader(io.StringIO(read_text(path)), skipinitialspace=True)
    names = [name.strip() for name in reader.fieldnames or ()]
    for name in names:
        if name not in COLUMNS:
            raise UserError(f"{path}: unknown column '{name}'{nearest(name, COLUMNS)}")
    for name in COLUMNS[:3]:
        if name not in names:
            raise UserError(f"{path}: column '{name}' is missing; needed: time, target, amount")
    reader.fieldnames = names
    doses = []
    try:
        for row in reader:
            doses.append(_dose(row, f"{path}:{reader.line_num}", Dose))
    except csv.Error as error:
        raise UserError(f"{path}:{reader.line_num}: {error}") from None
    return doses


def _dose(row: dict[str, str], place: str, kind: type):
    if None in row or None in row.values():
        raise UserError(f"{place}: not as many cells as columns")
    time, amount = (_number(row[key], f"{place}: {key}") for key in ("time", "amount"))
    text = (row.get("duration") or "").strip()
    duration = _number(text, f"{place}: duration") if text else 0.0
    if time < 0 or duration < 0:
        raise UserError(f"{place}: time {time:g}, duration {duration:g}: neither may be below 0")
    return kind(time, row["target"].strip(), amount, duration)


def as_csv(found: Simulated) -> str:
    """Return the run as CSV: time, then every output."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["time", *found.names])
    for time, row in zip(found.times, found.values, strict=True):
        writer.writerow([repr(float(number)) for number in (time, *row)])
    return text.getvalue()


def write(found: Simulated, path: Path) -> Path:
    """Write the run as Parquet where the name ends so, else as CSV."""
    from ketasim.report.files import write_file

    if path.suffix.lower() not in (".parquet", ".csv"):
        raise UserError(f"--out: {path}: give a file ending in .csv or .parquet")
    if path.suffix.lower() == ".csv":
        return write_file(path, as_csv(found).encode("utf-8"))
    return _write_parquet(found, path)


def _write_parquet(found: Simulated, path: Path) -> Path:
    import duckdb
    import pandas as pd

    from ketasim.report.files import write_file

    columns = {"time": found.times, **dict(zip(found.names, found.values.T, strict=True))}
    folded = [name.lower() for name in columns]
    for name in columns:
        if folded.count(name.lower()) > 1:
            raise UserError(f"--out: {path}: Parquet would not tell '{name}' from another name in "
                            "upper or lower case; write .csv")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.register("course", pd.DataFrame(columns))
        connection.execute(f"COPY course TO '{folder}/course.parquet' (FORMAT parquet)")
        held = Path(folder, "course.parquet").read_bytes()
    return write_file(path, held)
