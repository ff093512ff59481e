"""Cases in the form of the SBML Test Suite, made here with known answers."""

from __future__ import annotations

import re

import antimony
import libsbml
import numpy as np
import pytest

from ketasim.cli import NUMERICAL, OK, USAGE, main, sbml_cases
from ketasim.cli.sbml_cases import run_case

DECAY = "model m\n compartment c = 2; species S in c; S = 3; J: S -> ; 0.5*c*S; end"
SETTINGS = """start: 0
duration: 4
steps: 8
variables: S, c
absolute: 1e-6
relative: 1e-6
amount: {amount}
concentration: {concentration}
"""
TIMES = np.linspace(0, 4, 9)


def case(folder, name="00001", text=DECAY, amount="S", factor=2.0):
    """Write a case whose expected amounts are ``factor`` times the true concentrations."""
    place = folder / name
    place.mkdir()
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(text) >= 0, antimony.getLastError()
    (place / f"{name}-sbml-l3v2.xml").write_text(antimony.getSBMLString("m"))
    settings = SETTINGS.format(amount=amount, concentration="" if amount else "S")
    (place / f"{name}-settings.txt").write_text(settings)
    rows = [f"{t},{float(factor * 3 * np.exp(-0.5 * t))!r},2" for t in TIMES.tolist()]
    (place / f"{name}-results.csv").write_text("\n".join(["time,S,c", *rows]) + "\n")
    return place


def test_a_right_case_is_ok_and_its_results_are_written(tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["sbml-test", str(case(tmp_path)), "--out", str(out)]) == OK
    assert capsys.readouterr().out == "00001 ok\n"
    table = np.genfromtxt(out / "00001-results.csv", delimiter=",", names=True)
    np.testing.assert_allclose(table["S"], 6 * np.exp(-0.5 * TIMES), rtol=1e-6)


def test_amounts_and_concentrations_are_told_apart(tmp_path, capsys):
    right = case(tmp_path, "00001", amount="", factor=1.0)
    wrong = case(tmp_path, "00002", amount="S", factor=1.0)
    command = ["sbml-test", str(right), str(wrong), "--out", str(tmp_path / "out")]
    assert main(command) == NUMERICAL
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "00001 ok"
    assert shown[1] == (
        "00002 failed: differs from 00002-results.csv: S at time 0 is 6, expected 3"
    )


def test_expected_results_are_not_needed(tmp_path):
    place, out = case(tmp_path), tmp_path / "out"
    (place / "00001-results.csv").unlink()
    assert run_case(place, out) == "ok"
    (place / "00001-results.csv").write_text("time\nnothing,like,numbers\n")
    assert run_case(place, out) == "ok"
    assert (out / "00001-results.csv").read_text().startswith("time,S,c\n0,6,2\n")


def test_what_is_not_simulated_is_refused_and_no_results_appear(tmp_path, capsys):
    place = case(tmp_path, text=DECAY.replace("end", "x = 1; x' = -delay(x, 1); end"))
    out = tmp_path / "out"
    assert main(["sbml-test", str(place), "--out", str(out)]) == OK
    assert capsys.readouterr().out.startswith("00001 refused formula uses delay()")
    assert not list(out.iterdir())


@pytest.mark.parametrize(
    ("name", "text", "outcome"),
    [
        ("settings.txt", "start: soon\nduration: 1\nsteps: 1\n", "failed: .*start: 'soon' is no"),
        ("settings.txt", "duration: 1\nsteps: -1\n", "failed: .*neither below 0"),
        ("settings.txt", "variables: S\n", "refused the case asks for no time course"),
        ("settings.txt", "meanRange: (-3, 3)\n", "refused .*stochastic"),
        ("settings.txt", SETTINGS.replace("S, c", "S, q").format(amount="", concentration=""),
         "failed: output 'q' is not in the model"),
        ("sbml-l3v2.xml", "<sbml", "refused not a readable SBML"),
        ("sbml-l3v2.xml", "\xff\xfe", "refused not a readable SBML"),
    ],
)  # fmt: skip
def test_a_bad_case_is_told_in_its_line(tmp_path, name, text, outcome):
    place = case(tmp_path)
    (place / f"00001-{name}").write_text(text)
    assert re.match(outcome, run_case(place, tmp_path / "out"))


def test_no_case_stops_the_others(tmp_path, capsys):
    folders = [str(tmp_path / "none"), str(case(tmp_path)), str(tmp_path)]
    assert main(["sbml-test", *folders, "--out", str(tmp_path / "out")]) == NUMERICAL
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in shown] == ["failed:", "ok", "failed:"]


def test_a_process_that_dies_or_hangs_is_told_and_replaced(tmp_path, monkeypatch):
    place, out = case(tmp_path), tmp_path / "out"
    worker = sbml_cases._Worker()
    try:
        assert worker.run(place, out, 60.0) == "ok"
        worker._process.kill()
        worker._process.join()
        assert worker.run(place, out, 60.0) == "ok"
        monkeypatch.setattr(sbml_cases, "PATIENCE", -1.0)
        assert worker.run(place, out, 60.0) == "failed: took longer than 0 s"
    finally:
        worker.end()


def test_an_output_in_the_way_is_told(tmp_path, capsys):
    (tmp_path / "out").write_text("in the way")
    assert main(["sbml-test", str(case(tmp_path)), "--out", str(tmp_path / "out")]) == USAGE
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_newest_model_is_taken(tmp_path):
    place = case(tmp_path)
    (place / "00001-sbml-l2v4.xml").write_text("<sbml")
    assert run_case(place, tmp_path / "out") == "ok"


@pytest.mark.parametrize(("level", "version"), [(1, 2), (2, 1), (2, 4), (3, 1)])
def test_older_levels_mean_the_same(tmp_path, level, version):
    place = case(tmp_path)
    newest = place / "00001-sbml-l3v2.xml"
    document = libsbml.readSBMLFromFile(str(newest))
    assert document.setLevelAndVersion(level, version, False)
    newest.unlink()
    libsbml.writeSBMLToFile(document, str(place / f"00001-sbml-l{level}v{version}.xml"))
    assert run_case(place, tmp_path / "out") == "ok"
