"""``python -m bench.memory [N]``: peak memory of N (default 100,000) patients, streamed.

Two ways, each in a fresh process: the engine on the benchmark workload, chunk by chunk with a
running sum; and the whole path on ketasim's own model, streamed to a Parquet file.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

GOAL_MB = 500
CHUNK = 2048
OUTPUTS = ("Cket", "glu", "raft", "MADRS")
ROOT = Path(__file__).resolve().parents[1]


def engine(n: int, folder: Path) -> str:
    """Run the benchmark workload chunk by chunk; return what came out."""
    import numpy as np

    from bench import ketasim_engine, workload_data

    sbml = folder / "population.xml"
    workload_data.write_sbml_apart(sbml)
    workload = workload_data.load(sbml.read_text(encoding="utf-8"))
    solve = ketasim_engine.prepare(workload, folder)
    total = np.zeros((len(workload.grid_h), len(workload.outputs)))
    for first in range(0, n, CHUNK):
        total += solve(min(CHUNK, n - first), 1e-4).sum(axis=0)
    ends = zip(workload.outputs, (total / n)[-1], strict=True)
    return "means at the end " + ", ".join(f"{name} {value:.4g}" for name, value in ends)


def whole_path(n: int, folder: Path) -> str:
    """Stream one infusion in ``n`` patients to Parquet; return what came out."""
    from ketasim.dosing import infusion
    from ketasim.model import assemble
    from ketasim.population import Population
    from ketasim.simulation import stream, write_parquet

    model = assemble()
    outputs = [name for name in OUTPUTS if name in model.outputs]
    times_h = range(0, 28 * 24 + 1, 6)
    regimen = infusion("0.5 mg/kg", over="40 min")
    chunks = stream(model, regimen, Population("trd", n=n), times_h, outputs)
    file = write_parquet(chunks, folder / "results.parquet")
    size_mb = file.stat().st_size / 1e6
    return f"{n * len(times_h):,} rows of {', '.join(outputs)} in {size_mb:.0f} MB of Parquet"


WAYS: dict[str, Callable[[int, Path], str]] = {"engine": engine, "whole_path": whole_path}


def report(way: str, n: int) -> None:
    """Run one way in this process, which should be fresh, and print its peak memory."""
    from bench.measure import peak_mb

    start, cpu_start = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="ketasim-bench-") as folder:
        made = WAYS[way](n, Path(folder))
    wall_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu_start
    peak = peak_mb()
    met = "met" if peak < GOAL_MB else "missed"
    print(
        f"{way}: {n:,} patients, peak {peak:.0f} MB (goal {GOAL_MB}: {met}), "
        f"{wall_s:.0f} s ({cpu_s:.0f} s CPU, {os.cpu_count()} processors); {made}",
        flush=True,
    )


def main() -> int:
    """Run both ways, or the one named; return the exit code."""
    given = sys.argv[1:]
    if len(given) == 2 and given[0] in WAYS:
        report(given[0], int(given[1]))
        return 0
    n = given[0] if given else "100000"
    if len(given) > 1 or not n.isdecimal() or int(n) < 1:
        print(f"bench.memory: number of patients must be at least 1, not '{n}'", file=sys.stderr)
        return 2
    commands = [[sys.executable, "-m", "bench.memory", way, n] for way in WAYS]
    try:
        return max(
            subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands
        )
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
