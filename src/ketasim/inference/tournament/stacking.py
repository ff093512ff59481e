"""Which mixture of the hypotheses would best have foretold a study it had not seen.

Weights of evidence ask which hypothesis is true and suppose that one is. Stacking (Yao, Vehtari,
Simpson and Gelman 2018, doi 10.1214/17-BA1091) supposes nothing of the kind: it asks for the
mixture whose predictions of each paper, made from all the others, were best together. Leaving a
paper out is importance reweighting of the draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from ketasim.inference.tournament.left_out import places_by, reports
from ketasim.inference.tournament.results import Tournament
from ketasim.inference.tournament.reweighting import TRUSTED, reweighted

REPEATS = 200
"""Bayesian bootstraps of the studies."""
INTERVAL = (5.0, 95.0)
TOLERANCE = 1e-10


@dataclass(frozen=True)
class Stacking:
    """The mixture that foretells best.

    Attributes
    ----------
    names : tuple of str
        Hypotheses.
    studies : tuple of str
    log_density : ndarray, shape (studies, hypotheses)
        Log predictive density of each paper's reports, given all other papers.
    k : ndarray, shape (studies, hypotheses)
        Shape of the tail of the importance weights.
    weight, low, high : ndarray, shape (hypotheses,)
        Stacking weights, and 90 % of their Bayesian bootstraps over papers.
    pseudo : ndarray, shape (hypotheses,)
        Pseudo-BMA+ weights: each hypothesis by its own predictions.
    """

    names: tuple[str, ...]
    studies: tuple[str, ...]
    log_density: np.ndarray
    k: np.ndarray
    weight: np.ndarray
    low: np.ndarray
    high: np.ndarray
    pseudo: np.ndarray

    @property
    def flagged(self) -> tuple[str, ...]:
        """Papers whose prediction these draws are too few to tell for some hypothesis."""
        heavy = np.flatnonzero((self.k > TRUSTED).any(axis=1))
        return tuple(self.studies[i] for i in heavy)


def stacking(found: Tournament, *, repeats: int = REPEATS, seed: int = 1) -> Stacking:
    """Return stacking weights by leave-one-paper-out prediction.

    Parameters
    ----------
    found : Tournament
    repeats : int
        Bayesian bootstraps of the papers.
    seed : int
    """
    groups = places_by(found.body.studies)
    density, k = [], []
    for fit in found.fits:
        held = reports(found.body, fit.judged)
        told = [reweighted(held.without(places)) for places in groups.values()]
        density.append([-each.log_ratio for each in told])
        k.append([each.k for each in told])
    log_density = np.array(density).T
    weight = stacked(log_density)
    rng = np.random.default_rng(seed)
    counts = rng.dirichlet(np.ones(len(groups)), size=repeats)
    drawn = np.array([stacked(log_density, each, weight) for each in counts])
    low, high = np.percentile(drawn, INTERVAL, axis=0)
    totals = len(groups) * counts @ log_density
    pseudo = np.exp(totals - logsumexp(totals, axis=1, keepdims=True)).mean(axis=0)
    return Stacking(
        found.names, tuple(groups), log_density, np.array(k).T, weight, low, high, pseudo
    )


def stacked(
    log_density: np.ndarray, share: np.ndarray | None = None, start: np.ndarray | None = None
) -> np.ndarray:
    """Return the weights on the simplex that foretell best, shape (hypotheses,).

    Parameters
    ----------
    log_density : ndarray, shape (studies, hypotheses)
    share : ndarray, shape (studies,), optional
        What each study counts for; they sum to one.
    start : ndarray, shape (hypotheses,), optional
    """
    studies, hypotheses = log_density.shape
    counted = np.full(studies, 1 / studies) if share is None else share
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    even = np.full(hypotheses, 1 / hypotheses)
    tiny = np.finfo(float).tiny

    def loss(weight: np.ndarray) -> tuple[float, np.ndarray]:
        mixed = np.maximum(density @ weight, tiny)
        return -float(counted @ np.log(mixed)), -(counted / mixed) @ density

    found = minimize(
        loss,
        even if start is None else 0.9 * start + 0.1 * even,
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * hypotheses,
        constraints={
            "type": "eq",
            "fun": lambda w: w.sum() - 1,
            "jac": lambda w: np.ones_like(w),
        },
        options={"ftol": TOLERANCE, "maxiter": 500},
    )
    weight = np.clip(found.x, 0, None)
    return weight / weight.sum()
