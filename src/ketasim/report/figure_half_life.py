"""Picture of ketamine's many half-lives: one curve, and what each window makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.evidence.half_life import LIMITS_NG_ML, ends_h, last_part, measured
from ketasim.report.figure_marks import spaced
from ketasim.report.half_life_words import TITLE, alternative, caption, printed, span
from ketasim.report.style import (
    GRID,
    INK,
    MUTED,
    PALETTE,
    SERIES,
    Picture,
    log_values,
    new_figure,
    panel_letters,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.evidence.half_life import Curve, HalfLives, Reading

EARLY_H, LATE_H = 4.5, 48.0
SEGMENTS = ((1.0, 4.0), (8.0, 24.0, 48.0))  # ends of sampling, left and right panel
CURVES = (("bolus", 0), ("infusion", 1), ("nasal", 2))
TICKS_H = (1 / 6, 1 / 3, 0.5, 1, 2, 3, 4, 6, 8, 12)
ENDS_H = (0.25, 0.5, 1, 2, 4, 8, 12, 24, 48)
VERMILLION = PALETTE["vermillion"][0]
PURPLE = PALETTE["purple"][0]
ON_PAPER: Any = {"fc": PALETTE["paper"][0], "ec": "none", "pad": 0.8}


def half_life_figure(found: HalfLives) -> Picture:
    """Draw the curve with its local slopes, and half-life against the end of sampling."""
    figure = new_figure(7.2, 7.9)
    grid = figure.add_gridspec(2, 2, height_ratios=(1, 1.55), width_ratios=(1, 1.5))
    early = figure.add_subplot(grid[0, 0])
    late = figure.add_subplot(grid[0, 1], sharey=early)
    windows = figure.add_subplot(grid[1, :])
    curve = found.curves["infusion"]
    beside = _beside(found)
    _course(early, curve, EARLY_H, {end: beside[end] for end in SEGMENTS[0]})
    _course(late, curve, LATE_H, {end: beside[end] for end in SEGMENTS[1]})
    _limits(late, curve)
    early.set(title="First hours", ylabel="ketamine in venous plasma (ng/mL, log scale)")
    late.set(title="Two days, same scale")
    late.tick_params(labelleft=False)
    early.set_ylim(0.05, 1500)
    early.yaxis.set_major_formatter(lambda x, _: f"{x:g}")
    _windows(windows, found)
    panel_letters([early, late, windows])
    return Picture("half-life", TITLE, figure, caption(found), alternative(found))


def _beside(found: HalfLives) -> dict[float, str]:
    """Return, for each end of sampling drawn, the published values that lie nearest to it."""
    ends = np.array(sum(SEGMENTS, ()))
    near: dict[float, list[str]] = {float(end): [] for end in ends}
    for reading in found.readings:
        if reading.published.method == "alpha":
            continue
        away = np.abs(np.log(ends / reading.end_h))
        if away.min() < np.log(1.4):
            text = f"{reading.published.short}: {printed(reading.published)}"
            near[float(ends[away.argmin()])].append(text)
    return {end: "\n".join(texts) for end, texts in near.items()}


def _course(axes: Axes, curve: Curve, end_h: float, segments: dict[float, str]) -> None:
    """Draw the curve to ``end_h`` and a straight line over the last third of each sampling."""
    shown = (curve.time_h > 0) & (curve.time_h <= end_h)
    axes.plot(curve.time_h[shown], curve.ng_ml[shown], color=SERIES[0][0])
    log_values(axes)
    axes.set_xlim(0, end_h)
    axes.set_xlabel("hours since the infusion began")
    for last_h, beside in segments.items():
        _segment(axes, curve, last_h, end_h, beside)


def _segment(axes: Axes, curve: Curve, last_h: float, end_h: float, beside: str) -> None:
    start_h = last_part(last_h)
    half_h = measured("slope", curve, last_h)
    middle_h = (start_h + last_h) / 2
    times = np.array([start_h, last_h])
    level = np.log(curve.at(np.linspace(start_h, last_h, 12))).mean()

    def line(t: np.ndarray) -> np.ndarray:
        return np.exp(level - np.log(2) / half_h * (t - middle_h))

    reach = 0.5 * (last_h - start_h)
    longer = np.array([start_h - reach, min(last_h + reach, end_h)])
    axes.plot(longer, line(longer), color=VERMILLION, lw=0.8, linestyle=(0, (3, 2)))
    axes.plot(times, line(times), color=VERMILLION, lw=3, alpha=0.9)
    rows = [(beside, 7.0, 6.8, PURPLE)] if beside else []
    above = 8 + 9.0 * (beside.count("\n") + 1 if beside else 0)
    rows.append((f"to {span(last_h)}: {span(half_h)}", above, 8.0, INK))
    crowded = last_h > 0.8 * end_h
    where = (end_h if crowded else last_h, float(line(np.array(middle_h))))
    for text, up, size, colour in rows:
        axes.annotate(
            text,
            where,
            xytext=(-1, up + 5) if crowded else (2, up),
            textcoords="offset points",
            ha="right" if crowded else "left",
            linespacing=1.2,
            fontsize=size,
            color=colour,
            bbox=ON_PAPER,
        )


def _limits(axes: Axes, curve: Curve) -> None:
    """Draw limits of assays, and say when the curve passes them."""
    for limit in LIMITS_NG_ML:
        axes.axhline(limit, color=MUTED, lw=0.8, linestyle=(0, (1, 2)))
        passed = curve.below_h(limit)
        until = f": {span(passed)}" if np.isfinite(passed) else ""
        axes.annotate(
            f"{limit:g} ng/mL{until}",
            (0, limit),
            xytext=(3, -2),
            textcoords="offset points",
            fontsize=6.8,
            color=MUTED,
            va="top",
        )


def _windows(axes: Axes, found: HalfLives) -> None:
    """Draw half-life against the end of sampling, and published values where they belong."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(0.058, 56)
    axes.set_ylim(0.155, 15)
    for name, place in CURVES:
        colour, dashes, _ = SERIES[place]
        ends, half = _trace(found.curves[name])
        label = found.curves[name].label
        axes.plot(ends, half, color=colour, linestyle=dashes, label=label, zorder=3)
    told = [r for r in found.readings if r.window_told]
    ranged = [r for r in found.readings if r.until_h is not None]
    for place, reading in enumerate(told):
        before = told[place - 1].published.half_life_h if place else 0.0
        _bar(axes, reading, crowded=reading.published.half_life_h < 1.4 * before)
    for reading in ranged:
        _range(axes, reading)
    _leaders(axes, [r for r in found.readings if r not in told and r not in ranged])
    _axes_of_windows(axes)


def _axes_of_windows(axes: Axes) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    for axis, ticks in ((axes.xaxis, ENDS_H), (axes.yaxis, TICKS_H)):
        axis.set_major_locator(FixedLocator(list(ticks)))
        axis.set_major_formatter(FixedFormatter([span(t) for t in ticks]))
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel("end of sampling, from the start of the dose (log scale)")
    axes.set_ylabel("half-life (log scale)")
    axes.set_title("Half-life found over the last third of the sampling")
    axes.legend(loc="upper left", title="model, dose", title_fontsize=8, alignment="left")


def _trace(curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    """Return ends of sampling and half-lives, from where absorption is over."""
    ends = ends_h(curve)
    half = np.array([measured("slope", curve, float(end)) for end in ends])
    first = int(half.argmin())
    return ends[first:], half[first:]


def _face(reading: Reading) -> str:
    return "none" if reading.published.verified == "recall" else PURPLE


def _bar(axes: Axes, reading: Reading, crowded: bool) -> None:
    """Draw a value whose window is told: bar, window; dot, value; thin line, to the model."""
    given = reading.published
    middle = float(np.sqrt(reading.start_h * reading.end_h))
    axes.plot(
        [reading.start_h, reading.end_h], [given.half_life_h] * 2, color=PURPLE, lw=3.2, zorder=4
    )
    axes.plot(
        middle, given.half_life_h, "o", ms=7, mfc=_face(reading), mec=PURPLE, mew=1.2, zorder=6
    )
    _to_model(axes, reading)
    late = reading.end_h > LATE_H / 4
    axes.annotate(
        f"{given.short}: {span(given.half_life_h)}, model {span(reading.model_h)}",
        (reading.start_h if crowded or not late else axes.get_xlim()[1], given.half_life_h),
        xytext=(-4, 0) if crowded else (0, -5),
        textcoords="offset points",
        ha="right" if crowded or late else "left",
        va="center" if crowded else "top",
        fontsize=7.5,
        bbox=ON_PAPER,
        zorder=5,
    )


def _to_model(axes: Axes, reading: Reading) -> None:
    """Draw the thin line from a published value to the model's, which ends in a dash."""
    heights = [reading.published.half_life_h, reading.model_h]
    axes.plot([reading.end_h] * 2, heights, color=PURPLE, lw=0.9, zorder=2)
    axes.plot(reading.end_h, reading.model_h, "_", color=PURPLE, ms=7, mew=1.4, zorder=6)


def _range(axes: Axes, reading: Reading) -> None:
    """Draw a printed range: every end of sampling for which the model lies inside it."""
    from matplotlib.patches import Rectangle

    given, until_h = reading.published, reading.until_h
    assert until_h is not None
    corner, width = (reading.end_h, given.low_h), until_h - reading.end_h
    height = given.high_h - given.low_h
    axes.add_patch(Rectangle(corner, width, height, fc=PURPLE, ec=PURPLE, alpha=0.16, lw=0.8))
    axes.annotate(
        f"{given.short}: {printed(given)}",
        (until_h, given.high_h),
        xytext=(-1, 3),
        textcoords="offset points",
        ha="right",
        fontsize=7.5,
    )


def _leaders(axes: Axes, readings: list[Reading]) -> None:
    """Draw values without a window: a line from the axis to where the curve has that half-life."""
    left = axes.get_xlim()[0]
    low, high = np.log(axes.get_ylim())
    points = 3.9 * 72 / (high - low)
    wanted = np.log([r.published.half_life_h for r in readings]) * points
    places = np.exp(spaced(wanted, 10.0) / points)
    for reading, place in zip(readings, places, strict=True):
        given = reading.published
        end_h = reading.end_h
        axes.plot([left, end_h], [given.half_life_h] * 2, color=PURPLE, lw=0.7, ls=(0, (4, 2)))
        axes.plot(
            end_h, given.half_life_h, "o", ms=5, mfc=_face(reading), mec=PURPLE, mew=1, zorder=6
        )
        if not reading.reached:
            _to_model(axes, reading)
            how = " (two-phase fit)" if given.method == "alpha" else ""
            axes.annotate(
                f"model {span(reading.model_h)}{how}",
                (end_h, reading.model_h),
                xytext=(6, -4),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
                bbox=ON_PAPER,
            )
        axes.text(
            left * 1.06,
            place,
            f"{given.short}: {printed(given)}",
            fontsize=7.5,
            va="center",
            color=INK,
            bbox=ON_PAPER,
            zorder=5,
        )
    axes.grid(color=GRID)
