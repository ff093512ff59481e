"""Cases in the form of the SBML Test Suite, made here with known answers."""

from __future__ import annotations

import antimony
import numpy as np
import pytest

from ketasim.cli import NUMERICAL, OK, USAGE, main

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
    assert shown == ["00001 ok", "00002 failed S at time 0 is 6, expected 3"]


def test_what_is_not_simulated_is_refused_and_no_results_appear(tmp_path, capsys):
    place = case(tmp_path, text=DECAY.replace("end", "at S < 1: S = 3; end"))
    out = tmp_path / "out"
    assert main(["sbml-test", str(place), "--out", str(out)]) == OK
    assert capsys.readouterr().out.startswith("00001 refused event")
    assert not out.exists()


@pytest.mark.parametrize("spoil", ["folder", "settings", "out"])
def test_mistakes_are_told(tmp_path, capsys, spoil):
    place, out = case(tmp_path), tmp_path / "out"
    if spoil == "folder":
        place = tmp_path / "none"
    elif spoil == "settings":
        (place / "00001-settings.txt").write_text("start: soon\n")
    else:
        out.write_text("in the way")
    assert main(["sbml-test", str(place), "--out", str(out)]) == USAGE
    assert len(capsys.readouterr().err.splitlines()) == 1
