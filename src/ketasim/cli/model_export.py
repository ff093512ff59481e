"""The assembled model as files that other programs read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ketasim.errors import UserError


def export_model(sbml: Path | None, antimony: Path | None, without: Iterable[str]) -> list[Path]:
    """Write the model as SBML, Antimony or both; return the files written.

    Raises
    ------
    UserError
        Neither file asked for, an unknown mechanism, a file that cannot be written.
    """
    if sbml is None and antimony is None:
        raise UserError("export: give --sbml FILE, --antimony FILE or both")
    from ketasim.model import assemble

    model = assemble(without=tuple(without))
    written = []
    for path, text in ((sbml, model.sbml), (antimony, model.antimony)):
        if path is not None:
            _write(path, text)
            written.append(path)
    return written


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from None
    finally:
        if beside.is_file():
            beside.unlink()
