"""Candidates side by side: two aims at a time, and their courses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.inference.screen import TIMES_H
from ketasim.inference.screen_measures import EFFECTIVE
from ketasim.report.figure_marks import label_marks
from ketasim.report.phrases import counted
from ketasim.report.style import (
    GRID,
    INK,
    MUTED,
    PALETTE,
    SERIES,
    Picture,
    log_time_axis,
    new_figure,
    panel_letters,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.inference.screen import Screened

TITLE = "Speed, duration and dissociation"
FIRST_H, LAST_H = 0.25, 672.0
MOST_LABELS = 14
INSIDE = 0.5  # of the draws, within the bars
NAMES = {
    "onset_points": "advantage at 2 h (MADRS points)",
    "day7_points": "advantage at day 7 (MADRS points)",
    "CADSS": "dissociation (peak CADSS, points)",
}
_PANELS = (
    ("Fast, at what price", "CADSS", "onset_points"),
    ("Lasting, at what price", "CADSS", "day7_points"),
    ("Fast and lasting", "onset_points", "day7_points"),
)
_LOOK = {  # state: (marker, face, edge, size)
    "front": ("o", PALETTE["blue"][0], PALETTE["blue"][0], 6.2),
    "beaten": ("o", PALETTE["paper"][0], PALETTE["blue"][0], 6.2),
    "none": ("X", MUTED, MUTED, 5.4),
}
_SAID = {
    "front": "beaten by none in all three",
    "beaten": "beaten by another in all three",
    "none": f"below {EFFECTIVE:g} points at any time",
}


def pareto_figure(screened: Sequence[Screened]) -> Picture:
    """Draw every pair of aims, and the advantage over saline in time.

    Parameters
    ----------
    screened : sequence of Screened
        From `ketasim.inference.screen`, best first.
    """
    figure = new_figure(7.4, 7.2)
    panels = list(figure.subplots(2, 2).flat)
    for axes, (title, x, y) in zip(panels, _PANELS, strict=False):
        _aims(axes, screened, x, y)
        axes.set_title(title)
    _courses(panels[3], screened)
    panel_letters(panels)
    _key(figure, screened)
    figure.draw_without_rendering()
    for axes, (_, x, y) in zip(panels, _PANELS, strict=False):
        _name(axes, screened, x, y)
    return Picture("pareto", TITLE, figure, _caption(screened), _alt(screened))


def state(one: Screened) -> str:
    """Return ``"front"``, ``"beaten"`` or ``"none"`` (no effect to speak of)."""
    if one.front == 0:
        return "none"
    return "front" if one.front == 1 else "beaten"


def _aims(axes: Axes, screened: Sequence[Screened], x: str, y: str) -> None:
    """Draw one pair of aims with its bars and the edge of what can be had."""
    _edge(axes, screened, x, y)
    for one in reversed(screened):
        kind = state(one)
        marker, face, edge, size = _LOOK[kind]
        at = one.told(x), one.told(y)
        for place, name in enumerate((x, y)):
            low, high = one.interval(name, INSIDE)
            ends = [[at[0]] * 2, [at[1]] * 2]
            ends[place] = [low, high]
            axes.plot(*ends, color=edge, lw=0.9, alpha=0.45, zorder=2)
        axes.plot(
            *at, marker, mfc=face, mec=edge, ms=size, mew=1.2, ls="none",
            zorder=4 if kind == "front" else 3,
        )  # fmt: skip
    axes.set_xlabel(NAMES[x])
    axes.set_ylabel(NAMES[y])
    axes.axhline(0, color=MUTED, lw=0.6, zorder=1)
    if x != "CADSS":
        axes.axvline(0, color=MUTED, lw=0.6, zorder=1)
    axes.margins(0.09)
    _better(axes, x)


def _better(axes: Axes, x: str) -> None:
    """Say in which corner the best would lie."""
    left = x == "CADSS"
    axes.annotate(
        "better", (0.02 if left else 0.98, 0.98), (0.13 if left else 0.87, 0.90),
        xycoords="axes fraction", fontsize=7, color=MUTED, ha="left" if left else "right",
        va="center", arrowprops={"arrowstyle": "->", "color": MUTED, "lw": 0.8}, zorder=1,
    )  # fmt: skip


def _edge(axes: Axes, screened: Sequence[Screened], x: str, y: str) -> None:
    """Draw the steps that join those nobody beats in these two aims alone."""
    sign = -1.0 if x == "CADSS" else 1.0
    points = sorted(
        ((sign * one.told(x), one.told(y)) for one in screened if one.front), reverse=True
    )
    steps: list[tuple[float, float]] = []
    for a, b in points:
        if not steps or b > steps[-1][1]:
            steps.append((a, b))
    if len(steps) < 2:
        return
    xs = [sign * a for a, _ in steps]
    ys = [b for _, b in steps]
    axes.step(xs, ys, where="post", color=GRID, lw=2.2, zorder=0.5, solid_joinstyle="round")


def _name(axes: Axes, screened: Sequence[Screened], x: str, y: str) -> None:
    from matplotlib.patheffects import withStroke

    chosen = [one for one in screened if one.front][:MOST_LABELS] or list(screened[:MOST_LABELS])
    if len(screened) <= MOST_LABELS:
        chosen = list(screened)
    marks = [(one.told(x), one.told(y)) for one in screened]
    at = [(one.told(x), one.told(y)) for one in chosen]
    label_marks(axes, at, [one.candidate.name for one in chosen], marks)
    for text in axes.texts:
        text.set_path_effects([withStroke(linewidth=2, foreground=PALETTE["paper"][0])])


def _courses(axes: Axes, screened: Sequence[Screened]) -> None:
    """Draw the advantage over saline of the best, and the rest in grey."""
    shown = [one for one in screened if one.front][: len(SERIES)]
    for one in screened:
        if one not in shown:
            axes.plot(TIMES_H[1:], one.advantage[0, 1:], color=GRID, lw=1.0, zorder=1)
    for one, (colour, dashes, _) in zip(shown, SERIES, strict=False):
        axes.plot(
            TIMES_H[1:], one.advantage[0, 1:], color=colour, ls=dashes, lw=1.5, zorder=3,
            label=one.candidate.name,
        )  # fmt: skip
    axes.axhline(0, color=MUTED, lw=0.6, zorder=1)
    log_time_axis(axes, LAST_H, FIRST_H)
    axes.tick_params(axis="x", labelsize=7)
    axes.set_ylabel("advantage over saline (MADRS points)")
    axes.set_title("In time")
    top = max(float(np.nanmax(one.advantage[0])) for one in screened)
    axes.set_ylim(min(-0.5, float(min(np.nanmin(o.advantage[0]) for o in screened))), top * 1.42)
    if shown:
        axes.legend(loc="upper left", ncols=2, fontsize=7, columnspacing=1.2, handlelength=2.4)


def _key(figure, screened: Sequence[Screened]) -> None:
    from matplotlib.lines import Line2D

    present = [kind for kind in _LOOK if any(state(one) == kind for one in screened)]
    handles = [
        Line2D([], [], marker=_LOOK[k][0], mfc=_LOOK[k][1], mec=_LOOK[k][2], ms=6, ls="none",
               label=_SAID[k])
        for k in present
    ]  # fmt: skip
    handles.append(Line2D([], [], color=MUTED, alpha=0.6, lw=1.0, label="middle half of the draws"))
    figure.legend(
        handles=handles, loc="outside upper left", ncols=len(handles), fontsize=7.5,
        handlelength=1.4, labelcolor=INK,
    )  # fmt: skip


def _caption(screened: Sequence[Screened]) -> str:
    n = len(screened[0].measures) - 1
    return (
        f"{counted(len(screened), 'molecule')}, each given to the same virtual patients. A to C: "
        "every pair of the three aims; marks are with all numbers as told, bars the middle half "
        f"of {n} draws of what is not known (the table has the middle 90 %). Grey steps: what is "
        "beaten by none in the two aims of that panel alone. D: MADRS on saline less MADRS on the "
        "molecule; grey: those not named."
    )


def _alt(screened: Sequence[Screened]) -> str:
    best = [one.candidate.name for one in screened if one.front == 1]
    told = ", ".join(best) or "none"
    return f"Scatter plots of three pairs of aims and curves in time; on the front: {told}."
