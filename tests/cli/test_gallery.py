"""``ketasim gallery``: figures, page, and what it refuses."""

from __future__ import annotations

import re

import pytest

from ketasim.cli import OK, USAGE, main
from ketasim.report.gallery import EXHIBITS, chosen_exhibits, gallery_kind

SMALL = ["occupancy", "concentration"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery") / "out"
    words = ["gallery", "--out", str(folder), "--quiet"]
    assert main([*words, *(w for name in SMALL for w in ("--only", name))]) == OK
    return folder


def test_every_figure_in_every_format_and_a_page(made):
    wanted = {f"{name}.{end}" for name in SMALL for end in ("svg", "pdf", "png")}
    assert {path.name for path in made.iterdir()} == {*wanted, "index.html"}
    assert (made / "occupancy.svg").read_text().startswith("<?xml")


def test_page_shows_code_and_asks_nothing_of_the_network(made):
    page = (made / "index.html").read_text()
    assert "plot.occupancy(ketamine)" in page
    assert "ks.assemble()" in page
    assert page.index("plot.course(ketamine") < page.index("plot.occupancy")  # the gallery's order
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert "not medical advice" in page
    for link in re.findall(r'href="([^"#]+)"', page):
        assert (made / link).is_file()


def test_made_again_in_its_place_and_the_same(made, tmp_path):
    assert main(["gallery", "--out", str(made), "--only", "occupancy", "-q"]) == OK
    assert {p.name for p in made.iterdir()} == {"index.html", "occupancy.svg", "occupancy.pdf",
                                                "occupancy.png"}  # fmt: skip
    assert main(["gallery", "--out", str(tmp_path / "b"), "--only", "occupancy", "-q"]) == OK
    for path in made.iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_foreign_folder_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.doc").write_text("mine")
    assert main(["gallery", "--out", str(tmp_path)]) == USAGE
    assert "it holds thesis.doc" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.doc"]


def test_unknown_figure_is_told_with_the_nearest(tmp_path, capsys):
    assert main(["gallery", "--out", str(tmp_path / "x"), "--only", "forrest"]) == USAGE
    assert capsys.readouterr().err.strip().endswith("nearest: forest")
    assert not (tmp_path / "x").exists()


def test_every_plot_has_its_exhibit_and_its_lines_fit():
    from ketasim.report import plot

    code = "\n".join(each.code for each in EXHIBITS)
    assert [name for name in plot.__all__ if f"plot.{name}(" not in code] == []
    assert max(len(line) for line in code.splitlines()) <= 74
    names = [each.name for each in EXHIBITS]
    assert len(set(names)) == len(names)
    assert {f"{name}.svg" for name in names} < gallery_kind().written
    assert chosen_exhibits() == EXHIBITS
