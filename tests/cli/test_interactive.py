"""``ketasim run --interactive``: the explorer's page beside the report, or a refusal beforehand."""

from __future__ import annotations

import pytest

from ketasim.cli import OK, USAGE, main
from ketasim.explorer import replay
from ketasim.report.output_folder import check_replaceable
from tests.study.small import small_study

QUICK = ("--interactive", "--no-report", "--quiet")


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(replay, "FACTORS", (1.0,))
    monkeypatch.setattr(replay, "_switched", lambda mechanism, _: mechanism["name"] == "bdnf")
    monkeypatch.setattr(replay, "READINGS", ())


def test_the_page_lies_in_the_folder_which_a_second_run_may_replace(tmp_path, quick):
    study = small_study(tmp_path, ("[attribution]", "[attribution]\non = false"))
    assert main(["run", str(study), "--out", str(tmp_path / "o"), *QUICK]) == OK
    check_replaceable(tmp_path / "o")
    page = (tmp_path / "o" / "interactive.html").read_text()
    assert 'id="replay"' in page
    assert '"main": "ketamine"' in page


def test_what_the_page_cannot_hold_is_said_before_anything_is_run(tmp_path, capsys):
    study = small_study(tmp_path)
    study.write_text('without = ["bdnf"]\n' + study.read_text())
    assert main(["run", str(study), "--out", str(tmp_path / "o"), *QUICK]) == USAGE
    assert "without: the explorer leaves no mechanism out" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
