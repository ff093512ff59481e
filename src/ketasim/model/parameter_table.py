"""Parameter tables: one CSV per mechanism, every value with unit, tier and source."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ketasim.errors import UserError, nearest
from ketasim.model.formula import is_reserved
from ketasim.model.text_file import read_text
from ketasim.model.units import UnitError, parse_unit

COLUMNS = (
    "symbol", "value", "unit", "spread", "distribution", "uncertainty", "tier", "source", "note",
)  # fmt: skip
TIERS = ("measured", "derived", "calibrated", "assumed")
DISTRIBUTIONS = ("", "lognormal", "normal", "logitnormal")

_NEVER_NEGATIVE = {"nmol", "mg", "L", "h"}
_SYMBOL = re.compile(r"[A-Za-z]\w*\Z")


@dataclass(frozen=True)
class Parameter:
    """One row of a parameter table.

    Parameters
    ----------
    symbol : str
        Name used in the equations.
    value : float
        Typical value, in ``unit``.
    unit : str
    spread : float or None
        Between-person SD: of the logarithm (lognormal), of the logit (logitnormal), or in
        ``unit`` (normal). None: everybody has the typical value.
    distribution : str
        ``lognormal``, ``normal``, ``logitnormal`` or empty.
    uncertainty : float or None
        What is not known about the typical value, as an SD of its logarithm.
    tier : str
        ``measured``, ``derived``, ``calibrated`` or ``assumed``.
    source : str
        Keys of the bibliography, or ``derived: ...`` / ``assumed: ...``.
    note : str
    where : str
        File and line of the row.
    """

    symbol: str
    value: float
    unit: str
    spread: float | None
    distribution: str
    uncertainty: float | None
    tier: str
    source: str
    note: str
    where: str

    @property
    def source_keys(self) -> tuple[str, ...]:
        """Keys of the bibliography this row cites."""
        return source_keys(self.source)

    def fault(self, value: float) -> str:
        """Return why the row cannot have this value, as ``"is negative"``; empty if it can.

        Amounts, volumes, times, weights and what is made of them (clearances, concentrations,
        rates) are never negative, nor is what spreads lognormally.
        """
        if self.distribution == "logitnormal" and not 0 <= value <= 1:
            return "is not between 0 and 1"
        measures = {base for base, _ in parse_unit(self.unit).powers}
        is_physical = bool(measures) and measures <= _NEVER_NEGATIVE
        if value < 0 and (self.distribution == "lognormal" or is_physical):
            return "is negative"
        return ""


def source_keys(source: str) -> tuple[str, ...]:
    """Split the source field of a row into bibliography keys.

    ``derived: reason`` and ``assumed: reason`` are no keys; keys may be separated by ``;``,
    ``,`` or blanks, and may carry an ``@``.
    """
    keys: list[str] = []
    for part in source.split(";"):
        if ":" in part and part.split(":")[0].strip() in TIERS:
            keys += re.findall(r"@([\w:.+/-]*\w)", part)
        else:
            keys += [word.lstrip("@") for word in re.split(r"[\s,]+", part) if word]
    return tuple(dict.fromkeys(keys))


def read_parameters(path: Path, known_sources: Collection[str]) -> tuple[Parameter, ...]:
    """Read one parameter table.

    Parameters
    ----------
    path : Path
        A CSV file with the columns ``COLUMNS``; lines starting with ``#`` are comments.
    known_sources : collection of str
        Keys of the bibliography.

    Returns
    -------
    tuple of Parameter
        In the order of the file.

    Raises
    ------
    UserError
        For a missing or unknown column, a row without unit, tier or source, an unknown tier,
        unit, distribution or source key, a number that is not finite, a spread that does not
        fit, or a symbol given twice. The message names file, line and field.
    """
    rows: list[Parameter] = []
    lines: dict[str, str] = {}
    reader = csv.reader(io.StringIO(read_text(path), newline=""))
    header: list[str] | None = None
    for fields in _rows(reader, path):
        cells = [field.strip() for field in fields]
        if not any(cells) or cells[0].startswith("#"):
            continue
        where = f"{path.name}:{reader.line_num}"
        if header is None:
            header = _checked_header(cells, where)
            continue
        row = _read_row(header, cells, where, known_sources)
        if row.symbol in lines:
            first = lines[row.symbol]
            raise UserError(f"{where}: symbol '{row.symbol}' stands already in {first}")
        lines[row.symbol] = where
        rows.append(row)
    if header is None:
        raise UserError(f"{path.name}: empty table; first line must be {','.join(COLUMNS)}")
    return tuple(rows)


def _rows(reader: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:  # a cell of more than 131,072 characters
        raise UserError(f"{path.name}: is not a table of text: {error}") from None


def _checked_header(cells: list[str], where: str) -> list[str]:
    for column in cells:
        if column not in COLUMNS:
            raise UserError(f"{where}: unknown column '{column}'{nearest(column, COLUMNS)}")
    for column in COLUMNS:
        if cells.count(column) != 1:
            problem = "missing" if column not in cells else "given twice"
            raise UserError(f"{where}: column '{column}' is {problem}")
    return cells


def _read_row(
    header: Sequence[str], cells: list[str], where: str, known_sources: Collection[str]
) -> Parameter:
    """Check one row and turn it into a Parameter."""
    if len(cells) != len(header):
        raise UserError(
            f"{where}: {len(cells)} fields, expected {len(header)} (quote a field with a comma)"
        )
    row = dict(zip(header, cells, strict=True))
    symbol = row["symbol"]
    if not _SYMBOL.match(symbol):
        raise UserError(f"{where}: symbol '{symbol}' is not a name")
    if is_reserved(symbol):
        raise UserError(f"{where}: '{symbol}' is a word of the model language; take another name")
    here = f"{where}: {symbol}"
    for field in ("value", "unit", "tier", "source"):
        if not row[field]:
            raise UserError(f"{here} has no {field}")
    try:
        parse_unit(row["unit"])
    except UnitError as error:
        raise UserError(f"{here}: {error}") from None
    _check_choice(here, "tier", row["tier"], TIERS)
    _check_choice(here, "distribution", row["distribution"], DISTRIBUTIONS)
    _check_source(here, row, known_sources)
    parameter = Parameter(
        symbol,
        _number(here, "value", row["value"]),
        row["unit"],
        _number(here, "spread", row["spread"]) if row["spread"] else None,
        row["distribution"],
        _number(here, "uncertainty", row["uncertainty"]) if row["uncertainty"] else None,
        row["tier"],
        row["source"],
        row["note"],
        where,
    )
    _check_spread(here, parameter)
    return parameter


def _number(here: str, field: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise UserError(f"{here}: {field} '{text}' is not a number") from None
    if not math.isfinite(number):
        raise UserError(f"{here}: {field} '{text}' is not finite")
    return number


def _check_choice(here: str, field: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        named = [choice for choice in choices if choice]
        raise UserError(f"{here}: unknown {field} '{value}'{nearest(value, named)}")


def _check_source(here: str, row: dict[str, str], known_sources: Collection[str]) -> None:
    keys = source_keys(row["source"])
    for key in keys:
        if key not in known_sources:
            raise UserError(
                f"{here}: source '{key}' is not in sources.bib{nearest(key, known_sources)}"
            )
    if row["tier"] == "measured" and not keys:
        raise UserError(f"{here}: tier measured needs a key of sources.bib, got '{row['source']}'")
    reason = row["source"].partition(":")[2].strip() or row["note"]
    if not keys and not reason:
        raise UserError(f"{here}: source '{row['source']}' gives no reason; add one in note")


def _check_spread(here: str, row: Parameter) -> None:
    """Refuse spreads that no distribution can have."""
    if row.spread is not None and row.spread < 0:
        raise UserError(f"{here}: spread {row.spread:g} is negative")
    if row.uncertainty is not None and row.uncertainty < 0:
        raise UserError(f"{here}: uncertainty {row.uncertainty:g} is negative")
    if row.spread and not row.distribution:
        raise UserError(f"{here}: spread {row.spread:g} needs a distribution"
                        f"{nearest('', DISTRIBUTIONS[1:])}")  # fmt: skip
    if row.distribution == "lognormal" and row.value <= 0:
        raise UserError(f"{here}: value {row.value:g} cannot be lognormal; it must be above 0")
    if row.distribution == "logitnormal" and not 0 < row.value < 1:
        raise UserError(f"{here}: value {row.value:g} cannot be logitnormal; choose 0 to 1")
