"""Mixed model for repeated measures, as companies' trials are analysed.

Change from baseline at every visit is a multivariate normal; its mean at a visit depends on arm,
baseline and strata (arm x visit, baseline x visit, strata x visit), its covariance is one matrix
for everybody, unstructured unless that does not converge. Estimated by restricted maximum
likelihood (Harville 1977, J Am Stat Assoc 72:320) with Fisher scoring; what is missing is missing
at random. Degrees of freedom by Satterthwaite's method, from the Fisher information of the
covariance (Fai & Cornelius 1996, J Stat Comput Simul 54:363).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ketasim.trial.covariance import (
    AUTOREGRESSIVE,
    COMPOUND,
    STRUCTURES,
    UNSTRUCTURED,
    Structure,
)
from ketasim.trial.reml import Patterns, Reml, fit, patterns

LEAST = 2
"""Patients of every arm that a visit needs to be part of the model."""


@dataclass(frozen=True)
class Mmrm:
    """A fitted model; arrays of all visits, NaN at visits that could not be part of it.

    Attributes
    ----------
    covariance : str
        Structure that was used.
    note : str
        ``""``, or what did not go as planned.
    n : ndarray of int, shape (arms, visits)
        Patients with an observation.
    mean, mean_se : ndarray, shape (arms, visits)
        Adjusted mean change at the mean baseline and mean strata.
    difference, se, df, low, high, p : ndarray, shape (arms, visits)
        Arm less control, with its 95 % interval; NaN in the control's row.
    visit_covariance : ndarray, shape (visits, visits)
    restricted_log_likelihood : float
    """

    covariance: str
    note: str
    n: np.ndarray
    mean: np.ndarray
    mean_se: np.ndarray
    difference: np.ndarray
    se: np.ndarray
    df: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    visit_covariance: np.ndarray
    restricted_log_likelihood: float


def mmrm(
    change: np.ndarray,
    arm: np.ndarray,
    baseline: np.ndarray,
    *,
    control: int = 0,
    strata: np.ndarray | None = None,
    covariance: str = UNSTRUCTURED,
) -> Mmrm:
    """Fit the model and compare every arm with the control at every visit.

    Parameters
    ----------
    change : ndarray, shape (n, visits)
        Change from baseline [points]; NaN where missing.
    arm : ndarray of int, shape (n,)
        0, 1, ... for each patient.
    baseline : ndarray, shape (n,)
        Score at baseline [points]; where it is NaN the patient takes no part.
    control : int
        The arm that the others are compared with.
    strata : ndarray of int, shape (n,), optional
        Stratum of each patient.
    covariance : str
        The structure tried first; where it does not converge AR(1) is tried, then compound
        symmetry, and `Mmrm.note` says so.

    Raises
    ------
    ValueError
        When no visit has two patients of every arm, or nothing varies.
    """
    arm, arms = np.asarray(arm, dtype=int), int(np.max(arm)) + 1
    known = np.isfinite(np.asarray(baseline, dtype=float))  # the engine gave others up
    change, arm = np.atleast_2d(np.asarray(change, dtype=float))[known], arm[known]
    baseline, strata = np.asarray(baseline)[known], None if strata is None else strata[known]
    seen = np.isfinite(change)
    n = np.stack([seen[arm == a].sum(axis=0) for a in range(arms)])
    used = np.flatnonzero((n >= LEAST).all(axis=0))
    if not len(used):
        raise ValueError("no visit has two patients of every arm")
    design = _design(arm, arms, baseline, strata)
    note = _lost_visits(used, change.shape[1])
    if not _told_everywhere(design, seen[:, used]):
        design = design[:, :arms]
        note.append("baseline and strata left out: too few patients at a visit")
    groups = patterns(change[:, used], design)
    found, structure, told = _converged(groups, len(used), covariance)
    return _compared(found, groups, n, used, control, arms, structure, "; ".join([*note, *told]))


def _design(
    arm: np.ndarray, arms: int, baseline: np.ndarray, strata: np.ndarray | None
) -> np.ndarray:
    """Return the design of one visit: arms, centred baseline, centred strata."""
    columns = [(arm == a).astype(float) for a in range(arms)]
    baseline = np.asarray(baseline, dtype=float)
    if baseline.std() > 0:
        columns.append(baseline - baseline.mean())
    levels = np.unique(strata) if strata is not None else np.zeros(0)
    for level in levels[1:]:
        here = (strata == level).astype(float)
        columns.append(here - here.mean())
    return _independent(np.stack(columns, axis=1), arms)


def _independent(design: np.ndarray, arms: int) -> np.ndarray:
    """Leave out columns after the arms' that the columns before them already say."""
    kept = list(range(arms))
    for column in range(arms, design.shape[1]):
        if np.linalg.matrix_rank(design[:, [*kept, column]]) > len(kept):
            kept.append(column)
    return design[:, kept]


def _told_everywhere(design: np.ndarray, seen: np.ndarray) -> bool:
    """Tell whether the patients of every visit tell every column of the design."""
    columns = design.shape[1]
    ranks = (np.linalg.matrix_rank(design[here]) for here in seen.T)
    return all(rank == columns for rank in ranks)


def _lost_visits(used: np.ndarray, visits: int) -> list[str]:
    lost = visits - len(used)
    if not lost:
        return []
    return [f"{lost} of {visits} visits have fewer than {LEAST} patients of an arm: left out"]


def _converged(groups: Patterns, n_visits: int, first: str) -> tuple[Reml, str, list[str]]:
    """Return the first structure's fit that converges, and what had to be given up."""
    told = []
    if first == UNSTRUCTURED and groups.n.sum() - groups.n_columns <= n_visits:
        told.append("too few patients for an unstructured covariance")
        first = AUTOREGRESSIVE
    for name in (first, *(s for s in STRUCTURES[1:] if s != first)):
        found = fit(groups, Structure(name, n_visits))
        if found is not None:
            return found, name, told
        told.append(f"{name} covariance did not converge")
    raise ValueError("; ".join(told))


def _compared(
    found: Reml,
    groups: Patterns,
    n: np.ndarray,
    used: np.ndarray,
    control: int,
    arms: int,
    structure: str,
    note: str,
) -> Mmrm:
    """Turn coefficients into adjusted means and differences."""
    from scipy.special import stdtr, stdtrit

    visits = n.shape[1]
    made = {
        name: np.full((arms, visits), np.nan)
        for name in ("mean", "mean_se", "difference", "se", "df", "low", "high", "p")
    }
    for place, visit in enumerate(used):
        for a in range(arms):
            weights = np.zeros((len(used), groups.n_columns))
            weights[place, a] = 1.0
            made["mean"][a, visit], made["mean_se"][a, visit], _ = found.combination(weights)
            if a == control:
                continue
            weights[place, control] = -1.0
            value, se, df = found.combination(weights)
            reach = float(stdtrit(df, 0.975)) * se
            made["difference"][a, visit] = value
            made["se"][a, visit], made["df"][a, visit] = se, df
            made["low"][a, visit], made["high"][a, visit] = value - reach, value + reach
            made["p"][a, visit] = 2 * float(stdtr(df, -abs(value) / se))
    matrix = np.full((visits, visits), np.nan)
    matrix[np.ix_(used, used)] = found.covariance
    return Mmrm(
        covariance=structure, note=note, n=n, visit_covariance=matrix,
        restricted_log_likelihood=found.log_likelihood, **made,
    )  # fmt: skip


__all__ = ["AUTOREGRESSIVE", "COMPOUND", "UNSTRUCTURED", "Mmrm", "mmrm"]
