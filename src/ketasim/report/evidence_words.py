"""Verdicts in words: how many findings the model reproduces, and where it fails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ketasim.report import clinical_words
from ketasim.report.evidence_points import study_name
from ketasim.report.phrases import counted, duration, listed, number, percent

if TYPE_CHECKING:
    from ketasim.evidence import Finding, Outcome, Summary

MEASURES = {
    "Cmax": "peak (Cmax)",
    "Tmax": "time of the peak (Tmax)",
    "value": "level",
    "mean": "mean level",
    "response": "response (score halved)",
    "F": "share taken up (F)",
    "volume": "volume of distribution",
}
WAYS = {"im": "into muscle", "sc": "under the skin", "bolus": "iv bolus", "infusion": "iv infusion"}
VERDICTS = ("reproduced", "contradicted", "not resolved", "out of scope")


def headline(summary: Summary) -> str:
    """Say in a sentence how many findings the model reproduces."""
    counts = summary.verdicts
    total = sum(counts.values())
    if total == 0:
        return "No finding could be compared with the model."
    return (
        f"{counts['reproduced']} of {counted(total, 'finding')} reproduced, "
        f"{counts['contradicted']} contradicted, {counts['not resolved']} not resolved."
    )


def summary_words(outcomes: Sequence[Outcome], summary: Summary) -> tuple[str, ...]:
    """Return the summary as paragraphs, one thing each."""
    paragraphs = (
        _held_back(outcomes),
        _directions(summary),
        _errors(summary),
        _spread(summary),
        _left_out(outcomes),
    )
    return tuple(text for text in paragraphs if text)


def _directions(summary: Summary) -> str:
    pointed = next((t for t in summary.tallies if t.group == "directions"), None)
    if pointed is None:
        return ""
    text = (
        f"Of {counted(pointed.directions, 'direction')} that no other finding contests, the "
        f"tabled values show {pointed.right} and miss {pointed.directions - pointed.right}; "
        f"{pointed.reproduced} hold whatever is unsure of the parameters."
        if pointed.directions
        else ""
    )
    contested = sum(summary.contested.values())
    if contested:
        text += (
            f" Apart stand {counted(contested, 'finding')} that another one contests: "
            f"{summary.contested['reproduced']} of them reproduced."
        )
    return text.strip()


def _held_back(outcomes: Sequence[Outcome]) -> str:
    held = [
        o
        for o in outcomes
        if counts(o) and o.finding.role == "validate" and not o.finding.contested
    ]
    if not held:
        return "No finding was held back from calibration: nothing here tests a prediction."
    hits = sum(o.verdict == "reproduced" for o in held)
    against = sum(o.verdict == "contradicted" for o in held)
    return (
        f"Only findings that were held back from calibration test a prediction: of these "
        f"{len(held)}, {hits} are reproduced, {against} contradicted and "
        f"{len(held) - hits - against} not resolved."
    )


def _errors(summary: Summary) -> str:
    parts = [
        f"{score.fold_error:.2f}-fold for {score.name} ({counted(score.n, 'finding')}, "
        f"{percent(score.within)} within 1.5-fold)"
        for score in summary.scores
        if score.group == "validate: analyte"
    ]
    roles = {score.name: score for score in summary.scores if score.group == "role"}
    text = f"Mean error (geometric) of findings held back: {listed(parts)}." if parts else ""
    if len(roles) == 2:
        text += (
            f" It is {roles['validate'].fold_error:.2f}-fold on findings held back and "
            f"{roles['calibrate'].fold_error:.2f}-fold on those used to calibrate."
        )
    return text


def _spread(summary: Summary) -> str:
    if not summary.spread_n:
        return ""
    return (
        f"The spread between virtual people is {number(summary.spread_ratio, 2)} times what "
        f"{counted(summary.spread_n, 'finding')} report (geometric mean)."
    )


def _left_out(outcomes: Sequence[Outcome]) -> str:
    outside = sum(o.verdict == "out of scope" for o in outcomes)
    excluded = sum(bool(o.finding.excluded) and o.verdict != "out of scope" for o in outcomes)
    repeats = sum(bool(o.finding.same_as) and o.verdict != "out of scope" for o in outcomes)
    parts = [
        f"{n} {text}"
        for n, text in (
            (outside, "out of scope (the model has nothing to compare with them)"),
            (excluded, "excluded for a stated reason"),
            (repeats, "telling again what another finding tells"),
        )
        if n
    ]
    return f"Not in these numbers, but in the table: {listed(parts)}." if parts else ""


def counts(outcome: Outcome) -> bool:
    """Return whether an outcome enters the summary."""
    return outcome.finding.counts and outcome.verdict != "out of scope"


def misses(outcomes: Sequence[Outcome], verdict: str) -> list[str]:
    """Return a sentence for each finding that counts and has ``verdict``, worst first."""
    chosen = [o for o in outcomes if counts(o) and o.verdict == verdict and not o.finding.contested]
    chosen.sort(key=_nearness)
    return [f"{study_name(o.finding)}, {told(o)}." for o in chosen]


def _nearness(outcome: Outcome) -> tuple[bool, float]:
    """Return what sorts the greatest miss first: experiments, then trials."""
    if outcome.finding.clinical is None:
        return False, -abs(outcome.log_fold) if math.isfinite(outcome.log_fold) else 0.0
    width = outcome.high - outcome.low
    away = abs(outcome.predicted - outcome.observed)
    return True, -away / width if width > 0 else 0.0


def told(outcome: Outcome) -> str:
    """Tell one outcome: what, observed, predicted."""
    finding = outcome.finding
    text = f"{what(finding)}: observed {observed(outcome)}"
    if math.isfinite(outcome.predicted):
        text += f", predicted {predicted(outcome)}"
    if math.isfinite(outcome.log_fold) and finding.contrast != "change":
        text += f": {number(outcome.fold, 2)}-fold"
    return text + (f" ({outcome.reason})" if outcome.reason else "")


def what(finding: Finding) -> str:
    """Name what was measured: measure, analyte, way in, and against what."""
    if finding.clinical is not None:
        return clinical_words.what(finding)
    measure = MEASURES.get(finding.measure, finding.measure) or "finding"
    if finding.measure == "concentration":
        measure = f"concentration at {duration(finding.start_h)}"
    contrast = {"change": "change of ", "ratio": "ratio of "}.get(finding.contrast, "")
    contrast = "direction of " if finding.direction else contrast
    text = f"{contrast}{measure}"
    text += f" of {finding.analyte}" if finding.analyte else ""
    text += f" over {finding.over}" if finding.over is not None else ""
    ways = [WAYS.get(way, way) for way in finding.arm.routes] if finding.arm else []
    text += f", {' and '.join(ways)}" if ways else ""
    if finding.comparator is not None and (finding.contrast or finding.direction):
        arm = finding.arm.name if finding.arm else ", ".join(each.name for each in finding.arms)
        text += f" ({arm} against {finding.comparator.name})"
    if finding.contested:
        text += f"; contested: {finding.contested}"
    return text


def observed(outcome: Outcome) -> str:
    """Write the observed value with its unit, or the direction."""
    finding = outcome.finding
    if finding.clinical is not None:
        return clinical_words.observed(outcome)
    if finding.direction:
        return finding.direction
    if not math.isfinite(outcome.observed):
        return "–"
    about = "about " if finding.approx else ""
    return f"{about}{number(outcome.observed)} {unit(finding)}".strip()


def predicted(outcome: Outcome) -> str:
    """Write the prediction with its 95 % interval; a direction as effect or what is left of it.

    Of trials the interval is that of 90 %.
    """
    if outcome.finding.clinical is not None:
        return clinical_words.predicted(outcome)
    if not math.isfinite(outcome.predicted):
        return "–"
    if outcome.finding.direction:
        span = f"({outcome.low:z.2f} to {outcome.high:z.2f})".replace("-", "−")
        if outcome.finding.direction in ("up", "down", "none"):
            return f"effect {outcome.predicted:+z.2f}".replace("-", "−") + f" {span}"
        return f"{outcome.predicted:.2f} left {span}"
    low, high = number(outcome.low), number(outcome.high)
    return f"{number(outcome.predicted)} ({low} to {high})"


def unit(finding: Finding) -> str:
    """Write a unit for reading."""
    return (
        ""
        if finding.unit in ("ratio", "fraction", "fold")
        else finding.unit.replace("*", "·").replace("umol", "µmol")
    )
