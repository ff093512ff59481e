"""Results appear whole or not at all, and never over what is not ours."""

from __future__ import annotations

import pytest

from ketasim.errors import UserError
from ketasim.report.output_folder import RECORD, output_folder


def _write(folder, text):
    (folder / RECORD).write_text(text)


def _stopped(target, how):
    with output_folder(target) as folder:
        _write(folder, "half")
        raise how


def test_folder_appears_when_all_is_done(tmp_path):
    target = tmp_path / "deep" / "out"
    with output_folder(target) as folder:
        _write(folder, "{}")
        assert not target.exists()
    assert [p.name for p in target.iterdir()] == [RECORD]
    assert [p.name for p in target.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_of_what_was_stopped(tmp_path, stop):
    with pytest.raises(stop):
        _stopped(tmp_path / "out", stop)
    assert list(tmp_path.iterdir()) == []


def test_earlier_results_stay_when_the_next_run_is_stopped(tmp_path):
    with output_folder(tmp_path / "out") as folder:
        _write(folder, "first")
    with pytest.raises(KeyboardInterrupt):
        _stopped(tmp_path / "out", KeyboardInterrupt)
    assert (tmp_path / "out" / RECORD).read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_earlier_results_are_replaced_as_a_whole(tmp_path):
    with output_folder(tmp_path / "out") as folder:
        _write(folder, "first")
        (folder / "report.html").write_text("old")
    with output_folder(tmp_path / "out") as folder:
        _write(folder, "second")
    assert [p.name for p in (tmp_path / "out").iterdir()] == [RECORD]
    assert (tmp_path / "out" / RECORD).read_text() == "second"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_figures_of_an_earlier_run_are_replaced_too(tmp_path):
    for text in ("first", "second"):
        with output_folder(tmp_path / "out") as folder:
            _write(folder, text)
            (folder / "figures").mkdir()
            (folder / "figures" / "mood.svg").write_text(text)
    assert (tmp_path / "out" / "figures" / "mood.svg").read_text() == "second"


@pytest.mark.parametrize("names", [["thesis.doc"], [RECORD, "thesis.doc"], ["results"]])
def test_folder_of_someone_else_is_left_alone(tmp_path, names):
    target = tmp_path / "out"
    target.mkdir()
    for name in names:
        (target / name).write_text("mine")
    with pytest.raises(UserError, match="is no output of ketasim"), output_folder(target):
        pass
    assert sorted(p.name for p in target.iterdir()) == sorted(names)


def test_empty_folder_is_used(tmp_path):
    with output_folder(tmp_path) as folder:
        _write(folder, "{}")
    assert [p.name for p in tmp_path.iterdir()] == [RECORD]


def test_file_in_the_way_is_told(tmp_path):
    (tmp_path / "out").write_text("")
    with (
        pytest.raises(UserError, match="is a file; give a folder"),
        output_folder(tmp_path / "out"),
    ):
        pass


def test_unwritable_place_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "out"  # root may write anywhere, but not into a file
    with pytest.raises(UserError, match="cannot write into"), output_folder(place):
        pass
