"""One study from its file to its folder, as the command line runs it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.cli import Resumable
from ketasim.cli.progress import Steps
from ketasim.report.output_folder import INTERACTIVE, output_folder
from ketasim.report.study_folder import write_folder
from ketasim.report.study_result import NOBODY
from ketasim.report.study_run import run_study as simulated
from ketasim.report.study_run import work as study_work

if TYPE_CHECKING:
    from ketasim.explorer.question import Question
    from ketasim.study.tables import Study

# Work of the interactive page, for the progress bar.
INTERACTIVE_WORK = 40


@dataclass(frozen=True)
class Options:
    """What the command line adds to a study.

    Attributes
    ----------
    threads : int or None
    report, netcdf, figures, interactive : bool
        Whether to write the report, NetCDF beside Parquet, the figures as SVG and PNG, and the
        explorer's page with this study's answers in it.
    keep : str or None
        ``"people"`` or ``"summary"``; default: by the number of people.
    scheduler : str or None
        Address of a Dask scheduler.
    check : bool
        Whether to measure the engine's own error.
    """

    threads: int | None = None
    report: bool = True
    netcdf: bool = False
    figures: bool = False
    interactive: bool = False
    keep: str | None = None
    scheduler: str | None = None
    check: bool = False


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


def work(study: Study, options: Options) -> float:
    """Return the steps of work that a study is, for the progress bar."""
    return study_work(study) + INTERACTIVE_WORK * options.interactive


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
        Names that do not exist, a bad file of people, a folder that cannot be written; what an
        interactive page cannot hold.
    """
    question = _question(study) if options.interactive else None
    parts = parts_beside(target)
    with output_folder(target) as folder:
        (folder / "results").mkdir()
        try:
            found = simulated(
                study,
                threads=options.threads,
                results=folder / "results",
                keep=options.keep,
                parts=parts,
                scheduler=options.scheduler,
                check=options.check,
                steps=steps,
            )
        except KeyboardInterrupt:
            if not parts.is_dir():
                raise
            raise Resumable(
                "interrupted; finished parts are kept, and the same command goes on from there"
            ) from None
        steps.now("writing the report")
        write_folder(
            found,
            folder,
            report=options.report,
            netcdf=options.netcdf,
            figures=options.figures,
        )
        if question is not None and found.code != NOBODY:
            steps.now("computing what lies near the question")
            _write_page(question, folder / INTERACTIVE, steps)
    shutil.rmtree(parts, ignore_errors=True)
    return Outcome(found.code, found.record, target)


def parts_beside(target: Path) -> Path:
    """Return the folder beside the target where finished parts of large arms wait for the rest."""
    target = target.absolute()
    return target.parent / f".{target.name}.parts"


def _question(study: Study) -> Question:
    """Return what the explorer's page is to answer."""
    from ketasim.explorer.question import study_question

    return study_question(study, study.file)[0]


def _write_page(question: Question, path: Path, steps: Steps) -> None:
    from ketasim.explorer.replay import replay_page

    page = replay_page(question, lambda share: steps.advance(INTERACTIVE_WORK * share))
    path.write_text(page, encoding="utf-8")
