"""Curves of estimated people, with what is not known of them as a band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.errors import UserError
from ketasim.inference.individual import Estimate, Estimates
from ketasim.inference.individual_curves import Episode
from ketasim.inference.individual_samples import Individual
from ketasim.population.counter import uniforms

DRAWS = 200
MIDDLE = (5.0, 95.0)
_POINTS = 121
_AFTER_DOSE_H = np.concatenate([[0.0], np.geomspace(0.02, 12.0, 16)])
_MOST_DOSES = 40


@dataclass(frozen=True)
class Band:
    """Curves of one person for one output, on the times of the person's first episode.

    Attributes
    ----------
    output, unit : str
    times_h : ndarray, shape (n_times,)
    typical : ndarray, shape (n_times,)
        The typical person with these covariates.
    individual : ndarray, shape (n_times,)
        The most probable curve.
    low, high : ndarray, shape (n_times,)
        Middle 90 % of the curves this person may have, given the samples. The residual error of
        a new sample comes on top.
    """

    output: str
    unit: str
    times_h: np.ndarray
    typical: np.ndarray
    individual: np.ndarray
    low: np.ndarray
    high: np.ndarray


def bands(
    estimates: Estimates,
    which: Sequence[int] | None = None,
    *,
    outputs: Sequence[str] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[list[Band]]:
    """Return the curves of some people.

    Parameters
    ----------
    estimates : Estimates
    which : sequence of int, optional
        Indices of people; default: all.
    outputs : sequence of str, optional
        Default: those measured in each person (without samples: in anybody).
    draws : int
        Curves drawn from the posterior (its normal approximation) for each band, at least 20.
    seed : int
        Of these draws. Those of a person depend on seed and ID alone.

    Returns
    -------
    list of list of Band
        For each person a band for each output.

    Raises
    ------
    UserError
        Fewer than 20 draws.
    """
    if draws < 20:
        raise UserError(f"draws: {draws} is too few for a band of 90 %; give 20 or more")
    everybody = range(len(estimates.individuals)) if which is None else which
    measured = [name for one in estimates.individuals for name in one.person.outputs]
    found = []
    for k in everybody:
        one = estimates.individuals[k]
        names = outputs or tuple(dict.fromkeys(one.person.outputs or measured))
        found.append(_of_one(estimates, one, names, draws, seed))
    return found


def posterior_scores(one: Estimate, symbols: Sequence[str], draws: int, seed: int) -> np.ndarray:
    """Return scores drawn from a person's posterior, shape (draws, p)."""
    from scipy.special import ndtri

    columns = [
        ndtri(uniforms(seed, 0, f"posterior:{one.person.id}:{symbol}", 0, draws))
        for symbol in symbols
    ]
    spread = np.linalg.cholesky(one.covariance)
    return one.eta + np.stack(columns, axis=1) @ spread.T


def curve_times(person: Individual) -> np.ndarray:
    """Return times [h] on which the curve of the first episode is smooth, dense after doses."""
    doses = sorted(person.regimens[0].doses, key=lambda dose: dose.start_h)
    starts = [dose.start_h for dose in doses]
    ends = [dose.start_h + dose.duration_h for dose in doses]
    samples = person.times_h[person.in_episode(0)]
    first = min([0.0, *starts])
    last = max([*samples, *(end + 1.0 for end in ends)])
    last += 0.04 * (last - first)
    parts = [np.linspace(first, last, _POINTS), samples]
    for start, end in list(zip(starts, ends, strict=True))[:_MOST_DOSES]:
        parts += [np.linspace(start, end, 9), end + _AFTER_DOSE_H]
    times = np.unique(np.round(np.concatenate(parts), 6))
    return times[(times >= first) & (times <= last)]


def _of_one(
    estimates: Estimates, one: Estimate, outputs: Sequence[str], draws: int, seed: int
) -> list[Band]:
    curves = estimates.curves
    times = curve_times(one.person)
    drawn = posterior_scores(one, estimates.prior.symbols, draws, seed)
    scores = np.concatenate([np.zeros((1, len(one.eta))), one.eta[None, :], drawn])
    episode = Episode(one.person.regimens[0], one.person.covariates)
    values = curves.on_grids([episode], [scores], [times])[0]
    place = {name: k for k, name in enumerate(curves.compiled.outputs)}
    found = []
    for name in outputs:
        rows = values[:, :, place[name]]
        low, high = np.nanpercentile(rows[2:], MIDDLE, axis=0)
        unit = curves.model.outputs[name].unit
        found.append(Band(name, unit, times, rows[0], rows[1], low, high))
    return found
