"""Samples of a data file grouped by time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.dosing import DataFile

CLOCKS = ("first dose", "last dose")
MOST_BINS = 100
NOMINAL, USUAL = 12, 8


@dataclass(frozen=True, eq=False)
class Bins:
    """Groups of samples of about one time, b of them.

    Attributes
    ----------
    start_h, end_h : ndarray, shape (b,)
    middle_h : ndarray, shape (b,)
        Median time of the samples of each.
    which : ndarray of int, shape (samples,)
        The bin of each sample.
    count : ndarray of int, shape (b,)
    """

    start_h: np.ndarray
    end_h: np.ndarray
    middle_h: np.ndarray
    which: np.ndarray
    count: np.ndarray

    def __len__(self) -> int:
        return len(self.middle_h)

    def highest(self, values: np.ndarray) -> np.ndarray:
        """Return the highest value in each bin, NaN where none is known, shape (b,)."""
        found = [values[self.which == k] for k in range(len(self))]
        known = [each[np.isfinite(each)] for each in found]
        return np.array([each.max() if each.size else np.nan for each in known])


def clock_h(data: DataFile, clock: str) -> np.ndarray:
    """Return the time of every observation of a file [h].

    Parameters
    ----------
    data : DataFile
    clock : str
        Since the ``"first dose"`` of its episode, or the ``"last dose"`` before it; one before
        all doses counts from the first.
    """
    seen = data.observations
    time_h = np.array(seen.time_h, dtype=float)
    for episode in np.unique(seen.episode):
        mine = np.flatnonzero(seen.episode == episode)
        starts = np.unique([d.start_h for d in data.regimens[episode].doses if d.drug is not None])
        if not starts.size:
            continue
        if clock == CLOCKS[0]:
            time_h[mine] -= starts[0]
            continue
        side = np.where(seen.after_dose[mine], 1, 0)
        before = np.searchsorted(starts, time_h[mine], side="left")
        exact = np.isin(time_h[mine], starts)
        place = np.maximum(before - 1 + (exact & (side == 1)), 0)
        time_h[mine] -= starts[place]
    return time_h


def binned(time_h: np.ndarray, bins: int | Sequence[float] | None = None) -> Bins:
    """Return samples in bins, empty ones left out.

    Parameters
    ----------
    time_h : ndarray, shape (samples,)
    bins : int or sequence of float, optional
        How many, with about as many samples in each and those of one time together; or edges.
        Default: as many as times, up to twelve; else eight.

    Raises
    ------
    UserError
        Less than one bin or more than a hundred, or edges that do not ascend or miss a sample.
    """
    if bins is None:
        times = len(np.unique(time_h))
        bins = times if times <= NOMINAL else USUAL
    edges = _cuts(time_h, bins) if np.ndim(bins) == 0 else _edges(time_h, bins)
    which = np.clip(np.searchsorted(edges, time_h, side="right") - 1, 0, len(edges) - 2)
    there, which = np.unique(which, return_inverse=True)
    middle = np.array([np.median(time_h[which == k]) for k in range(len(there))])
    return Bins(edges[there], edges[there + 1], middle, which, np.bincount(which))


def _cuts(time_h: np.ndarray, bins: int | Sequence[float]) -> np.ndarray:
    """Return edges of about as many samples each, between times that were sampled."""
    wanted = int(bins) if isinstance(bins, int | np.integer) else 0
    if not 1 <= wanted <= MOST_BINS:
        raise UserError(f"bins: {bins!r} is out of range; it must be 1 to {MOST_BINS}, or edges")
    times, count = np.unique(time_h, return_counts=True)
    if len(times) <= wanted:
        chosen = np.arange(1, len(times))
    else:
        reached = np.cumsum(count) / count.sum()
        goals = np.arange(1, wanted) / wanted
        chosen = np.unique(np.abs(reached[:-1, None] - goals).argmin(axis=0)) + 1
    inner = (times[chosen - 1] + times[chosen]) / 2
    return np.concatenate([[times[0]], inner, [times[-1]]])


def _edges(time_h: np.ndarray, bins: int | Sequence[float]) -> np.ndarray:
    edges = np.asarray(bins, dtype=float)
    if edges.ndim != 1 or not 2 <= len(edges) <= MOST_BINS + 1 or not (np.diff(edges) > 0).all():
        raise UserError(f"bins: edges {bins!r} do not ascend, or are not 2 to {MOST_BINS + 1}")
    if time_h.min() < edges[0] or time_h.max() > edges[-1]:
        raise UserError(
            f"bins: samples from {time_h.min():g} to {time_h.max():g} h lie outside the edges"
        )
    return edges
