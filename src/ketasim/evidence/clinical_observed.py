"""How sure a clinical observation is: from what a study prints, or from how many it studied.

Where a study prints no spread, that of a change is taken as `USUAL_SD` MADRS points (the SD of
changes at four weeks in the esketamine trials is 13 to 15, at a day 9 to 11), of a peak as its
own size, of a time as its own size. Shares have the error of a binomial, with half a patient
added to both sides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from scipy.stats import norm

from ketasim.evidence.clinical_words import unit_of_finding
from ketasim.evidence.finding import Finding
from ketasim.evidence.observed import ABOUT, expected_range
from ketasim.trial.scales import scale

USUAL_SD = 11.0  # MADRS points
IQR_SD = 1.349  # width of the middle half in SDs
SHARE_FLOOR = 0.5  # of a patient


def observed_and_se(findings: Iterable[Finding]) -> tuple[np.ndarray, np.ndarray]:
    """Return the observed value and its standard error, each shape (findings,).

    Both in the finding's unit; NaN where nothing was observed. Of an odds or risk ratio the error
    is that of the logarithm times the value. Of ``superior`` the error is 0.5.
    """
    chosen = tuple(findings)
    told = [f.value is not None and bool(f.measure) for f in chosen]
    values = [float(f.value or 0.0) if t else math.nan for f, t in zip(chosen, told, strict=True)]
    errors = [standard_error(f) if t else math.nan for f, t in zip(chosen, told, strict=True)]
    return np.array(values), np.array(errors)


def standard_error(finding: Finding) -> float:
    """Return the standard error of one observed value, in its unit."""
    value = float(finding.value or 0.0)
    about = (ABOUT if finding.approx else 0.0, finding.reading_error)
    return math.hypot(_sampling(finding, value), *(abs(value) * each for each in about))


def _sampling(finding: Finding, value: float) -> float:
    from ketasim.evidence.clinical_expectation import numbers

    n, m = numbers(finding)
    if finding.statistic == "sd":
        return value / math.sqrt(2 * max(n - 1, 1))
    told = _told(finding, value, n, m)
    if told is not None:
        return told
    unit = unit_of_finding(finding.measure, finding.contrast) if finding.measure else ""
    if unit == "yes":
        return 0.5
    if unit == "ratio":
        return abs(value) * _log_ratio_error(finding, n, m)
    if unit == "SMD":
        return math.sqrt(1 / n + 1 / m + value**2 / (2 * (n + m)))
    both = 1 / n + (1 / m if finding.contrast else 0.0)
    return _spread(finding, value, n) * math.sqrt(both)


def _told(finding: Finding, value: float, n: int, m: int) -> float | None:
    """Return the error that follows from the printed spread; None where none is printed."""
    told = finding.dispersion
    if told is None:
        return None
    if told.kind == "se":
        return told.low
    if told.kind in ("ci95", "ci90"):
        z = float(norm.ppf(0.975 if told.kind == "ci95" else 0.95))
        if finding.contrast in ("odds ratio", "risk ratio") and told.low > 0:
            return value * math.log(told.high / told.low) / (2 * z)
        return (told.high - told.low) / (2 * z)
    sd = {
        "sd": lambda: told.low,
        "cv": lambda: told.low * abs(value),
        "iqr": lambda: (told.high - told.low) / IQR_SD,
        "range": lambda: (told.high - told.low) / expected_range(n),
    }[told.kind]()
    return sd * math.sqrt(1 / n + (1 / m if finding.contrast == "difference" else 0.0))


def _spread(finding: Finding, value: float, n: int) -> float:
    """Return the usual SD between patients, in the unit of the endpoint."""
    clinical = finding.clinical
    assert clinical is not None
    unit = unit_of_finding(finding.measure, "") if finding.measure else finding.unit
    if finding.measure == "percent change":
        return 35.0  # % of baseline: about USUAL_SD over 32 points
    if unit == "%" and not finding.contrast:
        share = (value / 100 * n + SHARE_FLOOR) / (n + 2 * SHARE_FLOOR)
        return 100 * math.sqrt(share * (1 - share))
    if unit == "%":
        return 50.0  # of a difference the shares themselves are not told
    if clinical.is_acute or unit == "d":
        return max(abs(value), 1e-6)
    return scale(clinical.scale).slope * USUAL_SD


def _log_ratio_error(finding: Finding, n: int, m: int) -> float:
    """Return the error of a log ratio of two shares about one half."""
    each = 4.0 if finding.contrast == "odds ratio" else 1.0
    return math.sqrt(each / n + each / m)
