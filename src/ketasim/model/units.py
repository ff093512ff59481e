"""Units as a small dimension algebra: a factor times powers of base units.

The base units are those the model computes in (h, nmol, L, mg, mmHg, mV, points, beat), so a
model written in its own units has factor 1 everywhere. Factors are compared too: mg is not ng.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from ketasim.errors import nearest

#: Base unit -> the SBML unit it stands for, as Antimony writes it.
BASES: Mapping[str, str] = {
    "nmol": "1e-9 mole",
    "mg": "1e-6 kilogram",
    "L": "litre",
    "h": "3600 second",
    "mmHg": "133.322387415 pascal",
    "mV": "1e-3 volt",
    "points": "dimensionless",
    "beat": "dimensionless",
}

_FACTORS: Mapping[str, tuple[float, str]] = {
    "h": (1, "h"), "hour": (1, "h"), "min": (1 / 60, "h"), "s": (1 / 3600, "h"),
    "d": (24, "h"), "day": (24, "h"), "week": (168, "h"), "year": (8766, "h"),
    "nmol": (1, "nmol"), "pmol": (1e-3, "nmol"), "umol": (1e3, "nmol"), "µmol": (1e3, "nmol"),
    "mmol": (1e6, "nmol"), "mol": (1e9, "nmol"),
    "nM": (1, "nmol/L"), "pM": (1e-3, "nmol/L"), "uM": (1e3, "nmol/L"), "µM": (1e3, "nmol/L"),
    "mM": (1e6, "nmol/L"), "M": (1e9, "nmol/L"),
    "L": (1, "L"), "dL": (0.1, "L"), "mL": (1e-3, "L"), "uL": (1e-6, "L"), "µL": (1e-6, "L"),
    "kg": (1e6, "mg"), "g": (1e3, "mg"), "mg": (1, "mg"), "ug": (1e-3, "mg"),
    "µg": (1e-3, "mg"), "ng": (1e-6, "mg"), "pg": (1e-9, "mg"),
    "mmHg": (1, "mmHg"), "mV": (1, "mV"),
    "points": (1, "points"), "point": (1, "points"), "beat": (1, "beat"), "bpm": (60, "beat/h"),
    "dimensionless": (1, ""), "ratio": (1, ""), "fraction": (1, ""),
    "percent": (0.01, ""), "%": (0.01, ""),
}  # fmt: skip

_TOKEN = re.compile(r"\s*(\*\*|[*/^()·]|-?\d+(?:\.\d+)?(?:/\d+(?=\)))?|%|[A-Za-zµ]+)")


class UnitError(ValueError):
    """A unit that cannot be read; the caller adds the place."""


@dataclass(frozen=True)
class Unit:
    """A factor times powers of base units.

    Parameters
    ----------
    factor : float
        How many base units one of this unit is; 60 for ``beat/min``.
    powers : tuple of (str, Fraction)
        Base unit and exponent, sorted, without zeros; empty for a ratio.
    """

    factor: float = 1.0
    powers: tuple[tuple[str, Fraction], ...] = ()

    def __mul__(self, other: Unit) -> Unit:
        total = dict(self.powers)
        for base, exponent in other.powers:
            total[base] = total.get(base, Fraction(0)) + exponent
        return Unit(self.factor * other.factor, _tidy(total))

    def __truediv__(self, other: Unit) -> Unit:
        return self * other ** Fraction(-1)

    def __pow__(self, exponent: Fraction) -> Unit:
        raised = {base: power * exponent for base, power in self.powers}
        return Unit(self.factor ** float(exponent), _tidy(raised))

    def same(self, other: Unit) -> bool:
        """Whether the two may be added: equal powers and equal factor."""
        return self.powers == other.powers and math.isclose(self.factor, other.factor, rel_tol=1e-9)

    def __str__(self) -> str:
        over = "*".join(_power(b, e) for b, e in self.powers if e > 0)
        under = "".join("/" + _power(b, -e) for b, e in self.powers if e < 0)
        text = (over or ("1" if under else "dimensionless")) + under
        return text if math.isclose(self.factor, 1.0, rel_tol=1e-9) else f"{self.factor:g} {text}"


DIMENSIONLESS = Unit()


def _tidy(powers: Mapping[str, Fraction]) -> tuple[tuple[str, Fraction], ...]:
    """Sort in the order of BASES and drop zero powers."""
    return tuple((base, powers[base]) for base in BASES if powers.get(base))


def _power(base: str, exponent: Fraction) -> str:
    return base if exponent == 1 else f"{base}^{float(exponent):g}"


@cache
def parse_unit(text: str) -> Unit:
    """Read a unit such as ``nmol/h``, ``1/(nM*h)``, ``L/h/kg^0.75`` or ``fraction``.

    Parameters
    ----------
    text : str
        Unit names joined by ``*``, ``/``, ``^`` and brackets; ``1`` stands for no unit.

    Returns
    -------
    Unit

    Raises
    ------
    UnitError
        If a name is unknown (with the nearest known one) or the text is malformed.
    """
    tokens, at = [], 0
    stripped = text.strip()
    while at < len(stripped):
        match = _TOKEN.match(stripped, at)
        if match is None:
            raise UnitError(f"cannot read unit '{text}'")
        tokens.append(match.group(1))
        at = match.end()
    if not tokens:
        raise UnitError("no unit given (write 'dimensionless' for a pure number)")
    unit, rest = _product(tokens, text)
    if rest:
        raise UnitError(f"cannot read unit '{text}' at '{rest[0]}'")
    return unit


def _product(tokens: list[str], text: str) -> tuple[Unit, list[str]]:
    unit, tokens = _factor(tokens, text)
    while tokens and tokens[0] in ("*", "/", "·"):
        sign, (right, tokens) = tokens[0], _factor(tokens[1:], text)
        unit = unit / right if sign == "/" else unit * right
    return unit, tokens


def _factor(tokens: list[str], text: str) -> tuple[Unit, list[str]]:
    unit, tokens = _atom(tokens, text)
    if tokens and tokens[0] in ("^", "**"):
        digits = [t for t in tokens[1:4] if t not in "()"][:1]
        try:
            exponent = Fraction(digits[0])
        except (IndexError, ValueError):
            raise UnitError(f"cannot read the exponent in unit '{text}'") from None
        return unit**exponent, tokens[4:] if tokens[1] == "(" else tokens[2:]
    return unit, tokens


def _atom(tokens: list[str], text: str) -> tuple[Unit, list[str]]:
    if not tokens:
        raise UnitError(f"unit '{text}' ends too early")
    head, rest = tokens[0], tokens[1:]
    if head == "(":
        unit, rest = _product(rest, text)
        if rest[:1] != [")"]:
            raise UnitError(f"unit '{text}' lacks a closing bracket")
        return unit, rest[1:]
    if head == "1":
        return DIMENSIONLESS, rest
    if head not in _FACTORS:
        raise UnitError(f"unknown unit '{head}' in '{text}'{nearest(head, _FACTORS)}")
    return _known(head), rest


@cache
def _known(name: str) -> Unit:
    """Return the unit of one known name, such as nM or bpm."""
    factor, bases = _FACTORS[name]
    over, _, under = bases.partition("/")
    powers = {over: Fraction(1)} if over else {}
    if under:
        powers[under] = Fraction(-1)
    return Unit(float(factor), _tidy(powers))


def unit_identifier(text: str) -> str:
    """Return an SBML identifier for a unit: ``nmol/h`` becomes ``unit_nmol_per_h``."""
    words = text.replace("/", "_per_").replace("%", "percent").replace("µ", "u")
    words = words.replace("-", "neg").replace(".", "p")
    words = re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_")
    return "unit_" + re.sub(r"^1_per", "per", words)


def antimony_unit(unit: Unit) -> str:
    """Write a unit as the right-hand side of an Antimony ``unit`` line, in SBML base units."""
    parts = []
    if not math.isclose(unit.factor, 1.0, rel_tol=1e-9) or not unit.powers:
        parts.append(f"{unit.factor!r} dimensionless")
    for base, exponent in unit.powers:
        parts.append(f"({BASES[base]})^{float(exponent):g}")
    return " * ".join(parts)
