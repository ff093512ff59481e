"""A study's results as one file: every arm, every person, whole or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.simulation import read_parquet, simulate
from ketasim.study import Setup, prepare, read_study, result_files
from ketasim.study.result_files import write_study_netcdf, write_study_parquet

STUDY = """
title = "Two arms"
n = 5
seed = 2
mechanisms = ["pk", "absorption", "metabolites", "brain"]
outputs = ["Cket", "bS"]
control = "low"
times = { until = "6 h", every = "1 h" }
[[arms]]
name = "high"
regimen = [{ dose = "1 mg/kg", over = "40 min" }]
[[arms]]
name = "low"
regimen = [{ dose = "0.1 mg/kg", over = "40 min" }]
"""


@pytest.fixture(scope="module")
def setup() -> Setup:
    return prepare(read_study(STUDY, "study.toml"))


@pytest.fixture(scope="module")
def expected(setup):
    return {
        name: simulate(
            setup.model, regimen, setup.population, setup.times_h, setup.study.outputs
        ).values.astype(np.float32)
        for name, regimen in setup.regimens.items()
    }


def test_parquet_holds_every_arm(setup, expected, tmp_path):
    statuses = write_study_parquet(setup, tmp_path / "all.parquet")
    assert statuses == {"ok": 10}
    assert [path.name for path in tmp_path.iterdir()] == ["all.parquet"]
    table = read_parquet(tmp_path / "all.parquet")
    assert list(table.columns[:4]) == ["arm", "individual", "time_h", "status"]
    for name, values in expected.items():
        mine = table[table.arm == name]
        assert np.array_equal(mine[["Cket", "bS"]].to_numpy().reshape(5, 7, 2), values)
        assert list(mine.individual[::7]) == list(range(5))


def test_parquet_says_where_it_comes_from(setup, tmp_path):
    import duckdb

    path = tmp_path / "all.parquet"
    write_study_parquet(setup, path)
    pairs = dict(
        duckdb.sql(
            f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}')"
        ).fetchall()
    )
    assert pairs["model_hash"] == setup.model.hash
    assert pairs["seed"] == "2"
    assert pairs["unit_Cket"] == "ng/mL"
    assert pairs["regimen_low"].startswith("0.1 mg/kg")
    assert pairs["regimen_high"].startswith("1 mg/kg")


def test_netcdf_holds_every_arm(setup, expected, tmp_path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    assert write_study_netcdf(setup, tmp_path / "all.nc") == {"ok": 10}
    with xarray.open_dataarray(tmp_path / "all.nc", engine="h5netcdf") as result:
        assert result.dims == ("arm", "individual", "time", "output")
        for name, values in expected.items():
            assert np.array_equal(result.sel(arm=name).values, values)
            assert str(result.sel(arm=name).regimen.values) == str(setup.regimens[name])
        assert list(result.unit.values) == ["ng/mL", "nM"]
        assert result.WT.dims == ("individual",)
        assert result.attrs["model_hash"] == setup.model.hash


def test_netcdf_refuses_what_memory_cannot_hold(setup, tmp_path, monkeypatch):
    monkeypatch.setattr(result_files, "MOST_NUMBERS", 10)
    with pytest.raises(UserError, match="140 numbers; the most is 10"):
        write_study_netcdf(setup, tmp_path / "all.nc")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [write_study_parquet, write_study_netcdf])
def test_a_place_that_cannot_be_written_is_told_before_the_work(setup, tmp_path, write):
    with pytest.raises(UserError, match="there is no folder"):
        write(setup, tmp_path / "none" / "all")
    with pytest.raises(UserError, match="it is a folder"):
        write(setup, tmp_path)


def test_an_interrupted_write_leaves_the_former_file(setup, tmp_path, monkeypatch):
    path = tmp_path / "all.parquet"
    path.write_text("former")

    def interrupted(*given, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr(result_files, "simulate_arm", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_study_parquet(setup, path)
    assert path.read_text() == "former"
    assert [each.name for each in tmp_path.iterdir()] == ["all.parquet"]
