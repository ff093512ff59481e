"""``ketasim trial``: what it takes, and what it prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ketasim.cli.options import Json, Quiet, Threads, print_json
from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.cli.trial_run import Outcome


def trial(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="TRIAL", help="Trial file (TOML); default: one infusion against midazolam."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; default: out/ and the trial's name.")
    ] = None,
    n: Annotated[int | None, typer.Option("--n", "-n", help="Patients in all.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of patients and luck.")] = None,
    replicates: Annotated[
        int | None, typer.Option("--replicates", "-r", help="How often the trial is run.")
    ] = None,
    example: Annotated[
        str | None, typer.Option("--example", help="A shipped trial, by name.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Print the trial file and stop.")] = False,
    threads: Threads = None,
    quiet: Quiet = False,
    json_: Json = False,
    figures: Annotated[bool, typer.Option("--figures", help="Write figures/ (SVG, PNG).")] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report.html.")] = True,
) -> None:
    """Run a trial: randomise, treat, rate, compare; --replicates for power and assurance."""
    from ketasim.cli.progress import progress
    from ketasim.cli.trial_examples import example as shipped
    from ketasim.cli.trial_run import TRIAL, Options, run_trial, work
    from ketasim.report.output_folder import check_replaceable
    from ketasim.toml_tables import read_text
    from ketasim.trial.trial_file import load_trial, with_options

    if file is not None and example is not None:
        raise UserError(f"--example: give a file or an example, not both ({file}, {example})")
    path = file if file is not None else shipped(example)
    if show:
        print(read_text(path), end="")
        return
    name = str(path) if file is not None else path.name
    asked = with_options(load_trial(path, name), n=n, seed=seed, replicates=replicates)
    target = out if out is not None else Path("out") / f"trial-{path.stem}"
    check_replaceable(target.absolute(), TRIAL)
    with progress(work(asked), quiet) as steps:
        ended = run_trial(asked, name, target, Options(threads, report, figures), steps)
    if json_:
        print_json({"folder": str(ended.folder), **ended.record})
    elif not quiet:
        _print_answer(ended, report)
    _say_failures(ended)
    raise typer.Exit(ended.code)


def _print_answer(ended: Outcome, report: bool) -> None:
    from rich.console import Console

    from ketasim.cli.trial_answer import answer_lines

    console = Console(highlight=False, markup=False)
    for line in answer_lines(ended.result, ended.contrasts):
        console.print(line, soft_wrap=True)
    console.print(
        f"\nresults: {ended.folder}/results   record: {ended.folder}/run.json", soft_wrap=True
    )
    if report:
        console.print(f"report:  {ended.folder}/report.html", soft_wrap=True)
    console.print("For research; not medical advice.")


def _say_failures(ended: Outcome) -> None:
    if ended.code:
        print("ketasim: some patients could not be simulated; see report", file=sys.stderr)
