"""pydiffsol: BDF with sparse LU on generated DiffSL, compiled by LLVM."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np

from bench.source_code import Equations, read_equations
from bench.workload_data import RATE_NAMES, Solve, Workload

NAME = "pydiffsol"
METHOD = "BDF, sparse LU (faer), exact Jacobian; segment by segment, states carried as inputs"
INSTALL = "pip install pydiffsol"
RTOLS = (1e-5, 3e-6, 1e-6)
ATOL = 3e-8  # 1e-7 is a twentieth faster but misses the error asked for
PATIENTS = 32


def load() -> str:
    """Import the tool and return its version."""
    import libsbml  # noqa: F401  (read_equations needs it; imports are not compile time)
    import pydiffsol

    return pydiffsol.version()


def power(base: str, exponent: str) -> str:
    """Write a power; a square as a product, which is faster."""
    return f"({base}*{base})" if float(exponent) == 2 else f"pow({base}, {exponent})"


def rename(text: str) -> str:
    """Return an expression with names DiffSL accepts (no underscore, none of its own)."""
    word = re.compile(r"\b[A-Za-z_]\w*\b")
    return word.sub(lambda m: m[0] if m[0] == "pow" else "m" + m[0].replace("_", "x"), text)


def write_diffsl(equations: Equations, varying: tuple[str, ...]) -> str:
    """Return DiffSL with inputs ``varying``, the infusion rate, and the initial states.

    Measured against its own stop and reset events, with the rate looked up by segment:
    carrying the states from call to call is a tenth faster.
    """
    states = list(equations.initial)
    inputs = {rename(name): equations.constants[name] for name in varying}
    inputs |= {"rate": 0.0} | {f"start{rename(n)}": x for n, x in equations.initial.items()}
    fixed = [n for n in equations.constants if n not in varying and n not in RATE_NAMES]
    scalars = {name: repr(equations.constants[name]) for name in fixed}
    before = scalars | dict.fromkeys(RATE_NAMES, "rate") | dict(equations.derived)

    def tensors(table: dict[str, str]) -> list[str]:
        return [f"{rename(n)} {{ {x if x == 'rate' else rename(x)} }}" for n, x in table.items()]

    return "\n".join(
        [
            "in_i { " + ", ".join(f"{n} = {x!r}" for n, x in inputs.items()) + " }",
            *tensors(before),
            "u_i { " + ", ".join(f"{rename(n)} = start{rename(n)}" for n in states) + " }",
            *tensors(dict(equations.variables)),
            "F_i { " + ",\n".join(rename(equations.slopes[n]) for n in states) + " }",
        ]
    )


def compile_ode(equations: Equations, varying: tuple[str, ...], kept: Path) -> Any:
    """Return the compiled model, or the pickled one of the last time."""
    import pydiffsol

    if kept.exists():
        return pickle.loads(kept.read_bytes())
    # KLU is on offer too, but pydiffsol 0.6.2 with it crashes on this model.
    ode = pydiffsol.Ode(
        write_diffsl(equations, varying),
        matrix_type=pydiffsol.faer_sparse,
        linear_solver=pydiffsol.lu,
        ode_solver=pydiffsol.bdf,
    )
    kept.write_bytes(pickle.dumps(ode))
    return ode


def prepare(workload: Workload, cache: Path) -> Solve:
    """Compile the model, or unpickle it."""
    equations = read_equations(workload.sbml, power)
    ode = compile_ode(equations, workload.names, cache / "pydiffsol.pickle")
    states = list(equations.initial)
    outputs = [states.index(name) for name in workload.outputs]
    initial = np.array(list(equations.initial.values()))
    rate, start = len(workload.names), len(workload.names) + 1
    times = [s.stops_h(workload.grid_h) - s.start_h for s in workload.segments]

    def solve(n_patients: int, rtol: float) -> np.ndarray:
        ode.rtol, ode.atol = rtol, ATOL
        result = np.full((n_patients, len(workload.grid_h), len(outputs)), np.nan)
        for values, row in zip(workload.patients(n_patients), result, strict=True):
            inputs = np.concatenate([values, [0.0], initial])
            row[0] = initial[outputs]
            for segment, stops in zip(workload.segments, times, strict=True):
                inputs[rate] = segment.rate
                found = ode.solve_dense(inputs, stops).ys
                row[segment.outputs] = found[outputs, : segment.last - segment.first].T
                inputs[start:] = found[:, -1]
        return result

    return solve
