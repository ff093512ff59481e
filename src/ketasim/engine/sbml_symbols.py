"""What every name of an SBML model means: a state, a parameter, or an expression.

A species moved by reactions is kept as an *amount*, whatever its unit in formulas, so that it
stays right when its compartment changes; where a formula means its concentration, it reads
amount over compartment. A species under a rate rule is kept as what the rule speaks of.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ketasim.engine.graph import Graph
from ketasim.engine.sbml_algebraic import determined, solved
from ketasim.engine.sbml_events import assigning_events, event_of
from ketasim.engine.sbml_math import FormulaReader, Scope
from ketasim.engine.system import Change, StateEvent, System, UnsupportedModel
from ketasim.errors import UserError, nearest

IDLE = "(nothing changes)"
"""The one state of a model without states: the engine steps over something."""


class Symbols:
    """The names of one model and their nodes.

    Parameters
    ----------
    model : libsbml.Model
        Without fast reactions.
    events : bool
        Whether the model's events are read, too.
    given : mapping of str to float
        Values at the start in place of the document's, in the unit formulas mean.
    dosed : collection of str
        Species that doses go into, kept as states even where nothing else moves them.
    varied : collection of str
        Names among ``given`` whose values individuals have of their own: each is a parameter, or
        has one for its value at the start (`start_of`).
    """

    def __init__(
        self,
        model: Any,
        events: bool = False,
        given: Mapping[str, float] | None = None,
        dosed: Collection[str] = (),
        varied: Collection[str] = (),
    ) -> None:
        self.given = dict(given or {})
        self.varied = tuple(varied)
        self.model = model
        self.graph = Graph()
        functions = {f.getId(): f for f in model.getListOfFunctionDefinitions()}
        self.formulas = FormulaReader(self.graph, functions)
        rules = [rule for rule in model.getListOfRules() if rule.getMath() is not None]
        self.assigned = {r.getVariable(): r.getMath() for r in rules if r.isAssignment()}
        self.rate_rules = {r.getVariable(): r.getMath() for r in rules if r.isRate()}
        assignments = [a for a in model.getListOfInitialAssignments() if a.getMath() is not None]
        self.initially = {
            a.getSymbol(): a.getMath() for a in assignments if a.getSymbol() not in self.given
        }
        self.reactions = {r.getId(): r for r in model.getListOfReactions()}
        self.species = {s.getId(): s for s in model.getListOfSpecies()}
        self.assignments = assigning_events(model) if events else []
        self.jumps = {change.getVariable() for _, changes in self.assignments for change in changes}
        self.moves = self._moves()
        self.algebraic = self._algebraic(rules)
        self.assigned |= self.algebraic
        for name in dosed:
            if name in self.species and name not in {**self.rate_rules, **self.assigned}:
                self.moves.setdefault(name, [])
        self.values = self._values()
        self._check_given()
        states = [n for n in self.values if n in self.rate_rules or n in self.moves]
        self.states = {name: i for i, name in enumerate(states)}
        constant = [name for name in self.values if self._is_parameter(name)]
        self.held = [n for n in self.values if n in self.jumps and n not in self.states]
        self.starts = {name: start_of(name) for name in self.varied if name not in constant}
        known = [*constant, *self.held]
        self.defaults = tuple(self.values[name] for name in [*known, *self.starts])
        self.parameters = {name: i for i, name in enumerate([*known, *self.starts.values()])}
        self._now: dict[str, int] = {}
        self._start: dict[str, int] = {}
        self._open: set[tuple[str, bool]] = set()
        self._rates: dict[tuple[str, bool], int] = {}
        time, zero = self.graph.time(), self.graph.zero
        self.now = Scope(lambda name: self._resolve(name, False), time, self._rate_of)
        self.start = Scope(
            lambda name: self._resolve(name, True), zero, lambda name: self._rate_of(name, True)
        )

    # --- who is who

    def _algebraic(self, rules: Sequence[Any]) -> dict[str, Any]:
        """Return the variables that algebraic rules determine, and the formulas that are zero."""
        zero = [rule.getMath() for rule in rules if rule.isAlgebraic()]
        if not zero:
            return {}
        parts = [*self.model.getListOfCompartments(), *self.model.getListOfParameters()]
        parts += [*self.species.values(), *self._references()]
        taken = {*self.assigned, *self.rate_rules, *self.moves, *self.jumps}
        free = {part.getId() for part in parts if not part.getConstant()} - taken
        return determined(zero, self.assigned, free)

    def _references(self) -> list[Any]:
        """Return the species references that have a name."""
        reactions = self.reactions.values()
        sides = [
            side for r in reactions for side in (r.getListOfReactants(), r.getListOfProducts())
        ]
        return [reference for side in sides for reference in side if reference.isSetId()]

    def _moves(self) -> dict[str, list[tuple[float, Any, Any]]]:
        """Return, for each species that reactions move, (sign, species reference, reaction)."""
        moves: dict[str, list[tuple[float, Any, Any]]] = {}
        for reaction in self.reactions.values():
            sides = ((-1.0, reaction.getListOfReactants()), (1.0, reaction.getListOfProducts()))
            for sign, references in sides:
                for reference in references:
                    name = reference.getSpecies()
                    ruled = name in self.assigned or name in self.rate_rules
                    species = self.species[name]
                    if not (ruled or species.getBoundaryCondition() or species.getConstant()):
                        moves.setdefault(name, []).append((sign, reference, reaction))
        return moves

    def _values(self) -> dict[str, float]:
        """Return the plain numbers of the document; a species' is its amount or concentration."""
        values: dict[str, float] = {}
        for compartment in self.model.getListOfCompartments():
            size = compartment.getSize() if compartment.isSetSize() else 1.0
            values[compartment.getId()] = self.given.get(compartment.getId(), size)
        for species in self.species.values():
            values[species.getId()] = self._number_of_species(species, values)
        for parameter in self.model.getListOfParameters():
            known = parameter.isSetValue()
            values[parameter.getId()] = parameter.getValue() if known else math.nan
        for reference in self._references():
            values[reference.getId()] = _stoichiometry_of(reference)
        known = {name: number for name, number in self.given.items() if name in values}
        return values | known

    def _check_given(self) -> None:
        for name in self.given:
            if name in self.assigned:
                raise UserError(f"'{name}' follows from a rule; it cannot be given a value")
            if name in self.reactions or name not in self.values:
                raise UserError(f"'{name}' has no value in the model{nearest(name, self.values)}")

    @staticmethod
    def _number_of_species(species: Any, sizes: dict[str, float]) -> float:
        size = sizes[species.getCompartment()]
        if species.isSetInitialConcentration():
            concentration = species.getInitialConcentration()
            return concentration * size if species.getHasOnlySubstanceUnits() else concentration
        if not species.isSetInitialAmount():
            return math.nan
        amount = species.getInitialAmount()
        if species.getHasOnlySubstanceUnits():
            return amount
        return amount / size if size else math.nan

    def _compartment_is_plain(self, species: Any) -> bool:
        home = species.getCompartment()
        changing = (self.assigned, self.rate_rules, self.initially, self.jumps, self.varied)
        return not any(home in group for group in changing)

    def _is_parameter(self, name: str) -> bool:
        determined = (self.states, self.assigned, self.initially, self.jumps)
        if any(name in group for group in determined):
            return False
        return name not in self.species or self._compartment_is_plain(self.species[name])

    # --- names to nodes

    def _resolve(self, name: str, at_start: bool) -> int:
        known = self._start if at_start else self._now
        if name in known:
            return known[name]
        if (name, at_start) in self._open:
            raise UnsupportedModel(f"'{name}' is defined by itself, in a circle")
        self._open.add((name, at_start))
        known[name] = self._node_of(name, at_start)
        self._open.discard((name, at_start))
        return known[name]

    def _node_of(self, name: str, at_start: bool) -> int:
        scope = self.start if at_start else self.now
        if name in self.algebraic:
            return self._solved(name, at_start)
        if name in self.assigned:
            return self.formulas.read(self.assigned[name], scope)
        if name in self.reactions:
            return self._kinetic_law(self.reactions[name], scope)
        if name not in self.values:
            raise UnsupportedModel(f"'{name}' is used in a formula but nowhere defined")
        if name in self.states and not at_start:
            state = self.graph.state(self.states[name])
            return self._as_meant(name, state) if name in self.moves else state
        if name in self.parameters and not (at_start and name in self.jumps):
            parameter = self.graph.parameter(self.parameters[name])
            kept_as_amount = name in self.species and name in self.jumps
            return self._as_meant(name, parameter) if kept_as_amount else parameter
        if name in self.species and name not in self.states and not at_start:
            return self._as_meant(name, self._amount_at_start(name))
        return self._value_at_start(name)

    def _solved(self, name: str, at_start: bool) -> int:
        """Return the value of a variable that an algebraic rule determines."""
        scope = self.start if at_start else self.now

        def residual(unknown: int) -> int:
            known = self._start if at_start else self._now
            before = dict(known)
            known[name] = unknown
            try:
                return self.formulas.read(self.algebraic[name], scope)
            finally:  # what was worked out with the unknown must not be kept
                known.clear()
                known.update(before)

        number = 2 * list(self.algebraic).index(name) + at_start
        return solved(self.graph, name, residual, number)

    def _value_at_start(self, name: str) -> int:
        """Return a name's value at time 0, in the unit formulas mean."""
        if name in self.starts:
            return self.graph.parameter(self.parameters[self.starts[name]])
        if name in self.initially:
            return self.formulas.read(self.initially[name], self.start)
        if name in self.species and name not in self.given:
            species = self.species[name]
            home = self._resolve(species.getCompartment(), True)
            if species.isSetInitialConcentration() and species.getHasOnlySubstanceUnits():
                return self.graph.mul(self.graph.const(species.getInitialConcentration()), home)
            if species.isSetInitialAmount() and not species.getHasOnlySubstanceUnits():
                return self.graph.div(self.graph.const(species.getInitialAmount()), home)
        return self.graph.const(self.values[name])

    def _amount_at_start(self, name: str) -> int:
        value, species = self._resolve(name, True), self.species[name]
        if species.getHasOnlySubstanceUnits():
            return value
        return self.graph.mul(value, self._resolve(species.getCompartment(), True))

    def _kept_at_start(self, name: str) -> int:
        """Return a name's value at time 0 as it is kept: moved and assigned species as amounts."""
        as_amount = name in self.moves or (name in self.species and name in self.held)
        return self._amount_at_start(name) if as_amount else self._resolve(name, True)

    def _as_meant(self, name: str, amount: int) -> int:
        """Return a species' amount in the unit formulas mean."""
        species = self.species[name]
        if species.getHasOnlySubstanceUnits():
            return amount
        return self.graph.div(amount, self._resolve(species.getCompartment(), False))

    def _kinetic_law(self, reaction: Any, scope: Scope) -> int:
        law = reaction.getKineticLaw()
        if law is None or law.getMath() is None:
            return self.graph.zero
        local = {p.getId(): p.getValue() for p in law.getListOfParameters()}
        local |= {p.getId(): p.getValue() for p in law.getListOfLocalParameters()}

        def with_local(name: str) -> int:
            return self.graph.const(local[name]) if name in local else scope.name(name)

        def rate_with_local(name: str) -> int:
            return self.graph.zero if name in local else scope.rate_of(name)

        inside = replace(scope, name=with_local, rate_of=rate_with_local)
        return self.formulas.read(law.getMath(), inside)

    # --- rates

    def _rate(self, name: str, at_start: bool = False) -> int:
        """Return the derivative of a state as it is kept."""
        if (name, at_start) not in self._rates:
            if name in self.rate_rules:
                scope = self.start if at_start else self.now
                found = self.formulas.read(self.rate_rules[name], scope)
            else:
                found = self._rate_of_moves(name, at_start)
            self._rates[name, at_start] = found
        return self._rates[name, at_start]

    def _rate_of_moves(self, name: str, at_start: bool) -> int:
        graph, total = self.graph, self.graph.zero
        for sign, reference, reaction in self.moves[name]:
            stoichiometry = graph.mul(graph.const(sign), self._stoichiometry(reference, at_start))
            flow = self._resolve(reaction.getId(), at_start)
            total = graph.add(total, graph.mul(stoichiometry, flow))
        for item in (self.species[name], self.model):
            if item.isSetConversionFactor():
                return graph.mul(total, self._resolve(item.getConversionFactor(), at_start))
        return total

    def _stoichiometry(self, reference: Any, at_start: bool) -> int:
        if reference.isSetStoichiometryMath():
            scope = self.start if at_start else self.now
            return self.formulas.read(reference.getStoichiometryMath().getMath(), scope)
        if reference.isSetId():
            return self._resolve(reference.getId(), at_start)
        return self.graph.const(_stoichiometry_of(reference))

    def _rate_of(self, name: str, at_start: bool = False) -> int:
        """Return ``rateOf(name)``: the derivative of what formulas mean by a name."""
        graph = self.graph
        if name in self.rate_rules:
            return self._rate(name, at_start)
        if name in self.assigned or name in self.reactions:
            return self._rate_of_formula(name, at_start)
        species = self.species.get(name)
        own = self._rate(name, at_start) if name in self.moves else graph.zero
        if species is None or species.getHasOnlySubstanceUnits():
            return own
        home = species.getCompartment()
        growth = self._rate_of(home, at_start)
        diluted = graph.mul(self._resolve(name, at_start), growth)
        return graph.div(graph.sub(own, diluted), self._resolve(home, at_start))

    def _rate_of_formula(self, name: str, at_start: bool) -> int:
        """Return the derivative of what a formula says, by the chain rule."""
        if at_start:
            raise UnsupportedModel(f"rateOf({name}) at the start, where a formula gives '{name}', "
                                   "is not simulated")  # fmt: skip
        graph, node = self.graph, self._resolve(name, False)
        total = graph.time_derivative(node)
        states = list(self.states)
        for state, slope in graph.gradient(node).items():
            total = graph.add(total, graph.mul(slope, self._rate(states[state])))
        return total

    # --- events

    def _events(self) -> tuple[StateEvent, ...]:
        return tuple(
            event_of(event, changes, self._node, self._change)
            for event, changes in self.assignments
        )

    def _node(self, math: Any) -> int:
        return self.formulas.read(math, self.now)

    def _change(self, assignment: Any) -> Change:
        name = assignment.getVariable()
        if name in self.assigned:
            raise UnsupportedModel(f"an event assigns '{name}', which a rule determines")
        if name not in self.values:
            raise UnsupportedModel(f"an event assigns '{name}', which is nowhere defined")
        species = self.species.get(name)
        size = None
        if (
            species is not None
            and name not in self.rate_rules
            and not species.getHasOnlySubstanceUnits()
        ):
            size = self._resolve(species.getCompartment(), False)
        return Change(name, self._node(assignment.getMath()), size)

    def _diluted(self) -> tuple[tuple[str, int], ...]:
        """Return the concentrations under rate rules in compartments that events change."""
        found = [
            (name, self._resolve(species.getCompartment(), False))
            for name, species in self.species.items()
            if name in self.rate_rules and not species.getHasOnlySubstanceUnits()
            and species.getCompartment() in self.jumps
        ]  # fmt: skip
        return tuple(found)

    # --- the whole

    def system(self) -> System:
        """Return the finished system."""
        names = [*self.values, *self.assigned, *self.reactions]
        symbols = {name: self._resolve(name, False) for name in dict.fromkeys(names)}
        initial = [self._kept_at_start(name) for name in self.states]
        rates = [self._rate(name) for name in self.states]
        idle = [] if self.states else [IDLE]
        return System(
            graph=self.graph,
            states=(*self.states, *idle),
            parameters=tuple(self.parameters),
            defaults=self.defaults,
            rates=(*rates, *(self.graph.zero for _ in idle)),
            initial=(*initial, *(self.graph.zero for _ in idle)),
            symbols=symbols,
            events=self._events(),
            held={name: self._kept_at_start(name) for name in self.held},
            diluted=self._diluted(),
        )


def start_of(name: str) -> str:
    """Return the parameter that is the value of a state at the start."""
    return f"(start of {name})"


def _stoichiometry_of(reference: Any) -> float:
    """Return a plain stoichiometry; Level 1 writes fractions with a denominator."""
    number = reference.getStoichiometry()
    return number / reference.getDenominator() if reference.getLevel() == 1 else number
