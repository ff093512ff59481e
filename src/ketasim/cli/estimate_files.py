"""Individual estimates as tables, on disk and on a terminal, and as plain data."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from ketasim.cli.estimate import Question
    from ketasim.dosing import DataFile
    from ketasim.inference.individual import Estimate, Estimates
    from ketasim.model import Model

ESTIMATES = (
    "ID", "parameter", "unit", "typical", "value", "low_90", "high_90", "eta", "eta_se",
    "samples_used", "status",
)  # fmt: skip
PREDICTIONS = (
    "ID", "episode", "output", "unit", "time_h", "DV", "below", "PRED", "IPRED", "IWRES", "use",
    "line",
)  # fmt: skip
FORMAT = 1
_SHOWN = 3


def write_estimates(found: Estimates, path: Path) -> None:
    """Write a row per person and parameter (columns `ESTIMATES`)."""
    prior, rows = found.prior, []
    for one in found.individuals:
        for k, symbol in enumerate(prior.symbols):
            sizes = (prior.typical[k], one.values[k], one.low[k], one.high[k])
            cells = [_cell(size) for size in (*sizes, one.eta[k], one.eta_se[k])]
            rows.append((one.person.id, symbol, prior.units[k], *cells, one.n_used, one.status))
    _write(path, ESTIMATES, rows)


def write_predictions(found: Estimates, path: Path) -> None:
    """Write a row per sample (columns `PREDICTIONS`), in the order of the data."""
    outputs, rows = found.curves.model.outputs, []
    for one in found.individuals:
        person, below = one.person, one.person.is_below
        for j, name in enumerate(person.outputs):
            limit = float(person.limits[j]) if below[j] else math.nan
            numbers = (round(float(person.times_h[j]), 6), person.values[j], limit)
            numbers = (*numbers, one.pred[j], one.ipred[j], one.iwres[j])
            episode = 1 + int(person.episodes[j])
            cells = [_cell(number) for number in numbers]
            line = person.rows[j] if person.rows else ""
            head = (person.id, episode, name, outputs[name].unit)
            rows.append((*head, *cells, one.uses[j], line))
    _write(path, PREDICTIONS, rows)


def record(
    asked: Question, data: DataFile, model: Model, found: Estimates, notes: Sequence[str]
) -> dict[str, Any]:
    """Return everything as plain data: what was asked, what came out, what it was made with."""
    from ketasim import __version__
    from ketasim.report.individuals_page import error_words
    from ketasim.report.run_record import file_hash
    from ketasim.simulation.provenance import versions

    used = dict.fromkeys(name for one in found.individuals for name in one.person.outputs)
    return {
        "format": FORMAT,
        "provenance": {
            "command": asked.command,
            "program": f"ketasim {__version__}",
            "data": data.path,
            "data_sha256": file_hash(asked.data),
            "mechanisms": ", ".join(model.mechanisms),
            "model_hash": model.hash,
            "population": asked.population,
            **{f"version_{name}": version for name, version in versions().items()},
        },
        "fixed": dict(asked.fixed),
        "residual_error": {name: error_words(found.errors[name]) for name in used},
        "typical_covariates": list(found.assumed),
        "notes": list(notes),
        "shrinkage": _by_symbol(found, found.shrinkage),
        "told_by_samples": _by_symbol(found, found.information),
        "residual_shrinkage": _plain(found.residual_shrinkage),
        "individuals": [_person(found, one) for one in found.individuals],
    }


def _person(found: Estimates, one: Estimate) -> dict[str, Any]:
    columns = zip(
        found.prior.symbols, found.prior.units, one.values, one.low, one.high, one.eta, one.eta_se,
        strict=True,
    )  # fmt: skip
    return {
        "id": one.person.id,
        "status": one.status,
        "iterations": one.iterations,
        "objective": _plain(one.objective),
        "samples": len(one.uses),
        "samples_used": one.n_used,
        "far_off": one.is_far_off,
        "parameters": {
            symbol: {
                "unit": unit,
                "value": _plain(value),
                "low_90": _plain(low),
                "high_90": _plain(high),
                "eta": _plain(eta),
                "eta_se": _plain(se),
            }
            for symbol, unit, value, low, high, eta, se in columns
        },
    }


def people_table(found: Estimates) -> Table:
    """Return the best known parameters of each person as a table for a terminal."""
    from rich import box
    from rich.table import Table

    from ketasim.report.individuals_page import told_parameters
    from ketasim.report.phrases import number

    which = told_parameters(found, _SHOWN)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("ID", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    for k in which:
        name = f"{found.prior.symbols[k]} ({found.prior.units[k]})"
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for one in found.individuals:
        cells = [
            f"{number(one.values[k])} ({number(one.low[k], 2)}–{number(one.high[k], 2)})"
            for k in which
        ]
        status = "" if one.n_used and one.is_good else one.status
        table.add_row(one.person.id, str(one.n_used), *cells, status)
    table.add_section()
    table.add_row("typical", "", *(number(found.prior.typical[k]) for k in which), "")
    return table


def summary_lines(found: Estimates) -> list[str]:
    """Return what the table does not say: shrinkage, and parameters that stayed unknown."""
    from ketasim.report.individuals_page import far_off, told_parameters
    from ketasim.report.phrases import listed, percent

    told = told_parameters(found)
    symbols = found.prior.symbols
    lines = far_off(found)
    shrunk = [f"{symbols[k]} {percent(found.shrinkage[k])}" for k in told]
    if told and not math.isnan(found.shrinkage[told[0]]):
        fitted = sum(one.n_used > 0 and one.is_good for one in found.individuals)
        lines.append(f"shrinkage over {fitted} people: {', '.join(shrunk)}")
    silent = [symbol for k, symbol in enumerate(symbols) if k not in told]
    if silent:
        lines.append(f"the samples say next to nothing of {listed(silent)}")
    if found.assumed:
        lines.append(f"not in the data, taken as typical: {', '.join(found.assumed)}")
    return lines


def print_answer(found: Estimates, notes: Sequence[str], folder: Path) -> None:
    """Print what a person at a terminal wants to know."""
    from rich.console import Console

    from ketasim.report.individuals_page import headline

    console = Console(highlight=False, markup=False)
    console.print(headline(found), soft_wrap=True)
    console.print("most probable value (middle 90 % of what it may be)", soft_wrap=True)
    console.print(people_table(found))
    for line in (*summary_lines(found), *notes):
        console.print(line, soft_wrap=True)
    console.print(f"\ntables, figures, report: {folder}", soft_wrap=True)
    console.print("For research; not medical advice.")


def _by_symbol(found: Estimates, values: Iterable[float]) -> dict[str, float | None]:
    return {s: _plain(v) for s, v in zip(found.prior.symbols, values, strict=True)}


def _plain(number: float) -> float | None:
    """Return six digits as plain Python; None for what is not a finite number."""
    return float(f"{float(number):.6g}") if math.isfinite(number) else None


def _cell(number: float) -> str:
    return f"{float(number):.8g}" if math.isfinite(number) else ""


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")
