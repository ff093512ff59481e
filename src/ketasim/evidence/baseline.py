"""The verdicts that were last recorded, so that a finding cannot be lost unnoticed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from ketasim.errors import UserError
from ketasim.evidence.verdicts import VERDICTS, Outcome

BASELINE = Path(__file__).parent / "baseline.csv"


def read_baseline(path: Path = BASELINE) -> dict[str, str]:
    """Return the recorded verdicts by finding; nothing where none were recorded."""
    if not path.is_file():
        return {}
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    for line, row in enumerate(rows, 2):
        if row.get("verdict") not in VERDICTS or not row.get("id"):
            raise UserError(f"{path}:{line}: {row} is no finding with its verdict")
    return {row["id"]: row["verdict"] for row in rows}


def write_baseline(outcomes: Iterable[Outcome], path: Path = BASELINE) -> Path:
    """Record the verdicts of outcomes, sorted by finding."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("id", "verdict"))
    writer.writerows(sorted((o.finding.id, o.verdict) for o in outcomes))
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def lost(outcomes: Iterable[Outcome], baseline: dict[str, str]) -> list[Outcome]:
    """Return the outcomes that are recorded as reproduced and no longer are."""
    return [
        outcome
        for outcome in outcomes
        if baseline.get(outcome.finding.id) == "reproduced" and outcome.verdict != "reproduced"
    ]
