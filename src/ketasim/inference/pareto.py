"""Pareto fronts: who is beaten by nobody in every aim at once."""

from __future__ import annotations

import numpy as np


def dominated(scores: np.ndarray, resolution: float = 0.0) -> np.ndarray:
    """Tell whom another beats: at least as good in every aim, and better in one.

    Parameters
    ----------
    scores : ndarray, shape (n, aims)
        More is better. A row with NaN neither beats nor is beaten.
    resolution : float
        Scores are rounded to multiples of it first, so that smaller differences count as none.

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> dominated(np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 1.0]]))
    array([False, False,  True])
    """
    given = np.asarray(scores, dtype=float)
    given = np.round(given / resolution) if resolution > 0 else given
    as_good = np.all(given[:, None, :] >= given[None, :, :], axis=2)
    better = np.any(given[:, None, :] > given[None, :, :], axis=2)
    return np.asarray(np.any(as_good & better, axis=0))


def fronts(scores: np.ndarray, resolution: float = 0.0) -> np.ndarray:
    """Return the front of each: 1 for those nobody beats, 2 once those are taken away, ...

    Parameters
    ----------
    scores, resolution
        As in `dominated`.

    Returns
    -------
    ndarray of int, shape (n,)
        0 for rows with NaN.
    """
    given = np.asarray(scores, dtype=float)
    found = np.zeros(len(given), dtype=int)
    left = np.flatnonzero(np.isfinite(given).all(axis=1))
    level = 0
    while left.size:
        level += 1
        beaten = dominated(given[left], resolution)
        found[left[~beaten]] = level
        left = left[beaten]
    return found
