"""An output in time: its middle in a population, and how people differ around it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report import summary
from ketasim.report.phrases import duration, moment, number
from ketasim.report.style import (
    CONTROL,
    MUTED,
    SERIES,
    Picture,
    Shape,
    footnote,
    hour_axis,
    log_time_axis,
    new_figure,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from ketasim.report.summary import Course

LINES = ("median", "mean")
TIME_AXES = ("linear", "log")
MOST_BANDS = 3
"""With more arms than this, bands would hide one another and are left out."""


def course_figure(
    arms: Mapping[str, xr.DataArray],
    output: str,
    *,
    control: str | None = None,
    line: str = "median",
    time_axis: str = "linear",
    change: bool = False,
    sessions_h: Sequence[float] = (),
) -> Picture:
    """Draw one output of every arm in time.

    Parameters
    ----------
    arms : mapping of str to DataArray (individual, time, output)
        Up to six, all with ``output``.
    output : str
    control : str, optional
        The arm in grey.
    line : str
        ``"median"`` or ``"mean"``.
    time_axis : str
        ``"linear"`` or ``"log"``.
    change : bool
        Subtract each person's own value before the first dose.
    sessions_h : sequence of float
        When doses were given [h], as marks below the curves.
    """
    courses = {name: summary.course(arm, output, change) for name, arm in arms.items()}
    shown = {name: course for name, course in courses.items() if course is not None}
    shapes = course_shapes(tuple(shown), control)
    first = next(iter(arms.values()))
    figure = new_figure(6.2, 3.5)
    axes = figure.subplots()
    bands = len(shown) <= MOST_BANDS
    for name, course in shown.items():
        _draw(axes, course, shapes[name], name, line, bands, quarters=len(shown) == 1)
    last_h = max(float(course.time_h[-1]) for course in shown.values())
    _time(axes, shown, time_axis, last_h)
    if change:
        axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1)
    if output == "MADRS" and not change:
        _remission(axes)
    label = summary.label(first, output)
    axes.set_ylabel(_axis_label(label, summary.unit(first, output), change))
    lowest = min(float(c.low.min()) for c in shown.values())
    highest = max(float(c.high.max()) for c in shown.values())
    if not change and lowest >= -1e-6 * abs(highest) and highest > 0:
        axes.set_ylim(0, None)
    _sessions(axes, sessions_h, last_h)
    figure.legend(loc="outside upper left", ncols=2, fontsize=7.5)
    note = _note(shown, line, bands)
    footnote(figure, note)
    title = f"{label[:1].upper()}{label[1:]}"
    return Picture(f"course-{output}", title, figure, note, _alt(shown, line, label, first, output))


def course_shapes(names: Sequence[str], control: str | None) -> dict[str, Shape]:
    """Return colour, line and marker of every arm, the control in grey."""
    # the second shape of the series is too like the control's
    free = iter((SERIES[0], *SERIES[2:], SERIES[1]) if control else SERIES)
    return {name: CONTROL if name == control else next(free) for name in names}


def _draw(
    axes: Axes, course: Course, shape: Shape, name: str, line: str, bands: bool, quarters: bool
) -> None:
    colour, dashes, _ = shape
    if bands and course.n > 1:
        axes.fill_between(
            course.time_h, course.low, course.high, color=colour, alpha=0.15, linewidth=0
        )
        if quarters:
            axes.fill_between(
                course.time_h, course.quarter, course.three_quarters, color=colour, alpha=0.22,
                linewidth=0,
            )  # fmt: skip
    middle = course.mean if line == "mean" else course.median
    n = f"n = {course.n:,}"
    axes.plot(
        course.time_h, middle, color=colour, linestyle=dashes,
        label=f"{name} ({n})" if name else n,
    )  # fmt: skip


def _time(axes: Axes, shown: Mapping[str, Course], time_axis: str, last_h: float) -> None:
    first_h = min(float(course.time_h[0]) for course in shown.values())
    if time_axis == "log" and last_h > 0:
        early = [c.time_h[c.time_h > 0][:1] for c in shown.values()]
        starts = [float(times[0]) for times in early if len(times)]
        log_time_axis(axes, last_h, max(min(starts, default=1 / 12), 1 / 60))
    else:
        hour_axis(axes, first_h, last_h if last_h > first_h else first_h + 1.0)


def _remission(axes: Axes) -> None:
    limit = summary.REMISSION_POINTS
    axes.axhline(limit, color=MUTED, linewidth=0.8, linestyle=(0, (1, 3)), zorder=1)
    axes.annotate(
        "remission, ≤ 10", (1, limit), (-2, 3), xycoords=axes.get_yaxis_transform(),
        textcoords="offset points", ha="right", fontsize=7, color=MUTED,
    )  # fmt: skip


def _sessions(axes: Axes, sessions_h: Sequence[float], last_h: float) -> None:
    """Mark doses below the curves."""
    inside = [when for when in sessions_h if when <= last_h]
    if not inside:
        return
    left = axes.get_xlim()[0]
    places = [max(when, left) for when in inside]
    axes.plot(
        places, np.full(len(places), 0.02), "^", color=MUTED, markersize=4, clip_on=False,
        transform=axes.get_xaxis_transform(), label="dose", zorder=4,
    )  # fmt: skip


def _axis_label(label: str, unit: str, change: bool) -> str:
    text = f"change in {label}" if change else label
    return textwrap.fill(f"{text} ({unit})" if unit else text, 36)


def _note(shown: Mapping[str, Course], line: str, bands: bool) -> str:
    people = [course.n for course in shown.values()]
    if max(people) == 1:
        return "One person (n = 1); no band."
    each = f"n = {people[0]:,}" if len(set(people)) == 1 else "n as in the key"
    per = " per arm" if len(shown) > 1 and len(set(people)) == 1 else ""
    text = f"Simulated people, {each}{per}: lines, {line}s"
    if not bands:
        return f"{text}; no bands with so many arms."
    inner = " and middle 50 %" if len(shown) == 1 else ""
    return f"{text}; bands, middle 90 %{inner} of people."


def _alt(
    shown: Mapping[str, Course], line: str, label: str, first: xr.DataArray, output: str
) -> str:
    unit = summary.unit(first, output)
    parts = []
    for name, course in shown.items():
        middle = course.mean if line == "mean" else course.median
        start, far = middle[0], int(np.abs(middle - middle[0]).argmax())
        when = float(course.time_h[far])
        parts.append(
            f"{name or 'population'}: from {number(start)} to {number(middle[far])} {unit} at "
            f"{moment(when) if when > 1.5 else duration(when)}, {number(middle[-1])} at the end"
        )
    return f"Line chart of {label}, {line}. {'; '.join(parts)}."
