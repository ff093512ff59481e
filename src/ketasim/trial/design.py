"""Who gets what: randomisation in permuted blocks within strata, and orders of a crossover.

Every draw depends on the seed, the replicate and the place in the list, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np

from ketasim.population.counter import uniforms

OLD_YEARS = 65.0
# Up to three arms every order of them is used; beyond, a Williams square.
ALL_ORDERS = 3


def strata(
    by: Sequence[str], baseline: np.ndarray, values: Mapping[str, np.ndarray]
) -> np.ndarray | None:
    """Return the stratum of each patient, numbered from 0; None without stratification.

    Parameters
    ----------
    by : sequence of str
        ``"baseline"`` (above its median), ``"sex"``, ``"age"`` (65 years or older).
    baseline : ndarray of float, shape (n,)
        Observed score before randomisation.
    values : mapping of str to ndarray, shape (n,)
        Of ``sex`` (1 female) and ``age`` [year].
    """
    if not by:
        return None
    found = np.zeros(len(baseline), dtype=int)
    for word in by:
        if word == "baseline":
            upper = baseline > np.median(baseline) if len(baseline) else baseline > 0
        elif word == "sex":
            upper = values["sex"] > 0.5
        else:
            upper = values["age"] >= OLD_YEARS
        found = 2 * found + upper
    return found


def allocate(
    ratio: Sequence[int], stratum: np.ndarray | None, n: int, seed: int, replicate: int
) -> np.ndarray:
    """Randomise in permuted blocks within strata.

    Parameters
    ----------
    ratio : sequence of int
        Patients of each arm in a block.
    stratum : ndarray of int, shape (n,), or None
    n : int
    seed, replicate : int

    Returns
    -------
    ndarray of int, shape (n,)
        Arm of each patient.

    Notes
    -----
    Blocks are filled within a stratum, in the order of enrolment. A block that a stratum leaves
    unfinished is finished by the next stratum, so that arms have their planned sizes to within
    one block.
    """
    size = sum(ratio)
    block = np.repeat(np.arange(len(ratio)), ratio)
    blocks = -(-n // size)
    lots = uniforms(seed, replicate, "trial:randomisation", 0, blocks * size)
    shuffled = np.argsort(lots.reshape(blocks, size), axis=1, kind="stable")
    drawn = block[shuffled].ravel()[:n]
    order = np.arange(n) if stratum is None else np.argsort(stratum, kind="stable")
    arm = np.empty(n, dtype=int)
    arm[order] = drawn
    return arm


def orders(arms: int) -> tuple[tuple[int, ...], ...]:
    """Return the orders in which a crossover gives its arms.

    Up to three arms all orders; beyond, a Williams square, in which each arm stands in each
    period and follows each other arm equally often.
    """
    if arms <= ALL_ORDERS:
        return tuple(permutations(range(arms)))
    first = [0]
    for step in range(1, arms):
        first.append((first[-1] + (step if step % 2 else -step)) % arms)
    rows = [tuple((arm + shift) % arms for arm in first) for shift in range(arms)]
    if arms % 2:
        rows += [tuple(reversed(row)) for row in rows]
    return tuple(rows)


def sequences(arms: int, n: int, seed: int, replicate: int) -> np.ndarray:
    """Return which of `orders` each patient gets, in permuted blocks, shape (n,)."""
    return allocate([1] * len(orders(arms)), None, n, seed, replicate)
