"""A case of the SBML Test Suite: its folder read, and its results written and compared.

A case is a folder with ``CASE-sbml-lLvV.xml``, ``CASE-settings.txt`` and, perhaps,
``CASE-results.csv``. Source: the SBML Test Suite's own description of its semantic cases.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ketasim.engine.system import UnsupportedModel
from ketasim.errors import UserError
from ketasim.input_files import SBML_MB, read_text

MOST_STEPS = 1_000_000
"""Output times of a case."""
_MODEL = re.compile(r"-sbml-l(\d+)v(\d+)\.xml\Z")


@dataclass(frozen=True)
class Case:
    """What a case asks for.

    Attributes
    ----------
    name : str
    sbml : str
    times : ndarray
    variables, amounts, concentrations : tuple of str
    absolute, relative : float
        Tolerances of the comparison.
    """

    name: str
    sbml: str
    times: np.ndarray
    variables: tuple[str, ...]
    amounts: tuple[str, ...]
    concentrations: tuple[str, ...]
    absolute: float
    relative: float


def read_case(folder: Path) -> Case:
    """Read a case's folder; of several models the newest level and version.

    Raises
    ------
    UserError
        When a file is missing or a setting is no number.
    UnsupportedModel
        When the case asks for something else than the course of one deterministic run.
    """
    name = folder.resolve().name
    settings_file = folder / f"{name}-settings.txt"
    if not settings_file.is_file():
        raise UserError(f"{folder}: no case of the SBML Test Suite (no {settings_file.name})")
    settings = _settings(read_text(settings_file))
    for key in ("meanRange", "sdRange"):
        if key in settings:
            raise UnsupportedModel("the case asks for means of stochastic runs")
    if not (settings.get("duration") and settings.get("steps")):
        raise UnsupportedModel("the case asks for no time course (no duration or no steps)")
    return Case(
        name=name,
        sbml=read_text(_newest_model(folder), SBML_MB),
        times=_times(settings, settings_file),
        variables=_names(settings.get("variables", "")),
        amounts=_names(settings.get("amount", "")),
        concentrations=_names(settings.get("concentration", "")),
        absolute=_number(settings, "absolute", settings_file),
        relative=_number(settings, "relative", settings_file),
    )


def _newest_model(folder: Path) -> Path:
    models = [(match, path) for path in sorted(folder.glob("*.xml"))
              if (match := _MODEL.search(path.name))]  # fmt: skip
    if not models:
        raise UserError(f"{folder}: no case of the SBML Test Suite (no model *-sbml-lLvV.xml)")
    return max(models, key=lambda found: (int(found[0][1]), int(found[0][2]), found[1].name))[1]


def _settings(text: str) -> dict[str, str]:
    parts = (line.partition(":") for line in text.splitlines())
    return {key.strip(): value.strip() for key, _, value in parts}


def _number(settings: dict[str, str], key: str, file: Path) -> float:
    try:
        number = float(settings[key])
    except KeyError:
        raise UserError(f"{file}: '{key}' is missing") from None
    except ValueError:
        raise UserError(f"{file}: {key}: {settings[key]!r} is no number") from None
    if not math.isfinite(number):
        raise UserError(f"{file}: {key}: {settings[key]!r} is not finite")
    return number


def _times(settings: dict[str, str], file: Path) -> np.ndarray:
    settings = {"start": "0", **{key: value for key, value in settings.items() if value}}
    start, duration, steps = (
        _number(settings, key, file) for key in ("start", "duration", "steps")
    )
    if steps != int(steps) or not 0 <= steps <= MOST_STEPS or duration < 0:
        raise UserError(f"{file}: duration {duration:g}, steps {steps:g}: neither below 0, "
                        f"steps a whole number of at most {MOST_STEPS:,}")  # fmt: skip
    if duration == 0 or steps == 0:
        return np.array([start])
    return np.linspace(start, start + duration, int(steps) + 1)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def write_results(case: Case, values: np.ndarray, out: Path) -> None:
    """Write ``CASE-results.csv``: time, then the variables in the order of the settings."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["time", *case.variables])
    for time, row in zip(case.times, values, strict=True):
        writer.writerow([f"{number:.16g}" for number in (time, *row)])
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{case.name}-results.csv").write_text(text.getvalue(), encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out: cannot write into {out}: {error.strerror}") from error


def compared(case: Case, values: np.ndarray, folder: Path) -> str:
    """Return ``ok``, or ``failed`` and where the values first differ from the folder's results.

    A folder need not have results, and results that cannot be read are not compared.
    """
    expected = _expected(folder / f"{case.name}-results.csv", case.variables)
    if expected is None:
        return "ok"
    if expected.shape != values.shape:
        return f"failed: {case.name}-results.csv has {len(expected)} rows, not {len(values)}"
    same = (values == expected) | (np.isnan(values) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        near = np.abs(values - expected) <= case.absolute + case.relative * np.abs(expected)
    wrong = np.argwhere(~(same | near))
    if not len(wrong):
        return "ok"
    row, column = wrong[0]
    return (
        f"failed: differs from {case.name}-results.csv: {case.variables[column]} at time "
        f"{case.times[row]:g} is {values[row, column]:g}, expected {expected[row, column]:g}"
    )


def _expected(path: Path, variables: Sequence[str]) -> np.ndarray | None:
    if not path.is_file():
        return None
    try:
        rows = [row for row in csv.reader(io.StringIO(read_text(path))) if row]
        places = {name.strip(): k for k, name in enumerate(rows[0])}
        table = [[float(row[places[name]]) for name in variables] for row in rows[1:]]
    except (IndexError, KeyError, ValueError, csv.Error):  # a UserError is a ValueError, too
        return None
    return np.array(table).reshape(len(table), len(variables))
