"""``ketasim regimen-search``: its folder, its words, its mistakes."""

from __future__ import annotations

import csv
import json

import pytest

from ketasim.cli import OK, USAGE, main

FILE = """
title = "Small"
aim = "relapse < 90 % at 8 weeks"
n = 20

[[treatments]]
drug = "ketamine"
doses = ["0.5 mg/kg"]
over = "40 min"

[[inductions]]
per_week = 2
weeks = 2

[[maintenances]]
none = true

[[maintenances]]
every = "14 d"
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("search") / "small.toml"
    path.write_text(FILE)
    return path


@pytest.fixture(scope="module")
def done(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("search") / "out"
    assert main(["regimen-search", str(data), "--out", str(out), "--quiet"]) == OK
    return out


def test_the_folder(done):
    names = {str(p.relative_to(done)) for p in done.rglob("*") if p.is_file()}
    assert names == {"search.json", "courses.csv", "report.html", "figures/tradeoff.svg",
                     "figures/tradeoff.png"}  # fmt: skip
    page = (done / "report.html").read_text()
    assert "not medical advice" in page
    assert 'src="http' not in page


def test_json_and_table_tell_the_same(done):
    record = json.loads((done / "search.json").read_text())
    with (done / "courses.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["course"] for row in rows] == [one["course"] for one in record["courses"]]
    for row, one in zip(rows, record["courses"], strict=True):
        assert float(row["sessions_counted"]) == one["sessions"]["value"]
        assert float(row["relapse_percent"]) == one["measures"]["relapse"]["value"]
        assert float(row["relapse_percent_high_95"]) == one["measures"]["relapse"]["high_95"]
        assert (row["meets_aim"] == "true") is one["meets_aim"]
    assert record["best"] == rows[0]["course"]
    assert record["provenance"]["virtual patients"] == 20


def test_the_terminal_and_options(data, tmp_path, capsys):
    words = ["regimen-search", str(data), "--out", str(tmp_path / "o"), "--n", "21"]
    assert main([*words, "--aim", "sessions < 1", "--limit", "CADSS < 100"]) == OK
    told = capsys.readouterr().out
    assert "None of 2 courses reaches sessions < 1 and CADSS < 100 points. Nearest:" in told
    assert main([*words, "--json", "--seed", "4"]) == OK  # over its own folder
    found = json.loads(capsys.readouterr().out)
    assert found["search"]["n"] == 21
    assert found["provenance"]["seed"] == 4


@pytest.mark.parametrize(
    ("change", "words", "message"),
    [
        (("14 d", "-14 d"), [], "small.toml: maintenances[2].every: '-14 d' is negative"),
        (("0.5 mg/kg", "50 mg/kg"), [], "'50 mg/kg' is more than 10 mg/kg or 1000 mg"),
        (("", ""), ["--aim", "relaps < 2 %"], "command line: aim: unknown aim 'relaps'; nearest:"),
        (("", ""), ["--limit", "CADSS > 2"], "command line: limits[1]: 'CADSS > 2'"),
        (("", ""), ["--n", "3"], "command line: n: 3 is out of range"),
        (("", ""), ["--out", "."], "--out: "),
        (("8 weeks", "2 weeks"), [], "leaves less than a week after the first course"),
    ],
)
def test_mistakes_are_one_line(change, words, message, tmp_path, monkeypatch, capsys):
    path = tmp_path / "small.toml"
    path.write_text(FILE.replace(*change) if change[0] else FILE)
    monkeypatch.chdir(tmp_path)
    assert main(["regimen-search", "small.toml", *words]) == USAGE
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_no_such_file(capsys):
    assert main(["regimen-search", "nowhere.toml"]) == USAGE
    assert "nowhere.toml: no such file" in capsys.readouterr().err
