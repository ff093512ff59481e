"""Files that users give: what may be read at all, and how much of it.

All limits of what ketasim accepts from outside stand here. They are far above what models,
studies and data need, and far below what stops a computer. Nothing read is ever run.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ketasim.errors import UserError

#: Largest files [MB]: studies, mechanisms, tables; SBML; tables of people; data sets and records.
TEXT_MB = 8
SBML_MB = 32
PEOPLE_MB = 256
DATA_MB = 1024
#: Elements within elements of an XML document.
XML_DEPTH = 250
#: Characters of one formula, and operations within operations.
FORMULA_CHARACTERS = 20_000
FORMULA_DEPTH = 200
#: Statements of an Antimony model, and characters of each; the library's time grows with the
#: square of their number.
STATEMENTS = 20_000
STATEMENT_CHARACTERS = 4_000
#: Assignments that build on each other, one on the next.
CHAIN = 100
#: Mechanisms that a user adds to one model; symbols of a model that is imported.
ADDED_FILES = 50
IMPORTED_SYMBOLS = 5_000
#: Individuals of an arm; doses of one arm; devices or films of one dose, of which the label of
#: nasal esketamine allows three (``spravatoLabel``).
INDIVIDUALS = 100_000_000
REPEATS = 10_000
DEVICES = 100

_MB = 1_000_000


def read_bytes(path: Path, limit_mb: float = TEXT_MB, name: str | None = None) -> bytes:
    """Return what a file holds.

    Parameters
    ----------
    path : Path
        An ordinary file, or a link to one.
    limit_mb : float
        The most it may hold [10^6 bytes].
    name : str, optional
        What errors call it; default: the path.

    Raises
    ------
    UserError
        No such file, a folder, a device, a pipe, not to be read, or larger than the limit.
    """
    told = str(path) if name is None else name
    try:
        # Not waiting: opening a pipe that nobody writes to would never end.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            _check(os.fstat(number), limit_mb, told)
            with os.fdopen(number, "rb", closefd=False) as file:
                held = file.read(int(limit_mb * _MB) + 1)
        finally:
            os.close(number)
    except (OSError, ValueError) as error:
        raise _refused(error, told) from None
    if len(held) > limit_mb * _MB:  # some files do not know their size
        raise UserError(f"{told}: holds more than {limit_mb:g} MB, the most that is read")
    return held


def read_text(path: Path, limit_mb: float = TEXT_MB, name: str | None = None) -> str:
    """Return the text of a file in UTF-8, its lines ended as Python ends them.

    Parameters and errors are those of :func:`read_bytes`; a file that is no such text is an
    error, too. A byte-order mark, which editors put in front, is left out.
    """
    told = str(path) if name is None else name
    held = read_bytes(path, limit_mb, told)
    try:
        text = held.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{told}: not a text file (byte {error.start} is not UTF-8)") from None
    if "\x00" in text:
        raise UserError(f"{told}: is not a text file (it holds a NUL)")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def check_file(path: Path, limit_mb: float, name: str | None = None) -> None:
    """Raise UserError unless `path` is an ordinary file of at most `limit_mb` [10^6 bytes]."""
    told = str(path) if name is None else name
    try:
        _check(os.stat(path), limit_mb, told)
    except (OSError, ValueError) as error:
        raise _refused(error, told) from None


def named_file(folder: Path, name: str, place: str) -> Path:
    """Return the file that a file names: inside its own folder, or below.

    Parameters
    ----------
    folder : Path
        Where the naming file lies.
    name : str
        As it stands there.
    place : str
        File and key, for errors.

    Raises
    ------
    UserError
        An absolute path, one that leads out of the folder, also through a link, or a file that
        cannot be read at all. What is in the file is not told.
    """
    if not name or "\x00" in name:
        raise UserError(f"{place}: {name!r} is no name of a file")
    given = Path(name)
    if given.is_absolute() or given.drive:
        raise UserError(f"{place}: {name!r} is absolute; put the file beside, or below, this one")
    path = folder / given
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise UserError(f"{place}: {name!r}: {getattr(error, 'strerror', error)}") from None
    if not inside:
        raise UserError(
            f"{place}: {name!r} leads out of the folder {folder}; put the file beside, or below, "
            "this one"
        )  # fmt: skip
    return path


def _check(facts: os.stat_result, limit_mb: float, told: str) -> None:
    if stat.S_ISDIR(facts.st_mode):
        raise UserError(f"{told}: is a folder; give a file")
    if not stat.S_ISREG(facts.st_mode):
        raise UserError(f"{told}: is a device or a pipe; give an ordinary file")
    if facts.st_size > limit_mb * _MB:
        raise UserError(
            f"{told}: holds {facts.st_size / _MB:,.0f} MB; the most that is read is {limit_mb:g}"
        )


def _refused(error: OSError | ValueError, told: str) -> UserError:
    """Return what the system says of a file, as the user's mistake."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, FileNotFoundError):
        return UserError(f"{told}: no such file")
    return UserError(f"{told}: {getattr(error, 'strerror', None) or 'is no name of a file'}")
