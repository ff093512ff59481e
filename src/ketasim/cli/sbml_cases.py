"""Cases of the SBML Test Suite: simulate each, write its results, compare with what is expected.

A case is a folder with ``CASE-sbml-lLvV.xml``, ``CASE-settings.txt`` and, usually,
``CASE-results.csv``. Source: the SBML Test Suite's own description of its semantic cases.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ketasim.errors import UserError
from ketasim.input_files import SBML_MB, read_text

RTOL, ATOL = 1e-8, 1e-12
SECONDS = 120.0
"""What a case may take."""


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
    expected : ndarray or None
        Shape (times, variables).
    """

    name: str
    sbml: str
    times: np.ndarray
    variables: tuple[str, ...]
    amounts: tuple[str, ...]
    concentrations: tuple[str, ...]
    absolute: float
    relative: float
    expected: np.ndarray | None


def run_case(folder: Path, out: Path) -> str:
    """Run a case and return ``ok``, ``refused REASON`` or ``failed REASON``.

    ``CASE-results.csv`` is written into ``out`` unless the case is refused or cannot be run.

    Raises
    ------
    UserError
        When the folder is no case, or ``out`` cannot be written.
    """
    from ketasim.engine.system import UnsupportedModel

    case = read_case(folder)
    try:
        values, status = _simulated(case)
    except UnsupportedModel as reason:
        return f"refused {reason}"
    if status != "ok":
        return f"failed {status}"
    _write(case, values, out)
    return _compared(case, values)


def read_case(folder: Path) -> Case:
    """Read a case's folder.

    Raises
    ------
    UserError
        When a file is missing or a setting is no number.
    """
    name = folder.resolve().name
    models = sorted(folder.glob("*-sbml-l*v*.xml"))
    settings_file = folder / f"{name}-settings.txt"
    if not models or not settings_file.is_file():
        raise UserError(f"{folder}: no case of the SBML Test Suite (model or settings missing)")
    lines = read_text(settings_file).splitlines()
    settings = {key.strip(): value.strip() for key, _, value in (x.partition(":") for x in lines)}
    try:
        start, duration = float(settings["start"]), float(settings["duration"])
        steps = int(settings["steps"])
        absolute, relative = float(settings["absolute"]), float(settings["relative"])
    except (KeyError, ValueError) as error:
        raise UserError(f"{settings_file}: setting missing or no number: {error}") from error
    variables = _names(settings.get("variables", ""))
    return Case(
        name=name,
        sbml=read_text(models[-1], SBML_MB),
        times=np.linspace(start, start + duration, steps + 1),
        variables=variables,
        amounts=_names(settings.get("amount", "")),
        concentrations=_names(settings.get("concentration", "")),
        absolute=absolute,
        relative=relative,
        expected=_expected(folder / f"{name}-results.csv", variables),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _expected(path: Path, variables: Sequence[str]) -> np.ndarray | None:
    if not path.is_file():
        return None
    rows = [row for row in csv.reader(io.StringIO(read_text(path))) if row]
    try:
        places = {name.strip(): k for k, name in enumerate(rows[0])}
        return np.array([[float(row[places[name]]) for name in variables] for row in rows[1:]])
    except (IndexError, KeyError, ValueError) as error:
        raise UserError(f"{path}: column missing or no number: {error}") from error


def _simulated(case: Case) -> tuple[np.ndarray, str]:
    """Return values (time, variable) in the unit the case asks for, and the engine's status."""
    from ketasim.engine.event_model import event_model
    from ketasim.engine.event_run import Limits
    from ketasim.engine.sbml_reading import open_document, read_sbml
    from ketasim.engine.single_run import run_one

    model = open_document(case.sbml, events=True).getModel()
    homes = {name: _home(model, name) for name in case.variables}
    extra = [home for home in dict.fromkeys(homes.values()) if home and home not in homes]
    names = [*case.variables, *extra]
    found = run_one(
        event_model(read_sbml(case.sbml, events=True), names),
        case.times,
        limits=Limits(rtol=RTOL, atol=ATOL, seconds=SECONDS),
        start=min(0.0, float(case.times[0])),
    )
    values = found.values.copy()
    for k, (name, home) in enumerate(homes.items()):
        if home:
            size = found.values[:, names.index(home)]
            substance = model.getSpecies(name).getHasOnlySubstanceUnits()
            if substance and name in case.concentrations:
                values[:, k] /= size
            if not substance and name in case.amounts:
                values[:, k] *= size
    return values[:, : len(case.variables)], found.status


def _home(model: Any, name: str) -> str | None:
    species = model.getSpecies(name)
    return None if species is None else species.getCompartment()


def _write(case: Case, values: np.ndarray, out: Path) -> None:
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


def _compared(case: Case, values: np.ndarray) -> str:
    if case.expected is None:
        return "ok"
    if case.expected.shape != values.shape:
        return f"failed expected results have shape {case.expected.shape}, not {values.shape}"
    same = (values == case.expected) | (np.isnan(values) & np.isnan(case.expected))
    with np.errstate(invalid="ignore"):
        near = np.abs(values - case.expected) <= case.absolute + case.relative * np.abs(
            case.expected
        )
    wrong = np.argwhere(~(same | near))
    if not len(wrong):
        return "ok"
    row, column = wrong[0]
    return (
        f"failed {case.variables[column]} at time {case.times[row]:g} is {values[row, column]:g}, "
        f"expected {case.expected[row, column]:g}"
    )
