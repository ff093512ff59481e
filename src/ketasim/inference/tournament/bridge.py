"""Bridge sampling: the evidence a second time, from draws and a law fitted to half of them.

Meng and Wong 1996 (Statistica Sinica 6:831), with the optimal bridge by iteration and the error
of Fruehwirth-Schnatter 2004 (doi 10.1111/j.1368-423X.2004.00125.x). It uses the draws' places and
nothing of the path that tempered Monte Carlo took to its own estimate.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp

from ketasim.inference.tournament.body import Body
from ketasim.inference.tournament.fit import Fit
from ketasim.inference.tournament.likelihood import log_likelihood
from ketasim.inference.tournament.predicted import predictor

FREEDOM = 8.0
"""Degrees of freedom of the proposal: near to normal, with tails that cover the draws'."""
ROUNDS = 1000
SETTLED = 1e-10

LogTarget = Callable[[np.ndarray], np.ndarray]
"""Scores of shape (n, free) to log likelihood plus log prior density, shape (n,)."""


@dataclass(frozen=True)
class Bridge:
    """The evidence by bridge sampling.

    Attributes
    ----------
    log_evidence, error : float
        And the SD of its Monte Carlo error.
    evaluations : int
    """

    log_evidence: float
    error: float
    evaluations: int


def log_prior(scores: np.ndarray) -> np.ndarray:
    """Return the log density of standard normal scores, shape (n,)."""
    return -(scores**2).sum(axis=1) / 2 - scores.shape[1] * math.log(2 * math.pi) / 2


def bridge(
    draws: np.ndarray,
    target: np.ndarray,
    log_target: LogTarget,
    *,
    chain: int = 1,
    proposals: int | None = None,
    seed: int = 1,
) -> Bridge:
    """Return the log evidence by bridge sampling.

    Parameters
    ----------
    draws : ndarray, shape (n, free)
        Of the posterior; the first half fits the proposal, the second half is bridged to.
    target : ndarray, shape (n,)
        Their log likelihood plus log prior density.
    log_target : callable
        The same, of new points.
    chain : int
        Draws in a row that belong to one chain; only chains are independent.
    proposals : int, optional
        New points; as many as are bridged to by default.
    seed : int
    """
    half = len(draws) // chain // 2 * chain
    law = _law(draws[:half])
    kept, height = draws[half:], target[half:]
    count = proposals or len(kept)
    new = law.drawn(count, np.random.default_rng([seed, len(draws)]))
    of_draws = height - law.log_density(kept)
    of_new = log_target(new) - law.log_density(new)
    independent = len(kept) / _repetition(of_draws, chain)
    log_evidence = _iterated(of_draws, of_new, independent)
    error = _error(of_draws, of_new, log_evidence, independent)
    return Bridge(log_evidence, error, count)


def bridge_of(fit: Fit, body: Body, *, proposals: int | None = None, seed: int = 1) -> Bridge:
    """Return the log evidence of a hypothesis on reports marked `calibrate`.

    To be held against ``fit.log_evidence``.
    """
    runs, chooses = predictor(fit.hypothesis, body), body.chooses

    def log_target(scores: np.ndarray) -> np.ndarray:
        return log_likelihood(body, runs(scores), chooses) + log_prior(scores)

    target = log_likelihood(body, fit.clean, chooses) + log_prior(fit.scores)
    return bridge(
        fit.scores, target, log_target, chain=fit.chain, proposals=proposals, seed=seed
    )  # fmt: skip


@dataclass(frozen=True)
class _Law:
    """A multivariate t law with the draws' mean and covariance."""

    mean: np.ndarray
    root: np.ndarray

    def drawn(self, n: int, rng: np.random.Generator) -> np.ndarray:
        normal = rng.standard_normal((n, len(self.mean))) @ self.root.T
        return self.mean + normal / np.sqrt(rng.chisquare(FREEDOM, (n, 1)) / FREEDOM)

    def log_density(self, points: np.ndarray) -> np.ndarray:
        d = len(self.mean)
        away = np.linalg.solve(self.root, (points - self.mean).T)
        constant = (
            gammaln((FREEDOM + d) / 2)
            - gammaln(FREEDOM / 2)
            - d * math.log(FREEDOM * math.pi) / 2
            - np.log(np.diag(self.root)).sum()
        )
        return constant - (FREEDOM + d) / 2 * np.log1p((away**2).sum(axis=0) / FREEDOM)


def _law(draws: np.ndarray) -> _Law:
    d = draws.shape[1]
    covariance = np.cov(draws.T).reshape(d, d) * (FREEDOM - 2) / FREEDOM
    return _Law(draws.mean(axis=0), np.linalg.cholesky(covariance + 1e-9 * np.eye(d)))


def _repetition(values: np.ndarray, chain: int) -> float:
    """Return how many draws stand for one independent draw: by the means of chains."""
    blocks = values[: len(values) // chain * chain].reshape(-1, chain).mean(axis=1)
    whole = values.var(ddof=1)
    if chain == 1 or whole == 0 or len(blocks) < 2:
        return 1.0
    return float(np.clip(chain * blocks.var(ddof=1) / whole, 1.0, chain))


def _parts(
    of_draws: np.ndarray, of_new: np.ndarray, log_evidence: float, independent: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the logs of what the bridge averages over new points and over draws."""
    shares = independent / (independent + len(of_new))
    log_old, log_law = math.log(shares), math.log1p(-shares)
    new = of_new - log_evidence
    old = of_draws - log_evidence
    return new - np.logaddexp(log_old + new, log_law), -np.logaddexp(log_old + old, log_law)


def _iterated(of_draws: np.ndarray, of_new: np.ndarray, independent: float) -> float:
    found = float(np.median(of_draws))
    for _ in range(ROUNDS):
        new, old = _parts(of_draws, of_new, found, independent)
        step = float(
            logsumexp(new) - math.log(len(new)) - logsumexp(old) + math.log(len(old))
        )  # fmt: skip
        found += step
        if abs(step) < SETTLED:
            return found
    raise ArithmeticError("bridge sampling did not settle: the proposal misses the draws")


def _error(
    of_draws: np.ndarray, of_new: np.ndarray, log_evidence: float, independent: float
) -> float:
    new, old = (
        np.exp(part - part.max()) for part in _parts(of_draws, of_new, log_evidence, independent)
    )
    of_proposals = new.var(ddof=1) / new.mean() ** 2 / len(new)
    of_posterior = old.var(ddof=1) / old.mean() ** 2 / independent
    return float(np.sqrt(of_proposals + of_posterior))
