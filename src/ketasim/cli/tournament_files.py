"""A tournament as tables, on disk and on a terminal."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from ketasim.inference.tournament.summary import Summary

PIPED_WIDTH = 120
MOST_FAILED = 8
Rows = tuple[Sequence[str], Iterable[Sequence[Any]]]


def write_tables(folder: Path, found: Summary) -> None:
    """Write a tidy CSV file for each kind of row; a kind without rows keeps its header."""
    from ketasim.inference.tournament import summary as rows

    names = [each.name for each in found.hypotheses]
    tables: dict[str, Rows] = {
        "hypotheses.csv": _plain_rows(rows.Contender, found.hypotheses),
        "findings.csv": _findings(found, names),
        "decisive.csv": _plain_rows(rows.Decided, found.decided),
        "sensitivity.csv": _shifts(found, names),
        "attribution.csv": _plain_rows(rows.Carried, found.carried),
        "interactions.csv": _plain_rows(rows.Together, found.together),
        "parameters.csv": _plain_rows(rows.Known, found.known),
        "next_experiments.csv": _proposed(found, names),
    }
    for name, (head, body) in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(head)
            writer.writerows([_cell(value) for value in row] for row in body)


def _plain_rows(kind: type, held: Sequence[Any]) -> Rows:
    """Return a row for each, a column for each of its fields."""
    head = list(kind.__dataclass_fields__)
    return head, ([getattr(each, name) for name in head] for each in held)


def _findings(found: Summary, names: Sequence[str]) -> Rows:
    """Return a row per report and hypothesis."""
    head = ("id", "study", "what", "reported", "role", "laboratory", "contested", "hypothesis",
            "chance", "if_wrong", "failed_by_all")  # fmt: skip
    body = (
        (each.id, each.study, each.what, each.word, each.role, each.laboratory, each.contested,
         name, chance, each.if_wrong, each.failed_by_all)
        for each in found.reports
        for name, chance in zip(names, each.chances, strict=True)
    )  # fmt: skip
    return head, body


def _shifts(found: Summary, names: Sequence[str]) -> Rows:
    """Return a row per change and hypothesis."""
    body = (
        (each.kind, each.change, name, weight, each.k_hat)
        for each in found.shifts
        for name, weight in zip(names, each.weights, strict=True)
    )
    return ("kind", "change", "hypothesis", "weight", "k_hat"), body


def _proposed(found: Summary, names: Sequence[str]) -> Rows:
    """Return a row per experiment and hypothesis."""
    head = ("rank", "design", "about", "bits", "bits_error", "n", "n_to_separate", "hypothesis",
            "predicted", "chance")  # fmt: skip
    body = []
    for each in found.proposed:
        sure = each.chances or (None,) * len(each.predicted)
        for name, predicted, chance in zip(names, each.predicted, sure, strict=False):
            body.append(
                (each.rank, each.design, each.about, each.bits, each.bits_error, each.n,
                 each.n_to_separate, name, predicted, chance)
            )  # fmt: skip
    return head, body


def _cell(value: Any) -> Any:
    """Return what stands in a CSV file: six digits, lists with semicolons, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else ""
    return "; ".join(map(str, value)) if isinstance(value, tuple) else value


def print_answer(found: Summary, folder: Path) -> None:
    """Print what a person at a terminal wants to know."""
    from ketasim.report import tournament_words as words

    console = _console()
    console.print(words.headline(found), soft_wrap=True)
    for each in found.failed[:MOST_FAILED]:
        console.print(f"  failed by all: {each.what}: {each.word} ({each.id})", soft_wrap=True)
    if len(found.failed) > MOST_FAILED:
        console.print(f"  and {len(found.failed) - MOST_FAILED} more in the report")
    console.print(_weights(found))
    turned = words.overturned(found)
    for line in [*words.shift_words(found), *(words.turned_words(found, s) for s in turned)]:
        console.print(line, soft_wrap=True)
    for line in (*words.carried_words(found), *words.known_words(found)):
        console.print(line, soft_wrap=True)
    if found.proposed:
        console.print(words.proposed_words(found)[0], soft_wrap=True)
    console.print(f"\ntables, figures, report: {folder}", soft_wrap=True)
    console.print("Weights compare these hypotheses with each other; none need be true.")
    console.print("For research; not medical advice.")


def print_proposals(found: Summary, top: int) -> None:
    """Print experiments, the most telling first, and what each hypothesis expects."""
    console = _console()
    for each in found.proposed[:top]:
        needed = "no size tried" if each.n_to_separate is None else f"n = {each.n_to_separate}"
        console.print(f"{each.rank:>2}. {each.design}", soft_wrap=True)
        console.print(
            f"    {each.bits:.2f} bits with {each.n} in each group; leader and rival apart: "
            f"{needed}", soft_wrap=True,
        )  # fmt: skip
        for outcome in filter(None, dict.fromkeys(each.predicted)):
            who = [
                found.hypotheses[k].title
                for k in found.ranking
                if k < len(each.predicted) and each.predicted[k] == outcome
            ]
            console.print(f"    {outcome}: {', '.join(who)}", soft_wrap=True)
    console.print("For research; what the model expects, not what will be seen.")


def _console() -> Any:
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    if console.is_terminal:
        return console
    return Console(highlight=False, markup=False, width=PIPED_WIDTH)


def _weights(found: Summary) -> Table:
    from rich import box
    from rich.table import Table

    from ketasim.report.phrases import percent
    from ketasim.report.tournament_words import span

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("hypothesis")
    for head in ("weight (Monte Carlo 90 %)", "stacking", "log evidence: choosing", "held out"):
        table.add_column(head, justify="right")
    for k in found.ranking:
        each = found.hypotheses[k]
        stacked = "" if each.stacking is None else percent(each.stacking)
        table.add_row(each.title, span(each), stacked, f"{each.log_chosen:.1f}",
                      f"{each.log_held_out:.1f}")  # fmt: skip
    return table
