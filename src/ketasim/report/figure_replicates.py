"""What many replicates of a trial say: the spread of estimates, and power against size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.phrases import counted, number, percent
from ketasim.report.style import (
    INK,
    MUTED,
    PALETTE,
    Missing,
    Picture,
    new_figure,
    panel_letters,
)
from ketasim.trial.power import AIMS, SizeCurve, power, sample_size_curve, spread, won

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.trial.results import Published, Replicates

TITLE = "Many replicates of the trial"
_WON, _NOT = PALETTE["blue"][0], PALETTE["grid"][0]
LEAST = 10
"""Replicates below which nothing is drawn."""


def replicates_figure(
    replicates: Replicates, published: Published | None = None
) -> Picture | Missing:
    """Draw estimates as a histogram, won ones filled, and power against the number of patients."""
    name = f"replicates-{replicates.endpoint}-{replicates.arm}"
    known = np.isfinite(replicates.estimate) & np.isfinite(replicates.se)
    if known.sum() < LEAST:
        return Missing(name, TITLE, f"Not shown: fewer than {LEAST} replicates.")
    figure = new_figure(7.2, 3.1)
    left, right = figure.subplots(1, 2, width_ratios=[1.1, 1.0])
    _histogram(left, replicates, published)
    curve = size_curve(replicates)
    _curve(right, replicates, curve)
    panel_letters([left, right])
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper left", ncols=4)
    return Picture(name, TITLE, figure, _caption(replicates, published), _alt(replicates, curve))


def size_curve(replicates: Replicates) -> SizeCurve:
    """Return power against the number of patients randomised."""
    return sample_size_curve(replicates.estimate, replicates.se, replicates.n, replicates.better)


def in_unit(replicates: Replicates, values: np.ndarray) -> np.ndarray:
    """Return estimates as they are told: ratios as such, shares in %."""
    if replicates.measure.endswith("ratio"):
        return np.exp(values)
    return 100 * values if replicates.measure == "risk difference" else values


def unit_of(replicates: Replicates) -> str:
    """Return the unit in which estimates are told."""
    if replicates.measure.endswith("ratio"):
        return ""
    return "percentage points" if replicates.measure == "risk difference" else "points"


def _histogram(axes: Axes, replicates: Replicates, published: Published | None) -> None:
    known = np.isfinite(replicates.estimate)
    values = replicates.estimate[known]
    success = won(values, replicates.p[known], replicates.better)
    edges = np.histogram_bin_edges(values, bins=min(40, max(10, int(1.6 * np.sqrt(len(values))))))
    ratio = replicates.measure.endswith("ratio")
    shown = in_unit(replicates, edges)
    heights = [np.histogram(values[which], edges)[0] for which in (success, ~success)]
    style = {"align": "edge", "width": np.diff(shown), "edgecolor": MUTED, "linewidth": 0.4}
    axes.bar(shown[:-1], heights[0], color=_WON, label="p < 0.05, arm better", **style)
    axes.bar(shown[:-1], heights[1], bottom=heights[0], color=_NOT, label="not won", **style)
    if ratio:
        axes.set_xscale("log")
        _plain(axes)
    axes.set_ylim(0, 1.06 * max(float((heights[0] + heights[1]).max()), 1.0))
    axes.axvline(1.0 if ratio else 0.0, color=INK, linewidth=0.9)
    if published is not None:
        _diamond(axes, replicates, published)
    unit = unit_of(replicates)
    axes.set_xlabel(f"{replicates.measure}{f' ({unit})' if unit else ''}")
    axes.set_ylabel("replicates")
    axes.set_title("Estimates")
    axes.grid(visible=False, axis="x")


def _plain(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))


def _diamond(axes: Axes, replicates: Replicates, published: Published) -> None:
    """Set the published estimate and its interval above the bars."""
    scale = 100 if replicates.measure == "risk difference" else 1
    low, value, high = (scale * v for v in (published.low, published.value, published.high))
    top = axes.get_ylim()[1]
    axes.set_ylim(0, 1.13 * top)
    colour = PALETTE["vermillion"][0]
    axes.plot([low, high], [1.06 * top] * 2, color=colour, linewidth=1.3)
    axes.plot(
        value, 1.06 * top, "D", color=colour, markersize=5, label=f"published ({published.source})"
    )


def _curve(axes: Axes, replicates: Replicates, curve: SizeCurve) -> None:
    axes.fill_between(
        curve.n, 100 * curve.low, 100 * curve.high, color=_WON, alpha=0.18, linewidth=0
    )
    axes.plot(curve.n, 100 * curve.power, color=_WON)
    for aim in AIMS:
        axes.axhline(100 * aim, color=MUTED, linewidth=0.7, linestyle=(0, (4, 2)))
    found = power(replicates.estimate, replicates.p, replicates.better)
    ends = [[100 * (found.share - found.low)], [100 * (found.high - found.share)]]
    axes.errorbar(
        [replicates.n], [100 * found.share], yerr=ends, fmt="o", color=INK, markersize=5,
        capsize=2.5, elinewidth=1.2, zorder=4,
    )  # fmt: skip
    axes.set_xscale("log")
    _plain(axes)
    axes.set(xlim=(curve.n[0], curve.n[-1]), ylim=(0, 102), ylabel="power (%)")
    axes.set_xlabel("patients randomised (log scale)")
    axes.set_title("Power and size")


def power_word(replicates: Replicates) -> str:
    """Return ``"assurance"`` where the truth differs between replicates, else ``"power"``."""
    draw = replicates.draw
    return "assurance" if draw is not None and len(np.unique(draw)) > 1 else "power"


def _caption(replicates: Replicates, published: Published | None) -> str:
    found = spread(replicates.estimate, replicates.se)
    ratio = replicates.measure.endswith("ratio")
    text = (
        f"{counted(found.n, 'replicate')} of {replicates.n:,} patients: {replicates.what}, "
        f"{replicates.arm} against {replicates.control}. A: estimates, filled where the arm is "
        "better with p below 0.05; line, no difference."
    )
    text += " Diamond: published, with its 95 % interval." if published else ""
    text += f" {counted(found.lost, 'replicate')} could not be analysed." if found.lost else ""
    return (
        f"{text} B: share won at other sizes, from the mean and the spread of the "
        f"{'logarithms of the ' if ratio else ''}estimates with standard errors scaled; shaded, "
        "95 % Monte Carlo interval; point, the share counted, with its Wilson interval; dashed, "
        "80 and 90 %."
    )


def _alt(replicates: Replicates, curve: SizeCurve) -> str:
    found = power(replicates.estimate, replicates.p, replicates.better)
    n = curve.needed[0.8][0]
    needed = f"80 % need {number(n, 4)} patients" if np.isfinite(n) else "80 % are never reached"
    return (
        f"Histogram of estimates and curve of power; {percent(found.share)} of {found.n:,} "
        f"replicates won, {needed}."
    )
