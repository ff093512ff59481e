"""What a summary keeps of people: counts, exact sums, extremes, a sketch; merged in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from ketasim.simulation.exact_sum import ExactSum
from ketasim.simulation.quantile_sketch import Sketch, merged, sketch

BLOCK = 64
"""People whose numbers are added in order, as floating-point numbers; all else is exact."""
ABSURD = 1e150
"""An output beyond this counts as not finite: its square would overflow."""
RESPONSE_SHARE = 0.5
REMISSION_POINTS = 10.0
SCORE = "MADRS"
_ADDED = ("people", "statuses", "count", "sums", "squares", "seen", "response", "remission")
_ADDED += ("doses",)
_WHOLE, _REAL = np.dtype(np.int64), np.dtype(np.float64)
_ARRAYS = {"count": _WHOLE, "low": _REAL, "high": _REAL}
_ARRAYS |= {"seen": _WHOLE, "response": _WHOLE, "remission": _WHOLE}
_SKETCH = {"offsets": _WHOLE, "bins": np.dtype(np.int32)}
_SKETCH |= {"counts": np.dtype(np.int32), "coarse": np.dtype(np.int8)}


@dataclass(frozen=True)
class Frame:
    """What every part of one summary has in common.

    Attributes
    ----------
    times : int
    outputs : tuple of str
    centre : ndarray, shape (cells,)
        Taken off before numbers are added, so that little is lost in a difference of sums: the
        typical person's course, 0 where there is none. Cells are times by outputs.
    floor, scale : ndarray, shape (cells,)
        Among quantiles, numbers smaller than the floor in size count as 0, and bins are as wide
        as a share of a number's size plus the scale.
    start : int or None
        Index of the time that responses are counted from.
    most : int
        Bins of a cell.
    """

    times: int
    outputs: tuple[str, ...]
    centre: np.ndarray
    floor: np.ndarray
    scale: np.ndarray
    start: int | None
    most: int

    @property
    def cells(self) -> int:
        """Number of pairs of a time and an output."""
        return self.times * len(self.outputs)

    @property
    def score(self) -> int | None:
        """Place of the rating among the outputs, where shares can be counted."""
        return (
            self.outputs.index(SCORE) if SCORE in self.outputs and self.start is not None else None
        )


@dataclass(frozen=True)
class Tally:
    """What is kept of some people.

    Attributes
    ----------
    people : int
    statuses : Counter of str
    count : ndarray of int64, shape (cells,)
        People whose number is finite.
    sums, squares : ExactSum
        Of numbers less the centre, and of their squares.
    low, high : ndarray, shape (cells,)
        Smallest and largest number.
    seen, response, remission : ndarray of int64, shape (times,)
        People with a rating then and at the start; those with half of it or less; those with 10
        points or less.
    doses : ExactSum
        Of prescribed and of delivered doses, mg of free base.
    spread : Sketch
    """

    people: int
    statuses: Counter[str]
    count: np.ndarray
    sums: ExactSum
    squares: ExactSum
    low: np.ndarray
    high: np.ndarray
    seen: np.ndarray
    response: np.ndarray
    remission: np.ndarray
    doses: ExactSum
    spread: Sketch

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything as plain arrays, for a file."""
        found = {name: getattr(self, name) for name in _ARRAYS}
        found |= {f"sketch_{name}": getattr(self.spread, name) for name in _SKETCH}
        for name in ("sums", "squares", "doses"):
            found[name] = getattr(self, name).places
        found["people"] = np.array(self.people)
        found["status_names"] = np.array(list(self.statuses), dtype="U40")
        found["status_counts"] = np.array(list(self.statuses.values()), dtype=np.int64)
        return found


def from_arrays(arrays: Mapping[str, Any], frame: Frame) -> Tally:
    """Return what `Tally.arrays` gave; raise ValueError where it does not fit the frame."""
    cells, times = frame.cells, frame.times
    shapes = {"count": cells, "low": cells, "high": cells, "sketch_coarse": cells}
    shapes |= {"seen": times, "response": times, "remission": times, "sketch_offsets": cells + 1}
    for name, length in shapes.items():
        if arrays[name].shape != (length,):
            raise ValueError(f"{name} has shape {arrays[name].shape}")
    names = ("sums", "squares", "doses")
    whole: Any = {name: ExactSum(arrays[name].astype(_WHOLE)) for name in names}
    for name, one in whole.items():
        if one.places.shape != ExactSum.zero(2 if name == "doses" else cells).places.shape:
            raise ValueError(f"{name} has shape {one.places.shape}")
    parts = {name: arrays[f"sketch_{name}"].astype(kind) for name, kind in _SKETCH.items()}
    rows = parts["offsets"][-1]
    counted = parts["counts"].sum(dtype=_WHOLE) == arrays["count"].sum()
    if not (len(parts["bins"]) == len(parts["counts"]) == rows and counted):
        raise ValueError("the sketch is not whole")
    statuses = [str(name) for name in arrays["status_names"]]
    return Tally(
        people=int(arrays["people"]),
        statuses=Counter(dict(zip(statuses, arrays["status_counts"].tolist(), strict=True))),
        **{name: arrays[name].astype(kind) for name, kind in _ARRAYS.items()},
        **whole,
        spread=Sketch(**parts, floor=frame.floor, scale=frame.scale, most=frame.most),
    )


def tally(values: np.ndarray, statuses: Sequence[str], doses: np.ndarray, frame: Frame) -> Tally:
    """Return what is kept of people in order.

    Parameters
    ----------
    values : ndarray, shape (people, times, outputs)
        The first of them is person 0, 64, 128, ... of the population, so that blocks agree.
    statuses : sequence of str, shape (people,)
    doses : ndarray, shape (people, 2)
        Prescribed and delivered [mg].
    frame : Frame
    """
    people = len(values)
    flat = np.ascontiguousarray(values, dtype=float).reshape(people, frame.cells)
    with np.errstate(invalid="ignore"):
        finite = np.abs(flat) < ABSURD
    flat = flat if finite.all() else np.where(finite, flat, np.nan)
    sums, squares = _exact(np.where(finite, flat - frame.centre, 0.0))
    given = ExactSum.zero(2)
    for block in _blocks(doses):
        given.add(block)
    wrong = np.asarray(statuses) == "ok"
    wrong &= ~finite.all(axis=1)
    told = Counter(np.where(wrong, "not finite", np.asarray(statuses)).tolist())
    seen, response, remission = _shares(flat.reshape(values.shape), frame)
    return Tally(
        people=people,
        statuses=told,
        count=finite.sum(axis=0),
        sums=sums,
        squares=squares,
        low=np.where(finite, flat, np.inf).min(axis=0),
        high=np.where(finite, flat, -np.inf).max(axis=0),
        seen=seen,
        response=response,
        remission=remission,
        doses=given,
        spread=sketch(flat, frame.floor, frame.scale, frame.most),
    )


def merge(tallies: Iterable[Tally]) -> Tally:
    """Return what is kept of all people together; the order does not matter to a single bit."""
    return reduce(_two, tallies)


def _two(one: Tally, other: Tally) -> Tally:
    """Return what is kept of two groups together."""
    both = {name: getattr(one, name) + getattr(other, name) for name in _ADDED}
    return Tally(
        **both,
        low=np.minimum(one.low, other.low),
        high=np.maximum(one.high, other.high),
        spread=merged((one.spread, other.spread)),
    )


def _exact(offset: np.ndarray) -> tuple[ExactSum, ExactSum]:
    """Return the sums of numbers and of their squares."""
    sums, squares = (ExactSum.zero(offset.shape[1]) for _ in range(2))
    for block in _blocks(offset):
        sums.add(block)
    for block in _blocks(offset * offset):
        squares.add(block)
    return sums, squares


def _blocks(rows: np.ndarray) -> np.ndarray:
    """Return the sums of every 64 rows, shape (blocks, columns), each added row after row.

    Not ``rows.sum``: how that one orders additions is numpy's own affair.
    """
    count = -(-len(rows) // BLOCK)
    total = np.zeros((count, rows.shape[1]))
    for k in range(min(BLOCK, len(rows))):
        row = rows[k::BLOCK]
        total[: len(row)] += row
    return total


def _shares(values: np.ndarray, frame: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how many have a rating, have responded and are in remission, shape (times,)."""
    if frame.score is None or frame.start is None:
        nobody = np.zeros(frame.times, dtype=np.int64)
        return nobody, nobody.copy(), nobody.copy()
    now = values[:, :, frame.score]
    before = now[:, [frame.start]]
    with np.errstate(invalid="ignore"):
        seen = np.isfinite(now) & np.isfinite(before)
        response = seen & (before - now >= RESPONSE_SHARE * before)
        remission = seen & (now <= REMISSION_POINTS)
    return seen.sum(axis=0), response.sum(axis=0), remission.sum(axis=0)
