"""What a data file measures, and in which units: analytes, concentrations, amounts, times."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ketasim.dosing.drugs import Drug
from ketasim.dosing.quantities import HOURS, MILLIGRAMS
from ketasim.errors import nearest

# ng/mL and nM in one of each unit.
MASS_PER_VOLUME = {
    **dict.fromkeys(("ng/mL", "ug/L", "mcg/L"), 1.0),
    **dict.fromkeys(("pg/mL", "ng/L"), 1e-3),
    **dict.fromkeys(("ug/mL", "mcg/mL", "mg/L"), 1e3),
}
MOLAR = {
    **dict.fromkeys(("nM", "nmol/L", "pmol/mL"), 1.0),
    **dict.fromkeys(("pM", "pmol/L"), 1e-3),
    **dict.fromkeys(("uM", "umol/L", "nmol/mL"), 1e3),
}
NANOMOLES = {"nmol": 1.0, "umol": 1e3, "mmol": 1e6}
AMOUNTS = (*MILLIGRAMS, *(f"{mass}/kg" for mass in MILLIGRAMS), *NANOMOLES)


@dataclass(frozen=True)
class Analyte:
    """Something observed: an output of the model, its unit there, and its molar mass.

    Attributes
    ----------
    output, unit : str
        Name of the model's output, and the unit of its values.
    molar_mass_g_mol : float or None
        None for what is no concentration.
    words : tuple of str
        What people call it.
    """

    output: str
    unit: str
    molar_mass_g_mol: float | None = None
    words: tuple[str, ...] = ()

    @property
    def is_concentration(self) -> bool:
        """Whether its unit can be converted."""
        return self.molar_mass_g_mol is not None

    def factor(self, unit: str) -> float | str:
        """Return what a value in ``unit`` is multiplied by, or why there is no such number."""
        if not self.is_concentration:
            same = unit.lower() in ("", self.unit.lower())
            return 1.0 if same else f"is no unit of {self.output}, which has {self.unit}"
        mass, molar = (_folded(table) for table in (MASS_PER_VOLUME, MOLAR))
        asked, own = plain(unit), plain(self.unit)
        if asked not in mass and asked not in molar:
            choices = (*MASS_PER_VOLUME, *MOLAR)
            return f"is no unit of a concentration{nearest(unit, choices)}"
        if (asked in mass) == (own in mass):
            table = mass if asked in mass else molar
            return table[asked] / table[own]
        grams = self.molar_mass_g_mol or 1.0
        if asked in mass:
            return mass[asked] * 1e3 / grams / molar[own]
        return molar[asked] * grams / 1e3 / mass[own]


def analyte(name: str, outputs: Mapping[str, str]) -> Analyte | str:
    """Return the analyte a cell names, or a hint at the nearest one.

    ``outputs`` are further outputs of the model, with their units. Names of outputs are as they
    are written; other words may have any case.
    """
    table = analytes()
    if name in table:
        return table[name]
    if name in outputs:
        return Analyte(name, outputs[name])
    said = {word.lower(): one for one in table.values() for word in one.words}
    if name.lower() in said:
        return said[name.lower()]
    return nearest(name, [*table, *outputs, *(w for one in table.values() for w in one.words)])


@cache
def analytes() -> Mapping[str, Analyte]:
    """Return the analytes of ``analytes.csv`` by output."""
    text = files("ketasim.dosing").joinpath("analytes.csv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        mass = float(row["molar_mass_g_mol"]) if row["molar_mass_g_mol"] else None
        words = tuple(filter(None, row["words"].split("|")))
        found[row["output"]] = Analyte(row["output"], row["unit"], mass, words)
    return found


def milligrams(unit: str, what: Drug) -> tuple[float, bool] | str:
    """Return mg of free base in one ``unit`` and whether it is per kg, or why there is none."""
    asked = plain(unit)
    per_kg = asked.endswith("/kg")
    mass = asked.removesuffix("/kg")
    if mass in MILLIGRAMS:
        return MILLIGRAMS[mass], per_kg
    if asked in NANOMOLES:
        return NANOMOLES[asked] / what.nmol_per_mg(), False
    return f"is no unit of a dose{nearest(unit, AMOUNTS)}"


def hours_in(unit: str) -> float | str:
    """Return hours in one ``unit``, or why there is no such number."""
    asked = plain(unit)
    return HOURS[asked] if asked in HOURS else f"is no unit of time{nearest(unit, HOURS)}"


def plain(unit: str) -> str:
    """Return a unit in small letters, without blanks and Greek."""
    return unit.replace("µ", "u").replace("μ", "u").replace(" ", "").lower()


def _folded(table: Mapping[str, float]) -> dict[str, float]:
    return {plain(unit): factor for unit, factor in table.items()}
