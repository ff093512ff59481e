"""At which times a curve is drawn: few, and close together where much happens."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

FIRST_H = 1 / 60
LOG_TIMES, EVEN_TIMES = 100, 97
MOST_ADDED = 192
SAME_H = 1e-4
# Minutes after the start of a dose, the most telling first; later doses get as many as fit.
AFTER_MIN = (40, 120, 20, 10, 240, 60, 480, 30, 1440, 90, 5, 15, 180, 50, 720, 360)
# Moments that people ask for [h].
LANDMARKS_H = (2 / 3, 2.0, 24.0, 72.0, 168.0, 336.0, 672.0)


def curve_times(until_h: float, doses_h: Iterable[tuple[float, float]]) -> np.ndarray:
    """Return at most some 400 times from 0 to ``until_h`` [h], ascending, both ends among them.

    Parameters
    ----------
    until_h : float
        End [h].
    doses_h : iterable of (float, float)
        Start and end of every dose of every arm [h].
    """
    landmarks = [hour for hour in LANDMARKS_H if hour < until_h]
    grid = np.concatenate(
        [
            [0.0],
            np.geomspace(min(FIRST_H, until_h / 2), until_h, LOG_TIMES),
            np.linspace(0.0, until_h, EVEN_TIMES),
            landmarks,
            _after_doses(until_h, doses_h),
        ]
    )
    grid = np.sort(grid[grid <= until_h])
    kept = grid[np.diff(grid, prepend=-np.inf) > SAME_H]
    # The very ends, whatever rounding did to them.
    kept[0], kept[-1] = 0.0, until_h
    return kept


def _after_doses(until_h: float, doses_h: Iterable[tuple[float, float]]) -> np.ndarray:
    """Return ends of doses and times after their starts, as many as there is room for."""
    doses = sorted({dose for dose in doses_h if 0 <= dose[0] < until_h})
    if not doses:
        return np.empty(0)
    # A dose shows best at its start, its end, and between both and the next one.
    if 2 * len(doses) > MOST_ADDED:
        doses = [
            doses[place] for place in np.linspace(0, len(doses) - 1, MOST_ADDED // 2, dtype=int)
        ]
    after_h = np.array(AFTER_MIN[: max(0, MOST_ADDED // len(doses) - 2)]) / 60
    return np.concatenate([[start, end, *(start + after_h)] for start, end in doses])
