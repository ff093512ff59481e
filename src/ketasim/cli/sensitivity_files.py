"""A sensitivity analysis as tables, on disk and on a terminal, and as plain data."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from ketasim.cli.sensitivity import Answer, Asked, Question
    from ketasim.inference.sensitivity_global import GlobalSensitivity
    from ketasim.inference.sensitivity_local import LocalSensitivity

FORMAT = 1
TOP = 10
PIPED_WIDTH = 110


def record(
    asked: Asked,
    question: Question,
    local: LocalSensitivity | None,
    whole: GlobalSensitivity | None,
    code: int,
) -> dict[str, Any]:
    """Return everything as plain data: what was asked, what came out, what it was made with."""
    from ketasim import __version__
    from ketasim.simulation.provenance import versions

    setup = question.setup
    found = local or whole
    assert found is not None
    return {
        "format": FORMAT,
        "provenance": {
            "program": f"ketasim {__version__}",
            "study_file": Path(setup.study.file).name,
            "arm": f"{question.arm}: {setup.regimens[question.arm]}",
            "control": setup.study.control,
            "population": str(question.experiment.population),
            "answer_of": question.who,
            "seed": asked.seed,
            "n": asked.n if whole is not None else None,
            "kept": asked.kept if whole is not None else None,
            "fixed": ", ".join(question.fixed) or None,
            "mechanisms": ", ".join(setup.model.mechanisms),
            "model_hash": setup.model.hash,
            **{f"version_{name}": version for name, version in versions().items()},
        },
        "study": setup.study.plain(),
        "sensitivity": {
            "quantities": [
                {"name": str(q), "key": q.key, "unit": q.unit, "as_tabled": _plain(r)}
                for q, r in zip(found.quantities, found.reference, strict=True)
            ],
            "local": None if local is None else _plain_local(local),
            "global": None if whole is None else _plain_whole(whole),
        },
        "exit_code": code,
    }


def _plain_local(found: LocalSensitivity) -> dict[str, Any]:
    return {
        "sets_of_parameters": found.runs,
        "without_answer": found.lost,
        "interval": "middle 90 % of each parameter's own uncertainty",
        "tornado": list(_dicts(*_tornado(found), limit=20)),
        "steepest": list(_dicts(*_elasticities(found), limit=20)),
    }


def _plain_whole(found: GlobalSensitivity) -> dict[str, Any]:
    return {
        "points": found.n,
        "seed": found.seed,
        "sets_of_parameters": found.runs,
        "without_answer": found.lost,
        "answers": [
            {
                "quantity": q.key,
                "median": _plain(found.median[k]),
                "low_90": _plain(found.low[k]),
                "high_90": _plain(found.high[k]),
                "sd": _plain(found.sd[k]),
                "sum_of_first": _plain(found.indices.sum_first[k]),
                "sum_of_first_low_95": _plain(found.indices.sum_low[k]),
                "sum_of_first_high_95": _plain(found.indices.sum_high[k]),
                "widest_total_interval": _plain(found.width[k]),
            }
            for k, q in enumerate(found.quantities)
        ],
        "indices": list(_dicts(*_sobol(found))),
    }


def write_tables(
    folder: Path, local: LocalSensitivity | None, whole: GlobalSensitivity | None
) -> None:
    """Write a CSV file for each table."""
    if local is not None:
        _write(folder / "tornado.csv", *_tornado(local))
        _write(folder / "elasticities.csv", *_elasticities(local))
    if whole is not None:
        _write(folder / "sobol.csv", *_sobol(whole))
        _write(folder / "screening.csv", *_screening(whole))
    found = whole or local
    assert found is not None
    rows = [(each.symbol, each.mechanism, each.reason) for each in found.not_varied]
    _write(folder / "not_varied.csv", ("symbol", "mechanism", "reason"), rows)


Rows = tuple[Sequence[str], Iterable[Sequence[Any]]]


def _tornado(found: LocalSensitivity) -> Rows:
    """Return a row per quantity and factor, the greatest swing first."""
    head = ("quantity", "unit", "factor", "kind", "tier", "mechanism", "from", "to",
            "parameter_unit", "as_tabled", "at_low", "at_high", "swing")  # fmt: skip
    rows = []
    for q, asked in enumerate(found.quantities):
        for k in found.ranking(q):
            factor, column = found.factors[k], found.factors[k].columns[0]
            each = found.parameters[column]
            single = factor.kind == "parameter"
            told = (found.low_value[column], found.high_value[column], each.unit)
            rows.append(
                (asked.key, asked.unit, factor.name, factor.kind, factor.tier,
                 each.mechanism if single else "", *(told if single else ("", "", "")),
                 found.reference[q], found.factor_low[k, q], found.factor_high[k, q],
                 found.swing[k, q])
            )  # fmt: skip
    return head, rows


def _elasticities(found: LocalSensitivity) -> Rows:
    """Return a row per quantity and parameter, the greatest elasticity first."""
    head = ("quantity", "unit", "symbol", "mechanism", "tier", "value", "parameter_unit",
            "log_sd", "calibrated_with", "elasticity", "change_per_e_fold", "from", "to",
            "at_low", "at_high")  # fmt: skip
    rows = []
    for q, asked in enumerate(found.quantities):
        order = [int(k) for k in found.steepest(q)]
        order += [k for k in range(len(found.parameters)) if k not in set(order)]
        for k in order:
            each = found.parameters[k]
            rows.append(
                (asked.key, asked.unit, each.symbol, each.mechanism, each.tier, each.value,
                 each.unit, each.error or "", each.together, found.elasticity[k, q],
                 found.slope[k, q], found.low_value[k], found.high_value[k], found.low[k, q],
                 found.high[k, q])
            )  # fmt: skip
    return head, rows


def _sobol(found: GlobalSensitivity) -> Rows:
    """Return a row per quantity and factor: parameters, then mechanisms, greatest first."""
    ends = ("", "_low_95", "_high_95")
    head = ("quantity", "level", "factor", "kind", "tier", *(f"total{e}" for e in ends),
            *(f"first{e}" for e in ends), "points_used", "parameters")  # fmt: skip
    rows = []
    levels = (("parameter", found.factors, found.indices, False),
              ("mechanism", found.mechanisms, found.by_mechanism, True))  # fmt: skip
    for q, asked in enumerate(found.quantities):
        for level, factors, i, mechanisms in levels:
            for k in found.ranking(q, mechanisms):
                members = " ".join(found.parameters[c].symbol for c in factors[k].columns)
                numbers = (i.total, i.total_low, i.total_high, i.first, i.first_low, i.first_high)
                rows.append(
                    (asked.key, level, factors[k].name, factors[k].kind, factors[k].tier,
                     *(array[k, q] for array in numbers), int(i.used[k, q]), members)
                )  # fmt: skip
    return head, rows


def _screening(found: GlobalSensitivity) -> Rows:
    """Return a row per quantity and factor screened: its rough total index, and if it was kept."""
    kept = {each.name for each in found.factors}
    rows = []
    for q, asked in enumerate(found.quantities):
        for k in (-found.screening[:, q]).argsort(kind="stable"):
            name = found.screened[k].name
            told = "yes" if name in kept else "no"
            rows.append((asked.key, name, found.screening[k, q], told))
    return ("quantity", "factor", "rough_total_index", "told_apart"), rows


def _dicts(
    head: Sequence[str], rows: Iterable[Sequence[Any]], limit: int | None = None
) -> Iterable[dict[str, Any]]:
    """Yield rows as plain data, at most ``limit`` of each quantity."""
    seen: dict[Any, int] = {}
    for row in rows:
        seen[row[0]] = seen.get(row[0], 0) + 1
        if limit is None or seen[row[0]] <= limit:
            yield {key: _plain(value) for key, value in zip(head, row, strict=True)}


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        for row in rows:
            cells = (_plain(value) for value in row)
            writer.writerow("" if c is None else c for c in cells)


def _plain(value: Any) -> Any:
    """Return six digits as plain Python; None for what is not there."""
    if isinstance(value, str | int) or value is None:
        return value
    value = float(value)
    return float(f"{value:.6g}") if math.isfinite(value) else None


def print_answer(found: Answer) -> None:
    """Print what a person at a terminal wants to know."""
    from rich.console import Console

    from ketasim.report import sensitivity_words as words

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=PIPED_WIDTH)
    analysed = found.whole or found.local
    assert analysed is not None
    for q, asked in enumerate(analysed.quantities):
        told = f"{asked}: {words.answer(analysed.reference[q], asked.unit)} as tabled"
        if found.whole is not None:
            ends = words.span(found.whole.low[q], found.whole.high[q], asked.unit)
            told += f"; {ends} (middle 90 %) when everything that is not known moves"
        console.print(told, soft_wrap=True)
        if found.whole is not None:
            if found.whole.sd[q] > 0:
                console.print(_indices_table(found.whole, q, False))
                console.print(_indices_table(found.whole, q, True))
            for line in words.convergence(found.whole, q):
                console.print(line, soft_wrap=True)
        if found.local is not None:
            console.print(_tornado_table(found.local, q))
    for each in (found.local, found.whole):
        if each is not None and (text := words.failures(each.lost, each.runs)):
            console.print(text, soft_wrap=True)
    console.print(f"tables, figures, report: {found.folder}", soft_wrap=True)
    console.print("It says what the model leans on, not what biology varies by.")
    console.print("For research; not medical advice.")


def _indices_table(found: GlobalSensitivity, quantity: int, mechanisms: bool) -> Table:
    from rich import box
    from rich.table import Table

    from ketasim.report.sensitivity_words import factor_name

    what = "mechanisms" if mechanisms else "parameters"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"Share of the variance, {what}",
                  title_justify="left")  # fmt: skip
    for name in (what[:-1], "total", "95 %", "first", "95 %"):
        table.add_column(name, justify="left" if name == what[:-1] else "right", no_wrap=True)
    named = found.mechanisms if mechanisms else found.factors
    i = found.by_mechanism if mechanisms else found.indices
    order = [int(k) for k in found.ranking(quantity, mechanisms)]
    rest = [k for k in order if named[k].kind == "all others"]
    for k in [k for k in order if k not in rest][:TOP] + rest:
        row = [factor_name(named[k], found.parameters)]
        for value, low, high in (
            (i.total, i.total_low, i.total_high),
            (i.first, i.first_low, i.first_high),
        ):
            row += [f"{value[k, quantity]:.3f}",
                    f"{low[k, quantity]:.3f} to {high[k, quantity]:.3f}"]  # fmt: skip
        table.add_row(*(cell.replace("-", "−") for cell in row))
    return table


def _tornado_table(found: LocalSensitivity, quantity: int) -> Table:
    from rich import box
    from rich.table import Table

    from ketasim.report.sensitivity_words import factor_name, figures

    asked = found.quantities[quantity]
    title = f"One number at a time, to the ends of its middle 90 %: {asked} ({asked.unit})"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    for name in ("parameter", "tier", "from", "to", "at the low end", "at the high end"):
        side = "left" if name in ("parameter", "tier") else "right"
        table.add_column(name, justify=side, no_wrap=True)
    for k in found.ranking(quantity)[:TOP]:
        factor = found.factors[k]
        column = factor.columns[0]
        ends = ("jointly", "")
        if factor.kind == "parameter":
            low, high = found.low_value[column], found.high_value[column]
            ends = (figures(float(low)), figures(float(high)))
        moved = (found.factor_low[k, quantity], found.factor_high[k, quantity])
        table.add_row(
            factor_name(factor, found.parameters),
            factor.tier,
            *ends,
            *(figures(float(v)) for v in moved),
        )
    return table
