"""A plain model on its way into a mechanism: names, units, equations, tables."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Mapping
from pathlib import Path

from ketasim.errors import UserError, nearest
from ketasim.model.assemble import Output
from ketasim.model.folder import ModelFolder
from ketasim.model.formula import (
    BUILTIN_FUNCTIONS,
    FormulaError,
    Node,
    evaluate,
    is_reserved,
    parse,
    to_text,
)
from ketasim.model.imported import Imported, ImportOptions
from ketasim.model.parameter_table import COLUMNS
from ketasim.model.sbml_plain import PlainModel, Symbol
from ketasim.model.sbml_units import unit_text
from ketasim.model.units import Unit, UnitError, parse_unit

_NAME = re.compile(r"[A-Za-z]\w*\Z", flags=re.ASCII)
_WIDTH = 96


class Translation:
    """One model on its way into a mechanism."""

    def __init__(
        self,
        path: Path,
        name: str,
        plain: PlainModel,
        options: ImportOptions,
        place: ModelFolder,
        ours: Mapping[str, Output],
    ) -> None:
        self.path, self.name, self.plain, self.options = path, name, plain, options
        self.place, self.ours = place, ours
        self.rows: list[tuple[str, str, str, str]] = []  # symbol, value, unit, note
        self._check_names()
        self.inputs = self._inputs()
        self.taken = self._taken()
        self.called = self._called()
        self.units = self._units()
        self.per_hour = self._per_hour()

    def imported(self) -> Imported:
        """Return the files."""
        text, table = self._mechanism(), self._table()
        told = {*self.options.outputs, *self.inputs}
        rivals = [self.ours[o].mechanism for o in self.options.outputs.values() if o in self.ours]
        return Imported(
            self.name,
            {f"{self.name}.ant": text, f"{self.name}.csv": table, f"{self.name}.bib": self._bib()},
            self.inputs,
            dict(self.options.outputs),
            {a: b for a, b in self.called.items() if a != b and a not in told},
            tuple(dict.fromkeys(rivals)),
        )

    # --- names

    def _check_names(self) -> None:
        symbols, computed = self.plain.symbols, {**self.plain.states, **self.plain.variables}
        for option, names in (
            ("--connect", self.options.connect),
            ("--output", self.options.outputs),
            ("--keep", self.options.keep),
            ("--unit", self.options.units),
        ):
            for theirs in names:
                if theirs not in symbols:
                    raise UserError(f"{option}: no '{theirs}' in {self.path.name}"
                                    f"{nearest(theirs, symbols)}")  # fmt: skip
        for theirs, ours in self.options.connect.items():
            if theirs not in self.plain.constants:
                raise UserError(f"--connect: '{theirs}' is computed in {self.path.name}; only a "
                                f"constant or a boundary species can be an input")  # fmt: skip
            if ours not in self.ours:
                raise UserError(f"--connect: no output '{ours}'{nearest(ours, self.ours)}")
        if not self.options.outputs:
            raise UserError(
                f"--output: say what others may see of {self.path.name}{nearest('', computed)}"
            )
        for theirs, here in self.options.outputs.items():
            if theirs not in computed:
                raise UserError(f"--output: '{theirs}' is a constant{nearest(theirs, computed)}")
            if not _NAME.match(here) or is_reserved(here):
                raise UserError(f"--output: '{here}' is no name; use letters, digits and _")

    def _inputs(self) -> dict[str, str]:
        """Return their constants that are outputs of ours."""
        found = dict(self.options.connect)
        for theirs, symbol in self.plain.constants.items():
            if theirs not in self.ours or theirs in found or theirs in self.options.keep:
                continue
            own = parse_unit(self.ours[theirs].unit)
            if symbol.unit is None or symbol.unit.powers == own.powers:
                found[theirs] = theirs
        for theirs, ours in found.items():
            unit, own = self.plain.constants[theirs].unit, parse_unit(self.ours[ours].unit)
            if unit is not None and unit.powers != own.powers:
                raise UserError(f"--connect: '{theirs}' is in {unit}, but '{ours}' in {own}")
        return found

    def _taken(self) -> set[str]:
        """Return the names that mean something in the model already."""
        mechanisms = [self.place.mechanism(each) for each in self.place.every_name()]
        taken = {name for mechanism in mechanisms for name in mechanism.declared}
        for table in self.place.table_names():
            taken |= {row.symbol for row in self.place.table(table)}
        return taken | {*self.place.functions(), *BUILTIN_FUNCTIONS}

    def _called(self) -> dict[str, str]:
        """Return what each of their names is called here."""
        found = dict(self.options.outputs)
        used = {*found.values()}
        for theirs in self.plain.symbols:
            if theirs in found:
                continue
            here = theirs if _NAME.match(theirs) else f"x{theirs}"
            if here in self.taken or here in used or is_reserved(here):
                here = f"{here}_{self.name}"
            if here in self.taken or here in used:
                raise UserError(f"'{theirs}' of {self.path.name}: every name for it is taken")
            found[theirs] = here
            used.add(here)
        return found

    def _new(self, wanted: str) -> str:
        """Return a name for something of our own, and take it."""
        used = {*self.taken, *self.called.values(), *(row[0] for row in self.rows)}
        name, number = wanted, 1
        while name in used:
            name, number = f"{wanted}_{number}", number + 1
        return name

    # --- units

    def _units(self) -> dict[str, str]:
        """Return the unit of every name as a table writes it."""
        found, missing = {}, []
        for theirs, symbol in self.plain.symbols.items():
            text = self._unit(theirs, symbol)
            if text:
                found[theirs] = text
            else:
                missing.append(theirs)
        if missing:
            shown = ", ".join(missing[:12]) + (", ..." if len(missing) > 12 else "")
            raise UserError(
                f"{self.path.name}: no unit that can be used: {shown}; give --unit "
                f"{missing[0]}=nM for each, or --unit-else ratio for all that have none"
            )
        return found

    def _unit(self, theirs: str, symbol: Symbol) -> str:
        told = self.options.units.get(theirs)
        if told is None and symbol.unit is not None:
            told = unit_text(symbol.unit)
        if told is None and theirs in self.inputs:
            told = self.ours[self.inputs[theirs]].unit
        told = told or self.options.unit_else
        try:
            return told if not told or parse_unit(told) else ""
        except UnitError as error:
            raise UserError(f"--unit: {theirs}: {error}") from None

    def _per_hour(self) -> str:
        """Return the symbol of their units of time per hour; empty where theirs is the hour."""
        unit = self.plain.time
        try:
            unit = parse_unit(self.options.time) if self.options.time else unit
        except UnitError as error:
            raise UserError(f"--time: {error}") from None
        if unit is None:
            raise UserError(f"{self.path.name} has no unit of time; say it, as in --time min")
        text = unit_text(unit)
        if unit.powers != parse_unit("h").powers or text is None:
            raise UserError(f"--time: '{self.options.time or unit}' is no unit of time; take h")
        if text == "h":
            return ""
        symbol = self._new(f"per_hour_{self.name}")
        note = f"{self.path.name} counts time in {text}"
        self.rows.append((symbol, repr(1 / unit.factor), f"{text}/h", note))
        return symbol

    def _scaled(self, theirs: str, own: Unit, wanted: Unit, units: str) -> str:
        """Return a row that turns one unit into another; empty where they are the same."""
        if own.powers != wanted.powers:
            raise UserError(f"'{theirs}' is in {own}, which cannot be turned into {wanted}")
        if own.same(wanted):
            return ""
        symbol = self._new(f"per_unit_{theirs}_{self.name}")
        value = repr(float(f"{own.factor / wanted.factor:.12g}"))
        self.rows.append((symbol, value, units, f"units of '{theirs}' turned into each other"))
        return symbol

    # --- the mechanism

    def _mechanism(self) -> str:
        declared, equations = self._declared_inputs()
        for theirs in self.options.outputs:
            lines, more = self._turned_output(theirs)
            declared += lines
            equations += more
        for group, kind in ((self.plain.states, "state"), (self.plain.variables, "variable")):
            for theirs, symbol in group.items():
                lines, more = self._computed(theirs, symbol, kind)
                declared += lines
                equations += more
        for theirs in (t for t in self.plain.starts if t in self.plain.constants):
            symbol = self.plain.constants[theirs]
            if theirs not in self.inputs:
                here = self.called[theirs]
                declared.append(f"  variable {here} {self.units[theirs]}  // {told_label(symbol)}")
                equations.append(f"  {here} = {self._text(self.plain.starts[theirs], theirs)};")
        return "\n".join(
            [*self._head(), f"model {self.name}", *declared, "", *equations, "end", ""]
        )

    def _head(self) -> list[str]:
        about = (
            f"A model made elsewhere, {self.path.name}, imported as it stands: its equations, its "
            f"numbers, its starting values [@{self.name}_file]. Nobody here has checked it. Write "
            "here what it claims, with its sources, before you believe it."
        )
        lines, line = [], "// biology:"
        for word in about.split():
            if len(line) + len(word) + 1 > _WIDTH:
                lines.append(line)
                line = "//         "
            line += f" {word}"
        title = re.sub(r"\s+", " ", self.plain.title)[:80]
        return [
            f"// title: {title}",
            f"// systems: {self.options.system}",
            f"// clock: {self.options.clock}",
            *lines,
            line,
        ]

    def _declared_inputs(self) -> tuple[list[str], list[str]]:
        declared, equations = [], []
        for theirs, ours in self.inputs.items():
            output = self.ours[ours]
            item = self.place.mechanism(output.mechanism).outputs.get(ours)
            if item is None:
                raise UserError(f"--connect: '{ours}' is inside {output.mechanism}, no output of it"
                                f"{nearest(ours, self._real_outputs())}")  # fmt: skip
            line = f"  input {ours} = {item.rest} {item.unit}  // {item.label}"
            if line not in declared:
                declared.append(line)
            own, wanted = parse_unit(item.unit), parse_unit(self.units[theirs])
            units = f"({self.units[theirs]})/({item.unit})"
            factor = self._scaled(theirs, own, wanted, units)
            if factor:
                here = self.called[theirs] = self._own_name(theirs, ours)
                label = f"{ours} in {self.units[theirs]}"
                declared.append(f"  variable {here} {self.units[theirs]}  // {label}")
                equations.append(f"  {here} := {ours}*{factor};")
            else:
                self.called[theirs] = ours
        return declared, equations

    def _own_name(self, theirs: str, ours: str) -> str:
        here = self.called[theirs]
        return f"{here}_{self.name}" if here == ours else here

    def _real_outputs(self) -> list[str]:
        every = (self.place.mechanism(name) for name in self.place.mechanism_names())
        return [name for mechanism in every for name in mechanism.outputs]

    def _turned_output(self, theirs: str) -> tuple[list[str], list[str]]:
        """Return what gives an output of ours in our unit, where theirs has another."""
        here, unit = self.called[theirs], self.units[theirs]
        ours = self.ours.get(here)
        if ours is None:
            return [], []
        own, wanted = parse_unit(unit), parse_unit(ours.unit)
        factor = self._scaled(theirs, own, wanted, f"({ours.unit})/({unit})")
        if not factor:
            return [], []
        self.called[theirs] = inside = self._new(f"{theirs}_{self.name}")
        line = f"  output {here} = {self._rest(theirs, ours)} {ours.unit}  // {ours.label}"
        return [line], [f"  {here} := {inside}*{factor};"]

    def _computed(self, theirs: str, symbol: Symbol, kind: str) -> tuple[list[str], list[str]]:
        """Return declaration and equations of a state or a variable."""
        here, unit, label = self.called[theirs], self.units[theirs], told_label(symbol)
        equations = self._equations(theirs, here)
        if self.options.outputs.get(theirs) != here:
            return [f"  {kind} {here} {unit}  // {label}"], equations
        ours = self.ours.get(here)
        rest = self._rest(theirs, ours)
        return [f"  output {here} = {rest} {unit}  // {ours.label if ours else label}"], equations

    def _equations(self, theirs: str, here: str) -> list[str]:
        if theirs in self.plain.rules:
            return [f"  {here} := {self._text(self.plain.rules[theirs], theirs)};"]
        rate = self._text(self.plain.rates[theirs], theirs)
        if self.per_hour and rate != "0":
            rate = f"{self.per_hour}*({rate})"
        if theirs in self.plain.starts:
            start = self._text(self.plain.starts[theirs], theirs)
        else:
            start = self._start(theirs, here)
        return [f"  {here}' = {rate};", f"  {here} = {start};"]

    def _start(self, theirs: str, here: str) -> str:
        value = self.plain.states[theirs].value
        if value is None or not math.isfinite(value):
            raise UserError(f"{self.path.name}: '{theirs}' has no value at time 0")
        if value == 0:
            return "0"
        symbol = self._new(f"{here}_start")
        self.rows.append((symbol, repr(value), self.units[theirs], f"'{theirs}' at time 0"))
        return symbol

    def _rest(self, theirs: str, ours: Output | None) -> str:
        """Return the resting value of an output: of ours, or what theirs starts from."""
        if ours is not None:
            item = self.place.mechanism(ours.mechanism).outputs.get(ours.name)
            if item is not None and item.rest is not None:
                return item.rest
        return f"{self._value(theirs, ()):.9g}"

    def _value(self, theirs: str, above: tuple[str, ...]) -> float:
        """Return a value at time 0, with inputs at rest."""
        if theirs == "time":
            return 0.0
        if theirs in above:
            raise UserError(f"{self.path.name}: '{theirs}' is defined by itself, in a circle")
        if theirs in self.inputs:
            output = self.ours[self.inputs[theirs]]
            own, wanted = parse_unit(output.unit), parse_unit(self.units[theirs])
            return output.rest * own.factor / wanted.factor
        node = self.plain.starts.get(theirs) or self.plain.rules.get(theirs)
        if node is not None:
            try:
                return float(evaluate(node, lambda n: self._value(n, (*above, theirs)), {}))
            except FormulaError as error:
                raise UserError(f"{self.path.name}: '{theirs}' at time 0: {error}") from None
        symbol = self.plain.symbols.get(theirs)
        if symbol is None:
            raise UserError(f"{self.path.name}: '{theirs}' is used but nowhere defined")
        if symbol.value is None or not math.isfinite(symbol.value):
            raise UserError(f"{self.path.name}: '{theirs}' has no value")
        return symbol.value

    # --- formulas

    def _text(self, node: Node, told: str) -> str:
        """Write a formula in our names, its numbers as rows of the table."""
        ours = self._ours(node, told)
        text = to_text(ours)
        try:
            again = parse(text)
        except FormulaError as error:
            raise UserError(f"{self.path.name}: '{told}': {error}") from None
        if again != ours:
            raise UserError(f"{self.path.name}: '{told}': its formula cannot be written here")
        return text

    def _ours(self, node: Node, told: str) -> Node:
        if node.op == "number":
            return self._number(float(node.value or 0.0), told)
        if node.op == "name":
            if node.value == "time":
                time = Node("name", (), "time")
                per_hour = Node("name", (), self.per_hour)
                return Node("*", (time, per_hour)) if self.per_hour else time
            if node.value not in self.called:
                raise UserError(
                    f"{self.path.name}: '{told}': '{node.value}' is nowhere defined"
                    f"{nearest(str(node.value), self.called)}"
                )
            return Node("name", (), self.called[str(node.value)])
        value = {"ceiling": "ceil"}.get(str(node.value), node.value)
        return Node(node.op, tuple(self._ours(arg, told) for arg in node.args), value)

    def _number(self, value: float, told: str) -> Node:
        if not math.isfinite(value):
            raise UserError(f"{self.path.name}: '{told}': its formula holds {value}")
        if value < 0:
            return Node("neg", (self._number(-value, told),))
        if (value == int(value) and value <= 10) or value == 0.5:
            return Node("number", (), value)
        symbol = self._new(f"number_{self.name}")
        self.rows.append((symbol, repr(value), "ratio", f"a number in the formula of '{told}'"))
        return Node("name", (), symbol)

    # --- table and bibliography

    def _table(self) -> str:
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        told = re.sub(r"[;@:,]", " ", self.path.name)
        source = f"assumed: as in {told}"
        note = "nobody here knows where it comes from"
        for theirs, symbol in self.plain.constants.items():
            if theirs in self.inputs or theirs in self.plain.starts:
                continue
            if symbol.value is None or not math.isfinite(symbol.value):
                raise UserError(f"{self.path.name}: '{theirs}' has no value")
            label = f"{told_label(symbol)}; {note}"
            row = (self.called[theirs], repr(symbol.value), self.units[theirs])
            writer.writerow((*row, "", "", "", "assumed", source, label))
        for symbol_name, value, unit, about in self.rows:
            is_unit = symbol_name.startswith(("per_hour_", "per_unit_"))
            tier, where = ("derived", "derived: units") if is_unit else ("assumed", source)
            label = about if is_unit else f"{about}; {note}"
            writer.writerow((symbol_name, value, unit, "", "", "", tier, where, label))
        return file.getvalue()

    def _bib(self) -> str:
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        title, file = (re.sub(r"[{}\\\"@]", " ", t) for t in (self.plain.title, self.path.name))
        return (
            f"@misc{{{self.name}_file,\n  title = {{{title}}},\n"
            f"  note = {{the file {file}, SHA-256 {digest}}},\n}}\n"
        )


def told_label(symbol: Symbol) -> str:
    """Return what stands behind a declaration: their words, or their name."""
    return symbol.label or f"'{symbol.name}' of the file"
