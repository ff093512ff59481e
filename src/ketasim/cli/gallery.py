"""The command that draws every plot of the field."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ketasim.cli.options import Json, Quiet, print_json


def gallery(
    out: Annotated[Path, typer.Option(help="Folder to write.")] = Path("out/gallery"),
    only: Annotated[
        list[str] | None, typer.Option(help="A figure by name; may stand several times.")
    ] = None,
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Draw every plot of the field from small runs: a page with code, and SVG, PDF and PNG."""
    from ketasim.cli.progress import progress
    from ketasim.cli.trial_examples import folder
    from ketasim.report.gallery import chosen_exhibits, gallery_kind, write_gallery
    from ketasim.report.output_folder import check_replaceable

    chosen = chosen_exhibits(only or ())
    check_replaceable(out.absolute(), gallery_kind())
    with progress(len(chosen) + 1.0, quiet) as steps:

        def now(text: str) -> None:
            steps.advance()
            steps.now(text)

        files = write_gallery(out, folder(), only or (), now)
    if json_:
        print_json({"folder": str(out), "files": [path.name for path in files]})
    elif not quiet:
        print(f"{len(chosen)} figures: {out / 'index.html'}")
