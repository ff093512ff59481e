"""Who leaves a trial, and when: not at random.

Clocks run for everybody. Two tick evenly: people move, forget or have had enough, and some fall
ill of something else. One ticks in sessions, faster the more a person dissociates and the higher
the own pressure rises. One ticks between visits while the own score has hardly fallen. Each
person's patience on each clock is drawn once (exponential, mean 1); the first clock to use it up
decides when, and why. Rates and sources stand in ``dropout.csv``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ketasim.trial.noise import numbers
from ketasim.trial.tables import parameters

if TYPE_CHECKING:
    from ketasim.trial.patients import Patients
    from ketasim.trial.record import Course

REASONS = ("other", "adverse event", "lack of efficacy")
WATCHED_H = 4.0
"""How long after its start a session's acute effects count [h]."""


@cache
def rates() -> dict[str, float]:
    """Return the values of ``dropout.csv``, by symbol."""
    return {row.symbol: row.value for row in parameters("dropout.csv")}


def leaving(
    course: Course, scores: np.ndarray, patients: Patients
) -> tuple[np.ndarray, np.ndarray]:
    """Return when each leaves and why.

    Parameters
    ----------
    course : Course
        With the outputs CADSS [points] and dSBP [mmHg].
    scores : ndarray, shape (n, visits)
        Observed MADRS; the first column is baseline.
    patients : Patients

    Returns
    -------
    left_h : ndarray, shape (n,)
        [h]; infinite for those who stay. At the end of a session or at a visit, otherwise any time.
    why : ndarray of str, shape (n,)
        One of `REASONS`, or empty.
    """
    rate = rates()
    last = course.visits_h[-1]
    patience = [_patience(reason, patients) for reason in REASONS]
    other = course.visits_h[0] + patience[0] / rate["k_leave"]
    adverse = _first(*_session_hazard(course, rate), patience[1])
    unprovoked = course.visits_h[0] + _patience("illness", patients) / rate["k_adverse"]
    adverse = np.minimum(adverse, unprovoked)
    failing = _first(*_failing_hazard(course, scores, rate), patience[2])
    each = np.stack([other, adverse, failing])
    each = np.where(each < last, each, np.inf)
    which = np.argmin(each, axis=0)
    left_h = each[which, np.arange(patients.n)]
    return left_h, np.where(np.isfinite(left_h), np.array(REASONS)[which], "")


def _patience(reason: str, patients: Patients) -> np.ndarray:
    """Return everybody's exponential patience for one reason, mean 1."""
    name = f"trial:leave:{reason}"
    return -np.log(numbers(name, patients.index, patients.seed, patients.replicate))


def _session_hazard(course: Course, rate: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of sessions [h] and what each takes of patience, both (n, sessions)."""
    hazard = np.zeros(course.sessions_h.shape)
    cadss, dsbp = course.outputs["CADSS"], course.outputs["dSBP"]
    for start in np.unique(course.sessions_h[np.isfinite(course.sessions_h)]):
        window = (course.fine_h >= start) & (course.fine_h <= start + WATCHED_H)
        if not window.any():
            continue
        took = course.sessions_h == start
        rows = np.flatnonzero(took.any(axis=1))
        strain = (cadss[np.ix_(rows, window)].max(axis=1) / rate["CADSS_leave"]) ** 2
        strain += (dsbp[np.ix_(rows, window)].clip(0).max(axis=1) / rate["SBP_leave"]) ** 2
        hazard[took] = rate["h_adverse"] * np.repeat(strain, took[rows].sum(axis=1))
    return course.sessions_h + WATCHED_H, hazard


def _failing_hazard(
    course: Course, scores: np.ndarray, rate: dict[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the visits [h] and what the time since the last takes of patience, (n, visits)."""
    since = np.diff(course.visits_h, prepend=course.visits_h[0])
    start = np.maximum(scores[:, :1], 1.0)
    kept = np.clip((scores / start - rate["share_bearable"]) / (1 - rate["share_bearable"]), 0, 2)
    hazard = rate["k_failing"] * kept * since
    return np.broadcast_to(course.visits_h, hazard.shape), np.nan_to_num(hazard)


def _first(times: np.ndarray, hazard: np.ndarray, patience: np.ndarray) -> np.ndarray:
    """Return the first time at which the hazard so far exceeds patience [h], or infinity."""
    spent = np.cumsum(np.nan_to_num(hazard), axis=1) > patience[:, None]
    spent &= np.isfinite(times)
    if spent.shape[1] == 0:
        return np.full(len(patience), np.inf)
    first = np.argmax(spent, axis=1)
    rows = np.arange(len(patience))
    return np.where(spent.any(axis=1), times[rows, first], np.inf)
