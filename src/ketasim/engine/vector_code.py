"""Write one function of LLVM IR in which every number is a vector, one lane per individual."""

from __future__ import annotations

import struct

LANES = 4
VECTOR = f"<{LANES} x double>"
MASK = f"<{LANES} x i1>"
WHOLE = f"<{LANES} x i64>"
SHORT = f"<{LANES} x i32>"
ALIGNMENT = 8 * LANES
SCALE_FLOOR = 1e-3
"""Share of a state's largest size so far below which its error no longer counts as relative."""
FAST = "contract nsz arcp reassoc"
"""Fast-math flags that keep NaN and infinity meaning what they mean."""


def splat(value: float) -> str:
    """Return a vector constant with ``value`` in every lane, exact to the last bit."""
    bits = struct.unpack("<Q", struct.pack("<d", value))[0]
    return "<" + ", ".join([f"double 0x{bits:016X}"] * LANES) + ">"


def splat_whole(value: int) -> str:
    """Return a vector of 64-bit whole numbers, all ``value``."""
    return "<" + ", ".join([f"i64 {value}"] * LANES) + ">"


class FunctionWriter:
    """The text of one function while it is being written.

    Values are strings: names such as ``%v7`` or constants. Pointers are arguments; element
    ``k`` of a pointer is the vector ``k * LANES`` numbers further on.
    """

    def __init__(self, name: str, arguments: list[str], internal: bool = False) -> None:
        linkage = "internal " if internal else ""
        self._head = f"define {linkage}void @{name}({', '.join(arguments)}) nounwind {{\nentry:"
        self._lines: list[str] = []
        self._count = 0
        self._block = "entry"

    def text(self) -> str:
        """Return the finished function."""
        return "\n".join([self._head, *self._lines, "  ret void", "}", ""])

    def put(self, line: str) -> None:
        """Write a line that yields no value."""
        self._lines.append("  " + line)

    def let(self, expression: str) -> str:
        """Write ``%vN = expression`` and return the name."""
        self._count += 1
        name = f"%v{self._count}"
        self._lines.append(f"  {name} = {expression}")
        return name

    # --- memory

    def address(self, pointer: str, index: int | str) -> str:
        """Return the address of element ``index`` of a pointer."""
        return self.let(f"getelementptr inbounds {VECTOR}, ptr {pointer}, i64 {index}")

    def load(self, pointer: str, index: int | str = 0) -> str:
        """Return element ``index``."""
        where = self.address(pointer, index)
        return self.let(f"load {VECTOR}, ptr {where}, align {ALIGNMENT}")

    def store(self, value: str, pointer: str, index: int | str = 0) -> None:
        """Write element ``index``."""
        where = self.address(pointer, index)
        self.put(f"store {VECTOR} {value}, ptr {where}, align {ALIGNMENT}")

    # --- arithmetic on vectors of doubles

    def add(self, a: str, b: str) -> str:
        """Return ``a + b``."""
        return self.let(f"fadd {FAST} {VECTOR} {a}, {b}")

    def sub(self, a: str, b: str) -> str:
        """Return ``a - b``."""
        return self.let(f"fsub {FAST} {VECTOR} {a}, {b}")

    def mul(self, a: str, b: str) -> str:
        """Return ``a * b``."""
        return self.let(f"fmul {FAST} {VECTOR} {a}, {b}")

    def div(self, a: str, b: str) -> str:
        """Return ``a / b``."""
        return self.let(f"fdiv {FAST} {VECTOR} {a}, {b}")

    def neg(self, a: str) -> str:
        """Return ``-a``."""
        return self.let(f"fneg {FAST} {VECTOR} {a}")

    def fused(self, a: str, b: str, c: str) -> str:
        """Return ``a * b + c`` in one rounding."""
        return self.let(
            f"call {VECTOR} @llvm.fma.v{LANES}f64({VECTOR} {a}, {VECTOR} {b}, {VECTOR} {c})"
        )

    def intrinsic(self, name: str, *arguments: str) -> str:
        """Return an LLVM intrinsic such as ``sqrt`` or ``fabs`` of vectors."""
        given = ", ".join(f"{VECTOR} {a}" for a in arguments)
        return self.let(f"call {VECTOR} @llvm.{name}.v{LANES}f64({given})")

    def compare(self, relation: str, a: str, b: str) -> str:
        """Return a mask; ``relation`` is LLVM's (``olt``, ``oeq``, ``une`` ...)."""
        return self.let(f"fcmp {relation} {VECTOR} {a}, {b}")

    def select(self, mask: str, a: str, b: str) -> str:
        """Return ``a`` where the mask holds, else ``b``."""
        return self.let(f"select {MASK} {mask}, {VECTOR} {a}, {VECTOR} {b}")

    def choose_bits(self, mask: str, a: str, b: str) -> str:
        """Return ``a`` where the mask holds, else ``b``, by whole-number arithmetic."""
        wide = self.let(f"sext {MASK} {mask} to {WHOLE}")
        first = self.let(f"bitcast {VECTOR} {a} to {WHOLE}")
        second = self.let(f"bitcast {VECTOR} {b} to {WHOLE}")
        differing = self.let(f"xor {WHOLE} {first}, {second}")
        taken = self.let(f"and {WHOLE} {differing}, {wide}")
        chosen = self.let(f"xor {WHOLE} {taken}, {second}")
        return self.let(f"bitcast {WHOLE} {chosen} to {VECTOR}")

    def larger(self, a: str, b: str) -> str:
        """Return the larger of two, ``b`` where ``a`` is NaN (one instruction, not three)."""
        return self.select(self.compare("ogt", a, b), a, b)

    def each_lane(self, function: str, a: str) -> str:
        """Return a library function of one number, called for each lane."""
        result = "poison"
        for lane in range(LANES):
            one = self.let(f"extractelement {VECTOR} {a}, i32 {lane}")
            done = self.let(f"call double @{function}(double {one})")
            result = self.let(f"insertelement {VECTOR} {result}, double {done}, i32 {lane}")
        return result

    def loop(self, name: str, count: int, total: str = "") -> str:
        """Open a loop over ``range(count)``; return its counter.

        With ``total`` given, ``%NAME.total`` starts from it and becomes what ``end_loop`` is told.
        """
        self.put(f"br label %{name}")
        self._lines.append(f"{name}:")
        before = self._block
        self._lines.append(f"  %{name}.i = phi i64 [ 0, %{before} ], [ %{name}.next, %{name} ]")
        if total:
            self._total = len(self._lines), total, before
            self._lines.append("")  # written by end_loop, which knows what it becomes
        self._block, self._turns = name, count
        return f"%{name}.i"

    def end_loop(self, total: str = "") -> None:
        """Close the loop opened last (its body is one basic block)."""
        name, count = self._block, self._turns
        if total:
            line, start, before = self._total
            ways = f"[ {start}, %{before} ], [ {total}, %{name} ]"
            self._lines[line] = f"  %{name}.total = phi {VECTOR} {ways}"
        self.put(f"%{name}.next = add nuw i64 %{name}.i, 1")
        self.put(f"%{name}.more = icmp ult i64 %{name}.next, {count}")
        self.put(f"br i1 %{name}.more, label %{name}, label %{name}.done")
        self._lines.append(f"{name}.done:")
        self._block = f"{name}.done"
