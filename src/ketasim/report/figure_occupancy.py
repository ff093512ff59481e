"""How much of a target the drug holds, in time, one panel for each arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ketasim.report import summary
from ketasim.report.figures_exposure import TARGETS, fade_h
from ketasim.report.phrases import duration, percent
from ketasim.report.style import (
    SERIES,
    Picture,
    footnote,
    log_time_axis,
    new_figure,
    panel_letters,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from ketasim.report.summary import Course

MOST_PANELS = 4


def occupancy_figure(arms: Mapping[str, xr.DataArray], outputs: Sequence[str]) -> Picture:
    """Draw shares (0 to 1) as per cent in time, a line for each output.

    Parameters
    ----------
    arms : mapping of str to DataArray (individual, time, output)
        One to four, a panel each.
    outputs : sequence of str
        Up to six, each a fraction.
    """
    first = next(iter(arms.values()))
    names = {name: TARGETS.get(name, summary.label(first, name)) for name in outputs}
    found: dict[str, dict[str, Course]] = {}
    for arm, result in arms.items():
        courses = {name: summary.course(result, name) for name in names}
        found[arm] = {name: c.scaled(100.0) for name, c in courses.items() if c is not None}
    columns = min(len(arms), 2)
    rows = -(-len(arms) // columns)
    figure = new_figure(4.8 if columns == 1 else 7.2, 0.9 + 2.5 * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    panels = list(grid.flat)[: len(arms)]
    every = [course for courses in found.values() for course in courses.values()]
    end_h = max(float(course.time_h[-1]) for course in every)
    last_h = min(end_h, max(8.0, 1.3 * max(fade_h(course, 0.02) for course in every)))
    for panel, (arm, courses) in zip(panels, found.items(), strict=True):
        _draw(panel, courses, names)
        n = max(course.n for course in courses.values())
        who = "one person (n = 1)" if n == 1 else f"n = {n:,}"
        panel.set_title(f"{arm}, {who}" if arm else who, fontsize=8.5)
        log_time_axis(panel, last_h, 1 / 30)
    for panel in panels[:-columns]:
        panel.set_xlabel("")
    for panel in panels[-columns:]:
        panel.tick_params(labelbottom=True)
    for panel in list(grid.flat)[len(arms) :]:
        panel.remove()
    top = max(float(course.high.max()) for course in every) or 1.0
    panels[0].set_ylim(-0.015 * top, 1.05 * top)
    what = "lost NMDA receptor current" if set(names) <= set(TARGETS) else "share"
    for panel in panels[::columns]:
        panel.set_ylabel(f"{what} (%)")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=columns + 1, fontsize=7.5)
    if len(panels) > 1:
        panel_letters(panels)
    one = max(course.n for course in every) == 1
    note = "Lines, one person; no band." if one else "Lines, medians; bands, middle 90 % of people."
    footnote(figure, note)
    return Picture("occupancy", "Target occupancy", figure, _caption(found, names, note),
                   f"Line charts. {_peaks(found, names)}")  # fmt: skip


def _draw(panel: Axes, courses: Mapping[str, Course], names: Mapping[str, str]) -> None:
    for name, (colour, dashes, _) in zip(names, SERIES, strict=False):
        course = courses.get(name)
        if course is None:
            continue
        inside = course.time_h > 0
        if course.n > 1:
            panel.fill_between(
                course.time_h[inside], course.low[inside], course.high[inside], color=colour,
                alpha=0.13, linewidth=0,
            )  # fmt: skip
        panel.plot(
            course.time_h[inside], course.median[inside], color=colour, linestyle=dashes,
            label=names[name],
        )  # fmt: skip


def _peaks(found: Mapping[str, Mapping[str, Course]], names: Mapping[str, str]) -> str:
    parts = []
    for arm, courses in found.items():
        told = [
            f"{names[name]} {percent(float(c.median.max()) / 100)} at "
            f"{duration(float(c.time_h[c.median.argmax()]))}"
            for name, c in courses.items()
        ]
        parts.append(f"{arm + ': ' if arm else ''}{', '.join(told)}")
    return f"Peaks of the median: {'; '.join(parts)}."


def _caption(found: Mapping[str, Mapping[str, Course]], names: Mapping[str, str], note: str) -> str:
    counts = {max(c.n for c in courses.values()) for courses in found.values()}
    n = f"n = {counts.pop():,}" if len(counts) == 1 else "n as above each panel"
    return f"Simulated people, {n}. {note} {_peaks(found, names)}"
