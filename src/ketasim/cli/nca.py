"""``ketasim nca``: peak, area, half-life and clearance of every curve in a data file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ketasim.errors import UserError

COLUMNS = (
    *("ID", "episode", "analyte", "dose_mg", "cmax_ng_mL", "tmax_h"),
    *("auc_last_ng_h_mL", "auc_inf_ng_h_mL", "extrapolated_percent"),
    *("half_life_h", "window_first_h", "window_last_h", "window_points", "r2_adjusted"),
    *("mrt_h", "clearance_L_h", "vss_L", "note"),
)
_SHOWN = {
    "ID": "ID",
    "analyte": "analyte",
    "cmax_ng_mL": "Cmax\nng/mL",
    "tmax_h": "Tmax\nh",
    "auc_last_ng_h_mL": "AUClast\nng*h/mL",
    "auc_inf_ng_h_mL": "AUCinf\nng*h/mL",
    "extrapolated_percent": "added\n%",
    "half_life_h": "half-life\nh",
    "window": "in window\nh (points)",
    "clearance_L_h": "CL\nL/h",
    "vss_L": "Vss\nL",
}
_WIDE = 120  # columns, where the output is no terminal


def nca_rows(
    path: Path,
    analytes: Collection[str] = (),
    window: str | None = None,
    place: Collection[str] = (),
    ignore: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Return one row per person, episode and analyte of a data file.

    Parameters
    ----------
    path : Path
    analytes : collection of str
        Outputs, or words as ``"norketamine"``; all concentrations by default. ``"2=Cnk"`` says
        what a number in DVID or CMT means instead.
    window : str, optional
        Where the half-life is read, as ``"8h..24h"`` after the dose.
    place : collection of str
        What a number in CMT means on a dose row, as ``"1=ketamine iv"``.
    ignore : collection of str
        Columns to leave out.

    Raises
    ------
    UserError
        A mistake in the file (see `ketasim.dosing.read_data`) or in an option.
    """
    from ketasim.cli.estimate_options import pairs
    from ketasim.cli.nca_curves import chosen_outputs, curves
    from ketasim.dosing import read_data
    from ketasim.simulation.noncompartmental import summary

    edges = None if window is None else _window(window)
    names = pairs([text for text in analytes if "=" in text], "--analyte")
    places = pairs(list(place), "--place")
    data = read_data(path, places=places, analytes=names, ignore=ignore)
    shown = [text for text in analytes if "=" not in text]
    found = list(curves(data, chosen_outputs(data, shown)))
    if not found:
        raise UserError(f"{path}: no samples of these analytes")
    width = max(len(curve.time_h) for curve in found)
    times, values = (np.full((len(found), width), math.nan) for _ in range(2))
    for row, curve in enumerate(found):
        times[row, : len(curve.time_h)] = curve.time_h
        values[row, : len(curve.value)] = curve.value
    told = summary(
        times,
        values,
        dose_mg=np.array([curve.dose_mg for curve in found]),
        duration_h=np.array([curve.duration_h for curve in found]),
        window_h=edges,
    )
    return [_row(curve, told, row) for row, curve in enumerate(found)]


def _row(curve: Any, told: Any, row: int) -> dict[str, Any]:
    """Return the cells of one curve."""
    fit = told.terminal
    several = curve.note.startswith(("several", "no dose"))
    nothing = math.nan
    notes = [note for note in (curve.note, str(fit.reason[row])) if note]
    return {
        "ID": curve.name,
        "episode": curve.episode,
        "analyte": curve.output,
        "dose_mg": curve.dose_mg,
        "cmax_ng_mL": told.cmax[row],
        "tmax_h": told.tmax_h[row],
        "auc_last_ng_h_mL": told.auc_last[row],
        "auc_inf_ng_h_mL": nothing if several else told.auc_inf[row],
        "extrapolated_percent": nothing if several else 100 * told.extrapolated[row],
        "half_life_h": fit.half_life_h[row],
        "window_first_h": fit.first_h[row],
        "window_last_h": fit.last_h[row],
        "window_points": int(fit.points[row]),
        "r2_adjusted": fit.r2_adjusted[row],
        "mrt_h": nothing if several else told.mrt_h[row],
        "clearance_L_h": told.clearance_L_h[row],
        "vss_L": told.vss_L[row],
        "note": "; ".join(notes),
    }


def _window(text: str) -> tuple[float, float]:
    """Return the edges of ``8h..24h`` [h]."""
    from ketasim.dosing.quantities import hours

    first, dots, last = text.partition("..")
    if not dots:
        raise UserError(f"--window: {text!r} has no two edges; write for instance 8h..24h")
    edges = hours(first.strip(), "--window"), hours(last.strip(), "--window")
    if edges[0] >= edges[1]:
        raise UserError(f"--window: {text!r} ends before it begins")
    return edges


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as CSV, with units in the names of the columns; empty where there is nothing."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def plain_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows for JSON: what is not a number is None."""
    return [{name: _none(value) for name, value in row.items()} for row in rows]


def print_rows(rows: Sequence[dict[str, Any]]) -> None:
    """Print rows as a table, leaving out columns in which nothing stands; then what to know."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    cells = [{**row, "window": _words(row)} for row in rows]
    shown = {name: title for name, title in _SHOWN.items() if any(_said(r[name]) for r in cells)}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name, title in shown.items():
        numeric = name not in ("ID", "analyte")
        table.add_column(title, justify="right" if numeric else "left", no_wrap=True)
    for row in cells:
        table.add_row(*(_said(row[name]) for name in shown))
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=_WIDE)
    console.print(table)
    told: dict[str, list[str]] = {}
    for row in rows:
        if row["note"]:
            told.setdefault(row["note"], []).append(f"{row['ID']} {row['analyte']}")
    for note, who in told.items():
        more = f" and {len(who) - 5} more" if len(who) > 5 else ""
        console.print(f"{note}: {', '.join(who[:5])}{more}", soft_wrap=True)


def _words(row: dict[str, Any]) -> str:
    if not row["window_points"]:
        return ""
    return f"{row['window_first_h']:.4g}-{row['window_last_h']:.4g} ({row['window_points']})"


def _said(value: Any) -> str:
    if isinstance(value, str | int):
        return str(value)
    return "" if math.isnan(value) else f"{value:.4g}"


def _none(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    return value


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    return value
