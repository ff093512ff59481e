"""Random numbers by counter: a function of seed, replicate, name and person, and nothing else.

Each name has its own Philox stream (the key is seed and a hash of the name), and person k takes
number k of it. So nobody's draw depends on how many people there are, on chunks or threads, or
on which other parameters a model has.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

_PER_BLOCK = 4  # Philox gives four 64-bit numbers per count


def uniforms(seed: int, replicate: int, name: str, first: int, last: int) -> np.ndarray:
    """Return the numbers of persons ``first`` to ``last - 1`` for ``name``.

    Parameters
    ----------
    seed, replicate : int
        0 to 2**64 - 1.
    name : str
        Parameter or covariate.
    first, last : int
        Range of persons, 0 <= first <= last.

    Returns
    -------
    ndarray of float, shape (last - first,)
        Strictly between 0 and 1.
    """
    skip = first % _PER_BLOCK
    counter = np.array([first // _PER_BLOCK, 0, replicate, 0], dtype=np.uint64)
    key = np.array([seed, name_key(name)], dtype=np.uint64)
    raw = np.random.Philox(key=key, counter=counter).random_raw(last - first + skip)[skip:]
    return _open_interval(raw >> np.uint64(11), 53)


def sobol_uniforms(
    seed: int, replicate: int, names: tuple[str, ...], first: int, last: int
) -> np.ndarray:
    """Return points ``first`` to ``last - 1`` of a Sobol sequence, shifted digitally by name.

    Person k takes point k, whatever n or chunk. The dimension of a name is its place in
    ``names``, so, unlike `uniforms`, a draw depends on which names come before.

    Returns
    -------
    ndarray of float, shape (last - first, len(names))
        Strictly between 0 and 1.
    """
    from scipy.stats import qmc

    bits = 30
    if last == first:
        return np.empty((0, len(names)))
    sequence = qmc.Sobol(max(1, len(names)), scramble=False, bits=bits)
    # The first point alone, because SciPy warns about any other start that is no power of two.
    origin = sequence.random(1)
    if first:
        sequence.fast_forward(first - 1)
        origin = origin[:0]
    drawn = np.vstack([origin, sequence.random(last - first - len(origin))])
    points = np.round(drawn * 2**bits).astype(np.uint64)
    shifts = [uniforms(seed, replicate, f"sobol:{name}", 0, 1)[0] for name in names] or [0.0]
    shifted = points ^ (np.array(shifts) * 2**bits).astype(np.uint64)
    return _open_interval(shifted, bits)[:, : len(names)]


def name_key(name: str) -> int:
    """Return a 64-bit number for a name, the same on every machine."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def _open_interval(integers: np.ndarray, bits: int) -> np.ndarray:
    """Return integers of ``bits`` bits as numbers strictly between 0 and 1."""
    middle = (integers.astype(float) + 0.5) * 2.0**-bits
    return np.minimum(middle, 1.0 - 2.0**-53)
