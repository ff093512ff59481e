"""Forest pictures: estimates with intervals below one another, published ones as diamonds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.phrases import counted, number
from ketasim.report.style import INK, MUTED, PALETTE, Picture, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OURS, _THEIRS = PALETTE["blue"][0], PALETTE["vermillion"][0]


@dataclass(frozen=True)
class ForestRow:
    """One line: an endpoint, a subgroup or a trial.

    Attributes
    ----------
    label : str
    value, low, high : float
        Estimate and 95 % interval, in the unit of the panel.
    note : str
        Small, after the label: ``"n = 98, 101"``.
    observed : (float, float, float), optional
        A published value with its interval, drawn as a diamond.
    """

    label: str
    value: float
    low: float
    high: float
    note: str = ""
    observed: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class ForestPanel:
    """Lines that share an axis.

    Attributes
    ----------
    heading, unit : str
        ``"difference"``, ``"points"``.
    rows : tuple of ForestRow
    ratio : bool
        A logarithmic axis, with nothing at 1.
    better : int
        Direction that favours the arm: -1 left, 1 right, 0 not told.
    names : (str, str)
        Arm and control, for the words below the axis.
    """

    heading: str
    unit: str
    rows: tuple[ForestRow, ...]
    ratio: bool = False
    better: int = 0
    names: tuple[str, str] = ("the arm", "control")


def forest(name: str, title: str, panels: Sequence[ForestPanel], caption: str) -> Picture:
    """Draw panels of estimates below one another."""
    heights = [0.2 + sum(0.16 + 0.14 * _lines(row) for row in panel.rows) for panel in panels]
    figure = new_figure(7.2, sum(heights) + 0.72 * len(panels) + 0.3)
    drawn = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, panel in zip(drawn, panels, strict=True):
        _panel(axes, panel)
    if any(row.observed for panel in panels for row in panel.rows):
        _key(figure)
    rows = [(panel, row) for panel in panels for row in panel.rows]
    told = [f"{row.label} {estimate_words(row, panel)}" for panel, row in rows]
    return Picture(name, title, figure, caption, f"Estimates with intervals. {'; '.join(told)}.")


def estimate_words(row: ForestRow, panel: ForestPanel) -> str:
    """Write an estimate as ``−4.2 (−6.1 to −2.3)``."""
    if math.isnan(row.value):
        return "not estimable"
    return f"{_told(row.value, panel)} ({_told(row.low, panel)} to {_told(row.high, panel)})"


def _told(value: float, panel: ForestPanel) -> str:
    if math.isnan(value):
        return "?"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if panel.ratio:
        return number(value, 2) if value else "0"
    places = {"%": 0, "percentage points": 0, "SD": 2}.get(panel.unit, 1)
    text = f"{value:.{places}f}"
    return text.replace("-", "−")


def _panel(axes: Axes, panel: ForestPanel) -> None:
    if panel.ratio:
        axes.set_xscale("log")
    low, high = _limits(panel)
    axes.set_xlim(low, high)
    axes.axvline(1.0 if panel.ratio else 0.0, color=MUTED, linewidth=0.9, zorder=1)
    for place, row in enumerate(panel.rows):
        _row(axes, place, row, panel, (low, high))
    n = len(panel.rows)
    axes.set_ylim(n - 0.45, -0.55)
    axes.set_yticks(range(n), [_label(row) for row in panel.rows])
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    heading = f"{panel.heading} ({panel.unit})" if panel.unit else panel.heading
    axes.set_title(f"{heading[:1].upper()}{heading[1:]}", fontsize=8.5, loc="left")
    axes.annotate(
        "estimate (95 % interval)", (1, 1), (6, 6), xycoords="axes fraction",
        textcoords="offset points", va="baseline", fontsize=7, color=MUTED, annotation_clip=False,
    )  # fmt: skip
    if panel.ratio:
        _ratio_ticks(axes, low, high)
    _favours(axes, panel)


def _lines(row: ForestRow) -> int:
    """Lines that a row needs."""
    return max(_label(row).count("\n") + 1, 2 if row.observed else 1)


def _label(row: ForestRow) -> str:
    return f"{row.label}\n{row.note}" if row.note else row.label


def _limits(panel: ForestPanel) -> tuple[float, float]:
    """Return the axis: all estimates and intervals, and nothing; far ends are cut."""
    none = 1.0 if panel.ratio else 0.0
    values = [none]
    for row in panel.rows:
        values += [row.value, row.low, row.high, *(row.observed or ())]
    known = np.array([v for v in values if math.isfinite(v) and (v > 0 or not panel.ratio)])
    if panel.ratio:
        known = np.log(np.clip(known, 0.01, 100))
    low, high = known.min(), known.max()
    room = 0.08 * max(high - low, 0.2 if panel.ratio else 1.0)
    ends = low - room, high + room
    return (math.exp(ends[0]), math.exp(ends[1])) if panel.ratio else ends


def _row(
    axes: Axes, place: int, row: ForestRow, panel: ForestPanel, limits: tuple[float, float]
) -> None:
    both = row.observed is not None
    at = place - (0.13 if both else 0.0)
    _interval(axes, at, (row.value, row.low, row.high), limits, ("s", _OURS, 5.2))
    if row.observed is not None:
        _interval(axes, place + 0.2, row.observed, limits, ("D", _THEIRS, 4.6))
    axes.annotate(
        estimate_words(row, panel), (1, at), (6, 0), xycoords=axes.get_yaxis_transform(),
        textcoords="offset points", va="center", fontsize=7.5, color=INK, annotation_clip=False,
    )  # fmt: skip
    if row.observed is not None:
        theirs = ForestRow("", *row.observed)
        axes.annotate(
            estimate_words(theirs, panel), (1, place + 0.26), (6, 0),
            xycoords=axes.get_yaxis_transform(), textcoords="offset points", va="center",
            fontsize=7.5, color=_THEIRS, annotation_clip=False,
        )  # fmt: skip


def _interval(
    axes: Axes,
    at: float,
    what: tuple[float, float, float],
    limits: tuple[float, float],
    look: tuple[str, str, float],
) -> None:
    """Draw an estimate and its interval, with an arrow where it leaves the axis."""
    marker, colour, size = look
    value, *ends = what
    low, high = (min(max(end, limits[0]), limits[1]) if end == end else value for end in ends)
    if math.isfinite(low) and math.isfinite(high):
        axes.plot([low, high], [at, at], color=colour, linewidth=1.3, zorder=2)
    for end, limit, arrow in ((ends[0], limits[0], "<"), (ends[1], limits[1], ">")):
        if end == end and not limits[0] <= end <= limits[1]:
            axes.plot(limit, at, arrow, color=colour, markersize=4.5, clip_on=False, zorder=3)
    if math.isfinite(value) and limits[0] <= value <= limits[1]:
        axes.plot(value, at, marker, color=colour, markersize=size, zorder=3)


def _ratio_ticks(axes: Axes, low: float, high: float) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    every = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
    ticks = [t for t in every if low <= t <= high]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{t:g}" for t in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())


def _favours(axes: Axes, panel: ForestPanel) -> None:
    """Say below the axis which side favours whom."""
    if not panel.better:
        return
    arm, control = panel.names
    left, right = (arm, control) if panel.better < 0 else (control, arm)
    place = axes.transData.transform((1.0 if panel.ratio else 0.0, 0.0))
    middle = float(axes.transAxes.inverted().transform(place)[0])
    axes.set_xlabel(" ", fontsize=7.5)
    sides = (
        (middle, f"← favours {left}", "right", -6),
        (1 - middle, f"favours {right} →", "left", 6),
    )
    for room, text, side, shift in sides:
        if room > 0.3:
            axes.annotate(
                text, (middle, 0), (shift, -28), xycoords="axes fraction",
                textcoords="offset points", ha=side, va="center", fontsize=7.5, color=MUTED,
                annotation_clip=False,
            )  # fmt: skip


def _key(figure) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker="s", color=_OURS, markersize=5, label="simulated"),
        Line2D([], [], marker="D", color=_THEIRS, markersize=4.6, label="published"),
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=2)


def forest_caption(rows: int, what: str) -> str:
    """Say what a forest shows."""
    return f"{counted(rows, 'estimate')} of {what}, each with its 95 % interval."
