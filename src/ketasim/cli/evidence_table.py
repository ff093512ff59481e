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
    trials = [each for each in found.outcomes if each.finding.clinical]
    others = [each for each in found.outcomes if not each.finding.clinical]
    valued = [each for each in others if not each.finding.direction]
    pointed = [each for each in others if each.finding.direction]
    if valued:
        console.print(value_table(valued))
    if pointed:
        console.print(direction_table(pointed))
    if trials:
        console.print(trial_table(trials))
    for line in reasons(found.outcomes):
        console.print(line, markup=False, soft_wrap=True)
    if found.summary.scores:
        console.print(score_table(found.summary))
    if found.summary.clinical:
        console.print(clinical_table(found.summary))
    if found.summary.tallies:
        console.print(tally_table(found.summary))
    for line in summary_lines(found.summary):
        console.print(line, markup=False, soft_wrap=True)
    console.print("For research; not medical advice.")


def value_table(outcomes: Sequence[Outcome]) -> Table:
    """Return one row per finding with a value, under a row for each study."""
    rows = []
    for each in outcomes:
        known = math.isfinite(each.predicted)
        rows.append(
            (
                _observed(each),
                _short(each.predicted) if known else "",
                f"{_short(each.low)} to {_short(each.high)}" if known else "",
                f"{each.fold:.2f}" if math.isfinite(each.fold) else "",
            )
        )
    return _by_study(outcomes, ("value", "observed", "predicted", "95 %", "fold"), rows)


def direction_table(outcomes: Sequence[Outcome]) -> Table:
    """Return one row per direction: what was seen, the effect, and how many draws agree."""
    rows = []
    for each in outcomes:
        known = math.isfinite(each.predicted)
        rows.append(
            (
                each.finding.direction,
                effect(each.finding.direction, each.predicted) if known else "",
                f"{each.low:z.2f} to {each.high:z.2f}" if known else "",
                f"{100 * each.agreement:.0f} %" if math.isfinite(each.agreement) else "",
            )
        )
    return _by_study(outcomes, ("direction", "seen", "model", "95 %", "draws agree"), rows)


def trial_table(outcomes: Sequence[Outcome]) -> Table:
    """Return one row per finding of a trial: what was seen, and where 90 % of trials lie."""
    rows = []
    for each in outcomes:
        known = math.isfinite(each.predicted)
        yes = each.finding.unit == "yes"
        chance = f"{100 * each.predicted:.0f} % yes" if known else ""
        rows.append(
            (
                _observed(each) if not yes else ("yes" if each.observed else "no"),
                chance if yes else (_short(each.predicted) if known else ""),
                f"{_short(each.low)} to {_short(each.high)}" if known and not yes else "",
                _short(each.tabled) if math.isfinite(each.tabled) and not yes else "",
            )
        )
    return _by_study(outcomes, ("trial", "observed", "predicted", "90 %", "as tabled"), rows)


def clinical_table(summary: Summary) -> Table:
    """Return how well intervals fit trials, beside forecasts that know no biology."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("", "", "forecast", "findings", "in 90 %", "width", "miss", "error"):
        right = name not in ("", "forecast")
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    before: tuple[str, str] = ("", "")
    for score in summary.clinical:
        if before[0] and score.group != before[0]:
            table.add_section()
        table.add_row(
            score.group if score.group != before[0] else "",
            score.kind if (score.group, score.kind) != before else "",
            score.method,
            str(score.n),
            f"{100 * score.inside:.0f} %",
            _short(score.width),
            f"{score.miss:+.2g}",
            f"{score.absolute_miss:.2g}",
        )
        before = (score.group, score.kind)
    return table


def effect(direction: str, number: float) -> str:
    """Write the number behind a direction: an effect with its sign, or what is left of one."""
    if direction in ("up", "down", "none"):
        return f"{number:+z.2f}"
    return f"{number:z.2f} {'of peak' if direction == 'biphasic' else 'left'}"


def _by_study(
    outcomes: Sequence[Outcome], head: Sequence[str], rows: Sequence[tuple[str, ...]]
) -> Table:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in (*head, "verdict"):
        right = name not in (head[0], "verdict")
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    before = ""
    for each, row in zip(outcomes, rows, strict=True):
        finding = each.finding
        if finding.study != before:
            table.add_row(f"[bold]{escape(finding.study)}[/]")
        before = finding.study
        style = _STYLE.get(each.verdict, "dim")
        verdict = each.verdict if finding.counts or finding.out_of_scope else f"({each.verdict})"
        verdict += ", contested" if finding.contested else ""
        cells = (escape(cell) for cell in row)
        table.add_row(f"  {escape(finding.id)}", *cells, f"[{style}]{verdict}[/]")
    return table


def reasons(outcomes: Iterable[Outcome]) -> list[str]:
    """Return why findings could not be run or computed, or do not count; one line each."""
    lines = []
    for each in outcomes:
        finding = each.finding
        repeats = f"repeats {finding.same_as}" if finding.same_as else ""
        contested = f"contested: {finding.contested}" if finding.contested else ""
        why = [text for text in (each.reason, finding.excluded, repeats, contested) if text]
        if why:
            lines.append(f"{finding.id}: {'; '.join(why)}")
    return lines


def score_table(summary: Summary) -> Table:
    """Return the score of values by group."""
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


def tally_table(summary: Summary) -> Table:
    """Return how many findings have each verdict: directions, then everything by system."""
    from rich import box
    from rich.table import Table

    from ketasim.evidence import SYSTEMS

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in (
        "", "", "findings", "repro-\nduced", "not\nresolved", "contra-\ndicted", "as\ntabled",
        "con-\ntested", "out of\nscope",
    ):  # fmt: skip
        table.add_column(name, justify="right" if name else "left", no_wrap=not name)
    before = ""
    for each in summary.tallies:
        if before and each.group != before:
            table.add_section()
        name = f"{each.name} {SYSTEMS[each.name]}" if each.name in SYSTEMS else each.name
        numbers = (each.n, each.reproduced, each.unresolved, each.contradicted)
        table.add_row(
            each.group if each.group != before else "",
            name,
            *(str(number) for number in numbers),
            f"{each.right}/{each.directions}" if each.directions else "",
            f"{each.contested_reproduced}/{each.contested}" if each.contested else "",
            str(each.out_of_scope or ""),
        )
        before = each.group
    return table


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def summary_lines(summary: Summary) -> list[str]:
    """Return the rest of the summary: verdicts, and spread between people."""
    told = _told(summary.verdicts)
    lines = [
        f"{_counted(sum(summary.verdicts.values()), 'finding')}: {told}; "
        f"{summary.left_out} left out"
    ]
    pointed = next((t for t in summary.tallies if t.group == "directions"), None)
    if pointed is not None and pointed.directions:
        share = pointed.right / pointed.directions
        lines.append(
            f"{_counted(pointed.directions, 'direction')} that nothing contests: the model shows "
            f"{pointed.right} ({100 * share:.0f} %), {pointed.reproduced} whatever is unsure of it"
        )
    if contested := sum(summary.contested.values()):
        lines.append(
            f"{_counted(contested, 'contested finding')}, apart: {_told(summary.contested)}"
        )
    if summary.spread_n:
        lines.append(
            f"spread between people: {summary.spread_ratio:.2f} of what was reported "
            f"(geometric mean of {summary.spread_n})"
        )
    return lines


def _told(verdicts: dict[str, int]) -> str:
    return ", ".join(f"{n} {verdict}" for verdict, n in verdicts.items())


def print_vocabulary(words: Iterable[Word]) -> None:
    """Print every word with its line."""
    for word in words:
        print(f"{word.kind:<13} {word.name:<28} {word.meaning}")


def _observed(outcome: Outcome) -> str:
    finding = outcome.finding
    if math.isnan(outcome.observed):
        return ""
    about = "~" if finding.approx else ""
    return f"{about}{_short(outcome.observed)} {finding.unit}".strip()


def _short(number: float) -> str:
    """Return three digits that mean something, and never an exponent for a large number."""
    return f"{number:.3g}" if abs(number) < 999.5 else f"{number:,.0f}"
