"""Data files in NONMEM's columns: people, their doses and what was measured in them.

The columns, the conventions and every refusal are described in ``docs/data_files.md``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ketasim.dosing import data_doses
from ketasim.dosing.data_observations import Observations, observations
from ketasim.dosing.data_records import COVARIATES, KNOWN, RECORDS, Records, records
from ketasim.dosing.data_text import Table, read_table
from ketasim.dosing.regimen import Regimen
from ketasim.errors import UserError, nearest

_SEX = {"f": 1.0, "female": 1.0, "m": 0.0, "male": 0.0}
_ALLOWED = {
    "sex": (0.0, 1.0),
    "japanese": (0.0, 1.0),
    "asian": (0.0, 1.0),
    "cyp2b6": (0.0, 0.5, 1.0),
    "met": (0.0, 0.5, 1.0),
}
_POSITIVE = ("WT", "liver", "B0")
_NOT_NEGATIVE = ("age", "D0")
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class DataFile:
    """What a data file says; frozen, so that a change returns a new one.

    A person has one episode, or one more for each reset: an episode is the same person begun
    again without any drug. Without resets, episode k is individual k.

    Attributes
    ----------
    path : str
    ids : tuple of str
        In the order of the file.
    covariates : mapping of str to ndarray, shape (individuals,)
        Covariates and parameters of the model, one number for each person.
    regimens : tuple of Regimen
        Doses of each episode; ADDL, II and SS written out.
    episode_individual : ndarray of int, shape (episodes,)
        Index into ``ids``.
    observations : Observations
    units : mapping of str to str
        Unit of the values of each output observed.
    ignored : mapping of str to str
        Columns left out, and why.
    """

    path: str
    ids: tuple[str, ...]
    covariates: Mapping[str, np.ndarray]
    regimens: tuple[Regimen, ...]
    episode_individual: np.ndarray
    observations: Observations
    units: Mapping[str, str]
    ignored: Mapping[str, str]

    @property
    def n_individuals(self) -> int:
        """Number of people."""
        return len(self.ids)

    @property
    def n_episodes(self) -> int:
        """Number of episodes, at least as many as people."""
        return len(self.regimens)

    def with_values(self, values: np.ndarray) -> DataFile:
        """Return the file with other values at all its time points, none missing.

        ``values`` has shape (observations,), in the units of ``units``; NaN becomes missing.
        """
        new = np.array(values, dtype=float)
        if new.shape != self.observations.value.shape:
            raise UserError(f"values: {new.size} values for {len(self.observations)} time points")
        seen = replace(
            self.observations,
            value=new,
            missing=np.isnan(new),
            below_limit=np.zeros(len(new), dtype=bool),
        )
        return replace(self, observations=seen)


def read_data(
    path: str | Path,
    *,
    places: Mapping[str, str] = _NOTHING,
    analytes: Mapping[str, str] = _NOTHING,
    outputs: Mapping[str, str] = _NOTHING,
    ignore: Collection[str] = (),
    session: bool = False,
) -> DataFile:
    """Read a data file.

    Parameters
    ----------
    path : str or Path
    places : mapping of str to str
        What CMT means on a dose row, as ``{"1": "ketamine iv"}``; ``""`` for an empty cell.
    analytes : mapping of str to str
        What ANALYTE, DVID or CMT means on an observation, as ``{"2": "Cnk"}``; ``""`` for an
        empty cell.
    outputs : mapping of str to str
        Outputs of the model, with units, beyond those of ``analytes.csv``.
    ignore : collection of str
        Columns to leave out.
    session : bool
        Whether each dose is a supervised session (sets ``u_session``).

    Raises
    ------
    UserError
        One line with file, line, column and the offending value; see ``docs/data_files.md``.

    Examples
    --------
    >>> data = read_data("trial.csv", places={"1": "ketamine iv"})  # doctest: +SKIP
    >>> data.observations.value[data.observations.measured]  # doctest: +SKIP
    """
    table = read_table(path, KNOWN)
    rows = records(_without(table, ignore))
    seen, units = observations(rows, analytes, outputs)
    covariates, ignored = _covariates(rows)
    given = data_doses.regimens(rows, places, session=session)
    first = rows.first_row
    data = DataFile(
        path=table.path,
        ids=rows.ids,
        covariates=covariates,
        regimens=given,
        episode_individual=rows.individual[first],
        observations=seen,
        units=units,
        ignored=ignored,
    )
    _check_weight(data, rows)
    return data


def _without(table: Table, ignore: Collection[str]) -> Table:
    """Return a table without some columns, refusing one that has nothing to read."""
    there = table.columns
    left_out = {name.lower() for name in ignore}
    for name in ignore:
        if name.lower() not in {column.lower() for column in there}:
            raise UserError(f"{table.path}: no column {name} to ignore{nearest(name, there)}")
    if not {"DV", "AMT", "RATE"} & set(there):
        raise UserError(f"{table.path}: no column DV or AMT, so nothing to read")
    kept = {name: cells for name, cells in there.items() if name.lower() not in left_out}
    return replace(table, columns=kept)


def _covariates(rows: Records) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return one number for each person and covariate, and the columns that hold none."""
    found: dict[str, np.ndarray] = {}
    ignored: dict[str, str] = {}
    for name in rows.table.columns:
        if name in RECORDS:
            continue
        if name in COVARIATES:
            found[name] = _covariate(rows, name)
        elif not rows.table.is_numeric(name):
            ignored[name] = "holds text"
        else:
            try:
                found[name] = _covariate(rows, name)
            except UserError as error:
                ignored[name] = str(error)
    return found, ignored


def _covariate(rows: Records, name: str) -> np.ndarray:
    """Return one number for each person, shape (individuals,)."""
    table = rows.table
    cells = table.numbers(name, _SEX if name == "sex" else None)
    given = np.flatnonzero(~np.isnan(cells))
    values = np.full(len(rows.ids), np.nan)
    values[rows.individual[given][::-1]] = cells[given][::-1]
    starts = np.searchsorted(rows.individual, np.arange(len(rows.ids)))
    lost = table.first(np.isnan(values))
    if lost is not None:
        raise table.refuse(int(starts[lost]), name, f"is missing for ID {rows.ids[lost]}")
    changed = table.first(~np.isnan(cells) & (cells != values[rows.individual]))
    if changed is not None:
        who = rows.individual[changed]
        why = f"changes within ID {rows.ids[who]}, from {values[who]:g}; one value per ID is read"
        raise table.refuse(changed, name, why)
    allowed = _ALLOWED.get(name)
    if allowed is not None:
        bad, why = ~np.isin(values, allowed), "is none of " + ", ".join(f"{a:g}" for a in allowed)
    elif name in _POSITIVE:
        bad, why = values <= 0, "is not positive"
    else:
        bad, why = (values < 0) & (name in _NOT_NEGATIVE), "is negative"
    wrong = table.first(bad)
    if wrong is not None:
        row = int(given[np.searchsorted(rows.individual[given], wrong)])
        raise table.refuse(row, name, why)
    return values


def _check_weight(data: DataFile, rows: Records) -> None:
    """Refuse doses per kg without the weights they are for."""
    if "WT" in data.covariates:
        return
    for regimen, row in zip(data.regimens, rows.first_row, strict=True):
        if any(dose.amount.mg_per_kg for dose in regimen.doses):
            raise UserError(f"{rows.table.where(int(row))}: WT is missing; doses are per kg")
