"""The entry on ketamine's half-life in words, made from the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.phrases import listed, percent

if TYPE_CHECKING:
    from ketasim.evidence.half_life import Curve, HalfLives, Published, Reading

TITLE = "One curve, many half-lives"
CLAIM = "The half-life of ketamine is X: from 10 minutes to 12 hours, depending on the article."
LATE_H = 12.0


def span(hours: float) -> str:
    """Write a half-life or a time as a kineticist would.

    >>> span(1 / 6), span(1.32), span(2.3), span(9.02), span(48.0)
    ('10 min', '79 min', '2.3 h', '9.0 h', '48 h')
    """
    if hours < 1:
        return f"{hours * 60:.0f} min"
    if hours < 1.5 and hours != 1:
        return f"{hours * 60:.0f} min"
    if hours == round(hours) or hours >= 20:
        return f"{hours:.0f} h"
    return f"{hours:.1f} h"


def printed(given: Published) -> str:
    """Write a published half-life, or its range."""
    low, high = span(given.low_h), span(given.high_h)
    if low == high:
        return low
    return f"{low.split()[0]}–{high}" if low.split()[1] == high.split()[1] else f"{low}–{high}"


def caption(found: HalfLives) -> str:
    """Say what is drawn and what was assumed."""
    recall = [r.published.short for r in found.readings if r.published.verified == "recall"]
    hollow = f" Hollow: from memory ({listed(recall)})." if recall else ""
    return (
        "Typical person of 70 kg, plasma of a forearm vein. A, B: 0.5 mg/kg ketamine in 40 min; "
        "thick lines, the straight line through the last third of a sampling that ends at the "
        "time told, below its half-life the published values that lie nearest; dotted, limits of "
        "assays and when they end the sampling (6 ng/mL for S-ketamine in Simons 2022; 1 and 0.1 "
        "as examples). C: the half-life of that "
        "line against the end of the sampling, for three doses. Purple: published values. Bars: "
        "the study tells how long it sampled, so the bar is its window (cut where an assay limit "
        "ends it) and a thin line leads to the model. Dashed: no window is told; the dot marks "
        "where sampling would have to end, or comes nearest (thin line to the model). Each is "
        f"read on a curve dosed as in its study.{hollow}"
    )


def alternative(found: HalfLives) -> str:
    """Describe the picture to those who cannot see it."""
    parts = [f"{r.published.short} {span(r.published.half_life_h)}" for r in found.readings]
    return (
        "Concentration against time with local slopes, and half-life against end of sampling, "
        f"rising from half an hour to nine hours. Published values: {'; '.join(parts)}."
    )


def entry(found: HalfLives) -> tuple[str, ...]:
    """Return the entry as paragraphs: the verdict, what was tested, what only fits, the tail."""
    told = [r for r in found.readings if r.window_told]
    others = [r for r in found.readings if not r.window_told]
    return (_verdict(found), _tested(told), _placed(others), _tail(found))


def _verdict(found: HalfLives) -> str:
    from ketasim.evidence.half_life import measured

    curve = found.curves["infusion"]
    ends = (1.0, 8.0, 48.0)
    parts = [f"{span(measured('slope', curve, end))} when it ends at {span(end)}" for end in ends]
    given = [r.published for r in found.readings]
    low, high = min(p.low_h for p in given), max(p.high_h for p in given)
    against = [r.published.short for r in found.readings if r.verdict == "contradicted"]
    judged = f"{listed(against)} contradict{'' if len(against) > 1 else 's'} it"
    judged = judged if against else "none contradicts it"
    return (
        f"Published half-lives run from {span(low)} to {span(high)}. Ketamine has no single "
        "half-life: its curve bends for a day, and a straight line through the end of the "
        f"sampling finds {listed(parts)}. Of {len(given)} published values set beside one "
        f"curve with one set of parameters, {judged}; how firmly each was tested is told below."
    )


def _tested(readings: list[Reading]) -> str:
    """Tell the values whose window is known, hits and misses alike."""
    lines = []
    for verdict, words in (
        ("reproduced", "within 1.5-fold"),
        ("not resolved", "missed by more than 1.5-fold, though not beyond the study's own error"),
        ("contradicted", "missed beyond 1.5-fold and the study's own error"),
    ):
        chosen = [_beside(r) for r in readings if r.verdict == verdict]
        lines += [f"{words}: {listed(chosen)}"] if chosen else []
    return (
        f"A test is possible for {len(readings)} values, whose studies tell how long they "
        f"sampled. {lines[0][0].upper()}{'; '.join(lines)[1:]}."
        if lines
        else "No study tells how long it sampled."
    )


def _beside(reading: Reading) -> str:
    given = reading.published
    return (
        f"{given.short} ({span(given.half_life_h)} published, {span(reading.model_h)} in the "
        f"model at {span(reading.start_h)} to {span(reading.end_h)})"
    )


def _placed(readings: list[Reading]) -> str:
    """Tell where on the curve values without a window would lie: no test, only a reading."""
    reached = [r for r in readings if r.reached]
    rest = [r for r in readings if not r.reached]
    parts = [_end(r) for r in reached]
    text = (
        f"For {len(reached)} more no window is told, so they cannot be tested; the curve gives "
        f"them when sampling ends at: {'; '.join(parts)}."
    )
    for reading in rest:
        given = reading.published
        nearest = max(given.low_h, min(given.high_h, reading.model_h))
        fold = max(reading.model_h / nearest, nearest / reading.model_h)
        text += (
            f" {given.short} ({printed(given)}) is given by no end of sampling: nearest "
            f"{span(reading.model_h)}, {fold:.1f} times as long"
        )
        text += ", a contradiction." if reading.verdict == "contradicted" else "."
    return text


def _end(reading: Reading) -> str:
    given = reading.published
    if reading.until_h is not None:
        return f"{span(reading.end_h)} to {span(reading.until_h)}, {given.short} ({printed(given)})"
    return f"{span(reading.end_h)}, {given.short} ({printed(given)})"


def _tail(found: HalfLives) -> str:
    """Tell how much of the drug the longest half-life is about."""
    curve = found.curves["infusion"]
    whole = float(np.trapezoid(curve.ng_ml, curve.time_h))
    late = curve.time_h >= LATE_H
    part = float(np.trapezoid(curve.ng_ml[late], curve.time_h[late])) / whole
    left = float(curve.at(LATE_H)) / float(curve.ng_ml.max())
    return (
        f"The long half-life is about little drug: {span(LATE_H)} after the infusion began "
        f"{percent(left)} of the peak is left in plasma, and {percent(part)} of the area under "
        "the curve is still to come. Half of the peak is gone much sooner than any of the long "
        f"half-lives says: {span(_half_gone_h(curve))} after the infusion ends."
    )


def _half_gone_h(curve: Curve) -> float:
    return curve.below_h(float(curve.ng_ml.max()) / 2) - 2 / 3
