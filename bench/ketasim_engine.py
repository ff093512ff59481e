"""ketasim: Rodas5P on vector code, doses as events, one thread."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from bench.workload_data import RATE_NAMES, Solve, Workload

NAME = "ketasim"
METHOD = "Rodas5P, exact sparse Jacobian, four patients per vector, one thread; doses as events"
INSTALL = "pip install ."
RTOLS = (1e-3, 2e-4, 1e-4, 1e-5, 1e-6)
ATOL = 1e-9
PATIENTS = 2048
DECAY = """<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
<model id="decay"><listOfParameters><parameter id="x" value="1" constant="false"/>
</listOfParameters><listOfRules><rateRule variable="x">
<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><minus/><ci>x</ci></apply></math>
</rateRule></listOfRules></model></sbml>"""


def load() -> str:
    """Import the engine, compile or load its driver (one for all models), return the version."""
    from importlib.metadata import version

    from ketasim.engine import compile_model, solve_ensemble

    solve_ensemble(compile_model(DECAY, ["x"], cache=False), np.array([1.0]), threads=1)
    return version("ketasim")


def infusions(workload: Workload, n_patients: int):  # type: ignore[no-untyped-def]
    """Return the event table: both rates set at every start and end of an infusion."""
    from ketasim.engine import SET_PARAMETER, Events

    starts = np.array([segment.start_h for segment in workload.segments])
    rates = np.array([segment.rate for segment in workload.segments])
    width = len(RATE_NAMES)
    per_patient = width * len(starts)
    return Events(
        offsets=np.arange(n_patients + 1, dtype=np.int64) * per_patient,
        time=np.tile(np.repeat(starts, width), n_patients),
        kind=np.full(n_patients * per_patient, SET_PARAMETER, dtype=np.int8),
        target=np.tile(np.arange(width, dtype=np.int32), n_patients * len(starts)),
        value=np.tile(np.repeat(rates, width), n_patients),
        targets=RATE_NAMES,
    )


def prepare(workload: Workload, cache: Path, precision: str = "double") -> Solve:
    """Compile the model, or load its object code from the cache."""
    from ketasim.engine import compile_model, solve_ensemble

    os.environ["KETASIM_CACHE"] = str(cache)
    model = compile_model(workload.sbml, workload.outputs, precision=precision)

    def solve(n_patients: int, rtol: float) -> np.ndarray:
        columns = workload.patients(n_patients).T
        return solve_ensemble(
            model,
            workload.grid_h,
            varying=dict(zip(workload.names, columns, strict=True)),
            events=infusions(workload, n_patients),
            rtol=rtol,
            atol=ATOL,
            threads=1,
        ).values

    return solve
