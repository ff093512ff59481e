"""What the pictures of a trial share: looks of arms, axes with visits, rows of counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.phrases import number
from ketasim.report.style import CONTROL, INK, MUTED, PALETTE, SERIES, Shape

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.trial.results import TrialResult

LOG_FROM = 30.0
"""Last visit over first from which on the time axis is logarithmic."""
_BEFORE = 2.6  # the baseline stands this many times before the first visit


def arm_shapes(result: TrialResult) -> dict[str, Shape]:
    """Return colour, line and marker of every arm, the control in grey."""
    # the second shape of the series is too like the control's
    others = cycle((SERIES[0], *SERIES[2:], SERIES[1]))
    return {arm.name: CONTROL if arm.control else next(others) for arm in result.arms}


def visit_label(when_h: float, in_weeks: bool = False) -> str:
    """Write a visit as short as a tick, whole weeks as such where wanted.

    >>> visit_label(0), visit_label(2), visit_label(24), visit_label(168), visit_label(672, True)
    ('0', '2 h', '24 h', '7 d', '4 wk')
    """
    if when_h == 0:
        return "0"
    if when_h < 1:
        return f"{60 * when_h:.0f} min"
    if when_h <= 48:
        return f"{number(when_h, 3)} h"
    days = when_h / 24
    if in_weeks and days % 7 == 0:
        return f"{days / 7:.0f} wk"
    return f"{number(days, 3)} d"


def visit_places(visits_h: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return where visits stand on the axis, and whether it is logarithmic.

    The first visit is the baseline, at 0 h; on a logarithmic axis it stands before a break.
    """
    later = visits_h[1:]
    if not len(later) or later[-1] / later[0] <= LOG_FROM:
        return visits_h.astype(float), False
    return np.log(np.concatenate([[later[0] / _BEFORE], later])), True


def visit_axis(axes: Axes, visits_h: np.ndarray, what: str, labels: bool = True) -> list[int]:
    """Set an axis that is true to time, with a tick at every visit that has room.

    Returns
    -------
    list of int
        The visits with a label.
    """
    from matplotlib.ticker import FixedFormatter, FixedLocator

    places, log = visit_places(visits_h)
    span = places[-1] - places[0] if len(places) > 1 else 1.0
    axes.set_xlim(places[0] - 0.04 * span, places[-1] + 0.05 * span)
    shown = spaced_visits(places, 0.075 * span)
    axes.xaxis.set_major_locator(FixedLocator([float(places[k]) for k in shown]))
    in_weeks = visits_h[-1] >= 28 * 24
    texts = [visit_label(visits_h[k], in_weeks) for k in shown] if labels else [""] * len(shown)
    axes.xaxis.set_major_formatter(FixedFormatter(texts))
    if log:
        _break(axes, (0.5 * (places[0] + places[1]) - axes.get_xlim()[0]) / np.ptp(axes.get_xlim()))
    if labels:
        axes.set_xlabel(f"time since {what}{' (log scale)' if log else ''}")
    return shown


def spaced_visits(places: np.ndarray, gap: float) -> list[int]:
    """Return visits at least a gap apart: the first, the last, and what fits between."""
    shown = [0] if len(places) else []
    for k in range(1, len(places)):
        if places[k] - places[shown[-1]] >= gap:
            shown.append(k)
    last = len(places) - 1
    if last > 0 and shown[-1] != last:
        shown = [k for k in shown if k == 0 or places[last] - places[k] >= gap] + [last]
    return shown


def _break(axes: Axes, at: float) -> None:
    """Mark the place where a logarithmic axis jumps to 0."""
    for shift in (-0.006, 0.006):
        axes.plot(
            [at + shift - 0.004, at + shift + 0.004], [-0.018, 0.018], transform=axes.transAxes,
            color=MUTED, linewidth=0.9, clip_on=False, scalex=False, scaley=False,
        )  # fmt: skip


def count_rows(
    axes: Axes,
    title: str,
    places: Sequence[float] | np.ndarray,
    counts: Mapping[str, Sequence[int]],
    shapes: Mapping[str, Shape],
) -> None:
    """Fill an empty panel below another with a row of counts for each arm."""
    axes.set_ylim(len(counts) - 0.4, -1.1)
    axes.axis("off")
    _left(axes, -0.75, title, INK, bold=True)
    for row, (arm, values) in enumerate(counts.items()):
        _left(axes, row, shortened_name(arm), shapes[arm][0])
        for place, value in zip(places, values, strict=True):
            axes.text(
                place, row, f"{value:,}", ha="center", va="center", fontsize=7.5, color=INK,
            )  # fmt: skip


def _left(axes: Axes, row: float, text: str, colour: str, bold: bool = False) -> None:
    axes.annotate(
        text, (0, row), (-8, 0), xycoords=axes.get_yaxis_transform(), textcoords="offset points",
        ha="right", va="center", fontsize=7.5, color=colour,
        fontweight="bold" if bold else "normal", annotation_clip=False,
    )  # fmt: skip


def shortened_name(name: str, letters: int = 22) -> str:
    """Cut a name that is too long for the margin."""
    return name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"


def zero_line(axes: Axes) -> None:
    """Draw the line of no change."""
    axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1)


PAPER = PALETTE["paper"][0]
