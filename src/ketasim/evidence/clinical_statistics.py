"""Statistics of many small trials at once, as studies compute them.

Every row of an array is one trial of a study's size. What one trial gives stands in
`ketasim.trial.endpoints` and `ketasim.trial.two_groups`; the rules here are the same, for rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ketasim.trial.ancova import ancova
from ketasim.trial.endpoints import BETTER_HIGH, SHARES
from ketasim.trial.time_to_event import fewer_than_expected, log_rank
from ketasim.trial.two_groups import SIGNIFICANT_P

HALF_A_PATIENT = 0.5


@dataclass(frozen=True)
class Groups:
    """One endpoint in many groups of patients.

    Attributes
    ----------
    values : ndarray, shape (trials, n)
        Of each patient: points, %, days, or 1 and 0.
    happened : ndarray of bool, shape (trials, n)
        Of times: whether the event was seen.
    baseline : ndarray, shape (trials, n)
        Score before treatment.
    """

    values: np.ndarray
    happened: np.ndarray
    baseline: np.ndarray

    def take(self, rows: np.ndarray) -> Groups:
        """Return other groups from the one row there is; ``rows`` has shape (trials, n)."""
        return Groups(*(each[0][rows] for each in (self.values, self.happened, self.baseline)))


def of_groups(word: str, statistic: str, groups: Groups, longest_d: float) -> np.ndarray:
    """Return each group's value in the endpoint's unit, shape (trials,).

    Parameters
    ----------
    word : str
        An endpoint.
    statistic : str
        ``mean``, ``median`` or ``sd``; the median of times is Kaplan and Meier's, their mean is of
        those whom the event befell.
    groups : Groups
    longest_d : float
        How long times were followed [d]: what a median that is not reached counts as.
    """
    values = groups.values
    if word == "time to relapse":
        if statistic == "median":
            return np.minimum(middle_times(values, groups.happened), longest_d)
        seen = np.where(groups.happened, values, np.nan)
        with np.errstate(invalid="ignore"):
            return np.nansum(seen, axis=1) / groups.happened.sum(axis=1)
    if statistic == "sd":
        return values.std(axis=1, ddof=1)
    found = np.median(values, axis=1) if statistic == "median" else values.mean(axis=1)
    return 100.0 * found if word in SHARES else found


def middle_times(days: np.ndarray, happened: np.ndarray) -> np.ndarray:
    """Return the Kaplan-Meier median of each row [d]; infinite where half do not get there."""
    # events before censorings of the same day, as the estimate has it
    order = np.lexsort((~happened, days), axis=1)
    days = np.take_along_axis(days, order, axis=1)
    event = np.take_along_axis(happened, order, axis=1)
    at_risk = days.shape[1] - np.arange(days.shape[1])
    well = np.cumprod(np.where(event, 1 - 1 / at_risk, 1.0), axis=1)
    below = well <= 0.5 + 1e-12
    first = days[np.arange(len(days)), below.argmax(axis=1)]
    return np.where(below.any(axis=1), first, np.inf)


def compared(
    contrast: str, word: str, statistic: str, arm: Groups, other: Groups, *,
    paired: bool = False, longest_d: float = np.inf,
) -> np.ndarray:  # fmt: skip
    """Return a contrast of each pair of groups, shape (trials,); see `ketasim.trial.two_groups`."""
    if contrast == "difference":
        return of_groups(word, statistic, arm, longest_d) - of_groups(
            word, statistic, other, longest_d
        )
    if contrast == "superior":
        return _superior(word, arm, other, paired)
    if contrast == "effect size":
        gain = arm.values.mean(axis=1) - other.values.mean(axis=1)
        n, m = arm.values.shape[1], other.values.shape[1]
        squares = (n - 1) * arm.values.var(axis=1, ddof=1)
        squares = squares + (m - 1) * other.values.var(axis=1, ddof=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return _sign(word) * gain / np.sqrt(squares / (n + m - 2))
    return _ratio(contrast, arm.values, other.values)


def _sign(word: str) -> float:
    return 1.0 if word in BETTER_HIGH else -1.0


def _ratio(contrast: str, arm: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return odds or risk ratios; an empty cell adds half a patient to each."""
    cells = np.array([[each.sum(axis=1), (1 - each).sum(axis=1)] for each in (arm, other)])
    needed = cells if contrast == "odds ratio" else cells[:, :1]
    cells = cells + HALF_A_PATIENT * np.any(needed == 0, axis=(0, 1))
    (yes, no), (other_yes, other_no) = cells
    if contrast == "odds ratio":
        return yes * other_no / (no * other_yes)
    return yes / (yes + no) / (other_yes / (other_yes + other_no))


def _superior(word: str, arm: Groups, other: Groups, paired: bool) -> np.ndarray:
    """Return 1 where the arm is better with a two-sided p below 0.05, else 0."""
    if word == "time to relapse":
        return _times_superior(arm, other)
    if paired:
        gain, p = _paired(arm.values - other.values)
    elif word in SHARES:
        return _by_counts(word, arm.values, other.values)
    elif word == "change":
        gain, p = _adjusted(arm, other)
    else:
        gain, p = _welch(arm.values, other.values)
    return ((p < SIGNIFICANT_P) & (_sign(word) * gain > 0)).astype(float)


def _paired(gains: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and p of each row of differences within people."""
    from scipy.stats import t

    n = gains.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = gains.mean(axis=1) / (gains.std(axis=1, ddof=1) / np.sqrt(n))
    return gains.mean(axis=1), 2 * t.sf(np.abs(ratio), n - 1)


def _welch(arm: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.stats import ttest_ind

    gain = arm.mean(axis=1) - other.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return gain, np.asarray(ttest_ind(arm, other, axis=1, equal_var=False)[1])


def _adjusted(arm: Groups, other: Groups) -> tuple[np.ndarray, np.ndarray]:
    """Return the difference of two groups at one baseline, and its p, for each trial."""
    values = np.concatenate([arm.values, other.values], axis=1)
    baseline = np.concatenate([arm.baseline, other.baseline], axis=1)
    found = ancova(values, np.arange(values.shape[1]) < arm.values.shape[1], baseline)
    return found.value, found.p


def _by_counts(word: str, arm: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return whether two shares differ by Fisher's test and in the right direction."""
    yes, n = arm.sum(axis=1).astype(int), arm.shape[1]
    other_yes, m = other.sum(axis=1).astype(int), other.shape[1]
    p = np.array([_fisher(a, n, b, m) for a, b in zip(yes, other_yes, strict=True)])
    return ((p < SIGNIFICANT_P) & (_sign(word) * (yes / n - other_yes / m) > 0)).astype(float)


@lru_cache(maxsize=100_000)
def _fisher(yes: int, n: int, other_yes: int, m: int) -> float:
    from scipy.stats import fisher_exact

    found = np.asarray(fisher_exact([[yes, n - yes], [other_yes, m - other_yes]]), dtype=float)
    return float(found[1])


def _times_superior(arm: Groups, other: Groups) -> np.ndarray:
    found = np.zeros(len(arm.values))
    for row in range(len(found)):
        ours, theirs = ((each.values[row], each.happened[row]) for each in (arm, other))
        p = log_rank(ours, theirs)
        found[row] = float(p < SIGNIFICANT_P and fewer_than_expected(ours, theirs) > 0)
    return found
