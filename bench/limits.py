"""``python -m bench.limits``: how near the machine's peak, and how cost grows.

Share of the floating-point peak on the benchmark workload, cost by patients, cost and code
generation by states (copies of the benchmark's model, each fed by the one before), and what a
parameter of a gradient costs. One thread, CPU time, least of the repeats.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench import ketasim_engine, workload_data

ATOL, RTOL = ketasim_engine.ATOL, 2e-4
COPIES = (1, 2, 4, 8)
PATIENTS = (512, 2048, 8192)
REPEATS = 5
CODE_S = 5.0  # the goal for code generation at 392 states
SUMS, TURNS = 12, 20_000  # of the loop that measures the peak
_COST = {"fadd ": 1, "fsub ": 1, "fmul ": 1, "fdiv ": 1, "@llvm.fma": 2, "@llvm.sqrt": 1}


def least_s(*functions: Callable[[], Any], repeats: int = REPEATS) -> list[float]:
    """Return the least CPU time of each call (s); they take turns, so that drift strikes all."""
    times = np.full((repeats, len(functions)), np.inf)
    for turn in range(repeats):
        for k, function in enumerate(functions):
            start = time.process_time()
            function()
            times[turn, k] = time.process_time() - start
    return times.min(axis=0).tolist()


def peak_gflops() -> float:
    """Return the most additions and multiplications one core does in a second (1e9), measured."""
    import ctypes

    from ketasim.engine import machine_code
    from ketasim.engine.programs import declarations
    from ketasim.engine.vector_code import DOUBLE, LANES, FunctionWriter

    code = FunctionWriter("setup", ["ptr noalias %P"])
    code.put("br label %turns")
    names = range(SUMS)
    code.put("\nturns:")
    code.put("%i = phi i64 [ 0, %entry ], [ %j, %turns ]")
    for k in names:
        start = DOUBLE.splat(1.0 + k)
        code.put(f"%a{k} = phi <{LANES} x double> [ {start}, %entry ], [ %b{k}, %turns ]")
    for k in names:
        given = ", ".join(
            f"<{LANES} x double> {x}" for x in (f"%a{k}", DOUBLE.splat(0.5), DOUBLE.splat(1.0))
        )
        code.put(f"%b{k} = call <{LANES} x double> @llvm.fma.v{LANES}f64({given})")
    code.put("%j = add i64 %i, 1")
    code.put(f"%more = icmp ult i64 %j, {TURNS}")
    code.put("br i1 %more, label %turns, label %done\ndone:")
    for k in names:
        code.store(f"%b{k}", "%P", k)
    rest = [f"define void @{n}() {{\n  ret void\n}}" for n in machine_code.FUNCTIONS[1:]]
    loaded = machine_code.load(
        machine_code.object_code("\n".join([declarations(), code.text(), *rest]))
    )
    room = np.zeros(SUMS * LANES + 8)
    place = room.ctypes.data + (-room.ctypes.data % 64)
    run = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(loaded.addresses["setup"])
    seconds = least_s(lambda: [run(place) for _ in range(20)], repeats=20)[0] / 20
    return 2 * SUMS * LANES * TURNS / seconds / 1e9


def code_of(sbml: str, outputs: tuple[str, ...]) -> str:
    """Return a model's programs and step as LLVM IR."""
    from ketasim.engine import programs, step_code
    from ketasim.engine.sbml_reading import read_sbml

    writer = programs.ProgramWriter(read_sbml(sbml), outputs)
    text = writer.text()
    layout = writer.layout()
    return "\n".join([programs.declarations(), text, step_code.text(layout)])


def operations(ir: str) -> dict[str, int]:
    """Return additions, multiplications and divisions of each function, for one individual.

    A loop counts as often as it turns; what a function calls is counted in.
    """
    found: dict[str, int] = {}
    for name, body in re.findall(r"define (?:internal )?void @(\w+)\(.*?\{\n(.*?)\n\}", ir, re.S):
        total = 0
        for block in re.split(r"\n(?=\S+:\n)", body):
            turns = re.search(r"icmp ult i64 %\S+\.next, (\d+)", block)
            here = sum(block.count(word) * cost for word, cost in _COST.items())
            here += sum(found.get(called, 0) for called in re.findall(r"call void @(\w+)", block))
            total += here * (int(turns[1]) if turns else 1)
        found[name] = total
    return found


def population(workload: Any, n: int) -> dict[str, Any]:
    """Return what ``solve_ensemble`` is given for ``n`` patients of the workload."""
    columns = workload.patients(n).T
    return {
        "varying": dict(zip(workload.names, columns, strict=True)),
        "events": ketasim_engine.infusions(workload, n),
        "rtol": RTOL,
        "atol": ATOL,
        "threads": 1,
    }


def by_patients(workload: Any) -> dict[str, Any]:
    """Return the share of the peak, and the cost of a patient by the number of patients."""
    from ketasim.engine import compile_model, solve_ensemble

    model = compile_model(workload.sbml, workload.outputs)
    per_step = operations(code_of(workload.sbml, workload.outputs))["step"]
    each = [population(workload, n) for n in PATIENTS]
    runs = [partial(solve_ensemble, model, workload.grid_h, **given) for given in each]
    steps = [int(run().steps.sum()) for run in runs]
    peaks = [peak_gflops()]
    seconds = least_s(*runs)
    peaks.append(peak_gflops())
    rate = max(per_step * n / s / 1e9 for n, s in zip(steps, seconds, strict=True))
    ms = {str(n): s / n * 1e3 for n, s in zip(PATIENTS, seconds, strict=True)}
    return {
        "operations_per_step": per_step,
        "peak_gflops": max(peaks),
        "gflops": rate,
        "share_of_peak": rate / max(peaks),
        "ms_per_patient": ms,
    }


def copies(count: int) -> str:
    """Return SBML of ``count`` copies of the benchmark's model, each fed by the one before."""
    import antimony

    text = (workload_data.FOLDER / "population.ant").read_text(encoding="utf-8")
    parts = [f"  C{k}: rep();" for k in range(count)]
    parts += [f"  C{k}.RinfS := 0.01*C{k - 1}.sym;" for k in range(1, count)]
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString("\n".join([text, "model copies()", *parts, "end"])) < 0:
        raise RuntimeError(antimony.getLastError())
    return str(antimony.getSBMLString("copies"))


def by_states() -> list[dict[str, float]]:
    """Return cost of a step and of code generation (CPU) for more and more states."""
    from ketasim.engine import compile_model, solve_ensemble

    rows, n = [], 64
    given = {"C0_RinfS": np.linspace(50, 100, n)}
    grid_h = np.linspace(0, 336, 57)
    for count in COPIES:
        sbml = copies(count)
        start = time.process_time()
        model = compile_model(sbml, ["C0_sym"], cache=False)
        code_s = time.process_time() - start

        run = partial(solve_ensemble, model, grid_h, varying=given, rtol=RTOL, atol=ATOL, threads=1)
        steps = int(run().steps.sum())
        states = len(model.states)
        ns = least_s(run)[0] / steps / states * 1e9
        rows.append({"states": states, "code_s": code_s, "ns_per_step_and_state": ns})
    return rows


def by_parameter(workload: Any) -> dict[str, float]:
    """Return what a parameter of a gradient costs, in patients without it."""
    from ketasim.engine import compile_model, solve_ensemble
    from ketasim.engine.tangent import compile_tangent, slope_name

    n = 64
    given, name = population(workload, n), workload.names[1]
    plain = compile_model(workload.sbml, workload.outputs)
    exact = compile_tangent(workload.sbml, workload.outputs, workload.names)
    moved = given["varying"] | {slope_name(name): given["varying"][name]}
    alone, both = least_s(
        partial(solve_ensemble, plain, workload.grid_h, **given),
        partial(solve_ensemble, exact, workload.grid_h, **given | {"varying": moved}),
        repeats=3 * REPEATS,
    )
    return {"ms_per_parameter": both / n * 1e3, "patients_per_parameter": both / alone}


def told(facts: dict[str, Any]) -> str:
    """Return the measurements as lines."""
    near, rows, slope = facts["by_patients"], facts["by_states"], facts["by_parameter"]
    patients = ", ".join(f"{n}: {ms:.3f}" for n, ms in near["ms_per_patient"].items())
    last = rows[-1]
    lines = [
        f"- share of the floating-point peak: {near['share_of_peak']:.0%} ({near['gflops']:.1f} of "
        f"{near['peak_gflops']:.1f} GFLOP/s, one core; {near['operations_per_step']} operations a "
        "step, an addition, multiplication or division counting one).",
        f"- ms per patient at rtol {RTOL:g} by number of patients: {patients}.",
        *(
            f"- {row['states']} states: {row['ns_per_step_and_state']:.1f} ns per step and state; "
            f"code generation {row['code_s']:.2f} s."
            for row in rows
        ),
        f"- code generation at {last['states']} states: {last['code_s']:.2f} s "
        f"(goal {CODE_S:g}: {'met' if last['code_s'] <= CODE_S else 'missed'}).",
        f"- a gradient costs {slope['ms_per_parameter']:.3f} ms per patient and parameter, "
        f"{slope['patients_per_parameter']:.1f} times the patient alone.",
    ]
    return "\n".join(textwrap.fill(line, 100) for line in lines)


def main() -> None:
    """Measure; print JSON for ``bench``, or lines when no SBML file is given."""
    if len(sys.argv) > 1:
        file = Path(sys.argv[1])
        workload = workload_data.load(file.read_text(encoding="utf-8"))
    else:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "population.xml"
            workload_data.write_sbml_apart(file)
            workload = workload_data.load(file.read_text(encoding="utf-8"))
    ketasim_engine.load()
    facts = {
        "by_patients": by_patients(workload),
        "by_states": by_states(),
        "by_parameter": by_parameter(workload),
    }
    print(json.dumps(facts) if len(sys.argv) > 1 else told(facts))


if __name__ == "__main__":
    main()
