"""A folder of results that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ketasim.errors import UserError

RECORD = "run.json"
INTERACTIVE = "interactive.html"
WRITTEN = frozenset({RECORD, "report.html", INTERACTIVE, "results", "figures"})


@dataclass(frozen=True)
class Kind:
    """What a command writes: the file that tells its folder, and all that may lie there."""

    record: str
    written: frozenset[str]


RUN = Kind(RECORD, WRITTEN)


@contextmanager
def output_folder(target: Path, kind: Kind = RUN, asked: str = "--out") -> Iterator[Path]:
    """Yield an empty folder beside ``target`` that takes its place when the block ends well.

    When the block raises, or the program is interrupted, ``target`` stays as it was and the
    folder beside it is removed. ``asked`` is what errors call the target.

    Raises
    ------
    UserError
        ``target`` cannot be written, or holds something that ketasim did not write.
    """
    target = target.absolute()
    check_replaceable(target, kind, asked)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        beside.chmod(0o755)  # mkdtemp makes it private; what people share should not be
    except OSError as error:
        raise UserError(f"{asked}: cannot write into {target.parent}: {error.strerror}") from None
    try:
        yield beside
        _put_in_place(beside, target, kind, asked)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def check_replaceable(target: Path, kind: Kind = RUN, asked: str = "--out") -> None:
    """Raise unless ``target`` does not exist, is empty, or is an output of ketasim."""
    if not target.exists():
        return
    if not target.is_dir():
        raise UserError(f"{asked}: {target} is a file; give a folder")
    try:
        entries = os.listdir(target)
    except OSError as error:
        raise UserError(f"{asked}: {target}: {error.strerror}") from None
    foreign = sorted(set(entries) - kind.written)
    if foreign or (entries and kind.record not in entries):
        what = foreign[0] if foreign else f"{entries[0]} and no {kind.record}"
        raise UserError(f"{asked}: {target} is no output of ketasim: it holds {what}")


def _put_in_place(beside: Path, target: Path, kind: Kind, asked: str) -> None:
    """Rename ``beside`` to ``target``; an earlier output is moved aside first, then removed."""
    try:
        if not target.exists():
            beside.rename(target)
            return
        check_replaceable(target, kind, asked)
        former = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
        target.rename(former / "was")
        try:
            beside.rename(target)
        except BaseException:
            (former / "was").rename(target)
            raise
        finally:
            shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        raise UserError(f"{asked}: cannot write {target}: {error.strerror}") from None
