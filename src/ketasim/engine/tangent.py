"""Exact sensitivities: a system beside its own derivative along a direction of its parameters.

For ``y' = f(y, p)`` the derivative ``s`` of the states along a direction ``d`` of the parameters
follows ``s' = f_y s + f_p d``. Both are integrated together, by the same steps under the same
control of error, so the derivative is as exact as the states are. The direction is data (a
parameter ``slope.NAME`` for each name): one compiled model serves all parameters it was made for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from ketasim.engine import machine_code
from ketasim.engine.compiled_model import CompiledModel, loaded, translated
from ketasim.engine.graph import Graph
from ketasim.engine.sbml_reading import read_sbml
from ketasim.engine.system import System
from ketasim.errors import UserError, nearest


def slope_name(parameter: str) -> str:
    """Return the parameter that says how fast the direction moves a parameter."""
    return f"slope.{parameter}"


def derivative_name(output: str) -> str:
    """Return the output that holds the derivative of an output along the direction."""
    return f"derivative.{output}"


def tangents(graph: Graph, roots: Iterable[int], along: Mapping[int, int]) -> dict[int, int]:
    """Return the directional derivative of every node below the roots.

    Parameters
    ----------
    graph : Graph
    roots : iterable of int
    along : mapping of int to int
        For states and parameters, the node of how fast each moves; all others rest.
    """
    found: dict[int, int] = {}
    for node in graph.in_order(list(roots)):
        total = along.get(node, graph.zero)
        for position, argument in enumerate(graph.children(node)):
            inner = found[argument]
            if inner != graph.zero:
                total = graph.add(total, graph.mul(graph.partial(node, position), inner))
        found[node] = total
    return found


def tangent_system(system: System, parameters: Sequence[str]) -> System:
    """Return the system with its derivatives along one direction as further states.

    Its symbols gain ``derivative_name`` of each, its parameters ``slope_name`` of those given,
    which rest at 0. A jump that parameters move in time (a threshold that is crossed) is not
    followed: the derivative is that of the pieces between.
    """
    graph, n = system.graph, len(system.states)
    where = {name: k for k, name in enumerate(system.parameters)}
    for name in parameters:
        if name not in where:
            raise UserError(f"parameter '{name}' is not in the model{nearest(name, where)}")
    along = {graph.state(i): graph.state(n + i) for i in range(n)}
    for k, name in enumerate(parameters):
        along[graph.parameter(where[name])] = graph.parameter(len(where) + k)
    roots = [*system.rates, *system.initial, *system.symbols.values()]
    moved = tangents(graph, roots, along)
    return replace(
        system,
        states=(*system.states, *(derivative_name(name) for name in system.states)),
        parameters=(*system.parameters, *(slope_name(name) for name in parameters)),
        defaults=(*system.defaults, *(0.0 for _ in parameters)),
        rates=(*system.rates, *(moved[node] for node in system.rates)),
        initial=(*system.initial, *(moved[node] for node in system.initial)),
        symbols={
            **system.symbols,
            **{derivative_name(name): moved[node] for name, node in system.symbols.items()},
        },
    )


@dataclass(frozen=True)
class TangentModel(CompiledModel):
    """A model compiled together with its derivative (see :func:`compile_tangent`).

    Attributes
    ----------
    about : tuple of str
        Parameters that the direction can move.
    """

    about: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Pickle as what it is compiled from."""
        return compile_tangent, (self.sbml, self.outputs[: len(self.outputs) // 2], self.about)


def compile_tangent(
    sbml: str, outputs: Sequence[str], parameters: Sequence[str], *, cache: bool = True
) -> TangentModel:
    """Compile a model with the derivatives of its outputs along a direction of ``parameters``.

    Outputs of the compiled model are ``outputs``, then their derivatives in the same order.
    Object code is kept and found again as ``compile_model`` does.

    Raises
    ------
    UserError
        For an output or a parameter that is not in the model, or a model that is not simulated.
    """
    names = (*outputs, *(derivative_name(name) for name in outputs))
    key = machine_code.cache_key(sbml, "\n".join(names), "\n".join(["tangent", *parameters]))
    kept = machine_code.read_cache(key + ".json") if cache else None
    code = machine_code.read_cache(key + ".o") if kept else None
    model = None
    if kept and code:
        with suppress(ValueError, KeyError, RuntimeError):  # a damaged entry is made anew
            model = loaded(json.loads(kept), code, sbml)
    if model is None:
        system = tangent_system(read_sbml(sbml), parameters)
        facts, code = translated(system, names)
        if cache:
            machine_code.write_cache(key + ".o", code)
            machine_code.write_cache(key + ".json", json.dumps(facts).encode())
        model = loaded(facts, code, sbml)
    return TangentModel(**vars(model), about=tuple(parameters))
