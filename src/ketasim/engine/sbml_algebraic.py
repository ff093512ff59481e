"""Algebraic rules: which variable each one determines, and its value where that is linear."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import libsbml

from ketasim.engine.graph import STATE, Graph
from ketasim.engine.graph_rewriting import rewritten
from ketasim.engine.system import UnsupportedModel

_UNKNOWN = 1_000_000_000
"""States from here on stand for unknowns while their equation is being solved."""


def names_in(math: Any) -> set[str]:
    """Return the names that a formula reads."""
    found, stack = set(), [math]
    while stack:
        tree = stack.pop()
        if tree.getType() == libsbml.AST_NAME:
            found.add(tree.getName())
        stack += [tree.getChild(i) for i in range(tree.getNumChildren())]
    return found


def determined(
    rules: Sequence[Any], formulas: Mapping[str, Any], free: Collection[str]
) -> dict[str, Any]:
    """Return the variable that each algebraic rule determines, and the rule's formula.

    Parameters
    ----------
    rules : sequence of libsbml.ASTNode
        Formulas that are zero at all times.
    formulas : mapping of str to libsbml.ASTNode
        Those of assignment rules, by name, through which a rule may read a variable.
    free : collection of str
        Variables that nothing else determines.

    Raises
    ------
    UnsupportedModel
        When the rules leave none, or more than one, choice.
    """
    candidates = [sorted(_read(math, formulas) & set(free)) for math in rules]
    matchings = _matchings(candidates, ())
    if len(matchings) != 1:
        why = "fit no variables" if not matchings else "could determine different variables"
        raise UnsupportedModel(f"algebraic rules {why}: not simulated")
    return dict(zip(matchings[0], rules, strict=True))


def _read(math: Any, formulas: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    stack = list(names_in(math))
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack += names_in(formulas[name]) if name in formulas else []
    return found


def _matchings(
    candidates: Sequence[Sequence[str]], taken: tuple[str, ...]
) -> list[tuple[str, ...]]:
    """Return up to two ways to give every rule a variable of its own."""
    if len(taken) == len(candidates):
        return [taken]
    found: list[tuple[str, ...]] = []
    for name in candidates[len(taken)]:
        if name not in taken:
            found += _matchings(candidates, (*taken, name))
        if len(found) > 1:
            break
    return found


def solved(graph: Graph, name: str, residual: Callable[[int], int], number: int) -> int:
    """Return the node of the value that makes a residual zero.

    Parameters
    ----------
    graph : Graph
    name : str
        Of the unknown, for errors.
    residual : callable
        From the unknown's node to the residual's.
    number : int
        Tells unknowns apart.

    Raises
    ------
    UnsupportedModel
        When the residual is not linear in the unknown.
    """
    unknown = graph.state(_UNKNOWN + number)
    found = residual(unknown)
    slope = graph.gradient(found).get(_UNKNOWN + number, graph.zero)
    if slope == graph.zero or unknown in graph.in_order([slope]):
        raise UnsupportedModel(f"algebraic rule: it is not linear in '{name}', which it determines")
    assert graph.depends[unknown] & STATE
    return graph.neg(graph.div(rewritten(graph, found, {unknown: graph.zero}), slope))
