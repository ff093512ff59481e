"""The results of a study as one Parquet or NetCDF file, all arms in it, without a report."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.errors import UserError
from ketasim.study.arm import simulate_arm
from ketasim.study.whole_file import check_writable, whole_file

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.study.setup import Setup

# NetCDF is written from memory: this many numbers in single precision are 0.8 GB.
MOST_NUMBERS = 200_000_000
_OF_AN_ARM = "regimen"  # what differs between arms among the facts of a result


def write_study_parquet(
    setup: Setup,
    path: Path | str,
    *,
    threads: int | None = None,
    advance: Callable[[float], None] = lambda share: None,
) -> Counter[str]:
    """Simulate every arm into one Parquet file.

    Columns are ``arm``, ``individual``, ``time_h``, ``status`` and one per output, in single
    precision; units, seed, model hash and regimens stand in the file's key-value metadata. Memory
    does not grow with the population.

    Parameters
    ----------
    setup : Setup
    path : path
    threads : int, optional
    advance : callable
        Called with the share of an arm that has been done.

    Returns
    -------
    Counter
        How often each status occurred, over all arms.
    """
    target, statuses = Path(path), Counter[str]()
    check_writable(target)
    with whole_file(target) as beside, tempfile.TemporaryDirectory(dir=beside.parent) as folder:
        parts = {}
        for number, name in enumerate(setup.regimens):
            parts[name] = Path(folder) / f"{number}.parquet"
            arm = simulate_arm(setup, name, parts[name], threads=threads, advance=advance)
            arm.kept.clear()
            statuses += arm.statuses
        _join(parts, beside)
    return statuses


def write_study_netcdf(
    setup: Setup,
    path: Path | str,
    *,
    threads: int | None = None,
    advance: Callable[[float], None] = lambda share: None,
) -> Counter[str]:
    """Simulate every arm into one NetCDF file (needs the extra ``ketasim[netcdf]``).

    Dimensions are arm, individual, time and output, in single precision, with units, labels and
    covariates.

    Parameters
    ----------
    setup : Setup
    path : path
    threads : int, optional
    advance : callable
        Called with the share of an arm that has been done.

    Returns
    -------
    Counter
        How often each status occurred, over all arms.

    Raises
    ------
    UserError
        More than 200 million numbers, for which Parquet is the place; or h5netcdf is missing.
    """
    import xarray as xr

    from ketasim.simulation import write_netcdf

    target = Path(path)
    check_writable(target)
    study = setup.study
    count = len(setup.regimens) * setup.population.n * len(setup.times_h) * len(study.outputs)
    if count > MOST_NUMBERS:
        raise UserError(
            f"netcdf: {count:,} numbers; the most is {MOST_NUMBERS:,}: take fewer people, times "
            "or outputs, or write Parquet"
        )
    arms, statuses = [], Counter[str]()
    for name in setup.regimens:
        arms.append(_whole_arm(setup, name, threads, advance))
        statuses.update(str(status) for status in arms[-1].status.values)
    joined: Any = xr.concat(
        arms, "arm", coords=["status", "regimen"], compat="override", combine_attrs="override"
    )
    joined.attrs.pop(_OF_AN_ARM, None)
    write_netcdf(joined, target)
    return statuses


def _whole_arm(
    setup: Setup, name: str, threads: int | None, advance: Callable[[float], None]
) -> xr.DataArray:
    """Return everybody of one arm in single precision."""
    import xarray as xr

    from ketasim.simulation import stream

    parts = []
    for chunk in stream(
        setup.model,
        setup.regimens[name],
        setup.population,
        setup.times_h,
        setup.study.outputs,
        rtol=setup.study.tolerance,
        threads=threads,
    ):
        parts.append(chunk.astype(np.float32, keep_attrs=True))
        advance(len(chunk) / setup.population.n)
    whole = parts[0] if len(parts) == 1 else xr.concat(parts, "individual")
    return whole.assign_coords(arm=name, regimen=str(setup.regimens[name]))


def _join(parts: dict[str, Path], target: Path) -> None:
    """Write the files of all arms as one, with the name of the arm before each row."""
    import duckdb

    try:
        with duckdb.connect() as connection:
            _copy(connection, parts, target)
    except duckdb.IOException as error:
        raise UserError(f"cannot write {target}: {str(error).splitlines()[0]}") from None


def _copy(connection: Any, parts: dict[str, Path], target: Path) -> None:
    facts: dict[str, str] = {}
    connection.execute("SET memory_limit = '256MB'; SET threads = 1")
    for name, part in parts.items():
        pairs = connection.execute(
            f"SELECT decode(key), decode(value) FROM parquet_kv_metadata({_quoted(part)})"
        ).fetchall()
        for key, value in pairs:
            facts[f"{_OF_AN_ARM}_{name}" if key == _OF_AN_ARM else key] = value
    rows = " UNION ALL ".join(
        f"SELECT {_quoted(name)} AS arm, * FROM read_parquet({_quoted(part)})"
        for name, part in parts.items()
    )
    metadata = ", ".join(f"{_quoted(k)}: {_quoted(v)}" for k, v in facts.items())
    connection.execute(
        f"COPY ({rows}) TO {_quoted(target)} (FORMAT parquet, COMPRESSION zstd, "
        f"ROW_GROUP_SIZE 61440, KV_METADATA {{{metadata}}})"
    )


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"
