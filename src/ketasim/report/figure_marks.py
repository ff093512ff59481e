"""Placing marks and labels so that none hides another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.style import INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox


def spaced(wanted: np.ndarray, gap: float) -> np.ndarray:
    """Return places at least ``gap`` apart, as near to the wanted ones as that allows.

    Parameters
    ----------
    wanted : array_like, shape (n,)
        Along one axis, in any order.
    gap : float
        Least distance of two places.

    Returns
    -------
    ndarray, shape (n,)
        In the order of ``wanted``.

    Examples
    --------
    >>> spaced(np.array([0.0, 1.0, 9.0]), 4.0)
    array([-1.5,  2.5,  9. ])
    """
    wanted = np.asarray(wanted, dtype=float)
    order = np.argsort(wanted, kind="stable")
    # Least squares with fixed gaps: subtract the gaps, pool what descends, add them again.
    blocks: list[list[float]] = []
    for k, place in enumerate(order):
        blocks.append([float(wanted[place]) - gap * k, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            level, count = blocks.pop()
            before, many = blocks[-1]
            blocks[-1] = [(before * many + level * count) / (many + count), many + count]
    levels = np.concatenate([np.full(int(n), level) for level, n in blocks] or [np.zeros(0)])
    places = np.empty_like(wanted)
    places[order] = levels + gap * np.arange(len(wanted))
    return places


def label_marks(
    axes: Axes,
    at: Sequence[tuple[float, float]],
    texts: Sequence[str],
    marks: Sequence[tuple[float, float]],
    size: float = 7.0,
) -> None:
    """Write ``texts`` beside points of a drawn panel where they hide least.

    Each text tries places around its point, nearest first; one that is not at its point gets a
    thin line to it. The layout of the figure must be settled (``draw_without_rendering``).

    Parameters
    ----------
    axes : Axes
    at : sequence of (float, float)
        The points named, in data units.
    texts : sequence of str
    marks : sequence of (float, float)
        Every mark that should stay visible, in data units.
    size : float
        Of the letters [points].
    """
    if not texts:
        return
    scale = axes.figure.dpi / 72
    taken = axes.transData.transform(np.asarray(marks, dtype=float))
    inside = axes.get_window_extent()
    done: list[np.ndarray] = []
    for (x, y), text in zip(axes.transData.transform(np.asarray(at)), texts, strict=True):
        width, height = 0.58 * size * len(text) * scale, 1.15 * size * scale
        best, cost = np.zeros(4), math.inf
        for reach, angle in _PLACES:
            way = np.array([math.cos(angle), math.sin(angle)])
            middle = np.array([x, y]) + way * (reach * scale + np.array([width, height]) / 2)
            box = np.array([*(middle - [width / 2, height / 2]), width, height])
            now = _hidden(box, taken, done, inside, scale) + 0.02 * reach
            if now < cost:
                best, cost = box, now
        done.append(best)
        _write(axes, best, (x, y), text, size)


_PLACES = [
    (reach, math.radians(angle))
    for reach in (4, 9, 16, 24, 34, 46)
    for angle in (0, 180, 35, -35, 145, -145, 90, -90, 60, -60, 120, -120)
]


def _hidden(
    box: np.ndarray, taken: np.ndarray, done: list[np.ndarray], inside: Bbox, scale: float
) -> float:
    """Return how much a box hides: marks, earlier texts, and what lies outside the panel."""
    x, y, width, height = box
    margin = 3.5 * scale
    over = (
        (taken[:, 0] > x - margin)
        & (taken[:, 0] < x + width + margin)
        & (taken[:, 1] > y - margin)
        & (taken[:, 1] < y + height + margin)
    )
    cost = float(over.sum())
    for other in done:
        wide = min(x + width, other[0] + other[2]) - max(x, other[0])
        high = min(y + height, other[1] + other[3]) - max(y, other[1])
        cost += 4.0 if wide > 0 and high > 0 else 0.0
    out = x < inside.x0 or y < inside.y0 or x + width > inside.x1 or y + height > inside.y1
    return cost + (10.0 if out else 0.0)


def _write(axes: Axes, box: np.ndarray, mark: tuple[float, float], text: str, size: float) -> None:
    """Write a text in its box, with a line to its mark where it stands apart."""
    back = axes.transData.inverted()
    x, y, width, height = box
    nearest = (min(max(mark[0], x), x + width), min(max(mark[1], y), y + height))
    gap = math.dist(nearest, mark) * 72 / axes.figure.dpi
    if gap > 7:
        ends = back.transform([nearest, mark])
        axes.plot(
            ends[:, 0], ends[:, 1], color=MUTED, lw=0.5, zorder=2.5, scalex=False, scaley=False
        )
    place = back.transform((x + width / 2, y + height / 2))
    axes.text(
        place[0], place[1], text, fontsize=size, ha="center", va="center", color=INK, zorder=5
    )
