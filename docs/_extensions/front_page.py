"""The explorer in one file beside the front page, with the answers of its first question in it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from house import ROOT, cache_folder

if TYPE_CHECKING:
    from sphinx.application import Sphinx

NAME = "explorer.html"


def page(kept: Path) -> str:
    """Return the page, from ``kept`` where the program has not changed since it was written there.

    Computing its answers takes half a minute.
    """
    from importlib.resources import files

    from ketasim.explorer.catalogue import default_question
    from ketasim.explorer.replay import replay_page

    shell = files("ketasim.explorer").joinpath("page")
    built = b"".join(each.read_bytes() for each in sorted(shell.iterdir(), key=str))
    path = kept / f"explorer-{hashlib.sha256(built).hexdigest()[:16]}.html"
    if not path.is_file():
        path.write_text(replay_page(default_question()), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def _write(app: Sphinx, failure: Exception | None) -> None:
    if failure is None and app.builder.format == "html":
        text = page(cache_folder(ROOT))
        (Path(app.outdir) / NAME).write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the page when the others are written."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
