"""Measure one tool in this process, which should be fresh; print the result as JSON.

``python -m bench.measure MODULE SBML_FILE CACHE_FOLDER ROUNDS``; with no rounds only the times
to import and to compile are taken.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

MEGABYTE = 1e6
UNIT_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


def seconds(function: Any, *arguments: Any) -> tuple[float, Any]:
    """Return wall time (s) of a call, and its result."""
    start = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - start, result


def peak_mb() -> float:
    """Return the most memory this process has held (MB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT_OF_MAXRSS / MEGABYTE


def measure(name: str, sbml: Path, cache: Path, rounds: int) -> dict[str, Any]:
    """Import, compile and run one tool.

    Returns
    -------
    dict
        ``tool``, ``skipped`` when it is not installed; else also ``version``, ``import_s``,
        ``compile_s`` (wall), ``peak_mb``, and ``runs``: one per tolerance with CPU times per
        patient (ms, one per round) and errors.
    """
    from bench import workload_data

    tool = importlib.import_module(f"bench.{name}")
    facts: dict[str, Any] = {"tool": tool.NAME, "method": tool.METHOD, "atol": tool.ATOL}
    try:
        facts["import_s"], facts["version"] = seconds(tool.load)
    except (ImportError, OSError) as error:
        return facts | {"skipped": f"cannot be imported ({error}); {tool.INSTALL}"}
    workload = workload_data.load(sbml.read_text(encoding="utf-8"))
    facts["compile_s"], solve = seconds(tool.prepare, workload, cache)
    facts["runs"] = [run(tool, workload, solve, rtol, rounds) for rtol in tool.RTOLS if rounds]
    return facts | {"peak_mb": peak_mb()}


def run(tool: ModuleType, workload: Any, solve: Any, rtol: float, rounds: int) -> dict[str, Any]:
    """Return CPU per patient (ms) of each round, and the errors, at one tolerance."""
    import numpy as np

    outputs = solve(1, rtol)
    cpu_ms = []
    for _ in range(rounds):
        start = time.process_time()
        outputs = solve(tool.PATIENTS, rtol)
        cpu_ms.append((time.process_time() - start) / tool.PATIENTS * 1e3)
    failed = np.isnan(outputs).any(axis=(1, 2))
    if failed[: len(workload.reference)].all():
        raise RuntimeError(f"every patient failed at rtol {rtol:g}")
    scaled, point = workload.error(outputs)
    return {
        "rtol": rtol,
        "patients": tool.PATIENTS,
        "failed": int(failed.sum()),
        "cpu_ms": cpu_ms,
        "error_scaled": scaled,
        "error_point": point,
    }


def main() -> None:
    """Measure the tool the command line names."""
    name, sbml, cache, rounds = sys.argv[1:]
    print(json.dumps(measure(name, Path(sbml), Path(cache), int(rounds))))


if __name__ == "__main__":
    main()
