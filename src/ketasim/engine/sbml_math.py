"""SBML formulas (libSBML's trees) as nodes of a graph."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import libsbml

from ketasim.engine import sbml_functions
from ketasim.engine.graph import COMPARISONS, LOGICAL, Graph
from ketasim.engine.system import UnsupportedModel


@dataclass(frozen=True)
class Scope:
    """Where a formula stands: what names, time and ``rateOf`` mean there."""

    name: Callable[[str], int]
    time: int
    rate_of: Callable[[str], int]


_UNARY = {
    libsbml.AST_FUNCTION_EXP: "exp",
    libsbml.AST_FUNCTION_LN: "log",
    libsbml.AST_FUNCTION_SIN: "sin",
    libsbml.AST_FUNCTION_COS: "cos",
    libsbml.AST_FUNCTION_TAN: "tan",
    libsbml.AST_FUNCTION_ARCSIN: "asin",
    libsbml.AST_FUNCTION_ARCCOS: "acos",
    libsbml.AST_FUNCTION_ARCTAN: "atan",
    libsbml.AST_FUNCTION_SINH: "sinh",
    libsbml.AST_FUNCTION_COSH: "cosh",
    libsbml.AST_FUNCTION_TANH: "tanh",
    libsbml.AST_FUNCTION_FLOOR: "floor",
    libsbml.AST_FUNCTION_CEILING: "ceil",
    libsbml.AST_FUNCTION_ABS: "abs",
}
_RELATIONS = {
    libsbml.AST_RELATIONAL_LT: ("lt", False),
    libsbml.AST_RELATIONAL_LEQ: ("le", False),
    libsbml.AST_RELATIONAL_GT: ("lt", True),
    libsbml.AST_RELATIONAL_GEQ: ("le", True),
    libsbml.AST_RELATIONAL_EQ: ("eq", False),
    libsbml.AST_RELATIONAL_NEQ: ("ne", False),
}
_NUMBERS = {
    libsbml.AST_CONSTANT_E: math.e,
    libsbml.AST_CONSTANT_PI: math.pi,
    libsbml.AST_CONSTANT_TRUE: 1.0,
    libsbml.AST_CONSTANT_FALSE: 0.0,
    libsbml.AST_NAME_AVOGADRO: 6.02214179e23,
}
_FOLDED = {
    libsbml.AST_PLUS: ("add", 0.0),
    libsbml.AST_TIMES: ("mul", 1.0),
    libsbml.AST_LOGICAL_AND: ("and", 1.0),
    libsbml.AST_LOGICAL_OR: ("or", 0.0),
    libsbml.AST_LOGICAL_XOR: ("xor", 0.0),
}


MOST_OPERATIONS = 2_000_000
"""Operations of a model with its functions spelt out; functions of functions multiply them."""


class FormulaReader:
    """Turns formulas into nodes, with the model's function definitions spelt out in place."""

    def __init__(self, graph: Graph, functions: Mapping[str, Any]) -> None:
        self.graph = graph
        self.functions = functions
        self._read = 0
        self._sizes: dict[str, int] = {}

    def read(self, tree: Any, scope: Scope) -> int:
        """Return the node of a formula.

        Raises
        ------
        UnsupportedModel
            When the formula uses a construct the engine does not know; the message names it.
        """
        kind, graph = tree.getType(), self.graph
        self._read += 1
        if self._read > MOST_OPERATIONS:
            raise _too_large()
        if tree.isNumber():
            return graph.const(tree.getValue())
        if kind == libsbml.AST_NAME:
            return scope.name(tree.getName())
        if kind == libsbml.AST_NAME_TIME:
            return scope.time
        if kind in _NUMBERS:
            return graph.const(_NUMBERS[kind])
        if kind == libsbml.AST_FUNCTION_PIECEWISE:
            return self._piecewise(tree, scope)
        if kind == libsbml.AST_FUNCTION:
            return self._call(tree, scope)
        if kind == libsbml.AST_FUNCTION_RATE_OF:
            if tree.getNumChildren() != 1 or tree.getChild(0).getType() != libsbml.AST_NAME:
                raise UnsupportedModel("formula uses rateOf of something else than a name")
            return scope.rate_of(tree.getChild(0).getName())
        if kind == libsbml.AST_FUNCTION_DELAY:
            raise UnsupportedModel("formula uses delay(), which is not simulated")
        if kind in (libsbml.AST_FUNCTION_FLOOR, libsbml.AST_FUNCTION_CEILING):
            inner = tree.getChild(0)
            if inner is not None and _is_ratio(inner):
                a, b = (self.read(inner.getChild(i), scope) for i in range(2))
                up = kind == libsbml.AST_FUNCTION_CEILING
                whole = sbml_functions.floor_of_ratio(graph, graph.neg(a) if up else a, b)
                return graph.neg(whole) if up else whole
        operands = [self.read(tree.getChild(i), scope) for i in range(tree.getNumChildren())]
        try:
            if len(operands) not in _taken(kind, len(operands)):
                raise IndexError
            return self._operation(tree, kind, operands)
        except (TypeError, IndexError):
            name = tree.getName() or tree.getOperatorName() or str(kind)
            raise UnsupportedModel(
                f"formula gives '{name}' {len(operands)} operands, which it does not take"
            ) from None

    def _operation(self, tree: Any, kind: int, operands: list[int]) -> int:
        graph = self.graph
        if kind in _FOLDED:
            return self._fold(*_FOLDED[kind], operands)
        if kind in _UNARY:
            return graph.unary(_UNARY[kind], operands[0])
        if kind in _RELATIONS:
            return self._chain(*_RELATIONS[kind], operands)
        if kind == libsbml.AST_MINUS:
            return graph.neg(operands[0]) if len(operands) == 1 else graph.sub(*operands)
        if kind == libsbml.AST_DIVIDE:
            return graph.div(*operands)
        if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
            return graph.pow(*operands)
        if kind == libsbml.AST_FUNCTION_ROOT:
            degree, radicand = operands if len(operands) == 2 else (graph.const(2), operands[0])
            return graph.pow(radicand, graph.inv(degree))
        if kind == libsbml.AST_FUNCTION_LOG:
            base, argument = operands if len(operands) == 2 else (graph.const(10), operands[0])
            return graph.div(graph.unary("log", argument), graph.unary("log", base))
        if kind == libsbml.AST_LOGICAL_NOT:
            return graph.unary("not", operands[0])
        if kind in sbml_functions.FUNCTIONS:
            return sbml_functions.FUNCTIONS[kind](graph, operands)
        name = tree.getName() or libsbml.formulaToL3String(tree) or str(kind)
        raise UnsupportedModel(f"formula uses '{name}', which the engine does not simulate")

    def _fold(self, operation: str, start: float, operands: list[int]) -> int:
        graph = self.graph
        if not operands:
            return graph.const(start)
        total = operands[0]
        if len(operands) == 1 and operation in LOGICAL:  # a number there means true or false
            return graph.compare("ne", total, graph.zero)
        for operand in operands[1:]:
            if operation in LOGICAL:
                total = graph.logical(operation, total, operand)
            else:
                total = (
                    graph.add(total, operand) if operation == "add" else graph.mul(total, operand)
                )
        return total

    def _chain(self, relation: str, swapped: bool, operands: list[int]) -> int:
        graph = self.graph
        assert relation in COMPARISONS
        answer = graph.one
        for a, b in itertools.pairwise(operands):
            here = graph.compare(relation, *((b, a) if swapped else (a, b)))
            answer = here if answer == graph.one else graph.logical("and", answer, here)
        return answer

    def _piecewise(self, tree: Any, scope: Scope) -> int:
        count = tree.getNumChildren()
        parts = [self.read(tree.getChild(i), scope) for i in range(count)]
        answer = parts[-1] if count % 2 else self.graph.const(math.nan)
        for i in range(count - 2 - count % 2, -1, -2):
            answer = self.graph.select(parts[i + 1], parts[i], answer)
        return answer

    def _call(self, tree: Any, scope: Scope) -> int:
        name = tree.getName()
        if name not in self.functions:
            raise UnsupportedModel(f"formula calls unknown function '{name}'")
        definition = self.functions[name]
        if definition.getBody() is None:
            raise UnsupportedModel(f"function '{name}' has no formula")
        given = [self.read(tree.getChild(i), scope) for i in range(tree.getNumChildren())]
        names = [definition.getArgument(i).getName() for i in range(definition.getNumArguments())]
        if len(names) != len(given):
            raise UnsupportedModel(
                f"function '{name}' takes {len(names)} arguments, not {len(given)}"
            )
        bound = dict(zip(names, given, strict=True))
        if self._read + self._spelt_out(name) > MOST_OPERATIONS:  # before the work, not after it
            raise _too_large()
        return self.read(definition.getBody(), replace(scope, name=lambda name: bound[name]))

    def _spelt_out(self, name: str) -> int:
        """Return how many operations a function has with those it calls spelt out."""
        if name not in self._sizes:
            self._sizes[name] = 0  # of one that calls itself; reading it is refused elsewhere
            self._sizes[name] = self._size(self.functions[name].getBody())
        return self._sizes[name]

    def _size(self, tree: Any) -> int:
        own = sum(self._size(tree.getChild(i)) for i in range(tree.getNumChildren()))
        called = str(tree.getName()) if tree.getType() == libsbml.AST_FUNCTION else ""
        known = called in self.functions and self.functions[called].getBody() is not None
        return 1 + own + (self._spelt_out(called) if known else 0)


def _is_ratio(tree: libsbml.ASTNode) -> bool:
    return tree.getType() == libsbml.AST_DIVIDE and tree.getNumChildren() == 2


def _taken(kind: int, given: int) -> tuple[int, ...]:
    """Return how many operands an operation takes (``given`` where any number will do)."""
    if kind in _UNARY or kind == libsbml.AST_LOGICAL_NOT:
        return (1,)
    if kind in (libsbml.AST_FUNCTION_ROOT, libsbml.AST_FUNCTION_LOG):
        return (1, 2)
    if kind in sbml_functions.FUNCTIONS:
        return sbml_functions.taken(kind, given)
    return (given,)


def _too_large() -> UnsupportedModel:
    return UnsupportedModel(
        f"formulas with functions spelt out have more than {MOST_OPERATIONS:,} operations"
    )
