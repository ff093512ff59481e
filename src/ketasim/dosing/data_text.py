"""Delimited text as a table of cells: which sign separates, what is comment, what is a number.

Cells are kept as codes into the distinct words of their column, so that a file of a million rows
is read in seconds and a number is parsed once however often it stands there.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np

from ketasim.errors import UserError
from ketasim.input_files import DATA_MB, check_file

MISSING = frozenset({"", ".", "na", "nan", "n/a"})
_BLOCK = 65_536  # rows held as text at once
_UNIT = re.compile(r"(.+?)\s*[\[(]\s*(.*?)\s*[\])]")


@dataclass(frozen=True)
class Column:
    """One column: a code for each row, and the distinct words that codes stand for."""

    codes: np.ndarray
    words: tuple[str, ...]

    def texts(self) -> np.ndarray:
        """Return the cell of every row, shape (rows,)."""
        return np.array(self.words, dtype=object)[self.codes]


@dataclass(frozen=True)
class Table:
    """The rows of a file that are data.

    Attributes
    ----------
    path : str
    columns : mapping of str to Column
        By name, known names in their own spelling.
    units : mapping of str to str
        What stands in brackets in the header, as in ``DV[ng/mL]``.
    lines : ndarray of int, shape (rows,)
        Line of each row in the file.
    """

    path: str
    columns: Mapping[str, Column]
    units: Mapping[str, str]
    lines: np.ndarray = field(repr=False)

    def __len__(self) -> int:
        return len(self.lines)

    def where(self, row: int) -> str:
        """Return file and line of a row."""
        return f"{self.path}:{int(self.lines[row])}"

    def refuse(self, row: int, name: str, why: str) -> UserError:
        """Return the error of one cell, naming file, line, column, what stands there and why."""
        column = self.columns[name]
        return UserError(f"{self.where(row)}: {name} = {column.words[column.codes[row]]!r} {why}")

    def first(self, bad: np.ndarray) -> int | None:
        """Return the first row at which ``bad`` is true, or None."""
        found = np.flatnonzero(bad)
        return int(found[0]) if found.size else None

    def missing(self, name: str) -> np.ndarray:
        """Return whether the cell of each row is empty, ``.`` or ``NA``; true without a column."""
        column = self.columns.get(name)
        if column is None:
            return np.ones(len(self), dtype=bool)
        return np.array([is_missing(word) for word in column.words], dtype=bool)[column.codes]

    def numbers(self, name: str, words: Mapping[str, float] | None = None) -> np.ndarray:
        """Return a column as numbers, NaN where missing or without such a column.

        ``words`` gives the numbers of words that may stand there, in small letters.
        """
        column = self.columns.get(name)
        if column is None:
            return np.full(len(self), math.nan)
        known = words or {}
        values = np.array([_number(word, known) for word in column.words], dtype=float)
        wrong = ~np.isfinite(values)
        wrong &= ~np.array([is_missing(word) for word in column.words], dtype=bool)
        if wrong.any():
            row = self.first(wrong[column.codes]) or 0
            raise self.refuse(row, name, _no_number(column.words[column.codes[row]]))
        return values[column.codes]

    def is_numeric(self, name: str) -> bool:
        """Whether every cell of a column is a number or missing."""
        words = self.columns[name].words
        return all(is_missing(word) or math.isfinite(_number(word, {})) for word in words)


class _Reader(Protocol):
    """Rows of cells, and the line last read."""

    @property
    def line_num(self) -> int: ...
    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


def is_missing(word: str) -> bool:
    """Whether a cell says that there is nothing."""
    return word.lower() in MISSING


def read_table(path: str | Path, known: Mapping[str, str]) -> Table:
    """Read a file of delimited text.

    Parameters
    ----------
    path : str or Path
        UTF-8, with or without byte-order mark; commas, semicolons, tabs or blanks between cells.
        Rows that begin with ``#``, or whose first cell is ``C``, are left out.
    known : mapping of str to str
        Columns by their names in small letters; others keep the name they have.

    Raises
    ------
    UserError
        No file, not text, empty, no rows under the header, a column without a name or named
        twice, or a row with too many or too few cells.
    """
    file = Path(path)
    check_file(file, DATA_MB)
    try:
        return _coded(file, known)
    except UnicodeDecodeError:
        raise UserError(f"{file}: is not a text file in UTF-8") from None
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}") from None
    except csv.Error as error:
        raise UserError(f"{file}: is not a table of text: {error}") from None


def _coded(file: Path, known: Mapping[str, str]) -> Table:
    """Return the table of a file, read block by block."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        start = text.read(_BLOCK)
        if "\x00" in start:
            raise UserError(f"{file}: is not a text file")
        text.seek(0)
        separator = _separator(start)
        reader = (
            _Words(text)
            if separator is None
            else csv.reader(text, delimiter=separator, skipinitialspace=True)
        )
        line, cells = _head(reader)
        if not cells:
            raise UserError(f"{file}: is empty; a header with ID, TIME and DV or AMT is needed")
        names, units = _header(cells, known, f"{file}:{line}")
        books: list[dict[str, int]] = [{} for _ in names]
        parts: list[list[np.ndarray]] = [[] for _ in names]
        lines: list[np.ndarray] = []
        for numbers, block in _blocks(reader):
            _check_width(block, numbers, len(names), f"{file}", separator)
            lines.append(numbers)
            for book, part, column in zip(books, parts, zip(*block, strict=True), strict=True):
                for word in dict.fromkeys(column):
                    book.setdefault(word, len(book))
                part.append(np.fromiter(map(book.__getitem__, column), np.int32, len(column)))
    if not lines:
        raise UserError(f"{file}: has a header but no rows")
    columns = {
        name: _stripped(np.concatenate(part), list(book))
        for name, part, book in zip(names, parts, books, strict=True)
    }
    return Table(str(file), columns, units, np.concatenate(lines))


class _Words:
    """Rows of words with blanks between them, read as `csv.reader` reads rows of cells."""

    def __init__(self, text: Iterable[str]) -> None:
        self._lines = iter(text)
        self.line_num = 0

    def __iter__(self) -> _Words:
        return self

    def __next__(self) -> list[str]:
        words = next(self._lines).split()
        self.line_num += 1
        return words


def _head(reader: _Reader) -> tuple[int, list[str]]:
    """Return line and cells of the header; a comment is one only if it names ID and TIME."""
    for cells in reader:
        if any(map(str.strip, cells)) and not (cells[0].startswith("#") and not _is_header(cells)):
            return reader.line_num, [cells[0].lstrip("# "), *cells[1:]]
    return 0, []


def _blocks(reader: _Reader) -> Iterator[tuple[np.ndarray, list[list[str]]]]:
    """Yield lines and cells of the rows that are data, in blocks."""
    before = reader.line_num
    while block := list(islice(reader, _BLOCK)):
        numbers = np.arange(before + 1, before + 1 + len(block))
        if reader.line_num - before != len(block):  # a cell in quotes went over several lines
            raise csv.Error(f"a cell goes over several lines before line {reader.line_num}")
        before = reader.line_num
        kept = [k for k, cells in enumerate(block) if _is_data(cells)]
        if len(kept) < len(block):
            numbers, block = numbers[kept], [block[k] for k in kept]
        if block:
            yield numbers, block


def _is_data(cells: list[str]) -> bool:
    """Whether a row is neither blank nor a comment."""
    if not cells:
        return False
    first = cells[0]
    if first and first[0] not in "#Cc \t":
        return True
    if first.startswith("#") or first.strip() in ("C", "c"):
        return False
    return any(map(str.strip, cells))


def _check_width(
    block: list[list[str]], numbers: np.ndarray, width: int, file: str, separator: str | None
) -> None:
    """Refuse a row with more or fewer cells than the header."""
    widths = np.fromiter(map(len, block), np.int64, len(block))
    wrong = np.flatnonzero(widths != width)
    if wrong.size:
        row = int(wrong[0])
        hint = "; a decimal comma? write 1.5" if separator == "," and widths[row] > width else ""
        raise UserError(f"{file}:{numbers[row]}: {widths[row]} cells for {width} columns{hint}")


def _separator(start: str) -> str | None:
    """Return the sign between the cells of the first line that is no comment; None for blanks."""
    lines = [line for line in start.splitlines() if line.strip()]
    heads = [line for line in lines if not line.startswith("#")] or lines
    if not heads:
        return ","
    counts = {sign: heads[0].count(sign) for sign in ",;\t"}
    best = max(counts, key=lambda sign: counts[sign])
    if counts[best]:
        return best
    return None if len(heads[0].split()) > 1 else ","


def _is_header(cells: Sequence[str]) -> bool:
    """Whether a row begun with ``#`` is the header all the same."""
    names = {cell.strip("# ").upper() for cell in cells}
    return {"ID", "TIME"} <= {_UNIT.sub(r"\1", name) for name in names}


def _header(
    cells: Sequence[str], known: Mapping[str, str], where: str
) -> tuple[list[str], dict[str, str]]:
    """Return the names of the columns, and the units that stand beside them."""
    names: list[str] = []
    units: dict[str, str] = {}
    for position, cell in enumerate(cells):
        text = cell.strip()
        match = _UNIT.fullmatch(text)
        plain = match[1].strip() if match else text
        name = known.get(plain.lower(), plain)
        if not name:
            raise UserError(f"{where}: column {position + 1} has no name")
        if name in names:
            raise UserError(f"{where}: column {name} stands twice")
        names.append(name)
        if match:
            units[name] = match[2]
    return names, units


def _stripped(codes: np.ndarray, words: list[str]) -> Column:
    """Return a column whose words have no blanks around them."""
    book: dict[str, int] = {}
    renamed = np.array([book.setdefault(word.strip(), len(book)) for word in words], dtype=np.int32)
    return Column(renamed[codes], tuple(book))


def _number(word: str, words: Mapping[str, float]) -> float:
    """Return the number a cell holds, or NaN."""
    try:
        return float(word) if "_" not in word else math.nan
    except ValueError:
        return words.get(word.lower(), math.nan)


def _no_number(word: str) -> str:
    """Return why a cell is no number."""
    if re.fullmatch(r"[+-]?\d+,\d+", word):
        return f"has a decimal comma; write {word.replace(',', '.')}"
    if re.fullmatch(r"\d+:\d+(:\d+)?", word):
        return "is a time of day; write hours since the first dose"
    if word.lower().lstrip("+-") in ("inf", "infinity"):
        return "is not a finite number"
    return "is not a number"
