"""The command that opens the explorer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ketasim.cli.options import Threads


def explore(
    study: Annotated[
        Path | None, typer.Argument(help="Study file (TOML) to begin with; default: one infusion.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Default: the first free one from 8765 on."),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; by default only this machine can reach it.")
    ] = "127.0.0.1",
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the browser.")
    ] = True,
    threads: Threads = None,
) -> None:
    """Ask in the browser: doses, schedules and mechanisms on sliders. Stop with Ctrl-C."""
    from ketasim.cli import explore as command

    start, notes = command.start_question(study)
    listening = command.bound(host, port)
    for note in notes:
        print(f"ketasim: {study}: {note}", file=sys.stderr)
    command.serve(listening, host, start, browser=browser, threads=threads)
