"""Random numbers of a trial's patients, by seed, replicate, name and who it is."""

from __future__ import annotations

import numpy as np

from ketasim.population.counter import uniforms


def numbers(name: str, who: np.ndarray, seed: int, replicate: int) -> np.ndarray:
    """Return a number between 0 and 1 for each of those people.

    Parameters
    ----------
    name : str
        What it is for.
    who : ndarray of int, shape (n,)
        Indices of the people, in any order.
    seed, replicate : int
    """
    if len(who) == 0:
        return np.empty(0)
    first, last = int(who.min()), int(who.max()) + 1
    return uniforms(seed, replicate, name, first, last)[who - first]


def normals(name: str, who: np.ndarray, seed: int, replicate: int) -> np.ndarray:
    """Return a standard normal number for each of those people; see `numbers`."""
    from scipy.special import ndtri

    return ndtri(numbers(name, who, seed, replicate))
