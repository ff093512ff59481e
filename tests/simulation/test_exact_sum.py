"""Sums without rounding, against Python's fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.simulation.exact_sum import ExactSum

NUMBERS = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20)


def summed(numbers):
    found = ExactSum.zero(1)
    for number in numbers:
        found.add(np.array([number]))
    return found


@settings(deadline=None)
@given(NUMBERS)
def test_a_sum_is_that_of_fractions(numbers):
    assert summed(numbers).exact() == [sum(map(Fraction, numbers), Fraction(0))]


def test_what_floating_point_loses_stays():
    assert float(summed([1e300, 1.0, 5e-324, -1e300]).exact()[0]) == 1.0
    assert summed([5e-324, 5e-324]).exact() == [Fraction(2, 2**1074)]


@settings(deadline=None)
@given(NUMBERS, NUMBERS)
def test_order_and_cuts_leave_no_trace(some, others):
    forth, back = summed(some + others), summed((some + others)[::-1])
    parts = summed(others) + summed(some)
    np.testing.assert_array_equal(forth.places, back.places)
    np.testing.assert_array_equal(forth.places, parts.places)
