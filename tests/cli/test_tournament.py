"""``ketasim tournament`` and ``ketasim next-experiment``: their folder, their mistakes."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ketasim.cli import INTERRUPTED, OK, USAGE, main
from ketasim.cli import tournament as command
from ketasim.inference.tournament import results, summary
from ketasim.inference.tournament.hypothesis import read_hypothesis
from ketasim.inference.tournament.results import Tournament
from tests.report.synthetic_tournament import made

OWN = """
title = "Only BDNF"
sentence = "Whatever raises BDNF is enough, and nothing else matters."
champions = ["me"]
mechanisms = ["bdnf"]
free = ["w_S"]
"""
SHIPPED = ("disinhibition", "resting_block", "habenula", "rafts", "convergence")


def shipped():
    """What is made by hand, under names that ship."""
    found = made()
    hypotheses = tuple(replace(each, name=name) for each, name in
                       zip(found.hypotheses, SHIPPED, strict=True))  # fmt: skip
    known = tuple(replace(row, hypothesis=SHIPPED[0]) for row in found.known)
    return replace(found, hypotheses=hypotheses, known=known, decided=())


@pytest.fixture
def ships(monkeypatch):
    """An installation with a summary."""
    monkeypatch.setattr(summary, "shipped_summary", shipped)


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_folder(ships, tmp_path):
    out = tmp_path / "o"
    assert main(["tournament", "--out", str(out), "--quiet"]) == OK
    names = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    pictures = {f"figures/{n}.{k}" for n in ("weights", "chances", "carried", "known")
                for k in ("svg", "png")}  # fmt: skip
    assert names == {"tournament.json", "report.html", *command.TABLES, *pictures}
    record = json.loads((out / "tournament.json").read_text())
    assert record["command"] == "ketasim tournament"
    assert record["leader"] == "disinhibition"
    held = rows(out / "findings.csv")
    assert len(held) == 5 * 40
    assert {row["id"] for row in held if row["failed_by_all"] == "true"} == {
        row["id"] for row in record["failed_by_all"]
    }
    told = {row["name"]: float(row["weight"]) for row in rows(out / "hypotheses.csv")}
    assert sum(told.values()) == pytest.approx(1.0)
    assert len(rows(out / "attribution.csv")) == len(record["carried"])
    assert len(rows(out / "sensitivity.csv")) == 5 * len(record["shifts"])
    assert rows(out / "next_experiments.csv")[0]["predicted"] == "up"
    assert main(["tournament", "--out", str(out), "--quiet"]) == OK  # over its own folder


def test_the_terminal_says_what_all_fail_first(ships, tmp_path, capsys):
    assert main(["tournament", "--out", str(tmp_path / "o")]) == OK
    told = capsys.readouterr().out
    assert told.startswith("3 reports of 40 are explained by none")
    assert told.index("failed by all: read-out 2") < told.index("Resting block  ")
    assert "without lab3: Resting block 52 %" in told
    assert "For research; not medical advice." in told
    assert main(["tournament", "--json", "--out", str(tmp_path / "o")]) == OK
    assert json.loads(capsys.readouterr().out)["folder"] == str(tmp_path / "o")


def test_some_of_those_that_ship(ships, tmp_path, capsys):
    words = ["tournament", "habenula", "rafts", "--out", str(tmp_path / "o"), "--json"]
    assert main(words) == OK
    record = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in record["hypotheses"]] == ["habenula", "rafts"]
    assert sum(each["weight"] for each in record["hypotheses"]) == pytest.approx(1.0, abs=1e-5)
    assert record["command"] == "ketasim tournament habenula rafts"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rafs"], "no hypothesis 'rafs'; nearest: rafts"),
        (["rafts", "rafts"], "'rafts' is there twice"),
        (["--run", "--particles", "100"], "--particles: 100 is out of range; a multiple of 16"),
        (["--run", "--particles", "8"], "--particles: 8 is out of range"),
        (["missing.toml"], "missing.toml"),
        (["--renew", "rafts"], "leave out names"),
    ],
)
def test_mistakes_are_one_line(ships, tmp_path, capsys, words, said):
    assert main(["tournament", *words, "--out", str(tmp_path / "o")]) == USAGE
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "o").exists()


def test_a_folder_of_somebody_else_is_left_alone(ships, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["tournament", "--out", str(tmp_path)]) == USAGE
    assert "is no output of ketasim" in capsys.readouterr().err


def test_without_draws_it_says_how_to_get_them(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(summary, "shipped_summary", lambda: None)
    assert main(["tournament", "--out", str(tmp_path / "o")]) == USAGE
    assert "add --run" in capsys.readouterr().err
    assert main(["next-experiment"]) == USAGE


def test_a_file_of_ones_own_competes_with_those_that_ship(ships, monkeypatch, tmp_path, capsys):
    file = tmp_path / "own.toml"
    file.write_text(OWN)
    ran = []

    def run(hypotheses, **given):
        ran.append(([each.name for each in hypotheses], given["seed"], given["folder"]))
        return Tournament("body", tuple(hypotheses), given["size"], given["seed"])  # type: ignore[arg-type]

    class Ships:
        names = SHIPPED

        def fit_of(self, name):
            return name

    weighed = []

    def whole(found, now):
        weighed.append(found.fits)
        return shipped()

    monkeypatch.setattr(results, "run_tournament", run)
    monkeypatch.setattr(results, "shipped_tournament", Ships)
    monkeypatch.setattr(command, "whole_summary", whole)
    out = tmp_path / "o"
    assert main(["tournament", str(file), "--out", str(out), "--quiet", "--seed", "3"]) == OK
    assert ran == [(["own"], 3, tmp_path / ".o.draws")]
    assert weighed[0][0].title == "Only BDNF"
    assert weighed[0][1:] == SHIPPED
    assert main(["tournament", str(file), "rafts", "--out", str(out), "--quiet"]) == OK
    assert weighed[1][1:] == ("rafts",)


def test_a_file_with_a_name_that_ships_is_refused(ships, tmp_path, capsys):
    file = tmp_path / "rafts.toml"
    file.write_text(OWN)
    assert main(["tournament", str(file), "--out", str(tmp_path / "o")]) == USAGE
    assert "a hypothesis that ships has this name" in capsys.readouterr().err


def test_the_example_of_the_page_is_a_hypothesis():
    text = (Path(__file__).parents[2] / "docs" / "tournament.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.S)
    found = read_hypothesis(example, "mine.toml", "mine")
    assert found.symbols[:3] == ("w_hb", "w_S", "e_form")
    assert found.fixed["c_op"] == 0.2
    for name in command.TABLES:
        assert f"`{name}`" in text


def test_an_interrupted_run_says_how_to_go_on(monkeypatch, tmp_path, capsys):
    def run(hypotheses, **given):
        given["folder"].mkdir(parents=True)
        (given["folder"] / "at.npz").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(results, "run_tournament", run)
    out = tmp_path / "o"
    assert main(["tournament", "rafts", "--run", "--out", str(out), "--quiet"]) == INTERRUPTED
    assert "the same command goes on from there" in capsys.readouterr().err
    assert not out.exists()
    assert (tmp_path / ".o.draws" / "at.npz").exists()


def test_next_experiment(ships, capsys):
    assert main(["next-experiment", "--top", "2"]) == OK
    told = capsys.readouterr().out
    assert told.splitlines()[0] == " 1. mouse, GluN2B knock-out 0, ketamine 10 mg/kg; p-eEF2 at 1 h"
    assert "up: Surge <i>alone</i>, Resting block, Both together" in told
    assert " 3." not in told
    assert main(["next-experiment", "--json"]) == OK
    assert len(json.loads(capsys.readouterr().out)) == 5


def test_a_narrower_question_is_simulated(ships, monkeypatch, capsys):
    summary = shipped()
    asked = []

    def simulated(found, held, about, words, told):
        asked.append((about, words.readouts, words.preparations))
        told(1, 1)
        return summary.proposed[1:2]

    held = SimpleNamespace(names=tuple(each.name for each in summary.hypotheses))
    monkeypatch.setattr("ketasim.inference.tournament.results.shipped_tournament", lambda: held)
    monkeypatch.setattr("ketasim.inference.tournament.rows.asked_experiments", simulated)
    words = ["--about", "w_S", "--readout", "BDNF protein", "--preparation", "rat", "--json"]
    assert main(["next-experiment", *words]) == OK
    assert asked == [("w_S", ("BDNF protein",), ("rat",))]
    assert len(json.loads(capsys.readouterr().out)) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--preparation", "cat"], "--preparation: no experiment with 'cat'; nearest: rat"),
        (["--readout", "colour"], "--readout: no experiment with 'colour'"),
    ],
)
def test_next_experiment_mistakes(ships, capsys, words, said):
    assert main(["next-experiment", *words]) == USAGE
    assert said in capsys.readouterr().err
