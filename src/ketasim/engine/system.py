"""A system of ordinary differential equations, as the engine sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ketasim.engine.graph import Graph
from ketasim.errors import UserError


class UnsupportedModel(UserError):
    """The model uses a construct the engine does not simulate; the message names it."""


@dataclass(frozen=True)
class Change:
    """One assignment of an event.

    Attributes
    ----------
    name : str
        What is assigned.
    value : int
        Node of the value, in the unit formulas mean.
    size : int or None
        Node of the compartment's size by which the value is multiplied to become the amount that is
        kept; ``None`` where the value itself is kept.
    """

    name: str
    value: int
    size: int | None = None


@dataclass(frozen=True)
class StateEvent:
    """An event as SBML means it: nodes of its formulas, and how it behaves.

    Attributes
    ----------
    name : str
    trigger : int
        Node of its condition.
    delay, priority : int or None
    changes : tuple of Change
    initially : bool
        What the condition counts as before the start: an event whose condition holds at the
        start acts there only where this is false.
    persistent : bool
        Whether it still acts when its condition has ceased to hold before its time.
    from_trigger : bool
        Whether it assigns the values of the moment its condition came true.
    """

    name: str
    trigger: int
    delay: int | None
    priority: int | None
    changes: tuple[Change, ...]
    initially: bool
    persistent: bool
    from_trigger: bool


@dataclass(frozen=True)
class System:
    """States, parameters and their equations on one graph.

    Attributes
    ----------
    graph : Graph
    states : tuple of str
    parameters : tuple of str
        What a run may set: every constant that no equation determines.
    defaults : tuple of float
        The parameters' values in the model file.
    rates : tuple of int
        Node of each state's derivative.
    initial : tuple of int
        Node of each state's value at time 0 (depends on parameters only).
    symbols : mapping of str to int
        Node of every name one may ask for as an output.
    events : tuple of StateEvent
        Empty unless the document was read with its events.
    held : mapping of str to int
        Parameters that events assign, and the node of each one's value at time 0.
    diluted : tuple of (str, int)
        States kept as concentrations whose compartment events change, and the node of its size:
        their amounts survive the change.
    """

    graph: Graph
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    defaults: tuple[float, ...]
    rates: tuple[int, ...]
    initial: tuple[int, ...]
    symbols: Mapping[str, int]
    events: tuple[StateEvent, ...] = ()
    held: Mapping[str, int] = field(default_factory=dict)
    diluted: tuple[tuple[str, int], ...] = ()
