"""The records of a data file: who, when, what kind, checked row by row before anything is built."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ketasim.dosing.data_text import Table
from ketasim.dosing.data_units import hours_in, plain
from ketasim.errors import UserError, nearest

OBSERVATION, DOSE, OTHER, RESET, RESET_AND_DOSE = range(5)
RECORDS = (
    *("ID", "TIME", "AMT", "RATE", "DUR", "LAG", "CMT", "EVID", "ADDL", "II", "SS", "DV", "MDV"),
    *("DVID", "ANALYTE", "BLQ", "CENS", "LLOQ", "AMT_UNIT", "DV_UNIT", "TIME_UNIT"),
)
_OTHER_NAMES = {"subject": "ID", "tinf": "DUR", "duration": "DUR", "alag": "LAG", "lag_time": "LAG"}
COVARIATES = ("WT", "age", "sex", "liver", "japanese", "asian", "cyp2b6", "met", "B0", "D0")
_OTHER_NAMES |= {"weight": "WT", "bw": "WT"}
KNOWN = {name.lower(): name for name in (*RECORDS, *COVARIATES)} | _OTHER_NAMES


@dataclass(frozen=True)
class Records:
    """Every row of a data file as numbers; arrays have shape (rows,), times are in hours.

    Attributes
    ----------
    table : Table
        The cells they were read from.
    ids : tuple of str
        In the order of the file.
    individual : ndarray of int
        Index into ``ids``.
    episode : ndarray of int
        A person begins another one at each reset (EVID 3 or 4, or SS = 1 after other rows).
    evid : ndarray of int
    time_h, amt, rate, length_h, lag_h, interval_h : ndarray of float
        ``amt`` and ``rate`` in the file's units (rate per hour), 0 where missing.
    additional, steady : ndarray of int
        ADDL and SS.
    """

    table: Table = field(repr=False)
    ids: tuple[str, ...]
    individual: np.ndarray
    episode: np.ndarray
    evid: np.ndarray
    time_h: np.ndarray
    amt: np.ndarray
    rate: np.ndarray
    length_h: np.ndarray
    lag_h: np.ndarray
    interval_h: np.ndarray
    additional: np.ndarray
    steady: np.ndarray

    @property
    def is_dose(self) -> np.ndarray:
        """Whether each row gives something (EVID 1 or 4)."""
        return (self.evid == DOSE) | (self.evid == RESET_AND_DOSE)

    @property
    def first_row(self) -> np.ndarray:
        """First row of each episode, shape (episodes,)."""
        return np.flatnonzero(np.diff(self.episode, prepend=-1))


def records(table: Table) -> Records:
    """Return the rows of a table as checked records.

    Raises
    ------
    UserError
        See ``docs/data_files.md``: each is one line with file, line, column and value.
    """
    for name in ("ID", "TIME"):
        if name not in table.columns:
            raise UserError(f"{table.path}: no column {name}{nearest(name, table.columns)}")
    ids, individual = _individuals(table)
    hour = _hour(table)
    per = _hour_of_rate(table, hour)
    time = table.numbers("TIME")
    _refuse(table, np.isnan(time), "TIME", "is missing")
    amt, rate = (_whole_or_zero(table, name) for name in ("AMT", "RATE"))
    evid = _evid(table, amt, rate)
    additional, steady = (_counts(table, name) for name in ("ADDL", "SS"))
    lag, interval, length = (_span(table, name, hour) for name in ("LAG", "II", "DUR"))
    fresh = np.diff(individual, prepend=-1) != 0
    steady = np.where((evid == DOSE) | (evid == RESET_AND_DOSE), steady, 0)
    begins = fresh | (evid >= RESET) | _begun_by_steady_state(fresh, steady, time)
    found = Records(
        table=table,
        ids=ids,
        individual=individual,
        episode=np.cumsum(begins) - 1,
        evid=evid,
        time_h=time * hour,
        amt=amt,
        rate=rate / per,
        length_h=length,
        lag_h=lag,
        interval_h=interval,
        additional=additional,
        steady=steady,
    )
    _check_order(found, fresh)
    _check_doses(found)
    return found


def _individuals(table: Table) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the identifiers in their order, and the index of each row's."""
    _refuse(table, table.missing("ID"), "ID", "is missing")
    column = table.columns["ID"]
    fresh = np.diff(column.codes, prepend=-1) != 0
    starts = np.flatnonzero(fresh)
    seen, first = np.unique(column.codes[starts], return_index=True)
    if len(seen) != len(starts):
        again = min(set(range(len(starts))) - set(first.tolist()))
        before = int(starts[list(column.codes[starts]).index(column.codes[starts[again]])])
        line = int(table.lines[before])
        why = f"stands on line {line} already; keep the rows of one ID together"
        raise table.refuse(int(starts[again]), "ID", why)
    return tuple(column.words[code] for code in column.codes[starts]), np.cumsum(fresh) - 1


def _hour(table: Table) -> float:
    """Return hours in the file's unit of time."""
    unit = table.units.get("TIME", "")
    column = table.columns.get("TIME_UNIT")
    row = 0
    if column is not None:
        if unit:
            raise UserError(f"{table.path}: TIME has a unit in the header and in TIME_UNIT")
        _refuse(table, table.missing("TIME_UNIT"), "TIME_UNIT", "is missing")
        unit = column.words[column.codes[0]]
        other = f"mixes units; the rows before have {unit}"
        _refuse(table, column.codes != column.codes[0], "TIME_UNIT", other)
    found = hours_in(unit or "h")
    if isinstance(found, str):
        if column is not None:
            raise table.refuse(row, "TIME_UNIT", found)
        raise UserError(f"{table.path}: TIME[{unit}] {found}")
    return found


def _span(table: Table, name: str, hour: float) -> np.ndarray:
    """Return a column of times [h], 0 where missing; in TIME's unit unless the header says."""
    unit = table.units.get(name)
    factor = hour if unit is None else hours_in(unit)
    if isinstance(factor, str):
        raise UserError(f"{table.path}: {name}[{unit}] {factor}")
    return _whole_or_zero(table, name) * factor


def _hour_of_rate(table: Table, hour: float) -> float:
    """Return hours in the time of RATE, whose amount must be that of AMT."""
    unit = table.units.get("RATE")
    if unit is None:
        return hour
    amount, _, time = unit.rpartition("/")
    own = table.units.get("AMT", "mg")
    factor = hours_in(time)
    if plain(amount) != plain(own) or isinstance(factor, str):
        why = f"must be the unit of AMT per time, as {own}/h"
        raise UserError(f"{table.path}: RATE[{unit}] {why}")
    return factor


def _evid(table: Table, amt: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return the kind of each row; where EVID is missing, an amount (or a rate) makes a dose."""
    evid = table.numbers("EVID")
    gives = (amt != 0) | (rate != 0) | (_whole_or_zero(table, "SS") > 0)
    evid = np.where(np.isnan(evid), gives.astype(float), evid)
    _refuse(table, ~np.isin(evid, range(5)), "EVID", "is unknown; choose from: 0, 1, 2, 3, 4")
    idle = ~np.isin(evid, (DOSE, RESET_AND_DOSE))
    for name, values in (("AMT", amt), ("RATE", rate)):
        row = table.first(idle & (values != 0))
        if row is not None:
            raise table.refuse(row, name, f"stands on a row that gives nothing: EVID {evid[row]:g}")
    return evid.astype(np.int8)


def _whole_or_zero(table: Table, name: str) -> np.ndarray:
    """Return a column with 0 for what is missing."""
    return np.nan_to_num(table.numbers(name))


def _counts(table: Table, name: str) -> np.ndarray:
    """Return a column of whole numbers of 0 or more."""
    values = np.nan_to_num(table.numbers(name))
    bad = (values < 0) | (values != np.floor(values))
    _refuse(table, bad, name, "is not a whole number of 0 or more")
    if name == "SS":
        _refuse(table, values > 2, name, "is unknown; choose from: 0, 1, 2")
    return values.astype(np.int64)


def _begun_by_steady_state(fresh: np.ndarray, steady: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return at which rows SS = 1 begins anew: not where it joins such a dose at the same time."""
    first = steady == 1
    joins = np.zeros(len(first), dtype=bool)
    joins[1:] = first[:-1] & (time[1:] == time[:-1]) & ~fresh[1:]
    return first & ~joins


def _check_order(rows: Records, fresh: np.ndarray) -> None:
    """Refuse times that fall within a person, but for a reset."""
    back = np.diff(rows.time_h, prepend=math.nan) < 0
    back &= ~fresh & (rows.evid < RESET)
    row = rows.table.first(back)
    if row is not None:
        column = rows.table.columns["TIME"]
        before = column.words[column.codes[row - 1]]
        why = f"is earlier than the row before ({before}); sort the rows of ID {_id(rows, row)}"
        raise rows.table.refuse(row, "TIME", why)


def _check_doses(rows: Records) -> None:
    """Refuse dose records that mean nothing, or that would have to be guessed at."""
    table, dose = rows.table, rows.is_dose
    spans = (("II", rows.interval_h), ("LAG", rows.lag_h), ("DUR", rows.length_h))
    for name, values in (("AMT", rows.amt), *spans):
        _refuse(table, dose & (values < 0), name, "is negative")
    silent = table.missing("AMT") & (rows.rate <= 0)
    _refuse(
        table, dose & silent & (rows.steady == 0), "AMT", "is missing on a dose; write 0 for none"
    )
    modelled = dose & np.isin(_whole_or_zero(table, "RATE"), (-1, -2))
    why = "asks for a modelled rate or duration; write RATE, or the length in a column DUR"
    _refuse(table, modelled & (rows.length_h == 0), "RATE", why)
    _refuse(table, dose & (rows.rate < 0) & ~modelled, "RATE", "is negative")
    both = dose & (rows.rate > 0) & (rows.length_h > 0)
    _refuse(table, both, "RATE", "and DUR together; give rate or duration")
    no_interval = rows.interval_h == 0
    alone = dose & (rows.additional > 0) & no_interval
    _refuse(table, alone, "ADDL", "needs an interval II above 0")
    endless = (rows.amt == 0) & (rows.rate > 0)
    why = "without AMT; only a constant infusion at steady state (SS 1, II 0) has no amount"
    _refuse(table, dose & endless & ((rows.steady == 0) | ~no_interval), "RATE", why)
    nothing = (rows.steady > 0) & no_interval & ~endless
    _refuse(table, dose & nothing, "SS", "needs an interval II above 0")
    nothing = (rows.steady > 0) & (rows.amt == 0) & ~endless
    _refuse(table, dose & nothing, "SS", "has no AMT")
    _check_added_steady_state(rows)


def _check_added_steady_state(rows: Records) -> None:
    """Refuse SS = 2 after an observation of its episode: the doses before would show in it."""
    quiet = np.flatnonzero(~np.isin(rows.evid, (OBSERVATION, OTHER)))
    first_seen = np.full(int(rows.episode[-1]) + 1, len(rows.evid))
    seen = np.setdiff1d(np.arange(len(rows.evid)), quiet)
    np.minimum.at(first_seen, rows.episode[seen], seen)
    late = (rows.steady == 2) & (np.arange(len(rows.evid)) > first_seen[rows.episode])
    why = "after an observation, which the doses before it would change; use SS 1, or EVID 4 first"
    _refuse(rows.table, late, "SS", why)


def _refuse(table: Table, bad: np.ndarray, name: str, why: str) -> None:
    """Raise for the first row at which ``bad`` is true."""
    row = table.first(bad)
    if row is not None:
        if name not in table.columns:
            raise UserError(f"{table.where(row)}: {name} {why}")
        raise table.refuse(row, name, why)


def _id(rows: Records, row: int) -> str:
    return rows.ids[int(rows.individual[row])]
