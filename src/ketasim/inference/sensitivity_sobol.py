"""Sobol indices of any function of independent standard normal scores.

Two independent samples A and B, and for each factor A with the factor's columns from B. First and
total indices by the estimators of Saltelli et al., Computer Physics Communications 181 (2010)
259-270, which `scipy.stats.sobol_indices` has too; it takes no lost runs and no seed for its
bootstrap, so they are written out here, and tests hold the two side by side. A sample of few
points over all factors is the radial screening of Campolongo, Saltelli and Cariboni, Computer
Physics Communications 182 (2011) 978-988.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

INSIDE = 0.95
RESAMPLES = 1000

Answers = Callable[[np.ndarray], np.ndarray]
"""From scores, shape (n, columns), to quantities, shape (n, q)."""


@dataclass(frozen=True)
class Sample:
    """Two samples, and what came out.

    Attributes
    ----------
    a, b : ndarray, shape (n, columns)
        Standard normal scores.
    f_a, f_b : ndarray, shape (n, q)
    """

    a: np.ndarray
    b: np.ndarray
    f_a: np.ndarray
    f_b: np.ndarray


@dataclass(frozen=True)
class Indices:
    """Indices of each factor in each quantity, all of shape (factors, q).

    Attributes
    ----------
    first, total : ndarray
        Share of the variance that goes with the factor alone; and with its interactions.
    first_low, first_high, total_low, total_high : ndarray
        Bootstrap 95 % intervals.
    used : ndarray
        Rows of the sample that could be used.
    sum_first, sum_low, sum_high : ndarray, shape (q,)
        Sum of the first indices: 1 where nothing interacts.
    """

    first: np.ndarray
    total: np.ndarray
    first_low: np.ndarray
    first_high: np.ndarray
    total_low: np.ndarray
    total_high: np.ndarray
    used: np.ndarray
    sum_first: np.ndarray
    sum_low: np.ndarray
    sum_high: np.ndarray


def sample(answers: Answers, columns: int, n: int, seed: int, stream: int = 0) -> Sample:
    """Draw the two samples from one scrambled Sobol sequence and run them.

    Parameters
    ----------
    answers : callable
    columns : int
    n : int
        Points of each, a power of 2.
    seed, stream : int
        ``stream`` tells samples of one seed apart.
    """
    from scipy.special import ndtri
    from scipy.stats import qmc

    rng = np.random.default_rng([seed, stream])
    points = qmc.Sobol(2 * columns, scramble=True, rng=rng).random(n)
    scores = ndtri(np.clip(points, 2.0**-40, 1 - 2.0**-40))
    # Side by side: a column has its two dimensions where the sequence is as good as the other's.
    a, b = scores[:, 0::2].copy(), scores[:, 1::2].copy()
    both = answers(np.concatenate([a, b]))
    return Sample(a, b, both[:n], both[n:])


def swapped(answers: Answers, drawn: Sample, factors: Sequence[Sequence[int]]) -> np.ndarray:
    """Run A with each factor's columns from B; shape (factors, n, q)."""
    n = len(drawn.a)
    parts = []
    step = max(1, 1024 // n)
    for first in range(0, len(factors), step):
        some = factors[first : first + step]
        scores = np.tile(drawn.a, (len(some), 1))
        for k, columns in enumerate(some):
            scores[k * n : (k + 1) * n, list(columns)] = drawn.b[:, list(columns)]
        found = answers(scores)
        parts.append(found.reshape(len(some), n, found.shape[1]))
    if not parts:
        return np.empty((0, n, drawn.f_a.shape[1]))
    return np.concatenate(parts)


def indices(drawn: Sample, f_ab: np.ndarray, seed: int, resamples: int = RESAMPLES) -> Indices:
    """Return indices with bootstrap intervals.

    Parameters
    ----------
    drawn : Sample
    f_ab : ndarray, shape (factors, n, q)
        From `swapped`; NaN where a run was lost: that row is left out for that factor.
    seed : int
        Of the bootstrap.
    resamples : int
    """
    n, q = drawn.f_a.shape
    rng = np.random.default_rng([seed, 99])
    weights = np.ones((1 + resamples, n))
    weights[1:] = rng.multinomial(n, np.full(n, 1 / n), size=resamples)
    first, total, used = [], [], []
    for k in range(q):
        parts = _one(drawn.f_a[:, k], drawn.f_b[:, k], f_ab[:, :, k], weights)
        for found, part in zip((first, total, used), parts, strict=True):
            found.append(part)
    tail = 50 * (1 - INSIDE)
    one, every = np.stack(first, axis=-1), np.stack(total, axis=-1)  # resamples, factors, q
    ends = [_ends(values[1:], tail) for values in (one, every, one.sum(axis=1))]
    rows = np.stack(used, axis=-1)
    return Indices(one[0], every[0], *ends[0], *ends[1], rows, one[0].sum(axis=0), *ends[2])


def _ends(values: np.ndarray, tail: float) -> tuple[np.ndarray, np.ndarray]:
    if not len(values):
        nothing = np.full(values.shape[1:], np.nan)
        return nothing, nothing
    low, high = np.percentile(values, [tail, 100 - tail], axis=0)
    return low, high


def _one(
    f_a: np.ndarray, f_b: np.ndarray, f_ab: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return first and total indices, shape (weights, factors), and rows used (factors,)."""
    both = np.isfinite(f_a) & np.isfinite(f_b)
    there = np.isfinite(f_ab) & both  # factors, n
    centre = np.mean([f_a[both], f_b[both]]) if both.any() else 0.0
    a, b = (np.where(both, f - centre, 0.0) for f in (f_a, f_b))
    ab = np.where(there, f_ab - centre, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rows = weights @ both
        mean = weights @ (a + b) / (2 * rows)
        variance = weights @ (a * a + b * b) / (2 * rows) - mean**2
        count = weights @ there.T
        first = weights @ np.where(there, b * (ab - a), 0.0).T / count / variance[:, None]
        total = weights @ np.where(there, (ab - a) ** 2, 0.0).T / count / variance[:, None] / 2
    for found in (first, total):
        found[variance <= 1e-24 * max(centre**2, 1e-300)] = 0.0  # what never moves
    return first, total, there.sum(axis=1)
