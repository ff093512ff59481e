"""The programs of a model: straight-line code from its graph.

``setup``    parameters -> hoisted values (all that is fixed during a run)
``initial``  parameters -> states at the start
``rates``    adds every state's derivative to what stands in the result
``factor``   Jacobian of the rates and the factors of ``I/(gamma h) - J``
``solve``    one solution with those factors, in place
``observe``  outputs anywhere within the last step
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ketasim.engine import rodas5p, vector_math
from ketasim.engine.graph import COMPARISONS, LOGICAL, PARAMETER, STATE, TIME, Graph
from ketasim.engine.sparse_lu import Elimination, eliminate
from ketasim.engine.system import System
from ketasim.engine.vector_code import DOUBLE, ONE_OF_EIGHT, SINGLE, FunctionWriter, Numbers

_RELATIONS = {"lt": "olt", "le": "ole", "eq": "oeq", "ne": "une"}
_VECTOR_FUNCTIONS = {"sqrt": "sqrt", "abs": "fabs", "floor": "floor", "ceil": "ceil"}
_LIBRARY = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh")
TINY = {8: 1e-300, 4: 1e-30}
"""Slope of a fractional power at zero, where it is infinite: next to nothing. By bytes."""
NUMBERS = {"double": DOUBLE, "single": SINGLE}
"""What the numbers of a running program are, by its precision."""


def declarations(precision: str = "double") -> str:
    """Return what programs of a precision call that is not theirs."""
    kinds = [NUMBERS[precision]] + [ONE_OF_EIGHT] * (precision == "single")
    return "\n".join(
        [*(line for kind in kinds for line in _declared(kind)),
         *(f"declare double @{name}(double)" for name in _LIBRARY), ""]
    )  # fmt: skip


def _declared(kind: Numbers) -> list[str]:
    vector, suffix = kind.vector, kind.suffix
    return [
        f"declare {vector} @llvm.fma.{suffix}({vector}, {vector}, {vector})",
        f"declare {vector} @llvm.maxnum.{suffix}({vector}, {vector})",
        *(
            f"declare {vector} @llvm.{name}.{suffix}({vector})"
            for name in ("sqrt", "fabs", "floor", "ceil", "rint")
        ),
    ]


@dataclass
class Hoisted:
    """Slots for values that are fixed during a run and used by its programs."""

    slots: dict[int, int] = field(default_factory=dict)

    def slot(self, node: int) -> int:
        """Return the slot of a fixed node, a new one the first time."""
        return self.slots.setdefault(node, len(self.slots))


class NodeWriter:
    """Writes graph nodes into a function, each once."""

    def __init__(self, graph: Graph, code: FunctionWriter, leaf: Callable[[int], str | None]):
        self.graph, self.code, self._leaf = graph, code, leaf
        self._tiny = TINY[code.numbers.size]
        self._values: dict[int, str] = {}
        self._masks: dict[int, str] = {}

    def value(self, node: int) -> str:
        """Return the name of a node's value, writing what is still missing."""
        if node not in self._values:
            stack = [node]
            while stack:
                top = stack[-1]
                if top in self._values:
                    stack.pop()
                    continue
                leaf = self._leaf(top)
                missing = (
                    []
                    if leaf is not None
                    else [c for c in reversed(self._needs(top)) if c not in self._values]
                )
                if missing:
                    stack.extend(missing)
                    continue
                self._values[top] = leaf if leaf is not None else self._write(top)
                stack.pop()
        return self._values[node]

    def _needs(self, node: int) -> tuple[int, ...]:
        if self.graph.operation[node] == "pow":
            return (self.graph.lowered_pow(*self.graph.arguments[node]),)
        if self.graph.operation[node] == "slope_pow":
            return (self.graph.lowered_pow(*self.graph.arguments[node], at_zero=self._tiny),)
        return self.graph.children(node)

    def _mask(self, node: int) -> str:
        if node not in self._masks:
            self._masks[node] = self.code.compare("une", self._values[node], self.code.splat(0.0))
        return self._masks[node]

    def _as_number(self, node: int, mask: str) -> str:
        self._masks[node] = mask
        return self.code.select(mask, self.code.splat(1.0), self.code.splat(0.0))

    def _write(self, node: int) -> str:
        graph, code = self.graph, self.code
        operation = graph.operation[node]
        if operation == "const":
            value = graph.value(node)
            assert value is not None
            return code.splat(value)
        if operation in ("pow", "slope_pow"):
            return self._values[self._needs(node)[0]]
        given = [self._values[a] for a in graph.arguments[node]]
        if operation in ("add", "sub", "mul", "neg"):
            return getattr(code, operation)(*given)
        if operation == "inv":
            return code.div(code.splat(1.0), given[0])
        if operation == "exp":
            return vector_math.exponential(code, given[0])
        if operation == "log":
            return vector_math.logarithm(code, given[0])
        if operation in _VECTOR_FUNCTIONS:
            return code.intrinsic(_VECTOR_FUNCTIONS[operation], given[0])
        if operation in COMPARISONS:
            return self._as_number(node, code.compare(_RELATIONS[operation], *given))
        if operation in LOGICAL or operation == "not":
            return self._write_logic(node, operation)
        if operation == "select":
            return code.select(self._mask(graph.arguments[node][0]), given[1], given[2])
        return code.each_lane(operation, given[0])

    def _write_logic(self, node: int, operation: str) -> str:
        masks = [self._mask(a) for a in self.graph.arguments[node]]
        if operation == "not":
            ones = f"<{', '.join(['i1 true'] * self.code.numbers.lanes)}>"
            return self._as_number(
                node, self.code.let(f"xor {self.code.numbers.mask} {masks[0]}, {ones}")
            )
        return self._as_number(
            node, self.code.let(f"{operation} {self.code.numbers.mask} {masks[0]}, {masks[1]}")
        )


@dataclass(frozen=True)
class Layout:
    """Sizes of the arrays the programs share, in vectors, and what is known of them."""

    states: int
    parameters: int
    hoisted: int
    factors: int
    outputs: int
    time_dependent: bool
    own: tuple[int, ...]
    """Of each parameter the slot of its own value, where nothing else follows from it; else -1."""


class ProgramWriter:
    """Writes all programs of one system with one set of outputs."""

    def __init__(self, system: System, outputs: Iterable[str], precision: str = "double") -> None:
        self.system, self.graph = system, system.graph
        self.precision, self.numbers = precision, NUMBERS[precision]
        self.outputs = [system.symbols[name] for name in outputs]
        self.hoisted = Hoisted()
        self.time_dependent = any(self.graph.depends[r] & TIME for r in system.rates)
        self.elimination = self._elimination()
        self.places = self._places()

    def layout(self) -> Layout:
        """Return the sizes; valid once every program is written."""
        return Layout(
            states=len(self.system.states),
            parameters=len(self.system.parameters),
            hoisted=max(1, len(self.hoisted.slots)),
            factors=max(1, len(self.places)),
            outputs=len(self.outputs),
            time_dependent=self.time_dependent,
            own=self._own_slots(),
        )

    def _own_slots(self) -> tuple[int, ...]:
        graph, slots = self.graph, self.hoisted.slots
        worked_out = [node for node in slots if graph.operation[node] != "parameter"]
        entering = set(graph.in_order(worked_out))
        leaves = [graph.parameter(k) for k in range(len(self.system.parameters))]
        return tuple(-1 if leaf in entering else slots.get(leaf, -1) for leaf in leaves)

    def text(self) -> str:
        """Return all programs as LLVM IR (``setup`` last: the others fill the hoisted slots)."""
        others = [self._rates(), self._factor(), self._solve(), self._observe()]
        return "\n".join([*others, self._initial(), self._setup()])

    # --- the pattern

    def _elimination(self) -> Elimination:
        gradients = [self.graph.gradient(rate) for rate in self.system.rates]
        pattern = [(row, column) for row, g in enumerate(gradients) for column in g]
        return eliminate(len(gradients), pattern)

    def _places(self) -> dict[tuple[int, int], int]:
        places: dict[tuple[int, int], int] = {}
        for pivot in self.elimination.order:
            for row in self.elimination.lower[pivot]:
                places[row, pivot] = len(places)
        for pivot in self.elimination.order:
            for column in (pivot, *self.elimination.upper[pivot]):
                places[pivot, column] = len(places)
        return places

    # --- programs

    def _leaf(self, code: FunctionWriter, state: Callable[[int], str], time: Callable[[], str]):
        """Return how a running program finds states, time and hoisted values."""
        graph = self.graph

        def leaf(node: int) -> str | None:
            if graph.operation[node] == "state":
                return state(graph.arguments[node][0])
            if graph.operation[node] == "time":
                return time()
            if graph.depends[node] == PARAMETER:
                return code.load("%H", self.hoisted.slot(node))
            return None

        return leaf

    def _rates(self) -> str:
        time = f"{self.numbers.vector} %t"
        arguments = ["ptr noalias %Y", "ptr noalias %H", time, "ptr noalias %F"]
        code = FunctionWriter("rates", arguments, internal=True, numbers=self.numbers)
        leaf = self._leaf(code, lambda i: code.load("%Y", i), lambda: "%t")
        nodes = NodeWriter(self.graph, code, leaf)
        for i, rate in enumerate(self.system.rates):
            if rate != self.graph.zero:
                code.store(code.add(code.load("%F", i), nodes.value(rate)), "%F", i)
        return code.text()

    def _factor(self) -> str:
        arguments = ["Y", "H", "LU", "FT"]
        signature = [f"ptr noalias %{name}" for name in arguments]
        signature += [f"{self.numbers.vector} %t", f"{self.numbers.vector} %g"]
        code = FunctionWriter("factor", signature, internal=True, numbers=self.numbers)
        leaf = self._leaf(code, lambda i: code.load("%Y", i), lambda: "%t")
        nodes = NodeWriter(self.graph, code, leaf)
        if self.time_dependent:
            for i, rate in enumerate(self.system.rates):
                code.store(nodes.value(self.graph.time_derivative(rate)), "%FT", i)
        entries = self._matrix(code, nodes)
        for pivot in self.elimination.order:
            rows, columns = self.elimination.lower[pivot], self.elimination.upper[pivot]
            inverse = code.div(code.splat(1.0), entries[pivot, pivot])
            code.store(inverse, "%LU", self.places[pivot, pivot])
            for column in columns:
                code.store(entries[pivot, column], "%LU", self.places[pivot, column])
            for row in rows:
                multiple = code.mul(entries[row, pivot], inverse)
                code.store(multiple, "%LU", self.places[row, pivot])
                for column in columns:
                    taken = code.mul(multiple, entries[pivot, column])
                    old = entries.get((row, column))
                    entries[row, column] = code.neg(taken) if old is None else code.sub(old, taken)
        return code.text()

    def _matrix(self, code: FunctionWriter, nodes: NodeWriter) -> dict[tuple[int, int], str]:
        entries: dict[tuple[int, int], str] = {}
        for row, rate in enumerate(self.system.rates):
            gradient = self.graph.gradient(rate)
            for column, slope in gradient.items():
                if row == column:
                    entries[row, row] = code.sub("%g", nodes.value(slope))
                else:
                    entries[row, column] = nodes.value(self.graph.neg(slope))
            entries.setdefault((row, row), "%g")
        return entries

    def _solve(self) -> str:
        arguments = ["ptr noalias %LU", "ptr noalias %B"]
        code = FunctionWriter("solve", arguments, internal=True, numbers=self.numbers)
        places = self.places
        b = {i: code.load("%B", i) for i in range(len(self.system.states))}
        for pivot in self.elimination.order:
            for row in self.elimination.lower[pivot]:
                b[row] = code.sub(b[row], code.mul(code.load("%LU", places[row, pivot]), b[pivot]))
        for pivot in reversed(self.elimination.order):
            for column in self.elimination.upper[pivot]:
                factor = code.load("%LU", places[pivot, column])
                b[pivot] = code.sub(b[pivot], code.mul(factor, b[column]))
            b[pivot] = code.mul(b[pivot], code.load("%LU", places[pivot, pivot]))
            code.store(b[pivot], "%B", pivot)
        return code.text()

    def _observe(self) -> str:
        names = ["Y", "YN", "U", "THETA", "H", "T", "STEP", "OUT"]
        arguments = [f"ptr noalias %{name}" for name in names]
        code = FunctionWriter("observe", arguments, numbers=self.numbers)
        theta = code.load_double("%THETA")
        rest = code.sub(code.splat(1.0), theta)
        now = code.fused(theta, code.load_double("%STEP"), code.load_double("%T"))
        nodes = NodeWriter(
            self.graph,
            code,
            self._leaf(code, lambda i: self._dense(code, i, theta, rest), lambda: now),
        )
        for k, node in enumerate(self.outputs):
            code.store_double(nodes.value(node), "%OUT", k)
        return code.text()

    def _dense(self, code: FunctionWriter, state: int, theta: str, rest: str) -> str:
        """Return a state within the last step (see :mod:`ketasim.engine.rodas5p`)."""
        n = len(self.system.states)
        stages = [code.load("%U", j * n + state) for j in range(rodas5p.STAGES)]
        k = [code.splat(0.0)] * 3
        for m, row in enumerate(rodas5p.DENSE):
            for weight, stage in zip(row, stages, strict=True):
                k[m] = code.fused(code.splat(weight), stage, k[m])
        inner = code.fused(theta, code.fused(theta, k[2], k[1]), k[0])
        inner = code.fused(rest, inner, code.load("%YN", state))
        return code.fused(theta, inner, code.mul(rest, code.load("%Y", state)))

    def _fixed_leaf(self, code: FunctionWriter) -> Callable[[int], str | None]:
        graph = self.graph

        def leaf(node: int) -> str | None:
            if graph.operation[node] == "parameter":
                return code.load("%P", graph.arguments[node][0])
            return code.splat(0.0) if graph.operation[node] == "time" else None

        return leaf

    def _fixed(self, name: str, result: str) -> tuple[FunctionWriter, Callable[[str, int], None]]:
        """Return a program of parameters alone, in doubles, and how it stores what it finds."""
        arguments = ["ptr noalias %P", f"ptr noalias {result}"]
        single = self.precision == "single"
        code = FunctionWriter(name, arguments, numbers=ONE_OF_EIGHT if single else DOUBLE)
        store = code.store_single if single else code.store
        return code, lambda value, place: store(value, result, place)

    def _initial(self) -> str:
        code, store = self._fixed("initial", "%Y")
        nodes = NodeWriter(self.graph, code, self._fixed_leaf(code))
        for i, node in enumerate(self.system.initial):
            store(nodes.value(node), i)
        return code.text()

    def _setup(self) -> str:
        code, store = self._fixed("setup", "%H")
        nodes = NodeWriter(self.graph, code, self._fixed_leaf(code))
        for node, slot in self.hoisted.slots.items():
            assert not self.graph.depends[node] & (STATE | TIME)
            store(nodes.value(node), slot)
        return code.text()
