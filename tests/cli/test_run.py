"""``ketasim run``: results, record, answer, and every way it can end."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from ketasim.cli import INTERRUPTED, NUMERICAL, OK, PARTIAL, USAGE, main
from ketasim.simulation import read_parquet
from tests.study.small import SMALL, small_study

QUICK = ("--no-report", "--quiet")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One finished run of the small study, and its record."""
    folder = tmp_path_factory.mktemp("run")
    assert main(["run", str(small_study(folder)), "--out", str(folder / "out"), *QUICK]) == OK
    return folder / "out", json.loads((folder / "out" / "run.json").read_text())


def test_results_are_tidy(done):
    folder, _ = done
    table = read_parquet(folder / "results" / "ketamine.parquet")
    assert list(table.columns) == ["individual", "time_h", "status", "Cket", "MADRS", "CADSS"]
    assert len(table) == 6 * 14
    assert table.individual.tolist() == np.repeat(np.arange(6), 14).tolist()
    assert sorted(table.time_h.unique()) == [0, *np.arange(2, 27, 2)]
    assert set(table.status) == {"ok"}


def test_every_column_is_explained(done):
    folder, _ = done
    with (folder / "results" / "columns.csv").open() as file:
        rows = {row["column"]: row for row in csv.DictReader(file)}
    assert list(rows) == list(read_parquet(folder / "results" / "saline.parquet").columns)
    assert rows["Cket"]["unit"] == "ng/mL"
    assert rows["MADRS"]["mechanism"] == "mood"


def test_typical_person_is_there_minute_by_minute(done):
    folder, _ = done
    table = read_parquet(folder / "results" / "typical" / "ketamine.parquet")
    assert np.allclose(np.diff(table.time_h), 1 / 60)
    assert len(table) == 26 * 60 + 1
    peak = table.loc[table.Cket.idxmax()]
    assert peak.time_h == pytest.approx(40 / 60, abs=2 / 60)  # the end of the infusion


def test_arms_hold_the_same_people_and_saline_no_drug(done):
    folder, _ = done
    drug = read_parquet(folder / "results" / "ketamine.parquet")
    saline = read_parquet(folder / "results" / "saline.parquet")
    first = drug.time_h == 0
    assert drug.MADRS[first].tolist() == saline.MADRS[first].tolist()
    assert saline.Cket.abs().max() == 0
    assert drug.Cket.max() > 10


def test_record_tells_how_it_was_made(done):
    _, record = done
    assert record["seed"] == record["study"]["seed"] == 3
    assert record["study"]["outputs"] == ["Cket", "MADRS", "CADSS"]
    assert len(record["model_hash"]) == 64
    assert {"python", "numpy", "numba", "ketasim"} <= record["versions"].keys()
    arm = record["arms"]["ketamine"]
    assert (arm["n"], arm["failed"]) == (6, 0)
    assert arm["delivered_mg"] == pytest.approx(arm["prescribed_mg"], rel=1e-9)
    assert 6 * 15 < arm["prescribed_mg"] < 6 * 80  # 0.5 mg/kg of 30 to 160 kg
    assert record["arms"]["saline"]["prescribed_mg"] == 0


def test_answer_agrees_with_the_results(done):
    folder, record = done
    table = read_parquet(folder / "results" / "ketamine.parquet")
    told = record["answer"]["arms"]["ketamine"]["MADRS"]
    assert list(told) == ["2 h", "4 h", "1 d"]  # the study ends at 26 h
    assert told["1 d"] == pytest.approx(table.MADRS[table.time_h == 24].mean(), rel=1e-5)
    shares = record["answer"]["attribution"]["left at rest"]["24 h"]
    assert set(shares) < set(record["mechanisms"])


@pytest.mark.parametrize("n", [1, 10_000])
def test_one_patient_and_ten_thousand(tmp_path, n):
    study = small_study(tmp_path, ('"26 h"', '"4 h"'), ('"24 h"', '"4 h"'))
    out = tmp_path / "out"
    assert main(["run", str(study), "--n", str(n), "--out", str(out), *QUICK]) == OK
    table = read_parquet(out / "results" / "ketamine.parquet")
    assert table.individual.nunique() == n
    assert not table.isna().to_numpy().any()


def test_chunks_and_threads_change_nothing(tmp_path, done, monkeypatch):
    monkeypatch.setattr("ketasim.simulation.verb.CHUNK_NUMBERS", 1)
    out = tmp_path / "out"
    study = str(small_study(tmp_path))
    assert main(["run", study, "--out", str(out), "--threads", "1", *QUICK]) == OK
    record = json.loads((out / "run.json").read_text())
    then = done[1]["arms"]
    assert {a: r["sha256"] for a, r in record["arms"].items()} == {
        a: r["sha256"] for a, r in then.items()
    }


BAD = [
    (('mechanisms = "all"', 'mechanisms = ["pk", "nmad"]'), "mechanisms: no mechanism 'nmad'"),
    (('mechanisms = "all"', 'without = ["gss"]'), "without: no mechanism 'gss'; nearest: gs"),
    (
        ('mechanisms = "all"', 'without = ["habenula"]'),
        "without: no mechanism 'habenula'; nearest: lhb",
    ),
    (("[times]", "[scale]\nnmad = 0\n[times]"), "scale: no mechanism 'nmad'; nearest: nmda"),
    (("[times]", "[block]\nnmad = 1\n[times]"), "block: no mechanism 'nmad'; nearest: nmda"),
    (("[times]", "[values]\nCL_Z = 1\n[times]"), "CL_Z"),
    (('"Cket"', '"Ckat"'), "outputs: no output 'Ckat'; nearest: Cket"),
    (('name = "trd"', 'name = "trf"'), "population.name: population: unknown name 'trf'"),
    (('name = "trd"', "overrides = { WTT = 70 }"), "population.overrides: no parameter 'WTT'"),
    (('name = "trd"', 'file = "none.csv"'), "none.csv: no such file"),
    (('"0.5 mg/kg"', '"-0.5 mg/kg"'), "'-0.5 mg/kg' is negative"),
    (('over = "40 min"', 'over = "0 min"'), "'0 min' has no length"),
    (("n = 6", "n = 0"), "n: 0 is out of range"),
]


@pytest.mark.parametrize(("change", "told"), BAD, ids=[told for _, told in BAD])
def test_mistake_ends_with_one_line_and_no_folder(tmp_path, capsys, change, told):
    out = tmp_path / "out"
    study = small_study(tmp_path, change)
    assert main(["run", str(study), "--out", str(out)]) == USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert told in said.err
    assert "small.toml" in said.err or "none.csv" in said.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["small.toml"]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ('dose = "28 mg"\nroute = "oral"', "'oral' cannot be given: the model has no rate_R_po"),
        ('dose = "28 mg"\nroute = "intranasal"', "the model has no Anas_R"),
        ('dose = "28 mg"\nroute = "sublingual"', "the model has no Asl_R"),
        ('dose = "28 mg"\nroute = "sc"', "the model has no Aim_R"),
        ('dose = "1 uM"\nroute = "bath"\nfor = "1 h"', "the model computes bR"),
    ],
)
def test_route_that_the_model_cannot_take(tmp_path, capsys, step, told):
    without = ('mechanisms = "all"', 'without = ["absorption"]')
    study = small_study(tmp_path, without, ('dose = "0.5 mg/kg"\nover = "40 min"', step))
    assert main(["run", str(study), "--out", str(tmp_path / "out")]) == USAGE
    said = capsys.readouterr().err
    assert "arms[1].regimen[1].route: " in said
    assert told in said
    assert said.endswith("; routes that work: infusion, bolus, daily\n")


def test_nan_in_the_file_of_people(tmp_path, capsys):
    (tmp_path / "people.csv").write_text("ID,WT,D0\n1,70,1\n2,nan,1\n")
    study = small_study(tmp_path, ('name = "trd"', 'file = "people.csv"'), ("n = 6", ""))
    assert main(["run", str(study), "--out", str(tmp_path / "out")]) == USAGE
    assert "people.csv:3: WT 'nan' is not a finite number" in capsys.readouterr().err


def test_more_people_asked_for_than_the_file_holds(tmp_path, capsys):
    (tmp_path / "people.csv").write_text("ID,WT\n1,70\n2,80\n")
    study = small_study(tmp_path, ('name = "trd"', 'file = "people.csv"'))
    assert main(["run", str(study), "--out", str(tmp_path / "out")]) == USAGE
    assert "n: 6 asked for, but" in capsys.readouterr().err


def test_impossible_value_in_the_file_of_people(tmp_path, capsys):
    (tmp_path / "people.csv").write_text("ID,WT,CL_S\n1,70,90\n2,70,-5\n")
    study = small_study(tmp_path, ('name = "trd"', 'file = "people.csv"'), ("n = 6", "n = 1"))
    assert main(["run", str(study), "--out", str(tmp_path / "out")]) == USAGE
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "people.csv:3: CL_S '-5' is not positive" in said
    assert not (tmp_path / "out").exists()


def test_people_of_a_file_are_treated_and_kept_with_the_results(tmp_path):
    (tmp_path / "people.csv").write_text("ID,WT\na,50\nb,100\n")
    study = small_study(tmp_path, ('name = "trd"', 'file = "people.csv"'), ("n = 6", ""))
    assert main(["run", str(study), "--out", str(tmp_path / "out"), *QUICK]) == OK
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["arms"]["ketamine"]["prescribed_mg"] == pytest.approx(0.5 * (50 + 100))
    assert (tmp_path / "out" / "results" / "people.csv").is_file()


@pytest.mark.parametrize("place", ["file/out", "file"])
def test_unwritable_place(tmp_path, capsys, place):
    (tmp_path / "file").write_text("")
    assert main(["run", str(small_study(tmp_path)), "--out", str(tmp_path / place)]) == USAGE
    said = capsys.readouterr().err
    assert said.startswith("ketasim: --out: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(("lost", "code"), [(slice(0, 2), PARTIAL), (slice(None), NUMERICAL)])
def test_lost_individuals_are_counted_and_told(tmp_path, capsys, monkeypatch, lost, code):
    import ketasim.simulation as layer

    real = layer.stream

    def losing(*args, **kwargs):
        for chunk in real(*args, **kwargs):
            chunk.values[lost] = np.nan
            yield chunk

    monkeypatch.setattr(layer, "stream", losing)
    out = tmp_path / "out"
    assert main(["run", str(small_study(tmp_path)), "--out", str(out), *QUICK]) == code
    record = json.loads((out / "run.json").read_text())
    n_lost = len(range(6)[lost])
    assert record["arms"]["ketamine"]["failed"] == n_lost
    assert record["exit_code"] == code
    assert f"{n_lost} of 6 individuals of ketamine failed" in capsys.readouterr().err


def test_interrupt_between_chunks_leaves_nothing(tmp_path, capsys, monkeypatch):
    def stopped(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("ketasim.report.study_run.simulate_arm", stopped)
    study = small_study(tmp_path)
    assert main(["run", str(study), "--out", str(tmp_path / "out")]) == INTERRUPTED
    assert capsys.readouterr().err == "ketasim: interrupted; nothing was written\n"
    assert [p.name for p in tmp_path.iterdir()] == ["small.toml"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_process_leaves_nothing(tmp_path, how):
    study = small_study(tmp_path, ("n = 6", "n = 90000"))
    command = [sys.executable, "-m", "ketasim", "run", str(study), "--out"]
    process = subprocess.Popen([*command, str(tmp_path / "out")], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".out.*/results/.*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(how)
    _, said = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert said == "ketasim: interrupted; nothing was written\n"
    assert [p.name for p in tmp_path.iterdir()] == ["small.toml"]


def test_small_study_is_the_one_written(tmp_path):
    assert small_study(tmp_path).read_text() == SMALL
