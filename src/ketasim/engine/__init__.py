"""The engine: SBML to machine code to ensembles. It knows no drug."""

from ketasim.engine.compiled_model import CompiledModel, compile_model
from ketasim.engine.ensemble import STATUS, Ensemble, solve_ensemble
from ketasim.engine.events import ADD_TO_STATE, SET_PARAMETER, Events, none

__all__ = [
    "ADD_TO_STATE",
    "SET_PARAMETER",
    "STATUS",
    "CompiledModel",
    "Ensemble",
    "Events",
    "compile_model",
    "none",
    "solve_ensemble",
]
