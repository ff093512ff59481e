"""``ketasim evidence``: what it prints and writes, and with which exit code."""

from __future__ import annotations

import csv
import json

import pytest

from ketasim.cli import OK, REGRESSION, USAGE, evidence, main
from ketasim.evidence import baseline, finding_schema, vocabulary
from tests.evidence.benches import BATH
from tests.evidence.small import SMALL, small


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "findings"
    place.mkdir()
    (place / "small.toml").write_text(SMALL)
    return place


def test_table_and_summary(folder, capsys):
    assert main(["evidence", str(folder)]) == OK
    said = capsys.readouterr().out
    for word in ("iv_cl", "90 L/h", "reproduced", "mean fold error", "2 findings", "oral_f"):
        assert word in said
    assert "not medical advice" in said


def test_reason_of_what_is_left_out(folder, capsys):
    text = small(('unit = "%"', 'unit = "%"\nout_of_scope = "no such route"'))
    (folder / "small.toml").write_text(text)
    assert main(["evidence", str(folder)]) == OK
    said = capsys.readouterr().out
    assert "oral_f: no such route" in said
    assert "1 left out" in said


def test_quiet_says_nothing(folder, capsys):
    assert main(["evidence", str(folder), "--quiet"]) == OK
    assert capsys.readouterr().out == ""


def test_json_has_every_number_and_no_nan(folder, capsys):
    assert main(["evidence", str(folder), "--json", "--role", "validate"]) == OK
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    (row,) = found["findings"]
    assert (row["id"], row["verdict"], row["observed"]) == ("iv_cl", "reproduced", 90.0)
    assert row["low"] < row["predicted"] < row["high"]
    assert row["fold"] == pytest.approx(row["predicted"] / 90.0, rel=1e-4)
    assert found["summary"]["verdicts"]["reproduced"] == 1
    assert found["lost"] == []


def test_out_writes_table_and_record(folder, tmp_path):
    out = tmp_path / "out"
    assert main(["evidence", str(folder), "--out", str(out), "--seed", "7", "--quiet"]) == OK
    record = json.loads((out / "evidence.json").read_text())
    assert record["seed"] == 7
    rows = list(csv.DictReader((out / "evidence.csv").open()))
    assert [row["id"] for row in rows] == ["iv_cl", "oral_f"]
    assert float(rows[0]["predicted"]) == record["findings"][0]["predicted"]
    assert main(["evidence", str(folder), "--out", str(out), "--quiet"]) == OK  # again


def test_seed_decides(folder, capsys):
    def told(seed: str) -> str:
        assert main(["evidence", str(folder), "--json", "--seed", seed]) == OK
        return capsys.readouterr().out

    assert told("1") == told("1")
    assert told("1") != told("2")


def test_finding_that_is_no_longer_reproduced_is_a_regression(folder, capsys, monkeypatch):
    text = small(("value = 90", "value = 900"))
    (folder / "small.toml").write_text(text)
    shipped = evidence.load_findings(folder)
    monkeypatch.setattr(evidence, "load_findings", lambda folder, role, **_: shipped)
    monkeypatch.setattr(evidence, "read_baseline", lambda: {"iv_cl": "reproduced"})
    assert main(["evidence", "--quiet"]) == REGRESSION
    said = capsys.readouterr()
    assert said.err == "ketasim: iv_cl is no longer reproduced: contradicted\n"
    monkeypatch.setattr(evidence, "read_baseline", lambda: {"iv_cl": "contradicted"})
    assert main(["evidence", "--quiet"]) == OK
    # A user's own folder is not measured against the shipped baseline.
    monkeypatch.setattr(evidence, "read_baseline", lambda: {"iv_cl": "reproduced"})
    assert main(["evidence", str(folder), "--quiet"]) == OK


def test_record_writes_the_baseline(folder, tmp_path, monkeypatch):
    shipped = evidence.load_findings(folder)
    path = tmp_path / "baseline.csv"
    monkeypatch.setattr(evidence, "load_findings", lambda folder, role, **_: shipped)
    monkeypatch.setattr(evidence, "write_baseline", lambda o: baseline.write_baseline(o, path))
    assert main(["evidence", "--record", "--quiet"]) == OK
    assert set(baseline.read_baseline(path)) == {"iv_cl", "oral_f"}


def test_schema_and_vocabulary(capsys):
    assert main(["evidence", "--schema"]) == OK
    assert capsys.readouterr().out == finding_schema()
    assert main(["evidence", "--vocabulary"]) == OK
    said = capsys.readouterr().out
    assert len(said.splitlines()) == len(vocabulary())
    assert "half-life" in said
    assert main(["evidence", "--vocabulary", "--json"]) == OK
    assert len(json.loads(capsys.readouterr().out)) == len(vocabulary())


def _spoil(folder, how: str) -> list[str]:
    """Spoil a folder, and return the words after ``ketasim evidence``."""
    file = folder / "small.toml"
    if how == "empty":
        file.unlink()
    elif how == "bytes":
        file.write_bytes(b"\xff")
    elif how == "twice":
        (folder / "other.toml").write_text(SMALL)
    elif how == "type":
        file.write_text(small(("value = 90", 'value = "90"')))
    elif how == "two mistakes":
        file.write_text(small(("value = 90", 'value = "90"'), ('role = "calibrate"', 'rol = "x"')))
    elif how == "missing":
        return [str(folder / "none")]
    elif how == "role":
        return [str(folder), "--role", "calibrat"]
    elif how == "seed":
        return [str(folder), "--seed", "-1"]
    elif how == "out":
        return [str(folder), "--out", str(folder)]
    elif how == "record":
        return [str(folder), "--record"]
    return [str(folder)]


MISTAKES = {
    "empty": "holds no findings",
    "bytes": "not a text file",
    "twice": "finding id 'iv_cl' stands in",
    "type": "finding[1] (iv_cl).value: '90' should be a number",
    "missing": "no such folder",
    "role": "--role: 'calibrat' is not a choice; nearest: calibrate",
    "seed": "--seed",
    "out": "is no output of ketasim: it holds small.toml",
    "record": "--record: the baseline is of all shipped findings",
}


@pytest.mark.parametrize("how", MISTAKES)
def test_mistake_is_one_line_on_stderr(folder, capsys, how):
    assert main(["evidence", *_spoil(folder, how)]) == USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("ketasim: ")
    assert said.err.count("\n") == 1
    assert MISTAKES[how] in said.err


def test_each_mistake_has_its_line(folder, capsys):
    assert main(["evidence", *_spoil(folder, "two mistakes")]) == USAGE
    assert capsys.readouterr().err.count("\n") == 2


def test_no_finding_of_that_role(folder, capsys):
    (folder / "small.toml").write_text(small(('role = "calibrate"\n', "")))
    assert main(["evidence", str(folder), "--role", "calibrate"]) == USAGE
    assert "has no finding to calibrate" in capsys.readouterr().err


def test_only_and_system_choose(folder, capsys):
    (folder / "bench.toml").write_text(BATH)
    assert main(["evidence", str(folder), "--only", "bath*", "--json"]) == OK
    assert [row["id"] for row in json.loads(capsys.readouterr().out)["findings"]] == ["bath_camp"]
    assert main(["evidence", str(folder), "--only", "small", "--json"]) == OK  # a study
    assert len(json.loads(capsys.readouterr().out)["findings"]) == 2
    assert main(["evidence", str(folder), "--system", "S1", "--json"]) == OK
    (row,) = json.loads(capsys.readouterr().out)["findings"]
    assert (row["id"], row["systems"], row["contrast"]) == ("bath_camp", "S1", "up")
    assert row["as_tabled"] is True
    assert row["agreement"] >= 0.8


def test_directions_have_a_table_and_a_tally(folder, capsys):
    contested = '"up"\ncontested = "another study"\nid = "b2"'
    second = BATH.split("[[finding]]")[1].replace('id = "bath_camp"', "").replace('"up"', contested)
    (folder / "small.toml").write_text(f"{BATH}\n[[finding]]{second}")
    assert main(["evidence", str(folder)]) == OK
    said = capsys.readouterr().out
    for words in (
        "draws agree", "reproduced, contested", "b2: contested: another study",
        "S1 Gs alpha", "1/1", "1 direction that nothing contests: the model shows 1 (100 %), 1",
        "1 contested finding, apart: 1 reproduced, 0 not resolved, 0 contradicted",
    ):  # fmt: skip
        assert words in said, words
    assert "mean fold error" not in said  # nothing has a value


def test_report_has_a_map(folder, tmp_path):
    (folder / "bench.toml").write_text(BATH)
    assert main(["evidence", str(folder), "--out", str(tmp_path / "out"), "--quiet"]) == OK
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Verdicts by system of the model" in page
    assert "level of cAMP" in page


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--system", "S99"], "--system: 'S99' is not a choice"),
        (["--system", "S8"], "has no finding on S8 p11, CSF flow"),
        (["--only", "iv_c"], "only: no finding or study fits 'iv_c'; nearest: iv_cl"),
    ],
)
def test_choice_of_nothing(folder, capsys, words, told):
    assert main(["evidence", str(folder), *words]) == USAGE
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
