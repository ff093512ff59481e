"""The posterior a second time, by an independent sampler: emcee's ensemble of walkers.

Foreman-Mackey, Hogg, Lang and Goodman 2013 (doi 10.1086/670067). It needs the extra
``crosscheck``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from ketasim.errors import UserError
from ketasim.inference.tournament.body import Body
from ketasim.inference.tournament.fit import Fit
from ketasim.inference.tournament.likelihood import log_likelihood
from ketasim.inference.tournament.predicted import predictor

BURNT = 0.3
"""Share of the steps that is thrown away."""
LEAST_WALKERS = 2
"""Walkers for each parameter, at least: emcee's own rule."""
DIFFERS = 3.0
"""Standard errors from which on two samplers are said to differ."""
UNDERSTATED = 2.0
"""Chains of tempered Monte Carlo share ancestors: over seeds their means spread about twice as far
as chains within one run say (two scores, exact by a grid)."""

LogLikelihood = Callable[[np.ndarray], np.ndarray]
"""Scores of shape (n, free) to log likelihoods, shape (n,)."""


@dataclass(frozen=True)
class Crosscheck:
    """Two samplers side by side.

    Attributes
    ----------
    mean, sd : ndarray, shape (2, free)
        Posterior mean and SD of every score: tempered Monte Carlo, then emcee.
    mean_error, sd_error : ndarray, shape (2, free)
        SD of their Monte Carlo errors.
    steps, evaluations : int
    correlation_steps : ndarray, shape (free,)
        Steps after which walkers have forgotten where they were.
    symbols : tuple of str
    """

    mean: np.ndarray
    sd: np.ndarray
    mean_error: np.ndarray
    sd_error: np.ndarray
    steps: int
    evaluations: int
    correlation_steps: np.ndarray
    symbols: tuple[str, ...] = ()

    @property
    def mean_apart(self) -> np.ndarray:
        """Difference of the means, in its standard error, shape (free,)."""
        return np.abs(np.diff(self.mean, axis=0)[0]) / np.hypot(*self.mean_error)

    @property
    def sd_apart(self) -> np.ndarray:
        """Difference of the SDs, in its standard error, shape (free,)."""
        return np.abs(np.diff(self.sd, axis=0)[0]) / np.hypot(*self.sd_error)

    @property
    def agrees(self) -> bool:
        """Whether nothing differs by more than `DIFFERS` standard errors."""
        return bool(max(self.mean_apart.max(), self.sd_apart.max()) < DIFFERS)


def _emcee() -> Any:
    try:
        return import_module("emcee")
    except ImportError:
        raise UserError(
            "the cross-check needs an extra: pip install 'ketasim[crosscheck]'"
        ) from None


def crosscheck(
    fitted: LogLikelihood,
    draws: np.ndarray,
    *,
    chain: int = 1,
    walkers: int = 64,
    steps: int = 400,
    start: np.ndarray | None = None,
    seed: int = 1,
    symbols: tuple[str, ...] = (),
) -> Crosscheck:
    """Return tempered Monte Carlo and emcee side by side.

    Parameters
    ----------
    fitted : callable
    draws : ndarray, shape (n, free)
        Of tempered Monte Carlo.
    chain : int
        Draws in a row that belong to one chain.
    walkers, steps : int
    start : ndarray, shape (walkers, free), optional
        Draws of the prior by default, so that nothing is handed over.
    seed : int
    symbols : tuple of str

    Raises
    ------
    UserError
        emcee is not installed; too few walkers.
    """
    emcee, d = _emcee(), draws.shape[1]
    if walkers < LEAST_WALKERS * d:
        raise UserError(
            f"cross-check: {walkers} walkers for {d} parameters; at least {LEAST_WALKERS * d}"
        )
    sampler = emcee.EnsembleSampler(
        walkers,
        d,
        lambda scores: fitted(scores) - (scores**2).sum(axis=1) / 2,
        moves=[(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)],
        vectorize=True,
    )
    first = np.random.default_rng(seed).standard_normal((walkers, d)) if start is None else start
    sampler.random_state = np.random.RandomState(seed).get_state()
    sampler.run_mcmc(first, steps)
    kept = sampler.get_chain(discard=int(BURNT * steps))  # steps, walkers, free
    memory = np.maximum(sampler.get_autocorr_time(discard=int(BURNT * steps), quiet=True), 1.0)
    independent = kept.shape[0] * kept.shape[1] / memory
    flat = kept.reshape(-1, d)
    own, own_sd_error = _errors(draws, chain)
    sd = np.array([draws.std(axis=0, ddof=1), flat.std(axis=0, ddof=1)])
    return Crosscheck(
        np.array([draws.mean(axis=0), flat.mean(axis=0)]),
        sd,
        np.array([UNDERSTATED * own, sd[1] / np.sqrt(independent)]),
        np.array([UNDERSTATED * own_sd_error, sd[1] / np.sqrt(2 * independent)]),
        steps,
        walkers * (steps + 1),
        memory,
        symbols,
    )


def _errors(draws: np.ndarray, chain: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the errors of mean and SD, chains being independent of one another."""
    kept = draws[: len(draws) // chain * chain]
    away = kept - kept.mean(axis=0)
    sd = away.std(axis=0)

    def error(values: np.ndarray) -> np.ndarray:
        blocks = values.reshape(-1, chain, values.shape[1]).mean(axis=1)
        return blocks.std(axis=0, ddof=1) / np.sqrt(len(blocks))

    return error(away), error(away**2) / (2 * sd)


def crosscheck_of(
    fit: Fit,
    body: Body,
    *,
    walkers: int = 64,
    steps: int = 400,
    start: np.ndarray | None = None,
    seed: int = 1,
) -> Crosscheck:
    """Return both samplers of a hypothesis, on reports marked `calibrate`.

    Parameters
    ----------
    fit : Fit
    body : Body
    walkers, steps, start, seed
        As for `crosscheck`; ``walkers * (steps + 1)`` settings are simulated.
    """
    chooses = body.chooses
    runs = predictor(fit.hypothesis, body).only(chooses)
    return crosscheck(
        lambda scores: log_likelihood(body, runs(scores), chooses),
        fit.scores,
        chain=fit.chain,
        walkers=walkers,
        steps=steps,
        start=start,
        seed=seed,
        symbols=fit.hypothesis.symbols,
    )
