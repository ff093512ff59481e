"""Put the rows of the benchmark into a table and into words."""

from __future__ import annotations

import platform
import textwrap
from pathlib import Path
from typing import Any

POINT_ERROR_ASKED = 2.5e-4
TIMES_LIBROADRUNNER = 60  # the goal, against libRoadRunner at rtol 1e-6
TIMES_FASTEST_OTHER = 30  # the goal, against the fastest of the others
COMPILE_COLD_S, COMPILE_CACHED_S = 0.5, 0.02
US, SINGLE = "ketasim", "ketasim single"
ROADRUNNER = "libRoadRunner"

Row = dict[str, Any]
HEADS = ("tool", "rtol", "atol", "CPU ms/patient", "least", "scaled err", "point err")
HEADS += ("compile cold s", "cached s", "peak MB", "x ketasim")


def ran(rows: list[Row]) -> list[Row]:
    """Return the rows of tools that ran."""
    return [row for row in rows if row["rtol"] is not None]


def exact_enough(rows: list[Row]) -> list[Row]:
    """Return the rows, cheapest first, where nobody failed and the point error is as asked."""
    finished = [row for row in ran(rows) if not row["failed"]]
    kept = [row for row in finished if row["error_point"] <= POINT_ERROR_ASKED]
    return sorted(kept, key=lambda row: row["cpu_ms_per_patient"])


def ours(rows: list[Row]) -> Row | None:
    """Return ketasim's cheapest row that is exact enough."""
    return next((row for row in exact_enough(rows) if row["tool"] == US), None)


def table(rows: list[Row]) -> str:
    """Return the rows as a table of plain text."""
    us = ours(rows)
    cells = [HEADS, *(_cells(row, us) for row in ran(rows))]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in cells
    ]
    lines.insert(1, "-" * len(lines[0]))
    return "\n".join([*lines, *_skipped(rows)])


def _cells(row: Row, us: Row | None) -> tuple[str, ...]:
    ms = row["cpu_ms_per_patient"]
    ratio = f"{ms / us['cpu_ms_per_patient']:.1f}" if us else "-"
    return (
        row["tool"],
        f"{row['rtol']:g}",
        f"{row['atol']:g}",
        f"{ms:.3f}",
        f"{row['cpu_ms_per_patient_min']:.3f}",
        f"{row['error_scaled']:.1e}",
        f"{row['error_point']:.1e}" + (" " if row["error_point"] <= POINT_ERROR_ASKED else "!"),
        f"{row['compile_s_cold']:.3f}",
        f"{row['compile_s_cached']:.4f}",
        f"{row['peak_mb']:.0f}",
        ratio,
    )


def _skipped(rows: list[Row]) -> list[str]:
    return [f"{row['tool']}: skipped, {row['skipped']}" for row in rows if row.get("skipped")]


def comparison(rows: list[Row]) -> str:
    """Return what was measured, how, and what it comes to, in sentences."""
    us = ours(rows)
    lines = [_conditions(rows), ""]
    if us is None:
        return "\n".join([*lines, "ketasim has no row exact enough: there is nothing to compare."])
    best = (
        f"ketasim at rtol {us['rtol']:g} is its cheapest setting with a point error no worse than "
        f"{POINT_ERROR_ASKED:g}: {us['cpu_ms_per_patient']:.3f} ms per patient (least "
        f"{us['cpu_ms_per_patient_min']:.3f}). Against it, median to median:"
    )
    lines.append(textwrap.fill(best, 100))
    lines += _in_single(rows, us) + _against_roadrunner(rows, us) + _against_others(rows, us)
    lines += [
        _goal("compile, cold", us["compile_s_cold"], COMPILE_COLD_S),
        _goal("compile, cached", us["compile_s_cached"], COMPILE_CACHED_S),
        f"- once per installation the engine compiles its driver: import and driver take "
        f"{us['import_s_cold']:.1f} s the first time, {us['import_s_cached']:.1f} s later.",
    ]
    return "\n".join(lines)


def _in_single(rows: list[Row], us: Row) -> list[str]:
    """Return what single precision costs at the same tolerance, and what it errs."""
    return [
        f"- in single precision at rtol {row['rtol']:g}: {row['cpu_ms_per_patient']:.3f} ms (least "
        f"{row['cpu_ms_per_patient_min']:.3f}), point error {row['error_point']:.1e}, "
        f"{us['cpu_ms_per_patient'] / row['cpu_ms_per_patient']:.1f} times faster."
        for row in ran(rows)
        if row["tool"] == SINGLE and row["rtol"] == us["rtol"]
    ]


def _against_roadrunner(rows: list[Row], us: Row) -> list[str]:
    found = [row for row in ran(rows) if row["tool"] == ROADRUNNER]
    if not found:
        return [f"- {ROADRUNNER} did not run."]
    tightest = min(found, key=lambda row: row["rtol"])
    lines = [_ratio(tightest, us, TIMES_LIBROADRUNNER)]
    cheapest = exact_enough(found)
    if cheapest and cheapest[0] is not tightest:
        lines.append(_ratio(cheapest[0], us, None))
    return lines


def _against_others(rows: list[Row], us: Row) -> list[str]:
    others = [row for row in exact_enough(rows) if row["tool"] not in (US, SINGLE, ROADRUNNER)]
    if not others:
        return ["- none of the other rivals ran and was exact enough."]
    names = sorted({row["tool"] for row in others})
    fastest = {name: next(row for row in others if row["tool"] == name) for name in names}
    ordered = sorted(fastest.values(), key=lambda row: row["cpu_ms_per_patient"])
    goals = [TIMES_FASTEST_OTHER, *(None for _ in ordered[1:])]
    return [_ratio(row, us, goal) for row, goal in zip(ordered, goals, strict=True)]


def _ratio(row: Row, us: Row, goal: int | None) -> str:
    ratio = row["cpu_ms_per_patient"] / us["cpu_ms_per_patient"]
    met = f" (goal {goal}: {'met' if ratio >= goal else 'missed'})" if goal else ""
    return (
        f"- {row['tool']} {row['version']} at rtol {row['rtol']:g}: "
        f"{row['cpu_ms_per_patient']:.1f} ms, point error {row['error_point']:.1e}, "
        f"{ratio:.0f} times ketasim{met}."
    )


def _goal(what: str, seconds: float, goal_s: float) -> str:
    return (
        f"- {what}: {seconds:.3f} s (goal {goal_s:g}: {'met' if seconds <= goal_s else 'missed'})."
    )


def _conditions(rows: list[Row]) -> str:
    methods = {row["tool"]: row["method"] for row in ran(rows)}
    counts = {row["tool"]: (row["patients"], row["repeats"]) for row in ran(rows)}
    failed = {row["tool"]: row["failed"] for row in ran(rows) if row["failed"]}
    how = (
        f"On {_processor()}, Python {platform.python_version()}. CPU time of the process on one "
        "thread, median of the repeats and the least; tools take turns in fresh processes. "
        "Errors: largest over the first 32 patients, 5 outputs and 225 times; '!' is worse than "
        f"{POINT_ERROR_ASKED:g}. Compile: from SBML text to a solver, without imports and without "
        "what is the same for every model (a tool's own driver); cached: again in a new process, "
        "with what the last one kept. Peak: most memory of a process that imports, compiles and "
        "runs all of the tool's rows. Each rival runs at the absolute tolerance that served it "
        "best. Absolute times drift with the machine: compare within one run."
    )
    lines = [
        textwrap.fill(how, 100),
        *(
            f"{tool}: {method}; {counts[tool][0]} patients, {counts[tool][1]} repeats"
            for tool, method in methods.items()
        ),
        *(f"{tool}: {count} patients FAILED" for tool, count in failed.items()),
    ]
    return "\n".join(lines)


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()
