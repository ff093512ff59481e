"""Results as labelled arrays, and as files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.errors import UserError

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.engine import Ensemble
    from ketasim.model import Model

_COVARIATES = ("WT", "age", "sex", "met", "liver", "B0", "D0", "japanese", "asian", "cyp2b6")


def labelled(
    model: Model,
    outputs: Sequence[str],
    times: np.ndarray,
    ensemble: Ensemble,
    person: Mapping[str, np.ndarray],
    first: int,
    facts: Mapping[str, Any],
) -> xr.DataArray:
    """Return an ensemble as a labelled array (see :func:`ketasim.simulation.simulate`)."""
    import xarray as xr

    from ketasim.engine import STATUS

    status = np.array(STATUS)[ensemble.status]
    coordinates: dict[str, Any] = {
        "individual": np.arange(first, first + len(status)),
        "time": ("time", times, {"units": "h"}),
        "output": list(outputs),
        "unit": ("output", [model.outputs[name].unit for name in outputs]),
        "label": ("output", [model.outputs[name].label for name in outputs]),
        "status": ("individual", status),
    }
    for name in _COVARIATES:
        if name in person:
            coordinates[name] = ("individual", np.asarray(person[name], dtype=float))
    return xr.DataArray(
        ensemble.values,
        dims=("individual", "time", "output"),
        coords=coordinates,
        name="ketasim",
        attrs=dict(facts),
    )


def write_parquet(chunks: Iterable[xr.DataArray], path: Path) -> Path:
    """Write results as one tidy Parquet file: a row per individual and time.

    Columns: ``individual``, ``time_h``, ``status``, then one per output. Units and provenance
    stand in the file's key-value metadata. The file appears whole or not at all.

    Parameters
    ----------
    chunks : iterable of xarray.DataArray
        From :func:`ketasim.simulation.stream`, or a list of one result.
    path : Path

    Raises
    ------
    UserError
        When the place cannot be written.
    """
    facts: dict[str, Any] = {}

    def frames() -> Iterator[Any]:
        for chunk in chunks:
            facts.update(_metadata(chunk))
            yield _frame(chunk)

    return write_frames(frames(), path, facts)


def write_frames(frames: Iterable[Any], path: Path, facts: Mapping[str, Any] | None = None) -> Path:
    """Write pandas tables of the same columns, one below the other, as one Parquet file.

    Parameters
    ----------
    frames : iterable of pandas.DataFrame
        Never more than one of them is held.
    path : Path
        Appears whole or not at all.
    facts : mapping of str to object, optional
        For the file's key-value metadata; read when the last table has been.

    Raises
    ------
    UserError
        When the place cannot be written.
    """
    import duckdb

    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    stored = temporary.with_suffix(".duckdb")
    connection = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write results to '{path}': {error.strerror}") from error
    try:
        connection = duckdb.connect(str(stored))
        connection.execute("SET memory_limit = '96MB'; SET threads = 1")
        for number, table in enumerate(frames):
            connection.register("chunk", table)
            verb = "CREATE TABLE results AS" if number == 0 else "INSERT INTO results"
            connection.execute(f"{verb} SELECT * FROM chunk")
            connection.unregister("chunk")
        pairs = ", ".join(f"{_quoted(k)}: {_quoted(v)}" for k, v in (facts or {}).items())
        known = f", KV_METADATA {{{pairs}}}" if pairs else ""
        connection.execute(
            f"COPY results TO {_quoted(temporary)} "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 61440{known})"
        )
        os.replace(temporary, path)
    except (OSError, duckdb.IOException) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"cannot write results to '{path}': {reason}") from error
    finally:
        if connection is not None:
            connection.close()
        for leftover in (temporary, stored, stored.with_name(stored.name + ".wal")):
            leftover.unlink(missing_ok=True)
    return path


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _frame(chunk: xr.DataArray) -> Any:
    import pandas as pd

    from ketasim.engine import STATUS

    n, n_times, n_outputs = chunk.shape
    flat = chunk.values.reshape(n * n_times, n_outputs)
    status = pd.Categorical(np.repeat(chunk.status.values, n_times), categories=list(STATUS))
    columns: dict[str, Any] = {
        "individual": np.repeat(chunk.individual.values, n_times),
        "time_h": np.tile(chunk.time.values, n),
        "status": status,
    }
    columns |= {str(name): flat[:, k] for k, name in enumerate(chunk.output.values)}
    return pd.DataFrame(columns)


def _metadata(chunk: xr.DataArray) -> dict[str, Any]:
    names, units = chunk.output.values, chunk.unit.values
    return dict(chunk.attrs) | {f"unit_{n}": u for n, u in zip(names, units, strict=True)}


def read_parquet(path: Path) -> Any:
    """Return a results file as a pandas table."""
    import duckdb

    if not Path(path).is_file():
        raise UserError(f"no results file '{path}'")
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT * FROM read_parquet({_quoted(path)})").df()


def write_netcdf(result: xr.DataArray | xr.Dataset, path: Path) -> Path:
    """Write a result as NetCDF (needs the extra ``ketasim[netcdf]``).

    Raises
    ------
    UserError
        When h5netcdf is not installed, or the place cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror}") from error
    try:
        result.to_netcdf(temporary, engine="h5netcdf")
        os.replace(temporary, path)
    except (ImportError, ValueError) as error:
        if isinstance(error, ValueError) and "h5netcdf" not in str(error):
            raise
        raise UserError("NetCDF needs an extra: pip install 'ketasim[netcdf]'") from error
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return path
