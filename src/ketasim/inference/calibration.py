"""Choose parameters by findings marked `calibrate`, starting from what the literature says.

The estimate is the most probable one a posteriori: every parameter has a prior on its log or
logit scale, every finding an error (its own standard error, plus what studies differ by), and
a soft loss keeps one strange study from deciding. Findings marked `validate` are refused.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, cast

import numpy as np

from ketasim.errors import UserError, nearest

BETWEEN_STUDIES = 0.1
"""What two good studies of one thing differ by, on the log scale (assumed: 10 %)."""
STEP = 0.03
"""Step of the finite differences, on the log or logit scale."""
BOUND = 3.0
"""A value so many prior standard deviations away lies on its bound and is refused."""

Predict = Callable[[Mapping[str, np.ndarray]], np.ndarray]
"""Settings, arrays of shape (k,), to predictions of shape (k, findings)."""


@dataclass(frozen=True)
class Prior:
    """What was known of a parameter before.

    Attributes
    ----------
    symbol : str
    value, sd : float
        Median in the parameter's unit; SD on the scale.
    scale : str
        ``log`` or ``logit``.
    source, note : str
    """

    symbol: str
    value: float
    sd: float
    scale: str
    source: str
    note: str

    def to_scale(self, value: np.ndarray | float) -> np.ndarray:
        """Return values on the scale of the prior."""
        array = np.asarray(value, dtype=float)
        return np.log(array / (1 - array)) if self.scale == "logit" else np.log(array)

    def from_scale(self, score: np.ndarray | float) -> np.ndarray:
        """Return values in the parameter's unit."""
        array = np.asarray(score, dtype=float)
        return 1 / (1 + np.exp(-array)) if self.scale == "logit" else np.exp(array)


@dataclass(frozen=True)
class Calibration:
    """Parameters chosen.

    Attributes
    ----------
    priors : tuple of Prior
    values : ndarray, shape (parameters,)
        Most probable values, each in its unit.
    covariance : ndarray, shape (parameters, parameters)
        On the scales of the priors.
    predicted : ndarray, shape (findings,)
    residuals : ndarray, shape (findings,)
        Log of predicted over observed, in standard errors.
    loss : dict of str to float
        Parts of the negative log posterior: findings (softened), priors.
    """

    priors: tuple[Prior, ...]
    values: np.ndarray
    covariance: np.ndarray
    predicted: np.ndarray
    residuals: np.ndarray
    loss: dict[str, float]

    @property
    def sd(self) -> np.ndarray:
        """Standard errors on the scales of the priors."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def correlation(self) -> np.ndarray:
        """Correlations of the estimates, shape (parameters, parameters)."""
        return self.covariance / np.outer(self.sd, self.sd)


def prior_names() -> tuple[str, ...]:
    """Return the sets of priors there are."""
    return tuple(sorted(p.name[:-4] for p in _folder().iterdir() if p.name.endswith(".csv")))


def read_priors(name: str) -> tuple[Prior, ...]:
    """Return a shipped set of priors, such as ``"pk"``.

    Raises
    ------
    UserError
        Unknown name.
    """
    if name not in prior_names():
        raise UserError(f"priors: unknown set {name!r}{nearest(name, prior_names())}")
    text = _folder().joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(
        Prior(r["symbol"], float(r["prior"]), float(r["sd"]), r["scale"], r["source"], r["note"])
        for r in csv.DictReader(text.splitlines())
    )


def calibrate(
    predict: Predict,
    observed: Sequence[float] | np.ndarray,
    errors: Sequence[float] | np.ndarray,
    priors: Sequence[Prior],
    start: Mapping[str, float] | None = None,
    most_rounds: int = 30,
) -> Calibration:
    """Return the most probable parameters.

    Parameters
    ----------
    predict : callable
        Settings to predictions, many settings at once.
    observed : array_like, shape (findings,)
        Positive, beside the predictions.
    errors : array_like, shape (findings,)
        Standard errors of the logarithm; `BETWEEN_STUDIES` is added in quadrature.
    priors : sequence of Prior
    start : mapping of str to float, optional
        Where to begin; default: the priors' medians.
    most_rounds : int
        Of least squares.

    Raises
    ------
    UserError
        Nothing observed, or an observation or error that is not positive and finite.
    """
    from scipy.optimize import least_squares

    log_observed, error = _checked(observed, errors)
    begin = start or {}
    centre = np.array([float(p.to_scale(p.value)) for p in priors])
    width = np.array([p.sd for p in priors])
    first = np.array([float(p.to_scale(begin.get(p.symbol, p.value))) for p in priors])

    def predictions(scores: np.ndarray) -> np.ndarray:
        settings = {p.symbol: p.from_scale(scores[:, i]) for i, p in enumerate(priors)}
        return np.asarray(predict(settings), dtype=float)

    def residuals(scores: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            misfit = (np.log(predicted) - log_observed) / error
        return np.concatenate(
            [np.where(np.isfinite(misfit), misfit, 50.0), (scores - centre) / width]
        )

    def value(scores: np.ndarray) -> np.ndarray:
        return residuals(scores, predictions(scores[None])[0])

    def slopes(scores: np.ndarray) -> np.ndarray:
        both = predictions(_steps(scores))
        n = len(scores)
        sides = np.array([residuals(s, p) for s, p in zip(_steps(scores), both, strict=True)])
        return ((sides[:n] - sides[n:]) / (2 * STEP)).T

    found = least_squares(
        value, first, jac=cast(Any, slopes), loss="soft_l1", max_nfev=most_rounds, x_scale=width
    )
    refuse_bounds(priors, found.x)
    predicted = predictions(found.x[None])[0]
    jacobian = slopes(found.x)
    covariance = np.linalg.inv(jacobian.T @ jacobian)
    values = np.array([float(p.from_scale(s)) for p, s in zip(priors, found.x, strict=True)])
    misfit = residuals(found.x, predicted)
    # scipy's soft_l1: rho(z) = 2 (sqrt(1 + z) - 1), cost = sum of rho / 2, over both parts
    soft = np.sqrt(1 + misfit**2) - 1
    loss = {"findings": float(soft[: len(error)].sum()), "priors": float(soft[len(error) :].sum())}
    return Calibration(tuple(priors), values, covariance, predicted, misfit[: len(error)], loss)


def refuse_bounds(priors: Sequence[Prior], scores: np.ndarray) -> None:
    """Raise UserError for a value on its bound: the findings contradict what was known of it."""
    for prior, score in zip(priors, scores, strict=True):
        centre = float(prior.to_scale(prior.value))
        if abs(away := (score - centre) / prior.sd) >= BOUND:
            value = float(prior.from_scale(score))
            bound = float(
                prior.from_scale(centre + math.copysign(BOUND, score - centre) * prior.sd)
            )
            raise UserError(
                f"calibrate: {prior.symbol} = {value:.3g} lies on its bound {bound:.3g}, {BOUND:g} "
                f"prior SDs from {prior.value:g} ({away:.1f} SDs away); refused"
            )


def _steps(scores: np.ndarray) -> np.ndarray:
    """Return the settings of central differences, shape (2 n, n): up first, then down."""
    shift = STEP * np.eye(len(scores))
    return np.concatenate([scores + shift, scores - shift])


def _checked(
    observed: Sequence[float] | np.ndarray, errors: Sequence[float] | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return log observations and whole errors."""
    seen, error = np.asarray(observed, dtype=float), np.asarray(errors, dtype=float)
    if not seen.size:
        raise UserError("calibrate: no findings to calibrate on")
    if seen.shape != error.shape:
        raise UserError(f"calibrate: {error.size} errors for {seen.size} observations")
    for what, array, least in (("observation", seen, 0.0), ("error", error, -math.ulp(0.0))):
        bad = np.flatnonzero(~(np.isfinite(array) & (array > least)))
        if bad.size:
            raise UserError(f"calibrate: {what} {bad[0]} is {array[bad[0]]:g}, not positive")
    return np.log(seen), np.hypot(error, BETWEEN_STUDIES)


def _folder() -> Traversable:
    return files("ketasim.inference").joinpath("priors")
