"""The working memory of one thread: named regions, one vector per value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ketasim.engine.rodas5p import STAGES
from ketasim.engine.vector_code import DOUBLE, Numbers

(P, H, Y, YN, U, LU, FT, LARGEST, T, STEP, TOL, ERROR, THETA, TAKEN, OUT) = range(15)
"""Regions: parameters, hoisted values, states, states after the step, stages, factors, time
slopes, largest sizes, time, step, tolerances, error (mean square, then factor), place within
the step, lanes that move on, outputs."""


DOUBLES = (P, T, STEP, TOL, ERROR, THETA, TAKEN, OUT)
"""Regions that hold doubles whatever the numbers of the model."""


@dataclass(frozen=True)
class Memory:
    """One thread's memory.

    Attributes
    ----------
    work, control : ndarray
        The model's numbers; and regions that are always doubles (the same array where the
        model's numbers are doubles, too).
    at : ndarray of int
        Where each region begins in its array.
    address : ndarray of int
        The same as an address.
    """

    work: np.ndarray
    control: np.ndarray
    at: np.ndarray
    address: np.ndarray

    def doubles(self, name: int) -> np.ndarray:
        """Return a region of ``DOUBLES``."""
        return self.control[self.at[name] : self.at[name + 1]]


def allocate(layout: Mapping[str, Any], numbers: Numbers = DOUBLE) -> Memory:
    """Return zeroed memory, aligned to 64 bytes."""
    n = layout["states"]
    vectors = [layout["parameters"], layout["hoisted"], n, n, STAGES * n, layout["factors"], n, n]
    vectors += [1, 1, 2, 2, 1, 1, layout["outputs"]]
    offsets = np.concatenate([[0], np.cumsum(vectors)]).astype(np.int64) * numbers.lanes
    work = _aligned(int(offsets[-1]), np.dtype(f"f{numbers.size}"))
    control = work if numbers.size == 8 else _aligned(int(offsets[-1]), np.dtype("f8"))
    address = work.ctypes.data + numbers.size * offsets
    doubles = list(DOUBLES)
    address[doubles] = control.ctypes.data + 8 * offsets[doubles]
    return Memory(work, control, offsets, address)


def _aligned(count: int, kind: np.dtype[Any]) -> np.ndarray:
    memory = np.zeros(count + 64 // kind.itemsize, kind)
    shift = (-memory.ctypes.data % 64) // kind.itemsize
    return memory[shift : shift + count]
