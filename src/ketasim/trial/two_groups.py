"""Two groups compared, as trial reports compare them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.trial.ancova import ancova
from ketasim.trial.endpoints import SHARES, Endpoint, of_group, per_patient, times_to_relapse
from ketasim.trial.record import Record
from ketasim.trial.time_to_event import fewer_than_expected, log_rank

CONTRASTS = ("difference", "effect size", "odds ratio", "risk ratio", "superior")
SIGNIFICANT_P = 0.05
_NONE = 0.5  # added to every cell where one is empty (Haldane)


def contrast(word: str, endpoint: Endpoint, active: Record, control: Record) -> float:
    """Return a comparison of two groups.

    Parameters
    ----------
    word : str
        ``"difference"``: active less control, in the endpoint's unit; ``"effect size"``:
        Cohen's d, positive where the active group is better; ``"odds ratio"``, ``"risk
        ratio"``: active over control; ``"superior"``: 1 where the active group is better with
        a two-sided p below 0.05, else 0 (change: ANCOVA on baseline; other points: Welch;
        shares: Fisher; times: log-rank).
    endpoint : Endpoint
    active, control : Record

    Returns
    -------
    float
        NaN where a group has too few.

    Raises
    ------
    UserError
        An unknown word, or one that the endpoint has not.
    """
    if word not in CONTRASTS:
        raise UserError(f"contrast: unknown '{word}'{nearest(word, CONTRASTS)}")
    if word == "difference":
        return of_group(endpoint, active) - of_group(endpoint, control)
    if word == "superior":
        return _superior(endpoint, active, control)
    ours, theirs = (_observed(endpoint, each) for each in (active, control))
    if word == "effect size":
        return _effect_size(endpoint, ours, theirs)
    if endpoint.word not in SHARES:
        raise UserError(f"contrast: '{word}' needs a share, and '{endpoint.word}' is none")
    return _ratio(word, ours, theirs)


def _observed(endpoint: Endpoint, record: Record) -> np.ndarray:
    values = per_patient(endpoint, record)
    return values[~np.isnan(values)]


def _effect_size(endpoint: Endpoint, active: np.ndarray, control: np.ndarray) -> float:
    """Return Cohen's d with the pooled SD."""
    freedom = len(active) + len(control) - 2
    if min(len(active), len(control)) < 2:
        return math.nan
    squares = sum((len(each) - 1) * np.var(each, ddof=1) for each in (active, control))
    if squares == 0:
        return math.nan
    better = 1.0 if endpoint.better_high else -1.0
    return better * float((active.mean() - control.mean()) / math.sqrt(squares / freedom))


def _ratio(word: str, active: np.ndarray, control: np.ndarray) -> float:
    """Return the odds or risk ratio; an empty cell adds half a patient to each."""
    if min(len(active), len(control)) == 0:
        return math.nan
    cells = np.array([[each.sum(), len(each) - each.sum()] for each in (active, control)])
    needed = cells if word == "odds ratio" else cells[:, :1]
    if np.any(needed == 0):
        cells = cells + _NONE
    (yes, no), (control_yes, control_no) = cells
    if word == "odds ratio":
        return float(yes * control_no / (no * control_yes))
    return float(yes / (yes + no) / (control_yes / (control_yes + control_no)))


def _superior(endpoint: Endpoint, active: Record, control: Record) -> float:
    """Return 1 where the active group is significantly better, 0 where not."""
    if endpoint.word == "time to relapse":
        gain, p = _times_compared(endpoint, active, control)
    elif endpoint.word == "change":
        gain, p = _changes_compared(endpoint, active, control)
    else:
        ours, theirs = (_observed(endpoint, each) for each in (active, control))
        if min(len(ours), len(theirs)) == 0:
            return math.nan
        gain = ours.mean() - theirs.mean()
        p = (_fisher_p if endpoint.word in SHARES else _welch_p)(ours, theirs)
    if math.isnan(gain) or math.isnan(p):
        return math.nan
    return float(p < SIGNIFICANT_P and (gain > 0) == endpoint.better_high)


def _welch_p(active: np.ndarray, control: np.ndarray) -> float:
    """Return the two-sided p of Welch's t test; NaN where a group has fewer than two."""
    from scipy.stats import ttest_ind

    if min(len(active), len(control)) < 2 or np.var(active) + np.var(control) == 0:
        return math.nan
    found: Any = ttest_ind(active, control, equal_var=False)
    return float(found.pvalue)


def _fisher_p(active: np.ndarray, control: np.ndarray) -> float:
    """Return the two-sided p of Fisher's exact test on ones and zeros."""
    from scipy.stats import fisher_exact

    table = [[np.sum(each == 1), np.sum(each == 0)] for each in (active, control)]
    found: Any = fisher_exact(table)
    return float(found.pvalue)


def _changes_compared(endpoint: Endpoint, active: Record, control: Record) -> tuple[float, float]:
    """Return the difference in change at one baseline, and its p."""
    start_h = float(active.times_h[0]) if endpoint.from_h is None else endpoint.from_h
    before = Endpoint("score", endpoint.scale, at_h=start_h)
    both = (active, control)
    changes = np.concatenate([per_patient(endpoint, each) for each in both])
    baseline = np.concatenate([per_patient(before, each) for each in both])
    is_active = np.concatenate([np.full(each.n, each is active) for each in both])
    found = ancova(changes, is_active, baseline)
    return float(found.value), float(found.p)


def _times_compared(endpoint: Endpoint, active: Record, control: Record) -> tuple[float, float]:
    """Return by how many relapses the active group had fewer than expected, and the log-rank p."""
    ours, theirs = (times_to_relapse(endpoint, each) for each in (active, control))
    return fewer_than_expected(ours, theirs), log_rank(ours, theirs)
