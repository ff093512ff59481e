"""Verdicts without a simulation: those recorded with the program, or of an earlier run."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from ketasim.errors import UserError
from ketasim.evidence import VERDICTS, Finding, Outcome, read_baseline
from ketasim.evidence.judgement import observed_number
from ketasim.input_files import read_text

TABLE = "evidence.csv"
NOT_RECORDED = "not recorded"


def recorded_outcomes(findings: Iterable[Finding], run: Path | None = None) -> tuple[Outcome, ...]:
    """Return an outcome for each finding from what was recorded.

    Parameters
    ----------
    findings : iterable of Finding
    run : Path, optional
        Folder of ``ketasim evidence --out``. Default: the shipped verdicts, whose predictions
        are NaN. A finding that is in neither is ``not recorded``.

    Raises
    ------
    UserError
        When the folder holds no table of verdicts, or it cannot be read.
    """
    if run is not None:
        rows = _rows(run)
        return tuple(_of_row(finding, rows.get(finding.id)) for finding in findings)
    verdicts = read_baseline()
    return tuple(
        Outcome(f, verdicts.get(f.id, NOT_RECORDED), f.out_of_scope, observed=observed_number(f))
        for f in findings
    )


def _rows(run: Path) -> dict[str, Mapping[str, str]]:
    path = run / TABLE
    if not path.is_file():
        raise UserError(
            f"--evidence: no {TABLE} in {run}; give a folder of 'ketasim evidence --out'"
        )
    rows = list(csv.DictReader(read_text(path).splitlines()))
    for number, row in enumerate(rows, 2):
        if not row.get("id") or row.get("verdict") not in VERDICTS:
            raise UserError(
                f"{path}:{number}: {row.get('verdict')!r} of {row.get('id')!r} is no verdict of a "
                f"finding (one of {', '.join(VERDICTS)})"
            )
    return {row["id"]: row for row in rows}


def _of_row(finding: Finding, row: Mapping[str, str] | None) -> Outcome:
    observed = observed_number(finding)
    if row is None:
        return Outcome(finding, NOT_RECORDED, observed=observed)
    predicted, low, high = (_number(row, key) for key in ("predicted", "low", "high"))
    return Outcome(
        finding, row["verdict"], row.get("reason", ""), observed, predicted, low, high
    )  # fmt: skip


def _number(row: Mapping[str, str], key: str) -> float:
    text = row.get(key) or "nan"
    try:
        return float(text)
    except ValueError:
        return math.nan
