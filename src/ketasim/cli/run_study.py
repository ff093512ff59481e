"""One study from its file to its folder, as the command line runs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.cli.progress import Steps
from ketasim.report.output_folder import output_folder
from ketasim.report.study_folder import write_folder
from ketasim.report.study_run import run_study as simulated
from ketasim.report.study_run import work

if TYPE_CHECKING:
    from ketasim.study.tables import Study

__all__ = ["Options", "Outcome", "run_study", "work"]


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


def run_study(study: Study, target: Path, options: Options, steps: Steps) -> Outcome:
    """Run a study and put everything it gives into the folder ``target``.

    Parameters
    ----------
    study : Study
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
    with output_folder(target) as folder:
        (folder / "results").mkdir()
        found = simulated(study, threads=options.threads, results=folder / "results", steps=steps)
        steps.now("writing the report")
        write_folder(
            found,
            folder,
            report=options.report,
            netcdf=options.netcdf,
            figures=options.figures,
        )
    return Outcome(found.code, found.record, target)
