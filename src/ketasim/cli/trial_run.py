"""One trial from its file to its folder: tables, page, record, answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.cli import NUMERICAL, OK, PARTIAL, Resumable
from ketasim.cli.progress import Steps
from ketasim.report.output_folder import RECORD, Kind, output_folder
from ketasim.report.run_record import FORMAT, file_hash, write_record

if TYPE_CHECKING:
    from ketasim.trial.plan import Plan
    from ketasim.trial.replicates import Row
    from ketasim.trial.results import Contrast, TrialResult
    from ketasim.trial.running import Replicate
    from ketasim.trial.trial_file import Trial

TRIAL = Kind(RECORD, frozenset({RECORD, "report.html", "results", "figures"}))
# Steps of the progress bar besides the replicates.
BEFORE, AFTER = 1, 1


@dataclass(frozen=True)
class Options:
    """What the command line adds to a trial.

    Attributes
    ----------
    threads : int or None
    report, figures : bool
        Whether to write the page, and the figures as SVG and PNG.
    """

    threads: int | None = None
    report: bool = True
    figures: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a trial ended: exit code, what ``run.json`` holds, folder, result and contrasts."""

    code: int
    record: dict[str, Any]
    folder: Path
    result: TrialResult
    contrasts: tuple[Contrast, ...]


def work(trial: Trial) -> float:
    """Return the steps of work a trial is, for the progress bar."""
    return BEFORE + trial.replicates + AFTER


def run_trial(trial: Trial, file: str, target: Path, options: Options, steps: Steps) -> Outcome:
    """Run a trial and put everything it gives into the folder ``target``.

    Parameters
    ----------
    trial : Trial
    file : str
        The trial file as messages name it.
    target : Path
        Appears, or is replaced, when all is done.
    options : Options
    steps : Steps
        Told how far the work is.

    Raises
    ------
    UserError
        Names that do not exist, nobody who qualifies, a folder that cannot be written.
    Resumable
        Interrupted while replicates were running.
    """
    from ketasim.trial.plan import planned, told_with

    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    steps.now("assembling the model")
    plan = planned(trial, file)
    steps.advance(BEFORE)
    store = kept_in(plan, target)
    with told_with(file):
        rows = _replicates(plan, store, options, steps)
        first, result, contrasts = one_trial(plan, rows, options.threads)
    with output_folder(target, TRIAL) as folder:
        from ketasim.cli.trial_tables import write_tables

        steps.now("writing tables and page")
        write_tables(plan, first, result, contrasts, rows, folder / "results")
        code = exit_code(plan, first, rows)
        record = _record(plan, result, file, started, folder / "results")
        result = replace(result, provenance=_facts(record))
        if options.report:
            from ketasim.report.files import write_file
            from ketasim.report.trial_page import trial_page

            write_file(folder / "report.html", trial_page(result).encode("utf-8"))
        if options.figures:
            from ketasim.report.trial_page import save_trial_figures

            save_trial_figures(result, folder / "figures")
        record |= {"answer": answer(result, contrasts), "exit_code": code}
        record["wall_s"] = round(time.perf_counter() - clock, 2)
        write_record(record, folder)
    forget(store)
    steps.advance(AFTER)
    return Outcome(code, record, target, result, contrasts)


def kept_in(plan: Plan, target: Path) -> Path:
    """Return the folder beside the target where finished replicates wait for the rest."""
    from ketasim.simulation.provenance import versions
    from ketasim.trial.replicates import identity

    target = target.absolute()
    key = identity(plan, versions())
    return target.parent / f".{target.name}.replicates" / key[:16]


def forget(store: Path) -> None:
    """Remove replicates that are no longer waited for; those of other trials stay."""
    import shutil

    if store.is_dir():
        shutil.rmtree(store, ignore_errors=True)
        if not any(store.parent.iterdir()):
            store.parent.rmdir()


def one_trial(
    plan: Plan, rows: Sequence[Row], threads: int | None
) -> tuple[Replicate, TrialResult, tuple[Contrast, ...]]:
    """Return the trial in the middle of all, with what replicates say where there are many."""
    from ketasim.trial.analysis import contrasts
    from ketasim.trial.verb import middle_trial

    first, result = middle_trial(plan, rows, threads)
    return first, result, contrasts(result)


def _replicates(plan: Plan, store: Path, options: Options, steps: Steps) -> tuple[Row, ...]:
    """Run the replicates, where more than one is asked for; what is done stays when stopped."""
    from ketasim.trial.replicates import finished, run_replicates

    wanted = plan.trial.replicates
    steps.now("simulating" if wanted == 1 else f"simulating {wanted:,} replicates")
    if wanted == 1:
        steps.advance(1)
        return ()
    try:
        return run_replicates(plan, store, wanted, threads=options.threads, done=steps.advance)
    except KeyboardInterrupt:
        raise Resumable(
            f"interrupted; {finished(store):,} of {wanted:,} replicates are kept, and the same "
            "command goes on from there"
        ) from None


def exit_code(plan: Plan, first: Replicate, rows: Sequence[Row]) -> int:
    """Say whether every patient could be simulated, some, or none."""
    failed = max([first.failed, *(row.failed for row in rows)])
    if first.failed >= plan.trial.design.n:
        return NUMERICAL
    return PARTIAL if failed else OK


def _record(
    plan: Plan, result: TrialResult, file: str, started: str, results: Path
) -> dict[str, Any]:
    """Return the provenance of a trial as plain data."""
    import platform

    from ketasim import __version__
    from ketasim.cli.trial_tables import REPLICATES, VISITS
    from ketasim.simulation.provenance import versions
    from ketasim.trial.replicates import tables_sha256

    made = [name for name in (VISITS, REPLICATES) if (results / name).exists()]
    return {
        "format": FORMAT,
        "kind": "trial",
        "program": f"ketasim {__version__}",
        "started_utc": started,
        "versions": versions(),
        "machine": f"{platform.system()} {platform.machine()}",
        "trial_file": Path(file).name,
        "trial": plan.trial.plain(),
        "model_hash": plan.model.hash,
        "mechanisms": list(plan.model.mechanisms),
        "tables_sha256": tables_sha256(),
        "population": result.population,
        "seed": plan.trial.seed,
        "replicates": plan.trial.replicates,
        "arms": {
            arm.name: {
                "given": arm.given,
                "n": arm.n,
                "left": int((arm.left_h < float("inf")).sum()),
            }
            for arm in result.arms
        },
        "outputs_sha256": {name: file_hash(results / name) for name in made},
    }


def _facts(record: dict[str, Any]) -> dict[str, str]:
    """Return the provenance that the page prints."""
    keys = ("program", "started_utc", "machine", "trial_file", "model_hash", "seed", "replicates")
    facts = {key: str(record[key]) for key in keys}
    facts |= {f"version of {name}": text for name, text in record["versions"].items()}
    facts |= {f"SHA-256 of {name}": text for name, text in record["outputs_sha256"].items()}
    return facts


def answer(result: TrialResult, contrasts: Sequence[Contrast]) -> dict[str, Any]:
    """Return what came out as plain data: endpoints, contrasts, and what replicates say."""
    from ketasim.cli.trial_tables import endpoint_rows
    from ketasim.trial.power import assurance, spread

    found: dict[str, Any] = {
        "primary": result.primary.name,
        "endpoints": endpoint_rows(result),
        "contrasts": [asdict(each) for each in contrasts],
    }
    found["replicates"] = []
    for each in result.replicates:
        share = assurance(each.estimate, each.p, each.better, each.draw)
        found["replicates"].append(
            {
                "endpoint": each.endpoint,
                "arm": each.arm,
                "control": each.control,
                "measure": each.measure,
                "n": each.n,
                "share_won": asdict(share),
                "estimates": asdict(spread(each.estimate, each.se)),
            }
        )
    return found
