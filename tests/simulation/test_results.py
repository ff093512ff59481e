"""Results as files: whole or not at all, and back again."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim import UserError
from ketasim.dosing import infusion
from ketasim.model import assemble
from ketasim.population import Population
from ketasim.simulation import read_parquet, simulate, stream, write_netcdf, write_parquet

DOSE = infusion("0.5 mg/kg", over="40 min")
HOURS, NAMES = [0.0, 1.0, 24.0], ["MADRS", "Cket"]


@pytest.fixture(scope="module")
def model():
    return assemble()


@pytest.fixture(scope="module")
def people():
    return Population("trd", n=21, seed=9)


def test_a_streamed_file_holds_what_simulate_returns(model, people, tmp_path):
    whole = simulate(model, DOSE, people, HOURS, NAMES)
    path = write_parquet(stream(model, DOSE, people, HOURS, NAMES, chunk=4), tmp_path / "r.parquet")
    table = read_parquet(path)
    assert list(table.columns) == ["individual", "time_h", "status", *NAMES]
    assert np.array_equal(table[NAMES].to_numpy(), whole.values.reshape(-1, 2))
    assert np.array_equal(table["individual"].to_numpy(), np.repeat(np.arange(21), 3))
    assert [p.name for p in tmp_path.iterdir()] == ["r.parquet"]


def test_units_and_provenance_travel_with_the_file(model, people, tmp_path):
    import duckdb

    path = write_parquet([simulate(model, DOSE, people, HOURS, NAMES)], tmp_path / "r.parquet")
    rows = duckdb.sql(f"SELECT key, value FROM parquet_kv_metadata('{path}')").fetchall()
    facts = {bytes(k).decode(): bytes(v).decode() for k, v in rows}
    assert facts["unit_MADRS"] == "points"
    assert facts["model_hash"] == model.hash
    assert facts["seed"] == "9"


def test_an_interrupted_stream_leaves_nothing_behind(model, people, tmp_path):
    def breaking():
        for k, chunk in enumerate(stream(model, DOSE, people, HOURS, NAMES, chunk=4)):
            if k == 2:
                raise KeyboardInterrupt
            yield chunk

    with pytest.raises(KeyboardInterrupt):
        write_parquet(breaking(), tmp_path / "r.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(model, people, tmp_path):
    (tmp_path / "file").write_text("in the way")
    result = simulate(model, DOSE, people, HOURS, NAMES)
    with pytest.raises(UserError, match="cannot write"):
        write_parquet([result], tmp_path / "file" / "r.parquet")


def test_netcdf_keeps_values_labels_and_provenance(model, people, tmp_path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    result = simulate(model, DOSE, people, HOURS, NAMES)
    path = write_netcdf(result, tmp_path / "r.nc")
    again = xarray.load_dataarray(path, engine="h5netcdf")
    assert np.array_equal(again.values, result.values)
    assert again.attrs["model_hash"] == model.hash
    assert list(again.unit.values) == list(result.unit.values)
