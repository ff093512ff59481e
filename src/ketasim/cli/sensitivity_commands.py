"""The command that asks what an answer leans on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ketasim.cli.options import Json, Quiet, Threads, print_json


def sensitivity(
    study: Annotated[
        Path | None, typer.Argument(help="Study file (TOML); default: one infusion of ketamine.")
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option(help="Output of the model, default MADRS; may be given again."),
    ] = None,
    at: Annotated[
        list[str] | None, typer.Option(help="Time, default 24h and 7d; may be given again.")
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(
            help="value, change, advantage (over the control arm), peak, trough, AUC or "
            "'time to half effect'; may be given again. Default: advantage, or value "
            "without a control arm."
        ),
    ] = None,
    kind: Annotated[str, typer.Option(help="local, global or both.")] = "both",
    arm: Annotated[str | None, typer.Option(help="Arm; default: first but the control.")] = None,
    n: Annotated[int, typer.Option("--n", "-n", help="Points of each sample, a power of 2.")] = (
        1024
    ),
    kept: Annotated[int, typer.Option(help="Factors told apart; others move as one.")] = 30,
    people: Annotated[
        int, typer.Option(help="Average over so many virtual people; 1: the typical person.")
    ] = 1,
    fixed: Annotated[
        list[str] | None, typer.Option(help="Parameter that stays; may be given again.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the samples.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; default: out/sensitivity-STUDY.")
    ] = None,
    threads: Threads = None,
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Ask what an answer leans on: tornado, Sobol indices, parameters and whole mechanisms."""
    from ketasim.cli import sensitivity as command
    from ketasim.cli.progress import progress
    from ketasim.cli.sensitivity_files import print_answer
    from ketasim.report.output_folder import check_replaceable
    from ketasim.study.file import load_study

    read = load_study(study)
    asked = command.Asked(
        outputs=tuple(output or ("MADRS",)),
        measures=tuple(measure or ()),
        at=tuple(at) if at else None,
        fixed=tuple(fixed or ()),
        kind=kind,
        arm=arm,
        n=n,
        kept=kept,
        people=people,
        seed=seed,
        threads=threads,
    )
    target = out if out is not None else Path("out") / f"sensitivity-{Path(read.file).stem}"
    check_replaceable(target.absolute(), command.SENSITIVITY)
    question = command.question(read, asked)
    with progress(command.work(asked, question), quiet) as steps:
        found = command.run_sensitivity(asked, question, target, steps)
    if json_:
        print_json({"folder": str(found.folder), **found.record})
    elif not quiet:
        print_answer(found)
    raise typer.Exit(found.code)
