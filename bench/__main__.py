"""``python -m bench``: measure every tool, print the table, write ``out/bench*.json``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from bench.compare import comparison, table
from bench.limits import told

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "out" / "bench.json"
LIMITS = ROOT / "out" / "bench_limits.json"
TOOLS = ("ketasim_engine", "ketasim_single", "roadrunner_cvode", "numbalsoda_lsoda")
TOOLS += ("pydiffsol_bdf",)
COLD_STARTS = 2
TURNS = 3  # each tool runs once per turn, so that a drifting machine strikes all alike
ROUNDS = 2
COLUMNS = ("rtol", "cpu_ms_per_patient", "error_scaled", "error_point")
COLUMNS += ("compile_s_cold", "compile_s_cached", "peak_mb")
THREAD_COUNTS = ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON")


def child(arguments: list[str], cache: Path) -> str:
    """Run ``python -m ARGUMENTS`` afresh on one thread; return what it prints."""
    one_thread = {f"{name}_NUM_THREADS": "1" for name in THREAD_COUNTS}
    places = {"KETASIM_CACHE": str(cache), "NUMBA_CACHE_DIR": str(cache / "numba")}
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | one_thread | places,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"ended with {done.returncode}: {last}")
    return done.stdout


def measure(tool: str, sbml: Path, cache: Path, rounds: int) -> dict[str, Any]:
    """Measure a tool in a fresh process; a crash there is a reason to skip it here."""
    print(f"  {tool}, {'running' if rounds else 'compiling cold'}", file=sys.stderr, flush=True)
    cache.mkdir(exist_ok=True)
    try:
        printed = child(["bench.measure", tool, str(sbml), str(cache), str(rounds)], cache)
        return json.loads(printed.splitlines()[-1])
    except (RuntimeError, ValueError, IndexError) as error:
        return {"tool": tool, "skipped": f"failed: {error}"}


def measure_all(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return every tool's measurements: cold starts first, then the turns."""
    sbml = folder / "population.xml"
    child(["bench.workload_data", str(sbml)], folder)
    found: dict[str, list[dict[str, Any]]] = {tool: [] for tool in TOOLS}
    plan = [(f"cold{k}", 0) for k in range(COLD_STARTS)] + [("cold0", ROUNDS)] * TURNS
    for place, rounds in plan:
        for tool, facts in found.items():
            if not any("skipped" in fact for fact in facts):
                facts.append(measure(tool, sbml, folder / f"{tool}-{place}", rounds))
    return found


def rows(measurements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a tool's rows, one per tolerance; a single empty one when it was skipped."""
    last = measurements[-1]
    blank = dict.fromkeys(COLUMNS)
    if "skipped" in last:
        return [{"tool": last["tool"], **blank, "skipped": last["skipped"]}]
    cold, turns = measurements[:COLD_STARTS], measurements[COLD_STARTS:]
    shared = {
        "compile_s_cold": median(fact["compile_s"] for fact in cold),
        "compile_s_cached": median(fact["compile_s"] for fact in turns),
        "peak_mb": median(fact["peak_mb"] for fact in turns),
        "import_s_cold": median(fact["import_s"] for fact in cold),
        "import_s_cached": median(fact["import_s"] for fact in turns),
        **{key: last[key] for key in ("version", "method", "atol")},
    }
    found = []
    for k, run in enumerate(last["runs"]):
        cpu_ms = [ms for fact in turns for ms in fact["runs"][k]["cpu_ms"]]
        numbers = {key: run[key] for key in ("rtol", "error_scaled", "error_point")}
        times = {"cpu_ms_per_patient": median(cpu_ms), "cpu_ms_per_patient_min": min(cpu_ms)}
        counts = {"patients": run["patients"], "failed": run["failed"], "repeats": len(cpu_ms)}
        found.append({"tool": last["tool"]} | numbers | times | shared | counts)
    return found


def measure_limits(folder: Path) -> dict[str, Any]:
    """Return how near the peak ketasim comes, and how its cost grows (see ``bench.limits``)."""
    print("  ketasim, share of the peak and growth", file=sys.stderr, flush=True)
    printed = child(
        ["bench.limits", str(folder / "population.xml")], folder / "ketasim_engine-cold0"
    )
    return json.loads(printed.splitlines()[-1])


def write(results: Any, file: Path) -> None:
    """Write results whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        partial.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        os.replace(partial, file)
    finally:
        partial.unlink(missing_ok=True)


def main() -> int:
    """Run the benchmark; return the exit code."""
    print("population benchmark, about five minutes", file=sys.stderr)
    try:
        with tempfile.TemporaryDirectory(prefix="ketasim-bench-") as folder:
            measurements = measure_all(Path(folder))
            limits = measure_limits(Path(folder))
        results = [row for tool in TOOLS for row in rows(measurements[tool])]
        write(results, RESULT)
        write(limits, LIMITS)
    except KeyboardInterrupt:
        print("interrupted; nothing written", file=sys.stderr)
        return 130
    except (OSError, RuntimeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    written = ", ".join(str(file.relative_to(ROOT)) for file in (RESULT, LIMITS))
    text = [table(results), "", comparison(results), told(limits), "", f"written: {written}"]
    print("\n".join(text))
    return 0 if any(row["tool"] == "ketasim" and row["rtol"] for row in results) else 1


if __name__ == "__main__":
    sys.exit(main())
