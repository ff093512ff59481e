"""Small groups of patients written down by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ketasim.trial import Record

NAN = np.nan


def record(
    times_h: Sequence[float],
    scores: Sequence[Sequence[float]],
    *,
    scale: str = "MADRS",
    left_h: Sequence[float] | None = None,
    why: Sequence[str] | None = None,
    outputs: Mapping[str, Sequence[Sequence[float]]] | None = None,
    fine_h: Sequence[float] = (),
) -> Record:
    """Return a record with these scores, one row per patient."""
    table = np.asarray(scores, dtype=float).reshape(-1, len(times_h))
    n = len(table)
    return Record(
        times_h=np.asarray(times_h, dtype=float),
        scores={scale: table},
        outputs={name: np.asarray(rows, dtype=float) for name, rows in (outputs or {}).items()},
        fine_h=np.asarray(fine_h, dtype=float),
        left_h=np.full(n, np.inf) if left_h is None else np.asarray(left_h, dtype=float),
        index=np.arange(n),
        left_why=np.asarray([""] * n if why is None else why, dtype="U16"),
    )
