"""The event table: doses in the field's own columns, one row per dose and compartment.

``ID TIME AMT RATE CMT EVID ADDL II SS``, as NONMEM, mrgsolve and rxode2 write them, with
compartments by name. Every dose is written out (ADDL = 0), so that nothing is ambiguous. Doses
only: sessions are set again on reading, holds and clamped exposures have no column here.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ketasim.dosing.drugs import ENANTIOMERS, ROUTES, Drug, drug, drug_names
from ketasim.dosing.engine_events import checked_weights, entries
from ketasim.dosing.quantities import Amount
from ketasim.dosing.regimen import Dose, Regimen
from ketasim.errors import UserError, nearest

COLUMNS = ("ID", "TIME", "AMT", "RATE", "CMT", "EVID", "ADDL", "II", "SS")
_REQUIRED = ("ID", "TIME", "AMT", "CMT")


@dataclass(frozen=True)
class EventTable:
    """Doses of all individuals; every array has shape (rows,).

    Attributes
    ----------
    ID : ndarray of str
    TIME : ndarray of float
        On the regimen's clock [h].
    AMT : ndarray of float
        Free base [mg].
    RATE : ndarray of float
        [mg/h]; 0 is a dose given at once.
    CMT : ndarray of str
        Compartment (``"A1_S"``), or drug and route (``"ketamine iv"``).
    EVID, ADDL, SS : ndarray of int
    II : ndarray of float
        [h]
    """

    ID: np.ndarray
    TIME: np.ndarray
    AMT: np.ndarray
    RATE: np.ndarray
    CMT: np.ndarray
    EVID: np.ndarray
    ADDL: np.ndarray
    II: np.ndarray
    SS: np.ndarray

    def __len__(self) -> int:
        return len(self.ID)


def event_table(
    regimen: Regimen, weight_kg: Iterable[float], ids: Sequence[object] | None = None
) -> EventTable:
    """Write out the doses of every individual.

    Parameters
    ----------
    regimen : Regimen
    weight_kg : array_like of float, shape (n,)
        Body weight [kg].
    ids : sequence, optional
        Identifiers; 1 to n by default.

    Raises
    ------
    UserError
        A bad weight, or a wrong number of identifiers.
    """
    weights = checked_weights(weight_kg)
    names = np.array([str(i) for i in (range(1, len(weights) + 1) if ids is None else ids)])
    if len(names) != len(weights):
        raise UserError(f"ids: {len(names)} identifiers for {len(weights)} individuals")
    rows = sorted(_dose_rows(regimen.doses))
    fixed, per_kg, length_h = (np.array([r[i] for r in rows], dtype=float) for i in (2, 3, 4))
    n, m = len(weights), len(rows)
    amounts = (fixed + per_kg * weights[:, None]).reshape(-1)
    lengths = np.tile(length_h, n)
    rate = np.divide(amounts, lengths, out=np.zeros(n * m), where=lengths > 0)
    none = np.zeros(n * m, dtype=int)
    return EventTable(
        ID=np.repeat(names, m),
        TIME=np.tile(np.array([r[0] for r in rows], dtype=float), n),
        AMT=amounts,
        RATE=rate,
        CMT=np.tile(np.array([r[1] for r in rows], dtype=str), n),
        EVID=none + 1,
        ADDL=none,
        II=none.astype(float),
        SS=none,
    )


def _dose_rows(doses: Iterable[Dose]) -> list[tuple[float, str, float, float, float]]:
    """Return (time h, compartment, mg, mg/kg, length h) of each dose and compartment."""
    rows = []
    for dose in doses:
        if dose.drug is None or dose.amount.is_zero:
            continue
        for enantiomer, route, share in entries(dose):
            given = dose.amount.times(share)
            cmt = ROUTES[route].compartment.format(enantiomer)
            rows.append((dose.start_h, cmt, given.mg, given.mg_per_kg, dose.duration_h))
    return rows


def write_csv(table: EventTable, path: str | Path) -> None:
    """Write the table; numbers are printed so that they read back exactly."""
    columns = [getattr(table, name).tolist() for name in COLUMNS]
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(zip(*columns, strict=True))


def read_csv(path: str | Path) -> EventTable:
    """Read an event table; ``.`` and empty cells are 0, other columns are ignored.

    Required columns are ID, TIME, AMT and CMT. Rows with EVID 0 are observations and left out;
    without an EVID column, rows with AMT = 0 are.

    Raises
    ------
    UserError
        No file, a missing column, a cell that is no number, or a record this program would have
        to guess at (SS, EVID above 1, RATE below 0, ADDL without II, a numbered compartment).
    """
    file = Path(path)
    if not file.is_file():
        raise UserError(f"{file}: no such file")
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    reader = csv.DictReader(lines)
    header = [str(name).strip() for name in reader.fieldnames or ()]
    reader.fieldnames = header
    for name in _REQUIRED:
        if name not in header:
            raise UserError(f"{file}: no column {name}{nearest(name, header)}")
    rows = [_read_row(row, header, f"{file}:{number}") for number, row in enumerate(reader, 2)]
    kept = [row for row in rows if row["EVID"] == 1]
    kinds = {"ID": str, "CMT": str, "EVID": int, "ADDL": int, "SS": int}
    columns = {c: np.array([r[c] for r in kept], dtype=kinds.get(c, float)) for c in COLUMNS}
    return EventTable(**columns)


def _read_row(row: dict[str, str], header: list[str], where: str) -> dict[str, str | float]:
    """Return the checked cells of one line; ``where`` is file and line."""
    cells = {c: _number(row.get(c), c, where) for c in COLUMNS if c not in ("ID", "CMT")}
    if "EVID" not in header:
        cells["EVID"] = 1.0 if cells["AMT"] else 0.0
    name, cmt = (row["ID"] or "").strip(), row["CMT"] or ""
    if not name:
        raise UserError(f"{where}: ID is empty")
    if cells["EVID"] != 0:
        _check_dose(cells, where)
        place(cmt, where)
    return {"ID": name, "CMT": cmt, **cells}


def _check_dose(cells: dict[str, float], where: str) -> None:
    """Refuse a dose record that would have to be guessed at."""
    for name, allowed, why in (
        ("EVID", (1,), "only doses (1) and observations (0) are understood"),
        ("SS", (0,), "steady state is not guessed; write the doses out"),
    ):
        if cells[name] not in allowed:
            raise UserError(f"{where}: {name} = {cells[name]:g}; {why}")
    for name in ("AMT", "RATE", "ADDL", "II"):
        if cells[name] < 0:
            raise UserError(f"{where}: {name} = {cells[name]:g} is negative")
    if cells["ADDL"] > 0 and cells["II"] == 0:
        raise UserError(f"{where}: ADDL = {cells['ADDL']:g} needs an interval II above 0")


def _number(cell: str | None, name: str, where: str) -> float:
    """Return the number in a cell; ``.`` and nothing are 0."""
    text = (cell or "").strip()
    if text in ("", "."):
        return 0.0
    try:
        value = float(text)
    except ValueError:
        raise UserError(f"{where}: {name} = {text!r} is not a number") from None
    if not math.isfinite(value):
        raise UserError(f"{where}: {name} = {text!r} is not a finite number")
    return value


def place(cmt: str, where: str) -> tuple[Drug, str]:
    """Return drug and route of a CMT such as ``"A1_S"`` or ``"ketamine iv"``."""
    pure = {"S": drug("esketamine"), "R": drug("arketamine")}
    places = {
        route.compartment.format(e): (pure[e], key)
        for key, route in reversed(list(ROUTES.items()))
        for e in ENANTIOMERS
    }
    kinetic = [name for name in drug_names() if drug(name).has_kinetics]
    places |= {f"{name} {key}": (drug(name), key) for name in kinetic for key in ROUTES}
    if cmt.strip() not in places:
        raise UserError(f"{where}: unknown compartment CMT = {cmt!r}{nearest(cmt, places)}")
    return places[cmt.strip()]


def regimens(table: EventTable, *, session: bool = True) -> dict[str, Regimen]:
    """Return the regimen of each individual, ADDL and II written out.

    Parameters
    ----------
    table : EventTable
    session : bool
        Whether each dose is a supervised session.

    Returns
    -------
    dict of str to Regimen
        By ID, in the table's order. ``list(...values())`` goes into `engine_events`.
    """
    doses: dict[str, list[Dose]] = {}
    for row in range(len(table)):
        name, amt, rate = str(table.ID[row]), float(table.AMT[row]), float(table.RATE[row])
        what, route = place(str(table.CMT[row]), f"ID {name}")
        length_h = amt / rate if rate > 0 else 0.0
        if length_h > 0 and not ROUTES[route].rate:
            raise UserError(f"ID {name}: RATE = {rate:g} into {table.CMT[row]}, not an infusion")
        for k in range(int(table.ADDL[row]) + 1):
            start_h = float(table.TIME[row] + k * table.II[row])
            dose = Dose(what, Amount(mg=amt), route, start_h, length_h, session)
            doses.setdefault(name, []).append(dose)
    return {name: _listed(given) for name, given in doses.items()}


def _listed(doses: list[Dose]) -> Regimen:
    """Return the regimen of doses read from a table."""
    anchor_h = max(dose.start_h for dose in doses)
    end_h = max(dose.start_h + dose.duration_h for dose in doses)
    text = f"{len(doses)} doses from an event table"
    return Regimen(tuple(doses), text=text, anchor_h=anchor_h, length_h=end_h)
