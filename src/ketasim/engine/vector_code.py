"""Write one function of LLVM IR in which every number is a vector, one lane per individual."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

from ketasim.errors import UserError

SCALE_FLOOR = 1e-3
"""Share of a state's largest size so far below which its error no longer counts as relative."""
FAST = "contract nsz arcp reassoc"
"""Fast-math flags that keep NaN and infinity meaning what they mean."""


@dataclass(frozen=True)
class Numbers:
    """What every number of a function is.

    Attributes
    ----------
    lanes : int
        Individuals in a vector.
    real : str
        LLVM's type of one number.
    size : int
        Its bytes.
    stride : int
        Numbers from one element of a pointer to the next.
    """

    lanes: int
    real: str
    size: int
    stride: int

    @property
    def vector(self) -> str:
        """LLVM's type of a vector of them."""
        return f"<{self.lanes} x {self.real}>"

    @property
    def mask(self) -> str:
        """Type of a vector of truths."""
        return f"<{self.lanes} x i1>"

    @property
    def whole(self) -> str:
        """Type of a vector of whole numbers of the same size."""
        return f"<{self.lanes} x i{8 * self.size}>"

    @property
    def short(self) -> str:
        """Type of a vector of 32-bit whole numbers."""
        return f"<{self.lanes} x i32>"

    @property
    def suffix(self) -> str:
        """End of the names of LLVM's intrinsics for such vectors."""
        return f"v{self.lanes}f{8 * self.size}"

    @property
    def alignment(self) -> int:
        """Bytes to a multiple of which a vector's address is aligned."""
        return self.size * self.lanes

    def splat(self, value: float) -> str:
        """Return a vector constant with ``value`` in every lane, exact to the last bit.

        Raises
        ------
        UserError
            For a constant outside the range of 32-bit numbers, where these are such.
        """
        if self.size == 4:
            value = _in_single(value)
        bits = struct.unpack("<Q", struct.pack("<d", value))[0]
        return "<" + ", ".join([f"{self.real} 0x{bits:016X}"] * self.lanes) + ">"

    def splat_whole(self, value: int) -> str:
        """Return a vector of whole numbers, all ``value``."""
        return "<" + ", ".join([f"i{8 * self.size} {value}"] * self.lanes) + ">"


def _in_single(value: float) -> float:
    if value == 0.0 or value != value or abs(value) == float("inf"):
        return value
    if not SINGLE_SMALLEST <= abs(value) <= SINGLE_LARGEST:
        raise UserError(f"precision 'single': the model has the number {value:g}, outside "
                        f"{SINGLE_SMALLEST:.1g} to {SINGLE_LARGEST:.1g}; use 'double'")  # fmt: skip
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


SINGLE_ROUNDING = 2.0**-23
SINGLE_SMALLEST, SINGLE_LARGEST = 2.0**-126, (2.0 - 2.0**-23) * 2.0**127
DOUBLE = Numbers(lanes=4, real="double", size=8, stride=4)
SINGLE = Numbers(lanes=8, real="float", size=4, stride=8)
ONE_OF_EIGHT = Numbers(lanes=1, real="double", size=8, stride=8)
"""One individual in doubles, among eight: what single precision is prepared with."""
LANES = DOUBLE.lanes


class FunctionWriter:
    """The text of one function while it is being written.

    Values are strings: names such as ``%v7`` or constants. Pointers are arguments; element
    ``k`` of a pointer is the vector ``k * stride`` numbers further on.
    """

    def __init__(
        self,
        name: str,
        arguments: list[str],
        internal: bool = False,
        numbers: Numbers = DOUBLE,
    ) -> None:
        self.numbers = numbers
        self.vector, self.splat = numbers.vector, numbers.splat
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
        return self._element(self.numbers, pointer, index)

    def _element(self, kind: Numbers, pointer: str, index: int | str) -> str:
        if kind.stride == kind.lanes:
            return self.let(f"getelementptr inbounds {kind.vector}, ptr {pointer}, i64 {index}")
        place = int(index) * kind.stride
        return self.let(f"getelementptr inbounds {kind.real}, ptr {pointer}, i64 {place}")

    def load(self, pointer: str, index: int | str = 0) -> str:
        """Return element ``index``."""
        where = self.address(pointer, index)
        return self.let(f"load {self.vector}, ptr {where}, align {self.numbers.alignment}")

    def store(self, value: str, pointer: str, index: int | str = 0) -> None:
        """Write element ``index``."""
        where = self.address(pointer, index)
        self.put(f"store {self.vector} {value}, ptr {where}, align {self.numbers.alignment}")

    def load_double(self, pointer: str, index: int | str = 0) -> str:
        """Return element ``index`` of a pointer to doubles, whatever the numbers here."""
        if self.numbers.size == 8:
            return self.load(pointer, index)
        wide = replace(self.numbers, real="double", size=8)
        where = self._element(wide, pointer, index)
        found = self.let(f"load {wide.vector}, ptr {where}, align {wide.alignment}")
        return self.let(f"fptrunc {wide.vector} {found} to {self.vector}")

    def store_double(self, value: str, pointer: str, index: int | str = 0) -> None:
        """Write element ``index`` of a pointer to doubles, whatever the numbers here."""
        if self.numbers.size == 8:
            return self.store(value, pointer, index)
        wide = replace(self.numbers, real="double", size=8)
        where = self._element(wide, pointer, index)
        told = self.let(f"fpext {self.vector} {value} to {wide.vector}")
        return self.put(f"store {wide.vector} {told}, ptr {where}, align {wide.alignment}")

    def store_single(self, value: str, pointer: str, index: int = 0) -> None:
        """Write element ``index`` of a pointer to 32-bit numbers; NaN where it does not fit.

        It fits where nothing but the last digits are lost: neither too large nor too small.
        """
        single = replace(self.numbers, real="float", size=4)
        short = self.let(f"fptrunc {self.vector} {value} to {single.vector}")
        back = self.let(f"fpext {single.vector} {short} to {self.vector}")
        lost = self.intrinsic("fabs", self.let(f"fsub {self.vector} {back}, {value}"))
        allowed = self.mul(self.intrinsic("fabs", value), self.splat(SINGLE_ROUNDING))
        fits = self.compare("ole", lost, allowed)
        fits = self.let(f"or {self.numbers.mask} {fits}, {self.compare('oeq', back, value)}")
        nan = single.splat(float("nan"))
        kept = self.let(
            f"select {self.numbers.mask} {fits}, {single.vector} {short}, {single.vector} {nan}"
        )
        where = self._element(single, pointer, index)
        self.put(f"store {single.vector} {kept}, ptr {where}, align {single.alignment}")

    # --- arithmetic on vectors

    def add(self, a: str, b: str) -> str:
        """Return ``a + b``."""
        return self.let(f"fadd {FAST} {self.vector} {a}, {b}")

    def sub(self, a: str, b: str) -> str:
        """Return ``a - b``."""
        return self.let(f"fsub {FAST} {self.vector} {a}, {b}")

    def mul(self, a: str, b: str) -> str:
        """Return ``a * b``."""
        return self.let(f"fmul {FAST} {self.vector} {a}, {b}")

    def div(self, a: str, b: str) -> str:
        """Return ``a / b``."""
        return self.let(f"fdiv {FAST} {self.vector} {a}, {b}")

    def neg(self, a: str) -> str:
        """Return ``-a``."""
        return self.let(f"fneg {FAST} {self.vector} {a}")

    def fused(self, a: str, b: str, c: str) -> str:
        """Return ``a * b + c`` in one rounding."""
        return self.intrinsic("fma", a, b, c)

    def intrinsic(self, name: str, *arguments: str) -> str:
        """Return an LLVM intrinsic such as ``sqrt`` or ``fabs`` of vectors."""
        given = ", ".join(f"{self.vector} {a}" for a in arguments)
        return self.let(f"call {self.vector} @llvm.{name}.{self.numbers.suffix}({given})")

    def compare(self, relation: str, a: str, b: str) -> str:
        """Return a mask; ``relation`` is LLVM's (``olt``, ``oeq``, ``une`` ...)."""
        return self.let(f"fcmp {relation} {self.vector} {a}, {b}")

    def select(self, mask: str, a: str, b: str) -> str:
        """Return ``a`` where the mask holds, else ``b``."""
        return self.let(f"select {self.numbers.mask} {mask}, {self.vector} {a}, {self.vector} {b}")

    def choose_bits(self, mask: str, a: str, b: str) -> str:
        """Return ``a`` where the mask holds, else ``b``, by whole-number arithmetic."""
        wide = self.let(f"sext {self.numbers.mask} {mask} to {self.numbers.whole}")
        first = self.let(f"bitcast {self.vector} {a} to {self.numbers.whole}")
        second = self.let(f"bitcast {self.vector} {b} to {self.numbers.whole}")
        differing = self.let(f"xor {self.numbers.whole} {first}, {second}")
        taken = self.let(f"and {self.numbers.whole} {differing}, {wide}")
        chosen = self.let(f"xor {self.numbers.whole} {taken}, {second}")
        return self.let(f"bitcast {self.numbers.whole} {chosen} to {self.vector}")

    def larger(self, a: str, b: str) -> str:
        """Return the larger of two, ``b`` where ``a`` is NaN (one instruction, not three)."""
        return self.select(self.compare("ogt", a, b), a, b)

    def each_lane(self, function: str, a: str) -> str:
        """Return a library function of one number, called for each lane."""
        result, real = "poison", self.numbers.real
        for lane in range(self.numbers.lanes):
            one = self.let(f"extractelement {self.vector} {a}, i32 {lane}")
            if real != "double":
                one = self.let(f"fpext {real} {one} to double")
            done = self.let(f"call double @{function}(double {one})")
            if real != "double":
                done = self.let(f"fptrunc double {done} to {real}")
            result = self.let(f"insertelement {self.vector} {result}, {real} {done}, i32 {lane}")
        return result

    def loop(self, name: str, count: int, *carried: str) -> str:
        """Open a loop over ``range(count)``; return its counter.

        ``%NAME.0``, ``%NAME.1`` ... start from the values given and become what ``end_loop`` is
        told.
        """
        self.put(f"br label %{name}")
        self._lines.append(f"{name}:")
        before = self._block
        self._lines.append(f"  %{name}.i = phi i64 [ 0, %{before} ], [ %{name}.next, %{name} ]")
        self._carried = len(self._lines), carried, before
        self._lines += [""] * len(carried)  # written by end_loop, which knows what they become
        self._block, self._turns = name, count
        return f"%{name}.i"

    def end_loop(self, *values: str) -> None:
        """Close the loop opened last (its body is one basic block)."""
        name, count = self._block, self._turns
        line, carried, before = self._carried
        for k, (start, value) in enumerate(zip(carried, values, strict=True)):
            ways = f"[ {start}, %{before} ], [ {value}, %{name} ]"
            self._lines[line + k] = f"  %{name}.{k} = phi {self.vector} {ways}"
        self.put(f"%{name}.next = add nuw i64 %{name}.i, 1")
        self.put(f"%{name}.more = icmp ult i64 %{name}.next, {count}")
        self.put(f"br i1 %{name}.more, label %{name}, label %{name}.done")
        self._lines.append(f"{name}.done:")
        self._block = f"{name}.done"
