"""What examples print names no place of the machine that built the page, or the build warns."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from house import ROOT
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_LOGGER = logging.getLogger(__name__)


def places() -> tuple[str, ...]:
    """Return the beginnings of paths that only this machine has."""
    found = {ROOT, Path(tempfile.gettempdir()), Path.home(), Path(sys.prefix)}
    return tuple(sorted(f"{path}/" for path in found if path != Path("/")))


def _on_read(app: Sphinx, tree: nodes.document) -> None:
    for cell in tree.findall(nodes.container):
        if "cell_output" not in cell["classes"]:
            continue
        for block in cell.findall(nodes.literal_block):
            for place in places():
                if place in block.astext():
                    _LOGGER.warning("an example prints %s", place, location=app.env.docname)


def setup(app: Sphinx) -> dict[str, bool]:
    """Look at every page once it is executed and read."""
    app.connect("doctree-read", _on_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
