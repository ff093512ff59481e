"""Findings of trials in words: what was counted, what was seen, and how well intervals fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ketasim.report.phrases import counted, duration, listed, moment, number, percent

if TYPE_CHECKING:
    from ketasim.evidence import ClinicalScore, Finding, Outcome

_BASELINES = ("calibration mean", "exponential")


def what(finding: Finding) -> str:
    """Name what was counted, when, in whom: ``response (HAMD17) at 24 h, ketamine``."""
    clinical = finding.clinical
    assert clinical is not None
    if not finding.measure:
        return "finding of a trial"
    text = finding.measure if clinical.scale == "MADRS" else f"{finding.measure} ({clinical.scale})"
    text += f" {when(finding)}" if when(finding) else ""
    if clinical.among:
        text += f" among {clinical.among}"
    if finding.arm is not None:
        text += f", {finding.arm.name}"
    if finding.comparator is not None:
        text += f" against {finding.comparator.name} ({finding.contrast})"
    return text + (f"; contested: {finding.contested}" if finding.contested else "")


def when(finding: Finding) -> str:
    """Write the visit, or the window, of a finding."""
    clinical = finding.clinical
    assert clinical is not None
    if clinical.at_h is not None:
        return f"at {moment(clinical.at_h)}" if clinical.at_h else "before treatment"
    if clinical.to_h is None:
        return ""
    start_h = clinical.from_h or 0.0
    if finding.measure == "time to relapse":
        return f"after {moment(start_h)}"
    if finding.measure in ("relapse", "relapse-free"):
        return f"within {duration(clinical.to_h - start_h)} after {moment(start_h)}"
    first = f"from {moment(start_h)} " if start_h else ""
    return f"{first}to {moment(clinical.to_h)}"


def observed(outcome: Outcome) -> str:
    """Write the observed value with its unit."""
    finding = outcome.finding
    if not math.isfinite(outcome.observed):
        return "–"
    if finding.unit == "yes":
        return "yes" if outcome.observed == 1 else "no"
    about = "about " if finding.approx else ""
    return f"{about}{number(outcome.observed)} {unit(finding)}".strip()


def predicted(outcome: Outcome) -> str:
    """Write the median of trials and the interval that holds 90 % of them."""
    if not math.isfinite(outcome.predicted):
        return "–"
    if outcome.finding.unit == "yes":
        return f"yes in {percent(outcome.predicted)} of trials"
    low, high = number(outcome.low), number(outcome.high)
    return f"{number(outcome.predicted)} ({low} to {high})"


def unit(finding: Finding) -> str:
    """Write a unit for reading."""
    return "" if finding.unit in ("ratio", "yes") else finding.unit


def paragraphs(outcomes: Sequence[Outcome], scores: Sequence[ClinicalScore]) -> tuple[str, ...]:
    """Say how predictions of trials fared, and beside what."""
    judged = [o for o in outcomes if o.finding.clinical and o.verdict != "out of scope"]
    if not judged:
        return ()
    out = sum(o.finding.clinical is not None for o in outcomes) - len(judged)
    first = (
        f"{counted(len(judged), 'finding')} of trials are predicted by trials of the same size, "
        "drawn from virtual patients under what is not known of the parameters and of how trials "
        f"differ; {counted(out, 'more is', 'more are')} out of scope."
    )
    return (first, *(_of_group(group, scores) for group in dict.fromkeys(s.group for s in scores)))


def _of_group(group: str, scores: Sequence[ClinicalScore]) -> str:
    """Return one group of findings in a sentence or two; the table has the rest."""
    name = {
        "validate": "Held back from calibration",
        "calibrate": "Used to calibrate",
        "held-out studies": "Of studies held out whole",
    }[group]
    of_model = [s for s in scores if s.group == group and s.method == "model"]
    total = sum(s.n for s in of_model)
    inside = sum(s.n * s.inside for s in of_model) / total
    text = f"{name}: {percent(inside)} of {counted(total, 'value')} lie in the 90 % interval."
    parts = []
    for kind, words in (("points", "points"), ("%", "percentage points of patients")):
        mine = {s.method: s for s in scores if s.group == group and s.kind == kind}
        if {"model", *_BASELINES} <= set(mine):
            others = [f"{number(mine[e].absolute_miss, 2)} by the {e}" for e in _BASELINES]
            miss = number(mine["model"].absolute_miss, 2)
            parts.append(f"{miss} {words} ({listed(others)})")
    return text + (f" Mean error: {listed(parts)}." if parts else "")
