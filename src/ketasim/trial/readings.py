"""What is read off a person in a session: pressure, pulse and dissociation, with their error.

Sessions have three readings. The highest of three readings is above the highest true value, so
without their error too few people would be counted above a threshold. A change is a reading less
the one before the dose, which has an error, too. Numbers and sources stand in ``readings.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from ketasim.trial.noise import normals
from ketasim.trial.tables import rows

COLUMNS = ("output", "error_sd", "change", "lowest", "tier", "source", "note")
READ_AFTER_H = (2 / 3, 1.0, 1.5)
"""When a session is read [h after its start]: 40, 60 and 90 min."""
_NEAR_H = 0.1


@dataclass(frozen=True)
class Reading:
    """How an output of the model is read.

    Attributes
    ----------
    output : str
    error_sd : float
        SD of one reading, in the output's unit.
    change : bool
        Whether the output is a change, read against a reading before the dose.
    lowest : float
        Least reading.
    """

    output: str
    error_sd: float
    change: bool
    lowest: float


@cache
def readings() -> Mapping[str, Reading]:
    """Return the outputs that are read with an error, by name."""
    found = [
        Reading(
            row["output"],
            float(row["error_sd"]),
            row["change"] == "yes",
            float(row["lowest"] or "-inf"),
        )
        for row in rows("readings.csv", COLUMNS)
    ]
    return MappingProxyType({each.output: each for each in found})


def read_name(output: str) -> str:
    """Return the name under which a record holds the readings of an output."""
    return f"{output} read"


def read(
    name: str,
    true: np.ndarray,
    fine_h: np.ndarray,
    sessions_h: np.ndarray,
    who: np.ndarray,
    *,
    seed: int,
    replicate: int = 0,
) -> np.ndarray:
    """Return the readings of an output.

    Parameters
    ----------
    name : str
        An output of `readings`.
    true : ndarray, shape (n, fine times)
        Its true values.
    fine_h : ndarray, shape (fine times,)
    sessions_h : ndarray, shape (n, sessions)
        Starts of each one's sessions [h]; NaN where there are no more.
    who : ndarray of int, shape (n,)
    seed, replicate : int

    Returns
    -------
    ndarray, shape (n, fine times)
        NaN but at the times at which a session of that person is read.
    """
    kind = readings()[name]
    seen = np.full(true.shape, np.nan)
    for start in np.unique(sessions_h[np.isfinite(sessions_h)]):
        mine = np.flatnonzero((sessions_h == start).any(axis=1))
        before = _error(name, start, who[mine], seed, replicate) if kind.change else 0.0
        for after in READ_AFTER_H:
            place = int(np.argmin(np.abs(fine_h - start - after)))
            if abs(fine_h[place] - start - after) > _NEAR_H:
                continue
            error = _error(name, start + after, who[mine], seed, replicate) - before
            values = true[mine, place] + kind.error_sd * error
            seen[mine, place] = np.maximum(values, kind.lowest)
    return seen


def _error(name: str, time_h: float, who: np.ndarray, seed: int, replicate: int) -> np.ndarray:
    return normals(f"trial:{name}:{round(3600 * time_h)}", who, seed, replicate)
