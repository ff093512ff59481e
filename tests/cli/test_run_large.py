"""``ketasim run --keep summary``, ``--check`` and ``--scheduler``: many people, honest errors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ketasim.cli import OK, PARTIAL, REGRESSION, USAGE, main
from ketasim.cli.run_study import parts_beside
from ketasim.errors import UserError
from ketasim.simulation import read_parquet
from ketasim.simulation.question import Question
from ketasim.simulation.summary import PART
from ketasim.study.large_arm import PEOPLE_KEPT, kept
from tests.study.small import small_study

QUICK = ("--no-report", "--quiet")


def short_study(folder, *changes):
    """Write the small study without attribution or typical person."""
    text = small_study(folder).read_text()
    text = text.replace('mechanisms = "all"', 'mechanisms = "all"\ntypical = false')
    text = text.replace("[attribution]", "[attribution]\non = false")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    file = folder / "small.toml"
    file.write_text(text)
    return file


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The small study run twice: everybody kept, and a summary with a check."""
    folder = tmp_path_factory.mktemp("large")
    study = str(short_study(folder))
    assert main(["run", study, "--out", str(folder / "people"), *QUICK]) == OK
    told = ["--keep", "summary", "--check", "--netcdf"]
    assert main(["run", study, "--out", str(folder / "summary"), *told, *QUICK]) == OK
    return folder / "people", folder / "summary"


def test_a_summary_answers_as_everybody_s_numbers_do(both):
    people, summary = (json.loads((folder / "run.json").read_text()) for folder in both)
    assert (people["keep"], summary["keep"]) == ("people", "summary")
    for arm in ("ketamine", "saline"):
        one, other = people["answer"]["arms"][arm], summary["answer"]["arms"][arm]
        assert one["n"] == other["n"] == 6
        for key in ("MADRS", "response", "remission"):
            assert one[key].keys() == other[key].keys()
            # single precision on one side
            assert list(one[key].values()) == pytest.approx(list(other[key].values()), rel=1e-5)
        assert summary["arms"][arm]["prescribed_mg"] == pytest.approx(
            people["arms"][arm]["prescribed_mg"]
        )
    assert people["answer"]["advantage"] == pytest.approx(summary["answer"]["advantage"], rel=1e-4)


def test_a_summary_is_a_table_and_no_file_of_everybody(both):
    people, summary = both
    table = pd.read_csv(summary / "results" / "ketamine.summary.csv")
    every = read_parquet(people / "results" / "ketamine.parquet")
    assert not list((summary / "results").glob("*.parquet"))
    assert (summary / "results" / "ketamine.nc").exists()
    assert not parts_beside(summary).exists()
    row = table[(table.output == "MADRS") & (table.time_h == 24)].iloc[0]
    assert row["mean"] == pytest.approx(every[every.time_h == 24].MADRS.mean(), rel=1e-5)
    assert (row["n"], row["failed"]) == (6, 0)


def test_a_check_is_in_the_record(both):
    check = json.loads((both[1] / "run.json").read_text())["check"]
    assert set(check) == {"ketamine", "saline"}
    assert check["ketamine"]["kept"]
    assert check["ketamine"]["individuals"] == [0, 1, 2, 3, 4, 5]
    assert 0 < check["ketamine"]["outputs"]["MADRS"]["largest"] < 1e-3


def test_errors_beyond_the_promise_end_with_3_and_a_line(tmp_path, capsys, monkeypatch):
    """An engine that is off by half a per cent."""
    ensemble = Question.ensemble

    def wrong(self, people, threads):
        found = ensemble(self, people, threads)
        return replace(found, values=found.values * (1 + 5e-3))

    monkeypatch.setattr(Question, "ensemble", wrong)
    study = short_study(tmp_path, ("n = 6", "n = 2"))
    out = ["--out", str(tmp_path / "o"), "--no-report"]
    assert main(["run", str(study), *out, "--check"]) == REGRESSION
    told = capsys.readouterr()
    assert "errors larger than promised in ketamine: Cket" in told.err
    assert "check of ketamine: largest error" in told.out
    assert main(["run", str(study), *out, "-q"]) == OK  # nobody asked


def test_a_report_says_what_it_draws(tmp_path):
    study = short_study(tmp_path)
    out = tmp_path / "o"
    assert main(["run", str(study), "--out", str(out), "--keep", "summary", "--check", "-q"]) == OK
    page = (out / "report.html").read_text()
    assert "the first 6 of 6; the numbers of all are in results/ketamine.summary.csv" in page
    assert "individuals against LSODA" in page


def test_a_summary_is_reproduced_bit_for_bit_and_a_changed_one_is_found_out(both, capsys):
    assert main(["reproduce", str(both[1])]) == OK
    assert "ketamine: identical" in capsys.readouterr().out
    record = both[1] / "run.json"
    text = record.read_text()
    try:
        changed = json.loads(text)
        changed["arms"]["ketamine"]["sha256"] = "0" * 64
        record.write_text(json.dumps(changed))
        assert main(["reproduce", str(both[1])]) == OK  # the numbers are the same
        changed["study"]["seed"] = 4
        record.write_text(json.dumps(changed))
        assert main(["reproduce", str(both[1])]) == REGRESSION
    finally:
        record.write_text(text)


def test_interrupted_it_goes_on_and_another_question_is_refused(tmp_path, capsys):
    # kinetics only, so that parts are quick
    change = ('mechanisms = "all"', 'mechanisms = ["pk"]')
    study = short_study(
        tmp_path, change, ('["Cket", "MADRS", "CADSS"]', '["Cket"]'), ("n = 6", f"n = {30 * PART}")
    )
    out = tmp_path / "o"
    command = [sys.executable, "-m", "ketasim", "run", str(study), "--out", str(out), *QUICK]
    source = str(Path(__file__).parents[2] / "src")
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": source},
                               stderr=subprocess.PIPE, text=True)  # fmt: skip
    store = parts_beside(out) / "ketamine"
    while process.poll() is None and not list(store.glob("*-*.npz")):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    told = process.communicate()[1]
    assert process.returncode == 130
    assert "finished parts are kept, and the same command goes on from there" in told
    assert not out.exists()
    capsys.readouterr()
    assert main(["run", str(study), "--out", str(out), "--seed", "9", *QUICK]) == USAGE
    assert "seed 3 then, 9 now" in capsys.readouterr().err
    assert main(["run", str(study), "--out", str(out), *QUICK]) == OK
    assert not parts_beside(out).exists()
    record = json.loads((out / "run.json").read_text())
    assert record["keep"] == "summary"  # more than 100,000 people
    assert record["arms"]["ketamine"]["n"] == 30 * PART


def test_what_is_kept_follows_the_number_of_people():
    assert kept(None, PEOPLE_KEPT) == "people"
    assert kept(None, PEOPLE_KEPT + 1) == "summary"
    assert kept("people", 10**6) == "people"
    assert kept(None, 5, "tcp://a:1") == "summary"
    with pytest.raises(UserError, match="is for keep = summary only"):
        kept("people", 5, "tcp://a:1")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--keep", "sumary"], "keep: 'sumary' is unknown; nearest: summary"),
        (["--scheduler", "http://x:1"], "is no address; give one as tcp://host:8786"),
        (["-n", "1000000000000000000"], "n: "),
    ],
)
def test_mistakes_are_one_line(tmp_path, capsys, options, message):
    study = str(short_study(tmp_path))
    assert main(["run", study, "--out", str(tmp_path / "o"), *options, *QUICK]) == USAGE
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def test_failures_are_told_with_the_summary(tmp_path, monkeypatch):
    from ketasim.simulation.question import Question

    ensemble = Question.ensemble

    def spoilt(self, people, threads):
        found = ensemble(self, people, threads)
        rows = np.arange(people.first, people.last) == 4
        values = np.where(rows[:, None, None], np.nan, found.values)
        status = np.where(rows, 1, found.status).astype(np.int8)
        return replace(found, values=values, status=status)

    monkeypatch.setattr(Question, "ensemble", spoilt)
    study = str(short_study(tmp_path))
    out = tmp_path / "o"
    assert main(["run", study, "--out", str(out), "--keep", "summary", *QUICK]) == PARTIAL
    record = json.loads((out / "run.json").read_text())
    assert record["arms"]["ketamine"]["statuses"] == {"ok": 5, "too many steps": 1}
    table = pd.read_csv(StringIO((out / "results" / "ketamine.summary.csv").read_text()))
    assert set(table.failed) == {1}
