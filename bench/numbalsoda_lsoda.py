"""numbalsoda: LSODA with a right-hand side compiled by numba from generated source."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

from bench.source_code import Equations, read_equations
from bench.workload_data import RATE_NAMES, Solve, Workload

NAME = "numbalsoda"
METHOD = "LSODA, numba cfunc (fastmath), dense finite-difference Jacobian; segment by segment"
INSTALL = "pip install numbalsoda; it has no wheel for this Python, and building it takes gfortran"
RTOLS = (1e-5, 3e-6, 1e-6)
ATOL = 1e-7  # 1e-6 is an eighth faster but misses the error asked for
PATIENTS = 32
MOST_STEPS = 100_000


def load() -> str:
    """Import the tool, compile its driver (the same for every model), return its version."""
    from importlib.metadata import version

    import libsbml  # noqa: F401  (read_equations needs it; imports are not compile time)
    import numba
    from numbalsoda import lsoda, lsoda_sig

    @numba.cfunc(lsoda_sig)
    def decay(t, u, du, p):  # type: ignore[no-untyped-def]
        du[0] = -u[0]

    lsoda(decay.address, np.ones(1), np.array([0.0, 1.0]), np.zeros(1), 1e-6, ATOL, MOST_STEPS)
    return version("numbalsoda")


def power(base: str, exponent: str) -> str:
    """Write a power; a square as a product, which is faster."""
    return f"({base}*{base})" if float(exponent) == 2 else f"{base}**{exponent}"


def write_module(equations: Equations) -> str:
    """Return Python source of ``derive(p_)``, ``rhs(t_, u_, du_, p_)``, and the compiled ``rhs``.

    ``p_`` holds the constants, then what follows from them alone.
    """
    data = [*equations.constants, *equations.derived]
    constants = [f"    {name} = p_[{i}]" for i, name in enumerate(equations.constants)]
    read = [f"    {name} = p_[{i}]" for i, name in enumerate(data)]
    states = [f"    {name} = u_[{i}]" for i, name in enumerate(equations.initial)]
    return "\n".join(
        [
            "import numba",
            "from numbalsoda import lsoda_sig",
            "def derive(p_):",
            *constants,
            *(f"    {n} = p_[{data.index(n)}] = {x}" for n, x in equations.derived.items()),
            '@numba.cfunc(lsoda_sig, cache=True, fastmath=True, error_model="numpy")',
            "def rhs(t_, u_, du_, p_):",
            *read,
            *states,
            *(f"    {name} = {x}" for name, x in equations.variables.items()),
            *(f"    du_[{i}] = {x}" for i, x in enumerate(equations.slopes.values())),
            "",
        ]
    )


def import_file(path: Path) -> ModuleType:
    """Import a Python file by its name; numba keeps its machine code in ``NUMBA_CACHE_DIR``."""
    sys.path.insert(0, str(path.parent))  # numba's cache finds the module by name
    return importlib.import_module(path.stem)


def prepare(workload: Workload, cache: Path) -> Solve:
    """Write the source unless it is there, and compile it or load numba's cached code."""
    from numbalsoda import lsoda

    equations = read_equations(workload.sbml, power)
    source = cache / "numbalsoda_model.py"
    if not source.exists():
        source.write_text(write_module(equations), encoding="utf-8")
    model = import_file(source)
    address = model.rhs.address
    names, states = [*equations.constants, *equations.derived], list(equations.initial)
    varying = [names.index(name) for name in workload.names]
    rates = [names.index(name) for name in RATE_NAMES]
    outputs = [states.index(name) for name in workload.outputs]
    defaults = np.array([*equations.constants.values(), *(0.0 for _ in equations.derived)])
    initial = np.array(list(equations.initial.values()))
    times = [np.append(s.start_h, s.stops_h(workload.grid_h)) for s in workload.segments]

    def solve_patient(values: np.ndarray, row: np.ndarray, rtol: float) -> None:
        data, state = defaults.copy(), initial
        data[varying] = values
        model.derive(data)
        row[0] = state[outputs]
        for segment, stops in zip(workload.segments, times, strict=True):
            data[rates] = segment.rate
            found, ok = lsoda(address, state, stops, data, rtol, ATOL, MOST_STEPS)
            if not ok:
                row[:] = np.nan
                return
            row[segment.outputs] = found[1 : 1 + segment.last - segment.first, outputs]
            state = found[-1].copy()

    def solve(n_patients: int, rtol: float) -> np.ndarray:
        result = np.full((n_patients, len(workload.grid_h), len(outputs)), np.nan)
        for values, row in zip(workload.patients(n_patients), result, strict=True):
            solve_patient(values, row, rtol)
        return result

    return solve
