"""How numbers are spread, in bounded memory: counts in bins cut from the numbers' own digits.

The bin of a number is its sign, and the exponent and first binary digits of its size plus the
cell's scale, as the processor holds them: bins are as wide as a share of size and scale. No
logarithm is taken, so every machine finds the same bin. Where a cell has more bins than it may,
each two neighbours become one. How far that goes depends only on which numbers there were, never
on their order or on what was merged with what (a part never needs coarser bins than the whole),
so the sketch of a whole is the same however it was cut.

Source: uniform collapse is that of I. Epicoco, C. Melle, M. Cafaro, M. Pulimeno, G. Morleo,
UDDSketch, IEEE Access 8 (2020) 147604, on the bins of C. Masson, J. E. Rim, H. K. Lee, DDSketch,
Proc. VLDB Endow. 12 (2019) 2195; bins from the digits of the number are the step taken here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

FINEST = 14
"""Binary digits after the exponent that a bin begins with: bins 2**-14 of their value wide."""
_NOTHING = np.iinfo(np.int32).max  # the bin of what is not finite, until it is left out
_SHIFT = np.uint64(52 - FINEST)


@dataclass(frozen=True)
class Sketch:
    """Counts of many cells' numbers, bins ascending within each cell.

    Attributes
    ----------
    offsets : ndarray of int64, shape (cells + 1,)
        Bins of cell ``c`` stand in rows ``offsets[c]:offsets[c + 1]``.
    bins : ndarray of int32, shape (m,)
        Positive and negative ones for numbers of that sign; 0 holds what counts as 0.
    counts : ndarray of int32, shape (m,)
    coarse : ndarray of int8, shape (cells,)
        How often neighbours were joined: a bin has ``FINEST - coarse`` digits.
    floor, scale : ndarray, shape (cells,)
        Numbers smaller than the floor in size count as 0; the scale is added to every size.
    most : int
        Bins a cell may have.
    """

    offsets: np.ndarray
    bins: np.ndarray
    counts: np.ndarray
    coarse: np.ndarray
    floor: np.ndarray
    scale: np.ndarray
    most: int

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(self.offsets) - 1


def sketch(values: np.ndarray, floor: np.ndarray, scale: np.ndarray, most: int) -> Sketch:
    """Return the sketch of numbers, shape (numbers, cells); what is not finite is left out.

    Parameters
    ----------
    values : ndarray, shape (numbers, cells)
    floor, scale : ndarray, shape (cells,)
        Numbers smaller than the floor in size count as 0; the scale is added to every size.
    most : int
        Bins a cell may have; at least 3, for what is below, at and above 0.
    """
    assert most >= 3
    keys = np.sort(_keys(values, floor, scale).T, axis=1)
    cells, numbers = keys.shape
    flat = keys.ravel()
    first = np.empty(flat.shape, dtype=bool)
    first[1:] = flat[1:] != flat[:-1]
    first[::numbers] = True  # each cell begins anew
    rows = np.flatnonzero(first)
    counts = np.diff(rows, append=flat.size).astype(np.int32)
    seen = flat[rows] != _NOTHING
    key = _key(rows[seen] // numbers, flat[rows[seen]])
    coarse = np.zeros(cells, dtype=np.int8)
    return _settled(key, counts[seen], coarse, (floor, scale), most)


def merged(sketches: Sequence[Sketch]) -> Sketch:
    """Return the sketch of all that went into others; their order does not matter."""
    return reduce(_two, sketches)


def _two(one: Sketch, other: Sketch) -> Sketch:
    """Return the sketch of all that went into two; two at a time needs the least memory."""
    coarse = np.maximum(one.coarse, other.coarse)
    parts = [_rows(each, coarse) for each in (one, other)]
    key = np.concatenate([part[0] for part in parts])
    counts = np.concatenate([part[1] for part in parts])
    order = np.argsort(key, kind="stable")
    ends = one.floor, one.scale
    return _settled(*_added(key[order], counts[order]), coarse, ends, one.most)


def _rows(found: Sketch, coarse: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return keys and counts of a sketch made as coarse as asked."""
    sizes = np.diff(found.offsets)
    times = np.repeat((coarse - found.coarse).astype(np.int32), sizes)
    bins = _joined(found.bins, times) if times.any() else found.bins
    return _added(_key(np.repeat(np.arange(found.cells), sizes), bins), found.counts)


def _keys(values: np.ndarray, floor: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the finest bin of each number, int32; 0 for what counts as 0."""
    size = np.abs(values, dtype=np.float64)
    key = ((size + scale).view(np.uint64) >> _SHIFT).astype(np.int32) + np.int32(1)
    key[(size < floor) | (size == 0)] = 0
    key = np.where(values < 0, -key, key)
    key[~np.isfinite(values)] = _NOTHING
    return key


def _joined(bins: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return bins after joining neighbours ``times`` over."""
    size = (np.abs(bins) - 1) >> times
    return np.where(bins == 0, 0, np.sign(bins) * (size + 1)).astype(np.int32)


def _key(cell: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """Return one number for a cell and a bin, ascending by cell, then by bin."""
    return (cell << 32) + bins


def _parts(key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells and the bins of keys."""
    cell = (key + 2**31) >> 32
    return cell, (key - (cell << 32)).astype(np.int32)


def _settled(
    key: np.ndarray,
    counts: np.ndarray,
    coarse: np.ndarray,
    ends: tuple[np.ndarray, np.ndarray],
    most: int,
) -> Sketch:
    """Return the sketch of counted bins, neighbours joined until no cell has too many."""
    while True:
        cell, bins = _parts(key)
        per_cell = np.bincount(cell, minlength=len(coarse))
        full = per_cell > most
        if not full.any():
            offsets = np.concatenate([[0], np.cumsum(per_cell)])
            return Sketch(offsets, bins, counts, coarse, *ends, most)
        coarse = coarse + full.astype(np.int8)
        bins = _joined(bins, full[cell].astype(np.int32))
        key, counts = _added(_key(cell, bins), counts)


def _added(key: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ascending keys, each once, with the counts added."""
    new = key[1:] != key[:-1]
    if new.all():
        return key, counts
    first = np.flatnonzero(np.concatenate([[True], new]))
    return key[first], np.add.reduceat(counts, first)


def quantiles(found: Sketch, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return quantiles of every cell, and between which numbers each one must lie.

    A quantile is the number at place ``share * (n - 1)`` of all in order, the lower where that
    falls between two. Within a bin, numbers are taken to lie evenly.

    Parameters
    ----------
    found : Sketch
    shares : ndarray, shape (q,)
        Between 0 and 1.

    Returns
    -------
    middle, low, high : ndarray, shape (q, cells)
        NaN for a cell without numbers.
    """
    shape = (len(shares), found.cells)
    middle, low, high = (np.full(shape, np.nan) for _ in range(3))
    ends = _ends(found)
    for c in range(found.cells):
        rows = slice(found.offsets[c], found.offsets[c + 1])
        counts = found.counts[rows]
        if not len(counts):
            continue
        reached = np.cumsum(counts)
        place = np.floor(shares * (reached[-1] - 1))
        k = np.searchsorted(reached, place, side="right")
        part = (place - (reached[k] - counts[k]) + 0.5) / counts[k]
        low[:, c], high[:, c] = ends[0][rows][k], ends[1][rows][k]
        middle[:, c] = (1 - part) * low[:, c] + part * high[:, c]
        middle[found.bins[rows][k] == 0, c] = 0.0
    return middle, low, high


def _ends(found: Sketch) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest number of every bin."""
    cell = np.repeat(np.arange(found.cells), np.diff(found.offsets))
    times = found.coarse[cell].astype(np.int64)
    size = np.abs(found.bins).astype(np.int64) - 1
    scale = found.scale[cell]
    # One digit further than the difference rounds to: the addition had rounded, too.
    inner = np.nextafter(_number(np.maximum(size, 0) << times) - scale, -np.inf)
    largest = np.finfo(float).max
    outer = np.nextafter(_number((np.maximum(size, 0) + 1) << times) - scale, largest)
    inner = np.maximum(inner, 0.0)
    floor = found.floor[cell]
    low = np.where(found.bins > 0, inner, np.where(found.bins < 0, -outer, -floor))
    high = np.where(found.bins > 0, outer, np.where(found.bins < 0, -inner, floor))
    return low, high


def _number(key: np.ndarray) -> np.ndarray:
    """Return the least number of a finest bin; the largest double above all."""
    pattern = np.minimum(key, (2047 << FINEST) - 1).astype(np.uint64) << _SHIFT
    number = pattern.view(np.float64)
    return np.where(key >= (2047 << FINEST), np.finfo(float).max, number)
