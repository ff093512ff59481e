"""Put other nodes in place of some, below a node."""

from __future__ import annotations

from collections.abc import Mapping

from ketasim.engine.graph import COMPARISONS, LOGICAL, Graph


def rewritten(graph: Graph, root: int, instead: Mapping[int, int]) -> int:
    """Return a node built like ``root``, with other nodes in place of some below it.

    Parameters
    ----------
    graph : Graph
    root : int
    instead : mapping of int to int
        What stands for which node; what a replacement is made of is left as it is.
    """
    if not instead:
        return root
    new: dict[int, int] = {}
    for node in graph.in_order([root]):
        if node in instead:
            new[node] = instead[node]
            continue
        given = graph.children(node)
        changed = [new[child] for child in given]
        new[node] = node if list(given) == changed else _applied(graph, node, changed)
    return new[root]


def _applied(graph: Graph, node: int, given: list[int]) -> int:
    operation = graph.operation[node]
    if operation in COMPARISONS:
        return graph.compare(operation, *given)
    if operation in LOGICAL:
        return graph.logical(operation, *given)
    if operation in ("add", "sub", "mul", "neg", "inv", "pow", "select"):
        return getattr(graph, operation)(*given)
    if operation == "slope_pow":
        raise AssertionError("slopes are not rewritten")
    return graph.unary(operation, *given)
