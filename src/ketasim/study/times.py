"""At which times the model is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.study.tables import Times

# (up to [h], step [min]): as fine as what happens then; the last row goes on to the end.
GRIDS: dict[str, tuple[tuple[float, float], ...]] = {
    "minutes to weeks": ((2, 1), (8, 5), (24, 15), (7 * 24, 60), (np.inf, 240)),
    "hours to months": ((24, 30), (7 * 24, 120), (28 * 24, 480), (np.inf, 1440)),
    "every minute": ((np.inf, 1),),
}
# The same, counted from every later dose: what is fast then is fast again.
AFTER_DOSE: dict[str, tuple[tuple[float, float], ...]] = {
    "minutes to weeks": ((2, 5), (6, 15), (24, 60)),
    "hours to months": ((24, 30),),
    "every minute": (),
}
DEFAULT_GRID = "minutes to weeks"
MAX_TIMES = 200_000
# Most times added after later doses; with more doses the steps after each grow.
MAX_ADDED = 2000
# Times closer than this are one time [h].
SAME_H = 1e-6


def output_times(times: Times, doses_h: Sequence[tuple[float, float]] = ()) -> np.ndarray:
    """Return the times asked for, ascending, the start among them [h], shape (t,).

    Parameters
    ----------
    times : Times
    doses_h : sequence of (float, float)
        Start and end of every dose of every arm [h]; a preset grid is finer after each.

    Raises
    ------
    UserError
        More than 200,000 times.
    """
    from ketasim.dosing.quantities import hours

    until_h = hours(times.until)
    if times.at is not None:
        if len(times.at) > MAX_TIMES:
            raise UserError(f"times: {len(times.at):,} times asked for; the most is {MAX_TIMES:,}")
        asked = np.array([0.0, *(hours(text) for text in times.at)])
        return np.unique(asked)
    grid = times.grid or DEFAULT_GRID
    segments = GRIDS[grid]
    if times.every is not None:
        segments = ((np.inf, hours(times.every) * 60),)
    count = sum(span for _, _, span in _spans(segments, until_h))
    if count > MAX_TIMES:
        raise UserError(f"times: {count:.3g} times asked for; the most is {MAX_TIMES:,}")
    parts = [
        (start_h * 60 + step_min * np.arange(np.ceil(span - 1e-9))) / 60
        for start_h, step_min, span in _spans(segments, until_h)
    ]
    even = np.append(np.concatenate(parts), until_h)
    if times.every is not None:
        return even
    return _joined(even, _after_doses(AFTER_DOSE[grid], doses_h, until_h))


def _after_doses(
    segments: tuple[tuple[float, float], ...],
    doses_h: Sequence[tuple[float, float]],
    until_h: float,
) -> np.ndarray:
    """Return at most `MAX_ADDED` times after the starts of doses later than time 0 [h]."""
    later = sorted({dose for dose in doses_h if 0 < dose[0] < until_h})
    found = np.empty(0)
    for coarser in (1, 2, 4, 8) if later and segments else ():
        steps = tuple((limit_h, coarser * step_min) for limit_h, step_min in segments)
        after_h = np.concatenate(
            [
                start_h + step_min * np.arange(np.ceil(count)) / 60
                for start_h, step_min, count in _spans(steps, segments[-1][0])
            ]
        )
        # The peak is at the end of an infusion; of a bolus, only what follows it is seen.
        times_h = [[*(start + after_h), max(end, start + 1 / 60)] for start, end in later]
        found = np.sort(np.ravel(times_h))
        found = found[found < until_h - SAME_H]
        found = found[np.diff(found, prepend=-np.inf) > SAME_H]
        if len(found) <= MAX_ADDED:
            break
    return found[:MAX_ADDED]


def _joined(grid_h: np.ndarray, added_h: np.ndarray) -> np.ndarray:
    """Return the grid and those added times that are not in it, ascending [h]."""
    place = np.searchsorted(grid_h, added_h).clip(1, len(grid_h) - 1)
    gap_h = np.minimum(np.abs(added_h - grid_h[place - 1]), np.abs(added_h - grid_h[place]))
    return np.sort(np.concatenate([grid_h, added_h[gap_h > SAME_H]]))


def _spans(segments: tuple[tuple[float, float], ...], until_h: float):
    """Yield start [h], step [min] and (unrounded) number of steps of each segment in use."""
    start_h = 0.0
    for limit_h, step_min in segments:
        stop_h = min(limit_h, until_h)
        if stop_h > start_h:
            yield start_h, step_min, (stop_h - start_h) * 60 / step_min
            start_h = stop_h
