"""Rating scales: their range, how they follow MADRS, and how far two raters differ.

The model gives one severity, MADRS without measurement error. Every other scale is a straight
line of it. Published conversions (equipercentile linking) bend a little at both ends; the bend
is smaller than the error of one rating, so a line is enough. Numbers and sources stand in
``scales.csv``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.trial.tables import rows
from ketasim.trial.variation import variation

COLUMNS = (
    "scale", "label", "low", "high", "intercept", "slope", "error_sd", "person_log_sd",
    "response_share", "remission_cut", "whole", "tier", "source", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """A rating scale.

    Attributes
    ----------
    name, label : str
    low, high : float
        Least and greatest score [points of the scale].
    intercept, slope : float
        Score = intercept + slope * MADRS.
    error_sd : float
        SD of one rating about the true score [points of the scale].
    response_share : float
        Share by which the score must fall for a response.
    remission_cut : float or None
        Greatest score in remission; None where no cut is in use.
    whole : bool
        Whether a rating is a whole number of points.
    tier, source, note : str
        Where the line and the error come from.
    person_log_sd : float
        SD of the logarithm by which people's true scores differ at one MADRS, for good: some
        depressed people think of suicide and others do not.
    """

    name: str
    label: str
    low: float
    high: float
    intercept: float
    slope: float
    error_sd: float
    response_share: float
    remission_cut: float | None
    whole: bool
    tier: str
    source: str
    note: str
    person_log_sd: float = 0.0

    def madrs(self, score: float) -> float:
        """Return the MADRS of which ``score`` is the true score."""
        return (score - self.intercept) / self.slope


@cache
def scales() -> Mapping[str, Scale]:
    """Return every scale by name, in the order of ``scales.csv``."""
    found = [_from_row(row) for row in rows("scales.csv", COLUMNS)]
    return MappingProxyType({each.name: each for each in found})


def scale(name: str) -> Scale:
    """Return one scale; ``"HAM-D17"`` and ``"hamd17"`` mean HAMD17.

    Raises
    ------
    UserError
        No such scale; names the nearest, or why a scale of another illness is not there.
    """
    if name in scales():
        return scales()[name]
    folded = {_folded(known): known for known in scales()}
    if _folded(name) in folded:
        return scales()[folded[_folded(name)]]
    from ketasim.trial.conditions import why_no_scale

    why = why_no_scale(name)
    raise UserError(f"scale: {why}" if why else f"scale: unknown '{name}'{nearest(name, scales())}")


def true_score(scale: Scale, madrs: np.ndarray) -> np.ndarray:
    """Return scores without error, within the scale's range.

    Parameters
    ----------
    scale : Scale
    madrs : ndarray of float
        True MADRS [points].
    """
    return np.clip(scale.intercept + scale.slope * np.asarray(madrs), scale.low, scale.high)


def _folded(name: str) -> str:
    """Return a name as people type it: no case, no dashes."""
    return name.lower().replace("-", "").replace("hdrs", "hamd").replace("qidssr16", "qids")


def _from_row(row: dict[str, str]) -> Scale:
    slope = float(row["slope"])
    error = float(row["error_sd"]) if row["error_sd"] else slope * variation().score_error
    if not (math.isfinite(error) and error >= 0 and slope > 0):
        raise UserError(f"scales.csv: {row['scale']}: slope and error_sd must not be negative")
    return Scale(
        name=row["scale"],
        label=row["label"],
        low=float(row["low"]),
        high=float(row["high"]),
        intercept=float(row["intercept"]),
        slope=slope,
        error_sd=error,
        response_share=float(row["response_share"]),
        remission_cut=float(row["remission_cut"]) if row["remission_cut"] else None,
        whole=row["whole"] == "yes",
        tier=row["tier"],
        source=row["source"],
        note=row["note"],
        person_log_sd=float(row["person_log_sd"] or 0),
    )
