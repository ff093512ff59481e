"""The most probable scores of each person, all people in one batch per iteration.

Far from the top the expected curvature drives damped steps (Fisher scoring, with the damping of
Levenberg and Marquardt); near it, secant updates of that matrix do (BFGS), which take in what
the expectation leaves out. The covariance of the posterior is the inverse of half the observed
curvature at the top (Laplace's approximation). Where an outlying sample would make that wider
than the prior, the sample is taken to tell nothing in that direction.

Source: K. Levenberg (1944), D. W. Marquardt (1963) for the damping; J. Nocedal, S. J. Wright,
Numerical Optimization (2006), section 18.3, for the damped update.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ketasim.inference.individual_objective import Expansion, Measured, copies, expansion, moved

CONVERGED = "converged"
NO_SAMPLES = "no samples: typical value"
NOT_CONVERGED = "not converged"
GIVEN_UP = "prediction failed"

INERT = 1e-10  # change of a prediction that is rounding: the score does not act on the samples
LONGEST = 2.0  # SD a score may move at once
NEAR = 1.0  # expected fall of the objective below which secant updates take over
ENOUGH = 1e-8  # expected fall of the objective below which a person is done
ENOUGH_WHEN_STUCK = 1e-4  # the same where no step helps: rounding and integration error
MOST_ITERATIONS = 100
MOST_DAMPING = 1e6
FAR = 3.0  # SD of a score beyond which another top is looked for
RESTARTS = 4
WIDENING = 10.0  # of the errors, at the first restart
WIDE = 0.02  # of a score, for differences of slopes

Predict = Callable[[Sequence[int], Sequence[np.ndarray]], list[np.ndarray]]
"""From people (by index) and their scores, (m, p) each, to predictions, (m, n_samples) each."""


@dataclass(frozen=True)
class Fit:
    """The most probable scores of one person.

    Attributes
    ----------
    status : str
    scores : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
        Of the posterior, in the normal approximation at its top.
    objective : float
    iterations : int
    """

    status: str
    scores: np.ndarray
    covariance: np.ndarray
    objective: float
    iterations: int


@dataclass
class _Search:
    """Where the search of one person stands; the only thing here that changes."""

    scores: np.ndarray
    trial: np.ndarray
    moving: np.ndarray
    here: Expansion | None = None
    steering: np.ndarray | None = None
    observed: np.ndarray | None = None
    near: bool = False
    damping: float = 0.0
    iterations: int = 0
    status: str = ""


def fit_all(predict: Predict, measured: Sequence[Measured], correlation: np.ndarray) -> list[Fit]:
    """Return the most probable scores of every person.

    Parameters
    ----------
    predict : callable
        See `Predict`; called once per iteration, for everybody still searching.
    measured : sequence of Measured
        One for each person; without samples the prior is returned.
    correlation : ndarray, shape (p, p)
        Of the scores in the prior.

    Returns
    -------
    list of Fit
        A person's result does not depend on the others. Such a density can have several tops:
        everybody is searched for twice, from the typical person and from where larger errors
        would have led. Whoever then is far from everybody, or far from the samples, starts
        again on the other side of the farthest scores. The highest end is kept.
    """
    p = len(correlation)
    precision = np.linalg.inv(correlation)
    searches = [_begun(samples, np.zeros(p)) for samples in measured]
    _search(predict, searches, measured, precision)
    for turn in range(RESTARTS):
        again = [k for k, one in enumerate(searches) if _is_doubtful(one, measured[k], turn)]
        theirs, own = [measured[k] for k in again], _of(predict, again)
        starts = [_elsewhere(searches[k], turn) for k in again]
        if turn == 0:
            loose = [replace(samples, widening=WIDENING) for samples in theirs]
            gone = [_begun(*pair) for pair in zip(loose, starts, strict=True)]
            _search(own, gone, loose, precision)
            starts = [one.scores for one in gone]
        others = [_begun(*pair) for pair in zip(theirs, starts, strict=True)]
        _search(own, others, theirs, precision)
        for k, other in zip(again, others, strict=True):
            searches[k] = _better(searches[k], other)
    _observe(predict, searches, measured, precision)
    return [_fit(search, correlation) for search in searches]


def _begun(samples: Measured, start: np.ndarray) -> _Search:
    search = _Search(np.zeros(len(start)), start, np.ones(len(start), dtype=bool))
    if not len(samples.values):
        search.status = NO_SAMPLES
    return search


def _search(
    predict: Predict,
    searches: Sequence[_Search],
    measured: Sequence[Measured],
    precision: np.ndarray,
) -> None:
    """Search until everybody is done."""
    while active := [k for k, search in enumerate(searches) if not search.status]:
        stencils = [copies(searches[k].trial, searches[k].moving) for k in active]
        for k, rows in zip(active, predict(active, stencils), strict=True):
            _advance(searches[k], measured[k], rows, precision)


def _of(predict: Predict, who: Sequence[int]) -> Predict:
    """Return the predictions of some of the people, counted anew."""
    return lambda chosen, scores: predict([who[k] for k in chosen], scores)


def _is_doubtful(search: _Search, samples: Measured, turn: int) -> bool:
    """Whether a search may have ended on a lower top, or nowhere; at first all may."""
    if search.here is None or turn == 0:
        return search.here is not None
    n = len(samples.values)
    far = np.abs(search.scores).max() > FAR
    return bool(far or search.here.misfit > n + 4 * np.sqrt(2 * n)) or search.status != CONVERGED


def _elsewhere(search: _Search, turn: int) -> np.ndarray:
    """Return another start: typical, then the farthest scores, one a turn, on their other side."""
    start = np.zeros(len(search.scores))
    if turn > 0:
        order = np.argsort(-np.abs(search.scores), kind="stable")
        k = order[min(turn - 1, len(order) - 1)]
        start[k] = -np.sign(search.scores[k])
    return start


def _better(one: _Search, other: _Search) -> _Search:
    """Return the search that ended higher up; the first where neither did."""
    if other.here is None or one.here is None or other.here.objective >= one.here.objective:
        return one
    other.iterations += one.iterations
    return other


def _advance(
    search: _Search, samples: Measured, prediction: np.ndarray, precision: np.ndarray
) -> None:
    """Judge the trial of one person and choose the next, or end."""
    search.iterations += 1
    there = expansion(samples, prediction, search.trial, search.moving, precision)
    if search.here is None:
        if not there.is_finite:
            search.status = GIVEN_UP
            return
        search.moving = moved(prediction, INERT)
    if there.is_finite and (search.here is None or there.objective <= search.here.objective):
        search.steering = _steered(search, there)
        search.scores, search.here = search.trial, there
        search.damping = search.damping / 10 if search.damping > 1e-3 else 0.0
    elif search.here is not None:
        search.steering = search.here.curvature
        search.damping = max(10 * search.damping, 1e-2)
    _choose(search)


def _steered(search: _Search, there: Expansion) -> np.ndarray:
    """Return the matrix for the next step, given that the trial is taken."""
    if search.here is None or search.steering is None or not search.near:
        return there.curvature
    old, step = search.steering, search.trial - search.scores
    change = there.slope - search.here.slope
    bent = old @ step
    expected = float(step @ bent)
    if not expected > 0:
        return there.curvature
    if step @ change < 0.2 * expected:  # keeps the matrix positive definite
        share = 0.8 * expected / (expected - float(step @ change))
        change = share * change + (1 - share) * bent
    rank_one = np.outer(change, change) / (step @ change)
    return old - np.outer(bent, bent) / expected + rank_one


def _choose(search: _Search) -> None:
    """Set the next trial, or the status where the search is over."""
    assert search.here is not None
    assert search.steering is not None
    full = np.linalg.solve(search.steering, search.here.slope)
    fall = 0.5 * float(search.here.slope @ full)
    search.near = search.near or fall < NEAR
    if fall < ENOUGH:
        search.status = CONVERGED
    elif search.damping > MOST_DAMPING or search.iterations >= MOST_ITERATIONS:
        search.status = CONVERGED if fall < ENOUGH_WHEN_STUCK else NOT_CONVERGED
    else:
        damped = search.steering + search.damping * np.diag(np.diag(search.steering))
        step = -np.linalg.solve(damped, search.here.slope)
        search.trial = search.scores + step * min(1.0, LONGEST / np.abs(step).max())


def _observe(
    predict: Predict,
    searches: Sequence[_Search],
    measured: Sequence[Measured],
    precision: np.ndarray,
) -> None:
    """Set the observed curvature of everybody who converged, from differences of slopes."""
    done = [k for k, one in enumerate(searches) if one.status == CONVERGED and one.moving.any()]
    if not done:
        return
    ends = [_ends(searches[k]) for k in done]
    stencils = [
        np.concatenate([copies(end, searches[k].moving) for end in own])
        for k, own in zip(done, ends, strict=True)
    ]
    for k, own, prediction in zip(done, ends, predict(done, stencils), strict=True):
        search = searches[k]
        slopes = [
            expansion(measured[k], rows, end, search.moving, precision).slope
            for end, rows in zip(own, np.split(prediction, len(own)), strict=True)
        ]
        search.observed = _curvature(np.array(slopes), search.moving, precision)


def _ends(search: _Search) -> np.ndarray:
    """Return the scores with each moving one a `WIDE` higher, then each lower, (2 q, p)."""
    shifts = WIDE * np.eye(len(search.scores))[search.moving]
    return np.concatenate([search.scores + shifts, search.scores - shifts])


def _curvature(slopes: np.ndarray, moving: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Return second derivatives, (p, p), from slopes at the ends, (2 q, p)."""
    q = len(slopes) // 2
    found = 2 * precision
    rows = (slopes[:q] - slopes[q:]) / (2 * WIDE)
    found[moving, :], found[:, moving] = rows, rows.T
    both = np.ix_(moving, moving)
    found[both] = (rows[:, moving] + rows[:, moving].T) / 2
    return found


def _fit(search: _Search, correlation: np.ndarray) -> Fit:
    if search.here is None:
        return Fit(search.status, search.scores, correlation, np.nan, search.iterations)
    seen = search.observed is not None and bool(np.isfinite(search.observed).all())
    curvature = search.observed if search.observed is not None and seen else search.here.curvature
    covariance = _posterior(curvature / 2, correlation)
    objective = search.here.objective
    return Fit(search.status, search.scores, covariance, objective, search.iterations)


def _posterior(precision: np.ndarray, correlation: np.ndarray) -> np.ndarray:
    """Return the inverse of a precision, nowhere wider than the prior, shape (p, p)."""
    root = np.linalg.cholesky(correlation)
    told, ways = np.linalg.eigh(root.T @ precision @ root - np.eye(len(root)))
    ways = root @ ways
    covariance = (ways / (1.0 + np.maximum(told, 0.0))) @ ways.T
    return (covariance + covariance.T) / 2
