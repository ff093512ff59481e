"""Waste-free tempered sequential Monte Carlo: posterior draws and the evidence together.

A cloud of points starts as draws from the prior (standard normal scores) and is led to the
posterior by raising the likelihood to powers from 0 to 1, each so far above the last that a fixed
share of the points stays effective. Between powers a few points are drawn by weight and each starts
a chain whose every state is kept: nothing simulated is wasted (Dau and Chopin 2022, doi
10.1111/rssb.12475). Steps are preconditioned Crank-Nicolson about the normal law fitted to the
cloud; all of them would be taken were the posterior normal. Likelihoods may come in stages, one
after another; each stage's evidence is that of its data given those before.

Random numbers depend on seed, name, stage and power step alone, so that a run that was stopped
goes on to the same numbers.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

Evaluate = Callable[[np.ndarray], np.ndarray]
"""Scores of shape (n, d) to records of shape (n, m): whatever the likelihoods are made of."""
LogLikelihood = Callable[[np.ndarray], np.ndarray]
"""Records of shape (n, m) to log likelihoods, shape (n,)."""
KEPT = 0.7
"""Share of the effective number of points that is left by one power."""
SHARES = (1.0, 0.7, 0.35)
"""How much of where it was a step lets go of, in turn, before ``Cloud.factor``."""
AIM = 0.25
"""Share of steps that should be taken."""
MOST_POWERS = 60
HALVINGS = 40
FACTOR_RANGE = (0.1, 3.0)
NUGGET = 1e-3
"""Least variance of a score in the law behind the steps."""


@dataclass(frozen=True)
class Size:
    """How much is simulated.

    Attributes
    ----------
    particles : int
        Points of a cloud.
    chain : int
        States of each chain, the first included; ``particles`` is a multiple of it.
    """

    particles: int = 512
    chain: int = 16

    @property
    def chains(self) -> int:
        """Chains side by side."""
        return self.particles // self.chain


@dataclass(frozen=True)
class Cloud:
    """Where a run stands: equally weighted points at one power of one stage.

    Attributes
    ----------
    scores : ndarray, shape (n, d)
    records : ndarray, shape (n, m)
    chain : int
        States of each chain among the points, in a row; 1 where they are independent.
    stage : int
    power : float
        0 to 1, of the stage's likelihood; earlier stages count whole.
    log_evidence, variance : tuple of float
        Of each stage so far: log evidence, and the variance of its Monte Carlo error.
    step, evaluations : int
        Powers done; points simulated.
    factor : float
        On `SHARES`: the smaller, the nearer a step stays to where it was.
    taken : float
        Share of the last power's steps that were taken.
    """

    scores: np.ndarray
    records: np.ndarray
    chain: int = 1
    stage: int = 0
    power: float = 0.0
    log_evidence: tuple[float, ...] = (0.0,)
    variance: tuple[float, ...] = (0.0,)
    step: int = 0
    evaluations: int = 0
    factor: float = 1.0
    taken: float = 1.0


def run(
    evaluate: Evaluate,
    stages: Sequence[LogLikelihood],
    d: int,
    *,
    size: Size | None = None,
    seed: int = 1,
    name: str = "",
    start: Cloud | None = None,
    told: Callable[[Cloud], None] | None = None,
) -> tuple[Cloud, ...]:
    """Return the cloud at the end of each stage.

    Parameters
    ----------
    evaluate : callable
    stages : sequence of callable
        Log likelihoods, brought in one after another.
    d : int
        Parameters; each has a standard normal prior.
    size : Size, optional
    seed : int
    name : str
        Of what is run: another name has other random numbers.
    start : Cloud, optional
        Where an interrupted run stood; its earlier stages are not returned.
    told : callable, optional
        Called with the cloud after every power.

    Returns
    -------
    tuple of Cloud
        Equally weighted draws, one cloud for each stage that ended in this call.
    """
    size = size or Size()
    cloud = start or _first(evaluate, d, size, _rng(seed, name, 0))
    ends = []
    while cloud.stage < len(stages):
        if cloud.step >= MOST_POWERS:
            raise ArithmeticError(f"{name}: not settled after {MOST_POWERS} powers")
        cloud = _advanced(evaluate, stages, cloud, size, _rng(seed, name, cloud.step + 1))
        if told:
            told(cloud)
        if cloud.power >= 1.0:
            ends.append(cloud)
            cloud = at_next_stage(cloud)
    return tuple(ends)


def at_next_stage(cloud: Cloud) -> Cloud:
    """Return a cloud at the end of a stage as one at the beginning of the next."""
    return replace(
        cloud,
        stage=cloud.stage + 1,
        power=0.0,
        log_evidence=(*cloud.log_evidence, 0.0),
        variance=(*cloud.variance, 0.0),
    )


def _rng(seed: int, name: str, step: int) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode()), step])


def _first(evaluate: Evaluate, d: int, size: Size, rng: np.random.Generator) -> Cloud:
    scores = rng.standard_normal((size.particles, d))
    return Cloud(scores, evaluate(scores), evaluations=size.particles)


def _advanced(
    evaluate: Evaluate,
    stages: Sequence[LogLikelihood],
    cloud: Cloud,
    size: Size,
    rng: np.random.Generator,
) -> Cloud:
    """Return the cloud at the next power."""
    fitted = stages[cloud.stage](cloud.records)
    power = _next_power(fitted, cloud.power)
    log_weights = (power - cloud.power) * fitted
    gained, variance = _evidence(log_weights, cloud.chain)
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()

    def target(scores: np.ndarray, records: np.ndarray) -> np.ndarray:
        earlier = sum(stages[i](records) for i in range(cloud.stage))
        return earlier + power * stages[cloud.stage](records) - (scores**2).sum(axis=1) / 2

    chosen = _systematic(weights, size.chains, rng)
    law = _Normal.of(cloud.scores, weights, size.chains)
    scores, records, taken = _walked(
        evaluate, target, cloud.scores[chosen], cloud.records[chosen], law, size.chain,
        cloud.factor, rng,
    )  # fmt: skip
    factor = float(np.clip(cloud.factor * math.exp(taken - AIM), *FACTOR_RANGE))
    return replace(
        cloud,
        scores=scores,
        records=records,
        chain=size.chain,
        power=power,
        log_evidence=(*cloud.log_evidence[:-1], cloud.log_evidence[-1] + gained),
        variance=(*cloud.variance[:-1], cloud.variance[-1] + variance),
        step=cloud.step + 1,
        evaluations=cloud.evaluations + size.chains * (size.chain - 1),
        factor=factor,
        taken=taken,
    )


def _next_power(fitted: np.ndarray, power: float) -> float:
    """Return the power that leaves `KEPT` of the points effective, at most 1."""

    low, high = power, 1.0
    if _effective((high - power) * fitted) >= KEPT:
        return high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if _effective((middle - power) * fitted) > KEPT else (low, middle)
        )
    return high


def _effective(log_weights: np.ndarray) -> float:
    """Return the effective number of points over their number."""
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum() / len(weights))


def _evidence(log_weights: np.ndarray, chain: int) -> tuple[float, float]:
    """Return the log of the mean weight, and the variance of its error from independent chains."""
    top = log_weights.max()
    means = np.exp(log_weights - top).reshape(-1, chain).mean(axis=1)
    mean = means.mean()
    return float(top + np.log(mean)), float(means.var(ddof=1) / len(means) / mean**2)


def _systematic(weights: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return places drawn by weight, each as often as its weight says to within one."""
    places = (rng.random() + np.arange(n)) / n
    return np.minimum(np.searchsorted(np.cumsum(weights), places), len(weights) - 1)


@dataclass(frozen=True)
class _Normal:
    """The normal law fitted to a weighted cloud, kept from collapsing."""

    mean: np.ndarray
    root: np.ndarray

    @classmethod
    def of(cls, scores: np.ndarray, weights: np.ndarray, chains: int) -> _Normal:
        """Fit it; correlations count as if one chain for each score spoke for there being none."""
        d = scores.shape[1]
        covariance = np.cov(scores.T, aweights=weights).reshape(d, d)
        alone = d / (d + chains)
        covariance = (1 - alone) * covariance + alone * np.diag(np.diag(covariance))
        return cls(weights @ scores, np.linalg.cholesky(covariance + NUGGET * np.eye(d)))

    def log_density(self, scores: np.ndarray) -> np.ndarray:
        """Return the log density but for a constant, shape (n,)."""
        white = np.linalg.solve(self.root, (scores - self.mean).T)
        return -(white**2).sum(axis=0) / 2


def _walked(
    evaluate: Evaluate,
    target: Callable[[np.ndarray, np.ndarray], np.ndarray],
    scores: np.ndarray,
    records: np.ndarray,
    law: _Normal,
    chain: int,
    factor: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return every state of the chains, those of a chain in a row, and how many steps were taken.

    A step is a draw of the fitted normal law that keeps a part of where it starts, so it leaves
    that law as it is and is judged only by how the target departs from it.
    """
    held = target(scores, records) - law.log_density(scores)
    places, all_records, taken = [scores], [records], 0.0
    for k in range(chain - 1):
        let_go = min(1.0, factor * SHARES[k % len(SHARES)])
        noise = rng.standard_normal(scores.shape) @ law.root.T
        kept = math.sqrt(1.0 - let_go**2)
        proposed = law.mean + kept * (scores - law.mean) + let_go * noise
        found = evaluate(proposed)
        ahead = target(proposed, found) - law.log_density(proposed)
        accept = np.log(rng.random(len(scores))) < ahead - held
        scores = np.where(accept[:, None], proposed, scores)
        records = np.where(accept[:, None], found, records)
        held = np.where(accept, ahead, held)
        places.append(scores)
        all_records.append(records)
        taken += float(accept.mean()) / (chain - 1)
    d, m = scores.shape[1], records.shape[1]
    return np.stack(places, 1).reshape(-1, d), np.stack(all_records, 1).reshape(-1, m), taken
