"""How examples are executed: with this ketasim, in plain text, kernels that never meet."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from myst_nb.core import render
from nbclient import NotebookClient

if TYPE_CHECKING:
    from sphinx.application import Sphinx

RUNTIME = "JUPYTER_RUNTIME_DIR"
_THEIR_INIT = NotebookClient.__init__
_THEIR_JOIN = render.coalesce_streams


def prepare_commands() -> None:
    """Let commands in examples find this ketasim, and print plain text of a page's width."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ |= {"NO_COLOR": "1", "COLUMNS": "112"}


def through_files(self: NotebookClient, *given: Any, **named: Any) -> None:
    """Make a client whose kernel listens on files: two that start at once may share a port."""
    _THEIR_INIT(self, *given, **named)
    self.config.KernelManager.transport = "ipc"
    self.config.KernelManager.connection_file = f"{os.environ[RUNTIME]}/{uuid4().hex}.json"


def joined(outputs: list[Any]) -> list[Any]:
    """Return outputs of a cell, the pieces of a stream as one.

    MyST-NB ends every piece that a kernel sends with a new line, which tears lines and tables.
    """
    streams: dict[str, Any] = {}
    kept = []
    for output in outputs:
        if output["output_type"] == "stream":
            if output["name"] in streams:
                streams[output["name"]]["text"] += output["text"]
                continue
            streams[output["name"]] = output
        kept.append(output)
    return _THEIR_JOIN(kept)


def setup(app: Sphinx) -> dict[str, bool]:
    """Set all that before the first page is read."""
    prepare_commands()
    if os.name == "posix":
        folder = tempfile.mkdtemp(prefix="ketasim-")  # short: a socket's path has 107 characters
        owner = os.getpid()
        atexit.register(lambda: os.getpid() == owner and shutil.rmtree(folder, True))
        os.environ[RUNTIME] = folder
        NotebookClient.__init__ = through_files
    render.coalesce_streams = joined
    return {"parallel_read_safe": True, "parallel_write_safe": True}
