"""How sure an observation is: from a printed spread to an error on the log scale.

Without a printed spread the model's own between-person spread stands in, or `LEAST_SPREAD` if that
is smaller, as for a ratio of two arms, in which the model's people hardly differ. Where n is
unknown it is taken as `ASSUMED_N`. Both are assumed: usual sizes of such studies and spreads.
"""

from __future__ import annotations

import math

from scipy.special import ndtri
from scipy.stats import norm

from ketasim.evidence.finding import Dispersion, Finding
from ketasim.evidence.quantities import unit_of

ASSUMED_N = 10
LEAST_SPREAD = 0.25
ABOUT = 0.1  # relative error of a value printed as "about"
_IQR_SD = 2 * float(ndtri(0.75))  # width of the middle half, in SDs
_MEDIAN_SE = math.sqrt(math.pi / 2)  # error of a median over that of a mean, normal law


def observed_ratio(finding: Finding, kind: str) -> float:
    """Return the observed value as a positive number: a change as 1 + change."""
    value = float(finding.value if finding.value is not None else math.nan)
    if kind == "change":
        return 1.0 + value * unit_of(kind, finding.unit).factor
    if finding.contrast:
        return value * unit_of(kind, finding.unit).factor
    return value


def spread(dispersion: Dispersion | None, value: float, n: int | None) -> float | None:
    """Return the SD between people as a share of ``value``; None where none is told."""
    if dispersion is None or value == 0:
        return None
    count = n or ASSUMED_N
    kind, low, high = dispersion.kind, dispersion.low, dispersion.high
    if kind == "cv":
        return low
    if kind == "sd":
        return low / abs(value)
    if kind == "se":
        return low * math.sqrt(count) / abs(value)
    if kind == "range":
        return (high - low) / expected_range(count) / abs(value)
    if kind == "iqr":
        return (high - low) / _IQR_SD / abs(value)
    return (high - low) / (2 * _width(kind)) * math.sqrt(count) / abs(value)


def log_error(finding: Finding, own_spread: float) -> float:
    """Return the standard error of the logarithm of the observed value.

    Parameters
    ----------
    finding : Finding
    own_spread : float
        The model's spread between people, as a share; used where the study tells none.
    """
    value, n = float(finding.value or 0.0), finding.n or ASSUMED_N
    told = finding.dispersion
    if told is not None and finding.contrast == "change":
        # A change of -58 % is 0.42 of the comparator: its spread is a share of that.
        scale = unit_of("change", finding.unit).factor
        low, high = told.low * scale, told.high * scale
        shift = 1.0 if told.kind in ("ci95", "ci90", "range", "iqr") else 0.0
        told = Dispersion(told.kind, low + shift, high + shift)
        value = 1.0 + value * scale
    share = spread(told, value, n)
    error = (max(own_spread, LEAST_SPREAD) if share is None else share) / math.sqrt(n)
    if finding.statistic == "median":
        error *= _MEDIAN_SE
    about = ABOUT if finding.approx else 0.0
    return math.sqrt(error**2 + about**2 + finding.reading_error**2)


def expected_range(n: int) -> float:
    """Return the expected range of ``n`` normal draws, in SDs (Blom's approximation)."""
    return 2 * float(ndtri((max(n, 2) - 0.375) / (max(n, 2) + 0.25)))


def _width(kind: str) -> float:
    """Return half the width of a confidence interval, in standard errors."""
    return float(norm.ppf(0.975 if kind == "ci95" else 0.95))
