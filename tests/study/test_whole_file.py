"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os

import pytest

from ketasim.errors import UserError
from ketasim.study.whole_file import check_writable, whole_file, whole_folder


def test_a_file_takes_its_name_at_the_end(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("former")
    with whole_file(path) as beside:
        beside.write_text("new")
        assert path.read_text() == "former"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_failure_leaves_what_was(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("former")

    def interrupted() -> None:
        with whole_file(path) as beside:
            beside.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "former"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_folder_appears_whole(tmp_path):
    place = tmp_path / "new"
    with whole_folder(place) as beside:
        (beside / "x").write_text("x")
        assert not place.exists()
    assert os.listdir(place) == ["x"]
    with pytest.raises(UserError, match="it holds x; give an empty or new folder"):
        whole_folder(place).__enter__()
    (tmp_path / "empty").mkdir()
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "empty"):
        1 / 0  # noqa: B018
    assert sorted(os.listdir(tmp_path)) == ["empty", "new"]
    assert os.listdir(tmp_path / "empty") == []


def test_refusals_are_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    for place, said in (
        (tmp_path / "none" / "x", "there is no folder"),
        (tmp_path, "it is a folder"),
        (tmp_path / "file" / "x", "there is no folder"),
    ):
        with pytest.raises(UserError, match=said) as error:
            check_writable(place)
        assert "\n" not in str(error.value)
    with pytest.raises(UserError, match="it is a file"):
        whole_folder(tmp_path / "file").__enter__()


def test_a_disk_that_fails_is_told(tmp_path):
    with (
        pytest.raises(UserError, match="No space"),
        whole_file(tmp_path / "a.txt"),
    ):
        raise OSError(28, "No space left on device")
