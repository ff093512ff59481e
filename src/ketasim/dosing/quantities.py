"""Amounts and times as people write them: a number and, always, a unit."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ketasim.errors import UserError, nearest
from ketasim.input_files import REPEATS

HOURS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1 / 3600),
    **dict.fromkeys(("min", "minute", "minutes"), 1 / 60),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 1.0),
    **dict.fromkeys(("d", "day", "days"), 24.0),
    **dict.fromkeys(("wk", "week", "weeks"), 168.0),
    **dict.fromkeys(("month", "months"), 30.4375 * 24),  # a twelfth of 365.25 days
    **dict.fromkeys(("year", "years"), 365.25 * 24),
}
SHORTEST_H = 1e-6  # 3.6 ms, far above the rounding of event times
LONGEST = 60  # characters of a number and its unit
MILLIGRAMS = {"g": 1e3, "mg": 1.0, "ug": 1e-3, "mcg": 1e-3, "ng": 1e-6}
PER_HOUR = {"h": 1.0, "hr": 1.0, "min": 60.0, "day": 1 / 24, "d": 1 / 24}
NANOMOLAR = {"pM": 1e-3, "nM": 1.0, "uM": 1e3, "mM": 1e6, "M": 1e9}
# 1 ng/mL is 1 ug/L.
MICROGRAMS_PER_L = {
    f"{mass}/{volume}": mg * 1e3 * per_l
    for mass, mg in MILLIGRAMS.items()
    for volume, per_l in (("L", 1.0), ("l", 1.0), ("mL", 1e3), ("ml", 1e3))
}

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?nan|[+-]?inf)(.*)", re.I)


@dataclass(frozen=True)
class Amount:
    """An amount of drug that may grow with body weight.

    Attributes
    ----------
    mg : float
        Fixed part [mg].
    mg_per_kg : float
        Part per body weight [mg/kg].
    """

    mg: float = 0.0
    mg_per_kg: float = 0.0

    def times(self, factor: float) -> Amount:
        """Return the amount multiplied by ``factor`` (dimensionless)."""
        return Amount(self.mg * factor, self.mg_per_kg * factor)

    @property
    def is_zero(self) -> bool:
        """Whether nothing is given, whatever the weight."""
        return self.mg == 0.0 and self.mg_per_kg == 0.0


def amount(text: str, field: str = "dose") -> Amount:
    """Read a dose such as ``"0.5 mg/kg"``, ``"28 mg"`` or ``"500 ug/kg"``.

    Parameters
    ----------
    text : str
        Number and unit: g, mg, ug, mcg or ng, alone or per kg of body weight.
    field : str
        What is being read, named in errors.

    Raises
    ------
    UserError
        No number, no unit, unknown unit, negative, NaN or infinite.
    """
    number, spaced = _split(text, field, "0.5 mg/kg")
    unit = spaced.replace(" ", "")
    units = [*MILLIGRAMS, *(f"{mass}/kg" for mass in MILLIGRAMS)]
    factor = _lookup(unit, {u: MILLIGRAMS[u.split("/")[0]] for u in units}, field)
    if number < 0:
        raise UserError(f"{field}: {text!r} is negative; a dose is zero or more")
    if unit.endswith("/kg"):
        return Amount(mg_per_kg=number * factor)
    return Amount(mg=number * factor)


def rate(text: str, field: str = "rate") -> Amount:
    """Read the rate of an infusion such as ``"0.14 mg/kg/h"``, ``"10 ug/kg/min"`` or ``"20 mg/h"``.

    Parameters
    ----------
    text : str
        Number and unit: an amount, alone or per kg of body weight, per h, min or day.
    field : str
        What is being read, named in errors.

    Returns
    -------
    Amount
        Given in one hour.

    Raises
    ------
    UserError
        No number, no unit, unknown unit, negative, NaN or infinite.
    """
    number, spaced = _split(text, field, "0.5 mg/kg/h")
    masses = [*MILLIGRAMS, *(f"{mass}/kg" for mass in MILLIGRAMS)]
    units = {f"{mass}/{per}": (mass, per) for mass in masses for per in PER_HOUR}
    unit = spaced.replace(" ", "")
    if unit not in units:
        raise UserError(f"{field}: unknown unit {unit!r}{nearest(unit, units)}")
    if number < 0:
        raise UserError(f"{field}: {text!r} is negative; a rate is zero or more")
    mass, per = units[unit]
    return amount(f"{number!r} {mass}", field).times(PER_HOUR[per])


def concentration(
    text: str, field: str = "concentration", molar_mass_g_mol: float | None = None
) -> float:
    """Read a concentration such as ``"10 uM"``, ``"300 nM"`` or ``"240 ng/mL"``, in nM.

    Parameters
    ----------
    text : str
        Number and unit: pM, nM, uM, mM or M, or an amount per L or mL.
    field : str
        What is being read, named in errors.
    molar_mass_g_mol : float, optional
        Of the drug; needed for amounts per volume.

    Returns
    -------
    float
        Concentration [nM].

    Raises
    ------
    UserError
        No number, no unit, unknown unit, negative, NaN or infinite, or an amount per volume of
        something without molar mass.
    """
    number, spaced = _split(text, field, "10 uM")
    unit = spaced.replace(" ", "")
    if number < 0:
        raise UserError(f"{field}: {text!r} is negative; a concentration is zero or more")
    if unit in MICROGRAMS_PER_L:
        if molar_mass_g_mol is None:
            raise UserError(f"{field}: {text!r} needs a molar mass; give it in nM or uM")
        return number * MICROGRAMS_PER_L[unit] * 1e3 / molar_mass_g_mol
    if unit not in NANOMOLAR:
        units = [*NANOMOLAR, *(unit for unit in MICROGRAMS_PER_L if not unit.endswith("l"))]
        raise UserError(f"{field}: unknown unit {unit!r}{nearest(unit, units)}")
    return number * NANOMOLAR[unit]


def hours(text: str, field: str = "time", *, signed: bool = False) -> float:
    """Read a time such as ``"40 min"``, ``"84 h"``, ``"4 weeks"`` or ``"6 months"``, in hours.

    Parameters
    ----------
    text : str
        Number and unit. A month is 30.4375 days, a year 365.25 days.
    field : str
        What is being read, named in errors.
    signed : bool
        Whether a time before zero makes sense here.

    Returns
    -------
    float
        Time [h].

    Raises
    ------
    UserError
        No number, no unit, unknown unit, NaN, infinite, or negative where that makes no sense.
    """
    number, unit = _split(text, field, "40 min")
    value_h = number * _lookup(unit, HOURS, field)
    if value_h < 0 and not signed:
        raise UserError(f"{field}: {text!r} is negative; a length of time is positive")
    return value_h


def positive_hours(text: str, field: str) -> float:
    """Read a time that must be longer than nothing, in hours; see `hours`."""
    value_h = hours(text, field)
    if value_h < SHORTEST_H:
        raise UserError(f"{field}: {text!r} has no length; it must last some milliseconds at least")
    return value_h


def whole(number: float, field: str) -> int:
    """Return ``number`` as a count of at least one, or raise `UserError` naming ``field``."""
    counts = isinstance(number, (int, float)) and not isinstance(number, bool)
    if not counts or not math.isfinite(number) or number < 1 or number != int(number):
        raise UserError(f"{field}: {number!r} is not a whole number of at least 1")
    if number > REPEATS:
        raise UserError(f"{field}: {number:,.0f} is too many; the most is {REPEATS:,}")
    return int(number)


def _split(text: object, field: str, example: str) -> tuple[float, str]:
    """Return number and unit of ``text``; the unit is compulsory."""
    if not isinstance(text, str):
        raise UserError(f"{field}: {text!r} has no unit; write for instance {example!r}")
    if len(text) > LONGEST:
        raise UserError(f"{field}: {text[:20]!r}... is no number and unit; write {example!r}")
    clean = text.strip().replace("µ", "u").replace("μ", "u")
    match = _NUMBER.fullmatch(clean)
    if match is None:
        raise UserError(f"{field}: {text!r} has no number; write for instance {example!r}")
    number, unit = float(match[1]), match[2].strip()
    if not math.isfinite(number):
        raise UserError(f"{field}: {text!r} is not a finite number")
    if unit.startswith(","):
        raise UserError(f"{field}: {text!r} has a decimal comma; write a point, as in {example!r}")
    if not unit:
        raise UserError(f"{field}: {text!r} has no unit; write for instance {example!r}")
    return number, unit


def _lookup(unit: str, table: dict[str, float], field: str) -> float:
    """Return the factor of ``unit``, or raise naming the nearest unit there is."""
    if unit not in table:
        raise UserError(f"{field}: unknown unit {unit!r}{nearest(unit, table)}")
    return table[unit]
