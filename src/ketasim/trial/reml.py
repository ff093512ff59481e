"""Restricted maximum likelihood of a multivariate normal with holes, by Fisher scoring.

Every patient has the same design at every visit, so sums over patients reduce to one matrix per
pattern of visits seen: a fit costs the same for 50 patients and for 50,000.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ketasim.trial.covariance import Structure

MOST_STEPS = 60
MOST_HALVINGS = 12
CLOSE = 1e-9  # gain in log-likelihood, per unit of it, below which the fit has converged


@dataclass(frozen=True)
class Patterns:
    """Patients grouped by which visits they have.

    Attributes
    ----------
    seen : ndarray of bool, shape (patterns, visits)
    n : ndarray, shape (patterns,)
        Patients of each pattern.
    designs : ndarray, shape (patterns, columns, columns)
        Cross product of the design.
    answers : ndarray, shape (patterns, columns, visits)
        Cross product of design and answers.
    squares : ndarray, shape (patterns, visits, visits)
        Cross product of the answers, 0 where missing.
    """

    seen: np.ndarray
    n: np.ndarray
    designs: np.ndarray
    answers: np.ndarray
    squares: np.ndarray

    @property
    def n_columns(self) -> int:
        """Columns of the design of one visit."""
        return self.designs.shape[1]

    @property
    def n_observations(self) -> int:
        """Observations of all patients and visits."""
        return int(self.n @ self.seen.sum(axis=1))


def patterns(answers: np.ndarray, design: np.ndarray) -> Patterns:
    """Group patients; those without any visit take no part.

    Parameters
    ----------
    answers : ndarray, shape (n, visits)
        NaN where missing.
    design : ndarray, shape (n, columns)
    """
    there = np.isfinite(answers)
    any_visit = there.any(axis=1)
    answers, design, there = answers[any_visit], design[any_visit], there[any_visit]
    code = there @ (1 << np.arange(there.shape[1], dtype=np.int64))
    kinds, first, which = np.unique(code, return_index=True, return_inverse=True)
    filled = np.where(there, answers, 0.0)
    groups = [np.flatnonzero(which == k) for k in range(len(kinds))]
    return Patterns(
        seen=there[first],
        n=np.array([len(g) for g in groups], dtype=float),
        designs=np.stack([design[g].T @ design[g] for g in groups]),
        answers=np.stack([design[g].T @ filled[g] for g in groups]),
        squares=np.stack([filled[g].T @ filled[g] for g in groups]),
    )


@dataclass(frozen=True)
class Reml:
    """A fit.

    Attributes
    ----------
    coefficients : ndarray, shape (visits, columns)
    coefficient_covariance : ndarray, shape (visits, columns, visits, columns)
    covariance : ndarray, shape (visits, visits)
    log_likelihood : float
        Restricted, with all constants.
    slopes : ndarray, shape (numbers, visits * columns, visits * columns)
        Derivative of the covariance of the coefficients in each number of the covariance.
    numbers_covariance : ndarray, shape (numbers, numbers)
        Inverse of the Fisher information of these numbers.
    """

    coefficients: np.ndarray
    coefficient_covariance: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    slopes: np.ndarray
    numbers_covariance: np.ndarray

    def combination(self, weights: np.ndarray) -> tuple[float, float, float]:
        """Return value, standard error and degrees of freedom of a sum of coefficients.

        Parameters
        ----------
        weights : ndarray, shape (visits, columns)
        """
        value = float(np.sum(weights * self.coefficients))
        flat = weights.ravel()
        size = len(flat)
        variance = float(flat @ self.coefficient_covariance.reshape(size, size) @ flat)
        slope = np.einsum("i,kij,j->k", flat, self.slopes, flat)
        df = 2 * variance**2 / float(slope @ self.numbers_covariance @ slope)
        return value, float(np.sqrt(variance)), df


@dataclass(frozen=True)
class _Point:
    """The likelihood and its parts at one covariance."""

    numbers: np.ndarray
    covariance: np.ndarray
    weights: np.ndarray  # inverse covariance of each pattern, 0 where missing
    coefficients: np.ndarray
    spread: np.ndarray  # covariance of the coefficients, flat
    log_likelihood: float


def fit(groups: Patterns, structure: Structure) -> Reml | None:
    """Return the fit, or None when scoring does not converge."""
    numbers = structure.start(_rough_covariance(groups))
    point = _point(groups, structure, numbers)
    if point is None:
        return None
    for _ in range(MOST_STEPS):
        slopes = structure.derivatives(point.numbers)
        gradient, information, parts = _scores(groups, point, slopes)
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:
            return None
        better = _climbed(groups, structure, point, step)
        if better is None:
            settled = abs(gradient @ step) <= 1e-6 * max(1.0, abs(point.log_likelihood))
            return _finished(point, information, parts) if settled else None
        gain = better.log_likelihood - point.log_likelihood
        point = better
        if gain <= CLOSE * max(1.0, abs(point.log_likelihood)):
            _, information, parts = _scores(groups, point, structure.derivatives(point.numbers))
            return _finished(point, information, parts)
    return None


def _climbed(
    groups: Patterns, structure: Structure, point: _Point, step: np.ndarray
) -> _Point | None:
    """Return a point with a likelihood no worse, halving the step where needed."""
    for halving in range(MOST_HALVINGS):
        tried = _point(groups, structure, point.numbers + step / 2**halving)
        if tried is not None and tried.log_likelihood >= point.log_likelihood:
            return tried
    return None


def _finished(point: _Point, information: np.ndarray, parts: np.ndarray) -> Reml | None:
    try:
        numbers_covariance = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        return None
    if not (np.diag(numbers_covariance) > 0).all():
        return None
    visits, columns = point.coefficients.shape
    return Reml(
        coefficients=point.coefficients,
        coefficient_covariance=point.spread.reshape(visits, columns, visits, columns),
        covariance=point.covariance,
        log_likelihood=point.log_likelihood,
        slopes=point.spread @ parts @ point.spread,
        numbers_covariance=numbers_covariance,
    )


def _rough_covariance(groups: Patterns) -> np.ndarray:
    """Return the covariance of residuals of one regression per visit, made positive."""
    seen = groups.seen.astype(float)
    visits = seen.shape[1]
    design = np.einsum("gv,gkl->vkl", seen, groups.designs)
    answer = np.einsum("gkv->vk", groups.answers)
    slopes = np.linalg.solve(design, answer[..., None])[..., 0]
    cross = np.zeros((visits, visits))
    both = np.einsum("g,gv,gw->vw", groups.n, seen, seen)
    residual = _residuals(groups, slopes)
    cross = residual.sum(axis=0) / np.maximum(both - groups.n_columns, 1.0)
    scale = np.sqrt(np.maximum(np.diag(cross), 1e-12))
    values, vectors = np.linalg.eigh(cross / np.outer(scale, scale))
    made = (vectors * np.maximum(values, 0.02)) @ vectors.T
    return made * np.outer(scale, scale)


def _residuals(groups: Patterns, coefficients: np.ndarray) -> np.ndarray:
    """Return cross products of residuals by pattern, 0 where missing."""
    mixed = np.einsum("vk,gkw->gvw", coefficients, groups.answers)
    fitted = np.einsum("vk,gkl,wl->gvw", coefficients, groups.designs, coefficients)
    both = groups.seen[:, :, None] & groups.seen[:, None, :]
    return np.where(both, groups.squares - mixed - mixed.swapaxes(1, 2) + fitted, 0.0)


def _point(groups: Patterns, structure: Structure, numbers: np.ndarray) -> _Point | None:
    """Return the likelihood at these numbers; None where they are no covariance."""
    covariance = structure.matrix(numbers)
    if covariance is None:
        return None
    both = groups.seen[:, :, None] & groups.seen[:, None, :]
    visits = len(covariance)
    missing = np.where(groups.seen, 0.0, 1.0)[:, :, None] * np.eye(visits)
    filled = np.where(both, covariance, 0.0) + missing
    weights = np.where(both, np.linalg.inv(filled), 0.0)
    sizes = np.linalg.slogdet(filled)[1]
    flat = visits * groups.n_columns
    precision = np.einsum("gvw,gkl->vkwl", weights, groups.designs).reshape(flat, flat)
    sign, size = np.linalg.slogdet(precision)
    if sign <= 0:
        return None
    spread = np.linalg.inv(precision)
    answer = np.einsum("gvw,gkw->vk", weights, groups.answers)
    coefficients = (spread @ answer.ravel()).reshape(visits, groups.n_columns)
    squares = float(np.einsum("gvw,gvw->", weights, _residuals(groups, coefficients)))
    free = groups.n_observations - flat
    likelihood = -0.5 * (free * np.log(2 * np.pi) + float(groups.n @ sizes) + size + squares)
    return _Point(numbers, covariance, weights, coefficients, spread, likelihood)


def _scores(
    groups: Patterns, point: _Point, slopes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradient, the Fisher information, and what each number does to the precision.

    Parameters
    ----------
    slopes : ndarray, shape (numbers, visits, visits)
        Derivatives of the covariance.
    """
    weights, visits, columns = point.weights, *point.coefficients.shape
    flat = visits * columns
    spread = point.spread.reshape(visits, columns, visits, columns)
    turned = np.einsum("gvw,kwx->gkvx", weights, slopes)  # inverse times slope
    sandwich = turned @ weights[:, None]  # inverse, slope, inverse
    parts = np.einsum("gkvw,gab->kvawb", sandwich, groups.designs).reshape(-1, flat, flat)
    drawn = np.einsum("vawb,gab->gvw", spread, groups.designs)
    residual = _residuals(groups, point.coefficients)
    one = np.einsum("g,gkvv->k", groups.n, turned)
    gradient = -0.5 * (one - np.einsum("gkvw,gvw->k", sandwich, drawn + residual))
    plain = np.einsum("g,gkvw,glwv->kl", groups.n, turned, turned)
    middle = np.einsum("gkvw,glwx,gxv->kl", turned, sandwich, drawn, optimize=True)
    reach = parts @ point.spread
    last = np.einsum("kij,lji->kl", reach, reach)
    return gradient, 0.5 * (plain - 2 * middle + last), parts
