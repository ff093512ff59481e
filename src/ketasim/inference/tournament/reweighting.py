"""Draws of one posterior seen as draws of a neighbouring one: Pareto-smoothed importance weights.

Vehtari, Simpson, Gelman, Yao and Gabry 2024 (JMLR 25(72)): the greatest weights are replaced by
the quantiles of a generalised Pareto law fitted to them, and the shape of that law, k, tells
whether the answer can be trusted at this number of draws (not above `TRUSTED`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

TRUSTED = 0.7
"""Greatest k at which the error still falls with the number of draws as one would hope
(Vehtari 2024, section 3.2)."""
TAIL_SHARE, TAIL_ROOT = 0.2, 3.0
"""The tail is this share of the draws, at most so many square roots of their number (same)."""
LEAST_TAIL = 5
"""Fewer weights than this tell nothing about a tail."""
ALONE = 10.0
"""Where fewer than that stand out: by so much on the log scale they are all that counts; by less,
weights are as good as equal and have no tail."""
GRID = 30
"""Points of the profile posterior of Zhang and Stephens 2009, beside the root of the tail."""
PRIOR_K, PRIOR_DRAWS = 0.5, 10
"""Weak prior on k, worth ten draws (Vehtari 2024, appendix G)."""


@dataclass(frozen=True)
class Reweighted:
    """What importance weights say.

    Attributes
    ----------
    log_ratio : float
        Log of the mean weight: log evidence of the new question minus that of the old one.
    error : float
        SD of its Monte Carlo error.
    k : float
        Shape of the weights' tail; infinite where there are too few draws to tell.
    effective : float
        Effective number of draws.
    log_weights : ndarray, shape (n,)
        Smoothed, summing to one.
    """

    log_ratio: float
    error: float
    k: float
    effective: float
    log_weights: np.ndarray

    @property
    def trusted(self) -> bool:
        """Whether k allows the answer to be believed."""
        return self.k <= TRUSTED


def reweighted(log_ratios: np.ndarray, chain: int = 1) -> Reweighted:
    """Return smoothed weights and the log of their mean.

    Parameters
    ----------
    log_ratios : ndarray, shape (n,)
        Log density of the new posterior over that of the old, up to what both normalise.
    chain : int
        Draws in a row that belong to one chain; only chains are independent.
    """
    smooth, k = smoothed(log_ratios)
    top = float(smooth.max())
    weights = np.exp(smooth - top)
    mean = weights.mean()
    blocks = weights[: len(weights) // chain * chain].reshape(-1, chain).mean(axis=1)
    error = blocks.std(ddof=1) / math.sqrt(len(blocks)) / mean if len(blocks) > 1 else math.inf
    return Reweighted(
        top + math.log(mean),
        float(error),
        k,
        float(weights.sum() ** 2 / (weights**2).sum()),
        smooth - logsumexp(smooth),
    )


def smoothed(log_ratios: np.ndarray) -> tuple[np.ndarray, float]:
    """Return log weights with a smoothed tail, not normalised, and k."""
    raw = np.asarray(log_ratios, dtype=float)
    n = raw.size
    size = min(math.ceil(TAIL_SHARE * n), math.ceil(TAIL_ROOT * math.sqrt(n)))
    if size < LEAST_TAIL or n <= size:
        return raw.copy(), math.inf
    order = np.argsort(raw, kind="stable")
    tail, cut = order[-size:], raw[order[-size - 1]]
    top = raw[order[-1]]
    beyond = np.exp(raw[tail] - top) - math.exp(cut - top)
    if np.sum(beyond > 0) < LEAST_TAIL or beyond[-1] <= np.finfo(float).eps:
        return raw.copy(), math.inf if top - cut > ALONE else 0.0
    k, scale = pareto(beyond[beyond > 0])
    quantiles = (np.arange(size) + 0.5) / size
    found = raw.copy()
    ordered = _quantile(quantiles, k, scale) + math.exp(cut - top)
    found[tail] = np.minimum(np.log(ordered), 0.0) + top
    return found, k


def pareto(beyond: np.ndarray) -> tuple[float, float]:
    """Return shape and scale of a generalised Pareto law from rising positive values."""
    n = beyond.size
    points = np.arange(1, GRID + int(math.sqrt(n)) + 1)
    quartile = beyond[int(n / 4 + 0.5) - 1]
    theta = (1 - np.sqrt(points.size / (points - 0.5))) / (3 * quartile) + 1 / beyond[-1]
    k_of = np.log1p(-theta[:, None] * beyond).mean(axis=1)
    fitted = n * (np.log(-theta / k_of) - k_of - 1)
    weight = np.exp(fitted - logsumexp(fitted))
    chosen = float((theta * weight).sum())
    k = float(np.log1p(-chosen * beyond).mean())
    scale = -k / chosen
    return (k * n + PRIOR_K * PRIOR_DRAWS) / (n + PRIOR_DRAWS), scale


def _quantile(share: np.ndarray, k: float, scale: float) -> np.ndarray:
    if abs(k) < 1e-12:
        return -scale * np.log1p(-share)
    return scale * np.expm1(-k * np.log1p(-share)) / k
