"""``ketasim ledger``: judge claims, and put the verdicts on a terminal or into files."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.errors import UserError
from ketasim.evidence.claims_reading import load_claims
from ketasim.evidence.claims_verdicts import judge_claims
from ketasim.report.output_folder import Kind, check_replaceable, output_folder

if TYPE_CHECKING:
    from rich.table import Table

    from ketasim.cli.progress import Steps
    from ketasim.evidence.claims_verdicts import Bearing, Judged

RECORD = "ledger.json"
REPORT = "report.html"
FOLDER = Kind(RECORD, frozenset({RECORD, REPORT}))
PIPED_WIDTH = 120
_STYLE = {"supported": "green", "contradicted": "red", "contested": "yellow"}


def run_ledger(
    folder: Path | None, seed: int, out: Path | None, docs: Path | None, steps: Steps
) -> tuple[Judged, ...]:
    """Judge the claims of a folder, or those that ketasim ships.

    Parameters
    ----------
    folder : Path or None
    seed : int
    out : Path or None
        Folder to write: report and record.
    docs : Path or None
        Markdown file to write.
    steps : Steps

    Raises
    ------
    UserError
        A folder that cannot be written, or whatever `load_claims` finds wrong.
    """
    if out is not None:
        check_replaceable(out.absolute(), FOLDER)
    claims = load_claims(folder)
    steps.now(f"{len(claims)} claims")
    entries = judge_claims(claims, seed=seed)
    steps.advance()
    if out is not None:
        _write(entries, seed, out)
    if docs is not None:
        _write_docs(entries, docs)
    return entries


def check_record(folder: Path | None) -> None:
    """Refuse to record anything but the claims that ketasim ships, for the explorer to show."""
    if folder is not None:
        raise UserError(f"--record: is for the claims that ketasim ships, not for {folder}")


def write_record(entries: Sequence[Judged]) -> None:
    """Record the ledger as the explorer shows it, without running anything."""
    from ketasim.explorer.ledger import record_ledger

    print(record_ledger(entries), file=sys.stderr)


def plain(entries: Sequence[Judged]) -> dict[str, Any]:
    """Return the ledger as plain data; numbers that are not there are None."""
    return {"claims": [_plain(entry) for entry in entries]}


def _plain(entry: Judged) -> dict[str, Any]:
    from ketasim.report import ledger_words as words

    claim = entry.claim
    return {
        "id": claim.id,
        "system": claim.system,
        "says": claim.says,
        "by": claim.by,
        "rule": claim.rule,
        "evidence": entry.evidence,
        "evidence_words": words.evidence_sentences(entry),
        "model": entry.model,
        "model_leans": entry.leaning,
        "model_words": words.model_sentences(entry),
        "contradict_each_other": entry.differ,
        "caution": claim.caution,
        "bearings": [_bearing(bearing) for bearing in entry.bearings],
    }


def _bearing(bearing: Bearing) -> dict[str, Any]:
    link, outcome = bearing.link, bearing.outcome
    finding = link.finding
    return {
        "id": finding.id,
        "published": link.published,
        "what": link.what,
        "laboratory": link.laboratory,
        "verified": finding.verified if link.published else "",
        "weight": finding.weight if link.published else None,
        "n": finding.n if link.published else None,
        "expects": list(link.expected.directions),
        "at_least": _number(link.expected.at_least),
        "at_most": _number(link.expected.at_most),
        "observed": (finding.direction or finding.value) if link.published else None,
        "unit": finding.unit,
        "evidence": bearing.observed,
        "predicted": _number(outcome.predicted),
        "low": _number(outcome.low),
        "high": _number(outcome.high),
        "verdict": outcome.verdict,
        "reason": outcome.reason,
        "model": bearing.model,
    }


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def print_ledger(entries: Sequence[Judged]) -> None:
    """Print every claim with both verdicts, and the summary."""
    from rich.console import Console

    from ketasim.report import ledger_words as words

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPED_WIDTH)
    console.print(ledger_table(entries))
    for line in (words.headline(entries), *words.summary_words(entries)):
        console.print(line, markup=False, soft_wrap=True)
    console.print("For research; not medical advice.")


def ledger_table(entries: Sequence[Judged]) -> Table:
    """Return one row per claim, under a row for each system."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from ketasim.evidence.systems import SYSTEMS
    from ketasim.report.ledger_words import model_verdict

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("claim")
    table.add_column("evidence says", no_wrap=True)
    table.add_column("model says", no_wrap=True)
    before = ""
    for entry in entries:
        system = entry.claim.system
        if system != before:
            table.add_row(f"[bold]{system} {escape(SYSTEMS[system])}[/]")
        before = system
        sides = ((entry.evidence, entry.evidence), (entry.model, model_verdict(entry)))
        styled = [f"[{_STYLE.get(said, 'dim')}]{text}[/]" for said, text in sides]
        table.add_row(f"  {escape(entry.claim.says)}", *styled)
    return table


def _write(entries: Sequence[Judged], seed: int, out: Path) -> None:
    from ketasim import __version__
    from ketasim.report.ledger_page import ledger_report

    record = {"ketasim": __version__, "seed": seed, **plain(entries)}
    with output_folder(out, FOLDER) as place:
        text = json.dumps(record, indent=2, ensure_ascii=False)
        (place / RECORD).write_text(text + "\n", encoding="utf-8")
        made = {"ketasim": __version__, "seed": str(seed)}
        ledger_report(entries, place, provenance=made)


def _write_docs(entries: Sequence[Judged], docs: Path) -> None:
    from ketasim.evidence.half_life import half_lives
    from ketasim.report.files import write_file
    from ketasim.report.ledger_markdown import ledger_markdown

    wanted = any(entry.claim.half_lives for entry in entries)
    text = ledger_markdown(entries, half_lives() if wanted else None)
    write_file(docs, text.encode("utf-8"))
