"""From what a model shows to how likely a study would report what it reported.

**Directions.** The study saw the model's effect plus a normal error: that of two groups of its
size, and what a right model would still miss (`DISCREPANCY`). *up* is reported where what is seen
lies beyond the finding's threshold and beyond 1.96 of the groups' own errors; *down* alike; *none*
otherwise. What is *blocked*, *attenuated*, *kept* or *prolonged* is a share of the drug's effect,
whose error grows as that effect shrinks; and the drug alone has to be seen to work.

**Values.** The logarithm of predicted over observed is normal, with the observation's error and a
discrepancy. Trials are compared in points, per cent or effect sizes, with the discrepancy of
`clinical_fit` and a share for what trials differ by.

The chance that the report itself is wrong is added in `likelihood`.
"""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr, ndtr

from ketasim.evidence import directions
from ketasim.evidence.clinical_observed import standard_error
from ketasim.evidence.finding import Finding
from ketasim.evidence.measures import MEASURES
from ketasim.evidence.observed import ASSUMED_N, LEAST_SPREAD, log_error, observed_ratio
from ketasim.evidence.runner import kind_of
from ketasim.inference.clinical_fit import DISCREPANCY as POINTS

SCALE_SD = 0.6
"""SD between animals of a read-out with a scale, in full effects: a full effect has d = 1.7."""
RATIO_SD = 0.3
"""SD between animals of a read-out compared as a ratio."""
DISCREPANCY = 0.1
"""What a right model would still miss by, in effects (assumed)."""
LOG_DISCREPANCY = 0.3
"""The same of a value, on the log scale (assumed)."""
BETWEEN_TRIALS = 0.25
"""What trials differ by, as a share of what they saw (assumed; han2016 finds as much)."""
SIGNIFICANT = 1.96
WIDE = 3.0
"""A wrong value lies so many times farther away."""
LEAST_EFFECT = 1e-3
LOG_FLOOR = -30.0


def group_error(finding: Finding, scale: float | None) -> float:
    """Return the standard error of a difference of two groups, in effects."""
    n = finding.n or ASSUMED_N
    return (RATIO_SD if scale is None else SCALE_SD) * np.sqrt(2.0 / n)


def log_chance(finding: Finding, shown: np.ndarray, rest: float) -> np.ndarray:
    """Return the log of how likely a sound study reports what this one did, shape (k,).

    Parameters
    ----------
    finding : Finding
    shown : ndarray, shape (arms, k)
        As from `runner.sides`; of a clinical finding its expected value, shape (1, k).
    rest : float
        Resting value of the output.

    Returns
    -------
    ndarray, shape (k,)
        For a direction at most 0; for a value a log density, 0 at its top. A setting that could
        not be computed has the floor.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if finding.clinical is not None:
            found = _trial(finding, shown[0])
        elif not finding.direction:
            found = _value(finding, shown)
        elif finding.direction in directions.LEFT:
            found = _left(finding, shown, rest)
        elif finding.direction == "biphasic":
            found = _biphasic(finding, shown, rest)
        else:
            found = _plain(finding, shown, rest)
    return np.maximum(np.where(np.isfinite(found), found, LOG_FLOOR), LOG_FLOOR)


def log_wrong(finding: Finding) -> float:
    """Return the log of how likely the report is if it is wrong: even odds, or a wide law."""
    return -np.log(2.0) if finding.direction else -np.log(WIDE)


def bounds(finding: Finding, scale: float | None) -> tuple[float, float]:
    """Return from which effect on a change is reported, and the error of what is seen."""
    error = group_error(finding, scale)
    bound = max(finding.threshold, SIGNIFICANT * error)
    return bound, float(np.hypot(error, DISCREPANCY))


def effects(finding: Finding, shown: np.ndarray, rest: float) -> tuple[np.ndarray, float, float]:
    """Return the effect of each arm against its comparator, the bound and the error."""
    scale = directions.scale_of(finding, rest)
    sign = finding.readout.sign if finding.readout and not MEASURES[finding.measure].kind else 1
    bound, error = bounds(finding, scale)
    if finding.direction == "biphasic":
        found = [directions.effect(arm, shown[-1], scale, sign) for arm in shown[:-1]]
    else:
        pairs = zip(shown[::2], shown[1::2], strict=True)
        found = [directions.effect(arm, other, scale, sign) for arm, other in pairs]
    return np.array(found), bound, error


def _plain(finding: Finding, shown: np.ndarray, rest: float) -> np.ndarray:
    (effect,), bound, error = effects(finding, shown, rest)
    if finding.direction == "up":
        return log_ndtr((effect - bound) / error)
    if finding.direction == "down":
        return log_ndtr((-effect - bound) / error)
    return np.log(ndtr((bound - effect) / error) - ndtr((-bound - effect) / error))


def _left(finding: Finding, shown: np.ndarray, rest: float) -> np.ndarray:
    (treated, alone), bound, error = effects(finding, shown, rest)
    seen = log_ndtr((np.abs(alone) - bound) / error)
    size = np.maximum(np.abs(alone), LEAST_EFFECT)
    share = treated * np.sign(alone) / size
    spread = error * np.sqrt(1 + share**2) / size
    word = {
        "blocked": (directions.BLOCKED - share) / spread,
        "attenuated": (directions.ATTENUATED - share) / spread,
        "kept": (share - directions.KEPT) / spread,
        "prolonged": (share - directions.PROLONGED) / spread,
    }[finding.direction]
    return seen + log_ndtr(word)


def _biphasic(finding: Finding, shown: np.ndarray, rest: float) -> np.ndarray:
    each, bound, error = effects(finding, shown, rest)
    best = each.max(axis=0)
    pair = error * np.sqrt(2.0)
    falls = log_ndtr(((1 - finding.threshold) * best - each[-1]) / pair)
    rises = log_ndtr((best - each[0]) / pair)
    return log_ndtr((best - bound) / error) + falls + rises


def _value(finding: Finding, shown: np.ndarray) -> np.ndarray:
    number = shown[0] / shown[1] if len(shown) == 2 else shown[0]
    miss = np.log(number) - np.log(observed_ratio(finding, kind_of(finding)))
    return -((miss / value_error(finding)) ** 2) / 2


def value_error(finding: Finding) -> float:
    """Return the error of the logarithm of a value, discrepancy included."""
    return float(np.hypot(log_error(finding, LEAST_SPREAD), LOG_DISCREPANCY))


def _trial(finding: Finding, expected: np.ndarray) -> np.ndarray:
    return -(((expected - float(finding.value or 0.0)) / trial_error(finding)) ** 2) / 2


def trial_error(finding: Finding) -> float:
    """Return the error of a trial's value in its unit, discrepancy and trial included."""
    own = POINTS[finding.unit] * (0.5 if finding.contrast == "difference" else 1.0)
    between = BETWEEN_TRIALS * float(finding.value or 0.0)
    return float(np.sqrt(standard_error(finding) ** 2 + own**2 + between**2))
