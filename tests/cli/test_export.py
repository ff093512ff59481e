"""``ketasim export``: what it writes, what it refuses, and that a refusal writes nothing."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from ketasim.cli import OK, USAGE, main

KINETICS = """
title = "Small"
n = 3
mechanisms = ["pk", "absorption", "metabolites", "brain"]
outputs = ["Cket", "bS"]
times = { until = "4 h", every = "1 h" }
[[arms]]
name = "ketamine"
open_label = true
regimen = [{ dose = "0.5 mg/kg", over = "40 min" }]
"""


@pytest.fixture
def study(tmp_path) -> Path:
    file = tmp_path / "small.toml"
    file.write_text(KINETICS, encoding="utf-8")
    return file


def test_several_formats_at_once(study, tmp_path, capsys):
    names = {"sbml": "m.xml", "antimony": "m.ant", "omex": "s.omex", "nonmem": "d.csv"}
    names |= {"parquet": "r.parquet", "sbgn": "map.sbgn"}
    words = [word for name, file in names.items() for word in (f"--{name}", str(tmp_path / file))]
    assert main(["export", str(study), *words, "--samples", "1 h, 2 h"]) == OK
    said = capsys.readouterr()
    written = [Path(line) for line in said.out.splitlines()]
    assert {path.name for path in written} == {*names.values(), "d.codes.csv"}
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in written} | {
        study.name
    }
    assert said.err == f"ketasim: {tmp_path / 'd.csv'}: left out: arm ketamine: " + (
        "u_open held at 1 from 0 to 2 h\n"
    )
    with zipfile.ZipFile(tmp_path / "s.omex") as archive:
        assert "arms/ketamine.xml" in archive.namelist()


def test_companions_join_the_model(tmp_path, capsys):
    file = tmp_path / "m.xml"
    words = ["--companion", "naltrexone", "--companion", "memantine"]
    assert main(["export", "--sbml", str(file), *words]) == OK
    text = file.read_text()
    assert 'id="A_naltrexone"' in text
    assert 'id="A_memantine"' in text
    assert main(["export", "--sbml", str(file), "--without", "gs"]) == OK
    assert 'id="A_naltrexone"' not in file.read_text()


def test_companions_join_a_study(study, tmp_path):
    file = tmp_path / "m.xml"
    assert main(["export", str(study), "--sbml", str(file), "--companion", "midazolam"]) == OK
    assert 'id="A_midazolam"' in file.read_text()


def test_what_is_left_out_takes_its_outputs_along(study, tmp_path, capsys):
    words = ["export", str(study), "--parquet", str(tmp_path / "r.parquet"), "--without", "brain"]
    assert main(words) == OK
    assert "left out with their mechanisms: bS" in capsys.readouterr().err


def test_own_mechanisms_join_the_model(tmp_path):
    from ketasim.cli import examples

    own = Path(examples.__path__[0]) / "own_mechanism" / "scaling.ant"  # in place of ampa
    file = tmp_path / "m.xml"
    assert main(["export", "--sbml", str(file), "--add", str(own), "--without", "ampa"]) == OK
    assert "scaling: " in file.read_text()


def test_json_names_files_and_notes(study, tmp_path, capsys):
    file = tmp_path / "d.csv"
    assert main(["export", str(study), "--nonmem", str(file), "--json"]) == OK
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert found["files"] == [str(file), str(tmp_path / "d.codes.csv")]
    assert len(found["notes"]) == 1
    assert said.err == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "export: say what to write"),
        (["--sbml", "x.xml", "--companion", "naltrexon"], "nearest: naltrexone"),
        (["--sbml", "x.xml", "--companion", "gs"], "unknown companion 'gs'"),
        (["--sbml", "x.xml", "--without", "gss"], "nearest: gs"),
        (["--sbml", "none/x.xml"], "there is no folder none"),
        (["--sbml", "."], "it is a folder"),
        (["--petab", "full"], "it holds something; give an empty or new folder"),
        (["--petab", "full/something"], "it is a file"),
        (["--sbml", "x.xml", "--antimony", "./x.xml"], "both go to"),
        (["--sbml", "x.xml", "--samples", "1 h"], "--samples concerns --nonmem"),
        (["--nonmem", "x.csv", "--samples", "1 hh"], "unknown unit 'hh'"),
        (["--nonmem", "x.csv", "--samples", " , "], "no time in"),
        (["--sbml", "x.xml", "--seed", "3"], "--n and --seed concern"),
        (["--petab", "p", "--without", "gs"], "take no study"),
        (["--omex", "x.omex", "--add", "own.ant"], "--add goes with --sbml, --antimony alone"),
        (["--parquet", "x.parquet", "-n", "0"], "at least 1"),
        (["none.toml", "--sbml", "x.xml"], "none.toml"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_a_mistake_is_one_line_and_writes_nothing(tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").write_text("")
    assert main(["export", *words]) == USAGE
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("ketasim: ")
    assert told.err.count("\n") == 1
    assert said in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_one_bad_place_stops_all(study, tmp_path, capsys):
    words = ["--sbml", str(tmp_path / "m.xml"), "--parquet", str(tmp_path / "none" / "r.parquet")]
    assert main(["export", str(study), *words]) == USAGE
    assert "there is no folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [study.name]
