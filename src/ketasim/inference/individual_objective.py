"""The objective of an individual estimate, its slope, and what a sample tells.

For scores z with prior correlation C, samples y with predictions f(z) and variances v(f), the
objective is minus twice the log of the posterior density, up to constants::

    sum((y - f)^2 / v + ln v) + z' C^-1 z

A sample below its limit L adds ``-2 ln Phi((L - f)/sqrt v)`` instead (method M3). The term ln v
matters because the error grows with the concentration (the interaction of FOCE, POSTHOC).

Source: S. L. Beal, L. B. Sheiner, NONMEM Users Guides, for the objective of POSTHOC with
interaction; S. L. Beal, Journal of Pharmacokinetics and Pharmacodynamics 28 (2001) 481-504 for M3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ketasim.population.residual_error import ResidualError

STEP = 2e-3  # of a score, for central differences: their own error is of order 1e-6


@dataclass(frozen=True)
class Measured:
    """The samples of one person that take part.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Concentrations, or limits they lie below.
    errors : tuple of ResidualError
        One for each sample.
    below : ndarray of bool, shape (n,)
        Whether a sample is known only to lie below its value.
    widening : float
        Factor on the SD of every error.
    """

    values: np.ndarray
    errors: tuple[ResidualError, ...]
    below: np.ndarray
    widening: float = 1.0

    def standardised(self, prediction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (value - prediction)/SD on the scale of each error, and the variance.

        ``prediction`` and both results have shape (m, n).
        """
        on_log = np.array([error.log_sd > 0 for error in self.errors], dtype=bool)
        variance = np.empty(prediction.shape)
        for j, error in enumerate(self.errors):
            variance[:, j] = self.widening**2 * error.variance(prediction[:, j])
        miss = _scaled(self.values, on_log) - _scaled(prediction, on_log)
        return miss / np.sqrt(variance), variance


@dataclass(frozen=True)
class Expansion:
    """The objective around some scores.

    Attributes
    ----------
    objective : float
    slope : ndarray, shape (p,)
    curvature : ndarray, shape (p, p)
        Expected second derivative, ``2 (sum(f' f'/v + v' v'/(2 v^2)) + C^-1)``: always positive
        definite.
    misfit : float
        Sum of squared weighted residuals; about one for each sample where all is well.
    """

    objective: float
    slope: np.ndarray
    curvature: np.ndarray
    misfit: float

    @property
    def is_finite(self) -> bool:
        """Whether every number is one."""
        sizes = (self.objective, self.slope, self.curvature)
        return all(bool(np.isfinite(size).all()) for size in sizes)


def copies(scores: np.ndarray, moving: np.ndarray) -> np.ndarray:
    """Return scores, then with each moving one a `STEP` higher, then lower: (1 + 2 q, p)."""
    shifts = STEP * np.eye(len(scores))[moving]
    return np.concatenate([scores[None, :], scores + shifts, scores - shifts])


def moved(prediction: np.ndarray, least: float) -> np.ndarray:
    """Return which scores move any prediction by more than a share ``least``, shape (q,)."""
    q = (len(prediction) - 1) // 2
    change = np.abs(prediction[1 : q + 1] - prediction[q + 1 :])
    return ~(change <= least * np.abs(prediction[0])).all(axis=1)


def expansion(
    samples: Measured,
    prediction: np.ndarray,
    scores: np.ndarray,
    moving: np.ndarray,
    precision: np.ndarray,
) -> Expansion:
    """Return the objective around ``scores``.

    Parameters
    ----------
    samples : Measured
    prediction : ndarray, shape (1 + 2 q, n)
        For the `copies`.
    scores : ndarray, shape (p,)
    moving : ndarray of bool, shape (p,)
        Scores on which predictions depend, q of them.
    precision : ndarray, shape (p, p)
        Inverse of the prior correlation.
    """
    low, places = samples.below, np.flatnonzero(moving)
    slope, information = 2 * precision @ scores, np.array(precision)
    with np.errstate(all="ignore"):
        u, v = samples.standardised(prediction)
        seen, unseen = _seen(u[:, ~low], np.log(v[:, ~low])), _unseen(u[:, low])
    objective = float(scores @ precision @ scores) + seen[0] + unseen[0]
    slope[places] += seen[1] + unseen[1]
    information[np.ix_(places, places)] += seen[2] + unseen[2]
    misfit = float(np.sum(u[0, ~low] ** 2))
    return Expansion(objective, slope, 2 * information, misfit)


def _seen(u: np.ndarray, log_v: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return objective, slope and information of samples with a number.

    With u = (y - f)/sqrt(v), u' = -f'/sqrt(v) - u (ln v)'/2, hence f'/sqrt(v) below.
    """
    du, dlog = _derivative(u), _derivative(log_v)
    df = -(du + 0.5 * u[0] * dlog)
    objective = float(np.sum(u[0] ** 2 + log_v[0]))
    return objective, 2 * du @ u[0] + dlog.sum(axis=1), df @ df.T + 0.5 * dlog @ dlog.T


def _unseen(u: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return objective, slope and information of samples below a limit."""
    from scipy.special import log_ndtr

    du = _derivative(u)
    log_share = log_ndtr(u[0])
    ratio = np.exp(-0.5 * u[0] ** 2 - 0.5 * np.log(2 * np.pi) - log_share)
    weight = np.maximum(ratio * (u[0] + ratio), 0.0)
    return -2 * float(log_share.sum()), -2 * du @ ratio, (du * weight) @ du.T


def _derivative(values: np.ndarray) -> np.ndarray:
    """Return derivatives by score, (q, n), of values at the `copies`."""
    q = (len(values) - 1) // 2
    return (values[1 : q + 1] - values[q + 1 :]) / (2 * STEP)


def _scaled(values: np.ndarray, on_log: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.where(on_log, np.log(values), values)
