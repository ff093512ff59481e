"""Two forecasts that know no biology, to see what the model adds to them.

Both are made from the findings marked *calibrate* and go through the same door as the model: a
median and a 90 % interval for each finding.

*Calibration mean*: the mean of the calibration findings on the same endpoint, contrast and class of
arm (control or treated); where there are fewer than two, on the same kind of quantity and class.
The finding itself is left out. The interval is that of one more finding of the same spread.

*Exponential*: on a control the score changes by a constant; a drug adds an effect that is there at
once, counts in full until 24 h after the last dose and then decays with one time constant. Patients
scatter about it by a normal law. These four numbers are fitted to the calibration findings by least
squares; the interval holds the SD of what is left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.evidence.clinical_expectation import LEAST_SHARE
from ketasim.evidence.clinical_observed import observed_and_se
from ketasim.evidence.clinical_words import unit_of_finding
from ketasim.evidence.finding import Arm, Finding
from ketasim.trial.scales import scale, scales

Z90 = 1.645
FULL_UNTIL_H = 24.0
USUAL_BASELINE = 33.0  # MADRS points, where a study prints none
PLACEBO_DRUGS = ("midazolam",)
H_PER_DAY = 24.0
_START = (-5.0, -10.0, math.log(240.0), math.log(10.0))
_LOW = (-30.0, -40.0, math.log(12.0), math.log(2.0))
_HIGH = (10.0, 10.0, math.log(2000.0), math.log(30.0))


@dataclass(frozen=True)
class Forecast:
    """A median and the 90 % interval about it, in a finding's unit."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Exponential:
    """The descriptive model's four numbers.

    Attributes
    ----------
    control, drug : float
        Change on a control, and what a drug adds [MADRS points].
    keep_h : float
        Time in which the added effect falls to 1/e [h].
    sd : float
        Between patients [MADRS points].
    """

    control: float
    drug: float
    keep_h: float
    sd: float


def class_of(arm: Arm | None) -> str:
    """Return what an arm got besides what every arm got.

    ``control``: nothing, saline or an active placebo; ``drug``: doses of anything else; ``other``:
    tablets, a device, psychotherapy; empty for no arm.
    """
    if arm is None:
        return ""
    own = arm.regimen if arm.group is None or arm.group.own is None else arm.group.own
    if {dose.drug.name for dose in own.doses if dose.drug is not None} - set(PLACEBO_DRUGS):
        return "drug"
    return "other" if own.holds else "control"


def calibration_mean(findings: Sequence[Finding]) -> dict[Finding, Forecast]:
    """Return the forecast of every finding of which there are others to take a mean of."""
    ground = [each for each in findings if each.role == "calibrate" and each.counts]
    found = {}
    for finding in findings:
        for key in (_class, _kind):
            others = [f for f in ground if f is not finding and key(f) == key(finding)]
            if len(others) >= 2:
                found[finding] = _about_mean([_plain(f) for f in others], finding)
                break
    return found


def _class(finding: Finding) -> tuple[object, ...]:
    """Return what two findings share that may stand for one another."""
    clinical = finding.clinical
    assert clinical is not None
    own = clinical.scale if clinical.is_acute else "mood"
    arms = class_of(finding.arm), class_of(finding.comparator)
    return finding.measure, finding.contrast, own, *arms


def _kind(finding: Finding) -> tuple[object, ...]:
    clinical = finding.clinical
    assert clinical is not None
    unit = unit_of_finding(finding.measure, finding.contrast)
    return unit, clinical.is_acute, bool(finding.contrast), class_of(finding.arm)


def _size(finding: Finding) -> float:
    """Return how many points of a finding's scale are one of MADRS; 1 for all else."""
    clinical = finding.clinical
    assert clinical is not None
    points = unit_of_finding(finding.measure, finding.contrast) == "points"
    return scale(clinical.scale).slope if points and clinical.scale in scales() else 1.0


def _plain(finding: Finding) -> float:
    return float(finding.value or 0.0) / _size(finding)


def _about_mean(values: Sequence[float], finding: Finding) -> Forecast:
    size, n = _size(finding), len(values)
    spread = Z90 * float(np.std(values, ddof=1)) * math.sqrt(1 + 1 / n)
    mean = float(np.mean(values))
    return _possible(finding, Forecast(mean * size, (mean - spread) * size, (mean + spread) * size))


def _possible(finding: Finding, given: Forecast) -> Forecast:
    """Return a forecast within what its quantity can be: a share within 0 and 100 %."""
    unit = unit_of_finding(finding.measure, finding.contrast)
    plain = not finding.contrast and finding.measure != "percent change"
    high = 100.0 if unit == "%" and plain else math.inf
    low = 0.0 if unit in ("d", "ratio") or math.isfinite(high) else -math.inf
    return Forecast(*(min(max(each, low), high) for each in (given.median, given.low, given.high)))


def exponential(findings: Sequence[Finding]) -> dict[Finding, Forecast]:
    """Return the descriptive model's forecast of every finding on mood that it can describe."""
    shown = [each for each in findings if _can_describe(each)]
    ground = [f for f in shown if f.role == "calibrate" and f.counts]
    if len(ground) <= len(_START):
        return {}
    fitted = fit_exponential(ground)
    left = _residual_spread(ground, fitted)
    found = {}
    for finding in shown:
        unit = unit_of_finding(finding.measure, finding.contrast)
        if unit not in left:
            continue
        middle, spread = described(finding, fitted), Z90 * left[unit] * _size(finding)
        if unit == "ratio":
            found[finding] = Forecast(middle, middle / math.exp(spread), middle * math.exp(spread))
        else:
            found[finding] = _possible(finding, Forecast(middle, middle - spread, middle + spread))
    return found


def fit_exponential(findings: Sequence[Finding]) -> Exponential:
    """Return the numbers that describe findings best, each in units of its own error."""
    from scipy.optimize import least_squares

    observed, errors = observed_and_se(findings)

    def misses(numbers: np.ndarray) -> np.ndarray:
        given = _numbers(numbers)
        shown = np.array([described(finding, given) for finding in findings])
        return np.clip((shown - observed) / errors, -20, 20)

    found = least_squares(misses, _START, bounds=(_LOW, _HIGH), loss="soft_l1")
    return _numbers(found.x)


def _numbers(given: np.ndarray) -> Exponential:
    control, drug, keep, sd = (float(number) for number in given)
    return Exponential(control, drug, math.exp(keep), math.exp(sd))


def _residual_spread(findings: Sequence[Finding], fitted: Exponential) -> dict[str, float]:
    """Return the SD of what is left, by unit; points as of MADRS, ratios as logarithms."""
    left: dict[str, list[float]] = {}
    for finding in findings:
        unit = unit_of_finding(finding.measure, finding.contrast)
        shown, seen = described(finding, fitted), float(finding.value or 0.0)
        miss = math.log(shown / seen) if unit == "ratio" else (shown - seen) / _size(finding)
        left.setdefault(unit, []).append(miss)
    every = [m / {"%": 10.0, "points": 4.0}.get(u, 1.0) for u, many in left.items() for m in many]
    usual = float(np.sqrt(np.mean(np.square(every))))
    sizes = {"%": 10.0, "points": 4.0, "SMD": 0.4, "ratio": 0.7, "d": 10.0}
    return {
        unit: float(np.sqrt(np.mean(np.square(left[unit]))))
        if len(left.get(unit, ())) >= 2
        else usual * size
        for unit, size in sizes.items()
    }


def _can_describe(finding: Finding) -> bool:
    clinical = finding.clinical
    assert clinical is not None
    unit = unit_of_finding(finding.measure, finding.contrast) if finding.measure else "yes"
    if "other" in {class_of(arm) for arm in finding.every_arm}:
        return False
    return unit != "yes" and not clinical.is_acute and finding.measure != "dropout"


def described(finding: Finding, given: Exponential) -> float:
    """Return what the descriptive model says of one finding, in its unit."""
    arm = _of_arm(finding, finding.arm, given)
    if not finding.contrast:
        return arm
    other = _of_arm(finding, finding.comparator, given)
    if finding.contrast == "difference":
        return arm - other
    clinical = finding.clinical
    assert clinical is not None
    if finding.contrast == "effect size":
        if finding.measure == "change":
            return (other - arm) / (given.sd * scale(clinical.scale).slope)
        return (arm - other) / 50.0
    p, q = (min(max(each / 100, LEAST_SHARE), 1 - LEAST_SHARE) for each in (arm, other))
    return p / q if finding.contrast == "risk ratio" else p / (1 - p) / (q / (1 - q))


def _of_arm(finding: Finding, arm: Arm | None, given: Exponential) -> float:
    from scipy.special import ndtr

    clinical = finding.clinical
    assert arm is not None
    assert clinical is not None
    own, before = scale(clinical.scale), _baseline(arm)
    word, start_h = finding.measure, clinical.from_h or 0.0
    end_h = clinical.at_h if clinical.at_h is not None else clinical.to_h or start_h
    late = before + _change(arm, end_h, given)
    if word in ("change", "percent change", "score"):
        early = before if word != "change" or not start_h else before + _change(arm, start_h, given)
        if word == "score":
            return own.intercept + own.slope * late
        if word == "change":
            return own.slope * (late - early)
        return 100 * (late - early) / before
    if word in ("relapse", "relapse-free", "time to relapse"):
        return _of_relapse(word, (end_h - start_h) / H_PER_DAY, given)
    share = own.response_share if clinical.share is None else clinical.share
    cut_points = own.remission_cut if clinical.cut is None else clinical.cut
    remits = "remission" in word
    cut = own.madrs(cut_points or 0.0) if remits else (1 - share) * before
    if word.startswith("any"):
        late = before + min(_change(arm, t, given) for t in (end_h, max(start_h, FULL_UNTIL_H)))
    return 100 * float(ndtr((cut - late) / given.sd))


def _of_relapse(word: str, days: float, given: Exponential) -> float:
    """Return when half of the effect is gone [d], or the share that has lost so much [%]."""
    half_d = (FULL_UNTIL_H + given.keep_h * math.log(2)) / H_PER_DAY
    if word == "time to relapse":
        return half_d
    lost = 100 * (1 - 0.5 ** (days / half_d))
    return lost if word == "relapse" else 100 - lost


def _change(arm: Arm, at_h: float, given: Exponential) -> float:
    """Return the change of the score at a time [MADRS points]."""
    if at_h <= 0:
        return 0.0
    if class_of(arm) == "control":
        return given.control
    starts = [d.start_h for d in arm.regimen.doses if d.drug is not None and d.start_h < at_h]
    late_h = max(0.0, at_h - max(starts, default=at_h) - FULL_UNTIL_H)
    return given.control + given.drug * math.exp(-late_h / given.keep_h)


def _baseline(arm: Arm) -> float:
    """Return the mean MADRS before treatment."""
    group = arm.group
    if group is None or group.baseline is None:
        return USUAL_BASELINE
    return scale(group.scale).madrs(group.baseline[0])


def baselines(findings: Sequence[Finding]) -> Mapping[str, dict[Finding, Forecast]]:
    """Return both forecasts, by name."""
    return {
        "calibration mean": calibration_mean(findings),
        "exponential": exponential(findings),
    }
