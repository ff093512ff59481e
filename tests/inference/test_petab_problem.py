"""The calibration of the kinetics as PEtab: valid, and to other programs the same numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.evidence import load_findings, predict_typical
from ketasim.evidence.models import kinetic_model, needs_kinetics_only
from ketasim.inference.evidence_fit import basis, usable
from ketasim.inference.petab_measurements import why_not
from ketasim.inference.petab_problem import write_petab


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("petab") / "kinetics"
    write_petab(place)
    return place


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as text:
        return list(csv.DictReader(text, delimiter="\t"))


def test_the_linter_of_petab_finds_nothing(folder):
    petab = pytest.importorskip("petab.v1")
    from petab.v1.lint import lint_problem

    problem = petab.Problem.from_yaml(str(folder / "problem.yaml"))
    assert not lint_problem(problem)
    assert len(problem.x_free_ids) == len(rows(folder / "parameters.tsv"))


def test_libsbml_finds_nothing(folder):
    import libsbml

    document = libsbml.readSBMLFromFile(str(folder / "model.xml"))
    assert document.checkConsistency() == 0, document.getErrorLog().toString()


def test_another_program_predicts_what_we_calibrate_on(folder):
    """libRoadRunner against our engine: areas of ours are trapezoids, good to 1e-3."""
    pytest.importorskip("petab.v1")
    from tests.inference.petab_run import run_problem

    found = run_problem(folder)
    findings = tuple(each for each in load_findings() if each.id in found)
    assert len(findings) == len(found) > 50
    model = kinetic_model()
    ours = predict_typical(findings, model=model) * np.exp(basis(findings, model).shift)
    theirs = [found[each.id] for each in findings]
    np.testing.assert_allclose(theirs, ours, rtol=1e-3)


def test_every_finding_is_said_or_left_out_with_a_reason(folder):
    kinetic = [each for each in load_findings() if needs_kinetics_only(each)]
    every = {each.id for each in usable(kinetic, kinetic_model())}
    said = {row["datasetId"] for row in rows(folder / "measurements.tsv")}
    left_out = {row["finding"]: row["why"] for row in rows(folder / "left_out.tsv")}
    assert said | set(left_out) == every
    assert not said & set(left_out)
    assert all(left_out.values())


def test_published_values_are_measured(folder):
    values = {
        row["datasetId"]: float(row["measurement"]) for row in rows(folder / "measurements.tsv")
    }
    for each in load_findings():
        if each.id in values:
            assert values[each.id] == each.value
            assert not why_not(each)


def test_priors_and_bounds_hold_the_values_in_use(folder):
    symbols = {row.symbol: row.value for row in kinetic_model().parameters}
    for row in rows(folder / "parameters.tsv"):
        low, high = float(row["lowerBound"]), float(row["upperBound"])
        nominal = float(row["nominalValue"])
        assert low < nominal < high
        value = 1 / (1 + np.exp(-nominal)) if row["parameterScale"] == "lin" else nominal
        assert value == pytest.approx(symbols[row["parameterName"]], rel=1e-12)
        centre, sd = (float(part) for part in row["objectivePriorParameters"].split(";"))
        ends = (low, high) if row["parameterScale"] == "lin" else np.log((low, high))
        np.testing.assert_allclose(ends, (centre - 3 * sd, centre + 3 * sd), rtol=1e-9)


def test_a_folder_that_holds_something_is_refused(folder, tmp_path):
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(UserError, match="give an empty or new folder"):
        write_petab(folder)
    assert sorted(path.name for path in folder.iterdir()) == before
    with pytest.raises(UserError, match="there is no folder"):
        write_petab(tmp_path / "a" / "b")
