"""A formula as an expression tree: read by libsbml, evaluated and printed here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from ketasim.input_files import FORMULA_CHARACTERS, FORMULA_DEPTH


class FormulaError(ValueError):
    """A formula that cannot be read or evaluated; the caller adds the place."""


class Node(NamedTuple):
    """One node of an expression tree.

    Parameters
    ----------
    op : str
        ``number``, ``name``, ``+ - * / ^ neg``, a comparison, ``and or not``,
        ``piecewise`` (value, condition, ..., otherwise), or ``call``.
    args : tuple of Node
        Operands, left to right.
    value : float or str or None
        The number, the name, or the called function's name.
    """

    op: str
    args: tuple[Node, ...] = ()
    value: float | str | None = None


@dataclass(frozen=True)
class Function:
    """A helper function: its arguments and its body."""

    name: str
    arguments: tuple[str, ...]
    body: Node


Functions = Mapping[str, Function]

_LOG = re.compile(r"\blog\s*\(", flags=re.IGNORECASE)

_RESERVED = frozenset((
    "time", "pi", "exponentiale", "avogadro", "true", "false", "inf", "infinity", "nan",
    "notanumber", "model", "module", "function", "end", "species", "compartment", "var", "const",
    "ext", "in", "has", "is", "at", "after", "unit", "import", "dna", "gene", "operator", "event",
    "formula", "reaction", "delete", "substanceonly",
))  # fmt: skip


def is_reserved(name: str) -> bool:
    """Whether a name is a word of SBML formulas or of Antimony, in any case."""
    return name.lower() in _RESERVED


@lru_cache(maxsize=8192)
def parse(text: str) -> Node:
    """Read a formula.

    Parameters
    ----------
    text : str
        Plain Antimony (SBML L3 infix), such as ``k*(x0 - x)/tau``.

    Returns
    -------
    Node

    Raises
    ------
    FormulaError
        If the text is no formula, or uses ``log`` (write ``ln`` or ``log10``).
    """
    import libsbml

    if len(text) > FORMULA_CHARACTERS:
        raise FormulaError(f"cannot read '{text[:40]}...': {len(text):,} characters; the most is "
                           f"{FORMULA_CHARACTERS:,}; split it into variables")  # fmt: skip
    if _LOG.search(text):
        raise FormulaError(f"cannot read '{text}': 'log' is ambiguous, write ln(x) or log10(x)")
    tree = libsbml.parseL3Formula(text)
    if tree is None:
        detail = libsbml.getLastParseL3Error().strip().splitlines()
        raise FormulaError(f"cannot read '{_short(text)}': {detail[-1] if detail else 'empty'}")
    return convert(tree)


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}..."


def convert(tree: Any) -> Node:
    """Return a formula that libsbml has read as our tree.

    Raises
    ------
    FormulaError
        For a construct the model language does not have, or operations nested too deeply.
    """
    node = _convert(tree, 0)
    if _depth(node) > FORMULA_DEPTH:
        raise _too_deep()
    return node


def _too_deep() -> FormulaError:
    return FormulaError(f"the formula nests more than {FORMULA_DEPTH} operations; split it into "
                        "variables")  # fmt: skip


def _depth(node: Node) -> int:
    """Return how many operations stand within each other."""
    deepest, level = 0, [node]
    while level:
        level = [arg for each in level for arg in each.args]
        deepest += 1
        if deepest > FORMULA_DEPTH:
            break
    return deepest


@cache
def _operators() -> dict[int, str]:
    import libsbml as s

    return {
        s.AST_PLUS: "+", s.AST_MINUS: "-", s.AST_TIMES: "*", s.AST_DIVIDE: "/",
        s.AST_POWER: "^", s.AST_FUNCTION_POWER: "^", s.AST_FUNCTION_PIECEWISE: "piecewise",
        s.AST_RELATIONAL_LT: "<", s.AST_RELATIONAL_LEQ: "<=", s.AST_RELATIONAL_GT: ">",
        s.AST_RELATIONAL_GEQ: ">=", s.AST_RELATIONAL_EQ: "==", s.AST_RELATIONAL_NEQ: "!=",
        s.AST_LOGICAL_AND: "and", s.AST_LOGICAL_OR: "or", s.AST_LOGICAL_NOT: "not",
    }  # fmt: skip


def _convert(tree: Any, depth: int) -> Node:
    """Turn a libsbml tree into ours."""
    import libsbml

    if depth > FORMULA_DEPTH:
        raise _too_deep()
    kind = tree.getType()
    if tree.isNumber():
        return Node("number", (), float(tree.getValue()))
    if kind == libsbml.AST_CONSTANT_PI:
        return Node("number", (), math.pi)
    if kind == libsbml.AST_CONSTANT_E:
        return Node("number", (), math.e)
    if kind == libsbml.AST_NAME_TIME:
        return Node("name", (), "time")
    if kind == libsbml.AST_NAME:
        return Node("name", (), tree.getName())
    args = tuple(_convert(tree.getChild(i), depth + 1) for i in range(tree.getNumChildren()))
    op = _operators().get(kind)
    if op == "-" and len(args) == 1:
        return Node("neg", args)
    if op in ("+", "*") and len(args) != 2:
        return _fold(op, args)
    if op is not None:
        return Node(op, args)
    return _call(tree.getName() or "", args, kind)


def _fold(op: str, args: tuple[Node, ...]) -> Node:
    """Make an n-ary sum or product binary."""
    total = args[0]
    for arg in args[1:]:
        total = Node(op, (total, arg))
    return total


def _call(name: str, args: tuple[Node, ...], kind: int) -> Node:
    import libsbml

    if kind == libsbml.AST_FUNCTION_ROOT:
        return Node("call", args[-1:], "sqrt") if len(args) == 1 or _is(args[0], 2) else (
            Node("^", (args[1], Node("/", (Node("number", (), 1.0), args[0]))))
        )  # fmt: skip
    if kind == libsbml.AST_FUNCTION_LOG:
        if len(args) == 2 and not _is(args[0], 10):
            return Node("/", (Node("call", args[1:], "ln"), Node("call", args[:1], "ln")))
        return Node("call", args[-1:], "log10")
    if not name:
        raise FormulaError("the formula uses a construct this model language does not have")
    return Node("call", args, name)


def _is(node: Node, number: float) -> bool:
    return node.op == "number" and node.value == number


_BUILTIN: Mapping[str, Callable[..., Any]] = {
    "sqrt": math.sqrt, "exp": math.exp, "ln": math.log, "log10": math.log10, "abs": abs,
    "min": min, "max": max, "floor": math.floor, "ceil": math.ceil, "tanh": math.tanh,
    "sin": math.sin, "cos": math.cos,
}  # fmt: skip

BUILTIN_FUNCTIONS = tuple(_BUILTIN)

_BINARY: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: a / b, "^": math.pow,
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b, "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


def evaluate(node: Node, resolve: Callable[[str], float], functions: Functions) -> float:
    """Compute a formula's value.

    Parameters
    ----------
    node : Node
        The formula.
    resolve : callable
        Gives the number behind a name.
    functions : mapping
        Helper functions by name.

    Returns
    -------
    float

    Raises
    ------
    FormulaError
        If a function is unknown or the arithmetic fails (division by zero, root of a negative).
    """
    op, args, value = node
    if op == "number":
        return value  # type: ignore[return-value]
    if op == "name":
        return resolve(value)  # type: ignore[arg-type]
    try:
        return _apply(op, args, value, lambda n: evaluate(n, resolve, functions), functions)
    except (ZeroDivisionError, OverflowError) as error:
        raise FormulaError(f"{error} in '{to_text(node)}'") from None
    except ValueError as error:
        if isinstance(error, FormulaError):
            raise
        raise FormulaError(f"{error} in '{to_text(node)}'") from None


def _apply(
    op: str,
    args: tuple[Node, ...],
    value: float | str | None,
    number: Callable[[Node], float],
    functions: Functions,
) -> float:
    if op in _BINARY:
        return _BINARY[op](number(args[0]), number(args[1]))
    if op == "neg":
        return -number(args[0])
    if op == "piecewise":
        for result, condition in zip(args[::2], args[1::2], strict=False):
            if number(condition):
                return number(result)
        return number(args[-1]) if len(args) % 2 else math.nan
    if op == "and":
        return all(number(a) for a in args)
    if op == "or":
        return any(number(a) for a in args)
    if op == "not":
        return not number(args[0])
    if value in functions:
        function = functions[str(value)]
        bound = dict(zip(function.arguments, map(number, args), strict=True))
        return evaluate(function.body, bound.__getitem__, functions)
    if value not in _BUILTIN:
        raise FormulaError(f"unknown function '{value}'")
    return float(_BUILTIN[str(value)](*map(number, args)))


def expanded_size(node: Node, functions: Functions, known: dict[str, int] | None = None) -> int:
    """Return how many operations a formula has, at most, once helper functions are written out.

    Functions of functions multiply; ``known`` keeps the sizes of those already counted.
    """
    sizes = {} if known is None else known
    within = sum(expanded_size(arg, functions, sizes) for arg in node.args)
    if node.op != "call" or node.value not in functions:
        return 1 + within
    name = str(node.value)
    if name not in sizes:
        sizes[name] = expanded_size(functions[name].body, functions, sizes)
    return sizes[name] * (1 + within)


def inline(node: Node, functions: Functions) -> Node:
    """Replace every call of a helper function by its body."""
    args = tuple(inline(arg, functions) for arg in node.args)
    if node.op == "call" and node.value in functions:
        function = functions[str(node.value)]
        bound = dict(zip(function.arguments, args, strict=True))
        return inline(_substitute(function.body, bound), functions)
    return node._replace(args=args)


def _substitute(node: Node, bound: Mapping[str, Node]) -> Node:
    if node.op == "name":
        return bound.get(str(node.value), node)
    return node._replace(args=tuple(_substitute(arg, bound) for arg in node.args))


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and everything below it."""
    yield node
    for arg in node.args:
        yield from walk(arg)


@lru_cache(maxsize=8192)
def names(node: Node) -> frozenset[str]:
    """Names a formula uses, ``time`` included, function names not."""
    return frozenset(str(n.value) for n in walk(node) if n.op == "name")


def calls(node: Node) -> Iterator[tuple[str, int]]:
    """Functions a formula calls, each with its number of arguments."""
    return ((str(n.value), len(n.args)) for n in walk(node) if n.op == "call")


_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "^": 4}


def to_text(node: Node) -> str:
    """Write a formula back as text with as few brackets as are needed."""
    op, args, value = node
    if op == "number":
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    if op == "name":
        return str(value)
    if op == "neg":
        return "-" + _inside(args[0], 3)
    if op in ("call", "piecewise", "and", "or", "not"):
        return f"{value or op}({', '.join(map(to_text, args))})"
    strength = _STRENGTH.get(op, 0)
    spaced = f" {op} " if strength < 2 else op
    return _inside(args[0], strength + (op == "^")) + spaced + _inside(args[1], strength + 1)


def _inside(node: Node, strength: int) -> str:
    text = to_text(node)
    return f"({text})" if _STRENGTH.get(node.op, 9) < strength else text
