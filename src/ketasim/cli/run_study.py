"""One study from its file to its folder: results, report, record, answer."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.cli import NUMERICAL, OK, PARTIAL
from ketasim.cli.output_folder import output_folder
from ketasim.cli.progress import Steps
from ketasim.cli.record import PEOPLE_COPY, run_record, write_record
from ketasim.report.answer import answer
from ketasim.report.study_contents import report_contents
from ketasim.study.arm import Arm, simulate_arm
from ketasim.study.setup import Setup, prepare

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.inference import Attribution
    from ketasim.report.contents import LintRow
    from ketasim.study.tables import Study

# Longest course that is kept minute by minute for the typical person [h].
TYPICAL_MINUTES_H = 90 * 24
# Work of one arm and of one reading of the attribution, for the progress bar.
ARM_WORK, READING_WORK = 10, 10


@dataclass(frozen=True)
class Options:
    """What the command line adds to a study.

    Attributes
    ----------
    threads : int or None
    report, netcdf, figures : bool
        Whether to write the report, NetCDF beside Parquet, and the figures as SVG and PNG.
    """

    threads: int | None = None
    report: bool = True
    netcdf: bool = False
    figures: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes
    ----------
    code : int
        Exit code: 0, 4 (nobody of an arm could be simulated) or 5 (some could not).
    record : dict
        As in ``run.json``; ``answer`` inside.
    folder : Path
    """

    code: int
    record: dict[str, Any]
    folder: Path


def run_study(
    study: Study, file: str, inputs: Path, target: Path, options: Options, steps: Steps
) -> Outcome:
    """Run a study and put everything it gives into the folder ``target``.

    Parameters
    ----------
    study : Study
    file : str
        The study file as messages name it.
    inputs : Path
        Folder of the files it names.
    target : Path
        Appears, or is replaced, when all is done.
    options : Options
    steps : Steps
        Told how far the work is.

    Raises
    ------
    UserError
        Names that do not exist, a bad file of people, a folder that cannot be written.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    with output_folder(target) as folder:
        steps.now("assembling the model")
        setup = prepare(study, file, inputs)
        (folder / "results").mkdir()
        arms = _arms(setup, folder / "results", options, steps)
        typical = _typical(setup, folder / "results", options)
        failures = [arm.failed / arm.n for arm in arms.values()]
        code = NUMERICAL if 1.0 in failures else PARTIAL if any(failures) else OK
        shares = _attribution(setup, options, steps) if code != NUMERICAL else []
        record = run_record(setup, arms, file, started)
        steps.now("writing the report")
        contents = report_contents(
            setup, arms, shares, typical, _lint(setup, options), _facts(record)
        )
        record |= {"answer": answer(contents), "exit_code": code}
        if options.report:
            from ketasim.report import write_report

            write_report(contents, folder / "report.html")
        if options.figures:
            from ketasim.report import save_figures

            steps.now("writing the figures")
            save_figures(contents, folder / "figures")
        record["wall_s"] = round(time.perf_counter() - clock, 2)
        write_record(record, folder)
    return Outcome(code, record, target)


def work(study: Study) -> float:
    """Return the steps of work a study is, for the progress bar."""
    readings = len(study.attribution.readings) if study.attribution.on else 0
    return ARM_WORK * len(study.arms) + READING_WORK * readings


def _arms(setup: Setup, results: Path, options: Options, steps: Steps) -> dict[str, Arm]:
    """Simulate every arm and write its file; list what the columns are beside them."""
    arms = {}
    for name in setup.regimens:
        steps.now(f"simulating {name}")
        arms[name] = simulate_arm(
            setup,
            name,
            results / f"{name}.parquet",
            threads=options.threads,
            advance=lambda share: steps.advance(ARM_WORK * share),
        )
        if options.netcdf:
            from ketasim.simulation import write_netcdf

            write_netcdf(arms[name].result, results / f"{name}.nc")
    if setup.people_file is not None:
        shutil.copyfile(setup.people_file, results.parent / PEOPLE_COPY)
    _write_columns(setup, results / "columns.csv")
    return arms


def _write_columns(setup: Setup, path: Path) -> None:
    """Write name, unit, label and mechanism of each column of the results."""
    import csv

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


def _typical(setup: Setup, results: Path, options: Options) -> dict[str, xr.DataArray]:
    """Simulate the typical person minute by minute in each arm, and write it."""
    from ketasim.simulation import simulate, write_parquet

    end_h = float(setup.times_h[-1])
    if not setup.study.typical:
        return {}
    minutes = np.arange(int(end_h * 60) + 1) / 60
    times_h = minutes if end_h <= TYPICAL_MINUTES_H else setup.times_h
    person = replace(setup.population, n=1, between_person=False, given=None)
    found = {}
    for name, regimen in setup.regimens.items():
        found[name] = simulate(
            setup.model,
            regimen,
            person,
            times_h,
            setup.study.outputs,
            rtol=setup.study.tolerance,
            threads=options.threads,
        )
        write_parquet([found[name]], results / "typical" / f"{name}.parquet")
    return found


def _attribution(setup: Setup, options: Options, steps: Steps) -> list[Attribution]:
    """Divide the fall in MADRS of the main arm among the mechanisms, in each reading."""
    asked = setup.study.attribution
    if not asked.on or "MADRS" not in setup.model.outputs:
        return []
    from ketasim.dosing.quantities import hours
    from ketasim.inference import BLOCKED, LEFT_AT_REST, attribute

    readings = {"rest": LEFT_AT_REST, "blocked": BLOCKED}
    population = replace(setup.population, n=min(asked.n, setup.population.n))
    times_h = sorted({hours(text) for text in asked.times})
    found = []
    for reading in asked.readings:
        steps.now(f"attribution, mechanisms {readings[reading]}")
        done = _Share(steps)
        found.append(
            attribute(
                setup.model,
                setup.regimens[setup.study.main_arm],
                population,
                times_h,
                reading=readings[reading],
                threads=options.threads,
                progress=done,
            )
        )
    return found


class _Share:
    """Turns "so many of so many" into progress of the whole run."""

    def __init__(self, steps: Steps) -> None:
        self._steps, self._last = steps, 0

    def __call__(self, done: int, total: int) -> None:
        self._steps.advance(READING_WORK * (done - self._last) / total)
        self._last = done


def _lint(setup: Setup, options: Options) -> Sequence[LintRow]:
    """Return what lint says of the model, for the report."""
    if not options.report:
        return ()
    from ketasim.cli.model_lint import lint_rows

    return lint_rows(setup.model)


def _facts(record: dict[str, Any]) -> dict[str, str]:
    """Return the provenance that the report prints."""
    keys = ("program", "started_utc", "machine", "study_file", "model_hash", "population")
    facts = {key: str(record[key]) for key in (*keys, "seed", "tolerance")}
    facts |= {f"version of {name}": text for name, text in record["versions"].items()}
    facts |= {f"SHA-256 of {name}": arm["sha256"] for name, arm in record["arms"].items()}
    return facts
