"""The observations of a data file: of what, when, how much, and whether below the limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from ketasim.dosing.data_records import OBSERVATION, OTHER, Records
from ketasim.dosing.data_text import is_missing
from ketasim.dosing.data_units import Analyte, analyte, analytes
from ketasim.errors import UserError

_LOW_WORDS = ("blq", "bql", "bloq", "lloq", "<lloq")


@dataclass(frozen=True, eq=False)
class Observations:
    """Time points of a data file, in its order; every array has shape (observations,).

    Attributes
    ----------
    individual, episode : ndarray of int
        Index into the file's ``ids`` and ``regimens``.
    time_h : ndarray of float
        On the episode's clock [h].
    after_dose : ndarray of bool
        Stands in the file after a dose of the same time, so that it sees that dose.
    output : ndarray of str
        Output of the model.
    value : ndarray of float
        In the output's own unit; NaN where missing or below the limit.
    missing : ndarray of bool
        A time point without a value (MDV 1, EVID 2, or an empty DV).
    below_limit : ndarray of bool
        Known only to lie below ``limit``.
    limit : ndarray of float
        Lower limit of quantification in the output's unit; NaN where none is given.
    line : ndarray of int
        Line in the file.
    """

    individual: np.ndarray
    episode: np.ndarray
    time_h: np.ndarray
    after_dose: np.ndarray
    output: np.ndarray
    value: np.ndarray
    missing: np.ndarray
    below_limit: np.ndarray
    limit: np.ndarray
    line: np.ndarray

    def __len__(self) -> int:
        return len(self.value)

    @property
    def measured(self) -> np.ndarray:
        """Whether there is a number at each time point, shape (observations,)."""
        return ~(self.missing | self.below_limit)

    def only(self, chosen: np.ndarray) -> Observations:
        """Return the time points at which ``chosen`` (mask or indices) holds."""
        return Observations(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


def observations(
    rows: Records, names: Mapping[str, str], outputs: Mapping[str, str]
) -> tuple[Observations, dict[str, str]]:
    """Return the observations of a file, and the unit of each of its outputs.

    Parameters
    ----------
    rows : Records
    names : mapping of str to str
        What a cell of ANALYTE, DVID or CMT means; ``""`` for an empty one.
    outputs : mapping of str to str
        Further outputs of the model, with their units.
    """
    at = np.flatnonzero((rows.evid == OBSERVATION) | (rows.evid == OTHER))
    kinds, which = _analytes(rows, at, names, outputs)
    value, low_word, low_limit = _values(rows, at)
    limit, below = _limits(rows, at, value, low_word, low_limit)
    missing = (rows.evid[at] == OTHER) | (rows.table.numbers("MDV")[at] == 1)
    missing |= np.isnan(value) & ~below
    below &= ~missing
    factor = _factors(rows, at, kinds, which, missing)
    _check_sign(rows, at, kinds, which, np.where(missing, 0.0, value))
    after = _after_dose(rows)[at]
    names_of = np.array([kind.output for kind in kinds], dtype=object)
    found = Observations(
        individual=rows.individual[at],
        episode=rows.episode[at],
        time_h=rows.time_h[at],
        after_dose=after,
        output=names_of[which] if len(kinds) else np.zeros(0, dtype=object),
        value=np.where(missing | below, np.nan, value * factor),
        missing=missing,
        below_limit=below,
        limit=limit * factor,
        line=rows.table.lines[at],
    )
    _check_twice(rows, at, found, which)
    return found, {kind.output: kind.unit for kind in kinds}


def _analytes(
    rows: Records, at: np.ndarray, names: Mapping[str, str], outputs: Mapping[str, str]
) -> tuple[list[Analyte], np.ndarray]:
    """Return the analytes observed, and the index of each time point's."""
    table = rows.table
    which = np.full(len(at), -1)
    kinds: dict[str, Analyte] = {}
    for name in ("ANALYTE", "DVID", "CMT"):
        column = table.columns.get(name)
        if column is None:
            continue
        found = [_one(word, names, outputs) for word in column.words]
        place = np.full(len(found), -1)
        for index, one in enumerate(found):
            if isinstance(one, Analyte):
                kinds.setdefault(one.output, one)
                place[index] = list(kinds).index(one.output)
        said = column.codes[at]
        if name != "CMT":
            unknown = np.array([isinstance(one, str) and one != "" for one in found])
            row = table.first(unknown[said] & (which < 0))
            if row is not None:
                hint = found[said[row]]
                raise table.refuse(int(at[row]), name, f"is no analyte{hint}")
        which = np.where(which < 0, place[said], which)
    if "" in names and (which < 0).any():
        fallback = _one(names[""], {}, outputs)
        if not isinstance(fallback, Analyte):
            raise UserError(f"analytes: {names['']!r} is no analyte{fallback}")
        kinds.setdefault(fallback.output, fallback)
        which = np.where(which < 0, list(kinds).index(fallback.output), which)
    idle = (which < 0) & (rows.evid[at] == OTHER)
    if idle.any():  # it has no value, so that any analyte of the file will do
        kinds = kinds or {"Cket": analytes()["Cket"]}
        which = np.where(idle, 0, which)
    _check_named(rows, at, which, names, outputs)
    used = np.unique(which)
    ordered = list(kinds.values())
    return [ordered[k] for k in used], np.searchsorted(used, which)


def _one(word: str, names: Mapping[str, str], outputs: Mapping[str, str]) -> Analyte | str:
    """Return the analyte a cell names, a hint where it names none, nothing where it is empty."""
    if is_missing(word):
        return ""
    return analyte(names.get(word, word), outputs)


def _check_named(
    rows: Records,
    at: np.ndarray,
    which: np.ndarray,
    names: Mapping[str, str],
    outputs: Mapping[str, str],
) -> None:
    """Refuse an observation that does not say of what it is."""
    place = rows.table.first(which < 0)
    if place is None:
        return
    row, column = int(at[place]), rows.table.columns.get("CMT")
    if column is not None and not is_missing(column.words[column.codes[row]]):
        hint = _one(column.words[column.codes[row]], names, outputs)
        raise rows.table.refuse(row, "CMT", f"is no analyte{hint}")
    where = rows.table.where(row)
    raise UserError(f"{where}: DVID is missing; name the analyte, for instance ketamine")


def _values(rows: Records, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return DV, whether words say that it is below the limit, and the limit in ``<2``."""
    table = rows.table
    column = table.columns.get("DV")
    if column is None:
        nothing = np.full(len(at), np.nan)
        return nothing, np.zeros(len(at), dtype=bool), nothing
    low = np.zeros(len(column.words), dtype=bool)
    limits = np.full(len(column.words), np.nan)
    for code, word in enumerate(column.words):
        if word[:1] in ("<", "b", "B", "l", "L"):
            limits[code] = _after_sign(word)
            low[code] = word.lower() in _LOW_WORDS or limits[code] == limits[code]
    words = {column.words[code].lower(): 0.0 for code in np.flatnonzero(low)}
    value = table.numbers("DV", words)[at]
    is_low = low[column.codes][at]
    return np.where(is_low, np.nan, value), is_low, limits[column.codes][at]


def _after_sign(word: str) -> float:
    """Return 2 for ``<2``, NaN for anything else."""
    try:
        return float(word[1:]) if word.startswith("<") else np.nan
    except ValueError:
        return np.nan


def _limits(
    rows: Records, at: np.ndarray, value: np.ndarray, low_word: np.ndarray, low_limit: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the limit of each time point in the file's unit, and whether it lies below."""
    table = rows.table
    flags = {}
    for name in ("BLQ", "CENS"):
        flag = table.numbers(name)[at]
        bad = table.first(~np.isnan(flag) & ~np.isin(flag, (0, 1)))
        if bad is not None:
            raise table.refuse(int(at[bad]), name, "is unknown; choose from: 0, 1")
        flags[name] = flag == 1
    given = table.numbers("LLOQ")[at]
    bad = table.first(given <= 0)
    if bad is not None:
        raise table.refuse(int(at[bad]), "LLOQ", "is not positive")
    below = low_word | flags["BLQ"] | flags["CENS"]
    limit = np.where(np.isnan(given), low_limit, given)
    limit = np.where(np.isnan(limit) & flags["CENS"], value, limit)
    bad = table.first(below & ~(limit > 0))
    if bad is not None:
        row = int(at[bad])
        raise UserError(
            f"{table.where(row)}: DV is below the limit, which is not given; add LLOQ or write <2"
        )
    return limit, below


def _factors(
    rows: Records, at: np.ndarray, kinds: list[Analyte], which: np.ndarray, missing: np.ndarray
) -> np.ndarray:
    """Return what each value is multiplied by to have its output's unit."""
    table = rows.table
    column = table.columns.get("DV_UNIT")
    if column is None:
        unit = table.units.get("DV", "ng/mL")
        found = [kind.factor(unit if kind.is_concentration else "") for kind in kinds]
        for one in found:
            if isinstance(one, str):
                raise UserError(f"{table.path}: DV[{unit}] {one}")
        return np.array(found, dtype=float)[which] if kinds else np.ones(0)
    if "DV" in table.units:
        raise UserError(f"{table.path}: DV has a unit in the header and in DV_UNIT")
    factor = np.ones(len(at))
    for index, kind in enumerate(kinds):
        mine = np.flatnonzero((which == index) & ~missing)
        if not mine.size:
            continue
        codes = column.codes[at[mine]]
        row, word = int(at[mine[0]]), column.words[codes[0]]
        one = kind.factor("" if is_missing(word) else word)
        if isinstance(one, str):
            why = "is missing; write for instance ng/mL" if is_missing(word) else one
            raise table.refuse(row, "DV_UNIT", why)
        other = table.first(codes != codes[0])
        if other is not None:
            why = f"mixes units; earlier values of {kind.output} have {word}"
            raise table.refuse(int(at[mine[other]]), "DV_UNIT", why)
        factor[which == index] = one
    return factor


def _check_sign(
    rows: Records, at: np.ndarray, kinds: list[Analyte], which: np.ndarray, value: np.ndarray
) -> None:
    """Refuse a concentration below zero."""
    amounts = np.array([kind.is_concentration for kind in kinds], dtype=bool)
    bad = rows.table.first(amounts[which] & (value < 0)) if len(kinds) else None
    if bad is not None:
        why = "is negative; a concentration is 0 or more, and is not given as a logarithm"
        raise rows.table.refuse(int(at[bad]), "DV", why)


def _after_dose(rows: Records) -> np.ndarray:
    """Return whether a dose of the same time, not delayed, stands before each row."""
    index = np.arange(len(rows.evid))
    gives = rows.is_dose & (rows.lag_h == 0) & (rows.amt > 0)
    last = np.maximum.accumulate(np.where(gives, index, -1))
    first = rows.first_row[rows.episode]
    return (last >= first) & (rows.time_h[last] == rows.time_h)


def _check_twice(rows: Records, at: np.ndarray, found: Observations, which: np.ndarray) -> None:
    """Refuse two observations of one analyte at one time."""
    seen = np.flatnonzero(rows.evid[at] == OBSERVATION)
    keys = (which[seen], found.after_dose[seen], found.time_h[seen], found.episode[seen])
    order = np.lexsort((seen, *keys))
    same = np.ones(max(0, len(seen) - 1), dtype=bool)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    if same.any():
        later = min(seen[order[1:][same]])
        place = int(at[later])
        why = f"stands twice for {found.output[later]} of ID {rows.ids[found.individual[later]]}"
        raise rows.table.refuse(place, "TIME", why)
