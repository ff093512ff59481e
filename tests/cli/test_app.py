"""The commands: what they print, where, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

import ketasim
from ketasim.cli import INTERNAL, OK, REGRESSION, USAGE, main
from ketasim.model import companion_names, mechanism_names

COMMANDS = (
    "run", "mechanisms", "lint", "export", "evidence", "ledger", "reproduce", "sbml-test", "schema"
)  # fmt: skip


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version(capsys, flag):
    assert main([flag]) == OK
    assert capsys.readouterr().out == f"ketasim {ketasim.__version__}\n"


def test_help_names_every_command_and_exit_code(capsys):
    assert main(["--help"]) == OK
    said = capsys.readouterr().out
    for word in (*COMMANDS, "130 interrupted", "no medical advice"):
        assert word in said


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(capsys, command):
    assert main([command, "--help"]) == OK
    assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [["rnu"], ["run", "--sed", "1"], ["run", "--seed", "one"], ["run", "--threads", "0"],
     ["reproduce"], ["run", "none.toml"], ["export"], ["run", "--n", "0"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_is_one_line_on_stderr(capsys, words):
    assert main(words) == USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("ketasim: ")
    assert said.err.count("\n") == 1


def test_no_command_shows_help_once(capsys):
    assert main([]) == USAGE
    said = capsys.readouterr()
    assert (said.out + said.err).count("Usage") == 1


def test_mechanisms_as_json_and_as_table(capsys):
    assert main(["mechanisms", "--json"]) == OK
    found = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in found] == [*mechanism_names(), *companion_names()]
    assert [row["name"] for row in found if row["companion"]] == list(companion_names())
    assert {f"S{k}" for k in range(1, 9)} <= {s for row in found for s in row["systems"]}
    assert all(row["line"] and row["title"] for row in found)
    assert main(["mechanisms"]) == OK
    table = capsys.readouterr().out
    assert all(name in table for name in mechanism_names())
    others = table.partition("companions:")[2]
    assert all(name in others for name in companion_names())


def test_export_writes_what_it_says(tmp_path, capsys):
    sbml, antimony = tmp_path / "m.xml", tmp_path / "m.ant"
    assert main(["export", "--sbml", str(sbml), "--antimony", str(antimony)]) == OK
    assert capsys.readouterr().out.split() == [str(sbml), str(antimony)]
    assert "http://www.sbml.org/sbml/level3/version2/core" in sbml.read_text()
    assert "MADRS" in antimony.read_text()
    assert len(list(tmp_path.iterdir())) == 2


def test_export_without_a_mechanism(tmp_path):
    whole, part = tmp_path / "whole.xml", tmp_path / "part.xml"
    assert main(["export", "--sbml", str(whole)]) == OK
    assert main(["export", "--sbml", str(part), "--without", "p11"]) == OK
    assert len(part.read_text()) < len(whole.read_text())


@pytest.mark.parametrize(
    ("words", "told"),
    [(["--without", "p12"], "unknown mechanism 'p12'; nearest: p11"), ([], "cannot write")],
)
def test_export_that_cannot_be(tmp_path, capsys, words, told):
    (tmp_path / "file").write_text("")
    assert main(["export", "--sbml", str(tmp_path / "file" / "m.xml"), *words]) == USAGE
    assert told in capsys.readouterr().err


def _finding(severity):
    return SimpleNamespace(severity=severity, check="units", where="a.ant:1", message="wrong")


@pytest.mark.parametrize(("severity", "code"), [("error", REGRESSION), ("warning", OK)])
def test_lint_fails_on_errors_only(capsys, monkeypatch, severity, code):
    monkeypatch.setattr("ketasim.cli.model_lint.lint_findings", lambda model: [_finding(severity)])
    assert main(["lint", "--json"]) == code
    assert json.loads(capsys.readouterr().out)[0]["severity"] == severity


def test_unexpected_error_is_one_line_unless_asked(capsys, monkeypatch):
    def broken():
        raise ZeroDivisionError("by zero\nmore")

    monkeypatch.setattr("ketasim.study.file.study_schema", broken)
    assert main(["schema"]) == INTERNAL
    said = capsys.readouterr().err
    assert said.startswith("ketasim: internal error: ZeroDivisionError: by zero (run again with")
    assert said.count("\n") == 1
    with pytest.raises(ZeroDivisionError):
        main(["schema", "--debug"])


def test_help_loads_nothing_heavy():
    heavy = "numba llvmlite libsbml antimony xarray duckdb matplotlib pint pandas scipy pydantic"
    code = (
        "import sys; from ketasim.cli import main; main(['--help']); "
        f"sys.exit(' '.join(m for m in {heavy.split()} if m in sys.modules) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_mechanisms_name_their_sources_without_markup():
    from ketasim.cli.mechanism_list import mechanism_list

    lines = {row["name"]: row["line"] for row in mechanism_list()}
    assert "(yang2018lhb)" in lines["lhb"]
    assert not any("@" in line for line in lines.values())


def test_one_mechanism_shows_its_outputs_and_numbers(capsys):
    assert main(["mechanisms", "spines"]) == OK
    shown = capsys.readouterr().out
    assert "syn" in shown
    assert "tau_fs" in shown
    assert "assumed" in shown
    assert main(["mechanisms", "spins"]) == USAGE
    assert "no mechanism 'spins'; nearest: spines" in capsys.readouterr().err
    assert main(["mechanisms", "habenula"]) == USAGE
    assert "no mechanism 'habenula'; nearest: lhb" in capsys.readouterr().err
