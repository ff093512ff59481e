"""Write the workload's equations in the languages of rivals that read no SBML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Power = Callable[[str, str], str]


@dataclass(frozen=True)
class Equations:
    """A model's equations as text, ready to be laid out in a rival's language.

    Attributes
    ----------
    constants : mapping of str to float
        Parameters of fixed value.
    initial : mapping of str to float
        States and their initial values, in the order of the model.
    derived : mapping of str to str
        Assigned variables that follow from constants alone, in order of evaluation.
    variables : mapping of str to str
        The other assigned variables, in order of evaluation.
    slopes : mapping of str to str
        State to the expression of its time derivative.
    """

    constants: Mapping[str, float]
    initial: Mapping[str, float]
    derived: Mapping[str, str]
    variables: Mapping[str, str]
    slopes: Mapping[str, str]


def write_expression(node: Any, power: Power) -> str:
    """Return an SBML math tree as infix text; refuse what the workload does not use."""
    import libsbml

    parts = [write_expression(node.getChild(i), power) for i in range(node.getNumChildren())]
    kind = node.getType()
    if node.isName():
        return node.getName()
    if node.isNumber():
        return repr(float(node.getValue()))
    if kind == libsbml.AST_MINUS:
        return f"(-{parts[0]})" if len(parts) == 1 else f"({parts[0]} - {parts[1]})"
    if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
        return power(*parts)
    signs = {libsbml.AST_PLUS: " + ", libsbml.AST_TIMES: "*", libsbml.AST_DIVIDE: "/"}
    if kind not in signs:
        raise NotImplementedError(f"{libsbml.formulaToL3String(node)}: not in the workload")
    return "(" + signs[kind].join(parts) + ")"


def names_in(node: Any) -> set[str]:
    """Return the names an SBML math tree reads."""
    below = (names_in(node.getChild(i)) for i in range(node.getNumChildren()))
    return set().union({node.getName()} if node.isName() else set(), *below)


def in_order(reads: Mapping[str, set[str]], known: set[str]) -> list[str]:
    """Return the keys of ``reads`` so that each comes after the keys it reads."""
    known, left, found = set(known), dict(reads), []
    while ready := [name for name, needs in left.items() if needs <= known]:
        found += ready
        known |= set(ready)
        left = {name: needs for name, needs in left.items() if name not in known}
    return found


def read_equations(sbml: str, power: Power) -> Equations:
    """Take the equations out of an SBML document made of parameters and rules."""
    import libsbml

    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    values = {p.getId(): p.getValue() for p in model.getListOfParameters()}
    rules = {r.getVariable(): r for r in model.getListOfRules()}
    states = [name for name, rule in rules.items() if rule.isRate()]
    reads = {n: names_in(r.getMath()) for n, r in rules.items() if r.isAssignment()}
    text = {name: write_expression(rule.getMath(), power) for name, rule in rules.items()}
    constants = {name: value for name, value in values.items() if name not in rules}
    derived = in_order(reads, set(constants))
    ordered = in_order(reads, set(constants) | set(states))
    return Equations(
        constants=constants,
        initial={name: values[name] for name in states},
        derived={name: text[name] for name in derived},
        variables={name: text[name] for name in ordered if name not in derived},
        slopes={name: text[name] for name in states},
    )
