"""Draws from the posterior of a calibration, weighted by how well the model itself does there.

Proposals come from the normal approximation at the most probable point. For a calibration on
trials each proposal is run and weighted by posterior over proposal density, so a bent posterior
shows: the effective number of draws falls.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.inference.calibration import Prior
from ketasim.inference.trial_calibration import Observed, Predict, TrialFit, log_posterior
from ketasim.population.counter import sobol_uniforms

DIGITS = 4


@dataclass(frozen=True)
class Draws:
    """Draws of parameters that were calibrated together.

    Attributes
    ----------
    symbols : tuple of str
    values : ndarray, shape (draws, symbols)
        In the parameters' units.
    weights : ndarray, shape (draws,)
        Sum to 1.
    """

    symbols: tuple[str, ...]
    values: np.ndarray
    weights: np.ndarray

    @property
    def effective(self) -> float:
        """Effective number of draws."""
        return float(1 / (self.weights**2).sum())


def normal_draws(
    priors: Sequence[Prior], values: np.ndarray, covariance: np.ndarray, n: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and values, each of shape (n, parameters), of the normal approximation."""
    from scipy.special import ndtri

    symbols = tuple(p.symbol for p in priors)
    independent = ndtri(sobol_uniforms(seed, 0, symbols, 0, n))
    centre = np.array([float(p.to_scale(v)) for p, v in zip(priors, values, strict=True)])
    scores = centre + independent @ np.linalg.cholesky(covariance).T
    columns = [p.from_scale(scores[:, i]) for i, p in enumerate(priors)]
    return scores, np.stack(columns, axis=1)


def unweighted(
    priors: Sequence[Prior], values: np.ndarray, covariance: np.ndarray, n: int, seed: int
) -> Draws:
    """Return draws of the normal approximation, all of one weight."""
    _, found = normal_draws(priors, values, covariance, n, seed)
    return Draws(tuple(p.symbol for p in priors), found, np.full(n, 1 / n))


def weighted(
    predict: Predict,
    observed: Observed,
    fit: TrialFit,
    shared: Mapping[str, float],
    n: int,
    seed: int,
) -> Draws:
    """Return draws weighted by the posterior that the model itself gives them.

    Parameters
    ----------
    predict, observed, shared
        As in `calibrate_on_trials`.
    fit : TrialFit
    n, seed : int
    """
    scores, values = normal_draws(fit.priors, fit.values, fit.covariance, n, seed)
    centre = np.array([float(p.to_scale(v)) for p, v in zip(fit.priors, fit.values, strict=True)])
    away = scores - centre
    proposal = -np.einsum("ni,ij,nj->n", away, np.linalg.inv(fit.covariance), away) / 2
    log_weight = log_posterior(predict, observed, fit, shared, scores) - proposal
    weight = np.exp(log_weight - log_weight.max())
    return Draws(tuple(p.symbol for p in fit.priors), values, weight / weight.sum())


def as_csv(draws: Draws) -> str:
    """Return draws as the text of a CSV file: one row each, its weight first."""
    lines = [",".join(("weight", *draws.symbols))]
    for weight, row in zip(draws.weights, draws.values, strict=True):
        lines.append(",".join(f"{number:.{DIGITS}g}" for number in (weight, *row)))
    return "\n".join(lines) + "\n"


def shipped_draws(name: str) -> Draws:
    """Return the draws of a calibration that ketasim ships, such as ``"mood"``.

    Raises
    ------
    UserError
        Unknown name.
    """
    known = sorted(p.name[:-4] for p in folder().iterdir() if p.name.endswith(".csv"))
    if name not in known:
        raise UserError(f"draws: unknown calibration {name!r}{nearest(name, known)}")
    text = folder().joinpath(f"{name}.csv").read_text(encoding="utf-8")
    header, *rows = csv.reader(text.splitlines())
    table = np.array([[float(cell) for cell in row] for row in rows])
    return Draws(tuple(header[1:]), table[:, 1:], table[:, 0] / table[:, 0].sum())


def folder() -> Traversable:
    """Return where shipped draws lie."""
    return files("ketasim.inference").joinpath("posterior")
