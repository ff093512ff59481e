"""Choose parameters on trials, which differ more than their own errors say.

The estimate is the most probable one: parameters have priors on their log or logit scale, every
finding its standard error and a discrepancy, and each study shares one unknown factor on the gain
of the drug and one on that of placebo, so twenty rows of one trial are not twenty trials. How far
studies differ is estimated along with the parameters (marginal likelihood). Predictions are
linearised around the present estimate, the linear problem is solved exactly, and the model is run
again until nothing moves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.errors import UserError
from ketasim.inference.calibration import Prior, refuse_bounds

STEP = 0.05
"""Step of central differences, in standard deviations of the prior or on the scale if larger."""
LONGEST_MOVE = 1.0
"""Farthest a parameter moves in one round, in standard deviations of its prior."""
SETTLED = 0.03
"""Rounds end when no parameter moves by more, in standard deviations of its prior."""
FULL_ROUNDS = 4
"""After so many rounds only half a step is taken: linearised valleys make whole ones swing."""
TRIAL_SD, TRIAL_SD_ERROR = 0.4, 0.5
"""Prior of how far studies differ: median and SD of the logarithm (assumed)."""
FAR, TRIAL_SD_RANGE = 5.0, (0.02, 2.0)
"""Where is looked at all: prior SDs from the median; SD of the logarithm between studies."""

Predict = Callable[[Mapping[str, np.ndarray]], np.ndarray]
"""Settings, arrays of shape (k,), to predictions of shape (k, findings)."""


@dataclass(frozen=True)
class Observed:
    """What studies saw.

    Attributes
    ----------
    values, errors : ndarray, shape (findings,)
        In the findings' units; ``errors`` holds standard error and discrepancy.
    studies : tuple of str
        The study of each finding.
    trials : tuple of int
        Over how many trials a finding is pooled: what trials differ by averages out. Default: one.
    """

    values: np.ndarray
    errors: np.ndarray
    studies: tuple[str, ...]
    trials: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not len(self.values):
            raise UserError("calibrate: no findings to calibrate on")
        if not (len(self.values) == len(self.errors) == len(self.studies)):
            raise UserError(
                f"calibrate: {len(self.errors)} errors and {len(self.studies)} studies for "
                f"{len(self.values)} observations"
            )
        for what, array in (("observation", self.values), ("error", self.errors)):
            bad = np.flatnonzero(~np.isfinite(array))
            if bad.size:
                raise UserError(f"calibrate: {what} {bad[0]} is {array[bad[0]]:g}, not finite")
        if np.any(self.errors <= 0):
            place = int(np.flatnonzero(self.errors <= 0)[0])
            raise UserError(f"calibrate: error {place} is {self.errors[place]:g}, not positive")


@dataclass(frozen=True)
class TrialFit:
    """Parameters chosen on trials.

    Attributes
    ----------
    priors : tuple of Prior
    values : ndarray, shape (parameters,)
        Most probable values, each in its unit.
    covariance : ndarray, shape (parameters, parameters)
        On the scales of the priors.
    shared : tuple of str
        Parameters that a study multiplies by a factor of its own.
    trial_sd, trial_sd_error : ndarray, shape (shared,)
        SD of the logarithm of that factor, and the SD of its logarithm.
    predicted, residuals : ndarray, shape (findings,)
        Residuals: observed less predicted, in whole standard errors (error and trial).
    loss : dict of str to float
        Parts of the negative log posterior: findings, priors, trials.
    rounds : int
    whole : ndarray, shape (findings, findings)
        Covariance of the findings: errors, and what a study's rows share.
    """

    priors: tuple[Prior, ...]
    values: np.ndarray
    covariance: np.ndarray
    shared: tuple[str, ...]
    trial_sd: np.ndarray
    trial_sd_error: np.ndarray
    predicted: np.ndarray
    residuals: np.ndarray
    loss: dict[str, float]
    rounds: int
    whole: np.ndarray

    @property
    def sd(self) -> np.ndarray:
        """Standard errors on the scales of the priors."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def correlation(self) -> np.ndarray:
        """Correlations of the estimates, shape (parameters, parameters)."""
        return self.covariance / np.outer(self.sd, self.sd)


def calibrate_on_trials(
    predict: Predict,
    observed: Observed,
    priors: Sequence[Prior],
    shared: Mapping[str, float],
    start: Mapping[str, float] | None = None,
    most_rounds: int = 20,
    told: Callable[[int, float], None] | None = None,
) -> TrialFit:
    """Return the most probable parameters.

    Parameters
    ----------
    predict : callable
        Settings to predictions, many settings at once, in the findings' units.
    observed : Observed
    priors : sequence of Prior
    shared : mapping of str to float
        Parameters that each study multiplies by a factor of its own, with their present values;
        those among ``priors`` use the value under trial.
    start : mapping of str to float, optional
        Where to begin; default: the priors' medians.
    most_rounds : int
    told : callable, optional
        Called after each round with its number and the loss.

    Raises
    ------
    UserError
        Nothing observed, numbers that are not finite, a value on its bound, or no end within
        ``most_rounds``.
    """
    priors = tuple(priors)
    begin = start or {}
    scores = np.array([float(p.to_scale(begin.get(p.symbol, p.value))) for p in priors])
    width = np.array([p.sd for p in priors])
    log_sd = np.full(len(shared), math.log(TRIAL_SD))
    moved = math.inf
    for count in range(1, most_rounds + 1):
        line = _linearised(predict, priors, scores, shared)
        found, log_sd, loss = _solved(line, observed, priors, log_sd)
        step = np.clip((found - scores) / width, -LONGEST_MOVE, LONGEST_MOVE)
        step = step * (1.0 if count <= FULL_ROUNDS else 0.5)
        moved = float(np.max(np.abs(step)))
        scores = scores + step * width
        if told:
            told(count, sum(loss.values()))
        if moved < SETTLED:
            break
    else:
        raise UserError(f"calibrate: not settled after {most_rounds} rounds (moves {moved:.2g} SD)")
    refuse_bounds(priors, scores)
    line = _linearised(predict, priors, scores, shared)
    return _fit(line, observed, priors, scores, log_sd, tuple(shared), count)


@dataclass(frozen=True)
class _Line:
    """Predictions around a setting: value, slopes on the scales, slopes by log gain."""

    at: np.ndarray
    centre: np.ndarray
    slopes: np.ndarray
    gains: np.ndarray


def _linearised(
    predict: Predict, priors: Sequence[Prior], scores: np.ndarray, shared: Mapping[str, float]
) -> _Line:
    """Run the model at a setting and beside it, all at once."""
    steps = np.array([max(STEP * p.sd, STEP / 2) for p in priors])
    n, m = len(scores), len(shared)
    table = np.tile(scores, (1 + 2 * n + 2 * m, 1))
    for i in range(n):
        table[1 + i, i] += steps[i]
        table[1 + n + i, i] -= steps[i]
    settings = {p.symbol: p.from_scale(table[:, i]) for i, p in enumerate(priors)}
    for j, (symbol, value) in enumerate(shared.items()):
        column = np.array(settings.get(symbol, np.full(len(table), value)), dtype=float)
        column[1 + 2 * n + j] *= math.exp(STEP)
        column[1 + 2 * n + m + j] *= math.exp(-STEP)
        settings[symbol] = column
    found = np.asarray(predict(settings), dtype=float)
    if not np.all(np.isfinite(found)):
        place = int(np.flatnonzero(~np.isfinite(found).all(axis=0))[0])
        raise UserError(f"calibrate: finding {place} could not be predicted")
    slopes = (found[1 : 1 + n] - found[1 + n : 1 + 2 * n]).T / (2 * steps)
    sides = found[1 + 2 * n :]
    gains = (sides[:m] - sides[m:]).T / (2 * STEP)
    return _Line(scores, found[0], slopes, gains)


def _whole_covariance(line: _Line, observed: Observed, log_sd: np.ndarray) -> np.ndarray:
    """Return the covariance of the findings: own errors, and what a study's rows share."""
    pooled = np.array(observed.trials or (1,) * len(observed.values), dtype=float)
    scaled = line.gains * np.exp(log_sd) / np.sqrt(pooled)[:, None]
    names = np.array(observed.studies)
    together = names[:, None] == names[None, :]
    return np.diag(observed.errors**2) + (scaled @ scaled.T) * together


def _loss(
    line: _Line, observed: Observed, priors: Sequence[Prior], x: np.ndarray
) -> dict[str, float]:
    """Return the parts of the negative log posterior at scores and log trial SDs ``x``."""
    n = len(priors)
    centre = np.array([float(p.to_scale(p.value)) for p in priors])
    width = np.array([p.sd for p in priors])
    miss = observed.values - line.centre - line.slopes @ (x[:n] - line.at)
    factor = np.linalg.cholesky(_whole_covariance(line, observed, x[n:]))
    white = np.linalg.solve(factor, miss)
    return {
        "findings": float(white @ white / 2 + np.log(np.diag(factor)).sum()),
        "priors": float((((x[:n] - centre) / width) ** 2).sum() / 2),
        "trials": float((((x[n:] - math.log(TRIAL_SD)) / TRIAL_SD_ERROR) ** 2).sum() / 2),
    }


def _solved(
    line: _Line, observed: Observed, priors: Sequence[Prior], log_sd: np.ndarray
) -> tuple[np.ndarray, np.ndarray, dict[str, float]]:
    """Return the most probable scores and log trial SDs of the linearised problem."""
    from scipy.optimize import minimize

    first = np.concatenate([line.at, log_sd])
    limits = [
        (float(p.to_scale(p.value)) - FAR * p.sd, float(p.to_scale(p.value)) + FAR * p.sd)
        for p in priors
    ]
    limits += [tuple(np.log(TRIAL_SD_RANGE))] * len(log_sd)
    found = minimize(
        lambda x: sum(_loss(line, observed, priors, x).values()), first, method="L-BFGS-B",
        bounds=limits,
    )  # fmt: skip
    n = len(priors)
    return found.x[:n], found.x[n:], _loss(line, observed, priors, found.x)


def _fit(
    line: _Line,
    observed: Observed,
    priors: tuple[Prior, ...],
    scores: np.ndarray,
    log_sd: np.ndarray,
    shared: tuple[str, ...],
    rounds: int,
) -> TrialFit:
    """Return the fit with its errors, at the last run of the model."""
    whole = _whole_covariance(line, observed, log_sd)
    width = np.array([p.sd for p in priors])
    information = line.slopes.T @ np.linalg.solve(whole, line.slopes) + np.diag(1 / width**2)
    miss = observed.values - line.centre
    x = np.concatenate([scores, log_sd])
    return TrialFit(
        priors=priors,
        values=np.array([float(p.from_scale(s)) for p, s in zip(priors, scores, strict=True)]),
        covariance=np.linalg.inv(information),
        shared=shared,
        trial_sd=np.exp(log_sd),
        trial_sd_error=_error_of_trial_sd(line, observed, priors, x),
        predicted=line.centre,
        residuals=miss / np.sqrt(np.diag(whole)),
        loss=_loss(line, observed, priors, x),
        rounds=rounds,
        whole=whole,
    )


def _error_of_trial_sd(
    line: _Line, observed: Observed, priors: Sequence[Prior], x: np.ndarray
) -> np.ndarray:
    """Return the SD of each log trial SD, from the curvature of the loss along it."""
    errors, step = [], 0.1
    for place in range(len(priors), len(x)):
        beside = []
        for shift in (-step, 0.0, step):
            moved = x.copy()
            moved[place] += shift
            beside.append(sum(_loss(line, observed, priors, moved).values()))
        curvature = (beside[0] - 2 * beside[1] + beside[2]) / step**2
        errors.append(1 / math.sqrt(curvature) if curvature > 0 else TRIAL_SD_ERROR)
    return np.minimum(np.array(errors), TRIAL_SD_ERROR)


def log_posterior(
    predict: Predict,
    observed: Observed,
    fit: TrialFit,
    shared: Mapping[str, float],
    scores: np.ndarray,
) -> np.ndarray:
    """Return the log posterior, but for a constant, of settings that are run anew.

    How far trials differ, and how each finding follows a gain, are held as at the fit.

    Parameters
    ----------
    predict, observed, shared
        As in `calibrate_on_trials`.
    fit : TrialFit
    scores : ndarray, shape (k, parameters)
        On the scales of the priors.
    """
    settings = {p.symbol: p.from_scale(scores[:, i]) for i, p in enumerate(fit.priors)}
    settings |= {s: np.full(len(scores), v) for s, v in shared.items() if s not in settings}
    centre = np.array([float(p.to_scale(p.value)) for p in fit.priors])
    width = np.array([p.sd for p in fit.priors])
    miss = (observed.values - np.asarray(predict(settings), dtype=float)).T
    factor = np.linalg.cholesky(fit.whole)
    white = np.linalg.solve(factor, miss)
    return -(white**2).sum(axis=0) / 2 - (((scores - centre) / width) ** 2).sum(axis=1) / 2
