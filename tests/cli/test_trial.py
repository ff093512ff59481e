"""``ketasim trial``: folder, record, answer, power, and every way it can end."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from ketasim.cli import INTERRUPTED, OK, REGRESSION, USAGE, main
from ketasim.cli.trial_examples import SCHEMA_FILE, example, example_names, folder
from ketasim.simulation import read_parquet
from ketasim.trial.trial_file import load_trial, trial_schema
from tests.trial.small_trials import CROSSOVER, WITHDRAWAL, changed

QUICK = ("--no-report", "--quiet")


def write(place, *changes):
    file = place / "small.toml"
    file.write_text(changed(*changes), encoding="utf-8")
    return file


def rows(file):
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Folder of a trial in which patients leave, and its record."""
    place = tmp_path_factory.mktemp("trial")
    file = write(
        place,
        ("dropout = false", 'dropout = true\nstratify = ["sex"]'),
        ('visits = ["2 h", "24 h"]', 'visits = ["2 h", "24 h", "200 d"]'),
    )
    assert main(["trial", str(file), "--out", str(place / "out"), *QUICK]) == OK
    return place / "out", json.loads((place / "out" / "run.json").read_text())


def test_visits_are_in_adam_columns(done):
    place, _ = done
    visits = rows(place / "results" / "visits.csv")
    assert len(visits) == 12 * 4
    first = [row for row in visits if row["ABLFL"] == "Y"]
    assert len(first) == 12
    assert {row["AVISIT"] for row in first} == {"baseline"}
    assert {row["PARAMCD"] for row in visits} == {"MADRS"}
    assert {(row["AVISIT"], row["ADY"]) for row in visits} == {
        ("baseline", "1"), ("2 h", "1"), ("24 h", "2"), ("200 d", "201"),
    }  # fmt: skip
    for row in visits:
        assert (row["ANL01FL"] == "Y") == (row["AVAL"] != "") == (row["DCFL"] != "Y")
        if row["AVAL"]:
            assert float(row["CHG"]) == float(row["AVAL"]) - float(row["BASE"])
            assert 0 <= float(row["AVAL"]) <= 60


def test_parquet_holds_the_same_visits(done):
    place, _ = done
    frame = read_parquet(place / "results" / "visits.parquet")
    visits = rows(place / "results" / "visits.csv")
    assert frame.USUBJID.tolist() == [row["USUBJID"] for row in visits]
    values = [float(row["AVAL"]) if row["AVAL"] else np.nan for row in visits]
    assert np.array_equal(frame.AVAL.to_numpy(float), values, equal_nan=True)


def test_everybody_has_a_row(done):
    place, record = done
    people = rows(place / "results" / "patients.csv")
    assert [row["USUBJID"] for row in people] == [f"{k:02d}" for k in range(1, 13)]
    assert {row["RANDFL"] for row in people} == {"Y"}
    assert {row["STRATAR"] for row in people} <= {"0", "1"}
    gone = [row for row in people if row["EOSSTT"] == "DISCONTINUED"]
    assert gone
    assert len(gone) == sum(arm["left"] for arm in record["arms"].values())
    assert all(row["DCSREAS"] and row["EOSDY"] for row in gone)
    left = {row["USUBJID"] for row in gone}
    visits = rows(place / "results" / "visits.csv")
    assert {row["USUBJID"] for row in visits if row["DCFL"] == "Y"} == left


def test_every_column_is_explained(done):
    place, _ = done
    told = {row["column"] for row in rows(place / "results" / "columns.csv")}
    for name in ("visits.csv", "patients.csv", "endpoint_values.csv"):
        assert set(rows(place / "results" / name)[0]) <= told


def test_endpoints_are_told_by_arm(done):
    place, _ = done
    found = rows(place / "results" / "endpoints.csv")
    assert [(row["endpoint"], row["arm"]) for row in found] == [
        ("day 1", "ketamine"), ("day 1", "saline"),
        ("responders", "ketamine"), ("responders", "saline"),
    ]  # fmt: skip
    values = rows(place / "results" / "endpoint_values.csv")
    mine = [
        float(row["AVAL"])
        for row in values
        if (row["ENDPOINT"], row["TRT01P"]) == ("day 1", "ketamine") and row["AVAL"]
    ]
    assert float(found[0]["value"]) == pytest.approx(np.mean(mine))


def test_record_tells_how_it_was_made(done):
    _, record = done
    assert record["kind"] == "trial"
    assert record["seed"] == record["trial"]["seed"] == 3
    assert record["trial"]["design"]["n"] == 12
    assert len(record["model_hash"]) == 64
    assert set(record["outputs_sha256"]) == {"visits.csv"}
    assert {"python", "numpy", "ketasim"} <= record["versions"].keys()
    assert {arm: facts["n"] for arm, facts in record["arms"].items()} == {
        "ketamine": 8,
        "saline": 4,
    }
    assert record["answer"]["contrasts"][0]["endpoint"] == "day 1"


def test_answer_is_printed(tmp_path, capsys):
    second = '[[endpoints]]\nname = "responders"\nendpoint = "response"\nat = "24 h"\n'
    file = write(tmp_path, (second, ""))
    assert main(["trial", str(file), "--out", str(tmp_path / "out"), "--no-report"]) == OK
    told = capsys.readouterr().out
    assert "95 % interval" in told
    assert "Responders (half of MADRS gone)" in told
    assert "number needed to" in told
    assert "saline (control): saline IV over 40 min; n = 4" in told


def test_page_and_figures_are_written_and_replaced(tmp_path):
    file = write(tmp_path)
    for _ in range(2):
        words = ["trial", str(file), "--out", str(tmp_path / "out"), "--figures", "--quiet"]
        assert main(words) == OK
    assert "<html" in (tmp_path / "out" / "report.html").read_text()
    assert list((tmp_path / "out" / "figures").glob("*.svg"))
    assert {path.name for path in tmp_path.iterdir()} == {"small.toml", "out"}


def test_foreign_folder_is_left_alone(tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("mine")
    words = ["trial", str(write(tmp_path)), "--out", str(tmp_path / "out"), *QUICK]
    assert main(words) == USAGE
    assert "is no output of ketasim: it holds thesis.docx" in capsys.readouterr().err
    assert (tmp_path / "out" / "thesis.docx").read_text() == "mine"


def test_replicates_tell_power(tmp_path, capsys):
    words = ["trial", str(write(tmp_path)), "--out", str(tmp_path / "out"), "--no-report"]
    assert main([*words, "--replicates", "5", "--json"]) == OK
    record = json.loads(capsys.readouterr().out)
    first = record["answer"]["replicates"][0]
    assert (first["endpoint"], first["arm"]) == ("day 1", "ketamine")
    assert first["share_won"]["n"] == first["estimates"]["n"] == 5
    table = rows(tmp_path / "out" / "results" / "replicates.csv")
    estimates = [float(row["estimate"]) for row in table if row["endpoint"] == "day 1"]
    assert first["estimates"]["mean"] == pytest.approx(np.mean(estimates))
    own = [row for row in table if row["endpoint"] == "day 1"]
    won = [float(row["p"]) < 0.05 and float(row["estimate"]) < 0 for row in own]
    assert first["share_won"]["count"] == sum(won)
    # the trial that is told draws no effect of its own: it lies in the middle of all
    assert record["answer"]["contrasts"][0]["value"] not in estimates
    assert {path.name for path in tmp_path.iterdir()} == {"small.toml", "out"}


KILLED = """
import os, signal, sys
from ketasim.cli import main
from ketasim.trial import replicates
replicates.PEOPLE_AT_ONCE = 24
whole = replicates.write_chunk
made = []
def write(file, rows):
    whole(file, rows)
    made.append(file)
    if len(made) == int(os.environ["STOP_AFTER"]):
        os.kill(os.getpid(), getattr(signal, os.environ["SIGNAL"]))
replicates.write_chunk = write
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT", "SIGTERM"])
def test_killed_run_goes_on(tmp_path, how):
    file = write(tmp_path)
    words = ["trial", str(file), "--replicates", "6", *QUICK, "--out"]

    def run(stop_after, out):
        environment = {**os.environ, "STOP_AFTER": str(stop_after), "SIGNAL": how}
        return subprocess.run(
            [sys.executable, "-c", KILLED, *words, str(tmp_path / out)],
            env=environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    stopped = run(1, "out")
    if how == "SIGKILL":
        assert stopped.returncode == -signal.SIGKILL
    else:
        assert stopped.returncode == INTERRUPTED
        assert stopped.stderr == (
            "ketasim: interrupted; 2 of 6 replicates are kept, and the same command goes on from "
            "there\n"
        )
    assert not (tmp_path / "out").exists()
    kept = next((tmp_path / ".out.replicates").rglob("*.json"))
    before = kept.stat().st_mtime_ns
    time.sleep(0.01)
    stopped = run(1, "out")  # one more chunk, the first one untouched
    assert kept.stat().st_mtime_ns == before
    assert len(list((tmp_path / ".out.replicates").rglob("*.json"))) == 2
    assert run(0, "out").returncode == OK
    assert run(0, "whole").returncode == OK
    one, other = (tmp_path / o / "results" / "replicates.csv" for o in ("out", "whole"))
    assert one.read_bytes() == other.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"small.toml", "out", "whole"}


def test_interrupted_single_trial_writes_nothing(tmp_path, monkeypatch, capsys):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("ketasim.trial.verb.run", stopped)
    words = ["trial", str(write(tmp_path)), "--out", str(tmp_path / "out"), *QUICK]
    assert main(words) == INTERRUPTED
    assert capsys.readouterr().err == "ketasim: interrupted; nothing was written\n"
    assert [path.name for path in tmp_path.iterdir()] == ["small.toml"]


def test_threads_change_nothing(tmp_path):
    file = write(tmp_path)
    for threads in ("1", "2"):
        words = ["trial", str(file), "-r", "4", "--threads", threads, *QUICK]
        assert main([*words, "--out", str(tmp_path / threads)]) == OK
    for name in ("visits.csv", "replicates.csv"):
        one, other = (tmp_path / threads / "results" / name for threads in ("1", "2"))
        assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("design", [CROSSOVER, WITHDRAWAL], ids=["crossover", "withdrawal"])
def test_trial_is_reproduced(tmp_path, capsys, design):
    words = ["trial", str(write(tmp_path, *design)), "-r", "2", *QUICK]
    assert main([*words, "--out", str(tmp_path / "out")]) == OK
    assert main(["reproduce", str(tmp_path / "out" / "run.json"), "--json"]) == OK
    found = json.loads(capsys.readouterr().out)
    assert found["arms"] == {"visits.csv": 0.0, "replicates.csv": 0.0}
    assert found["changed"] == {}
    record = tmp_path / "out" / "run.json"
    data = json.loads(record.read_text())
    data["trial"]["seed"] = 4
    record.write_text(json.dumps(data))
    assert main(["reproduce", str(tmp_path / "out")]) == REGRESSION
    assert capsys.readouterr().out.splitlines()[-1] == "not reproduced"


def test_crossover_says_sequence_and_period(tmp_path):
    words = ["trial", str(write(tmp_path, *CROSSOVER)), *QUICK]
    assert main([*words, "--out", str(tmp_path / "out")]) == OK
    visits = rows(tmp_path / "out" / "results" / "visits.csv")
    assert len(visits) == 12 * 3 * 2
    for row in visits:
        place = row["TRTSEQP"].split(" - ").index(row["TRT01P"])
        assert int(row["APERIOD"]) == place + 1
    people = rows(tmp_path / "out" / "results" / "patients.csv")
    assert {row["TRT01P"] for row in people} == {"ketamine - saline", "saline - ketamine"}


def test_withdrawal_says_who_was_randomised(tmp_path):
    words = ["trial", str(write(tmp_path, *WITHDRAWAL)), *QUICK]
    assert main([*words, "--out", str(tmp_path / "out")]) == OK
    people = rows(tmp_path / "out" / "results" / "patients.csv")
    randomised = {row["USUBJID"] for row in people if row["RANDFL"] == "Y"}
    assert 0 < len(randomised) < 12
    assert all(bool(row["TRT01P"]) == (row["RANDFL"] == "Y") for row in people)
    visits = rows(tmp_path / "out" / "results" / "visits.csv")
    assert {row["USUBJID"] for row in visits} == randomised


BAD = [
    (("allocation = 1", "allocation = 0"), "arms[2].allocation: 0 leaves"),
    (('["2 h", "24 h"]', '["24 h", "2 h"]'), "design.visits[2]"),
    (('endpoint = "change"', 'endpoint = "chnge"'), "nearest: change"),
    (('name = "trd"', 'name = "tdr"'), "population"),
    (
        ('endpoint = "response"\nat = "24 h"', 'endpoint = "peak"\nscale = "CADSSS"'),
        "nearest: CADSS",
    ),
]


@pytest.mark.parametrize(("change", "told"), BAD)
def test_mistake_is_one_line_and_nothing_is_written(tmp_path, capsys, change, told):
    words = ["trial", str(write(tmp_path, change)), "--out", str(tmp_path / "out"), *QUICK]
    assert main(words) == USAGE
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert said.startswith(f"ketasim: {tmp_path / 'small.toml'}: ")
    assert [path.name for path in tmp_path.iterdir()] == ["small.toml"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-n", "2"], "command line: design.n: 2 cannot fill every arm"),
        (["-n", "2000000"], "command line: design.n: 2000000 is out of range"),
        (["--replicates", "0"], "command line: replicates: 0 is out of range"),
        (["--seed", "-1"], "command line: seed: -1 is out of range"),
        (["--example", "one_infusion"], "--example: give a file or an example, not both"),
    ],
)
def test_options_are_checked(tmp_path, capsys, words, told):
    file = write(tmp_path)
    assert main(["trial", str(file), "--out", str(tmp_path / "out"), *words]) == USAGE
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1


def test_unknown_example_names_the_nearest(capsys):
    assert main(["trial", "--example", "nasal_addon"]) == USAGE
    assert "no trial 'nasal_addon'; nearest: nasal_add_on" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["folder", "empty", "bytes"])
def test_file_that_is_none(tmp_path, capsys, what):
    file = tmp_path / "t.toml"
    if what == "folder":
        file.mkdir()
    else:
        file.write_bytes(b"" if what == "empty" else b"\xff\xfe")
    assert main(["trial", str(file)]) == USAGE
    assert capsys.readouterr().err.count("\n") == 1


def test_schema_is_printed_and_shipped(capsys):
    assert main(["schema", "--trial"]) == OK
    printed = capsys.readouterr().out
    assert printed == trial_schema()
    shipped = (folder() / SCHEMA_FILE).read_text(encoding="utf-8")
    assert shipped == printed, f"renew it: ketasim schema --trial > .../trials/{SCHEMA_FILE}"


@pytest.mark.parametrize("name", example_names())
def test_shipped_trials_read(name):
    trial = load_trial(example(name))
    assert trial.question
    assert trial.replicates == 1


def test_show_prints_the_file(capsys):
    assert main(["trial", "--show"]) == OK
    assert capsys.readouterr().out == example().read_text(encoding="utf-8")


@pytest.mark.parametrize("name", example_names())
def test_shipped_trials_run(tmp_path, name):
    words = ["trial", "--example", name, "-n", "40", *QUICK, "--out", str(tmp_path / "out")]
    assert main(words) == OK
    found = rows(tmp_path / "out" / "results" / "endpoints.csv")
    assert {row["endpoint"] for row in found} == {
        e.name for e in load_trial(example(name)).endpoints
    }


def test_what_shows_while_running_names_the_file_too(tmp_path, capsys):
    none = ("baseline = { mean = 33, sd = 5 }", "")
    file = write(tmp_path, none, ("minimum = 27", "minimum = 59"))
    assert main(["trial", str(file), "--out", str(tmp_path / "out"), *QUICK]) == USAGE
    said = capsys.readouterr().err
    assert said.startswith(f"ketasim: {file}: entry: minimum 59: 0 of")
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()
