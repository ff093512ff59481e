"""exp and log of a vector in plain arithmetic, so that they cost no call per lane.

exp: x = n ln 2 + r with |r| <= ln 2 / 2, Taylor series of degree 13 (remainder 4e-18).
log: x = m 2^e with m in [sqrt(1/2), sqrt 2), log m = 2 artanh((m - 1)/(m + 1)) by its odd
series to degree 21 (remainder 2e-18). Both agree with the C library to 4e-16 relative.
In single precision degree 7 (5e-9) and 9 (4e-9) do, and both agree to 2e-7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ketasim.engine.vector_code import FunctionWriter


@dataclass(frozen=True)
class _Format:
    """What exp and log know of a kind of numbers: its bits, its range, its precision."""

    fraction_bits: int
    bias: int
    smallest: float
    lift: int
    lowest: float
    highest: float
    ln2_high: float
    ln2_low: float
    exp_terms: int
    log_terms: int

    @property
    def fraction(self) -> int:
        """Mask of the fraction's bits."""
        return (1 << self.fraction_bits) - 1

    @property
    def one(self) -> int:
        """The bits of 1."""
        return self.bias << self.fraction_bits


_FORMATS = {
    8: _Format(
        fraction_bits=52,
        bias=1023,
        smallest=2.2250738585072014e-308,
        lift=54,
        lowest=-746.0,
        highest=710.0,
        ln2_high=6.93147180369123816490e-01,
        ln2_low=1.90821492927058770002e-10,
        exp_terms=14,
        log_terms=11,
    ),
    4: _Format(
        fraction_bits=23,
        bias=127,
        smallest=2.0**-126,
        lift=25,
        lowest=-104.0,
        highest=89.0,
        ln2_high=355 / 512,
        ln2_low=math.log(2) - 355 / 512,
        exp_terms=8,
        log_terms=5,
    ),
}
"""By the bytes of a number."""


def polynomial(code: FunctionWriter, x: str, coefficients: list[float]) -> str:
    """Return a polynomial (constant term first), pairs first for a short chain."""
    terms = [code.splat(c) for c in coefficients]
    power = x
    while len(terms) > 1:
        paired = [code.fused(terms[i + 1], power, terms[i]) for i in range(0, len(terms) - 1, 2)]
        terms = paired + ([terms[-1]] if len(terms) % 2 else [])
        if len(terms) > 1:
            power = code.mul(power, power)
    return terms[0]


def exponential(code: FunctionWriter, x: str) -> str:
    """Return ``exp(x)``: 0 far below, infinity far above, NaN for NaN."""
    kind, known, splat = code.numbers, _FORMATS[code.numbers.size], code.splat
    low, high = splat(known.lowest), splat(known.highest)
    clamped = code.select(code.compare("ult", x, low), low, x)
    clamped = code.select(code.compare("ugt", clamped, high), high, clamped)
    whole = code.intrinsic("rint", code.mul(clamped, splat(1 / math.log(2))))
    rest = code.fused(whole, splat(-known.ln2_high), clamped)
    rest = code.fused(whole, splat(-known.ln2_low), rest)
    value = polynomial(code, rest, [1 / math.factorial(k) for k in range(known.exp_terms)])
    number = code.let(f"fptosi {kind.vector} {whole} to {kind.short}")
    if kind.whole != kind.short:
        number = code.let(f"sext {kind.short} {number} to {kind.whole}")
    half = code.let(f"ashr {kind.whole} {number}, {kind.splat_whole(1)}")
    other = code.let(f"sub {kind.whole} {number}, {half}")
    for part in (half, other):
        biased = code.let(f"add {kind.whole} {part}, {kind.splat_whole(known.bias)}")
        bits = code.let(f"shl {kind.whole} {biased}, {kind.splat_whole(known.fraction_bits)}")
        power = code.let(f"bitcast {kind.whole} {bits} to {kind.vector}")
        value = code.let(f"fmul {kind.vector} {value}, {power}")
    return code.select(code.compare("uno", x, x), x, value)


def logarithm(code: FunctionWriter, x: str) -> str:
    """Return ``log(x)``: -infinity at 0, NaN below, infinity at infinity."""
    known, splat = _FORMATS[code.numbers.size], code.splat
    mantissa, power = _taken_apart(code, x)
    s = code.let(
        f"fdiv {code.vector} {code.let(f'fsub {code.vector} {mantissa}, {splat(1.0)}')}, "
        f"{code.let(f'fadd {code.vector} {mantissa}, {splat(1.0)}')}"
    )
    square = code.let(f"fmul {code.vector} {s}, {s}")
    series = polynomial(code, square, [2 / (2 * k + 1) for k in range(1, known.log_terms)])
    tail = code.fused(code.mul(square, series), s, code.mul(power, splat(known.ln2_low)))
    value = code.fused(splat(2.0), s, tail)
    value = code.fused(power, splat(known.ln2_high), value)
    value = code.select(code.compare("oeq", x, splat(math.inf)), x, value)
    value = code.select(code.compare("oeq", x, splat(0.0)), splat(-math.inf), value)
    return code.select(code.compare("ult", x, splat(0.0)), splat(math.nan), value)


def _taken_apart(code: FunctionWriter, x: str) -> tuple[str, str]:
    """Return ``m`` in [sqrt(1/2), sqrt 2) and ``e`` with ``x = m 2^e``."""
    kind, known, splat = code.numbers, _FORMATS[code.numbers.size], code.splat
    tiny = code.compare("olt", x, splat(known.smallest))
    scaled = code.let(f"fmul {kind.vector} {x}, {splat(2.0**known.lift)}")
    scaled = code.select(tiny, scaled, x)
    bits = code.let(f"bitcast {kind.vector} {scaled} to {kind.whole}")
    exponent = code.let(f"lshr {kind.whole} {bits}, {kind.splat_whole(known.fraction_bits)}")
    if kind.whole != kind.short:
        exponent = code.let(f"trunc {kind.whole} {exponent} to {kind.short}")
    power = code.let(f"sitofp {kind.short} {exponent} to {kind.vector}")
    power = code.let(f"fsub {kind.vector} {power}, {splat(float(known.bias))}")
    shifted = code.let(f"fsub {kind.vector} {power}, {splat(float(known.lift))}")
    power = code.select(tiny, shifted, power)
    bits = code.let(f"and {kind.whole} {bits}, {kind.splat_whole(known.fraction)}")
    bits = code.let(f"or {kind.whole} {bits}, {kind.splat_whole(known.one)}")
    mantissa = code.let(f"bitcast {kind.whole} {bits} to {kind.vector}")
    large = code.compare("ogt", mantissa, splat(math.sqrt(2)))
    mantissa = code.select(large, code.mul(mantissa, splat(0.5)), mantissa)
    more = code.let(f"fadd {kind.vector} {power}, {splat(1.0)}")
    return mantissa, code.select(large, more, power)
