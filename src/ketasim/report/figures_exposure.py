"""Pictures of the drug in the body: plasma, target engagement, dissociation and pressure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.report import summary
from ketasim.report.phrases import duration, listed, number, percent
from ketasim.report.style import (
    INK,
    SERIES,
    Missing,
    Picture,
    hour_axis,
    log_time_axis,
    log_values,
    new_figure,
    panel_letters,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.report.contents import ReportInput
    from ketasim.report.summary import Course

PLASMA = {"Cket": "ketamine", "Cnk": "norketamine", "Chnk": "hydroxynorketamine"}
TARGETS = {
    "Bin": "interneurons",
    "Bps": "pyramidal cells, synaptic",
    "Bpr": "pyramidal cells, at rest",
    "Bhb": "lateral habenula",
}
SIDE = {
    "CADSS": ("Dissociation", "CADSS score"),
    "dSBP": ("Systolic pressure", "change"),
    "dDBP": ("Diastolic pressure", "change"),
    "dHR": ("Heart rate", "change"),
}


def collect(contents: ReportInput, names) -> dict[str, Course]:
    """Summarise those of the named outputs that the main arm has."""
    courses = {name: summary.course(contents.main, name) for name in names}
    return {name: course for name, course in courses.items() if course is not None}


def absent(contents: ReportInput, name: str, title: str, names) -> Missing:
    """Say which outputs a figure would have needed, or that no person has a result for them."""
    wanted = listed(list(names), "or")
    if any(summary.has(contents.main, output) for output in names):
        return Missing(name, title, f"Not shown: no person has a result for {wanted}.")
    return Missing(name, title, f"Not shown: the study did not record {wanted}.")


def who(n: int, arm: str, band: str = "band: middle 90 % of persons") -> str:
    """Say whose values a picture shows."""
    if n == 1:
        return f"One person, arm “{arm}”; no band."
    return f"Population of n = {n:,}, arm “{arm}”: line, median; {band}."


def ribbon(axes: Axes, course: Course, colour: str, alpha: float = 0.17) -> None:
    """Fill the middle 90 % of persons; draws nothing for one person."""
    if course.n > 1:
        axes.fill_between(
            course.time_h, course.low, course.high, color=colour, alpha=alpha, linewidth=0
        )


def not_recorded(names: dict, found) -> str:
    """Return a sentence naming the outputs that are missing from a figure, or nothing."""
    missing = [f"{_plain(text)} ({name})" for name, text in names.items() if name not in found]
    return f" Not recorded: {listed(missing)}." if missing else ""


def _plain(text: str | tuple[str, str]) -> str:
    return text if isinstance(text, str) else text[0].lower()


def fade_h(course: Course, share: float) -> float:
    """Return the last time at which the median is above `share` of its greatest size, in hours."""
    size = np.abs(course.median)
    if not size.max() > 0:
        return float(course.time_h[0])
    return float(course.time_h[np.flatnonzero(size >= share * size.max())[-1]])


def concentration(contents: ReportInput) -> Picture | Missing:
    """Draw parent drug and metabolites in plasma: first hours linear, whole course logarithmic."""
    title = "Drug in plasma"
    courses = collect(contents, PLASMA)
    if not courses:
        return absent(contents, "concentration", title, PLASMA)
    first = next(iter(courses))
    figure = new_figure(7.2, 3.1)
    early, late = figure.subplots(1, 2)
    end = float(courses[first].time_h[-1])
    early_h = min(6.0, end)
    late_h = min(end, max(24.0, 1.1 * max(fade_h(c, 1e-3) for c in courses.values())))
    _draw_plasma(contents, early, courses, labels=True)
    _draw_plasma(contents, late, courses, labels=False)
    early.set(title=f"First {duration(early_h)}", ylim=(0, None))
    top = max(float(c.high.max()) for c in courses.values())
    if top > 0:
        log_values(late)
        late.set_ylim(top / 3e4, top * 2)
    late.set_title("Until it is gone")
    hour_axis(early, 0, early_h)
    hour_axis(late, 0, late_h)
    for panel in (early, late):
        panel.set_ylabel(f"plasma concentration ({summary.unit(contents.main, first)})")
    early.legend(loc="upper right")
    panel_letters([early, late])
    course = courses[first]
    caption = (
        f"{who(course.n, contents.main_arm)}{_typical_note(contents)} "
        "A, linear scale; B, logarithmic scale." + not_recorded(PLASMA, courses)
    )
    peak = int(course.median.argmax())
    alt = (
        f"Line chart. Median {PLASMA[first]} peaks at {number(course.median[peak])} "
        f"{summary.unit(contents.main, first)} after {duration(course.time_h[peak])}."
    )
    return Picture("concentration", title, figure, caption, alt)


def _draw_plasma(contents: ReportInput, axes: Axes, courses: dict, labels: bool) -> None:
    typical = contents.typical.get(contents.main_arm)
    for (name, course), (colour, dashes, _) in zip(courses.items(), SERIES, strict=False):
        ribbon(axes, course, colour)
        axes.plot(
            course.time_h,
            course.median,
            color=colour,
            linestyle=dashes,
            label=PLASMA[name] if labels else None,
        )
        person = summary.course(typical, name) if typical is not None else None
        if person is not None:
            axes.plot(person.time_h, person.median, color=INK, linestyle="-", linewidth=0.7)
    if labels and typical is not None:
        axes.plot([], [], color=INK, linestyle="-", linewidth=0.7, label="typical person")


def _typical_note(contents: ReportInput) -> str:
    if contents.main_arm not in contents.typical:
        return ""
    return " Thin black lines, the person with typical values of every parameter."


def engagement(contents: ReportInput) -> Picture | Missing:
    """Draw the blocked share of NMDA receptors in each place, one panel each."""
    title = "Target engagement: NMDA receptors blocked"
    courses = collect(contents, TARGETS)
    if not courses:
        return absent(contents, "engagement", title, TARGETS)
    columns = 3 if len(courses) == 3 else 2
    rows = -(-len(courses) // columns)
    figure = new_figure(7.2, (0.6 + 1.65 * rows) if columns == 2 else 2.7)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    panels = list(grid.flat)[: len(courses)]
    end = float(next(iter(courses.values())).time_h[-1])
    last_h = min(end, max(8.0, 1.3 * max(fade_h(c, 0.02) for c in courses.values())))
    for panel, (name, course) in zip(panels, courses.items(), strict=True):
        colour = SERIES[0][0]
        shown = course.scaled(100.0)
        ribbon(panel, shown, colour, 0.2)
        panel.plot(shown.time_h, shown.median, color=colour)
        panel.set_title(TARGETS[name].capitalize())
        log_time_axis(panel, last_h, 1 / 30)
        panel.set_xlabel("")
    panels[0].set_ylim(0, None)
    for panel in list(grid.flat)[len(courses) :]:
        panel.remove()
    panel_letters(panels)
    figure.supylabel("receptors blocked (%)", fontsize=8.5)
    figure.supxlabel("time since first dose (log scale)", fontsize=8.5)
    caption = who(next(iter(courses.values())).n, contents.main_arm)
    peaks = [
        f"{TARGETS[name]} {percent(c.median.max())} at {duration(c.time_h[c.median.argmax()])}"
        for name, c in courses.items()
    ]
    alt = f"Line charts. Median block peaks: {'; '.join(peaks)}."
    caption += f" Peaks of the median: {'; '.join(peaks)}." + not_recorded(TARGETS, courses)
    return Picture("engagement", title, figure, caption, alt)


def safety(contents: ReportInput) -> Picture | Missing:
    """Draw dissociation and the circulation over the first hours, one panel per quantity."""
    title = "Dissociation, blood pressure and heart rate"
    courses = collect(contents, SIDE)
    if not courses:
        return absent(contents, "safety", title, SIDE)
    figure = new_figure(7.2, 2.7)
    panels = figure.subplots(1, len(courses), squeeze=False)[0]
    end = float(next(iter(courses.values())).time_h[-1])
    last_h = min(end, max(4.0, min(24.0, 1.1 * max(fade_h(c, 0.15) for c in courses.values()))))
    for panel, (name, course) in zip(panels, courses.items(), strict=True):
        _draw_side(contents, panel, name, course)
        hour_axis(panel, 0, last_h, ticks=4)
        panel.set_xlabel("hours since\nfirst dose")
    _share_axis([p for p, name in zip(panels, courses, strict=True) if name in ("dSBP", "dDBP")])
    panels[0].legend(loc="upper right") if contents.control is not None else None
    panel_letters(list(panels))
    n = next(iter(courses.values())).n
    control = (
        f" Dashed: median of “{contents.control_arm}”." if contents.control is not None else ""
    )
    peaks = [
        f"{SIDE[name][0].lower()} {number(c.median[i], 2)} {summary.unit(contents.main, name)}"
        f" at {duration(c.time_h[i])}"
        for name, c in courses.items()
        for i in [int(np.abs(c.median).argmax())]
    ]
    caption = f"{who(n, contents.main_arm)}{control}" + not_recorded(SIDE, courses)
    return Picture("safety", title, figure, caption, f"Line charts. Peaks: {'; '.join(peaks)}.")


def _draw_side(contents: ReportInput, panel: Axes, name: str, course: Course) -> None:
    colour, dashes, _ = SERIES[0]
    ribbon(panel, course, colour, 0.2)
    panel.plot(course.time_h, course.median, color=colour, linestyle=dashes, label="treated")
    compared = summary.course(contents.control, name) if contents.control is not None else None
    if compared is not None:
        panel.plot(
            compared.time_h, compared.median, color=INK, linestyle=(0, (4, 2)), lw=1.1,
            label="control",
        )  # fmt: skip
    title, quantity = SIDE[name]
    panel.set_title(title)
    panel.set_ylabel(f"{quantity} ({summary.unit(contents.main, name)})")


def _share_axis(panels: list[Axes]) -> None:
    if len(panels) < 2:
        return
    limits = [panel.get_ylim() for panel in panels]
    for panel in panels:
        panel.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
