"""A system of ordinary differential equations, as the engine sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ketasim.engine.graph import Graph
from ketasim.errors import UserError


class UnsupportedModel(UserError):
    """The model uses a construct the engine does not simulate; the message names it."""


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
    """

    graph: Graph
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    defaults: tuple[float, ...]
    rates: tuple[int, ...]
    initial: tuple[int, ...]
    symbols: Mapping[str, int]
