"""Prove the units of every equation on its expression tree.

Literal numbers are dimensionless (0 fits any unit), helper functions are written out, factors
count (mg is not ng). A power of something with a unit needs an exponent that is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from ketasim.model.finding import Finding
from ketasim.model.formula import FormulaError, Functions, Node, evaluate, inline, parse, to_text
from ketasim.model.mechanism import Mechanism
from ketasim.model.parameter_table import Parameter
from ketasim.model.units import DIMENSIONLESS, Unit, parse_unit
from ketasim.model.wiring import Wiring

_HOUR = parse_unit("h")
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_KEEPS_UNIT = ("abs", "min", "max", "floor", "ceil")


class _Mismatch(Exception):
    """Units that do not fit; the message says which and where in the formula."""


class _Free:
    """The unit of 0: fits anything."""

    def __str__(self) -> str:
        return "any unit"


_ZERO = _Free()
Known = Unit | _Free


def check_units(wiring: Wiring) -> tuple[Finding, ...]:
    """Check the units of every equation, resting value and mass balance.

    Parameters
    ----------
    wiring : Wiring

    Returns
    -------
    tuple of Finding
        Empty when everything fits; otherwise one error per formula.
    """
    return tuple(
        Finding("error", "units", where, message)
        for mechanism in wiring.mechanisms
        for where, message in _mechanism(mechanism, wiring.parameters, wiring.functions)
    )


def _mechanism(
    mechanism: Mechanism, parameters: Mapping[str, Parameter], functions: Functions
) -> Iterator[tuple[str, str]]:
    texts = {name: row.unit for name, row in parameters.items()}
    texts |= {name: item.unit for name, item in mechanism.declared.items()}
    units: dict[str, Unit] = {name: parse_unit(text) for name, text in texts.items()}
    units["time"] = _HOUR
    tree = _Tree(units, {name: row.value for name, row in parameters.items()}, functions)
    for equation in mechanism.equations:
        expected = units[equation.target]
        if equation.kind == "rate":
            expected = expected / _HOUR
        told = equation.target + ("'" if equation.kind == "rate" else "")
        for message in tree.problem(equation.formula, expected, told):
            yield f"{mechanism.file}:{equation.line}", message
    for item in mechanism.declared.values():
        if item.rest is not None and not _is_number(item.rest):
            for message in tree.problem(item.rest, units[item.name], f"rest of {item.name}"):
                yield f"{mechanism.file}:{item.line}", message
    for balance in mechanism.balances:
        where = f"{mechanism.file}:{balance.line}"
        try:
            content = tree.unit(parse(balance.content))
        except _Mismatch as error:
            yield where, str(error)
            continue
        per_hour = content / _HOUR if isinstance(content, Unit) else DIMENSIONLESS
        for message in tree.problem(balance.inflow, per_hour, "inflow"):
            yield where, message


def _is_number(text: str) -> bool:
    """Whether a resting value is a bare number, which carries the unit declared beside it."""
    try:
        float(text)
    except ValueError:
        return False
    return True


class _Tree:
    """Infers the unit of expression trees over known names."""

    def __init__(
        self, units: Mapping[str, Unit], values: Mapping[str, float], functions: Functions
    ) -> None:
        self.units = units
        self.values = values
        self.functions = functions

    def problem(self, formula: str, expected: Unit, told: str) -> Iterator[str]:
        """Yield what is wrong with a formula that should have a unit: nothing or one line."""
        try:
            found = self.unit(inline(parse(formula), self.functions))
        except _Mismatch as error:
            yield f"{told}: {error}"
            return
        if isinstance(found, Unit) and not found.same(expected):
            yield f"{told} is in {expected}, but '{formula}' is in {found}"

    def unit(self, node: Node) -> Known:
        """Return a tree's unit, or raise _Mismatch."""
        op, args, value = node
        if op == "number":
            return _ZERO if value == 0 else DIMENSIONLESS
        if op == "name":
            return self.units[str(value)]
        if op == "neg":
            return self.unit(args[0])
        if op in ("*", "/"):
            return self._product(op, self.unit(args[0]), self.unit(args[1]))
        if op == "^":
            return self._power(node)
        if op in ("+", "-"):
            return self._alike(node, args)
        if op in _COMPARISONS:
            self._alike(node, args)
            return DIMENSIONLESS
        if op == "piecewise":
            for condition in args[1::2]:
                self.unit(condition)
            return self._alike(node, args[::2])
        return self._call(node)

    def _product(self, op: str, left: Known, right: Known) -> Known:
        if isinstance(left, _Free) or isinstance(right, _Free):
            return _ZERO
        return left * right if op == "*" else left / right

    def _alike(self, node: Node, args: tuple[Node, ...]) -> Known:
        """All operands must share one unit; return it."""
        common: Known = _ZERO
        for arg in args:
            unit = self.unit(arg)
            if isinstance(common, _Free):
                common = unit
            elif isinstance(unit, Unit) and not unit.same(common):
                raise _Mismatch(
                    f"'{to_text(arg)}' is in {unit}, not {common}, in '{to_text(node)}'"
                )
        return common

    def _power(self, node: Node) -> Known:
        base, exponent = node.args
        self._pure(exponent, node)
        unit = self.unit(base)
        if isinstance(unit, _Free) or unit.same(DIMENSIONLESS):
            return unit
        try:
            value = evaluate(exponent, self.values.__getitem__, self.functions)
        except (KeyError, FormulaError):
            raise _Mismatch(f"'{to_text(base)}' is in {unit}; its exponent must be known in "
                            f"'{to_text(node)}'") from None  # fmt: skip
        return unit ** Fraction(value).limit_denominator(1000)

    def _pure(self, arg: Node, node: Node) -> None:
        unit = self.unit(arg)
        if isinstance(unit, Unit) and not unit.same(DIMENSIONLESS):
            raise _Mismatch(f"'{to_text(arg)}' is in {unit}, not dimensionless, in "
                            f"'{to_text(node)}'")  # fmt: skip

    def _call(self, node: Node) -> Known:
        if node.value == "sqrt":
            unit = self.unit(node.args[0])
            return unit ** Fraction(1, 2) if isinstance(unit, Unit) else unit
        if node.value in _KEEPS_UNIT:
            return self._alike(node, node.args)
        for arg in node.args:
            self._pure(arg, node)
        return DIMENSIONLESS
