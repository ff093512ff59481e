"""``ketasim simulate``: any model, with doses, from the command line."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from ketasim.cli import NUMERICAL, OK, USAGE, main
from ketasim.simulation.results import read_parquet
from tests.engine import models

MODEL = """model m
 compartment c = 2; species A in c; A = 0; k = 0.5; J: A -> ; k*A*c;
 n = 0; at A > 3: n = n + 1;
end
"""


@pytest.fixture
def files(tmp_path):
    """Write a model in both forms and a dose table."""
    (tmp_path / "m.ant").write_text(MODEL)
    (tmp_path / "m.xml").write_text(models.sbml(MODEL))
    (tmp_path / "doses.csv").write_text("time, target, amount, duration\n0,A,10,2\n4,A,6,\n")
    return tmp_path


def expected(t):
    t = np.asarray(t, float)
    infusion = models.infusion_in_one_compartment(t, 5.0, 2.0, 0.5, 2.0)
    return infusion + np.where(t > 4, 3 * np.exp(-0.25 * np.maximum(t - 4, 0)), 0)


@pytest.mark.parametrize("name", ["m.ant", "m.xml"])
def test_doses_values_and_times(files, capsys, name):
    command = ["simulate", str(files / name), "--times", "0:8:1", "--values", "k=0.25",
               "--doses", str(files / "doses.csv"), "--outputs", "A,n"]  # fmt: skip
    assert main(command) == OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "time,A,n"
    table = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
    np.testing.assert_allclose(table[:, 1], expected(np.arange(9)), rtol=1e-7, atol=1e-12)
    assert table[-1, 2] == 2


@pytest.mark.parametrize("name", ["o.csv", "o.parquet"])
def test_files_hold_the_same(files, capsys, name):
    out = files / name
    command = [
        "simulate",
        str(files / "m.xml"),
        "--until",
        "4",
        "--values",
        "A=1",
        "--out",
        str(out),
    ]
    assert main(command) == OK
    table = pd.read_csv(out) if name.endswith("csv") else read_parquet(out)
    assert list(table.columns) == ["time", "A", "n", "J"]
    assert len(table) == 201
    np.testing.assert_allclose(table["A"], np.exp(-0.5 * table["time"]), rtol=1e-7)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "either --until END or --times"),
        (["--until", "5", "--times", "1,2"], "either --until END or --times"),
        (["--until", "-5"], "no time to stop at"),
        (["--times", "0:5"], "START:END:STEP"),
        (["--times", "0:5:1e-12"], "at most 1,000,000"),
        (["--times", "1,x"], "'x' is no number"),
        (["--times", "2,1"], "must ascend"),
        (["--until", "5", "--outputs", "B"], "output 'B' is not in the model"),
        (["--until", "5", "--values", "kk=1"], "nearest: k"),
        (["--until", "5", "--values", "k"], "is not NAME=NUMBER"),
        (["--until", "5", "--out", "x.txt"], ".csv or .parquet"),
    ],
)
def test_mistakes_are_told_in_one_line(files, capsys, words, message):
    assert main(["simulate", str(files / "m.xml"), *words]) == USAGE
    shown = capsys.readouterr()
    assert message in shown.err
    assert len(shown.err.splitlines()) == 1
    assert not shown.out


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("time,target\n0,A\n", "column 'amount' is missing"),
        ("time,target,amount,durration\n0,A,1,1\n", "nearest: duration"),
        ("time,target,amount\n0,A,much\n", "doses.csv:2: amount: 'much' is no number"),
        ("time,target,amount\n-1,A,1\n", "neither may be below 0"),
        ("time,target,amount\n0,A\n", "not as many cells"),
        ("time,target,amount\n0,B,1\n", "'B' is no species"),
    ],
)
def test_mistakes_in_doses_are_told(files, capsys, table, message):
    (files / "doses.csv").write_text(table)
    command = [
        "simulate",
        str(files / "m.xml"),
        "--until",
        "1",
        "--doses",
        str(files / "doses.csv"),
    ]
    assert main(command) == USAGE
    assert message in capsys.readouterr().err


def test_a_run_that_ends_early_is_told(files, capsys):
    (files / "bad.ant").write_text("model m\n x = 1; x' = x^2;\nend\n")
    assert main(["simulate", str(files / "bad.ant"), "--times", "0,0.5,2"]) == NUMERICAL
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == "2.0,nan"
    assert "values from there on are NaN" in shown.err


PEOPLE = "id,k,A\nann,0.25,0\nbea,0.5,1\n"


def simulate_many(files, *words):
    """Simulate the model for the people of a table."""
    (files / "people.csv").write_text(PEOPLE)
    (files / "doses.csv").write_text(
        "time,target,amount,duration,id\n0,A,10,2,ann\n4,A,6,,ann\n1,A,8,,\n"
    )
    return main(["simulate", str(files / "m.xml"), "--times", "0:8:1", "--outputs", "A,n",
                 "--people", str(files / "people.csv"), *words])  # fmt: skip


def test_people_with_values_and_doses_of_their_own(files, capsys):
    assert simulate_many(files, "--doses", str(files / "doses.csv")) == OK
    table = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert list(table.columns) == ["id", "time", "status", "A", "n"]
    assert list(table["id"]) == ["ann"] * 9 + ["bea"] * 9
    assert set(table["status"]) == {"ok"}
    t = np.arange(9.0)
    bolus = np.where(t > 1, 4 * np.exp(-0.25 * np.maximum(t - 1, 0)), 0)
    ann, bea = table["A"][:9], table["A"][9:]
    np.testing.assert_allclose(ann, expected(t) + bolus, rtol=1e-6)
    bolus = np.where(t > 1, 4 * np.exp(-0.5 * np.maximum(t - 1, 0)), 0)
    np.testing.assert_allclose(bea, np.exp(-0.5 * t) + bolus, rtol=1e-6)


@pytest.mark.parametrize("name", ["o.csv", "o.parquet"])
def test_files_of_many_hold_the_same(files, capsys, name):
    assert simulate_many(files) == OK
    shown = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert simulate_many(files, "--out", str(files / name)) == OK
    out = files / name
    table = pd.read_csv(out) if name.endswith("csv") else read_parquet(out)
    pd.testing.assert_frame_equal(table, shown, check_dtype=False)
    assert not [p for p in files.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize(
    ("people", "doses", "message"),
    [
        ("id,k\n", None, "no individuals"),
        ("", None, "no individuals"),
        ("id,k\na,1\na,2\n", None, "people.csv:3: id 'a' stands twice"),
        ("id,k\n,1\n", None, "people.csv:2: the id is missing"),
        ("id,k\na,fast\n", None, "people.csv:2: k: 'fast' is no number"),
        ("id,k\na,nan\n", None, "people.csv:2: k: 'nan' is not finite"),
        ("id,k\na\n", None, "not as many cells"),
        ("id,kk\na,1\n", None, "nearest: k"),
        ("id,k,k\na,1,2\n", None, "column 'k' stands twice"),
        ("id,k,\na,1,2\n", None, "a column has no name"),
        ("id,k\na,1\n", "time,target,amount,id\n0,A,1,b\n", "id 'b' is no individual"),
        (None, "time,target,amount,id\n0,A,1,b\n", "for the individuals of --people"),
    ],
)
def test_mistakes_in_people_are_told(files, capsys, people, doses, message):
    words = ["simulate", str(files / "m.xml"), "--until", "1"]
    if people is not None:
        (files / "people.csv").write_text(people)
        words += ["--people", str(files / "people.csv")]
    if doses is not None:
        (files / "doses.csv").write_text(doses)
        words += ["--doses", str(files / "doses.csv")]
    assert main(words) == USAGE
    shown = capsys.readouterr()
    assert message in shown.err
    assert len(shown.err.splitlines()) == 1
    assert not shown.out


def test_people_who_fail_are_counted_and_named(files, capsys):
    (files / "bad.ant").write_text("model m\n k = 1; x = 1; x' = k*x^2;\nend\n")
    (files / "people.csv").write_text("id,k\nslow,0.1\nfast,1\n")
    out = files / "o.csv"
    assert main(["simulate", str(files / "bad.ant"), "--times", "0,0.5,2", "--people",
                 str(files / "people.csv"), "--out", str(out)]) == NUMERICAL  # fmt: skip
    assert "1 of 2 individuals failed: " in (told := capsys.readouterr().err)
    assert "(id fast)" in told
    table = pd.read_csv(out)
    assert table["x"].isna().sum() == 1
    assert table["status"].iloc[0] == "ok"
    assert table["status"].iloc[-1] != "ok"
