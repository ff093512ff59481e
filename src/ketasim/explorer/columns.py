"""Columns small enough to stand in a page: two bytes a number, differences, bytes apart.

Each column is written in steps of a 65,534th of its own range, so that a number is wrong by at
most a 130,000th of it, less than a screen shows. A step that cannot be a number is 65,535.
"""

from __future__ import annotations

import numpy as np

STEPS = 65_534
MISSING = 65_535


def packed(columns: np.ndarray) -> bytes:
    """Return columns as bytes.

    Parameters
    ----------
    columns : ndarray, shape (columns, times)

    Returns
    -------
    bytes
        Lowest and highest value of each column as little-endian ``float32``; then, of all columns
        in order, the low bytes of the differences from number to number, and the high bytes.
    """
    numbers = np.asarray(columns, dtype=float)
    known = np.isfinite(numbers)
    low = np.where(known, numbers, np.inf).min(axis=1)
    high = np.where(known, numbers, -np.inf).max(axis=1)
    ends = np.where(known.any(axis=1), [low, high], 0.0).astype("<f4")
    low, high = ends.astype(float)
    span = np.where(high > low, high - low, 1.0)
    place = np.where(known, numbers, low[:, None]) - low[:, None]
    steps = np.clip(np.rint(place / span[:, None] * STEPS), 0, STEPS).astype(np.uint16)
    steps[~known] = MISSING
    differences = np.diff(steps, axis=1, prepend=np.zeros((len(steps), 1), np.uint16))
    apart = differences.astype("<u2").view(np.uint8).reshape(*steps.shape, 2)
    return ends.tobytes() + apart[..., 0].tobytes() + apart[..., 1].tobytes()


def unpacked(data: bytes, columns: int, times: int) -> np.ndarray:
    """Return what `packed` wrote, shape (columns, times)."""
    ends = np.frombuffer(data, "<f4", 2 * columns).astype(float).reshape(2, columns)
    size = columns * times
    low_bytes, high_bytes = np.frombuffer(data, np.uint8, 2 * size, 8 * columns).reshape(2, -1)
    differences = (low_bytes.astype(np.uint16) | high_bytes.astype(np.uint16) << 8).reshape(
        columns, times
    )
    steps = np.cumsum(differences, axis=1, dtype=np.uint16)
    numbers = ends[0][:, None] + steps * ((ends[1] - ends[0]) / STEPS)[:, None]
    return np.where(steps == MISSING, np.nan, numbers)
