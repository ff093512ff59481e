"""Commands on rival explanations: how they stand, and which experiment would tell them apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ketasim.cli.options import Json, Quiet, print_json


def tournament(
    hypotheses: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names that ship, or files of your own (TOML), which are computed and compete "
            "with those that ship; default: all that ship.",
            metavar="[HYPOTHESIS|FILE]...",
        ),
    ] = None,
    run: Annotated[
        bool, typer.Option("--run", help="Compute anew, minutes for each, resumable.")
    ] = False,
    particles: Annotated[int, typer.Option(help="Points of each cloud, a multiple of 16.")] = 512,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws.")] = 1,
    renew: Annotated[
        bool, typer.Option("--renew", help="Compute all and rewrite the draws that ship.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder to write.")] = Path("out/tournament"),
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Let rival explanations compete on the same evidence: weights, misses, what is not known."""
    from ketasim.cli import tournament as command
    from ketasim.cli.progress import progress
    from ketasim.cli.tournament_files import print_answer
    from ketasim.errors import UserError
    from ketasim.report.output_folder import check_replaceable

    asked = command.Asked(tuple(hypotheses or ()), run or renew, particles, seed)
    if renew and asked.hypotheses:
        raise UserError("--renew: computes every hypothesis that ships; leave out names and files")
    computed = command.checked(asked)
    check_replaceable(out.absolute(), command.TOURNAMENT)
    with progress(command.work(computed), quiet) as steps:
        if renew:
            command.renew(asked, command.parts_beside(out), steps)
            asked = command.Asked((), False, particles, seed)
        found = command.run_tournament(asked, () if renew else computed, out, steps)
    if json_:
        print_json({"folder": str(found.folder), **found.record})
    elif not quiet:
        print_answer(found.summary, found.folder)
    raise typer.Exit(found.code)


def next_experiment(
    about: Annotated[
        str | None, typer.Option(help="A parameter; default: which hypothesis is right.")
    ] = None,
    readout: Annotated[
        list[str] | None, typer.Option(help="Only such read-outs; may be given again.")
    ] = None,
    preparation: Annotated[
        list[str] | None, typer.Option(help="Only human, mouse, rat or bath; may be repeated.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=100, help="How many to show.")] = 10,
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Say which experiment would tell most, what each hypothesis expects of it, and its size.

    Options simulate designs anew, a minute or two; without them the shipped ranking is read.
    """
    from ketasim.cli import tournament as command
    from ketasim.cli.progress import progress
    from ketasim.cli.tournament_files import print_proposals
    from ketasim.inference.tournament.summary import plain

    with progress(1.0, quiet) as steps:
        found = command.proposals(about, readout or (), preparation or (), steps)
    if json_:
        print_json(plain(found)["proposed"][:top])
    else:
        print_proposals(found, top)
