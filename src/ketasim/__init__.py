"""ketasim: from a dose of ketamine to mood, every rival mechanism in one runnable model.

The names below load what they need on first use, so that ``import ketasim`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.dosing import (
        Regimen,
        bath,
        bolus,
        daily,
        device,
        hold,
        infusion,
        injection,
        intranasal,
        midazolam,
        oral,
        read_data,
        saline,
        sublingual,
        write_data,
    )
    from ketasim.inference import attribute, estimate
    from ketasim.model import assemble, companion_names, mechanism_names
    from ketasim.population import Population
    from ketasim.simulation import simulate, simulate_data, stream

__version__ = "0.1.0"

_HOME = {
    "Population": "population",
    "Regimen": "dosing",
    "assemble": "model",
    "attribute": "inference",
    "bath": "dosing",
    "bolus": "dosing",
    "companion_names": "model",
    "daily": "dosing",
    "device": "dosing",
    "estimate": "inference",
    "hold": "dosing",
    "infusion": "dosing",
    "injection": "dosing",
    "intranasal": "dosing",
    "mechanism_names": "model",
    "midazolam": "dosing",
    "oral": "dosing",
    "read_data": "dosing",
    "saline": "dosing",
    "simulate": "simulation",
    "simulate_data": "simulation",
    "stream": "simulation",
    "sublingual": "dosing",
    "write_data": "dosing",
}

__all__ = [
    "Population",
    "Regimen",
    "UserError",
    "__version__",
    "assemble",
    "attribute",
    "bath",
    "bolus",
    "companion_names",
    "daily",
    "device",
    "estimate",
    "hold",
    "infusion",
    "injection",
    "intranasal",
    "mechanism_names",
    "midazolam",
    "oral",
    "read_data",
    "saline",
    "simulate",
    "simulate_data",
    "stream",
    "sublingual",
    "write_data",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ketasim' has no attribute '{name}'")
    return getattr(import_module(f"ketasim.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
