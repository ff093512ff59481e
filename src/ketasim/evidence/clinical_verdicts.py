"""Verdicts on clinical findings.

**Prediction.** Trials of the study's own size, of virtual patients let in as the study let them in
and rated as it rated them, under draws of what is not known of the parameters and of how trials
differ (`clinical_runner`). Their median is the prediction; 90 % of them lie in its interval. So
chance, differences between trials and what is not known are all in it, and the observed value is
set against it as it stands.

**Values.**

- *reproduced*: the observed value lies in the interval, and the median is near it;
- *contradicted*: it lies outside;
- *not resolved*: it lies in the interval, but the median is not near: the interval is too wide to
  tell;
- *out of scope*: it cannot be run, or its patients are refused, and it is said why.

A share counts as inside to half a percentage point, to which it is printed. Near is within 4
MADRS points (on other scales as many points as 4 of MADRS are), 15 percentage points, 0.4 SD, a
factor of 1.6 for times, of 2 for odds and risk ratios, of 1.5 for the size of acute effects.

**Yes or no** (``superior``). The chance of what was seen, over the same trials: reproduced from one
half on, contradicted below one tenth, else not resolved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ketasim.evidence.clinical_pools import why_not
from ketasim.evidence.clinical_runner import Predictive, Size, predict_trials
from ketasim.evidence.clinical_words import unit_of_finding
from ketasim.evidence.finding import Finding
from ketasim.evidence.judgement import Outcome, observed_number
from ketasim.model import Model
from ketasim.trial.scales import scale, scales

LOW, HIGH = 0.05, 0.95
NEAR_POINTS, NEAR_PERCENT, NEAR_SMD = 4.0, 15.0, 0.4
NEAR_FOLD_TIME, NEAR_FOLD_RATIO, NEAR_FOLD_ACUTE = 1.6, 2.0, 1.5
LIKELY, UNLIKELY = 0.5, 0.1
ROUNDED_PERCENT = 0.5 + 1e-9
LEAST_TRIALS = 0.5  # of those drawn must give a number


def judge_trials(
    findings: Sequence[Finding], model: Model | None, seed: int, size: Size | None = None
) -> dict[Finding, Outcome]:
    """Return the outcome of each clinical finding."""
    size = size or Size()
    missing = {finding: why_not(finding, model) for finding in findings}
    predicted = predict_trials([f for f in findings if not missing[f]], model, seed, size)
    return {
        finding: judge_trial(finding, predicted[finding], size.draws * size.trials)
        if not missing[finding]
        else Outcome(finding, "out of scope", missing[finding], observed_number(finding))
        for finding in findings
    }


def judge_trial(finding: Finding, predicted: Predictive, trials: int) -> Outcome:
    """Return the verdict on one clinical finding.

    Parameters
    ----------
    finding : Finding
    predicted : Predictive
    trials : int
        How many were drawn; fewer give a number where the finding is of few of their patients.
    """
    observed, given = observed_number(finding), predicted.trials
    reason = f"no such patients in {trials - len(given)} of {trials} trials"
    reason = "" if len(given) == trials else reason
    if len(given) < LEAST_TRIALS * trials:
        return Outcome(finding, "not resolved", reason, observed)
    if unit_of_finding(finding.measure, finding.contrast) == "yes":
        return _judge_yes(finding, predicted, reason)
    low, median, high = (float(q) for q in np.quantile(given, [LOW, 0.5, HIGH]))
    inside = is_inside(finding, low, high)
    verdict = "contradicted"
    if inside:
        verdict = "reproduced" if is_near(finding, median) else "not resolved"
    return Outcome(
        finding,
        verdict,
        reason,
        observed=observed,
        predicted=median,
        low=low,
        high=high,
        tabled=predicted.tabled,
    )


def is_inside(finding: Finding, low: float, high: float) -> bool:
    """Return whether what was observed, as it is printed, lies in an interval.

    Shares are of whole patients and printed in rounded %: 1 of 16 is 6 %, not 6.25.
    """
    share = finding.unit == "%" and not finding.contrast and finding.measure != "percent change"
    slack = ROUNDED_PERCENT if share else 1e-9
    return low - slack <= observed_number(finding) <= high + slack


def _judge_yes(finding: Finding, predicted: Predictive, reason: str) -> Outcome:
    chance = float(predicted.trials.mean())
    seen = chance if finding.value == 1 else 1 - chance
    verdict = "reproduced" if seen >= LIKELY else "not resolved"
    return Outcome(
        finding,
        "contradicted" if seen < UNLIKELY else verdict,
        reason,
        observed=observed_number(finding),
        predicted=chance,
        agreement=seen,
        as_tabled=bool(predicted.tabled == finding.value),
        tabled=predicted.tabled,
    )


def is_near(finding: Finding, predicted: float) -> bool:
    """Return whether a prediction is close enough to tell what the study saw."""
    observed = observed_number(finding)
    near, fold = tolerance(finding)
    if not fold:
        return abs(predicted - observed) <= near
    if min(predicted, observed) <= 0:
        return predicted == observed
    return abs(math.log(predicted / observed)) <= math.log(near)


def tolerance(finding: Finding) -> tuple[float, bool]:
    """Return how near is near, in the finding's unit, and whether as a factor."""
    unit = unit_of_finding(finding.measure, finding.contrast)
    clinical = finding.clinical
    assert clinical is not None
    if unit == "%" or finding.unit == "%":
        return NEAR_PERCENT, False
    if unit == "SMD":
        return NEAR_SMD, False
    if unit in ("d", "ratio"):
        return (NEAR_FOLD_TIME if unit == "d" else NEAR_FOLD_RATIO), True
    if clinical.scale not in scales():
        return NEAR_FOLD_ACUTE, True
    return NEAR_POINTS * scale(clinical.scale).slope, False
