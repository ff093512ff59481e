"""Read an SBML document into a :class:`System`, or refuse it by name.

What is simulated: parameters, constant compartments, species (amounts or concentrations),
reactions with constant stoichiometry, rate rules, assignment rules, initial assignments,
function definitions, piecewise, logic and time. Everything else is refused.
"""

from __future__ import annotations

import math
from typing import Any

import libsbml

from ketasim.engine.graph import Graph
from ketasim.engine.sbml_math import FormulaReader, UnsupportedModel
from ketasim.engine.system import System


def read_sbml(text: str) -> System:
    """Return the system of an SBML document.

    Parameters
    ----------
    text : str
        The document itself (Level 2 or 3, core).

    Raises
    ------
    UnsupportedModel
        When the document is not readable SBML, or uses a construct that is not simulated.
    """
    document = libsbml.readSBMLFromString(text)
    if document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) or document.getModel() is None:
        detail = document.getError(0).getShortMessage() if document.getNumErrors() else "no model"
        raise UnsupportedModel(f"not a readable SBML document: {detail}")
    model = document.getModel()
    _refuse(document, model)
    return _Reading(model).system()


def _refuse(document: Any, model: Any) -> None:
    for i in range(document.getNumPlugins()):
        package = document.getPlugin(i).getPackageName()
        if package != "l3v2extendedmath" and document.getPackageRequired(package):
            raise UnsupportedModel(f"SBML package '{package}' is not simulated")
    if model.getNumEvents():
        event = model.getEvent(0)
        raise UnsupportedModel(f"event '{event.getId()}' is not simulated: give it as a dose table")
    for rule in model.getListOfRules():
        if rule.isAlgebraic():
            raise UnsupportedModel("algebraic rules are not simulated")
    for reaction in model.getListOfReactions():
        if reaction.isSetFast() and reaction.getFast():
            raise UnsupportedModel(f"fast reaction '{reaction.getId()}' is not simulated")
    for item in [model, *model.getListOfSpecies()]:
        if item.isSetConversionFactor():
            raise UnsupportedModel("conversion factors are not simulated")


class _Reading:
    """One pass over a model: who is a state, who a parameter, who an expression."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.graph = Graph()
        functions = {f.getId(): f for f in model.getListOfFunctionDefinitions()}
        self.formulas = FormulaReader(self.graph, functions)
        rules = list(model.getListOfRules())
        self.assigned = {r.getVariable(): r.getMath() for r in rules if r.isAssignment()}
        self.rate_rules = {r.getVariable(): r.getMath() for r in rules if r.isRate()}
        self.initially = {a.getSymbol(): a.getMath() for a in model.getListOfInitialAssignments()}
        self.reactions = {r.getId(): r for r in model.getListOfReactions()}
        self.species = {s.getId(): s for s in model.getListOfSpecies()}
        self.values = self._values()
        for compartment in model.getListOfCompartments():
            if compartment.getId() in {**self.assigned, **self.rate_rules}:
                raise UnsupportedModel(f"compartment '{compartment.getId()}' changes its size")
        moved = self._moved_by_reactions()
        changing = [name for name in self.values if name in self.rate_rules or name in moved]
        determined = {*changing, *self.assigned, *self.initially}
        constant = [name for name in self.values if name not in determined]
        self.states = {name: i for i, name in enumerate(changing)}
        self.parameters = {name: i for i, name in enumerate(constant)}
        self._now: dict[str, int] = {}
        self._start: dict[str, int] = {}
        self._open: set[str] = set()

    def _values(self) -> dict[str, float]:
        values: dict[str, float] = {}
        for compartment in self.model.getListOfCompartments():
            size = compartment.getSize() if compartment.isSetSize() else 1.0
            values[compartment.getId()] = size
        for species in self.species.values():
            values[species.getId()] = self._initial_of_species(species, values)
        for parameter in self.model.getListOfParameters():
            set_ = parameter.isSetValue()
            values[parameter.getId()] = parameter.getValue() if set_ else math.nan
        return values

    @staticmethod
    def _initial_of_species(species: Any, values: dict[str, float]) -> float:
        size = values[species.getCompartment()]
        if species.getHasOnlySubstanceUnits():
            if species.isSetInitialAmount():
                return species.getInitialAmount()
            return species.getInitialConcentration() * size
        if species.isSetInitialConcentration():
            return species.getInitialConcentration()
        return species.getInitialAmount() / size if species.isSetInitialAmount() else math.nan

    def _moved_by_reactions(self) -> dict[str, list[tuple[float, str]]]:
        moved: dict[str, list[tuple[float, str]]] = {}
        for reaction in self.reactions.values():
            sides = ((-1.0, reaction.getListOfReactants()), (1.0, reaction.getListOfProducts()))
            for sign, references in sides:
                for reference in references:
                    name = reference.getSpecies()
                    if reference.getId() in {**self.assigned, **self.initially, **self.rate_rules}:
                        raise UnsupportedModel(f"stoichiometry '{reference.getId()}' changes")
                    if reference.isSetStoichiometryMath():
                        raise UnsupportedModel(f"stoichiometryMath of species '{name}'")
                    if not self.species[name].getBoundaryCondition():
                        amount = sign * reference.getStoichiometry()
                        moved.setdefault(name, []).append((amount, reaction.getId()))
        self.moved = moved
        return moved

    # --- names to nodes

    def _resolve_now(self, name: str) -> int:
        return self._resolve(name, self._now, at_start=False)

    def _resolve_start(self, name: str) -> int:
        return self._resolve(name, self._start, at_start=True)

    def _resolve(self, name: str, known: dict[str, int], at_start: bool) -> int:
        if name in known:
            return known[name]
        if name in self._open:
            raise UnsupportedModel(f"'{name}' is defined by itself, in a circle")
        self._open.add(name)
        known[name] = self._node_of(name, at_start)
        self._open.discard(name)
        return known[name]

    def _node_of(self, name: str, at_start: bool) -> int:
        resolve = self._resolve_start if at_start else self._resolve_now
        if name in self.assigned:
            return self.formulas.read(self.assigned[name], resolve)
        if name in self.reactions:
            return self._kinetic_law(self.reactions[name], resolve)
        if name not in self.values:
            raise UnsupportedModel(f"'{name}' is used in a formula but nowhere defined")
        if name in self.states and not at_start:
            return self.graph.state(self.states[name])
        if name in self.initially:
            return self.formulas.read(self.initially[name], self._resolve_start)
        if name in self.states:
            return self.graph.const(self.values[name])
        return self.graph.parameter(self.parameters[name])

    def _kinetic_law(self, reaction: Any, resolve: Any) -> int:
        law = reaction.getKineticLaw()
        if law is None or law.getMath() is None:
            return self.graph.zero
        local = {p.getId(): p.getValue() for p in law.getListOfParameters()}
        local |= {p.getId(): p.getValue() for p in law.getListOfLocalParameters()}

        def with_local(name: str) -> int:
            return self.graph.const(local[name]) if name in local else resolve(name)

        return self.formulas.read(law.getMath(), with_local)

    def _rate(self, name: str) -> int:
        if name in self.rate_rules:
            return self.formulas.read(self.rate_rules[name], self._resolve_now)
        graph, total = self.graph, self.graph.zero
        for amount, reaction in self.moved[name]:
            total = graph.add(total, graph.mul(graph.const(amount), self._resolve_now(reaction)))
        species = self.species[name]
        if species.getHasOnlySubstanceUnits():
            return total
        return graph.div(total, self._resolve_now(species.getCompartment()))

    def system(self) -> System:
        """Return the finished system."""
        names = [*self.values, *self.assigned, *self.reactions]
        symbols = {name: self._resolve_now(name) for name in dict.fromkeys(names)}
        start = self._start
        initial = []
        for name in self.states:
            start.pop(name, None)
            initial.append(self._resolve_start(name))
        return System(
            graph=self.graph,
            states=tuple(self.states),
            parameters=tuple(self.parameters),
            defaults=tuple(self.values[name] for name in self.parameters),
            rates=tuple(self._rate(name) for name in self.states),
            initial=tuple(self._at_zero(node) for node in initial),
            symbols=symbols,
        )

    def _at_zero(self, node: int) -> int:
        if self.graph.depends[node] & ~1:
            raise UnsupportedModel("an initial value depends on time")
        return node
