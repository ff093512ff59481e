"""One finding's numbers against what was observed: an `Outcome` (the rules: see `verdicts`)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ketasim.evidence import directions
from ketasim.evidence.finding import Finding
from ketasim.evidence.observed import log_error, observed_ratio, spread
from ketasim.evidence.quantities import unit_of
from ketasim.evidence.runner import kind_of

VERDICTS = ("reproduced", "not resolved", "contradicted", "out of scope")
CROWD = 100  # participants in each draw, where shares of people are counted
LEAST_USABLE = 0.5  # of the draws must have an effect of the drug alone
LEAST_SHARE = 0.5 / CROWD  # half a participant: a share of none or all has no ratio
Z95, Z90 = 1.96, 1.645
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
        direction: the effect, or the share left of it (see `directions.shown`), ``observed`` NaN.
    log_fold : float
        D, the logarithm of predicted over observed; NaN for a direction.
    log_sd : float
        SD of D.
    agreement : float
        Share of draws that show the direction; NaN for a value.
    as_tabled : bool or None
        Whether the tables' own values show the direction; None for a value.
    observed_spread, predicted_spread : float
        SD between people as a share of the value; NaN where unknown.
    tabled : float
        Of a clinical finding, the prediction with the tables' values. There ``predicted`` is the
        median of trials, ``low`` to ``high`` hold 90 % of them; of a yes or no, ``predicted`` is
        the chance of yes and ``agreement`` that of what was seen.
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
    as_tabled: bool | None = None
    observed_spread: float = math.nan
    predicted_spread: float = math.nan
    tabled: float = math.nan

    @property
    def interval_z(self) -> float:
        """Half the width of the interval from ``low`` to ``high``, in SDs of a normal law."""
        return Z95 if self.finding.clinical is None else Z90

    @property
    def fold(self) -> float:
        """Predicted over observed."""
        return math.exp(self.log_fold)


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
        return Outcome(finding, "not resolved", reason, observed=observed_number(finding))
    shown = shown[:, fine]
    statistic = STATISTICS[finding.statistic]
    central = statistic(shown[0]) / (statistic(shown[1]) if len(shown) == 2 else 1.0)
    each = shown[0] / shown[1] if len(shown) == 2 else shown[0]
    own = float(np.std(each) / abs(np.mean(each))) if np.mean(each) else math.nan
    outcome = _value(finding, central, float(np.std(np.log(unsure[1:] / unsure[0]))), own)
    return replace(outcome, reason=reason)


def judge_share(finding: Finding, shares: np.ndarray) -> Outcome:
    """Return the verdict on a share of people, or on how two shares compare.

    Parameters
    ----------
    finding : Finding
    shares : ndarray, shape (1 or 2, 1 + draws)
        Of participants: as tabled, then in each draw.
    """
    inside = np.clip(shares, LEAST_SHARE, 1 - LEAST_SHARE)
    if not finding.contrast:
        scale = unit_of(kind_of(finding), finding.unit).factor
        inside = np.clip(shares * scale, LEAST_SHARE, 1 - LEAST_SHARE) / scale
        p = float(inside[0, 0]) * scale
        return _value(finding, float(inside[0, 0]), _log_sd(inside[0]), math.sqrt((1 - p) / p))
    if finding.contrast == "odds ratio":
        inside = inside / (1 - inside)
    ratio = inside[0] / inside[1]
    p = float(np.clip(shares[0, 0], LEAST_SHARE, 1 - LEAST_SHARE))
    return _value(finding, float(ratio[0]), _log_sd(ratio), math.sqrt((1 - p) / p))


def _log_sd(numbers: np.ndarray) -> float:
    """Return the SD of the logarithm of draws (all but the first) over the first."""
    return float(np.std(np.log(numbers[1:] / numbers[0])))


def judge_direction(finding: Finding, parts: np.ndarray, rest: float) -> Outcome:
    """Return the verdict on a direction.

    Parameters
    ----------
    finding : Finding
    parts : ndarray, shape (arms, 1 + draws)
        As from `runner.sides`: as tabled, then each draw.
    rest : float
        Of the output; 1 for a concentration.
    """
    number, says = directions.shown(finding, parts, rest)
    there = directions.has_reference(finding, parts, rest)
    mute = int((~there[1:]).sum())
    draws = len(number) - 1
    reason = f"the drug alone has no effect in {mute} of {draws} draws" if mute else ""
    usable = there[1:] & np.isfinite(number[1:])
    if usable.sum() < LEAST_USABLE * draws:
        verdict = "contradicted" if mute >= AGREE * draws and not there[0] else "not resolved"
        tabled = float(number[0]) if there[0] else math.nan
        right = bool(says[0] and there[0])
        said = reason or "not computed"
        return Outcome(finding, verdict, said, predicted=tabled, as_tabled=right)
    share = float(says[1:][usable].mean())
    verdict = "not resolved"
    if share >= AGREE:
        verdict = "reproduced"
    elif share <= DISAGREE:
        verdict = "contradicted"
    low, high = np.quantile(number[1:][usable], [0.025, 0.975])
    return Outcome(
        finding,
        verdict,
        reason,
        predicted=float(number[0]),
        low=float(low),
        high=float(high),
        agreement=share,
        as_tabled=bool(says[0] and there[0]),
    )


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
        observed=observed_number(finding),
        predicted=_as_printed(central, finding),
        low=_as_printed(low, finding),
        high=_as_printed(high, finding),
        log_fold=log_fold,
        log_sd=total,
        observed_spread=math.nan if told is None or finding.contrast else told,
        predicted_spread=own,
    )


def observed_number(finding: Finding) -> float:
    """Return the observed value; NaN for a direction."""
    return math.nan if finding.value is None else float(finding.value)


def _as_printed(ratio: float, finding: Finding) -> float:
    """Return a ratio as the finding prints it: a change in its unit; other values as they are."""
    if kind_of(finding) == "change":
        return (ratio - 1.0) / unit_of("change", finding.unit).factor
    if finding.contrast:
        return ratio / unit_of(finding.contrast, finding.unit).factor
    return ratio
