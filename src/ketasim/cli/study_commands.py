"""Commands that simulate: run a study, run it again, screen molecules."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ketasim.cli import OK, REGRESSION
from ketasim.cli.options import Json, Quiet, Threads, print_json


def run(
    study: Annotated[
        Path | None, typer.Argument(help="Study file (TOML); default: one infusion of ketamine.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; default: out/ and the study's name.")
    ] = None,
    n: Annotated[int | None, typer.Option("--n", "-n", help="Individuals per arm.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the population.")] = None,
    threads: Threads = None,
    quiet: Quiet = False,
    json_: Json = False,
    netcdf: Annotated[bool, typer.Option("--netcdf", help="Write NetCDF as well.")] = False,
    figures: Annotated[bool, typer.Option("--figures", help="Write figures/ (SVG, PNG).")] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report.html.")] = True,
    interactive: Annotated[
        bool,
        typer.Option("--interactive", help="Write interactive.html: the explorer in one file."),
    ] = False,
    keep: Annotated[
        str | None,
        typer.Option(help="people, or summary; default: summary above 100,000 per arm."),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask scheduler that simulates, as tcp://host:8786.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Measure the engine's own error; exit 3 if too large.")
    ] = False,
) -> None:
    """Run a study: simulate its arms, attribute the effect, write results and report."""
    from ketasim.cli.progress import progress
    from ketasim.cli.run_study import Options, run_study, work
    from ketasim.report.output_folder import check_replaceable
    from ketasim.simulation.on_cluster import check_scheduler
    from ketasim.study.file import load_study, with_options
    from ketasim.study.large_arm import kept

    asked = with_options(load_study(study), n=n, seed=seed)
    target = out if out is not None else Path("out") / Path(asked.file).stem
    check_replaceable(target.absolute())
    if scheduler is not None:
        check_scheduler(scheduler)
    if keep is not None or scheduler is not None:
        kept(keep, 1, scheduler)
    options = Options(threads, report, netcdf, figures, interactive, keep, scheduler, check)
    with progress(work(asked, options), quiet) as steps:
        ended = run_study(asked, target, options, steps)
    if json_:
        print_json({"folder": str(ended.folder), **ended.record})
    elif not quiet:
        _print_answer(ended.record, ended.folder)
    _say_failures(ended.record)
    raise typer.Exit(ended.code)


def reproduce(
    record: Annotated[Path, typer.Argument(help="run.json, or the folder it lies in.")],
    threads: Threads = None,
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Run a recorded study or trial again and compare. Exit 3 where the results differ."""
    from ketasim.cli.progress import progress
    from ketasim.cli.record import read_record
    from ketasim.cli.reproduce import reproduce_run
    from ketasim.cli.trial_reproduce import reproduce_trial

    again = reproduce_trial if "trial" in read_record(record) else reproduce_run
    with progress(1.0, quiet) as steps:
        found = again(record, threads, steps)
    if json_:
        print_json(found.plain())
    elif not quiet:
        print("\n".join(found.lines()))
    raise typer.Exit(OK if found.same else REGRESSION)


def screen(
    candidates: Annotated[
        Path | None, typer.Argument(help="File of molecules (CSV); default: eight known ones.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; default: out/screen-NAME.")
    ] = None,
    n: Annotated[int, typer.Option("--n", "-n", min=10, help="Draws of what is not known.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of patients and draws.")] = 1,
    columns: Annotated[
        bool, typer.Option("--columns", help="Print every column a file may have.")
    ] = False,
    threads: Threads = None,
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Screen molecules: how fast, how lasting, how dissociating, and which no other beats."""
    from ketasim.cli import screen as command
    from ketasim.cli.progress import progress
    from ketasim.cli.screen_files import print_answer, print_columns

    if columns:
        print_columns()
        return
    molecules = command.read(candidates)
    name = candidates.stem if candidates is not None else "known"
    target = out if out is not None else Path("out") / f"screen-{name}"
    with progress(len(molecules) + 2, quiet) as steps:
        found = command.run_screen(molecules, candidates, n, seed, threads, target, steps)
    if json_:
        print_json({"folder": str(found.folder), **found.record})
    elif not quiet:
        print_answer(found.screened, found.folder)
    raise typer.Exit(found.code)


def schema(
    trial: Annotated[bool, typer.Option("--trial", help="Of trial files.")] = False,
) -> None:
    """Print the JSON schema of study files, for editors."""
    from ketasim.study.file import study_schema
    from ketasim.trial.trial_file import trial_schema

    print(trial_schema() if trial else study_schema(), end="")


def _print_answer(record: dict[str, Any], folder: Path) -> None:
    from rich.console import Console

    from ketasim.cli.answer import answer_lines, answer_table, check_line

    console = Console(highlight=False, markup=False)
    console.print(record["study"]["title"])
    for name, arm in record["arms"].items():
        console.print(f"  {name}: {arm['regimen']}, {arm['n']:,} individuals", soft_wrap=True)
    console.print(answer_table(record["answer"]))
    for line in answer_lines(record["answer"]):
        console.print(line, soft_wrap=True)
    for name, told in record.get("check", {}).items():
        console.print(f"check of {name}: {check_line(told)}", soft_wrap=True)
    console.print(f"\nresults: {folder}/results   record: {folder}/run.json", soft_wrap=True)
    for page, name in (("report:  ", "report.html"), ("explorer:", "interactive.html")):
        if (folder / name).is_file():
            console.print(f"{page} {folder}/{name}", soft_wrap=True)
    console.print("For research; not medical advice.")


def _say_failures(record: dict[str, Any]) -> None:
    for name, told in record.get("check", {}).items():
        wrong = [one for one, errors in told["outputs"].items() if errors["broken"]]
        if wrong:
            print(
                f"ketasim: errors larger than promised in {name}: {', '.join(wrong)}; give the "
                "study a smaller tolerance",
                file=sys.stderr,
            )
    for name, arm in record["arms"].items():
        if arm["failed"]:
            reasons = ", ".join(f"{s}: {k}" for s, k in arm["statuses"].items() if s != "ok")
            print(
                f"ketasim: {arm['failed']} of {arm['n']} individuals of {name} failed ({reasons})",
                file=sys.stderr,
            )
