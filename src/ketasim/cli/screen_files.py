"""A screening as tables, on disk and on a terminal, and as plain data."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from ketasim.inference.screen import Screened

FORMAT = 1
PIPED_WIDTH = 132
_NAMES = {
    "onset_points": "advantage_2h_points",
    "onset_h": "onset_h",
    "day1_points": "advantage_24h_points",
    "best_points": "greatest_advantage_points",
    "best_h": "greatest_advantage_at_h",
    "day7_points": "advantage_day7_points",
    "half_life_h": "effect_half_life_h",
    "CADSS": "CADSS_peak_points",
    "dSBP": "systolic_rise_mmHg",
    "kappa": "kappa_occupied_peak",
}


def record(
    found: Sequence[Screened], file: Path, shipped: bool, n: int, seed: int, people: int
) -> dict[str, Any]:
    """Return everything as plain data: what was asked, what came out, what it was made with."""
    from ketasim import __version__
    from ketasim.inference.screen import POPULATION, screening_model
    from ketasim.inference.screen_measures import EFFECTIVE
    from ketasim.report.run_record import file_hash
    from ketasim.simulation.provenance import versions

    model = screening_model()
    return {
        "format": FORMAT,
        "provenance": {
            "program": f"ketasim {__version__}",
            "command": f"ketasim screen{'' if shipped else f' {file}'} --n {n} --seed {seed}",
            "file": file.name,
            "file_sha256": file_hash(file),
            "draws": n,
            "seed": seed,
            "population": f"{POPULATION}, {people} virtual patients in each draw",
            "mechanisms": ", ".join(model.mechanisms),
            "model_hash": model.hash,
            **{f"version_{name}": version for name, version in versions().items()},
        },
        "effect_to_speak_of_points": EFFECTIVE,
        "interval": "middle 90 % of the draws",
        "molecules": [plain(one) for one in found],
    }


def plain(one: Screened) -> dict[str, Any]:
    """Return one molecule as plain data."""
    given = one.candidate
    return {
        "molecule": given.name,
        "given": given.regimen_text,
        "front": one.front or None,
        "share_on_front": _plain(one.on_front),
        "share_with_effect": _plain(one.effective),
        "measures": {
            name: {
                "value": _plain(one.told(key)),
                "low_90": _plain(one.interval(key)[0]),
                "high_90": _plain(one.interval(key)[1]),
            }
            for key, name in _NAMES.items()
        },
        "patients_lost": one.lost,
        "not_told": list(given.assumptions),
        "numbers": {name: _plain(value) for name, value in given.numbers.items()},
        "source": given.source,
        "note": given.note,
    }


def write_table(found: Sequence[Screened], path: Path) -> None:
    """Write a row per molecule, best first: every measure with the middle 90 % of the draws."""
    head = ["molecule", "given", "front", "share_on_front", "share_with_effect"]
    head += [f"{name}{end}" for name in _NAMES.values() for end in ("", "_low_90", "_high_90")]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*head, "not_told", "source", "note"])
        for one in found:
            given = one.candidate
            cells = [
                _cell(value) for key in _NAMES for value in (one.told(key), *one.interval(key))
            ]
            shares = [_cell(one.on_front), _cell(one.effective)]
            start = [given.name, given.regimen_text, str(one.front or ""), *shares]
            told = ["; ".join(given.assumptions), given.source, given.note]
            writer.writerow([*start, *cells, *told])


def ranking(found: Sequence[Screened]) -> Table:
    """Return the ranking as a table for a terminal."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from ketasim.report.screen_words import HEAD, UNITS, cells

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for k, (name, unit) in enumerate(zip(HEAD, UNITS, strict=True)):
        head = f"{name}\n[dim]{unit}[/]" if unit else name
        table.add_column(head, justify="right" if k else "left", no_wrap=True)
    before = found[0].front if found else 0
    for one in found:
        if one.front != before:
            table.add_section()
        before = one.front
        row = [
            f"{escape(value)}\n[dim]{escape(span)}[/]" if span else escape(value)
            for value, span in cells(one)
        ]
        table.add_row(*row)
    return table


def print_answer(found: Sequence[Screened], folder: Path) -> None:
    """Print what a person at a terminal wants to know."""
    from rich.console import Console

    from ketasim.report.screen_words import headline

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPED_WIDTH)
    console.print(headline(found), soft_wrap=True, markup=False)
    console.print("advantage over saline in MADRS points; below: middle 90 % of the draws")
    console.print(ranking(found))
    for one in found:
        console.print(f"{one.candidate.name}: {one.candidate.regimen_text}", markup=False)
        for text in one.candidate.assumptions:
            console.print(f"  {text}", markup=False, soft_wrap=True)
        if one.lost:
            console.print(f"  {one.lost} simulated patients could not be computed", markup=False)
    console.print(f"\ntable, figure, report: {folder}", markup=False, soft_wrap=True)
    console.print("For research; not medical advice.")


def print_columns() -> None:
    """Print every column of a file of candidates: what it is, and what a missing one means."""
    from ketasim.inference.screen_columns import COLUMNS

    for column in COLUMNS.values():
        units = ", ".join(unit for unit in column.units if unit)
        need = "required" if column.required else f"if empty: {column.missing}"
        print(f"{column.header:<22} {column.meaning} ({need}){f'; units: {units}' * bool(units)}")


def _plain(number: float) -> float | str | None:
    """Return six digits as plain Python; None for what is not there, a word for no end."""
    if math.isinf(number):
        return "over 672"
    return float(f"{float(number):.6g}") if math.isfinite(number) else None


def _cell(number: float) -> str:
    value = _plain(number)
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
