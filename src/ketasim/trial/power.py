"""What many replicates of one trial say: power, assurance, spread of estimates, size needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.trial.responders import Share, Z, wilson

LEVEL = 0.05
"""Two-sided level below which a replicate counts as won."""
AIMS = (0.8, 0.9)
_RESAMPLES = 400
Moments = tuple[np.ndarray, np.ndarray, np.ndarray]


def won(estimate: np.ndarray, p: np.ndarray, better: int, level: float = LEVEL) -> np.ndarray:
    """Tell for each replicate whether the arm was better with p below the level.

    Parameters
    ----------
    estimate, p : ndarray, shape (replicates,)
        A replicate that could not be analysed (NaN) is not won.
    better : int
        Sign of ``estimate`` that favours the arm.
    """
    with np.errstate(invalid="ignore"):
        return (np.asarray(p) < level) & (np.asarray(estimate) * better > 0)


def power(estimate: np.ndarray, p: np.ndarray, better: int, level: float = LEVEL) -> Share:
    """Return the share of replicates won, with its Monte Carlo error (Wilson interval)."""
    found = won(estimate, p, better, level)
    return wilson(int(found.sum()), len(found))


def assurance(
    estimate: np.ndarray,
    p: np.ndarray,
    better: int,
    draw: np.ndarray | None = None,
    level: float = LEVEL,
) -> Share:
    """Return the power averaged over draws of what is not known.

    Parameters
    ----------
    draw : ndarray of int, shape (replicates,), optional
        Which draw a replicate had. Replicates of one draw are not independent: the interval then
        comes from the spread between draws (as if that many independent ones had been seen).

    Returns
    -------
    Share
        ``count`` and ``n`` are replicates.
    """
    found = won(estimate, p, better, level)
    if draw is None or len(np.unique(draw)) in (1, len(found)):
        return wilson(int(found.sum()), len(found))
    means = np.array([found[draw == k].mean() for k in np.unique(draw)])
    mean = float(means.mean())
    error = float(means.var(ddof=1) / len(means))
    independent = mean * (1 - mean) / error if error > 0 else float(len(found))
    n = int(np.clip(round(independent), len(means), len(found)))
    ends = wilson(round(mean * n), n)
    return Share(int(found.sum()), len(found), mean, min(ends.low, mean), max(ends.high, mean))


@dataclass(frozen=True)
class Spread:
    """How estimates lie over replicates, on the scale of their standard error.

    Attributes
    ----------
    n, lost : int
        Replicates analysed, and those that could not be.
    mean, sd, low, median, high : float
        Of the estimates; ``low`` and ``high`` hold the middle 95 %.
    se : float
        Root mean square of the standard errors that the trials themselves report.
    between_sd : float
        What the estimates vary beyond that: the truth differs between replicates. 0 where it is
        within the Monte Carlo error of nothing.
    mean_error : float
        Monte Carlo error of the mean.
    """

    n: int
    lost: int
    mean: float
    sd: float
    low: float
    median: float
    high: float
    se: float
    between_sd: float
    mean_error: float


def spread(estimate: np.ndarray, se: np.ndarray) -> Spread:
    """Describe the estimates of replicates; arrays of shape (replicates,)."""
    there = np.isfinite(estimate) & np.isfinite(se)
    values, errors = np.asarray(estimate)[there], np.asarray(se)[there]
    n, lost = int(there.sum()), int((~there).sum())
    if n < 2:
        nan = float("nan")
        value = float(values[0]) if n else nan
        return Spread(n, lost, value, nan, nan, value, nan, nan, nan, nan)
    sd = float(values.std(ddof=1))
    own = float(np.sqrt(np.mean(errors**2)))
    low, median, high = np.quantile(values, [0.025, 0.5, 0.975])
    return Spread(
        n, lost, float(values.mean()), sd, float(low), float(median), float(high), own,
        float(np.sqrt(_beyond(sd**2, own**2, n))), sd / float(np.sqrt(n)),
    )  # fmt: skip


@dataclass(frozen=True)
class SizeCurve:
    """Power against the size of the trial.

    Attributes
    ----------
    n : ndarray, shape (sizes,)
        Patients randomised in all.
    power, low, high : ndarray, shape (sizes,)
        With the middle 95 % over resampled replicates (Monte Carlo error).
    ceiling : float
        Power of an endless trial: below 1 where the truth itself is not sure to be a benefit.
    needed : mapping of float to (float, float, float)
        Size at which each aim is reached, with its interval; infinity where it never is.
    """

    n: np.ndarray
    power: np.ndarray
    low: np.ndarray
    high: np.ndarray
    ceiling: float
    needed: dict[float, tuple[float, float, float]]


def sample_size_curve(
    estimate: np.ndarray,
    se: np.ndarray,
    n: int,
    better: int,
    sizes: Sequence[int] | np.ndarray | None = None,
    aims: Sequence[float] = AIMS,
    seed: int = 0,
) -> SizeCurve:
    """Return power at other sizes by scaling the standard error with the square root of the size.

    Estimates at size m are taken as normal with the replicates' mean and the variance
    ``between + se^2 n / m``; ``between`` (`Spread.between_sd`, squared) is what more patients do
    not remove. The test is taken at the normal quantile, so small trials come out a little strong.

    Parameters
    ----------
    estimate, se : ndarray, shape (replicates,)
    n : int
        Patients randomised in each replicate.
    better : int
        Sign of ``estimate`` that favours the arm.
    sizes : sequence of int, optional
        Default: a tenth of ``n`` to ten times ``n``.
    """
    there = np.isfinite(estimate) & np.isfinite(se)
    values, errors = np.asarray(estimate)[there] * better, np.asarray(se)[there]
    if len(values) < 2:
        raise ValueError("a curve needs at least two replicates")
    sizes = np.unique(np.round(np.geomspace(n / 10, n * 10, 61))) if sizes is None else sizes
    sizes = np.asarray(sizes, dtype=float)
    which = np.random.default_rng(seed).integers(0, len(values), (_RESAMPLES, len(values)))
    own = _moments(values[None], errors[None])
    again = _moments(values[which], errors[which])
    curve = _power(*own, n, sizes)[0]
    low, high = np.quantile(_power(*again, n, sizes), [0.025, 0.975], axis=0)
    needed = {aim: _needed(own, again, n, aim) for aim in aims}
    return SizeCurve(
        sizes, curve, low, high, float(_power(*own, n, np.array([1e12]))[0, 0]), needed
    )


def _moments(values: np.ndarray, errors: np.ndarray) -> Moments:
    """Return mean, variance of the truth and mean square of the errors, for each row."""
    own = np.mean(errors**2, axis=1)
    between = _beyond(values.var(axis=1, ddof=1), own, values.shape[1])
    return values.mean(axis=1), between, own


def _beyond(variance: np.ndarray | float, own: np.ndarray | float, n: int) -> np.ndarray:
    """Return what a variance of n estimates has beyond its own error, 0 where that is chance."""
    more = np.asarray(variance) - own
    return np.where(more > np.asarray(own) * Z * np.sqrt(2 / (n - 1)), more, 0.0)


def _power(
    mean: np.ndarray, between: np.ndarray, own: np.ndarray, n: int, sizes: np.ndarray
) -> np.ndarray:
    """Return power, shape (rows, sizes)."""
    from scipy.special import ndtr

    error = own[:, None] * n / sizes[None]
    return ndtr((mean[:, None] - Z * np.sqrt(error)) / np.sqrt(between[:, None] + error))


def _needed(own: Moments, again: Moments, n: int, aim: float) -> tuple[float, float, float]:
    """Return the size at which an aim is reached, with the interval over resamples."""
    steps = np.linspace(np.log(4), np.log(1e6), 400)
    first = []
    for moments in (own, again):
        there = _power(*moments, n, np.exp(steps)) - aim
        k = np.clip((there >= 0).argmax(axis=1), 1, None)
        row = np.arange(len(there))
        before, after = there[row, k - 1], there[row, k]
        share = np.clip(-before / np.where(after > before, after - before, 1.0), 0.0, 1.0)
        at = np.exp(steps[k - 1] + share * (steps[k] - steps[k - 1]))
        first.append(np.where((there >= 0).any(axis=1), at, np.inf))
    ordered = np.ceil(np.sort(first[1]))
    cut = int(0.025 * _RESAMPLES)
    return float(np.ceil(first[0][0])), float(ordered[cut]), float(ordered[-1 - cut])
