"""``ketasim evidence``: run findings, and put their verdicts on a terminal or into files."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ketasim.errors import UserError, nearest
from ketasim.evidence import (
    ROLES,
    SYSTEMS,
    Outcome,
    Summary,
    load_findings,
    lost,
    predict,
    read_baseline,
    summary,
    write_baseline,
)
from ketasim.report.output_folder import Kind, check_replaceable, output_folder

__all__ = ["Verdicts", "check_record", "plain", "row", "run_evidence", "write_baseline"]

RECORD = "evidence.json"
TABLE = "evidence.csv"
REPORT = "report.html"
FOLDER = Kind(RECORD, frozenset({RECORD, TABLE, REPORT}))


@dataclass(frozen=True)
class Verdicts:
    """What the command tells.

    Attributes
    ----------
    outcomes : tuple of Outcome
    summary : Summary
    lost : tuple of Outcome
        Recorded as reproduced, and no longer so.
    """

    outcomes: tuple[Outcome, ...]
    summary: Summary
    lost: tuple[Outcome, ...]


def run_evidence(
    folder: Path | None,
    role: str | None,
    seed: int,
    out: Path | None,
    only: str | None = None,
    system: str | None = None,
) -> Verdicts:
    """Run the findings of a folder, or those that ketasim ships.

    Parameters
    ----------
    folder : Path or None
    role : str or None
        One of `ketasim.evidence.ROLES`; None for all.
    seed : int
    out : Path or None
        Folder to write.
    only : str or None
        Pattern of findings or studies.
    system : str or None
        One of `ketasim.evidence.SYSTEMS`.

    Raises
    ------
    UserError
        An unknown role, nothing with that role, a folder that cannot be written, or whatever
        `load_findings` finds wrong.
    """
    if role is not None and role not in ROLES:
        raise UserError(f"--role: {role!r} is not a choice{nearest(role, ROLES)}")
    if system is not None and system not in SYSTEMS:
        raise UserError(f"--system: {system!r} is not a choice{nearest(system, SYSTEMS)}")
    if out is not None:
        check_replaceable(out.absolute(), FOLDER)
    findings = load_findings(folder, role, only=only, system=system)
    if not findings:
        option = "--role" if role is not None else "--system"
        what = [f"to {role}"] if role is not None else []
        what += [f"on {system} {SYSTEMS[system]}"] if system is not None else []
        what += [f"that fits {only!r}"] if only is not None else []
        raise UserError(f"{option}: {folder or 'the shipped set'} has no finding {' '.join(what)}")
    outcomes = predict(findings, seed=seed)
    baseline = read_baseline() if folder is None else {}
    found = Verdicts(outcomes, summary(outcomes), tuple(lost(outcomes, baseline)))
    if out is not None:
        _write(found, seed, out, shipped=folder is None)
    return found


def check_record(record: bool, folder: Path | None, *chosen: str | None) -> None:
    """Refuse to record anything but the whole shipped set."""
    if record and any(each is not None for each in (folder, *chosen)):
        raise UserError(
            "--record: the baseline is of all shipped findings; give no folder, role, pattern or "
            "system"
        )


def plain(found: Verdicts) -> dict[str, Any]:
    """Return verdicts as plain data; numbers that are not there are None."""
    return {
        "summary": _finite(asdict(found.summary)),
        "lost": [each.finding.id for each in found.lost],
        "findings": [row(each) for each in found.outcomes],
    }


def row(outcome: Outcome) -> dict[str, Any]:
    """Return one outcome as plain data."""
    finding = outcome.finding
    readout = finding.readout
    return _finite(
        {
            "study": finding.study,
            "id": finding.id,
            "role": finding.role,
            "verified": finding.verified,
            "route": finding.route,
            "analyte": finding.analyte,
            "site": readout.site if readout else "",
            "measure": finding.measure,
            "arm": finding.arm.name if finding.arm else "",
            "comparator": finding.comparator.name if finding.comparator else "",
            "at_h": finding.start_h if finding.measure else None,
            "n": finding.n,
            "systems": " ".join(finding.systems),
            "perturbations": "; ".join(finding.arm.perturbations) if finding.arm else "",
            "contrast": finding.contrast or finding.direction,
            "contested": finding.contested,
            "unit": finding.unit,
            "observed": outcome.observed,
            "predicted": outcome.predicted,
            "low": outcome.low,
            "high": outcome.high,
            "fold": outcome.fold,
            "log_fold_sd": outcome.log_sd,
            "agreement": outcome.agreement,
            "as_tabled": outcome.as_tabled,
            "tabled": outcome.tabled,
            "observed_spread": outcome.observed_spread,
            "predicted_spread": outcome.predicted_spread,
            "verdict": outcome.verdict,
            "reason": outcome.reason,
            "left_out": finding.excluded or (f"as {finding.same_as}" if finding.same_as else ""),
        }
    )


def _finite(data: Any) -> Any:
    """Return plain data, numbers rounded to six digits; those that are not finite None."""
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    if isinstance(data, float):
        return float(f"{data:.6g}") if math.isfinite(data) else None
    return data


def _write(found: Verdicts, seed: int, out: Path, shipped: bool) -> None:
    from ketasim import __version__
    from ketasim.report.evidence_page import evidence_report

    record = {"ketasim": __version__, "seed": seed, **plain(found)}
    rows: Sequence[dict[str, Any]] = record["findings"]
    with output_folder(out, FOLDER) as place:
        text = json.dumps(record, indent=2, ensure_ascii=False)
        (place / RECORD).write_text(text + "\n", encoding="utf-8")
        with (place / TABLE).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        made = {"ketasim": __version__, "seed": str(seed)}
        evidence_report(found.outcomes, found.summary, place, ledger=shipped, provenance=made)
