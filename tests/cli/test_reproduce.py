"""``ketasim reproduce``: the same, the same within rounding, or not."""

from __future__ import annotations

import json
import shutil

import pytest

from ketasim.cli import OK, REGRESSION, USAGE, main
from tests.study.small import small_study


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Folder of a run of two people from a file."""
    folder = tmp_path_factory.mktemp("reproduce")
    (folder / "people.csv").write_text("ID,WT\na,50\nb,100\n")
    study = small_study(
        folder, ("n = 6", ""), ('name = "trd"', 'file = "people.csv"'), ("[attribution]", _NONE)
    )
    assert main(["run", str(study), "--out", str(folder / "out"), "--no-report", "-q"]) == OK
    (folder / "people.csv").unlink()  # a record must not need what lies outside its folder
    return folder / "out"


_NONE = "[attribution]\non = false"


@pytest.fixture
def run(original, tmp_path):
    """Copy of that folder, to be spoilt."""
    return shutil.copytree(original, tmp_path / "run")


def _edit(folder, change):
    record = json.loads((folder / "run.json").read_text())
    change(record)
    (folder / "run.json").write_text(json.dumps(record))


def _compared(folder, capsys):
    code = main(["reproduce", str(folder / "run.json"), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_untouched_run_is_identical(run, capsys):
    code, found = _compared(run, capsys)
    assert code == OK
    assert found == {
        "reproduced": True,
        "changed": {},
        "arms": {"ketamine": 0.0, "saline": 0.0},
        "limit": pytest.approx(1e-3),
    }


def test_folder_will_do_for_its_record(run, capsys):
    assert main(["reproduce", str(run)]) == OK
    assert capsys.readouterr().out.splitlines()[-1] == "reproduced"


def test_other_seed_is_not_the_same(run, capsys):
    _edit(run, lambda record: record["study"].update(seed=4))
    code, found = _compared(run, capsys)
    assert code == REGRESSION
    assert found["reproduced"] is False
    assert found["arms"]["ketamine"] > found["limit"]


def test_rounding_of_another_machine_is_the_same(run, capsys):
    # A hundredth tighter tolerance takes other steps: other digits, the same answer.
    _edit(run, lambda record: record["study"].update(tolerance=2e-5))
    code, found = _compared(run, capsys)
    assert code == OK
    assert 0 < found["arms"]["ketamine"] <= found["limit"]


def test_other_version_and_model_are_told(run, capsys):
    _edit(run, lambda record: record["versions"].update(numpy="1.0"))
    _edit(run, lambda record: record.update(model_hash="abc"))
    _, found = _compared(run, capsys)
    assert found["changed"].keys() == {"numpy", "model hash"}
    assert found["changed"]["numpy"]["then"] == "1.0"


def test_without_results_only_an_identical_run_counts(run, capsys):
    shutil.rmtree(run / "results" / "typical")
    for file in (run / "results").glob("*.parquet"):
        file.unlink()
    assert _compared(run, capsys)[0] == OK
    _edit(run, lambda record: record["arms"]["ketamine"].update(sha256="0"))
    code, found = _compared(run, capsys)
    assert (code, found["arms"]["ketamine"]) == (REGRESSION, None)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda run: (run / "run.json").unlink(), "no such file"),
        (lambda run: (run / "run.json").write_text("{"), "not a record of a run"),
        (lambda run: (run / "run.json").write_text("[]"), "not a record of a run"),
        (lambda run: _edit(run, lambda r: r.update(format=99)), "format 99; this version reads 1"),
        (lambda run: _edit(run, lambda r: r["study"].update(n=0)), "n: 0 is out of range"),
        (lambda run: (run / "results" / "people.csv").unlink(), "is gone"),
        (lambda run: (run / "results" / "people.csv").write_text("ID,WT\na,9\n"), "has changed"),
    ],
)
def test_spoilt_record_is_told_in_one_line(run, capsys, spoil, told):
    spoil(run)
    assert main(["reproduce", str(run / "run.json")]) == USAGE
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
