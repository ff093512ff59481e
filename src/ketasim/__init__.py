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
    from ketasim.inference.dose_map import dose_map
    from ketasim.inference.knockouts import knockouts
    from ketasim.inference.sensitivity import global_sensitivity, local_sensitivity
    from ketasim.model import assemble, companion_names, mechanism_names
    from ketasim.population import Population
    from ketasim.report import plot
    from ketasim.report.study_run import run_study
    from ketasim.simulation import simulate, simulate_data, stream
    from ketasim.simulation.gradients import gradients
    from ketasim.simulation.visual_check import visual_check
    from ketasim.study import Study, load_study
    from ketasim.trial import load_trial, run_trial

__version__ = "0.1.0"

_HOME = {
    "Population": "population",
    "Regimen": "dosing",
    "Study": "study",
    "assemble": "model",
    "attribute": "inference",
    "bath": "dosing",
    "bolus": "dosing",
    "companion_names": "model",
    "daily": "dosing",
    "device": "dosing",
    "dose_map": "inference.dose_map",
    "estimate": "inference",
    "global_sensitivity": "inference.sensitivity",
    "gradients": "simulation.gradients",
    "hold": "dosing",
    "infusion": "dosing",
    "injection": "dosing",
    "intranasal": "dosing",
    "knockouts": "inference.knockouts",
    "load_study": "study",
    "load_trial": "trial",
    "local_sensitivity": "inference.sensitivity",
    "mechanism_names": "model",
    "midazolam": "dosing",
    "oral": "dosing",
    "read_data": "dosing",
    "run_study": "report.study_run",
    "run_trial": "trial",
    "saline": "dosing",
    "simulate": "simulation",
    "simulate_data": "simulation",
    "stream": "simulation",
    "sublingual": "dosing",
    "visual_check": "simulation.visual_check",
    "write_data": "dosing",
}

__all__ = [
    "Population",
    "Regimen",
    "Study",
    "UserError",
    "__version__",
    "assemble",
    "attribute",
    "bath",
    "bolus",
    "companion_names",
    "daily",
    "device",
    "dose_map",
    "estimate",
    "global_sensitivity",
    "gradients",
    "hold",
    "infusion",
    "injection",
    "intranasal",
    "knockouts",
    "load_study",
    "load_trial",
    "local_sensitivity",
    "mechanism_names",
    "midazolam",
    "oral",
    "plot",
    "read_data",
    "run_study",
    "run_trial",
    "saline",
    "simulate",
    "simulate_data",
    "stream",
    "sublingual",
    "visual_check",
    "write_data",
]


def __getattr__(name: str) -> Any:
    if name == "plot":
        return import_module("ketasim.report.plot")
    if name not in _HOME:
        raise AttributeError(f"module 'ketasim' has no attribute '{name}'")
    return getattr(import_module(f"ketasim.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
