"""``ketasim ledger``: what it prints and writes, and with which exit code."""

from __future__ import annotations

import json

import pytest

from ketasim.cli import OK, USAGE, ledger, main

CLAIM = """
[[experiment]]
name = "volunteers"

[[experiment.arm]]
name = "infusion"
regimen = [{ drug = "ketamine", dose = "0.5 mg/kg", route = "infusion", over = "40 min" }]

[[claim]]
id = "high"
says = "Half a milligram per kilogram gives a milligram per litre."
by = "Nobody"
system = "S9"

[[claim.check]]
what = "ketamine at the end of an infusion"
experiment = "volunteers"
arm = "infusion"
analyte = "ketamine"
site = "venous"
measure = "concentration"
at = "40 min"
unit = "ng/mL"
at_least = 1000.0
"""


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "claims"
    place.mkdir()
    (place / "mine.toml").write_text(CLAIM)
    return place


def test_table_tells_both_sides(folder, capsys):
    assert main(["ledger", str(folder)]) == OK
    said = capsys.readouterr().out
    for word in ("evidence says", "model says", "S9 kinetics", "open", "contradicted"):
        assert word in said
    assert "not medical advice" in said


def test_quiet_says_nothing(folder, capsys):
    assert main(["ledger", str(folder), "--quiet"]) == OK
    assert capsys.readouterr().out == ""


def test_json_has_no_nan(folder, capsys):
    assert main(["ledger", str(folder), "--json"]) == OK
    (claim,) = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["claims"]
    assert (claim["id"], claim["evidence"], claim["model"]) == ("high", "open", "contradicted")
    (bearing,) = claim["bearings"]
    assert bearing["observed"] is None
    assert bearing["at_least"] == 1000.0
    assert bearing["low"] < bearing["predicted"] < bearing["high"] < 1000


def test_out_and_docs(folder, tmp_path):
    out, docs = tmp_path / "out", tmp_path / "ledger.md"
    assert main(["ledger", str(folder), "--out", str(out), "--docs", str(docs), "-q"]) == OK
    assert {path.name for path in out.iterdir()} == ledger.FOLDER.written
    assert json.loads((out / "ledger.json").read_text())["claims"][0]["id"] == "high"
    assert docs.read_text(encoding="utf-8").startswith("# The claim ledger\n")
    again = tmp_path / "again.md"
    assert main(["ledger", str(folder), "--docs", str(again), "-q"]) == OK
    assert again.read_bytes() == docs.read_bytes()


def test_foreign_folder_is_left_alone(folder, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["ledger", str(folder), "--out", str(tmp_path)]) == USAGE
    assert "is no output of ketasim" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("at_least", "atleast", "mine.toml: claim[1] (high).check[1].atleast: no such key"),
     ('"S9"', '"S0"', "is not a choice"),
     ('"volunteers"\narm = "inf', '"x"\narm = "inf', "no experiment 'x'")],
)  # fmt: skip
def test_bad_claims_are_told_in_a_line(folder, capsys, old, new, message):
    (folder / "mine.toml").write_text(CLAIM.replace(old, new))
    assert main(["ledger", str(folder)]) == USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err
    assert all(line.startswith("ketasim: ") for line in said.err.splitlines())


def test_schema(capsys):
    assert main(["ledger", "--schema"]) == OK
    assert "claim" in json.loads(capsys.readouterr().out)["properties"]
