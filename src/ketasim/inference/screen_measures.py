"""What is read off a candidate's course: onset, size, durability, dissociation, pressure."""

from __future__ import annotations

import numpy as np

EFFECTIVE = 2.0
"""MADRS points over saline below which a molecule has no effect to speak of.

About the smallest difference held to matter to patients: S. A. Montgomery and H.-J. Moeller,
Int Clin Psychopharmacol 24 (2009) 111-118 (from memory).
"""

MEASURES = (
    "onset_points",  # advantage at 2 h [points]
    "onset_h",  # time to half of the advantage at 24 h [h]
    "day1_points",  # advantage at 24 h [points]
    "best_points",  # greatest advantage within 28 days [points]
    "best_h",  # when [h]
    "day7_points",  # advantage at day 7 [points]
    "half_life_h",  # from the greatest advantage to half of it; inf: not within 28 days [h]
    "CADSS",  # peak of the mean [points]
    "dSBP",  # peak of the mean [mmHg]
    "kappa",  # peak of the mean share of kappa receptors occupied
)
#: What the fronts are about; +1: more is better.
AIMS = (("onset_points", 1.0), ("day7_points", 1.0), ("CADSS", -1.0))


def measure(
    times_h: np.ndarray,
    advantage: np.ndarray,
    cadss: np.ndarray,
    pressure: np.ndarray,
    kappa: np.ndarray,
) -> np.ndarray:
    """Return every measure of every course.

    Parameters
    ----------
    times_h : ndarray, shape (times,)
        Ascending, with 2, 24 and 168.
    advantage, cadss, pressure, kappa : ndarray, shape (n, times)
        Means over patients: MADRS on saline less that on the molecule [points], CADSS
        [points], rise of systolic pressure [mmHg], share of kappa receptors occupied.

    Returns
    -------
    ndarray, shape (n, len(MEASURES))
        Times are NaN where the effect is below half of `EFFECTIVE`.
    """
    at = {hour: advantage[:, int(np.flatnonzero(times_h == hour)[0])] for hour in (2, 24, 168)}
    best = np.max(advantage, axis=1)
    when = times_h[np.argmax(np.nan_to_num(advantage, nan=-np.inf), axis=1)]
    enough = best >= EFFECTIVE / 2
    onset = np.where(at[24] >= EFFECTIVE / 2, rises_to(times_h, advantage, at[24] / 2), np.nan)
    columns = {
        "onset_points": at[2],
        "onset_h": onset,
        "day1_points": at[24],
        "best_points": best,
        "best_h": np.where(enough, when, np.nan),
        "day7_points": at[168],
        "half_life_h": np.where(enough, half_life(times_h, advantage), np.nan),
        "CADSS": np.max(cadss, axis=1),
        "dSBP": np.max(pressure, axis=1),
        "kappa": np.max(kappa, axis=1),
    }
    return np.stack([columns[name] for name in MEASURES], axis=1)


def rises_to(times_h: np.ndarray, courses: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return when each course first reaches its level, on a straight line between times [h].

    ``courses`` has shape (n, times), ``level`` (n,); NaN where it is never reached.
    """
    above = courses >= level[:, None]
    first = np.argmax(above, axis=1)
    who = np.arange(len(courses))
    before = np.maximum(first - 1, 0)
    low, high = courses[who, before], courses[who, first]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(high > low, (level - low) / (high - low), 1.0)
    found = times_h[before] + share * (times_h[first] - times_h[before])
    return np.where(above.any(axis=1), found, np.nan)


def half_life(times_h: np.ndarray, courses: np.ndarray) -> np.ndarray:
    """Return the time from each course's peak until it falls to half of it [h].

    Infinite where it does not within the times given.
    """
    found = np.full(len(courses), np.inf)
    for k, course in enumerate(courses):
        if not np.isfinite(course).all():
            found[k] = np.nan
            continue
        peak = int(np.argmax(course))
        rest = course[peak:]
        below = np.flatnonzero(rest <= rest[0] / 2)
        if below.size and rest[0] > 0:
            j = int(below[0])
            high, low = rest[j - 1], rest[j]
            share = (high - rest[0] / 2) / (high - low)
            start, end = times_h[peak + j - 1], times_h[peak + j]
            found[k] = start + share * (end - start) - times_h[peak]
    return found
