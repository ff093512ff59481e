"""Read a text file, or say in one line why not."""

from __future__ import annotations

from pathlib import Path

from ketasim.errors import UserError


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file; raise UserError when it is missing or no such text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{path.name}: no such file in {path.parent}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name}: not UTF-8 text at byte {error.start}") from None
