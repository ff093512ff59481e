"""Files saved and opened in the browser hold what they should."""

from __future__ import annotations

import csv
import io
import tomllib
import xml.etree.ElementTree as ElementTree

import pytest

from ketasim.explorer.question import read_question
from ketasim.explorer.simulate import typical_curves
from ketasim.explorer.study_text import study_as_question
from tests.explorer.asked import plain

MADRS = "Depression score (MADRS)"


def test_data(open_page):
    question = plain(off=["lhb"])
    name, content = open_page(question).saved("Data, CSV")
    assert name == "ketamine_saline.csv"
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    curves = typical_curves(read_question(question), ["MADRS"])
    found = [float(row["ketamine MADRS (points)"]) for row in rows]
    assert found == pytest.approx(curves.series[0][3].tolist(), rel=1e-6)
    assert [float(row["time (h)"]) for row in rows] == pytest.approx(curves.times_h.tolist())


def test_study_and_back(open_page, tmp_path):
    question = plain(off=["lhb"], overrides={"WT": 90.0}, people="typical")
    screen = open_page(question)
    name, content = screen.saved("Study, TOML")
    assert name == "ketamine_saline.toml"
    assert tomllib.loads(content.decode())["scale"] == {"lhb": 0.0}
    again, notes = study_as_question(content.decode())
    wanted = read_question(question).plain()
    assert {**again.plain(), "title": None} == {**wanted, "title": None}
    assert notes == ()
    file = tmp_path / "own.toml"
    file.write_bytes(content)
    fresh = open_page()
    fresh.page.get_by_label("Study file").set_input_files(file)
    fresh.wait(lambda: fresh.wait_drawn()["off"] == ["lhb"], "the study on the screen")
    assert "own.toml is shown" in fresh.page.locator(".notice").inner_text()
    assert fresh.table(MADRS) == screen.table(MADRS)


def test_a_wrong_study_is_told(open_page, tmp_path):
    screen = open_page(plain())
    file = tmp_path / "own.toml"
    file.write_text('titel = "x"\n')
    screen.page.get_by_label("Study file").set_input_files(file)
    notice = screen.page.locator(".notice")
    screen.wait(notice.count, "what is wrong with the study")
    assert "titel: no such key; nearest: title" in notice.inner_text()
    assert all("422" in line for line in screen.errors)
    screen.errors.clear()


def test_figures(open_page):
    screen = open_page(plain())
    name, content = screen.saved("Figure, SVG")
    assert name.endswith(".svg")
    root = ElementTree.fromstring(content)
    words = " ".join(
        "".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")
    )
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "MADRS" in words or b"MADRS" in content
    assert b"<script" not in content
    name, content = screen.saved("Figure, PNG")
    assert name.endswith(".png")
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(content[16:20], "big") >= 1000  # pixels across: fit for a slide
