"""``ketasim sensitivity``: its folder, its tables, its mistakes."""

from __future__ import annotations

import csv
import hashlib
import json

import pytest

from ketasim.cli import OK, USAGE, main

STUDY = """
title = "A small one"
mechanisms = ["pk", "brain", "metabolites"]
outputs = ["Cket"]
n = 4
[times]
until = "12 h"
[[arms]]
name = "ketamine"
[[arms.regimen]]
dose = "0.5 mg/kg"
route = "infusion"
over = "40 min"
[attribution]
on = false
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("sensitivity") / "small.toml"
    path.write_text(STUDY)
    return path


def words(study, out, *more):
    return ["sensitivity", str(study), "--output", "Cket", "--at", "1h", "--n", "32", "--kept", "4",
            "--out", str(out), *more]  # fmt: skip


@pytest.fixture(scope="module")
def done(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("sensitivity") / "out"
    assert main(words(study, out, "--measure", "value", "--measure", "AUC", "--quiet")) == OK
    return out


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def digests(folder):
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_the_folder(done):
    keys = ("Cket_value_1h", "Cket_AUC")
    figures = {f"figures/{kind}-{key}.{end}" for kind in ("tornado", "sobol") for key in keys
               for end in ("svg", "png")}  # fmt: skip
    tables = {"sobol.csv", "screening.csv", "tornado.csv", "elasticities.csv", "not_varied.csv"}
    assert set(digests(done)) == {"run.json", "report.html", *tables, *figures}
    page = (done / "report.html").read_text()
    assert "not medical advice" in page
    assert "what biology varies by" in page
    assert 'src="http' not in page


def test_tables_and_record_tell_the_same(done):
    record = json.loads((done / "run.json").read_text())
    told = record["sensitivity"]
    assert [q["key"] for q in told["quantities"]] == ["Cket_value_1h", "Cket_AUC"]
    found = rows(done / "sobol.csv")
    assert len(found) == len(told["global"]["indices"])
    for row, one in zip(found, told["global"]["indices"], strict=True):
        assert row["factor"] == one["factor"]
        assert float(row["total"]) == pytest.approx(one["total"])
        assert float(row["total_low_95"]) <= float(row["total_high_95"])
    parameters = [r for r in found if (r["quantity"], r["level"]) == ("Cket_AUC", "parameter")]
    assert "kinetics as calibrated" in [row["factor"] for row in parameters[:3]]
    assert parameters[-1]["factor"] == "all others"
    symbols = {s for row in parameters for s in row["parameters"].split()}
    still = {row["symbol"] for row in rows(done / "not_varied.csv")}
    assert "CL_S" in symbols
    assert "WT" in still
    assert not symbols & still


def test_elasticities_hold_what_is_known_of_an_auc(done):
    """Doubling both enantiomers' clearance about halves the area: -1, less the liver's flow."""
    of = {r["symbol"]: float(r["elasticity"] or "nan") for r in rows(done / "elasticities.csv")
          if r["quantity"] == "Cket_AUC"}  # fmt: skip
    assert -1 < of["CL_S"] < -0.3


def test_a_second_run_is_the_same_to_the_byte(study, done, tmp_path):
    again = tmp_path / "again"
    more = ("--measure", "value", "--measure", "AUC", "--quiet", "--threads", "1")
    assert main(words(study, again, *more)) == OK
    assert main(words(study, again, *more)) == OK  # over its own folder
    assert digests(again) == digests(done)


def test_the_terminal_shows_the_top(study, tmp_path, capsys):
    assert main(words(study, tmp_path / "o", "--kind", "local")) == OK
    told = capsys.readouterr()
    assert "Cket at 1 h:" in told.out
    assert "kinetics as calibrated (" in told.out
    assert "leans on" in told.out
    assert told.err == ""
    assert not (tmp_path / "o" / "sobol.csv").exists()
    assert main(words(study, tmp_path / "p", "--kind", "global", "--json")) == OK
    told = json.loads(capsys.readouterr().out)
    assert told["folder"] == str(tmp_path / "p")
    assert told["sensitivity"]["local"] is None


def test_averaged_over_people(study, tmp_path, capsys):
    assert main(words(study, tmp_path / "o", "--kind", "local", "--people", "3", "--json")) == OK
    record = json.loads(capsys.readouterr().out)
    assert record["provenance"]["answer_of"] == "the mean of 3 virtual people of trd"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--kind", "globl"), "--kind: unknown 'globl'; nearest: global"),
        (("--n", "100"), "n: 100 is not a power of 2"),
        (("--output", "Ckett"), "no output 'Ckett'; nearest: Cket"),
        (("--measure", "pek"), "measure: unknown 'pek'; nearest: peak"),
        (("--measure", "advantage"), "needs a control arm"),
        (("--at", "3d"), "at: '3d' lies outside the course"),
        (("--at", "noon"), "at: "),
        (("--arm", "ketamin"), "--arm: no arm 'ketamin'; nearest: ketamine"),
        (("--fixed", "CLS"), "--fixed: no parameter 'CLS'; nearest: CL_S"),
        (("--people", "0"), "--people: 0 is out of range; 1 to 1,000"),
        (("--kept", "0"), "kept: 0"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(study, tmp_path, capsys, more, message):
    assert main(words(study, tmp_path / "o", *more)) == USAGE
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not (tmp_path / "o").exists()


def test_other_peoples_folders_are_left_alone(study, tmp_path, capsys):
    (tmp_path / "letter.txt").write_text("dear")
    assert main(words(study, tmp_path)) == USAGE
    assert "is no output of ketasim: it holds letter.txt" in capsys.readouterr().err
    assert main(["sensitivity", str(tmp_path / "none.toml"), "--out", str(tmp_path / "o")]) == USAGE
