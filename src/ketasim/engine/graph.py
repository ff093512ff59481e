"""Expressions as a hash-consed graph: equal expressions are one node.

A node is an integer. Building a node simplifies it on the way in (constants fold, what
depends on parameters only is gathered in front of a product), so common subexpressions
vanish and the part of a formula that never changes during a run can be computed once.
"""

from __future__ import annotations

import math
from collections.abc import Callable

PARAMETER, STATE, TIME = 1, 2, 4
"""Bits of ``Graph.depends``: what a node's value depends on."""

_UNARY: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "floor": math.floor,
    "ceil": math.ceil,
    "abs": abs,
    "not": lambda a: float(not a),
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}
UNARY_OPERATIONS = frozenset(_UNARY)
COMPARISONS = frozenset(_COMPARE)
LOGICAL = frozenset({"and", "or", "xor"})


class Graph:
    """All expressions of one model.

    Node ``k`` has operation ``operation[k]``, arguments ``arguments[k]`` and dependence bits
    ``depends[k]``. Leaves are ``const``, ``parameter``, ``state`` (argument: an index) and
    ``time``. Logical values are numbers, 0 or 1.
    """

    def __init__(self) -> None:
        self.operation: list[str] = []
        self.arguments: list[tuple] = []
        self.depends: list[int] = []
        self._known: dict[tuple, int] = {}
        self._gradients: dict[int, dict[int, int]] = {}
        self._time_derivatives: dict[int, int] = {}
        self.zero = self.const(0.0)
        self.one = self.const(1.0)

    # --- leaves

    def _node(self, operation: str, arguments: tuple, depends: int) -> int:
        key = (operation, arguments)
        node = self._known.get(key)
        if node is None:
            node = self._known[key] = len(self.operation)
            self.operation.append(operation)
            self.arguments.append(arguments)
            self.depends.append(depends)
        return node

    def const(self, value: float) -> int:
        """Return the node of a number (one node for all NaN, and 0 for both zeros)."""
        value = float(value) + 0.0
        return self._node("const", ("nan",) if math.isnan(value) else (value,), 0)

    def parameter(self, index: int) -> int:
        """Return the node of parameter ``index``."""
        return self._node("parameter", (index,), PARAMETER)

    def state(self, index: int) -> int:
        """Return the node of state ``index``."""
        return self._node("state", (index,), STATE)

    def time(self) -> int:
        """Return the node of time."""
        return self._node("time", (), TIME)

    def value(self, node: int) -> float | None:
        """Return the number of a constant node, else ``None``."""
        if self.operation[node] != "const":
            return None
        number = self.arguments[node][0]
        return math.nan if number == "nan" else number

    def _apply(self, operation: str, *arguments: int) -> int:
        depends = 0
        for argument in arguments:
            depends |= self.depends[argument]
        return self._node(operation, arguments, depends)

    def _fixed(self, node: int) -> bool:
        """Whether the node is known before the run (depends on parameters at most)."""
        return self.depends[node] & ~PARAMETER == 0

    # --- arithmetic

    def add(self, a: int, b: int) -> int:
        """Return ``a + b``."""
        va, vb = self.value(a), self.value(b)
        if va is not None and vb is not None:
            return self.const(va + vb)
        if va == 0:
            return b
        if vb == 0:
            return a
        if self.operation[b] == "neg":
            return self.sub(a, self.arguments[b][0])
        if self.operation[a] == "neg":
            return self.sub(b, self.arguments[a][0])
        return self._apply("add", *sorted((a, b)))

    def sub(self, a: int, b: int) -> int:
        """Return ``a - b``."""
        va, vb = self.value(a), self.value(b)
        if va is not None and vb is not None:
            return self.const(va - vb)
        if a == b:
            return self.zero
        if vb == 0:
            return a
        if va == 0:
            return self.neg(b)
        if self.operation[b] == "neg":
            return self.add(a, self.arguments[b][0])
        return self._apply("sub", a, b)

    def neg(self, a: int) -> int:
        """Return ``-a``."""
        va = self.value(a)
        if va is not None:
            return self.const(-va)
        operation, arguments = self.operation[a], self.arguments[a]
        if operation == "neg":
            return arguments[0]
        if operation == "sub":
            return self.sub(arguments[1], arguments[0])
        if operation == "mul" and self._fixed(arguments[0]) and not self._fixed(a):
            return self.mul(self.neg(arguments[0]), arguments[1])
        return self._apply("neg", a)

    def _split(self, a: int) -> tuple[int, int]:
        """Split a product into its fixed factor and the rest."""
        if self._fixed(a):
            return a, self.one
        if self.operation[a] == "mul" and self._fixed(self.arguments[a][0]):
            return self.arguments[a]
        if self.operation[a] == "neg":
            return self.const(-1.0), self.arguments[a][0]
        return self.one, a

    def _plain_mul(self, a: int, b: int) -> int:
        va, vb = self.value(a), self.value(b)
        if va is not None and vb is not None:
            return self.const(va * vb)
        if va == 0 or vb == 0:
            return self.zero
        if va == 1:
            return b
        if vb == 1:
            return a
        if va == -1:
            return self._apply("neg", b) if self.operation[b] != "neg" else self.arguments[b][0]
        if vb == -1:
            return self._plain_mul(b, a)
        return self._apply("mul", *sorted((a, b)))

    def mul(self, a: int, b: int) -> int:
        """Return ``a * b`` with the fixed factors gathered in front."""
        if self._fixed(a) and self._fixed(b):
            return self._plain_mul(a, b)
        fixed_a, rest_a = self._split(a)
        fixed_b, rest_b = self._split(b)
        fixed = self._plain_mul(fixed_a, fixed_b)
        rest = self._plain_mul(rest_a, rest_b)
        number = self.value(fixed)
        if number == 0:
            return self.zero
        if number == 1:
            return rest
        if number == -1:
            return self.neg(rest)
        return self._apply("mul", fixed, rest)

    def inv(self, a: int) -> int:
        """Return ``1 / a``."""
        va = self.value(a)
        if va is not None and va != 0:
            return self.const(1.0 / va)
        if self.operation[a] == "inv":
            return self.arguments[a][0]
        if self.operation[a] == "neg":
            return self.neg(self.inv(self.arguments[a][0]))
        fixed, rest = self._split(a)
        if rest not in (a, self.one):
            return self.mul(self.inv(fixed), self.inv(rest))
        return self._apply("inv", a)

    def div(self, a: int, b: int) -> int:
        """Return ``a / b``."""
        va, vb = self.value(a), self.value(b)
        if va is not None and vb is not None and vb != 0:
            return self.const(va / vb)
        return self.mul(a, self.inv(b))

    def pow(self, base: int, exponent: int) -> int:
        """Return ``base ** exponent``; small whole powers become products."""
        vb, ve = self.value(base), self.value(exponent)
        if ve == 0:
            return self.one
        if ve == 1:
            return base
        if vb is not None and ve is not None:
            try:
                return self.const(vb**ve)
            except (OverflowError, ZeroDivisionError, TypeError):
                return self._apply("pow", base, exponent)
        if ve is not None and abs(ve) <= 16 and ve == int(ve):
            return self._whole_power(base, int(ve))
        if ve == 0.5:
            return self.unary("sqrt", base)
        return self._apply("pow", base, exponent)

    def _whole_power(self, base: int, exponent: int) -> int:
        if exponent < 0:
            return self.inv(self._whole_power(base, -exponent))
        if exponent == 1:
            return base
        half = self._whole_power(base, exponent // 2)
        square = self.mul(half, half)
        return self.mul(square, base) if exponent % 2 else square

    def unary(self, operation: str, a: int) -> int:
        """Return a function of one argument, such as ``exp`` or ``floor``."""
        va = self.value(a)
        if va is not None:
            try:
                return self.const(_UNARY[operation](va))
            except (ValueError, OverflowError):
                pass
        return self._apply(operation, a)

    # --- logic

    def compare(self, operation: str, a: int, b: int) -> int:
        """Return 1 where ``a`` and ``b`` stand in the relation ``lt le eq ne``, else 0."""
        va, vb = self.value(a), self.value(b)
        if va is not None and vb is not None:
            return self.const(float(_COMPARE[operation](va, vb)))
        return self._apply(operation, a, b)

    def logical(self, operation: str, a: int, b: int) -> int:
        """Return ``a and b``, ``a or b`` or ``a xor b``, as 0 or 1."""
        va, vb = self.value(a), self.value(b)
        if va is not None and vb is not None:
            answer = {"and": va and vb, "or": va or vb, "xor": bool(va) != bool(vb)}[operation]
            return self.const(float(bool(answer)))
        return self._apply(operation, a, b)

    def select(self, condition: int, a: int, b: int) -> int:
        """Return ``a`` where ``condition`` is true, else ``b``."""
        known = self.value(condition)
        if known is not None:
            return a if known else b
        return a if a == b else self._apply("select", condition, a, b)

    def lowered_pow(self, base: int, exponent: int, at_zero: float = math.inf) -> int:
        """Return a general power spelt out in exp and log, right at zero and below.

        ``at_zero`` is the value at zero where the exponent is negative.
        """
        zero, one = self.zero, self.one
        size = self.unary("exp", self.mul(exponent, self.unary("log", self.unary("abs", base))))
        half = self.mul(exponent, self.const(0.5))
        whole = self.compare("eq", exponent, self.unary("floor", exponent))
        odd = self.compare("ne", half, self.unary("floor", half))
        below = self.select(odd, self.neg(size), size)
        below = self.select(whole, below, self.const(math.nan))
        rising = self.select(self.compare("lt", zero, exponent), zero, self.const(at_zero))
        at_zero = self.select(self.compare("eq", exponent, zero), one, rising)
        not_above = self.select(self.compare("eq", base, zero), at_zero, below)
        return self.select(self.compare("lt", zero, base), size, not_above)

    # --- derivatives

    def gradient(self, node: int) -> dict[int, int]:
        """Return the derivative to every state the node depends on: ``{state: node}``."""
        found = self._gradients.get(node)
        if found is not None:
            return found
        for below in self.in_order([node]):
            if below not in self._gradients:
                self._gradients[below] = self._gradient_here(below)
        return self._gradients[node]

    def _gradient_here(self, node: int) -> dict[int, int]:
        if not self.depends[node] & STATE:
            return {}
        if self.operation[node] == "state":
            return {self.arguments[node][0]: self.one}
        total: dict[int, int] = {}
        for position, argument in enumerate(self.arguments[node]):
            inner = self._gradients[argument]
            if not inner:
                continue
            outer = self.partial(node, position)
            for state, slope in inner.items():
                term = self.mul(outer, slope)
                total[state] = self.add(total[state], term) if state in total else term
        return {state: slope for state, slope in total.items() if slope != self.zero}

    def time_derivative(self, node: int) -> int:
        """Return the partial derivative to time, states held."""
        for below in self.in_order([node]):
            if below in self._time_derivatives:
                continue
            total = self.zero
            if self.operation[below] == "time":
                total = self.one
            elif self.depends[below] & TIME:
                for position, argument in enumerate(self.arguments[below]):
                    inner = self._time_derivatives[argument]
                    if inner != self.zero:
                        term = self.mul(self.partial(below, position), inner)
                        total = self.add(total, term)
            self._time_derivatives[below] = total
        return self._time_derivatives[node]

    def partial(self, node: int, position: int) -> int:
        """Return the derivative of an operation to one of its arguments."""
        operation, arguments = self.operation[node], self.arguments[node]
        if operation in ("add", "sub", "neg"):
            negative = operation == "neg" or (operation == "sub" and position == 1)
            return self.const(-1.0) if negative else self.one
        if operation == "mul":
            return arguments[1 - position]
        if operation == "select":
            if position == 0:
                return self.zero
            chosen = (self.one, self.zero) if position == 1 else (self.zero, self.one)
            return self.select(arguments[0], *chosen)
        if operation in ("pow", "slope_pow"):
            return self._partial_of_pow(node, position)
        if operation in COMPARISONS or operation in LOGICAL:
            return self.zero
        return self._partial_of_unary(node)

    def _partial_of_pow(self, node: int, position: int) -> int:
        base, exponent = self.arguments[node]
        if position == 0:
            return self.mul(exponent, self._slope_pow(base, self.sub(exponent, self.one)))
        positive = self.compare("lt", self.zero, base)
        safe = self.select(positive, base, self.one)
        return self.mul(node, self.unary("log", safe))

    def _slope_pow(self, base: int, exponent: int) -> int:
        """Return a power for use in a slope: next to 0, not infinity, where the base is 0.

        An infinite entry would spoil the whole matrix of a step; a wrong one only makes the
        step short.
        """
        number = self.value(exponent)
        if number is None or (number < 0 and number != int(number)):
            return self._apply("slope_pow", base, exponent)
        return self.pow(base, exponent)

    def _not_zero(self, node: int) -> int:
        """Return a root with infinity in place of 0, so that its inverse is 0, not infinite."""
        if self._is_rounded(self.arguments[node][0]):
            return node
        return self.select(self.compare("eq", node, self.zero), self.const(math.inf), node)

    def _is_rounded(self, node: int) -> bool:
        """Return whether a node is a sum of squares with a constant one among them."""
        if self.operation[node] != "add":
            return False
        terms = self.arguments[node]
        return all(map(self._is_square, terms)) and any(map(self._fixed, terms))

    def _is_square(self, node: int) -> bool:
        """Return whether a node is a square, a product of squares, or a number above 0."""
        if self.operation[node] == "mul":
            a, b = self.arguments[node]
            return a == b or (self._is_square(a) and self._is_square(b))
        return (self.value(node) or -1.0) > 0

    def _partial_of_unary(self, node: int) -> int:
        operation, a = self.operation[node], self.arguments[node][0]
        one, square = self.one, self.mul(a, a)
        if operation in ("floor", "ceil", "not"):
            return self.zero
        if operation == "abs":
            minus = self.const(-1.0)
            return self.select(self.compare("lt", a, self.zero), minus, one)
        slopes: dict[str, Callable[[], int]] = {
            "inv": lambda: self.neg(self.mul(node, node)),
            "exp": lambda: node,
            "log": lambda: self.inv(a),
            "sqrt": lambda: self.mul(self.const(0.5), self.inv(self._not_zero(node))),
            "sin": lambda: self.unary("cos", a),
            "cos": lambda: self.neg(self.unary("sin", a)),
            "tan": lambda: self.add(one, self.mul(node, node)),
            "asin": lambda: self.inv(self.unary("sqrt", self.sub(one, square))),
            "acos": lambda: self.neg(self.inv(self.unary("sqrt", self.sub(one, square)))),
            "atan": lambda: self.inv(self.add(one, square)),
            "sinh": lambda: self.unary("cosh", a),
            "cosh": lambda: self.unary("sinh", a),
            "tanh": lambda: self.sub(one, self.mul(node, node)),
        }
        return slopes[operation]()

    # --- walking

    def children(self, node: int) -> tuple[int, ...]:
        """Return the nodes a node is made of (none for a leaf)."""
        leaf = self.operation[node] in ("const", "parameter", "state", "time")
        return () if leaf else self.arguments[node]

    def in_order(self, roots: list[int]) -> list[int]:
        """Return every node below the roots, arguments before what uses them."""
        order: list[int] = []
        seen: set[int] = set()
        stack = [(root, False) for root in reversed(roots)]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.append(node)
                continue
            if node in seen:
                continue
            seen.add(node)
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(self.children(node)))
        return order
