"""Rate a pool's patients several times over, each time as one whom the trial let in.

Patients were taken whose rating at screening reached the minimum. A patient rated anew keeps that
condition: of several courses of ratings those are kept whose first reaches it.
"""

from __future__ import annotations

import numpy as np

from ketasim.evidence.clinical_pools import Pool
from ketasim.population.counter import name_key
from ketasim.trial.patients import Patients
from ketasim.trial.record import Course, Record, observe
from ketasim.trial.scales import scale
from ketasim.trial.scores import observed

TRIES = 4  # courses of ratings for each that is kept
MOST_NUMBERS = 12_000_000  # of acute effects held at once (96 MB)


def rated(pool: Pool, course: Course, ratings: int, seed: int) -> Record:
    """Return every patient of a course rated ``ratings`` times, one after another.

    Parameters
    ----------
    pool : Pool
    course : Course
    ratings : int
        Fewer where the course is long and it matters who leaves.
    seed : int

    Returns
    -------
    Record
        Row p * ratings + r is rating r of patient p.
    """
    n = len(course.madrs)
    numbers = n * len(course.fine_h) * len(course.outputs)
    ratings = max(1, min(ratings, MOST_NUMBERS // numbers)) if numbers else ratings
    replicate = rating_stream(pool)
    index = chosen(pool, course.madrs[:, :1], ratings, seed, replicate)
    rows = np.repeat(np.arange(n), ratings)
    who = Patients({}, n * ratings, seed, replicate, index, np.empty(n * ratings))
    return observe(course.take(rows), who, pool.scales, pool.acute, dropout=pool.dropout)


def rating_stream(pool: Pool) -> int:
    """Return the replicate from whose random numbers a pool's ratings come: one for each arm."""
    return name_key(f"{pool.arm.study}:{pool.arm.name}") % 2**32


def chosen(pool: Pool, before: np.ndarray, ratings: int, seed: int, replicate: int) -> np.ndarray:
    """Return which courses of ratings are kept: numbers, shape (patients * ratings,).

    Parameters
    ----------
    before : ndarray, shape (patients, 1)
        True MADRS before treatment.
    """
    n = len(before)
    if pool.group.minimum is None:
        return np.arange(n * ratings)
    tries = TRIES * ratings
    index = np.arange(n * tries)
    seen = observed(
        scale(pool.group.scale), np.repeat(before, tries, axis=0), [0.0],
        seed=seed, replicate=replicate, index=index,
    ).reshape(n, tries)  # fmt: skip
    enough = seen >= pool.group.minimum
    # the first ones that reach it; where none does, the highest
    order = np.argsort(np.where(enough, -1e3, -seen), axis=1, kind="stable")
    many = np.maximum(enough.sum(axis=1), 1)
    places = np.arange(ratings)[None, :] % many[:, None]
    kept = np.take_along_axis(order, places, axis=1)
    return (np.arange(n)[:, None] * tries + kept).ravel()
