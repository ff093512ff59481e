"""COMBINE archives: valid, the same bytes each time, and run by another program to our curves."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.study import prepare, read_study
from ketasim.study.omex import OMEX, write_omex
from ketasim.study.sedml import courses
from tests.study.sedml_run import read_sedml, run_archive

WHOLE = """
title = "Everything at once"
n = 4
outputs = ["Cket", "bS", "Bin", "MADRS", "CADSS", "dSBP"]
control = "clamped"
[times]
until = "30 h"
[[arms]]
name = "a.b+c"
open_label = true
regimen = [
  { drug = "midazolam", dose = "2 mg", over = "2 min", start = "-30 min" },
  { drug = "ketamine", dose = "0.5 mg/kg", over = "40 min" },
  { drug = "esketamine", route = "intranasal", dose = "56 mg", start = "20 h" },
]
[[arms]]
name = "clamped"
regimen = [{ route = "daily", drug = "SSRI", for = "1 day" }, { drug = "saline" }]
"""
KINETICS = """
title = "Routes <& \\u0008 back>"
mechanisms = ["pk", "absorption", "metabolites", "brain"]
outputs = ["Cket", "Cnk", "Chnk", "cS", "bR"]
times = { until = "12 h" }
population = { name = "healthy", overrides = { WT = 61.7 } }
[[arms]]
name = "routes"
regimen = [
  { route = "im", dose = "0.5 mg/kg" },
  { route = "oral", dose = "40 mg", formulation = "prolonged-release tablet", start = "1 h" },
  { route = "sublingual", dose = "25 mg", start = "2 h" },
  { route = "infusion", rate = "0.1 mg/kg/h", over = "2 h", start = "3 h" },
]
"""


def archive(folder: Path, text: str) -> Path:
    """Write the archive of a study."""
    return write_omex(prepare(read_study(text, "study.toml")), folder / "study.omex")


def table(archive: zipfile.ZipFile, name: str) -> tuple[list[str], np.ndarray]:
    rows = list(csv.reader(io.StringIO(archive.read(name).decode())))
    return rows[0], np.array(rows[1:], dtype=float)


@pytest.fixture(scope="module", params=[WHOLE, KINETICS], ids=["whole", "kinetics"])
def written(request, tmp_path_factory) -> Path:
    return archive(tmp_path_factory.mktemp("omex"), request.param)


def test_another_program_finds_our_curves(written):
    """libRoadRunner and our engine, both at tight tolerances, differ by 3e-5 of the largest."""
    found = run_archive(written)
    assert found
    with zipfile.ZipFile(written) as files:
        results = [
            name for name in files.namelist() if name.endswith((".first_day.csv", ".whole.csv"))
        ]
        assert len(results) == len(found)
        arms = list(dict.fromkeys(name.split("/")[1].rsplit(".", 2)[0] for name in results))
        for task, (labels, values) in found.items():
            arm, _, course = task.partition("_")
            expected = f"results/{arms[int(arm.removeprefix('arm')) - 1]}.{course}.csv"
            names, ours = table(files, expected)
            assert names == labels
            size = np.abs(ours).max(axis=0)
            if arm == "arm1":  # who is given ketamine shows something in every output
                assert np.all(size > 0), dict(zip(names, size, strict=True))
            apart = np.abs(values - ours).max(axis=0)
            assert np.all(apart <= 3e-5 * size + 1e-9), dict(zip(names, apart / size, strict=True))


def test_every_sbml_file_is_consistent(written):
    """No error and no warning of libsbml, units included."""
    import libsbml

    with zipfile.ZipFile(written) as files:
        models = [name for name in files.namelist() if name == "model.xml" or "arms/" in name]
        assert len(models) > 1
        for name in models:
            document = libsbml.readSBMLFromString(files.read(name).decode())
            document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
            assert document.checkConsistency() == 0, document.getErrorLog().toString()
            assert bool(document.getModel().getNumEvents()) == ("arms/" in name)


def test_the_sedml_is_valid(written):
    found = read_sedml(written)
    assert found["errors"] == []
    assert found["version"] == [1, 4]
    with zipfile.ZipFile(written) as files:
        assert {task["source"] for task in found["tasks"]} == {
            name for name in files.namelist() if name.startswith("arms/")
        }


def test_the_manifest_lists_what_is_there(written):
    with zipfile.ZipFile(written) as files:
        root = ElementTree.fromstring(files.read("manifest.xml"))
        listed = [each.attrib["location"] for each in root.iter(f"{{{OMEX}}}content")]
        masters = [each.attrib["location"] for each in root if each.attrib.get("master") == "true"]
        assert sorted(listed) == sorted([".", *(f"./{name}" for name in files.namelist())])
        assert masters == ["./simulation.sedml"]
        about = ElementTree.fromstring(files.read("metadata.rdf"))
        text = files.read("metadata.rdf").decode()
        assert about.tag.endswith("RDF")
        for word in ("creator", "created", "description", "license", "Apache-2.0"):
            assert word in text


def test_the_same_study_gives_the_same_bytes(tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    first = archive(tmp_path, KINETICS).read_bytes()
    monkeypatch.chdir(tmp_path / "other")
    assert archive(tmp_path / "other", KINETICS).read_bytes() == first
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    with zipfile.ZipFile(archive(tmp_path, KINETICS)) as files:
        assert "1970-01-01T00:00:00Z" in files.read("metadata.rdf").decode()


def test_the_clock_starts_with_the_earliest_dose(written):
    with zipfile.ZipFile(written) as files:
        text = files.read("README.md").decode()
    assert ("time 0 of the files is 0.5 h before" in text) == ("Everything" in text)


@pytest.mark.parametrize(("end_h", "names"), [(2, ["whole"]), (24, ["whole"]), (672, None)])
def test_courses_are_even_and_reach_the_end(end_h, names):
    found = courses(end_h)
    assert [each.name for each in found] == (names or ["first_day", "whole"])
    assert found[-1].times_h[-1] == end_h
    assert all(np.ptp(np.diff(each.times_h)) < 1e-9 for each in found)


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    import ketasim.study.omex as module

    setup = prepare(read_study(KINETICS, "study.toml"))
    with pytest.raises(UserError, match="there is no folder"):
        write_omex(setup, tmp_path / "none" / "a.omex")
    monkeypatch.setattr(module, "sedml_text", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_omex(setup, tmp_path / "a.omex")
    assert list(tmp_path.iterdir()) == []
