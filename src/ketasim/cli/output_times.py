"""At which times the model is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.cli.study import Times

# (up to [h], step [min]): as fine as what happens then; the last row goes on to the end.
GRIDS: dict[str, tuple[tuple[float, float], ...]] = {
    "minutes to weeks": ((2, 1), (8, 5), (24, 15), (7 * 24, 60), (np.inf, 240)),
    "hours to months": ((24, 30), (7 * 24, 120), (28 * 24, 480), (np.inf, 1440)),
    "every minute": ((np.inf, 1),),
}
DEFAULT_GRID = "minutes to weeks"
MAX_TIMES = 200_000


def output_times(times: Times) -> np.ndarray:
    """Return the times asked for, ascending, the start among them [h], shape (t,).

    Raises
    ------
    UserError
        More than 200,000 times.
    """
    from ketasim.dosing.quantities import hours

    until_h = hours(times.until)
    if times.at is not None:
        asked = np.array([0.0, *(hours(text) for text in times.at)])
        return np.unique(asked)
    segments = GRIDS[times.grid or DEFAULT_GRID]
    if times.every is not None:
        segments = ((np.inf, hours(times.every) * 60),)
    count = sum(span for _, _, span in _spans(segments, until_h))
    if count > MAX_TIMES:
        raise UserError(f"times: {count:.3g} times asked for; the most is {MAX_TIMES:,}")
    parts = [
        (start_h * 60 + step_min * np.arange(np.ceil(span - 1e-9))) / 60
        for start_h, step_min, span in _spans(segments, until_h)
    ]
    return np.append(np.concatenate(parts), until_h)


def _spans(segments: tuple[tuple[float, float], ...], until_h: float):
    """Yield start [h], step [min] and (unrounded) number of steps of each segment in use."""
    start_h = 0.0
    for limit_h, step_min in segments:
        stop_h = min(limit_h, until_h)
        if stop_h > start_h:
            yield start_h, step_min, (stop_h - start_h) * 60 / step_min
            start_h = stop_h
