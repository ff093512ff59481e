"""Profile likelihood: the best that all other parameters can do while one is held.

Every grid point has a few climbers, and all are simulated side by side. They start from the
draws nearest to the point, and take random steps with the draws' covariance, kept where they
climb; each round the worst climber of a point may be replaced by its neighbour's best.
The prior plays no part but to bound the others to `FARTHEST` of its SDs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.inference.tournament.body import Body
from ketasim.inference.tournament.fit import Fit
from ketasim.inference.tournament.likelihood import log_likelihood
from ketasim.inference.tournament.predicted import predictor

DROP = 1.92
"""Half of the 95 % quantile of chi-squared with one degree of freedom."""
FARTHEST = 3.0
"""No parameter goes farther from the prior's middle, in SDs; a limit there counts as open."""
POINTS, CLIMBERS, ROUNDS = 13, 6, 24
STEPS = (1.0, 0.5, 0.2)
"""Sizes of steps, in turn, beside 2.38 / sqrt(free)."""

Evaluate = Callable[[np.ndarray], np.ndarray]
"""Scores of shape (n, free) to log likelihoods, shape (n,)."""


@dataclass(frozen=True)
class Profile:
    """The profile of one parameter.

    Attributes
    ----------
    score : ndarray, shape (points,)
        Of the parameter, in prior SDs from the prior's middle.
    log_likelihood : ndarray, shape (points,)
        Of the best setting found, minus that of the best of all.
    best : ndarray, shape (points, free)
        Those settings, as scores.
    low, high : float
        95 % limits, as scores; infinite where the evidence sets none within `FARTHEST`.
    evaluations : int
    symbol : str
    value : ndarray, shape (points,)
        In the parameter's unit; empty where there is none.
    low_value, high_value : float
        The limits in the parameter's unit; NaN where open.
    """

    score: np.ndarray
    log_likelihood: np.ndarray
    best: np.ndarray
    low: float
    high: float
    evaluations: int
    symbol: str = ""
    value: np.ndarray = field(default_factory=lambda: np.empty(0))
    low_value: float = math.nan
    high_value: float = math.nan


def profile(
    evaluate: Evaluate,
    draws: np.ndarray,
    fitted: np.ndarray,
    column: int,
    *,
    points: int = POINTS,
    climbers: int = CLIMBERS,
    rounds: int = ROUNDS,
    seed: int = 1,
) -> Profile:
    """Return the profile log likelihood of one parameter.

    Parameters
    ----------
    evaluate : callable
    draws : ndarray, shape (n, free)
        Of the posterior.
    fitted : ndarray, shape (n,)
        Their log likelihoods.
    column : int
        Which parameter.
    points, climbers, rounds : int
        Grid points, settings at each, and steps of each.
    seed : int
    """
    d = draws.shape[1]
    rng = np.random.default_rng([seed, column])
    grid = np.linspace(-FARTHEST, FARTHEST, points)
    at = _start(draws, fitted, column, grid, climbers)
    found = evaluate(at.reshape(-1, d)).reshape(points, climbers)
    root = np.linalg.cholesky(np.cov(draws.T).reshape(d, d) + 1e-3 * np.eye(d))
    for k in range(rounds):
        size = STEPS[k % len(STEPS)] * 2.38 / math.sqrt(d)
        step = size * rng.standard_normal(at.shape) @ root.T
        tried = np.clip(at + step, -FARTHEST, FARTHEST)
        worst = found.argmin(axis=1)
        tried[np.arange(points), worst] = _neighbours_best(at, found, k)
        tried[:, :, column] = grid[:, None]
        ahead = evaluate(tried.reshape(-1, d)).reshape(points, climbers)
        climbs = ahead > found
        at = np.where(climbs[:, :, None], tried, at)
        found = np.where(climbs, ahead, found)
    first = found.argmax(axis=1)
    height = found[np.arange(points), first]
    height = height - max(float(height.max()), float(fitted.max()))
    low, high = limits(grid, height, draws[fitted.argmax(), column])
    evaluations = points * climbers * (rounds + 1)
    return Profile(grid, height, at[np.arange(points), first], low, high, evaluations)


def _start(
    draws: np.ndarray, fitted: np.ndarray, column: int, grid: np.ndarray, climbers: int
) -> np.ndarray:
    """Return climbers of every point: near draws, half of them the best of a wider choice."""
    chosen = []
    for value in grid:
        near = np.argsort(np.abs(draws[:, column] - value), kind="stable")
        wider = near[: 8 * climbers]
        best = wider[np.argsort(-fitted[wider], kind="stable")]
        order = dict.fromkeys([*best[: climbers // 2].tolist(), *near.tolist()])
        chosen.append(np.resize(list(order)[:climbers], climbers))
    at = np.clip(draws[np.array(chosen)], -FARTHEST, FARTHEST)
    at[:, :, column] = grid[:, None]
    return at


def _neighbours_best(at: np.ndarray, found: np.ndarray, k: int) -> np.ndarray:
    """Return the best setting of the point on the left and on the right, in turn."""
    points = len(at)
    best = at[np.arange(points), found.argmax(axis=1)]
    return best[np.clip(np.arange(points) + (1 if k % 2 else -1), 0, points - 1)]


def limits(grid: np.ndarray, height: np.ndarray, top: float) -> tuple[float, float]:
    """Return where the profile falls by `DROP` on either side; infinite where it does not.

    Parameters
    ----------
    grid, height : ndarray, shape (points,)
        Height relative to the best setting of all.
    top : float
        Where the best draw lies: between two points of the grid, perhaps.
    """
    if height.max() < -DROP:  # the peak is narrower than the grid: it stands between two points
        left, right = grid[grid < top], grid[grid > top]
        return (float(left.max(initial=-math.inf)), float(right.min(initial=math.inf)))
    inside = np.flatnonzero(height >= -DROP)
    first, last = int(inside[0]), int(inside[-1])
    low = -math.inf if first == 0 else _crossing(grid, height, first - 1, first)
    high = math.inf if last == len(grid) - 1 else _crossing(grid, height, last + 1, last)
    return low, high


def _crossing(grid: np.ndarray, height: np.ndarray, out: int, inside: int) -> float:
    """Return where a line between two points crosses the drop."""
    share = (height[inside] + DROP) / (height[inside] - height[out])
    return float(grid[inside] + share * (grid[out] - grid[inside]))


def profile_of(
    fit: Fit,
    body: Body,
    symbol: str,
    *,
    points: int = POINTS,
    climbers: int = CLIMBERS,
    rounds: int = ROUNDS,
    seed: int = 1,
) -> Profile:
    """Return the profile of a parameter of a hypothesis, on reports marked `calibrate`.

    Parameters
    ----------
    fit : Fit
    body : Body
    symbol : str
        Of a free parameter.
    points, climbers, rounds, seed
        As for `profile`.

    Raises
    ------
    UserError
        The hypothesis has no such free parameter.
    """
    symbols = fit.hypothesis.symbols
    if symbol not in symbols:
        raise UserError(
            f"{fit.hypothesis.name}: no free parameter {symbol!r}{nearest(symbol, symbols)}"
        )
    column = symbols.index(symbol)
    runs, chooses = predictor(fit.hypothesis, body), body.chooses
    found = profile(
        lambda scores: log_likelihood(body, runs(scores), chooses),
        fit.scores,
        log_likelihood(body, fit.clean, chooses),
        column,
        points=points,
        climbers=climbers,
        rounds=rounds,
        seed=seed,
    )
    link = fit.hypothesis.free[column]
    ends = [float(link.value(np.array(e))) if math.isfinite(e) else math.nan
            for e in (found.low, found.high)]  # fmt: skip
    return Profile(
        found.score, found.log_likelihood, found.best, found.low, found.high, found.evaluations,
        symbol, link.value(found.score), ends[0], ends[1],
    )  # fmt: skip
