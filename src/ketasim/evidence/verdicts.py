"""Verdicts: what the model says of each finding.

**Prediction.** The study's statistic (mean, median, ...) over virtual participants with the
tables' values is the central prediction. What is not known of the tables' values (column
``uncertainty``, the SD of a logarithm) is drawn jointly; each draw moves the prediction as it
moves the typical participant. Its 95 % interval is the central prediction times or over
exp(1.96 SD).

**Values.** D = log(predicted) − log(observed). Its 95 % interval also holds the observation's own
error: SD/√n or what the study prints; without it the model's spread between people over √n; what
is printed as "about" or read off a figure has more (`observed`). The band is ±log(`within`), by
default 1.5-fold.

- *reproduced*: D lies inside the band;
- *contradicted*: the interval of D lies wholly outside the band;
- *not resolved*: anything between, and numbers that could not be computed;
- *out of scope*: it cannot be run, and the finding says why, or names what the model lacks.

Ratios and percent changes against a comparator are compared as ratios (1 + change), of the two
statistics.

**Directions.** *up* and *down* are an effect of arm against comparator beyond `threshold` (10 %),
*none* one within it. Reproduced where at least 80 % of draws say so, contradicted where at most
20 % do.

``lowest`` and ``highest`` are the 5th and 95th percentile of the participants: the ends of a range
whose number of people is not told.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ketasim.evidence.experiments import what_is_missing
from ketasim.evidence.finding import Finding
from ketasim.evidence.observed import log_error, observed_ratio, spread
from ketasim.evidence.quantities import unit_of
from ketasim.evidence.runner import kind_of, model_for, predict_people, predict_uncertain
from ketasim.model import Model

VERDICTS = ("reproduced", "not resolved", "contradicted", "out of scope")
PEOPLE = 200
DRAWS = 32
Z95 = 1.96
MOST_LACKING = 0.05  # of participants may show no such number, as a half-life while levels rise
AGREE, DISAGREE = 0.8, 0.2
STATISTICS = {
    "mean": lambda x: float(np.mean(x)),
    "median": lambda x: float(np.median(x)),
    "geometric mean": lambda x: float(np.exp(np.mean(np.log(x)))),
    "lowest": lambda x: float(np.quantile(x, 0.05)),
    "highest": lambda x: float(np.quantile(x, 0.95)),
}


@dataclass(frozen=True, eq=False)
class Outcome:
    """A finding beside the model's prediction.

    Attributes
    ----------
    finding : Finding
    verdict : str
        One of `VERDICTS`.
    reason : str
        Why it is out of scope, or what failed.
    observed, predicted, low, high : float
        In the finding's unit; ``low`` to ``high`` is the 95 % interval of the prediction. For a
        direction: the effect as ratio of arm to comparator, ``observed`` NaN.
    log_fold : float
        D, the logarithm of predicted over observed; NaN for a direction.
    log_sd : float
        SD of D.
    agreement : float
        Share of draws that show the direction; NaN for a value.
    observed_spread, predicted_spread : float
        SD between people as a share of the value; NaN where unknown.
    """

    finding: Finding
    verdict: str
    reason: str = ""
    observed: float = math.nan
    predicted: float = math.nan
    low: float = math.nan
    high: float = math.nan
    log_fold: float = math.nan
    log_sd: float = math.nan
    agreement: float = math.nan
    observed_spread: float = math.nan
    predicted_spread: float = math.nan

    @property
    def fold(self) -> float:
        """Predicted over observed."""
        return math.exp(self.log_fold)


def predict(
    findings: Iterable[Finding],
    *,
    model: Model | None = None,
    seed: int = 1,
    people: int = PEOPLE,
    draws: int = DRAWS,
) -> tuple[Outcome, ...]:
    """Run findings and judge each.

    Parameters
    ----------
    findings : iterable of Finding
        From `load_findings`.
    model : Model, optional
        Default: the mechanisms the findings need.
    seed : int
        Of participants and of draws; the same seed gives the same numbers.
    people : int
        Virtual participants per arm.
    draws : int
        Draws of the uncertain values.

    Returns
    -------
    tuple of Outcome
        In the order of the findings.
    """
    chosen = tuple(findings)
    model = model or model_for(chosen)
    shown = predict_people(chosen, model, people, seed)
    unsure = predict_uncertain(chosen, model, draws, seed)
    found = []
    for each in chosen:
        missing = what_is_missing(each, model)
        if missing:
            found.append(Outcome(each, "out of scope", missing, _observed(each)))
        else:
            found.append(judge(each, shown[each], unsure[each]))
    return tuple(found)


def judge(finding: Finding, shown: np.ndarray, unsure: np.ndarray) -> Outcome:
    """Return the verdict on one finding.

    Parameters
    ----------
    finding : Finding
    shown : ndarray, shape (1, people) or (2, people)
        What participants show in the arm and, for a contrast, in the comparator.
    unsure : ndarray, shape (1 + draws,)
        Prediction for the typical participant: as tabled, then each draw.
    """
    fine = np.asarray(np.isfinite(shown).all(axis=0))
    lacking, unusable = int((~fine).sum()), int((~(unsure > 0)).sum())
    reason = f"not computed for {lacking} of {len(fine)} participants" if lacking else ""
    if lacking > MOST_LACKING * len(fine) or unusable:
        reason = "; ".join([reason or "not computed", f"{unusable} of {len(unsure)} draws"])
        return Outcome(finding, "not resolved", reason, observed=_observed(finding))
    shown = shown[:, fine]
    statistic = STATISTICS[finding.statistic]
    central = statistic(shown[0]) / (statistic(shown[1]) if len(shown) == 2 else 1.0)
    each = shown[0] / shown[1] if len(shown) == 2 else shown[0]
    own = float(np.std(each) / abs(np.mean(each))) if np.mean(each) else math.nan
    if finding.direction:
        outcome = _direction(finding, central * unsure[1:] / unsure[0], central, own)
    else:
        outcome = _value(finding, central, float(np.std(np.log(unsure[1:] / unsure[0]))), own)
    return replace(outcome, reason=reason)


def _value(finding: Finding, central: float, sd: float, own: float) -> Outcome:
    kind = kind_of(finding)
    error = log_error(finding, own)
    with np.errstate(divide="ignore"):
        log_fold = float(np.log(central) - np.log(observed_ratio(finding, kind)))
    total, band = math.hypot(sd, error), math.log(finding.within)
    if abs(log_fold) <= band:
        verdict = "reproduced"
    elif abs(log_fold) - Z95 * total > band:
        verdict = "contradicted"
    else:
        verdict = "not resolved"
    low, high = (central * math.exp(sign * Z95 * sd) for sign in (-1, 1))
    told = spread(finding.dispersion, float(finding.value or 0), finding.n)
    return Outcome(
        finding,
        verdict,
        observed=_observed(finding),
        predicted=_as_printed(central, finding),
        low=_as_printed(low, finding),
        high=_as_printed(high, finding),
        log_fold=log_fold,
        log_sd=total,
        observed_spread=math.nan if told is None or finding.contrast else told,
        predicted_spread=own,
    )


def _direction(finding: Finding, effects: np.ndarray, central: float, own: float) -> Outcome:
    up, down = effects > 1 + finding.threshold, effects < 1 - finding.threshold
    says = {"up": up, "down": down, "none": ~(up | down)}[finding.direction]
    share = float(says.mean())
    verdict = "not resolved"
    if share >= AGREE:
        verdict = "reproduced"
    elif share <= DISAGREE:
        verdict = "contradicted"
    low, high = np.quantile(effects, [0.025, 0.975])
    return Outcome(
        finding,
        verdict,
        predicted=central,
        low=float(low),
        high=float(high),
        agreement=share,
        predicted_spread=own,
    )


def _observed(finding: Finding) -> float:
    return math.nan if finding.value is None else float(finding.value)


def _as_printed(ratio: float, finding: Finding) -> float:
    """Return a ratio as the finding prints it: a change in its unit; other values as they are."""
    if kind_of(finding) == "change":
        return (ratio - 1.0) / unit_of("change", finding.unit).factor
    return ratio


def counted(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Return how many outcomes have each verdict."""
    return {verdict: sum(o.verdict == verdict for o in outcomes) for verdict in VERDICTS}
