"""Pictures of what the brain and the person do: clocks, mood, response, attribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.report import summary
from ketasim.report.figures_exposure import absent, collect, not_recorded, who
from ketasim.report.phrases import duration, moment, number, percent, points
from ketasim.report.style import (
    CONTROL,
    INK,
    MUTED,
    SERIES,
    Missing,
    Picture,
    Shape,
    hour_axis,
    log_time_axis,
    new_figure,
    panel_letters,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.report.contents import ReportInput

CLOCK_OUTPUTS = {
    "Trigger": {
        "Bin": "interneuron block",
        "glu": "glutamate",
        "a1": "adenosine A1",
        "eef": "eEF2",
        "nrel": "Gαs out of rafts",
        "da": "dopamine",
    },
    "Early plastic": {
        "bd": "BDNF",
        "trk": "TrkB",
        "mto": "mTORC1",
        "Asurf": "AMPA receptors",
    },
    "Late structural": {
        "spr": "synaptic protein",
        "syn": "spines",
        "p11": "p11",
        "csf": "CSF flow",
    },
}
CLOCK_HEIGHTS = [len(names) + 1 for names in CLOCK_OUTPUTS.values()]
RATE_TIMES_H = (4.0, 24.0, 48.0, 72.0, 120.0, 168.0, 240.0, 336.0, 504.0, 672.0)


def clocks(contents: ReportInput) -> Picture | Missing:
    """Draw each signal as a share of its own largest change, on a log-time axis."""
    title = "Three clocks: trigger, early plastic, late structural"
    names = {name: text for group in CLOCK_OUTPUTS.values() for name, text in group.items()}
    found = list(collect(contents, names))
    if not found:
        return absent(contents, "clocks", title, names)
    figure = new_figure(7.2, 6.4)
    panels = figure.subplots(3, 1, sharex=True, height_ratios=CLOCK_HEIGHTS)
    notes = draw_clocks(contents, panels)
    panel_letters(list(panels))
    n = len(summary.complete(contents.main, found[0]))
    caption = (
        f"{who(n, contents.main_arm, 'no bands are drawn, to keep the order in time readable')} "
        "Each line is the change from the value before the dose, divided by its own largest "
        "change, so that the order in time can be compared; the key gives that largest change in "
        "the signal's own unit, and when it is reached."
    )
    missing = not_recorded(names, found)
    return Picture("clocks", title, figure, caption + missing, "Line charts. " + "; ".join(notes))


def draw_clocks(contents: ReportInput, panels) -> list[str]:
    """Draw the three clock panels on given axes and return what each line does, in words."""
    notes: list[str] = []
    for panel, (clock, names) in zip(panels, CLOCK_OUTPUTS.items(), strict=True):
        panel.set_title(clock)
        panel.axhline(0, color=MUTED, linewidth=0.7)
        shapes = iter(SERIES)
        for name, text in names.items():
            course = summary.course(contents.main, name, change=True)
            if course is not None:
                notes.append(_draw_signal(contents, panel, course, name, text, next(shapes)))
        if panel.get_legend_handles_labels()[1]:
            panel.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=7.5)
        else:
            panel.text(0.5, 0.5, "not recorded", transform=panel.transAxes, ha="center")
        panel.set_ylabel("share of own\nlargest change")
        panel.set_ylim(-1.12 if panel.dataLim.y0 < -0.3 else -0.22, 1.12)
        log_time_axis(panel, float(summary.times(contents.main)[-1]))
    for panel in panels[:-1]:
        panel.set_xlabel("")
    return notes


def _draw_signal(contents, panel: Axes, course, name: str, text: str, shape) -> str:
    colour, dashes, marker = shape
    peak = int(np.abs(course.median).argmax())
    largest = float(course.median[peak])
    unit = summary.unit(contents.main, name).replace("ratio", "×rest")
    sign = "+" if largest > 0 else ""
    # below this a line would be the solver's rounding, blown up
    still = abs(largest) < 1e-6
    height = np.zeros_like(course.median) if still else course.median / abs(largest)
    how_much = "unchanged" if still else f"{sign}{number(largest, 2)} {unit}".strip()
    when = "" if still else f", {duration(float(course.time_h[peak]))}"
    inside = course.time_h > 0
    panel.plot(
        course.time_h[inside], height[inside], color=colour, linestyle=dashes,
        label=f"{text}\n  {how_much}{when}",
    )  # fmt: skip
    if not still:
        panel.plot(course.time_h[peak], height[peak], marker, color=colour, markersize=5)
    return f"{text} {how_much}{when}"


def mood(contents: ReportInput) -> Picture | Missing:
    """Draw MADRS against control: first day in hours, then in days, and the difference below."""
    title = "Depression score (MADRS)"
    if not collect(contents, ["MADRS"]):
        return absent(contents, "mood", title, ["MADRS"])
    gap = summary.advantage(contents)
    rows = 1 if gap is None else 2
    figure = new_figure(7.2, 3.2 if gap is None else 5.0)
    panels = figure.subplots(
        rows, 2, squeeze=False, sharey="row", width_ratios=[1, 1.7], height_ratios=[1.7, 1][:rows]
    )
    end = float(summary.times(contents.main)[-1])
    first_h = min(24.0, end)
    for panel in panels[0]:
        draw_madrs(contents, panel)
    panels[0, 0].set_title("First day" if end > 24 else f"First {duration(end)}")
    panels[0, 1].set_title("Whole course")
    panels[0, 0].set_ylabel("MADRS (points)")
    panels[0, 1].legend(loc="upper right", ncols=2, fontsize=7.5)
    if gap is not None:
        for panel in panels[1]:
            _draw_gap(panel, gap)
        panels[1, 0].set_ylabel("difference from\ncontrol (points)")
        panels[1, 0].set_title("Mean difference")
        panels[1, 1].set_title("")
    for row in panels:
        hour_axis(row[0], 0, first_h)
        hour_axis(row[1], 0, end)
    if rows == 2:
        for panel in panels[0]:
            panel.set_xlabel("")
            panel.tick_params(labelbottom=False)
    panel_letters([panels[0, 0], panels[0, 1], *([panels[1, 0]] if rows == 2 else [])])
    return Picture("mood", title, figure, _mood_caption(contents, gap), _mood_alt(contents))


def draw_madrs(contents: ReportInput, panel: Axes) -> None:
    """Draw mean MADRS of every arm; bands for the main arm, edges for the control arm."""
    for arm, (colour, dashes, _) in arm_shapes(contents).items():
        course = summary.course(contents.arms[arm], "MADRS")
        if course is None:
            continue
        if arm == contents.main_arm and course.n > 1:
            panel.fill_between(
                course.time_h, course.low, course.high, color=colour, alpha=0.13, linewidth=0,
                label="middle 90 %",
            )  # fmt: skip
            panel.fill_between(
                course.time_h, course.quarter, course.three_quarters, color=colour, alpha=0.2,
                linewidth=0, label="middle 50 %",
            )  # fmt: skip
        panel.plot(course.time_h, course.mean, color=colour, linestyle=dashes, label=arm)
        if arm == contents.control_arm and course.n > 1:
            for edge in (course.quarter, course.three_quarters):
                panel.plot(course.time_h, edge, color=colour, linestyle=":", linewidth=0.9)
    panel.axhline(summary.REMISSION_POINTS, color=INK, linewidth=0.6, linestyle=(0, (1, 3)))
    panel.set_ylim(0, None)


def arm_shapes(contents: ReportInput) -> dict[str, Shape]:
    """Return colour, line and marker of every arm: main first, control in grey."""
    control = contents.control_arm if contents.control is not None else None
    shapes: dict[str, Shape] = {contents.main_arm: SERIES[0]}
    if control is not None:
        shapes[control] = CONTROL
    others = [arm for arm in contents.arms if arm not in shapes]
    for i, arm in enumerate(others):
        shapes[arm] = SERIES[1 + i % (len(SERIES) - 1)]
    return shapes


def _draw_gap(panel: Axes, gap: summary.Advantage) -> None:
    colour = SERIES[0][0]
    kept = summary.thinned(gap.time_h)
    time_h, mean, error = gap.time_h[kept], -gap.points[kept], 1.96 * gap.standard_error[kept]
    if np.isfinite(error).all():
        panel.fill_between(time_h, mean - error, mean + error, color=colour, alpha=0.25, lw=0)
    panel.plot(time_h, mean, color=colour)
    panel.axhline(0, color=MUTED, linewidth=0.8)
    low, high = panel.get_ylim()
    panel.set_ylim(min(low, -1.0), max(high, 0.6))


def _mood_caption(contents: ReportInput, gap: summary.Advantage | None) -> str:
    n = len(summary.complete(contents.main, "MADRS"))
    text = (
        f"One person, arm “{contents.main_arm}”; no bands."
        if n == 1
        else f"Population of n = {n:,} per arm: lines, means; shaded, the middle 90 % and middle "
        f"50 % of persons in “{contents.main_arm}”"
    )
    if n > 1:
        control = contents.control is not None
        text += f"; dotted, the middle 50 % in “{contents.control_arm}”." if control else "."
    text += " Sparse dotted line: remission, 10 points."
    if gap is not None:
        pairing = "the same persons in both arms" if gap.paired else "different persons per arm"
        text += f" Below: mean difference ({pairing}); negative favours “{contents.main_arm}”"
        text += "; band: its 95 % sampling interval." if gap.n > 1 else "."
    return text


def _mood_alt(contents: ReportInput) -> str:
    parts = []
    for arm, results in contents.arms.items():
        course = summary.course(results, "MADRS")
        if course is not None:
            low = int(course.mean.argmin())
            parts.append(
                f"{arm}: from {points(course.mean[0])} to a lowest mean of "
                f"{points(course.mean[low])} at {moment(float(course.time_h[low]))}, "
                f"{points(course.mean[-1])} at the end"
            )
    return f"Line charts of mean MADRS. {'; '.join(parts)}."


def rate_times(contents: ReportInput) -> list[float]:
    """Return the visits (hours) inside the simulated time at which rates are told."""
    end = float(summary.times(contents.main)[-1])
    inside = [when for when in RATE_TIMES_H if when <= end * 1.000001]
    return inside or [end]


def rates(contents: ReportInput) -> Picture | Missing:
    """Draw responders and remitters by visit, per arm, with binomial intervals."""
    title = "Responders and remitters by day"
    if not collect(contents, ["MADRS"]):
        return absent(contents, "rates", title, ["MADRS"])
    figure = new_figure(7.2, 2.9)
    panels = figure.subplots(1, 2, sharey=True)
    visits = rate_times(contents)
    for panel, heading, count in (
        (panels[0], "Response: MADRS fell by half or more", summary.response),
        (panels[1], "Remission: MADRS of 10 or less", summary.remission),
    ):
        shapes = arm_shapes(contents)
        for i, (arm, shape) in enumerate(shapes.items()):
            shift = 0.14 * (i - (len(shapes) - 1) / 2)
            _draw_rates(panel, [count(contents.arms[arm], v) for v in visits], shift, shape, arm)
        panel.set_title(heading, fontsize=8.5)
        panel.set_xticks(range(len(visits)), [visit(v) for v in visits], rotation=60)
        panel.set_ylim(-3, 103)
        panel.grid(visible=False, axis="x")
    panels[0].set_ylabel("persons (%)")
    figure.supxlabel("time since first dose (h: hours, d: days; even spacing)", fontsize=8.5)
    panels[1].legend(loc="best")
    panel_letters(list(panels))
    n = len(summary.complete(contents.main, "MADRS"))
    caption = (
        f"{'One person' if n == 1 else f'Population of n = {n:,} per arm'}. Response: MADRS at "
        "least 50 % below the person's own value before the first dose. Remission: MADRS of at "
        "most 10. Bars: 95 % Wilson intervals for the number of simulated persons; they do not "
        "contain the model's own uncertainty."
    )
    at_day = summary.response(contents.main, visits[min(1, len(visits) - 1)])
    alt = f"Points with error bars. Response in {contents.main_arm}: "
    alt += (
        f"{percent(at_day.share)} at {moment(visits[min(1, len(visits) - 1)])}." if at_day else ""
    )
    return Picture("rates", title, figure, caption, alt)


def visit(when_h: float) -> str:
    """Write a visit as a short tick label."""
    return f"{when_h:g} h" if when_h <= 24 else f"{number(when_h / 24, 3)} d"


def _draw_rates(panel: Axes, values, shift: float, shape, arm: str) -> None:
    colour, dashes, marker = shape
    known = [(i + shift, value) for i, value in enumerate(values) if value is not None]
    if not known:
        return
    x = [place for place, _ in known]
    y = np.array([100 * value.share for _, value in known])
    low = y - [100 * value.low for _, value in known]
    high = np.array([100 * value.high for _, value in known]) - y
    panel.errorbar(
        x, y, yerr=np.clip([low, high], 0, None), color=colour, linestyle=dashes, linewidth=0.9,
        marker=marker, markersize=4.5, elinewidth=1.1, capsize=2, label=arm,
    )  # fmt: skip
