"""MathML's rarer functions, spelt out in the operations a graph has."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce

import libsbml

from ketasim.engine.graph import Graph
from ketasim.engine.system import UnsupportedModel

Definition = Callable[[Graph, list[int]], int]


def _extreme(largest: bool) -> Definition:
    def pick(g: Graph, a: int, b: int) -> int:
        smaller = g.compare("lt", a, b)
        return g.select(smaller, b, a) if largest else g.select(smaller, a, b)

    return lambda g, x: reduce(lambda a, b: pick(g, a, b), x)


def floor_of_ratio(g: Graph, a: int, b: int) -> int:
    """Return ``floor(a / b)``, also where ``a * (1 / b)`` just misses a whole number (49 / 49)."""
    ratio = g.div(a, b)
    nearest = g.unary("floor", g.add(ratio, g.const(0.5)))
    miss = g.unary("abs", g.sub(ratio, nearest))
    rounding = g.mul(g.const(2.5e-16), g.unary("abs", ratio))
    return g.select(g.compare("le", miss, rounding), nearest, g.unary("floor", ratio))


def _quotient(g: Graph, x: list[int]) -> int:
    size = floor_of_ratio(g, g.unary("abs", x[0]), g.unary("abs", x[1]))
    opposite = g.logical("xor", g.compare("lt", x[0], g.zero), g.compare("lt", x[1], g.zero))
    return g.select(opposite, g.neg(size), size)


def _remainder(g: Graph, x: list[int]) -> int:
    return g.sub(x[0], g.mul(x[1], _quotient(g, x)))


def _implies(g: Graph, x: list[int]) -> int:
    return g.logical("or", g.unary("not", x[0]), x[1])


def _inverse_of(name: str) -> Definition:
    """1 over a function: sec, csc, cot and their hyperbolic kin."""
    return lambda g, x: g.inv(g.unary(name, x[0]))


def _of_inverse(name: str) -> Definition:
    """A function of 1 over the argument: arcsec, arccsc."""
    return lambda g, x: g.unary(name, g.inv(x[0]))


def _arcsinh(g: Graph, a: int) -> int:
    size = g.unary("abs", a)
    root = g.unary("sqrt", g.add(g.mul(a, a), g.one))
    value = g.unary("log", g.add(size, root))
    return g.select(g.compare("lt", a, g.zero), g.neg(value), value)


def _arccosh(g: Graph, a: int) -> int:
    root = g.unary("sqrt", g.sub(g.mul(a, a), g.one))
    return g.unary("log", g.add(a, root))


def _arctanh(g: Graph, a: int) -> int:
    ratio = g.div(g.add(g.one, a), g.sub(g.one, a))
    return g.mul(g.const(0.5), g.unary("log", ratio))


def _at(inner: Callable[[Graph, int], int], inverted: bool = False) -> Definition:
    return lambda g, x: inner(g, g.inv(x[0]) if inverted else x[0])


def _arccot(g: Graph, x: list[int]) -> int:
    return g.unary("atan", g.inv(x[0]))


def _factorial(g: Graph, x: list[int]) -> int:
    number = g.value(x[0])
    if number is None or number < 0 or number != int(number):
        raise UnsupportedModel("factorial of anything but a whole number is not simulated")
    return g.const(math.factorial(int(number)))


FUNCTIONS: dict[int, Definition] = {
    libsbml.AST_FUNCTION_MAX: _extreme(largest=True),
    libsbml.AST_FUNCTION_MIN: _extreme(largest=False),
    libsbml.AST_FUNCTION_QUOTIENT: _quotient,
    libsbml.AST_FUNCTION_REM: _remainder,
    libsbml.AST_LOGICAL_IMPLIES: _implies,
    libsbml.AST_FUNCTION_FACTORIAL: _factorial,
    libsbml.AST_FUNCTION_SEC: _inverse_of("cos"),
    libsbml.AST_FUNCTION_CSC: _inverse_of("sin"),
    libsbml.AST_FUNCTION_COT: _inverse_of("tan"),
    libsbml.AST_FUNCTION_SECH: _inverse_of("cosh"),
    libsbml.AST_FUNCTION_CSCH: _inverse_of("sinh"),
    libsbml.AST_FUNCTION_COTH: _inverse_of("tanh"),
    libsbml.AST_FUNCTION_ARCSEC: _of_inverse("acos"),
    libsbml.AST_FUNCTION_ARCCSC: _of_inverse("asin"),
    libsbml.AST_FUNCTION_ARCCOT: _arccot,
    libsbml.AST_FUNCTION_ARCSINH: _at(_arcsinh),
    libsbml.AST_FUNCTION_ARCCOSH: _at(_arccosh),
    libsbml.AST_FUNCTION_ARCTANH: _at(_arctanh),
    libsbml.AST_FUNCTION_ARCCSCH: _at(_arcsinh, inverted=True),
    libsbml.AST_FUNCTION_ARCSECH: _at(_arccosh, inverted=True),
    libsbml.AST_FUNCTION_ARCCOTH: _at(_arctanh, inverted=True),
}
_TWO = (libsbml.AST_FUNCTION_QUOTIENT, libsbml.AST_FUNCTION_REM, libsbml.AST_LOGICAL_IMPLIES)
_SOME = (libsbml.AST_FUNCTION_MAX, libsbml.AST_FUNCTION_MIN)


def taken(kind: int, given: int) -> tuple[int, ...]:
    """Return how many operands a function takes (``given`` where any number from 1 will do)."""
    if kind in _SOME:
        return (max(given, 1),)
    return (2,) if kind in _TWO else (1,)
