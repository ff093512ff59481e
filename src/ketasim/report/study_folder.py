"""The folder of a run: results, copies of what it was made from, report, record."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ketasim.report.run_record import input_copies, write_record
from ketasim.report.summary_answer import write_summary
from ketasim.study.arm import simulate_arm

if TYPE_CHECKING:
    from ketasim.report.study_result import StudyResult
    from ketasim.study.setup import Setup


def write_arms(result: StudyResult, results: Path) -> None:
    """Write every arm of a result that was not written while it was simulated.

    An arm too large to be kept in memory is simulated again; the numbers are the same.
    """
    from ketasim.simulation import write_parquet

    for name, arm in result.arms.items():
        path = results / f"{name}.parquet"
        if arm.summary is not None:
            continue  # `write_folder` writes it
        if arm.is_whole(result.setup):
            write_parquet(arm.kept, path)
        else:
            simulate_arm(result.setup, name, path, threads=result.threads)


def write_folder(
    result: StudyResult, folder: Path, *, report: bool, netcdf: bool, figures: bool
) -> None:
    """Write all but the arms themselves into the folder of a run.

    Parameters
    ----------
    result : StudyResult
    folder : Path
        Where the arms lie in ``results`` already.
    report, netcdf, figures : bool
        Whether to write the report, NetCDF beside Parquet, the figures.
    """
    from ketasim.simulation import write_netcdf, write_parquet

    results = folder / "results"
    results.mkdir(exist_ok=True)
    for name, course in result.typical.items():
        write_parquet([course], results / "typical" / f"{name}.parquet")
    for name, arm in result.arms.items():
        if arm.summary is not None:
            write_summary(arm.summary, results / f"{name}.summary.csv")
        if netcdf:
            kept = arm.result if arm.summary is None else arm.summary
            write_netcdf(kept, results / f"{name}.nc")
    _copy_inputs(result.setup, folder)
    _write_columns(result.setup, results / "columns.csv")
    if report or figures:
        from ketasim.report import save_figures, write_report
        from ketasim.report.lint_rows import lint_rows

        contents = result.contents(lint_rows(result.setup.model) if report else ())
        if report:
            write_report(contents, folder / "report.html")
        if figures:
            save_figures(contents, folder / "figures")
    write_record(result.record, folder)


def _copy_inputs(setup: Setup, folder: Path) -> None:
    for copy, file in input_copies(setup).items():
        target = folder / copy
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def _write_columns(setup: Setup, path: Path) -> None:
    """Write name, unit, label and mechanism of each column of the results."""
    rows = [
        ("individual", "", "number of the individual, from 0; the same person in every arm", ""),
        ("time_h", "h", "time since the start of the study", ""),
        ("status", "", "ok, or why the engine gave the individual up; numbers are then NaN", ""),
    ]
    for name in setup.study.outputs:
        output = setup.model.outputs[name]
        rows.append((name, output.unit, output.label, output.mechanism))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("column", "unit", "label", "mechanism"))
        writer.writerows(rows)
