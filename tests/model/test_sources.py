"""The bibliography."""

from __future__ import annotations

import pytest

from ketasim import UserError
from ketasim.model.sources import read_sources

from .toys import BIB


def test_entries(tmp_path):
    (tmp_path / "sources.bib").write_text(BIB)
    found = read_sources(tmp_path / "sources.bib")
    assert list(found) == ["smith2020", "label"]
    assert found["smith2020"].fields["year"] == "2020"
    assert found["smith2020"].fields["author"] == "Smith, J. and {van der Berg}, K."
    assert str(found["label"]) == "2019. A label"


def test_a_key_given_twice_is_refused(tmp_path):
    (tmp_path / "sources.bib").write_text(BIB + "@misc{label,\n}\n")
    with pytest.raises(UserError, match=r"sources\.bib:7: key 'label' stands already on line 6"):
        read_sources(tmp_path / "sources.bib")


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(UserError, match=r"sources\.bib: no such file"):
        read_sources(tmp_path / "sources.bib")
