"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ketasim.errors import UserError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path beside ``path`` that takes its name when the block ends well.

    When the block raises, or the program is interrupted, ``path`` stays as it was.

    Raises
    ------
    UserError
        The place cannot be written.
    """
    check_writable(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield beside
        os.replace(beside, path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``path`` that takes its place when the block ends well.

    Raises
    ------
    UserError
        ``path`` is there and not empty, or cannot be written.
    """
    check_new_folder(path)
    beside = path.absolute().with_name(f".{path.absolute().name}.{os.getpid()}.tmp")
    try:
        beside.mkdir()
        yield beside
        if path.is_dir():
            path.rmdir()
        beside.rename(path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def check_writable(path: Path) -> None:
    """Raise `UserError` unless a file can be put at ``path``; nothing is written."""
    parent = path.absolute().parent
    if not parent.is_dir():
        raise UserError(f"cannot write {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise UserError(f"cannot write {path}: it is a folder; give a file")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise UserError(f"cannot write {path}: the folder {path.parent} is not writable")


def check_new_folder(path: Path) -> None:
    """Raise `UserError` unless ``path`` is an empty folder, or one that can be made."""
    parent = path.absolute().parent
    if path.exists() and not path.is_dir():
        raise UserError(f"cannot write {path}: it is a file; give a folder")
    if not parent.is_dir():
        raise UserError(f"cannot write {path}: there is no folder {path.parent}")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise UserError(f"cannot write {path}: the folder {path.parent} is not writable")
    if path.is_dir():
        try:
            found = sorted(os.listdir(path))
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror}") from None
        if found:
            raise UserError(
                f"cannot write {path}: it holds {found[0]}; give an empty or new folder"
            )
