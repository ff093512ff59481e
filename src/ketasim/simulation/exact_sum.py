"""Sums of floating-point numbers without any rounding, so that order cannot matter.

Every double is a whole multiple of 2**-1126 (subnormal ones with their 53 digits spelt out). A sum
is kept as whole numbers in places of 32 binary digits each, from there to above the largest
double. Adding two sums adds whole numbers; only reading one off rounds, once.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

_LOWEST = 1126
_DIGITS = 32
_PLACES = (2150 + 53 + _DIGITS) // _DIGITS + 1
_MASK = np.int64(2**_DIGITS - 1)


class ExactSum:
    """Sums of many numbers, one for each cell of an array.

    Parameters
    ----------
    places : ndarray of int64, shape (cells, 71)
        What each place holds; at most 2**30 numbers may be added before one overflows.
    """

    def __init__(self, places: np.ndarray) -> None:
        self.places = places

    @classmethod
    def zero(cls, cells: int) -> ExactSum:
        """Return empty sums."""
        return cls(np.zeros((cells, _PLACES), dtype=np.int64))

    def add(self, numbers: np.ndarray) -> None:
        """Add one number to each cell; all must be finite, shape (cells,)."""
        fraction, exponent = np.frexp(numbers)
        whole = np.abs(fraction * 2.0**53).astype(np.int64)
        sign = np.where(fraction < 0, np.int64(-1), np.int64(1))
        at = exponent.astype(np.int64) - 53 + _LOWEST
        place, shift = at // _DIGITS, at % _DIGITS
        low = (whole & _MASK) << shift
        high = (whole >> _DIGITS) << shift
        cell = np.arange(len(numbers))
        self.places[cell, place] += sign * (low & _MASK)
        self.places[cell, place + 1] += sign * ((low >> _DIGITS) + (high & _MASK))
        self.places[cell, place + 2] += sign * (high >> _DIGITS)

    def __add__(self, other: ExactSum) -> ExactSum:
        """Return the sums of both."""
        return ExactSum(self.places + other.places)

    def exact(self) -> list[Fraction]:
        """Return the sums themselves."""
        unit = Fraction(1, 2**_LOWEST)
        return [unit * _whole(row) for row in self.places]


def _whole(row: np.ndarray) -> int:
    """Return the whole number that the places of one cell spell."""
    used = np.flatnonzero(row)
    return sum(int(row[k]) << (_DIGITS * int(k)) for k in used)
