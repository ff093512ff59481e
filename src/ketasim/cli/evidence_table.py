"""Verdicts and vocabulary as tables on a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from ketasim.cli.evidence import Verdicts
    from ketasim.evidence import Outcome, Summary, Word

PIPED_WIDTH = 120
_STYLE = {"reproduced": "green", "contradicted": "red", "not resolved": "yellow"}


def print_verdicts(found: Verdicts) -> None:
    """Print every outcome, the summary, and what was lost."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPED_WIDTH)
    console.print(outcome_table(found.outcomes))
    for line in reasons(found.outcomes):
        console.print(line, markup=False, soft_wrap=True)
    console.print(score_table(found.summary))
    for line in summary_lines(found.summary):
        console.print(line, markup=False, soft_wrap=True)
    console.print("For research; not medical advice.")


def outcome_table(outcomes: Sequence[Outcome]) -> Table:
    """Return one row per finding, under a row for each study."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("finding", "observed", "predicted", "95 %", "fold", "verdict"):
        right = name not in ("finding", "verdict")
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    before = ""
    for each in outcomes:
        finding = each.finding
        if finding.study != before:
            table.add_row(f"[bold]{escape(finding.study)}[/]")
        before = finding.study
        style = _STYLE.get(each.verdict, "dim")
        verdict = each.verdict if finding.counts or finding.out_of_scope else f"({each.verdict})"
        known = math.isfinite(each.predicted)
        table.add_row(
            f"  {escape(finding.id)}",
            escape(_observed(each)),
            _short(each.predicted) if known else "",
            f"{_short(each.low)} to {_short(each.high)}" if known else "",
            f"{each.fold:.2f}" if math.isfinite(each.fold) else "",
            f"[{style}]{verdict}[/]",
        )
    return table


def reasons(outcomes: Iterable[Outcome]) -> list[str]:
    """Return why findings could not be run or computed, or do not count; one line each."""
    lines = []
    for each in outcomes:
        finding = each.finding
        repeats = f"repeats {finding.same_as}" if finding.same_as else ""
        why = [text for text in (each.reason, finding.excluded, repeats) if text]
        if why:
            lines.append(f"{finding.id}: {'; '.join(why)}")
    return lines


def score_table(summary: Summary) -> Table:
    """Return the score by group."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("", "", "findings", "mean fold error", "within 1.5-fold", "mean fold"):
        table.add_column(name, justify="right" if name else "left")
    before = ""
    for score in summary.scores:
        if before and score.group != before:
            table.add_section()
        table.add_row(
            score.group if score.group != before else "",
            score.name,
            str(score.n),
            f"{score.fold_error:.2f}",
            f"{100 * score.within:.0f} %",
            f"{score.bias:.2f}",
        )
        before = score.group
    return table


def summary_lines(summary: Summary) -> list[str]:
    """Return the rest of the summary: verdicts, and spread between people."""
    told = ", ".join(f"{n} {verdict}" for verdict, n in summary.verdicts.items())
    lines = [f"{sum(summary.verdicts.values())} findings: {told}; {summary.left_out} left out"]
    if summary.spread_n:
        lines.append(
            f"spread between people: {summary.spread_ratio:.2f} of what was reported "
            f"(geometric mean of {summary.spread_n})"
        )
    return lines


def print_vocabulary(words: Iterable[Word]) -> None:
    """Print every word with its line."""
    for word in words:
        print(f"{word.kind:<13} {word.name:<28} {word.meaning}")


def _observed(outcome: Outcome) -> str:
    finding = outcome.finding
    if finding.direction:
        return finding.direction
    if math.isnan(outcome.observed):
        return ""
    about = "~" if finding.approx else ""
    return f"{about}{_short(outcome.observed)} {finding.unit}".strip()


def _short(number: float) -> str:
    """Return three digits that mean something, and never an exponent for a large number."""
    return f"{number:.3g}" if abs(number) < 999.5 else f"{number:,.0f}"
