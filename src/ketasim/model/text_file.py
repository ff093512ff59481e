"""Read a text file, or say in one line why not."""

from __future__ import annotations

from pathlib import Path

from ketasim import input_files
from ketasim.errors import UserError


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file; raise UserError when it is missing or no such text."""
    if not path.exists():
        raise UserError(f"{path.name}: no such file in {path.parent}")
    return input_files.read_text(path, name=path.name)
