"""The command that writes books."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def book(
    out: Annotated[Path, typer.Option(help="Folder to write.")] = Path("out/book"),
    evidence: Annotated[
        Path | None,
        typer.Option(help="Folder of 'ketasim evidence --out', to show its predictions."),
    ] = None,
) -> None:
    """Write the model and the evidence as books: equations, numbers, sources, verdicts."""
    from ketasim.cli.book import write_books

    for path in write_books(out, evidence):
        print(path)
