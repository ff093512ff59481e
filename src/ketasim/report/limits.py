"""What a reader must know against the result: failures, misses, weak numbers, missing parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.report import summary
from ketasim.report.phrases import counted, listed, number, points, shortened

if TYPE_CHECKING:
    from ketasim.report.contents import ReportInput

DOSE_TOLERANCE = 1e-6


def limits(contents: ReportInput) -> tuple[str, ...]:
    """Return every limit and miss that can be read from the study, plus those given to it."""
    told = (
        *failure_words(contents),
        *dose_words(contents),
        *lint_words(contents),
        *check_words(contents),
        tier_words(contents),
        spread_words(contents),
        *attribution_gaps(contents),
        control_words(contents),
        *contents.limits,
    )
    return tuple(text for text in told if text)


def failure_words(contents: ReportInput) -> tuple[str, ...]:
    """Count and name the persons without a result, per arm."""
    told = []
    for name, arm in contents.arms.items():
        found = summary.failures(name, arm)
        if not found.persons:
            continue
        statuses = [f"{status} ({count})" for status, count in found.statuses]
        why = f", status {listed(statuses)}" if statuses else ""
        verb = "has" if len(found.persons) == 1 else "have"
        told.append(
            f"{counted(len(found.persons), 'person')} of {found.n:,} in “{name}” {verb} no result"
            f" in at least one output{why}: {shortened(found.persons)}. They are left out of the"
            " pictures and shares that need that output, and nowhere counted as zero."
        )
    return tuple(told)


def dose_words(contents: ReportInput) -> tuple[str, ...]:
    """Say where the delivered dose is not the prescribed one."""
    told = []
    for name, dose in contents.doses.items():
        gap = dose.delivered_mg - dose.prescribed_mg
        if abs(gap) > DOSE_TOLERANCE * max(abs(dose.prescribed_mg), 1e-9):
            told.append(
                f"Dose lost or gained in “{name}”: prescribed {number(dose.prescribed_mg, 6)} mg,"
                f" delivered {number(dose.delivered_mg, 6)} mg. Results of this arm are wrong."
            )
    return tuple(told)


def lint_words(contents: ReportInput) -> tuple[str, ...]:
    """Say that the model failed its own checks, when it did."""
    errors = [row for row in contents.lint if row.severity == "error"]
    if not contents.lint:
        return ("The model's own checks (lint) were not run for this study.",)
    if not errors:
        return ()
    checks = sorted({row.check for row in errors})
    failed = counted(len(errors), "of its own checks", "of its own checks")
    return (f"The model fails {failed}: {listed(checks)}.",)


def check_words(contents: ReportInput) -> tuple[str, ...]:
    """Name the published findings that the model contradicts."""
    if not contents.checks:
        return ("No published finding was compared with this result.",)
    missed = [c for c in contents.checks if c.verdict == "contradicted"]
    told = [
        f"Contradicted by evidence: {c.finding}. Observed {c.observed}, model {c.model}."
        for c in missed
    ]
    used = sum(c.role == "calibrate" for c in contents.checks)
    if used:
        verb = "was" if used == 1 else "were"
        told.append(
            f"{used} of {counted(len(contents.checks), 'comparison')} below {verb} in view when"
            " numbers were chosen: agreement there shows that the model can express the finding,"
            " not that it predicted it."
        )
    return tuple(told)


def tier_words(contents: ReportInput) -> str:
    """Say how many of the numbers are assumed, and how many were calibrated."""
    counts = summary.tier_counts(contents.parameters)
    n = sum(counts.values())
    if n == 0:
        return "No parameter table was given to this report."
    verb = "is" if counts["assumed"] == 1 else "are"
    were = "was" if counts["calibrated"] == 1 else "were"
    return (
        f"{counts['assumed']} of {counted(n, 'parameter')} {verb} assumed and"
        f" {counts['calibrated']} {were} calibrated, those of kinetics,"
        " expectancy and mood by fits and the others by hand."
    )


def spread_words(contents: ReportInput) -> str:
    """Say what the bands hold and what they do not."""
    if contents.main.sizes["individual"] == 1:
        return (
            "One person was simulated: nothing here speaks of variation between persons, and every"
            " share of responders is 0 or 100 %."
        )
    return (
        "Bands show how persons differ at fixed typical values; they do not contain uncertainty of"
        " those values, nor of the equations. Scores are true ones,"
        " without the errors of raters that trials have."
    )


def attribution_gaps(contents: ReportInput) -> tuple[str, ...]:
    """Say where the carried points do not add up to what they divide."""
    told = []
    for table in contents.attribution:
        rest = np.asarray(table.total) - np.nansum(table.points, axis=0)
        worst = int(np.argmax(np.abs(rest)))
        if abs(rest[worst]) > max(0.1, 0.02 * abs(table.total[worst])):
            told.append(
                f"Attribution with mechanisms {table.reading}: up to {points(float(rest[worst]))}"
                " points belong to none of the mechanisms listed."
            )
    return tuple(told)


def control_words(contents: ReportInput) -> str:
    """Say that a study without control cannot separate drug from expectation."""
    if contents.control is None:
        return "There is no control arm: drug effect and expectation cannot be separated."
    return ""
