"""Compile a model with its events for one individual: formulas of events become outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ketasim.engine.compiled_model import CompiledModel, compile_system
from ketasim.engine.graph import COMPARISONS, LOGICAL, STATE, TIME, Graph
from ketasim.engine.graph_rewriting import rewritten
from ketasim.engine.system import StateEvent, System


@dataclass(frozen=True)
class EventModel:
    """A compiled model whose outputs hold everything its events need.

    Attributes
    ----------
    compiled : CompiledModel
        Its outputs: those asked for, then one for each node named below.
    asked : int
        How many were asked for.
    held, diluted
        As in :class:`System`.
    events : tuple of StateEvent
        With triggers in which equality can be forced (see ``equalities``).
    column : mapping of int to int
        Output of each node.
    watched : ndarray of int
        Outputs that change sign where a comparison in a trigger changes.
    equalities : tuple of (int, int)
        Output that is zero where things compared by = or != in a trigger are equal, and the
        parameter that says so, since a computed difference is hardly ever exactly zero.
    switches : tuple of (int, int)
        Outputs of differences that are linear in time, and their slopes: when they are zero is
        known beforehand.
    time_enters : bool
        Whether the equations depend on time itself.
    searched : bool
        Whether conditions may change at times that are not known beforehand.
    still : bool
        Whether nothing moves between events.
    """

    compiled: CompiledModel
    asked: int
    held: Mapping[str, int]
    diluted: tuple[tuple[str, int], ...]
    events: tuple[StateEvent, ...]
    column: dict[int, int]
    watched: np.ndarray
    equalities: tuple[tuple[int, int], ...]
    switches: tuple[tuple[int, int], ...]
    time_enters: bool
    searched: bool
    still: bool

    def columns(self, nodes: Sequence[int]) -> np.ndarray:
        """Return the outputs of nodes."""
        return np.array([self.column[node] for node in nodes], dtype=np.int64)


def event_model(system: System, outputs: Sequence[str], sbml: str = "") -> EventModel:
    """Compile a system read with its events.

    Parameters
    ----------
    system : System
    outputs : sequence of str
        Names in ``system.symbols``.
    sbml : str
        The document, kept with the compiled model.
    """
    graph = system.graph
    compared = _comparisons(graph, [event.trigger for event in system.events])
    moving = [c for c in compared if graph.depends[c] & (STATE | TIME)]
    equal = [c for c in moving if graph.operation[c] in ("eq", "ne")]
    flags = {c: len(system.parameters) + k for k, c in enumerate(equal)}
    events = tuple(
        replace(event, trigger=rewritten(graph, event.trigger, _forced(graph, flags)))
        for event in system.events
    )
    difference = {c: graph.sub(*graph.arguments[c]) for c in compared}
    linear = _linear_in_time(graph, [*system.rates, *(e.trigger for e in system.events)])
    nodes = _needed(events, system)
    nodes += list(difference.values()) + [node for pair in linear for node in pair]
    nodes = list(dict.fromkeys(nodes))
    column = {node: len(outputs) + k for k, node in enumerate(nodes)}
    names = [f"(node {node})" for node in nodes]
    symbols = {**system.symbols, **dict(zip(names, nodes, strict=True))}
    whole = replace(
        system,
        symbols=symbols,
        parameters=(*system.parameters, *(f"(equal {c})" for c in equal)),
        defaults=(*system.defaults, *(0.0 for _ in equal)),
    )
    known = {d for d, _ in linear}
    watched = [column[difference[c]] for c in moving if difference[c] not in known]
    return EventModel(
        compiled=compile_system(whole, (*outputs, *names), sbml),
        asked=len(outputs),
        held=system.held,
        diluted=system.diluted,
        events=events,
        column=column,
        watched=np.array(sorted(set(watched)), dtype=np.int64),
        equalities=tuple((column[difference[c]], flags[c]) for c in equal),
        switches=tuple((column[d], column[slope]) for d, slope in linear),
        time_enters=any(graph.depends[r] & TIME for r in system.rates),
        still=all(rate == graph.zero for rate in system.rates),
        searched=bool(watched) or any(not _plain(graph, e.trigger) for e in system.events),
    )


def without_events(compiled: CompiledModel) -> EventModel:
    """Return a model compiled for ensembles as one that can be run by itself."""
    return EventModel(
        compiled=compiled,
        asked=len(compiled.outputs),
        held={},
        diluted=(),
        events=(),
        column={},
        watched=np.zeros(0, dtype=np.int64),
        equalities=(),
        switches=(),
        time_enters=bool(compiled.layout["time_dependent"]),
        searched=False,
        still=False,
    )


def _plain(graph: Graph, trigger: int) -> bool:
    """Return whether only comparisons can change a condition."""
    stack = [trigger]
    while stack:
        node = stack.pop()
        operation = graph.operation[node]
        if operation in LOGICAL or operation == "not":
            stack += graph.children(node)
        elif operation not in COMPARISONS and graph.depends[node] & (STATE | TIME):
            return False
    return True


def _needed(events: Sequence[StateEvent], system: System) -> list[int]:
    nodes = [*system.held.values(), *(size for _, size in system.diluted)]
    for event in events:
        nodes.append(event.trigger)
        nodes += [node for node in (event.delay, event.priority) if node is not None]
        for change in event.changes:
            nodes.append(change.value)
            nodes += [change.size] if change.size is not None else []
    return nodes


def _comparisons(graph: Graph, roots: list[int]) -> list[int]:
    return [node for node in graph.in_order(roots) if graph.operation[node] in COMPARISONS]


def _forced(graph: Graph, flags: dict[int, int]) -> dict[int, int]:
    """Return what stands for each comparison by = or !=: true to its flag where that is set."""
    found = {}
    for node, flag in flags.items():
        forced = graph.parameter(flag)
        if graph.operation[node] == "eq":
            found[node] = graph.logical("or", node, forced)
        else:
            found[node] = graph.logical("and", node, graph.unary("not", forced))
    return found


def _linear_in_time(graph: Graph, roots: list[int]) -> list[tuple[int, int]]:
    """Return (difference, slope) of every comparison whose sides differ linearly in time."""
    found = {}
    for node in _comparisons(graph, roots):
        difference = graph.sub(*graph.arguments[node])
        if graph.depends[difference] & (TIME | STATE) != TIME:
            continue
        slope = graph.time_derivative(difference)
        jumps = any(graph.operation[n] in _BROKEN for n in graph.in_order([difference]))
        if not graph.depends[slope] & TIME and not jumps:
            found[difference] = slope
    return list(found.items())


_BROKEN = frozenset({"floor", "ceil", "select", "abs", "not"}) | COMPARISONS
"""Operations after which a constant slope does not mean a straight line."""
