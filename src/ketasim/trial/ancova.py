"""One visit: analysis of covariance in closed form, paired differences, and effect sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """A difference of means; arrays have the shape of the replicates, numbers where there are none.

    Attributes
    ----------
    value, se, df, low, high, p : float or ndarray
        Arm less control, its 95 % interval and two-sided p.
    n_arm, n_control : int or ndarray
    """

    value: np.ndarray
    se: np.ndarray
    df: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    n_arm: np.ndarray
    n_control: np.ndarray


def ancova(answers: np.ndarray, is_arm: np.ndarray, baseline: np.ndarray | None) -> Difference:
    """Compare two arms at one visit with the baseline as covariate.

    Parameters
    ----------
    answers : ndarray, shape (..., n)
        Change, NaN where missing; leading axes are replicates.
    is_arm : ndarray of bool, shape (..., n)
        True in the arm, false in the control.
    baseline : ndarray, shape (..., n), or None
        Without it, the two means are compared with a pooled variance.

    Returns
    -------
    Difference
        NaN where a group has fewer than two patients.
    """
    answers = np.asarray(answers, dtype=float)
    there = np.isfinite(answers)
    groups = (there & is_arm, there & ~np.asarray(is_arm))
    y = np.where(there, answers, 0.0)
    x = np.zeros_like(y) if baseline is None else np.where(there, baseline, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        n = [g.sum(axis=-1).astype(float) for g in groups]
        my = [(y * g).sum(axis=-1) / k for g, k in zip(groups, n, strict=True)]
        mx = [(x * g).sum(axis=-1) / k for g, k in zip(groups, n, strict=True)]
        dy, dx = (
            np.where(groups[0], v - m[0][..., None], 0.0)
            + np.where(groups[1], v - m[1][..., None], 0.0)
            for v, m in ((y, my), (x, mx))
        )
        xx, xy, yy = (dx * dx).sum(axis=-1), (dx * dy).sum(axis=-1), (dy * dy).sum(axis=-1)
        told = xx > 1e-12 * np.maximum(1.0, (x * x).sum(axis=-1))
        slope = np.where(told, xy / np.where(told, xx, 1.0), 0.0)
        df = n[0] + n[1] - 2 - told
        apart = np.where(told, (mx[0] - mx[1]) ** 2 / np.where(told, xx, 1.0), 0.0)
        variance = (yy - slope * xy) / df
        se = np.sqrt(variance * (1 / n[0] + 1 / n[1] + apart))
        value = my[0] - my[1] - slope * (mx[0] - mx[1])
    enough = (n[0] >= 2) & (n[1] >= 2) & (df >= 1)
    return _with_interval(np.where(enough, value, np.nan), se, df, n[0], n[1])


def paired(differences: np.ndarray, sequence: np.ndarray | None = None) -> Difference:
    """Analyse a crossover: each patient's difference, the effect of period removed.

    The mean within each sequence is taken first, then the mean of these; with two periods whatever
    differs between first and second period cancels.

    Parameters
    ----------
    differences : ndarray, shape (n,)
        Arm less control of each patient; NaN where one is missing.
    sequence : ndarray of int, shape (n,), optional
        The order in which the patient got them.
    """
    there = np.isfinite(differences)
    values = np.asarray(differences, dtype=float)[there]
    order = np.zeros(len(values), dtype=int) if sequence is None else np.asarray(sequence)[there]
    groups = [values[order == k] for k in np.unique(order)]
    groups = [g for g in groups if len(g)]
    n, df = len(values), len(values) - len(groups)
    if df < 1:
        nothing = np.array(np.nan)
        return Difference(*(nothing,) * 6, n_arm=np.array(n), n_control=np.array(n))
    means = np.array([g.mean() for g in groups])
    variance = sum(((g - g.mean()) ** 2).sum() for g in groups) / df
    se = np.sqrt(variance * sum(1 / len(g) for g in groups)) / len(groups)
    counts = np.array(float(n))
    return _with_interval(np.array(means.mean()), np.array(se), np.array(float(df)), counts, counts)


def _with_interval(
    value: np.ndarray, se: np.ndarray, df: np.ndarray, n_arm: np.ndarray, n_control: np.ndarray
) -> Difference:
    from scipy.special import stdtr, stdtrit

    df = np.asarray(df, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        free = np.where(df > 0, df, np.nan)
        reach = stdtrit(free, 0.975) * se
        p = 2 * stdtr(free, -np.abs(value) / se)
    return Difference(
        value, se, df, value - reach, value + reach, p, n_arm.astype(int), n_control.astype(int)
    )


@dataclass(frozen=True)
class EffectSize:
    """Hedges g with its standard error and 95 % interval."""

    value: float
    se: float
    low: float
    high: float


def hedges_g(arm: np.ndarray, control: np.ndarray) -> EffectSize:
    """Return the standardised mean difference, corrected for small groups.

    Pooled standard deviation, correction 1 - 3 / (4 df - 1), and the large-sample variance
    (Hedges & Olkin 1985, Statistical Methods for Meta-Analysis, chapter 5).

    Parameters
    ----------
    arm, control : ndarray
        Of each patient, in any unit; NaN are left out.
    """
    a, c = (np.asarray(v, dtype=float)[np.isfinite(v)] for v in (arm, control))
    n, m = len(a), len(c)
    if min(n, m) < 2:
        return EffectSize(*(float("nan"),) * 4)
    df = n + m - 2
    pooled = np.sqrt(((n - 1) * a.var(ddof=1) + (m - 1) * c.var(ddof=1)) / df)
    if pooled == 0:
        return EffectSize(*(float("nan"),) * 4)
    correction = 1 - 3 / (4 * df - 1)
    g = float(correction * (a.mean() - c.mean()) / pooled)
    se = float(np.sqrt((n + m) / (n * m) + g**2 / (2 * (n + m))))
    return EffectSize(g, se, g - 1.959964 * se, g + 1.959964 * se)
