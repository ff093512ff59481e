"""A mechanism as read from its file: what it needs, what it gives, its equations.

The file starts with ``// title:``, ``// systems:``, ``// clock:``, ``// biology:`` (which cites
its sources as ``[@key]``) and any number of ``// mass balance: inflow = sum of states``. A line
``// companion: yes`` keeps it out of the default model: another drug, there when asked for by
name. An output of a companion may bear the name of another mechanism's ``event_input``, and then
drives it; a row of its table may replace the row of that symbol in another mechanism's. Then::

    model nmda
      input bS = 0 nM                 // resting value and unit: a number or an expression
      event_input u_care = 0 fraction // set by the event table
      output Bin = 0 fraction [0, 1]  // seen by other mechanisms; bounds are optional
      state Bk fraction [0, 1]        // has a rate
      variable lig dimensionless      // has an assignment, or a fixed start value
      lig := ...;
      Bk' = ...;
      Bk = 0;
    end

Everything but the five kinds of declaration is plain Antimony. An output with a rate starts at
its resting value unless told otherwise.
"""

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
    companion : bool
        Whether it is left out of a model unless asked for by name.
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
    companion: bool = False

    def _repr_html_(self) -> str:
        from ketasim.model.notebook import mechanism_html

        return mechanism_html(self)

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
