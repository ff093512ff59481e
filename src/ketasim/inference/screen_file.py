"""Reading a file of candidates: one molecule a row, units in the header, one line per mistake."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ketasim.errors import UserError, nearest
from ketasim.inference.screen_columns import (
    ACTIVITIES,
    ALIASES,
    COLUMNS,
    MU_ACTIONS,
    ROUTES,
    Column,
)
from ketasim.input_files import read_text

_HEADER = re.compile(r"\s*(\w+)\s*(?:\[([^\]]*)\])?\s*\Z")
_OF_KETAMINE = ("NMDA_Ki_CD", "NMDA_koff", "NMDA_trapped", "NMDA_delta")
_WORDS = {"route": ROUTES, "mu_action": MU_ACTIONS}


@dataclass(frozen=True)
class Candidate:
    """One molecule.

    Attributes
    ----------
    name, route : str
    dose_mg, dose_mg_per_kg : float
        Free base, each time; one of them is 0.
    infusion_h, interval_h : float
        0 where given at once, or once.
    doses : int
    numbers : mapping of str to float
        Every other number that is known, by column: nM, L, L/h, 1/h, g/mol, shares.
    mu_action : str
        ``"agonist"``, ``"antagonist"`` or empty.
    source, note, where : str
        ``where`` is file and line.
    """

    name: str
    route: str
    dose_mg: float
    dose_mg_per_kg: float
    infusion_h: float
    interval_h: float
    doses: int
    numbers: Mapping[str, float] = field(hash=False)
    mu_action: str = ""
    source: str = ""
    note: str = ""
    where: str = ""

    @property
    def activities(self) -> tuple[str, ...]:
        """Columns of the activities it has."""
        return tuple(name for name in ACTIVITIES if name in self.numbers)

    @property
    def regimen_text(self) -> str:
        """What is given, in words."""
        dose = f"{self.dose_mg:g} mg" if self.dose_mg else f"{self.dose_mg_per_kg:g} mg/kg"
        text = f"{dose} {self.route.upper() if len(self.route) == 2 else self.route}"
        text += f" over {self.infusion_h * 60:g} min" if self.infusion_h else ""
        return text + (f", {self.doses} x every {self.interval_h:g} h" if self.doses > 1 else "")

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What an empty cell was taken to mean, in sentences."""
        absent = [what for name, what in ACTIVITIES.items() if name not in self.numbers]
        told = [f"no activity told, so none: {', '.join(absent)}"] if absent else []
        if "Kp_uu" not in self.numbers:
            told.append("Kp_uu not told: unbound brain taken as unbound plasma")
        blocker = [name for name in _OF_KETAMINE if name not in self.numbers]
        as_ketamine = blocker if "NMDA_Ki" in self.numbers else []
        as_ketamine += [] if "ke0" in self.numbers else ["ke0"]
        if as_ketamine:
            told.append(f"as ketamine: {', '.join(as_ketamine)}")
        if not self.source:
            told.append("no source told")
        return tuple(told)


def read_candidates(path: Path) -> tuple[Candidate, ...]:
    """Read a file of candidates.

    Parameters
    ----------
    path : Path
        CSV with a header of columns and units (`screen_columns.COLUMNS`), as ``dose [mg]``;
        lines that begin with # are comments.

    Returns
    -------
    tuple of Candidate

    Raises
    ------
    UserError
        In one line: an unreadable file, no header, no rows, an unknown, missing or doubled
        column, a unit that is missing or unknown, a cell that is no number or cannot be, an
        unknown route, a molecule named twice.
    """
    header: dict[int, tuple[Column, str]] | None = None
    found: dict[str, Candidate] = {}
    for line, cells in _lines(path):
        where = f"{path.name}:{line}"
        if header is None:
            header = _header(cells, where)
            continue
        row = _row(cells, header, where)
        one = _candidate(row, where)
        if one.name in found:
            raise UserError(
                f"{where}: molecule '{one.name}' stands already in {found[one.name].where}"
            )
        found[one.name] = one
    if header is None:
        required = ", ".join(c.header for c in COLUMNS.values() if c.required)
        raise UserError(f"{path.name}: empty; the first line must name the columns: {required}")
    if not found:
        raise UserError(f"{path.name}: no rows; each line below the header is a molecule")
    return tuple(found.values())


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(read_text(path), newline=""))
    try:
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise UserError(f"{path}: is not a table of text: {error}") from None
    return [(k, cells) for k, cells in rows if any(cells) and not cells[0].startswith("#")]


def _header(cells: list[str], where: str) -> dict[int, tuple[Column, str]]:
    """Return column and unit by place."""
    found: dict[int, tuple[Column, str]] = {}
    for place, cell in enumerate(cells):
        match = _HEADER.match(cell)
        name = match[1] if match else cell
        column = COLUMNS.get(ALIASES.get(name, name))
        if len(cells) == 1 and ";" in cell:
            raise UserError(f"{where}: separated by ';'; put commas between the columns")
        if match is None or column is None:
            raise UserError(f"{where}: unknown column '{cell}'{nearest(name, COLUMNS)}")
        if any(column is other for other, _ in found.values()):
            raise UserError(f"{where}: column '{column.name}' is given twice")
        unit = (match[2] or "").strip()
        if not unit and column.needs_unit:
            raise UserError(f"{where}: column '{name}' has no unit; write it as '{column.header}'")
        if unit and unit not in column.units:
            known = ", ".join(u for u in column.units if u) or "none"
            raise UserError(f"{where}: column '{name}' has unknown unit '{unit}'; known: {known}")
        found[place] = (column, unit)
    for column in COLUMNS.values():
        if column.required and all(column is not other for other, _ in found.values()):
            raise UserError(f"{where}: column '{column.header}' is missing")
    return found


def _row(
    cells: list[str], header: Mapping[int, tuple[Column, str]], where: str
) -> dict[str, str | float]:
    """Return a row's cells by column, numbers in inside units; empty ones are left out."""
    if len(cells) > len(header) and any(cells[len(header) :]):
        raise UserError(f"{where}: {len(cells)} fields, expected {len(header)} "
                        "(quote a field with a comma)")  # fmt: skip
    row: dict[str, str | float] = {}
    for place, (column, unit) in header.items():
        cell = cells[place] if place < len(cells) else ""
        if not cell:
            if column.required:
                raise UserError(f"{where}: {column.name} is empty")
        elif column.units:
            row[column.name] = _number(cell, column, unit, where)
            if column.name == "dose":
                row["per_kg"] = float(unit.endswith("/kg"))
        else:
            row[column.name] = _word(cell, column.name, where)
    return row


def _word(cell: str, name: str, where: str) -> str:
    known = _WORDS.get(name)
    if known is None:
        return cell
    if cell.lower() not in known:
        raise UserError(f"{where}: unknown {name} '{cell}'{nearest(cell, known)}")
    return cell.lower()


def _number(cell: str, column: Column, unit: str, where: str) -> float:
    try:
        number = float(cell) * column.units[unit]
    except ValueError:
        raise UserError(f"{where}: {column.name} '{cell}' is not a number") from None
    if not math.isfinite(number):
        raise UserError(f"{where}: {column.name} '{cell}' is not a finite number")
    if number < 0:
        raise UserError(f"{where}: {column.name} '{cell}' is negative")
    if number == 0 and not column.zero:
        raise UserError(f"{where}: {column.name} '{cell}' is zero; leave the cell empty for none")
    if not column.low <= number <= column.high:
        raise UserError(f"{where}: {column.name} '{cell}' is not between {column.low:g} and "
                        f"{column.high:g}")  # fmt: skip
    return number


def _candidate(row: dict[str, str | float], where: str) -> Candidate:
    """Check a row as a whole."""
    numbers = {name: value for name, value in row.items() if isinstance(value, float)}
    route = str(row["route"])
    _check_schedule(numbers, route, where)
    _check_kinetics(numbers, route, where)
    if ("mu_Ki" in numbers) != ("mu_action" in row):
        has, lacks = ("mu_Ki", "mu_action") if "mu_Ki" in numbers else ("mu_action", "mu_Ki")
        raise UserError(f"{where}: {has} is given without {lacks}")
    dose, per_kg = numbers.pop("dose"), numbers.pop("per_kg")
    return Candidate(
        name=str(row["molecule"]),
        route=route,
        dose_mg=0.0 if per_kg else dose,
        dose_mg_per_kg=dose if per_kg else 0.0,
        infusion_h=numbers.pop("infusion", 0.0),
        interval_h=numbers.pop("interval", 0.0),
        doses=int(numbers.pop("doses", 1.0)),
        numbers=numbers,
        mu_action=str(row.get("mu_action", "")),
        source=str(row.get("source", "")),
        note=str(row.get("note", "")),
        where=where,
    )


def _check_schedule(numbers: Mapping[str, float], route: str, where: str) -> None:
    doses = numbers.get("doses", 1.0)
    if doses != int(doses):
        raise UserError(f"{where}: doses '{doses:g}' is not a whole number")
    if doses > 1 and "interval" not in numbers:
        raise UserError(f"{where}: doses '{doses:g}' needs an interval")
    if numbers.get("infusion") and route != "iv":
        raise UserError(f"{where}: infusion is given, but the route is '{route}'; nearest: iv")
    if doses > 1 and numbers["interval"] <= numbers.get("infusion", 0.0):
        raise UserError(
            f"{where}: interval {numbers['interval']:g} h is no longer than the infusion"
        )


def _check_kinetics(numbers: dict[str, float], route: str, where: str) -> None:
    """Check what needs what, and turn a half-life into a clearance."""
    for k in "234":
        if (f"V{k}" in numbers) != (f"Q{k}" in numbers):
            raise UserError(f"{where}: V{k} and Q{k} go together; one of them is empty")
    if ("CL" in numbers) == ("half_life" in numbers):
        how = "both given; leave one empty" if "CL" in numbers else "both empty; one is needed"
        raise UserError(f"{where}: CL and half_life are {how}")
    if "half_life" in numbers:
        if any(f"V{k}" in numbers for k in "234"):
            raise UserError(f"{where}: half_life needs a single compartment; give CL with V2, Q2")
        numbers["CL"] = math.log(2) * numbers["V1"] / numbers.pop("half_life")
    for name in ("ka", "F"):
        if route != "iv" and name not in numbers:
            raise UserError(f"{where}: {name} is empty; route '{route}' needs it")
