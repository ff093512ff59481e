"""libRoadRunner: CVODE on LLVM code, one simulator reused for all patients."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.workload_data import RATE_NAMES, Solve, Workload

NAME = "libRoadRunner"
METHOD = "CVODE BDF, dense finite-difference Jacobian; reset per patient, segment by segment"
INSTALL = "pip install libroadrunner"
RTOLS = (1e-5, 3e-6, 1e-6)
ATOL = 1e-9  # as fast as 1e-8, and rtol 1e-5 then meets the error asked for
PATIENTS = 32


def load() -> str:
    """Import the tool and return its version."""
    import roadrunner

    return roadrunner.__version__


def prepare(workload: Workload, cache: Path) -> Solve:
    """Compile the model, or load the state (with its machine code) saved the last time."""
    import roadrunner

    kept = cache / "roadrunner.state"
    if kept.exists():
        simulator = roadrunner.RoadRunner()
        simulator.loadState(str(kept))
    else:
        simulator = roadrunner.RoadRunner(workload.sbml)
        simulator.saveState(str(kept))
    simulator.timeCourseSelections = list(workload.outputs)
    ids = simulator.model.getGlobalParameterIds()
    varying = [ids.index(name) for name in workload.names]
    rates = [ids.index(name) for name in RATE_NAMES]
    times = [[s.start_h, *s.stops_h(workload.grid_h)] for s in workload.segments]

    def solve(n_patients: int, rtol: float) -> np.ndarray:
        integrator = simulator.getIntegrator()
        integrator.setValue("stiff", True)
        integrator.setValue("relative_tolerance", rtol)
        integrator.setValue("absolute_tolerance", ATOL)
        integrator.setValue("maximum_num_steps", 100_000)
        outputs = np.full((n_patients, len(workload.grid_h), len(workload.outputs)), np.nan)
        for values, row in zip(workload.patients(n_patients), outputs, strict=True):
            simulator.reset()
            simulator.model.setGlobalParameterValues(varying, values)
            for segment, stops in zip(workload.segments, times, strict=True):
                simulator.model.setGlobalParameterValues(rates, [segment.rate] * len(rates))
                found = np.asarray(simulator.simulate(times=stops))
                if segment.start_h == 0:
                    row[0] = found[0]
                row[segment.outputs] = found[1 : 1 + segment.last - segment.first]
        return outputs

    return solve
