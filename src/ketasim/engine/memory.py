"""The working memory of one thread: named regions, one vector per value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ketasim.engine.rodas5p import STAGES
from ketasim.engine.vector_code import LANES

(P, H, Y, YN, U, LU, FT, LARGEST, T, STEP, TOL, ERROR, THETA, TAKEN, OUT) = range(15)
"""Regions: parameters, hoisted values, states, states after the step, stages, factors, time
slopes, largest sizes, time, step, tolerances, error (mean square, then factor), place within
the step, lanes that move on, outputs."""


def allocate(layout: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return zeroed memory, aligned to 64 bytes, and the offset of each region in it."""
    n = layout["states"]
    vectors = [layout["parameters"], layout["hoisted"], n, n, STAGES * n, layout["factors"], n, n]
    vectors += [1, 1, 2, 2, 1, 1, layout["outputs"]]
    offsets = np.concatenate([[0], np.cumsum(vectors)]).astype(np.int64) * LANES
    memory = np.zeros(int(offsets[-1]) + 8)
    shift = (-memory.ctypes.data % 64) // 8
    return memory[shift : shift + int(offsets[-1])], offsets
