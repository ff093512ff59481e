"""From numbers to sentences: the answer of a report, whatever the answer is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report import summary
from ketasim.report.carriers import Paragraph, attribution_words, largest
from ketasim.report.phrases import (
    counted,
    duration,
    listed,
    moment,
    number,
    percent,
    points,
    rate,
)

if TYPE_CHECKING:
    from ketasim.report.contents import ReportInput
    from ketasim.report.summary import Advantage

# Smallest difference on MADRS usually held to matter: 1.6 to 1.9 points (Duru & Fantino 2008,
# Curr Med Res Opin 24:1329), rounded up.
WORTHWHILE_POINTS = 2.0
GONE_SHARE = 0.01


@dataclass(frozen=True)
class Effect:
    """The verdict on the main arm against control.

    ``kind`` is one of ``benefit``, ``none``, ``harm``, ``uncertain``, ``unknown``; ``best_h`` and
    ``best`` are the time and size of the largest advantage (of the largest disadvantage for
    ``harm``), in hours and MADRS points.
    """

    kind: str
    best_h: float = np.nan
    best: float = np.nan


def effect(gap: Advantage | None) -> Effect:
    """Judge an advantage: does it ever reach 2 points, and is it more than sampling noise?"""
    if gap is None or not np.isfinite(gap.points).any():
        return Effect("unknown")
    best, worst = int(np.nanargmax(gap.points)), int(np.nanargmin(gap.points))
    top, bottom = float(gap.points[best]), float(gap.points[worst])
    place = best if top >= -bottom else worst
    found = float(gap.time_h[place]), float(gap.points[place])
    if max(top, -bottom) < WORTHWHILE_POINTS:
        return Effect("none", *found)
    error = gap.standard_error[place]
    if np.isfinite(error) and abs(found[1]) < 1.96 * error:
        return Effect("uncertain", *found)
    return Effect("benefit" if found[1] > 0 else "harm", *found)


def headline(contents: ReportInput) -> str:
    """Answer in one sentence."""
    gap = summary.advantage(contents)
    found = effect(gap)
    arm, control = contents.main_arm, contents.control_arm
    if found.kind == "unknown" or gap is None:
        return _headline_without_control(contents)
    size, when = points(abs(found.best)), moment(found.best_h)
    if found.kind == "none":
        return (
            f"In this model “{arm}” and “{control}” do not differ by a worthwhile amount of MADRS: "
            f"their means are never more than {size} points apart."
        )
    if found.kind == "uncertain":
        return (
            f"No answer: the largest difference between “{arm}” and “{control}” ({size} points at "
            f"{when}) is within sampling error for {counted(gap.n, 'person')}."
        )
    if found.kind == "harm":
        return (
            f"In this model “{arm}” does worse than “{control}”: MADRS is up to {size} points "
            f"higher, at {when}."
        )
    who = "mean MADRS" if gap.n > 1 else "MADRS of the one person simulated"
    text = f"In this model “{arm}” lowers {who} by up to {size} points more than “{control}”"
    text += f", at {when}"
    carriers = _top_carriers(contents, found.best_h)
    return f"{text}{f'; {carriers}' if carriers else ''}."


def _headline_without_control(contents: ReportInput) -> str:
    course = summary.course(contents.main, "MADRS")
    if course is None:
        return "MADRS was not recorded, so this study cannot say what happens to mood."
    start = summary.start_index(course.time_h)
    low = int(course.mean.argmin())
    fall = course.mean[start] - course.mean[low]
    return (
        f"MADRS falls by {points(fall)} points at most, at {moment(course.time_h[low])}; without a "
        "control arm this cannot be told apart from expectation and care."
    )


def _top_carriers(contents: ReportInput, when_h: float) -> str:
    if not contents.attribution:
        return ""
    table = contents.attribution[0]
    hours = np.maximum(np.asarray(table.times_h, dtype=float), 0.01)
    column = int(np.argmin(np.abs(np.log(hours) - np.log(max(when_h, 0.01)))))
    top = [f"{title} ({points(carried)})" for title, carried in largest(table, column)[:2]]
    if not top:
        return ""
    shares = "largest share is" if len(top) == 1 else "largest shares are"
    total = points(float(table.total[column]))
    when = moment(hours[column])
    return (
        f"of {table.divides} at {when} ({total} points: the fall from each person's own start, "
        f"compared with nothing given, not the advantage over “{contents.control_arm}”), "
        f"the {shares} carried by {listed(top)}"
    )


def answer(contents: ReportInput) -> tuple[Paragraph, ...]:
    """Answer in a few paragraphs, in the order of the path: blood, brain, mood, mechanism."""
    paragraphs = (
        Paragraph(exposure_words(contents)),
        Paragraph(mood_words(contents)),
        Paragraph(rates_words(contents)),
        *attribution_words(contents),
        Paragraph(how_words(contents)),
    )
    return tuple(paragraph for paragraph in paragraphs if paragraph.text)


def exposure_words(contents: ReportInput) -> str:
    """Say how high plasma and block go, and when they are gone."""
    text = ""
    for name, drug in (
        ("Cket", "ketamine"),
        ("Cnk", "norketamine"),
        ("Chnk", "hydroxynorketamine"),
    ):
        course = summary.course(contents.main, name)
        if course is None or not course.median.max() > 0:
            continue
        peak = int(course.median.argmax())
        unit = summary.unit(contents.main, name)
        span = "" if course.n == 1 else f", 90 % of persons {number(course.low[peak])}–"
        span += "" if course.n == 1 else f"{number(course.high[peak])}"
        text += f"Plasma {drug} peaks at {number(course.median[peak])} {unit}{span}, "
        text += f"at {duration(course.time_h[peak])}. "
    gone = gone_h(contents, "Cket")
    if gone is not None:
        text += f"Ketamine is below 1 % of its peak from {moment(gone)} on. "
    block = summary.course(contents.main, "Bin")
    if block is not None and block.median.max() > 0:
        peak = int(block.median.argmax())
        text += f"At most, {percent(block.median[peak])} of the NMDA receptors on interneurons are "
        text += f"blocked, at {duration(block.time_h[peak])}. "
    return text.strip()


def gone_h(contents: ReportInput, name: str) -> float | None:
    """Return the time from which the median stays below 1 % of its peak; None if it never does."""
    course = summary.course(contents.main, name)
    if course is None or not course.median.max() > 0:
        return None
    above = np.flatnonzero(course.median >= GONE_SHARE * course.median.max())
    if above[-1] + 1 >= len(course.time_h):
        return None
    return float(course.time_h[above[-1] + 1])


def mood_words(contents: ReportInput) -> str:
    """Say when the arms separate, when the advantage is greatest, and what is left of it."""
    gap = summary.advantage(contents)
    found = effect(gap)
    if gap is None or found.kind == "unknown":
        return ""
    text = _levels(contents, 24.0)
    if found.kind in ("none", "uncertain"):
        return (
            f"{text}The difference from control is never more than {points(abs(found.best))} points"
            f" (less than {points(WORTHWHILE_POINTS)} is usually held not to matter)."
            if found.kind == "none"
            else text
        )
    sign = 1.0 if found.kind == "benefit" else -1.0
    apart = gap.time_h[np.flatnonzero(sign * gap.points >= WORTHWHILE_POINTS)[0]]
    word = "advantage" if sign > 0 else "disadvantage"
    text += f"The arms are {points(WORTHWHILE_POINTS)} points apart from {moment(float(apart))}, "
    text += (
        f"and the {word} is greatest at {moment(found.best_h)} ({points(abs(found.best))} points)"
    )
    if found.best_h >= gap.time_h[-1] * 0.999:
        return f"{text}, when the simulation ends: it is still growing."
    return f"{text}. {_what_is_left(gap, found, sign, word)}".strip()


def _levels(contents: ReportInput, when_h: float) -> str:
    """Return mean MADRS of main and control arm at the start and at one time."""
    told = []
    for name in filter(None, (contents.main_arm, contents.control_arm)):
        arm = contents.arms[name]
        values, time_h = summary.complete(arm, "MADRS"), summary.times(arm)
        now = summary.at(values, time_h, min(when_h, float(time_h[-1])))
        if now is None or len(values) == 0:
            return ""
        before = values[:, summary.start_index(time_h)].mean()
        told.append(f"from {points(before)} to {points(now.mean())} on “{name}”")
    when = moment(min(when_h, float(summary.times(contents.main)[-1])))
    return f"By {when} {'mean ' if len(values) > 1 else ''}MADRS goes {listed(told)}. "


def _what_is_left(gap: Advantage, found: Effect, sign: float, word: str) -> str:
    parts = []
    for when_h in (168.0, 240.0, 336.0, 672.0):
        left = summary.at(sign * gap.points, gap.time_h, when_h)
        if left is not None and when_h > found.best_h:
            share = float(left) / abs(found.best)
            size = percent(share) if share > 0 else "nothing"
            parts.append(f"{size} at {moment(when_h)}")
    lost = _lost_h(gap, found, sign)
    text = f"Left of this {word}: {listed(parts)}. " if parts else ""
    if lost is not None:
        text += f"It is below {points(WORTHWHILE_POINTS)} points again from {moment(lost)}."
    else:
        text += f"It is still above {points(WORTHWHILE_POINTS)} points when the simulation ends "
        text += f"({moment(float(gap.time_h[-1]))})."
    return text


def _lost_h(gap: Advantage, found: Effect, sign: float) -> float | None:
    above = np.flatnonzero(sign * gap.points >= WORTHWHILE_POINTS)
    if above[-1] + 1 >= len(gap.time_h):
        return None
    return float(gap.time_h[above[-1] + 1])


def rates_words(contents: ReportInput) -> str:
    """Tell response and remission at 24 h and 7 days, main arm and control."""
    told = []
    for when_h in (24.0, 168.0):
        main = summary.response(contents.main, when_h)
        if main is None:
            continue
        defined = " (MADRS down by half or more)" if not told else ""
        text = f"At {moment(when_h)}, {rate(main)} have responded{defined}"
        if contents.control is not None:
            other = summary.response(contents.control, when_h)
            text += f", against {percent(other.share)} on control" if other else ""
        remitted = summary.remission(contents.main, when_h)
        if remitted is not None:
            defined = " (MADRS 10 or less)" if not told else ""
            text += f", and {percent(remitted.share)} are in remission{defined}"
        told.append(text + ".")
    return " ".join(told)


def how_words(contents: ReportInput) -> str:
    """Set what is left of the effect a week later beside what is left of the drug."""
    gap = summary.advantage(contents)
    found = effect(gap)
    drug = summary.course(contents.main, "Cket")
    if gap is None or drug is None or found.kind != "benefit" or not drug.median.max() > 0:
        return ""
    left = summary.at(gap.points, gap.time_h, 168.0)
    still = summary.at(drug.median, drug.time_h, 168.0)
    if left is None or still is None or found.best_h >= 168.0:
        return ""
    share, drug_share = float(left) / found.best, float(still) / float(drug.median.max())
    remains = f"{percent(share)} of the greatest advantage" if share > 0 else "no advantage"
    text = f"A week after the first dose, {percent(drug_share)} of the peak plasma ketamine"
    if drug_share < 0.01:
        text = "A week after the first dose, less than 1 % of the peak plasma ketamine"
    text += f" and {remains} are left"
    slow = _slow_states(contents)
    if share > 0.1 and slow:
        return (
            f"{text}. What then still keeps at least a third of its own largest change: "
            f"{listed(slow)}."
        )
    return f"{text}."


def _slow_states(contents: ReportInput) -> list[str]:
    """Return the signals that still keep a third of their own largest change at 7 days."""
    kept = []
    names = {"bd": "BDNF", "mto": "mTORC1", "Asurf": "AMPA receptors at the surface"}
    names |= {"spr": "synaptic protein", "syn": "spines", "p11": "p11", "nrel": "Gαs in rafts"}
    for name, text in names.items():
        course = summary.course(contents.main, name, change=True)
        if course is None:
            continue
        size = float(np.abs(course.median).max())
        week = summary.at(course.median, course.time_h, 168.0)
        if week is not None and size > 1e-4 and abs(float(week)) >= size / 3:
            kept.append(f"{text} ({percent(abs(float(week)) / size)})")
    return kept
