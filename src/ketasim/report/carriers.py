"""Attribution in words: which mechanisms carry the effect, when, in both readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.contents import CLOCKS
from ketasim.report.phrases import listed, moment, points

if TYPE_CHECKING:
    from ketasim.report.contents import AttributionTable, ReportInput

# Below this much to divide, or to tell two readings apart, words would be about noise.
LEAST_TOTAL_POINTS = 1.0
LEAST_SHIFT_POINTS = 0.5


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, and the lines of a list under it."""

    text: str
    items: tuple[str, ...] = ()


def largest(table: AttributionTable, column: int) -> list[tuple[str, float]]:
    """Return title and points of mechanisms with at least a tenth of the total, largest first.

    Empty when less than one point is divided.
    """
    total = float(table.total[column])
    if not total >= LEAST_TOTAL_POINTS:
        return []
    order = [int(i) for i in np.argsort(-np.nan_to_num(table.points[:, column]))]
    carried = [(inside(table.titles[i]), float(table.points[i, column])) for i in order]
    return [(title, share) for title, share in carried if share >= 0.1 * total]


def inside(title: str) -> str:
    """Put a title inside a sentence: lower case, sparing names and acronyms.

    >>> inside("Dendritic spines"), inside("NMDA receptor block"), inside("Gs alpha and rafts")
    ('dendritic spines', 'NMDA receptor block', 'Gs alpha and rafts')
    """
    first = title.split(maxsplit=1)[0] if title else ""
    ordinary = len(first) > 2 and first[:1].isupper() and first[1:].strip(",;:").islower()
    return title[0].lower() + title[1:] if ordinary else title


def attribution_words(contents: ReportInput) -> tuple[Paragraph, ...]:
    """Say which mechanisms carry the effect at each time, and whether the readings agree."""
    if not contents.attribution:
        return ()
    first, *others = contents.attribution
    told = [reading_words(first), Paragraph(clock_words(contents, first))]
    told.append(Paragraph(" ".join(filter(None, (against_words(first), close_words(first))))))
    told += [Paragraph(readings_differ(first, other)) for other in others]
    return tuple(told)


def reading_words(table: AttributionTable) -> Paragraph:
    """List the largest carriers at each time."""
    items = []
    for column, when in enumerate(table.times_h):
        top, total = largest(table, column)[:3], float(table.total[column])
        if top:
            named = "; ".join(f"{title} {points(share)}" for title, share in top)
            rest = total - sum(share for _, share in top)
            items.append(f"{moment(when)}, of {points(total)}: {named}; all others {points(rest)}")
    if not items:
        return Paragraph(
            f"With each mechanism {table.reading} in turn, {table.divides} is under one point at "
            "every time asked for: there is nothing to divide."
        )
    text = f"The largest carriers of {table.divides}, in MADRS points, when mechanisms are "
    return Paragraph(f"{text}{table.reading}:", tuple(items))


def clock_words(contents: ReportInput, table: AttributionTable) -> str:
    """Sum the carried points by clock, early and late in the course."""
    clock_of = {m.name: m.clock for m in contents.mechanisms}
    if not all(name in clock_of for name in table.mechanisms):
        return ""
    columns = [i for i in range(len(table.times_h)) if largest(table, i)]
    if not columns:
        return ""
    told = []
    for column in dict.fromkeys((columns[0], columns[len(columns) // 2], columns[-1])):
        sums: dict[str, float] = {}
        for name, share in zip(table.mechanisms, table.points[:, column], strict=True):
            sums[clock_of[name]] = sums.get(clock_of[name], 0.0) + float(share)
        ordered = [f"{clock} {points(sums[clock])}" for clock in CLOCKS if clock in sums]
        told.append(f"at {moment(table.times_h[column])} {', '.join(ordered)}")
    return f"Summed by the clock that each mechanism is listed under: {'; '.join(told)}."


def against_words(table: AttributionTable) -> str:
    """Name the mechanisms that work against the effect by half a point or more."""
    worst = np.nanmin(table.points, axis=1, initial=0.0)
    found = [inside(t) for t, low in zip(table.titles, worst, strict=True) if low <= -0.5]
    return f"Working against it at some time: {listed(found)}." if found else ""


def close_words(table: AttributionTable) -> str:
    """Say at which times the first two mechanisms are within sampling error of each other."""
    if table.standard_error is None or len(table.mechanisms) < 2:
        return ""
    close = []
    for column, when in enumerate(table.times_h):
        if not largest(table, column):
            continue
        first, second = np.argsort(-np.nan_to_num(table.points[:, column]))[:2]
        error = np.hypot(table.standard_error[first, column], table.standard_error[second, column])
        if table.points[first, column] - table.points[second, column] < 1.96 * error:
            close.append(moment(when))
    if not close:
        return ""
    return f"At {listed(close)} the first two carriers are within sampling error of each other."


def readings_differ(one: AttributionTable, other: AttributionTable) -> str:
    """Compare two readings at the time nearest to 24 h: who gains, who loses."""
    if list(one.times_h) != list(other.times_h):
        return ""
    column = int(np.argmin(np.abs(np.asarray(one.times_h) - 24.0)))
    when = moment(one.times_h[column])
    places = {name: i for i, name in enumerate(other.mechanisms)}
    shifts = [
        (float(other.points[places[name], column] - one.points[i, column]), inside(one.titles[i]))
        for i, name in enumerate(one.mechanisms)
        if name in places
    ]
    more = [(s, t) for s, t in sorted(shifts, reverse=True) if s >= LEAST_SHIFT_POINTS]
    less = [(s, t) for s, t in sorted(shifts) if s <= -LEAST_SHIFT_POINTS]
    if not more and not less:
        return (
            f"The two readings agree to within {points(LEAST_SHIFT_POINTS)} points for every "
            f"mechanism at {when}."
        )
    parts = []
    for shifted, word in ((more, "more"), (less, "less")):
        if shifted:
            named = "; ".join(f"{t} ({'+' if s > 0 else ''}{points(s)})" for s, t in shifted[:5])
            parts.append(f"{word} is carried by {named}")
    text = f"The readings differ. At {when}, with mechanisms {other.reading}, "
    text += f"{', and '.join(parts)}."
    if more:
        text += " What gains in this reading is needed for the effect, whether or not the drug"
        text += " moves it."
    return text
