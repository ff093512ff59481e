"""Time to an event: Kaplan-Meier, log-rank, hazard ratio, numbers at risk."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.trial.responders import Estimate, Z

MOST_STEPS = 40


@dataclass(frozen=True)
class Survival:
    """The share still without the event.

    Attributes
    ----------
    time_d : ndarray, shape (steps,)
        Days at which the curve steps, first 0.
    share, low, high : ndarray, shape (steps,)
        From each of these times on, with the 95 % interval.
    n, events : int
    last_d : float
        Where observation of the last patient ends [d].
    """

    time_d: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: int
    events: int
    last_d: float

    def at(self, day: float) -> tuple[float, float, float]:
        """Return the share without the event at a day, with its interval."""
        k = int(np.searchsorted(self.time_d, day, side="right")) - 1
        return float(self.share[k]), float(self.low[k]), float(self.high[k])


def kaplan_meier(days: np.ndarray, happened: np.ndarray) -> Survival:
    """Return the Kaplan-Meier curve with intervals on the log-minus-log scale.

    Parameters
    ----------
    days : ndarray, shape (n,)
        To the event or to the end of observation; NaN are left out.
    happened : ndarray of bool, shape (n,)
        Whether the event was seen.
    """
    from scipy.stats import CensoredData, ecdf

    days, happened = _told(days, happened)
    if not len(days):
        one = np.ones(1)
        return Survival(np.zeros(1), one, np.zeros(1), one, 0, 0, 0.0)
    found = ecdf(CensoredData.right_censored(days, ~happened)).sf
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # no interval where nobody is left
        interval = found.confidence_interval(method="log-log")
    share = np.asarray(found.probabilities)
    low, high = (np.asarray(end.probabilities) for end in (interval.low, interval.high))
    steps = np.concatenate([[True], np.diff(share) < 0]) & (share < 1)
    low = np.where(np.isfinite(low), low, np.where(share <= 0, 0.0, share))
    high = np.where(np.isfinite(high), high, np.where(share <= 0, np.nan, share))
    high = np.where(np.isnan(high), _before(high), high)
    return Survival(
        np.concatenate([[0.0], np.asarray(found.quantiles)[steps]]),
        *(np.concatenate([[1.0], part[steps]]) for part in (share, low, high)),
        n=len(days), events=int(happened.sum()), last_d=float(days.max()),
    )  # fmt: skip


def _before(values: np.ndarray) -> np.ndarray:
    """Return values with gaps filled from before."""
    place = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(values)), 0))
    return values[place]


def median_time(curve: Survival) -> tuple[float, float, float]:
    """Return the median time to the event [d] and its interval; infinity where not reached.

    The interval holds every day at which the interval of the curve holds one half (Brookmeyer &
    Crowley 1982, Biometrics 38:29).
    """

    def first(values: np.ndarray) -> float:
        below = np.flatnonzero(values <= 0.5)
        return float(curve.time_d[below[0]]) if len(below) else float("inf")

    return first(curve.share), first(curve.low), first(curve.high)


def at_risk(days: np.ndarray, times_d: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return how many are still observed and without the event just before each time."""
    days = np.asarray(days, dtype=float)
    return (days[None] >= np.asarray(times_d)[:, None]).sum(axis=1)


def log_rank(arm: tuple[np.ndarray, np.ndarray], control: tuple[np.ndarray, np.ndarray]) -> float:
    """Return the two-sided p value of the log-rank test; 1 where nothing happened.

    Parameters
    ----------
    arm, control : (ndarray, ndarray)
        Days, and whether the event was seen.
    """
    from scipy.stats import CensoredData, logrank

    groups = [_told(*group) for group in (arm, control)]
    if min(len(days) for days, _ in groups) == 0:
        return float("nan")
    if not any(seen.any() for _, seen in groups):
        return 1.0
    one, other = (CensoredData.right_censored(days, ~seen) for days, seen in groups)
    p = float(logrank(one, other).pvalue)
    return 1.0 if np.isnan(p) else p


def fewer_than_expected(
    arm: tuple[np.ndarray, np.ndarray], control: tuple[np.ndarray, np.ndarray]
) -> float:
    """Return by how many events the arm had fewer than if both groups were alike (log-rank).

    Parameters
    ----------
    arm, control : (ndarray, ndarray)
        Days, and whether the event was seen.
    """
    days, happened, is_arm = _joined(arm, control)
    expected = 0.0
    for day in np.unique(days[happened]):
        at_risk, now = days >= day, (days == day) & happened
        expected += now.sum() * (at_risk & is_arm).sum() / at_risk.sum()
    return float(expected - (happened & is_arm).sum())


def hazard_ratio(
    arm: tuple[np.ndarray, np.ndarray], control: tuple[np.ndarray, np.ndarray]
) -> Estimate:
    """Return the hazard ratio of arm to control from Cox's partial likelihood.

    Newton's method with Efron's rule for ties (Efron 1977, J Am Stat Assoc 72:557); Wald interval.
    Where one group has no event the ratio is 0 or infinite and its interval open.
    """
    days, happened, is_arm = _joined(arm, control)
    events = (int((happened & is_arm).sum()), int((happened & ~is_arm).sum()))
    nothing = float("nan")
    if not any(events):
        return Estimate(nothing, 0.0, float("inf"), nothing, nothing)
    if not all(events):
        value = 0.0 if not events[0] else float("inf")
        return Estimate(value, 0.0, float("inf"), nothing, nothing)
    sets = _risk_sets(days, happened, is_arm)
    beta = 0.0
    for _ in range(MOST_STEPS):
        slope, information = _cox(beta, *sets)
        step = float(np.clip(slope / information, -1.0, 1.0))
        beta += step
        if abs(step) < 1e-10:
            break
    se = float(1 / np.sqrt(_cox(beta, *sets)[1]))
    from scipy.special import ndtr

    p = 2 * float(ndtr(-abs(beta) / se))
    value, low, high = (float(np.exp(beta + k * Z * se)) for k in (0, -1, 1))
    return Estimate(value, low, high, se, p)


def _told(days: np.ndarray, happened: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    days = np.asarray(days, dtype=float)
    there = np.isfinite(days)
    return days[there], np.asarray(happened, dtype=bool)[there]


def _joined(
    arm: tuple[np.ndarray, np.ndarray], control: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    (a, seen_a), (c, seen_c) = _told(*arm), _told(*control)
    is_arm = np.arange(len(a) + len(c)) < len(a)
    return np.concatenate([a, c]), np.concatenate([seen_a, seen_c]), is_arm


def _risk_sets(
    days: np.ndarray, happened: np.ndarray, is_arm: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return, for every event, who is at risk and Efron's share of those tied already gone.

    Returns
    -------
    arm_events, events : ndarray
        Events at each time, in the arm and in all, repeated for each event of that time.
    arm_risk, control_risk : ndarray
        Patients at risk.
    gone : ndarray
        Share of the tied events that Efron's rule takes out of the risk set.
    """
    rows = []
    for day in np.unique(days[happened]):
        risk, now = days >= day, (days == day) & happened
        d, d_arm = int(now.sum()), int((now & is_arm).sum())
        risk_arm = int((risk & is_arm).sum())
        rows += [(d_arm, d, risk_arm, int(risk.sum()) - risk_arm, k / d) for k in range(d)]
    found = np.array(rows, dtype=float).T
    return found[0], found[1], found[2], found[3], found[4]


def _cox(
    beta: float,
    arm_events: np.ndarray,
    events: np.ndarray,
    arm_risk: np.ndarray,
    control_risk: np.ndarray,
    gone: np.ndarray,
) -> tuple[float, float]:
    """Return slope and information of the partial likelihood."""
    ratio = np.exp(beta)
    inside = ratio * (arm_risk - gone * arm_events)
    everybody = inside + control_risk - gone * (events - arm_events)
    share = inside / everybody
    return float((arm_events / events - share).sum()), float((share * (1 - share)).sum())
