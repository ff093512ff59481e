"""Kinds of quantity that findings report, and their units.

Inside, concentrations are nmol/L, times h, clearances L/h, volumes L, shares and ratios plain
numbers. A unit that belongs to another kind is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ketasim.errors import UserError, nearest

_MASS_CONCENTRATION = {"ng/mL": 1.0, "ug/L": 1.0, "mg/L": 1e3, "ug/mL": 1e3}
_MOLAR_CONCENTRATION = {"nmol/L": 1.0, "nM": 1.0, "umol/L": 1e3, "uM": 1e3}
_TIMES = {"h": 1.0, "min": 1 / 60, "d": 24.0}
_REFERENCE_KG = 70.0


@dataclass(frozen=True)
class Unit:
    """A unit of one kind of quantity.

    Attributes
    ----------
    factor : float
        The inside unit in one of this; for units in mass, ng/mL (or ng·h/mL) instead.
    per_mass : bool
        Whether it counts mass, so that the molar mass is needed.
    per_kg : float
        Body weight [kg] it is stated for: 1 in L/kg, 70 in L/70 kg, 0 where it is not.
    """

    factor: float
    per_mass: bool = False
    per_kg: float = 0.0


def _concentrations() -> dict[str, Unit]:
    mass = {name: Unit(factor, per_mass=True) for name, factor in _MASS_CONCENTRATION.items()}
    return mass | {name: Unit(factor) for name, factor in _MOLAR_CONCENTRATION.items()}


def _exposures() -> dict[str, Unit]:
    return {
        f"{name.split('/')[0]}*{time}/{name.split('/')[1]}": Unit(
            unit.factor * hours, unit.per_mass
        )
        for name, unit in _concentrations().items()
        if "/" in name
        for time, hours in _TIMES.items()
    }


def _scaled(plain: Mapping[str, float]) -> dict[str, Unit]:
    """Return units alone, per kg and per 70 kg: L/h, L/h/kg, L/h/70 kg."""
    weights = {"": 0.0, "/kg": 1.0, "/70 kg": _REFERENCE_KG}
    return {
        f"{name}{text}": Unit(factor, per_kg=kg)
        for name, factor in plain.items()
        for text, kg in weights.items()
    }


KINDS: Mapping[str, Mapping[str, Unit]] = MappingProxyType(
    {
        "concentration": _concentrations(),
        "exposure": _exposures(),
        "time": {name: Unit(factor) for name, factor in _TIMES.items()},
        "clearance": _scaled({"L/h": 1.0, "mL/min": 0.06, "L/min": 60.0})
        | {"mL/min/kg": Unit(0.06, per_kg=1.0)},
        "volume": _scaled({"L": 1.0, "mL": 1e-3}),
        "share": {"%": Unit(0.01), "fraction": Unit(1.0)},
        "ratio": {"ratio": Unit(1.0), "fold": Unit(1.0), "%": Unit(0.01)},
        "odds ratio": {"ratio": Unit(1.0)},
        "change": {"%": Unit(0.01), "fraction": Unit(1.0)},
    }
)


def unit_of(kind: str, text: str, field: str = "unit") -> Unit:
    """Return a unit of ``kind``, or raise naming the nearest one."""
    units = KINDS[kind]
    if text not in units:
        raise UserError(f"{field}: {text!r} is no unit of {kind}{nearest(text, units)}")
    return units[text]


def in_unit(
    values: np.ndarray, unit: Unit, mass_ng_nmol: float, weight_kg: np.ndarray | float
) -> np.ndarray:
    """Return inside values in ``unit``.

    Parameters
    ----------
    values : ndarray, shape (n,)
        In the inside unit of the kind.
    unit : Unit
    mass_ng_nmol : float
        Molar mass of the analyte.
    weight_kg : ndarray of shape (n,) or float
        Body weights.
    """
    scale = mass_ng_nmol * 1e-3 if unit.per_mass else 1.0  # nmol/L × ng/nmol = ng/L; /1000 ng/mL
    size = np.asarray(weight_kg) / unit.per_kg if unit.per_kg else 1.0
    return values * scale / unit.factor / size
