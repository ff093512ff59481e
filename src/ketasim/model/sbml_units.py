"""Units of SBML documents in the words of parameter tables."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

from ketasim.model.units import BASES, Unit, parse_unit

# SBML's unit kinds in ours: how many, of what.
_KINDS: dict[str, tuple[float, str, Fraction]] = {
    "mole": (1e9, "nmol", Fraction(1)),
    "gram": (1e3, "mg", Fraction(1)),
    "kilogram": (1e6, "mg", Fraction(1)),
    "litre": (1.0, "L", Fraction(1)),
    "liter": (1.0, "L", Fraction(1)),
    "metre": (10.0, "L", Fraction(1, 3)),  # a cubic metre is 1000 L
    "meter": (10.0, "L", Fraction(1, 3)),
    "second": (1 / 3600, "h", Fraction(1)),
    "hertz": (3600.0, "h", Fraction(-1)),
    "volt": (1e3, "mV", Fraction(1)),
    "pascal": (1 / 133.322387415, "mmHg", Fraction(1)),
}
_PURE = ("dimensionless", "item", "avogadro", "radian")
_NAMES: dict[str, tuple[str, ...]] = {
    "nmol": ("nmol", "umol", "mmol", "mol", "pmol"),
    "L": ("L", "mL", "uL", "dL"),
    "mg": ("mg", "ng", "ug", "g", "kg", "pg"),
    "h": ("h", "min", "s", "day", "week", "year"),
    "mmHg": ("mmHg",),
    "mV": ("mV",),
}
_CONCENTRATIONS = ("nM", "uM", "mM", "M", "pM")


def unit_of(definition: Any) -> Unit | None:
    """Return libSBML's unit definition as ours; None for kinds that no table has.

    Parameters
    ----------
    definition : libsbml.UnitDefinition
    """
    total = Unit()
    for unit in definition.getListOfUnits():
        exponent = Fraction(unit.getExponentAsDouble()).limit_denominator(100)
        own = unit.getMultiplier() * 10.0 ** unit.getScale()
        kind = _kind(unit)
        if not (math.isfinite(own) and own > 0) or abs(exponent) > 20:
            return None
        try:
            if kind in _PURE:
                total = total * Unit(own ** float(exponent))
            elif kind in _KINDS:
                factor, base, power = _KINDS[kind]
                # what is 10 of a third of a litre's power is 1000 of a whole one
                whole = Unit((own * factor) ** float(exponent), ((base, power * exponent),))
                total = total * Unit(whole.factor, tuple(p for p in whole.powers if p[1]))
            else:
                return None
        except OverflowError:
            return None
    return total if math.isfinite(total.factor) and total.factor > 0 else None


def _kind(unit: Any) -> str:
    import libsbml

    return str(libsbml.UnitKind_toString(unit.getKind()))


def unit_text(unit: Unit) -> str | None:
    """Return a unit as a parameter table writes it; None where names do not reach."""
    for text in _texts(unit.powers):
        if parse_unit(text).same(unit):
            return text
    return None


@cache
def _texts(powers: tuple[tuple[str, Fraction], ...]) -> tuple[str, ...]:
    """Return ways to write powers of base units, the model's own units first."""
    if not powers:
        return ("ratio", "percent")
    given = dict(powers)
    if any(power.denominator != 1 for power in given.values()) or not set(given) <= set(_NAMES):
        return ()
    found: list[str] = []
    if given.get("nmol") and given.get("L") == -given["nmol"]:
        rest = {base: given[base] for base in given if base not in ("nmol", "L")}
        for name in _CONCENTRATIONS:
            found += _products({name: given["nmol"], **rest})
    return (*found, *_products(given))


def _products(powers: dict[str, Fraction]) -> Iterator[str]:
    order = [*(p for p in powers if p not in BASES), *(b for b in BASES if b in powers)]
    for names in itertools.product(*(_NAMES.get(base, (base,)) for base in order)):
        pairs = list(zip(names, (int(powers[base]) for base in order), strict=True))
        over = "*".join(_power(name, n) for name, n in pairs if n > 0) or "1"
        yield over + "".join("/" + _power(name, -n) for name, n in pairs if n < 0)


def _power(name: str, exponent: int) -> str:
    return name if exponent == 1 else f"{name}^{exponent}"
