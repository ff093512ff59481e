"""A model of another tool in plain form: constants, states, rules, each with its unit.

What has no plain form here is refused by name: events, algebraic rules, delays, fast reactions,
compartments that change, conversion factors, stoichiometry that is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ketasim.engine.sbml_reading import open_document
from ketasim.errors import UserError
from ketasim.input_files import IMPORTED_SYMBOLS
from ketasim.model.formula import (
    BUILTIN_FUNCTIONS,
    FormulaError,
    Function,
    Node,
    calls,
    convert,
    expanded_size,
    inline,
    names,
)
from ketasim.model.sbml_units import unit_of
from ketasim.model.units import Unit, parse_unit

_LARGEST_FORMULA = 100_000  # operations of one formula with functions written out


@dataclass(frozen=True)
class Symbol:
    """One name of the model.

    Parameters
    ----------
    name, label : str
    unit : Unit or None
        None where the model does not say, or says what no table can.
    value : float or None
        Of a constant, or of a state at time 0.
    """

    name: str
    label: str
    unit: Unit | None
    value: float | None = None


@dataclass(frozen=True)
class PlainModel:
    """A model of ordinary differential equations.

    Parameters
    ----------
    title : str
    constants, states, variables : dict of str to Symbol
    rates, rules, starts : dict of str to Node
        Derivatives per ``time``; assignments; values at time 0 that are computed.
    time : Unit or None
        Unit of time.
    """

    title: str
    constants: dict[str, Symbol] = field(default_factory=dict)
    states: dict[str, Symbol] = field(default_factory=dict)
    variables: dict[str, Symbol] = field(default_factory=dict)
    rates: dict[str, Node] = field(default_factory=dict)
    rules: dict[str, Node] = field(default_factory=dict)
    starts: dict[str, Node] = field(default_factory=dict)
    time: Unit | None = None

    @property
    def symbols(self) -> dict[str, Symbol]:
        """Every name."""
        return {**self.constants, **self.states, **self.variables}


def plain_model(sbml: str, file: str) -> PlainModel:
    """Return an SBML document in plain form.

    Parameters
    ----------
    sbml : str
        The document itself.
    file : str
        What errors call it.

    Raises
    ------
    UserError
        Not readable, too large, or with a construct that has no plain form; it is named.
    """
    try:
        return _Reader(_as_level_three(open_document(sbml)), file).model()
    except RecursionError:
        raise UserError(f"{file}: formulas build on each other too deeply") from None
    except UserError as error:
        text = str(error)
        raise UserError(text if text.startswith(f"{file}:") else f"{file}: {text}") from None


def _as_level_three(document: Any) -> Any:
    """Bring older levels to Level 3, and parameters of single reactions out into the open."""
    import libsbml

    if document.getLevel() < 3:
        document.setLevelAndVersion(3, 2, False)
    how = libsbml.ConversionProperties()
    how.addOption("promoteLocalParameters", True)
    document.convert(how)
    return document


class _Reader:
    """Reads one document."""

    def __init__(self, document: Any, file: str) -> None:
        self.document, self.file = document, file  # the document keeps its model alive
        self.source = document.getModel()
        title = self.source.getName() or self.source.getId() or file
        self.plain = PlainModel(" ".join(title.split()), time=self._time())
        self.ruled = {rule.getVariable() for rule in self.source.getListOfRules()}
        self.moved = self._moved()
        self.sizes: dict[str, int] = {}
        self.functions = self._functions()

    def model(self) -> PlainModel:
        """Return the model in plain form."""
        source = self.source
        count = source.getNumParameters() + source.getNumSpecies() + source.getNumReactions()
        if count > IMPORTED_SYMBOLS:
            raise UserError(f"{count:,} names; a mechanism takes at most {IMPORTED_SYMBOLS:,}")
        for compartment in source.getListOfCompartments():
            self._compartment(compartment)
        for species in source.getListOfSpecies():
            self._species(species)
        for parameter in source.getListOfParameters():
            value = parameter.getValue() if parameter.isSetValue() else None
            self._add(parameter, value)
        for rule in source.getListOfRules():
            group = self.plain.rates if rule.isRate() else self.plain.rules
            group[rule.getVariable()] = self._formula(rule, rule.getVariable())
        for given in source.getListOfInitialAssignments():
            if given.getSymbol() in self.plain.symbols:
                self.plain.starts[given.getSymbol()] = self._formula(given, given.getSymbol())
        for reaction in source.getListOfReactions():
            self._reaction(reaction)
        for name in self.moved:
            self.plain.rates[name] = self._flows(name)
        self._drop_unused_compartments()
        return self.plain

    def _drop_unused_compartments(self) -> None:
        """Leave out sizes that no equation uses: every model of another tool has one."""
        groups = (self.plain.rates, self.plain.rules, self.plain.starts)
        used = {name for group in groups for node in group.values() for name in names(node)}
        for compartment in self.source.getListOfCompartments():
            if compartment.getId() not in used:
                self.plain.constants.pop(compartment.getId(), None)

    # --- names

    def _add(self, element: Any, value: float | None, name: str | None = None) -> None:
        name = name or str(element.getId())
        label = " ".join(element.getName().split())[:200]
        symbol = Symbol(name, label, self._unit(element), value)
        if name in self.moved or self._has_rate(name):
            self.plain.states[name] = symbol
        elif name in self.ruled:
            self.plain.variables[name] = symbol
        else:
            self.plain.constants[name] = symbol

    def _has_rate(self, name: str) -> bool:
        rule = self.source.getRule(name)
        return rule is not None and rule.isRate()

    def _compartment(self, compartment: Any) -> None:
        name = compartment.getId()
        started = self.source.getInitialAssignment(name) is not None
        if name in self.ruled or started:
            raise UserError(f"compartment '{name}' changes, or is computed; give it a plain size")
        self._add(compartment, compartment.getSize() if compartment.isSetSize() else 1.0)

    def _species(self, species: Any) -> None:
        home = self.source.getCompartment(species.getCompartment())
        size = home.getSize() if home is not None and home.isSetSize() else 1.0
        if species.isSetConversionFactor() or self.source.isSetConversionFactor():
            raise UserError(f"species '{species.getId()}' has a conversion factor; write it out")
        amount = species.getHasOnlySubstanceUnits()
        value = None
        if species.isSetInitialConcentration():
            value = species.getInitialConcentration() * (size if amount else 1.0)
        elif species.isSetInitialAmount():
            value = species.getInitialAmount() / (1.0 if amount else size or 1.0)
        self._add(species, value)

    def _unit(self, element: Any) -> Unit | None:
        import libsbml

        if element.getTypeCode() == libsbml.SBML_PARAMETER and not element.isSetUnits():
            return None
        definition = element.getDerivedUnitDefinition()
        if definition is None or definition.getNumUnits() == 0:
            return None
        return unit_of(definition)

    def _time(self) -> Unit | None:
        told = self.source.getTimeUnits()
        if not told:
            return None
        if told in ("second", "dimensionless"):
            return parse_unit("s") if told == "second" else None
        definition = self.source.getUnitDefinition(told)
        return None if definition is None else unit_of(definition)

    # --- formulas

    def _functions(self) -> dict[str, Function]:
        found: dict[str, Function] = {}
        for each in self.source.getListOfFunctionDefinitions():
            if each.getBody() is None:
                raise UserError(f"function '{each.getId()}' has no formula")
            given = [each.getArgument(i).getName() for i in range(each.getNumArguments())]
            body = self._tree(each.getBody(), f"function '{each.getId()}'")
            found[each.getId()] = Function(each.getId(), tuple(given), body)
        return found

    def _formula(self, element: Any, told: str) -> Node:
        if element.getMath() is None:
            raise UserError(f"'{told}' has an equation without a formula")
        return self._written_out(self._tree(element.getMath(), f"'{told}'"), told)

    def _tree(self, math: Any, told: str) -> Node:
        try:
            return convert(math)
        except FormulaError as error:
            raise UserError(f"{told}: {error}") from None

    def _written_out(self, node: Node, told: str) -> Node:
        for name, count in calls(node):
            function = self.functions.get(name)
            if function is not None and len(function.arguments) != count:
                raise UserError(f"'{told}': function '{name}' is called with {count} arguments")
        if expanded_size(node, self.functions, self.sizes) > _LARGEST_FORMULA:
            raise UserError(f"'{told}': with functions written out, its formula has more than "
                            f"{_LARGEST_FORMULA:,} operations")  # fmt: skip
        whole = inline(node, self.functions)
        for name, _ in calls(whole):
            if name not in BUILTIN_FUNCTIONS:
                raise UserError(f"'{told}': its formula uses '{name}', which no mechanism can")
        return whole

    # --- reactions

    def _moved(self) -> list[str]:
        """Return the species that reactions move, in the order of the document."""
        found = dict.fromkeys(
            reference.getSpecies()
            for reaction in self.source.getListOfReactions()
            for side in (reaction.getListOfReactants(), reaction.getListOfProducts())
            for reference in side
        )
        return [
            species.getId()
            for species in self.source.getListOfSpecies()
            if species.getId() in found
            and species.getId() not in self.ruled
            and not (species.getBoundaryCondition() or species.getConstant())
        ]

    def _reaction(self, reaction: Any) -> None:
        name, law = reaction.getId(), reaction.getKineticLaw()
        if law is None or law.getMath() is None:
            raise UserError(f"reaction '{name}' has no rate law")
        definition = law.getDerivedUnitDefinition()
        known = definition is not None and definition.getNumUnits() > 0
        extent = self._extent()
        unit = extent / self.plain.time if extent and self.plain.time else None
        if unit is None and known and not law.containsUndeclaredUnits():
            unit = unit_of(definition)
        label = " ".join(reaction.getName().split())[:200]
        self.plain.variables[name] = Symbol(name, label or f"flow of {name}", unit)
        self.plain.rules[name] = self._formula(law, name)

    def _extent(self) -> Unit | None:
        told = self.source.getExtentUnits() or self.source.getSubstanceUnits()
        if told == "mole":
            return parse_unit("mol")
        definition = self.source.getUnitDefinition(told) if told else None
        return None if definition is None else unit_of(definition)

    def _flows(self, name: str) -> Node:
        """Return what reactions do to a species, per time of the model."""
        total: Node | None = None
        for reaction in self.source.getListOfReactions():
            sides = ((False, reaction.getListOfReactants()), (True, reaction.getListOfProducts()))
            for comes, side in sides:
                for reference in side:
                    if reference.getSpecies() == name:
                        flow = self._times(reference, reaction.getId())
                        total = _plus(total, flow, comes)
        species = self.source.getSpecies(name)
        whole = total or Node("number", (), 0.0)
        if species.getHasOnlySubstanceUnits():
            return whole
        return Node("/", (whole, Node("name", (), species.getCompartment())))

    def _times(self, reference: Any, reaction: str) -> Node:
        named = reference.isSetId() and reference.getId() in self.ruled
        started = reference.isSetId() and self.source.getInitialAssignment(reference.getId())
        if reference.isSetStoichiometryMath() or named or started:
            raise UserError(f"reaction '{reaction}': its stoichiometry is computed; write a number")
        number = reference.getStoichiometry()
        flow = Node("name", (), reaction)
        return flow if number == 1 else Node("*", (Node("number", (), float(number)), flow))


def _plus(total: Node | None, flow: Node, comes: bool) -> Node:
    if total is None:
        return flow if comes else Node("neg", (flow,))
    return Node("+" if comes else "-", (total, flow))
