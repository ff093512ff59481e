"""Commands on courses of treatment: those with a name, and the search for the fewest sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ketasim.cli.options import Json, Quiet, Threads, print_json


def regimens(
    name: Annotated[
        str | None, typer.Argument(help="A name, with a choice after a comma; default: list all.")
    ] = None,
    json_: Json = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the list as docs/regimens.md has it.")
    ] = False,
) -> None:
    """List regimens that have a name, or print what one gives day by day."""
    from ketasim.cli import regimens as command
    from ketasim.dosing.named_regimens import find_regimen
    from ketasim.errors import UserError

    if markdown:
        if name is not None or json_:
            raise UserError("--markdown: prints the whole list; leave out NAME and --json")
        print(command.markdown(), end="")
    elif name is None:
        print_json(command.listing()) if json_ else command.print_list()
    elif json_:
        print_json({**command.plain(find_regimen(name)), "sessions": command.given(name)})
    else:
        command.given(name)  # what cannot be run is refused before anything is printed
        command.print_one(name)


def regimen_search(
    search: Annotated[
        Path | None, typer.Argument(help="What to search (TOML); default: a grid of 60 courses.")
    ] = None,
    aim: Annotated[str | None, typer.Option(help="As 'relapse < 20 % at 26 weeks'.")] = None,
    limit: Annotated[
        list[str] | None, typer.Option(help="Must hold as well, as 'CADSS < 10'; may be repeated.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; default: out/regimens-NAME.")
    ] = None,
    n: Annotated[int | None, typer.Option("--n", "-n", help="Virtual patients.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the patients.")] = None,
    threads: Threads = None,
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Search courses of treatment for an aim with the fewest sessions; draw the trade-off."""
    from ketasim.cli import regimen_search as command
    from ketasim.cli.progress import progress
    from ketasim.inference.regimen_grid import candidates, load_search

    asked, file = load_search(search)
    asked = command.with_options(asked, aim, limit, n, seed)
    name = search.stem if search is not None else "default"
    target = out if out is not None else Path("out") / f"regimens-{name}"
    with progress(len(candidates(asked)) + 2, quiet) as steps:
        found = command.run_search(asked, file, threads, target, steps)
    if json_:
        print_json({"folder": str(found.folder), **found.record})
    elif not quiet:
        command.print_answer(found.search, found.folder)
    raise typer.Exit(found.code)
