"""The symbolic elimination solves what a dense solver solves."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.engine.sparse_lu import eliminate


def solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    n = len(right)
    plan = eliminate(n, zip(*np.nonzero(matrix), strict=True))
    a, b = matrix.astype(float).copy(), right.copy()
    for pivot in plan.order:
        for row in plan.lower[pivot]:
            factor = a[row, pivot] / a[pivot, pivot]
            b[row] -= factor * b[pivot]
            for column in plan.upper[pivot]:
                a[row, column] -= factor * a[pivot, column]
    for pivot in reversed(plan.order):
        for column in plan.upper[pivot]:
            b[pivot] -= a[pivot, column] * b[column]
        b[pivot] /= a[pivot, pivot]
    return b


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 25), density=st.floats(0, 0.5), seed=st.integers(0, 2**20))
def test_any_pattern_is_solved(n, density, seed):
    generator = np.random.default_rng(seed)
    matrix = np.where(generator.random((n, n)) < density, generator.normal(size=(n, n)), 0)
    matrix += np.diag(n + generator.random(n))
    right = generator.normal(size=n)
    np.testing.assert_allclose(solve(matrix, right), np.linalg.solve(matrix, right), rtol=1e-9)


def test_an_arrow_matrix_is_eliminated_without_fill():
    n = 12
    pattern = [(0, k) for k in range(n)] + [(k, 0) for k in range(n)]
    plan = eliminate(n, pattern)
    entries = sum(len(plan.lower[k]) + len(plan.upper[k]) for k in range(n))
    assert entries == 2 * (n - 1)
