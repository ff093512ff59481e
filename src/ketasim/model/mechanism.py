"""A mechanism as read from its file: what it needs, what it gives, its equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["input", "output", "state", "variable", "event_input"]
EquationKind = Literal["rate", "assignment", "initial"]

CLOCKS = ("kinetics", "trigger", "early", "late", "clinical", "safety")
SYSTEMS = tuple(f"S{i}" for i in range(1, 16))


@dataclass(frozen=True)
class Declaration:
    """One declared name.

    Parameters
    ----------
    kind : str
        ``input``, ``output``, ``state``, ``variable`` or ``event_input``.
    name : str
    unit : str
    rest : str or None
        Resting value: a number or an expression of parameters. None for states and variables.
    bounds : tuple of float or None
        Lowest and highest value the state may take, in ``unit``.
    label : str
        The comment behind the declaration.
    line : int
    """

    kind: Kind
    name: str
    unit: str
    rest: str | None
    bounds: tuple[float, float] | None
    label: str
    line: int


@dataclass(frozen=True)
class Equation:
    """One equation.

    Parameters
    ----------
    kind : {"rate", "assignment", "initial"}
        ``x' = ...``, ``x := ...`` or ``x = ...``.
    target : str
    formula : str
        Right-hand side.
    line : int
    """

    kind: EquationKind
    target: str
    formula: str
    line: int


@dataclass(frozen=True)
class Balance:
    """A declared mass balance: what flows in equals the rise of a sum of states."""

    inflow: str
    content: str
    line: int


@dataclass(frozen=True)
class Mechanism:
    """One mechanism.

    Parameters
    ----------
    name, title, clock : str
    systems : tuple of str
        Systems of the mission it serves, such as ``("S2",)``.
    biology : str
        The paragraph, with its ``[@key]`` citations.
    inputs, outputs, states, variables, event_inputs : mapping of str to Declaration
    equations : tuple of Equation
    balances : tuple of Balance
    sources : tuple of str
        Keys cited in the paragraph.
    file : str
        File name, for messages.
    text : str
        The file as written.
    """

    name: str
    title: str
    systems: tuple[str, ...]
    clock: str
    biology: str
    inputs: Mapping[str, Declaration]
    outputs: Mapping[str, Declaration]
    states: Mapping[str, Declaration]
    variables: Mapping[str, Declaration]
    event_inputs: Mapping[str, Declaration]
    equations: tuple[Equation, ...]
    balances: tuple[Balance, ...]
    sources: tuple[str, ...]
    file: str
    text: str = field(repr=False)

    @property
    def declared(self) -> dict[str, Declaration]:
        """Every declared name."""
        groups = (self.inputs, self.event_inputs, self.outputs, self.states, self.variables)
        return {name: item for group in groups for name, item in group.items()}

    @property
    def owned(self) -> dict[str, Declaration]:
        """Names this mechanism computes: outputs, states and variables."""
        return {**self.outputs, **self.states, **self.variables}

    def equation(self, kind: EquationKind, target: str) -> Equation | None:
        """Return the equation of that kind for that name, if there is one."""
        found = (e for e in self.equations if e.kind == kind and e.target == target)
        return next(found, None)
