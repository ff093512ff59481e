"""Sparse LU worked out once, on the pattern alone, as straight-line code.

The matrix of an implicit step has the same pattern for every individual and every step, so
the order of elimination is chosen beforehand (Markowitz: the pivot that can create least
fill) and the elimination is written out operation by operation.

Source: H. M. Markowitz, Management Science 3 (1957) 255-269.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Elimination:
    """The order of elimination and the pattern it leaves.

    Attributes
    ----------
    order : tuple of int
        Pivot rows (and columns) in the order they are eliminated.
    lower : mapping of int to tuple of int
        For each pivot, the rows that a multiple of its row is taken from.
    upper : mapping of int to tuple of int
        For each pivot, the other columns its row still has when it is used.
    """

    order: tuple[int, ...]
    lower: dict[int, tuple[int, ...]]
    upper: dict[int, tuple[int, ...]]


def eliminate(n: int, pattern: Iterable[tuple[int, int]]) -> Elimination:
    """Choose diagonal pivots of an ``n`` by ``n`` matrix for little fill.

    Parameters
    ----------
    n : int
        Order of the matrix. Its whole diagonal counts as present.
    pattern : iterable of (row, column)
        Places that may be other than zero.
    """
    columns_of: list[set[int]] = [{i} for i in range(n)]
    rows_of: list[set[int]] = [{i} for i in range(n)]
    for row, column in pattern:
        columns_of[row].add(column)
        rows_of[column].add(row)
    left = set(range(n))
    order: list[int] = []
    lower: dict[int, tuple[int, ...]] = {}
    upper: dict[int, tuple[int, ...]] = {}
    while left:
        pivot = min(left, key=lambda k: ((len(columns_of[k]) - 1) * (len(rows_of[k]) - 1), k))
        left.discard(pivot)
        rows = tuple(sorted(rows_of[pivot] - {pivot}))
        columns = tuple(sorted(columns_of[pivot] - {pivot}))
        order.append(pivot)
        lower[pivot], upper[pivot] = rows, columns
        for row in rows:
            columns_of[row].discard(pivot)
            columns_of[row].update(columns)
        for column in columns:
            rows_of[column].discard(pivot)
            rows_of[column].update(rows)
    return Elimination(tuple(order), lower, upper)
