"""exp and log of a vector in plain arithmetic, so that they cost no call per lane.

exp: x = n ln 2 + r with |r| <= ln 2 / 2, Taylor series of degree 13 (remainder 4e-18).
log: x = m 2^e with m in [sqrt(1/2), sqrt 2), log m = 2 artanh((m - 1)/(m + 1)) by its odd
series to degree 21 (remainder 2e-18). Both agree with the C library to 4e-16 relative.
"""

from __future__ import annotations

import math

from ketasim.engine.vector_code import SHORT, VECTOR, WHOLE, FunctionWriter, splat, splat_whole

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_MANTISSA = 0x000FFFFFFFFFFFFF
_ONE_BITS = 0x3FF0000000000000


def polynomial(code: FunctionWriter, x: str, coefficients: list[float]) -> str:
    """Return a polynomial (constant term first), pairs first for a short chain."""
    terms = [splat(c) for c in coefficients]
    power = x
    while len(terms) > 1:
        paired = [code.fused(terms[i + 1], power, terms[i]) for i in range(0, len(terms) - 1, 2)]
        terms = paired + ([terms[-1]] if len(terms) % 2 else [])
        if len(terms) > 1:
            power = code.mul(power, power)
    return terms[0]


def exponential(code: FunctionWriter, x: str) -> str:
    """Return ``exp(x)``: 0 below -746, infinity above 709.8, NaN for NaN."""
    low, high = splat(-746.0), splat(710.0)
    clamped = code.select(code.compare("ult", x, low), low, x)
    clamped = code.select(code.compare("ugt", clamped, high), high, clamped)
    whole = code.intrinsic("rint", code.mul(clamped, splat(1 / math.log(2))))
    rest = code.fused(whole, splat(-_LN2_HIGH), clamped)
    rest = code.fused(whole, splat(-_LN2_LOW), rest)
    value = polynomial(code, rest, [1 / math.factorial(k) for k in range(14)])
    number = code.let(f"fptosi {VECTOR} {whole} to {SHORT}")
    number = code.let(f"sext {SHORT} {number} to {WHOLE}")
    half = code.let(f"ashr {WHOLE} {number}, {splat_whole(1)}")
    other = code.let(f"sub {WHOLE} {number}, {half}")
    for part in (half, other):
        biased = code.let(f"add {WHOLE} {part}, {splat_whole(1023)}")
        bits = code.let(f"shl {WHOLE} {biased}, {splat_whole(52)}")
        value = code.let(
            f"fmul {VECTOR} {value}, {code.let(f'bitcast {WHOLE} {bits} to {VECTOR}')}"
        )
    return code.select(code.compare("uno", x, x), x, value)


def logarithm(code: FunctionWriter, x: str) -> str:
    """Return ``log(x)``: -infinity at 0, NaN below, infinity at infinity."""
    tiny = code.compare("olt", x, splat(2.2250738585072014e-308))
    scaled = code.select(tiny, code.let(f"fmul {VECTOR} {x}, {splat(2.0**54)}"), x)
    bits = code.let(f"bitcast {VECTOR} {scaled} to {WHOLE}")
    exponent = code.let(f"lshr {WHOLE} {bits}, {splat_whole(52)}")
    exponent = code.let(f"trunc {WHOLE} {exponent} to {SHORT}")
    power = code.let(f"sitofp {SHORT} {exponent} to {VECTOR}")
    power = code.let(f"fsub {VECTOR} {power}, {splat(1023.0)}")
    shifted = code.let(f"fsub {VECTOR} {power}, {splat(54.0)}")
    power = code.select(tiny, shifted, power)
    bits = code.let(f"and {WHOLE} {bits}, {splat_whole(_MANTISSA)}")
    bits = code.let(f"or {WHOLE} {bits}, {splat_whole(_ONE_BITS)}")
    mantissa = code.let(f"bitcast {WHOLE} {bits} to {VECTOR}")
    large = code.compare("ogt", mantissa, splat(math.sqrt(2)))
    mantissa = code.select(large, code.mul(mantissa, splat(0.5)), mantissa)
    power = code.select(large, code.let(f"fadd {VECTOR} {power}, {splat(1.0)}"), power)
    s = code.let(
        f"fdiv {VECTOR} {code.let(f'fsub {VECTOR} {mantissa}, {splat(1.0)}')}, "
        f"{code.let(f'fadd {VECTOR} {mantissa}, {splat(1.0)}')}"
    )
    square = code.let(f"fmul {VECTOR} {s}, {s}")
    series = polynomial(code, square, [2 / (2 * k + 1) for k in range(1, 11)])
    tail = code.fused(code.mul(square, series), s, code.mul(power, splat(_LN2_LOW)))
    value = code.fused(splat(2.0), s, tail)
    value = code.fused(power, splat(_LN2_HIGH), value)
    value = code.select(code.compare("oeq", x, splat(math.inf)), x, value)
    value = code.select(code.compare("oeq", x, splat(0.0)), splat(-math.inf), value)
    return code.select(code.compare("ult", x, splat(0.0)), splat(math.nan), value)
