"""Comparison of a standard infusion with published trials, each row of ``published.csv`` a check.

A check applies when the arms have the regimens of its row. The model's value gets the 95 %
sampling interval of the simulated persons; the finding is *reproduced* when that lies inside the
published interval, *contradicted* when outside, *not resolved* when it reaches across an edge.
"""

from __future__ import annotations

import csv
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report import summary
from ketasim.report.contents import Check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ketasim.report.contents import ReportInput

Estimate = tuple[float, float, float]
"""A value with the ends of its 95 % sampling interval."""


def published_checks(contents: ReportInput) -> tuple[Check, ...]:
    """Return the checks that apply to this study; none for a single person."""
    if contents.main.sizes["individual"] < 2:
        return ()
    text = resources.files("ketasim.report").joinpath("published.csv").read_text("utf-8")
    checks = (check(contents, row) for row in csv.DictReader(text.splitlines()))
    return tuple(found for found in checks if found is not None)


def check(contents: ReportInput, row: Mapping[str, str]) -> Check | None:
    """Compare one row with the study; None when it does not apply or cannot be computed."""
    if contents.main.attrs.get("regimen") != row["regimen"]:
        return None
    control = contents.control
    if row["control"] and (control is None or control.attrs.get("regimen") != row["control"]):
        return None
    found = estimate(contents, row)
    if found is None or not np.isfinite(found).all():
        return None
    value, low, high = found
    places = 2 if row["unit"] == "SD" else 0 if abs(value) >= 100 else 1
    shown, least, most = (f"{part:.{places}f}".replace("-", "−") for part in (value, low, high))
    span = f"{shown} {row['unit']} ({least} to {most})"
    return Check(
        finding=row["finding"],
        observed=row["observed"],
        model=span,
        verdict=verdict(found, float(row["low"]), float(row["high"])),
        role=row["role"],
        source=row["source"],
    )


def verdict(found: Estimate, low: float, high: float) -> str:
    """Judge a value with its sampling interval against the published interval."""
    _, least, most = found
    if low <= least and most <= high:
        return "reproduced"
    if most < low or least > high:
        return "contradicted"
    return "not resolved"


def estimate(contents: ReportInput, row: Mapping[str, str]) -> Estimate | None:
    """Compute the statistic of a row in the unit of the row; None when it was not recorded."""
    when_h = float(row["time_h"]) if row["time_h"] else np.nan
    statistic, main, control = row["statistic"], contents.main, contents.control
    if statistic in ("response", "control response"):
        arm = main if statistic == "response" else control
        rate = summary.response(arm, when_h) if arm is not None else None
        return None if rate is None else (100 * rate.share, 100 * rate.low, 100 * rate.high)
    if statistic == "standardised difference":
        return _standardised(contents, when_h)
    if not summary.has(main, row["output"]):
        return None
    values, time_h = summary.complete(main, row["output"]), summary.times(main)
    if statistic == "peak":
        return _mean(values.max(axis=1, initial=-np.inf)) if len(values) else None
    now = summary.at(values, time_h, when_h)
    if now is None:
        return None
    return _mean(now - values[:, summary.start_index(time_h)] if statistic == "change" else now)


def _mean(values: np.ndarray) -> Estimate | None:
    if len(values) < 2:
        return None
    mean, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    return mean, mean - 1.96 * error, mean + 1.96 * error


def _standardised(contents: ReportInput, when_h: float) -> Estimate | None:
    gap = summary.advantage(contents)
    if gap is None or contents.control is None:
        return None
    now = summary.at(gap.points, gap.time_h, when_h)
    error = summary.at(gap.standard_error, gap.time_h, when_h)
    if now is None or error is None:
        return None
    scale = 1 / _pooled_sd(contents, when_h)
    value, half = scale * float(now), 1.96 * scale * float(error)
    return value, value - half, value + half


def _pooled_sd(contents: ReportInput, when_h: float) -> float:
    spreads = []
    for arm in (contents.main, contents.control):
        if arm is not None:
            now = summary.at(summary.complete(arm, "MADRS"), summary.times(arm), when_h)
            spreads.append(np.nan if now is None else float(np.var(now, ddof=1)))
    return float(np.sqrt(np.mean(spreads)))
