"""``ketasim screen``: its folder, its table, its mistakes."""

from __future__ import annotations

import csv
import json

import pytest

from ketasim.cli import OK, USAGE, main
from ketasim.cli.screen import shipped_candidates

FEW = ("molecule", "ketamine,", "memantine,", "escitalopram,")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Three of the shipped molecules."""
    lines = shipped_candidates().read_text().splitlines()
    path = tmp_path_factory.mktemp("screen") / "three.csv"
    path.write_text("\n".join(line for line in lines if line.startswith(FEW)) + "\n")
    return path


@pytest.fixture(scope="module")
def done(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("screen") / "out"
    assert main(["screen", str(data), "--out", str(out), "--n", "12", "--quiet"]) == OK
    return out


def test_the_folder(done):
    names = {str(p.relative_to(done)) for p in done.rglob("*") if p.is_file()}
    assert names == {"screen.json", "candidates.csv", "report.html", "figures/pareto.svg",
                     "figures/pareto.png"}  # fmt: skip
    page = (done / "report.html").read_text()
    assert "not medical advice" in page
    assert "http-equiv" not in page
    assert 'src="http' not in page
    for text in ("memantine", "escitalopram", "no activity told, so none"):
        assert text in page.lower()


def test_json_and_table_tell_the_same(done):
    record = json.loads((done / "screen.json").read_text())
    with (done / "candidates.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["molecule"] for row in rows] == [one["molecule"] for one in record["molecules"]]
    for row, one in zip(rows, record["molecules"], strict=True):
        for name, found in one["measures"].items():
            for key, end in (("value", ""), ("low_90", "_low_90"), ("high_90", "_high_90")):
                told = row[f"{name}{end}"]
                assert told == ("" if found[key] is None else f"{found[key]}") or float(
                    told
                ) == pytest.approx(found[key])
        assert row["source"]
    assert record["provenance"]["draws"] == 12


def test_the_terminal_shows_the_ranking(data, tmp_path, capsys):
    words = ["screen", str(data), "--out", str(tmp_path / "o"), "--n", "12"]
    assert main(words) == OK
    told = capsys.readouterr().out
    assert "No molecule beats" in told
    assert "memantine: no effect to speak of" in told
    assert "ketamine: 37 mg IV over 40 min" in told
    assert "half-life" in told
    assert main([*words, "--json"]) == OK  # over its own folder
    assert json.loads(capsys.readouterr().out)["folder"] == str(tmp_path / "o")


def test_the_columns_are_printed(capsys):
    assert main(["screen", "--columns"]) == OK
    told = capsys.readouterr().out
    assert "NMDA_Ki [nM]" in told
    assert "if empty: no such activity" in told


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("NMDA_Ki [nM]", "NMDA_Ki"), "three.csv:1: column 'NMDA_Ki' has no unit"),
        ((",iv,", ",vein,"), "three.csv:2: unknown route 'vein'"),
        ((",494,", ",-494,"), "three.csv:2: NMDA_Ki '-494' is negative"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(data, tmp_path, capsys, change, message):
    path = tmp_path / "three.csv"
    path.write_text(data.read_text().replace(*change))
    assert main(["screen", str(path), "--out", str(tmp_path / "o")]) == USAGE
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not (tmp_path / "o").exists()
