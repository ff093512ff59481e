"""Observed scores: what a rater writes down for a severity that the model knows exactly.

Severity wanders about its course from day to day, a rater errs at every visit, and a scale ends
somewhere and has whole points only. Each of a person's random numbers depends on seed,
replicate, who it is and the time of the visit, so a visit more or less changes no other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ketasim.trial.noise import normals, numbers
from ketasim.trial.scales import Scale
from ketasim.trial.variation import Variation, variation

_WAVES = 16


def observed(
    scale: Scale,
    madrs: np.ndarray,
    times_h: Sequence[float] | np.ndarray,
    *,
    seed: int,
    replicate: int = 0,
    first: int = 0,
    index: np.ndarray | None = None,
    vary: Variation | None = None,
    day: np.ndarray | None = None,
) -> np.ndarray:
    """Return the scores that raters would write down.

    Parameters
    ----------
    scale : Scale
    madrs : ndarray of float, shape (n, times)
        True MADRS [points].
    times_h : array_like of float, shape (times,)
        When the visits are [h]; visits at one time share the day and the rater's error.
    seed, replicate : int
    first : int
        Who the first row is; the next ones follow.
    index : ndarray of int, shape (n,), optional
        Who the rows are, where they do not follow one another; replaces ``first``.
    vary : Variation, optional
        Default: ``variation.csv``.
    day : ndarray of float, shape (n, times), optional
        What `fluctuation` gave for these people and times.

    Returns
    -------
    ndarray of float, shape (n, times)
        Within the scale's range, whole where its points are; NaN stays NaN.
    """
    madrs = np.asarray(madrs, dtype=float)
    who = np.arange(first, first + len(madrs)) if index is None else np.asarray(index, dtype=int)
    vary = variation() if vary is None else vary
    times_h = np.asarray(times_h, dtype=float)
    if day is None:
        day = fluctuation(times_h, who, seed=seed, replicate=replicate, vary=vary)
    line = scale.intercept + scale.slope * (madrs + day)
    if scale.person_log_sd:
        own = normals(f"trial:{scale.name}:person", who, seed, replicate)
        line *= np.exp(scale.person_log_sd * own)[:, None]
    names = [f"trial:{scale.name}:{round(3600 * t)}" for t in times_h]
    errors = [normals(name, who, seed, replicate) for name in names]
    error = np.stack(errors, axis=1) if errors else np.zeros(madrs.shape)
    seen = np.clip(line, scale.low, scale.high) + _error_sd(scale, vary) * error
    seen = np.clip(seen, scale.low, scale.high)
    return np.round(seen) if scale.whole else seen


def _error_sd(scale: Scale, vary: Variation) -> float:
    """Return the error of one rating, scaled where ``vary`` is not the table's."""
    return scale.error_sd * vary.score_error / variation().score_error


def fluctuation(
    times_h: np.ndarray, who: np.ndarray, *, seed: int, replicate: int, vary: Variation
) -> np.ndarray:
    """Return departures of severity from its course [MADRS points], shape (n, times).

    A stationary Gaussian process whose correlation falls as exp(-|t|/fluctuation_h), as an
    Ornstein-Uhlenbeck process has it, written as a sum of waves: their frequencies follow the
    Cauchy distribution, which is the spectrum of that process, one in each of 16 equally likely
    ranges. So a time's value needs no other time.
    """
    total = np.zeros((len(who), len(times_h)))
    if not vary.fluctuation_sd:
        return total
    for wave in range(_WAVES):
        place = (wave + numbers(f"trial:day:{wave}:w", who, seed, replicate)) / _WAVES
        angle = np.tan(np.pi / 2 * place)[:, None] / vary.fluctuation_h * times_h
        total += normals(f"trial:day:{wave}:a", who, seed, replicate)[:, None] * np.cos(angle)
        total += normals(f"trial:day:{wave}:b", who, seed, replicate)[:, None] * np.sin(angle)
    return vary.fluctuation_sd / np.sqrt(_WAVES) * total
