"""Pictures: drawn when there is data, replaced by a sentence when there is none."""

import itertools
import re

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.report import figures, save_figures
from ketasim.report.figure_attribution import cell_colours
from ketasim.report.style import CONTROL, SERIES, Missing, Picture
from ketasim.report.svg import inline, standalone
from tests.report import synthetic


@pytest.fixture(scope="module")
def drawn():
    return figures.draw_all(synthetic.contents())


def test_every_picture_is_drawn(drawn):
    assert [name for name, picture in drawn.items() if isinstance(picture, Missing)] == []


def test_every_caption_says_whose_values_it_shows(drawn):
    for picture in drawn.values():
        assert re.search(r"n = 60|One person", picture.caption), picture.name


def test_one_person_has_no_band():
    arms = {"ketamine 0.5 mg/kg": synthetic.arm(n=1), "saline": synthetic.arm(n=1, fall=0)}
    for picture in figures.draw_all(synthetic.contents(arms=arms, attribution=())).values():
        if isinstance(picture, Picture):
            assert "One person" in picture.caption, picture.name
            for axes in picture.figure.axes:
                assert not axes.collections or picture.name == "rates", picture.name


def test_every_axis_has_a_unit_or_says_what_it_counts(drawn):
    for picture in drawn.values():
        if picture.name != "attribution":
            texts = [axes.get_ylabel() for axes in picture.figure.axes]
            texts += [picture.figure.get_supylabel()]
            assert any("(" in text or "share" in text for text in texts), picture.name


def test_no_mark_on_an_axis_shows_markup(drawn):
    for picture in drawn.values():
        picture.figure.canvas.draw()
        marks = [
            mark.get_text()
            for axes in picture.figure.axes
            for axis in (axes.xaxis, axes.yaxis)
            for mark in axis.get_ticklabels(which="both")
        ]
        assert not [mark for mark in marks if "$" in mark], picture.name


@pytest.mark.parametrize(
    ("outputs", "kept"),
    [
        (["MADRS"], {"mood", "rates", "attribution"}),
        (["Cket", "Bin"], {"concentration", "engagement", "clocks", "attribution"}),
        (["CADSS"], {"safety", "attribution"}),
    ],
)
def test_a_picture_without_data_becomes_a_sentence(outputs, kept):
    arms = {
        "ketamine 0.5 mg/kg": synthetic.arm(n=3, outputs=outputs),
        "saline": synthetic.arm(n=3, outputs=outputs, fall=0.0),
    }
    found = figures.draw_all(synthetic.contents(arms=arms))
    assert {name for name, picture in found.items() if isinstance(picture, Picture)} == kept
    for picture in found.values():
        if isinstance(picture, Missing):
            assert "did not record" in picture.sentence


def test_everybody_failed_draws_nothing_and_raises_nothing():
    arms = {"ketamine 0.5 mg/kg": synthetic.arm(n=2, broken=(0, 1)), "saline": synthetic.arm(n=2)}
    found = figures.draw_all(synthetic.contents(arms=arms))
    drawn = [name for name, picture in found.items() if isinstance(picture, Picture)]
    assert drawn == ["attribution"]
    assert "no person has a result for MADRS" in found["mood"].sentence


def test_the_same_numbers_give_the_same_bytes():
    once, twice = (standalone(figures.draw_all(synthetic.contents())["mood"]) for _ in range(2))
    assert once == twice
    assert not re.search(r"dc:date|20\d\d-\d\d-\d\dT", once)


def test_letters_are_paths(drawn):
    assert "<text" not in standalone(drawn["mood"])


def test_inline_pictures_share_no_identifier_and_no_fixed_ink(drawn):
    seen = []
    for picture in drawn.values():
        text = inline(picture)
        seen += re.findall(r'\bid="([^"]+)"', text)
        wanted = re.findall(r'(?:href="#|url\(#)([^")]+)', text)
        assert set(wanted) <= set(seen), picture.name
        assert "#1c1d21" not in text
        assert "<desc" in text
    assert len(seen) == len(set(seen))


def test_no_two_series_share_a_line_shape():
    shapes = [str(dashes) for _, dashes, _ in (*SERIES, CONTROL)]
    assert len(shapes) == len(set(shapes))


def test_darker_is_more_in_grey():
    def grey(value):
        fill = cell_colours(value, 5.0)[0]
        red, green, blue = (int(fill[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    shades = [grey(value) for value in np.linspace(0, 5, 11)]
    assert all(darker < lighter for lighter, darker in itertools.pairwise(shades))


def test_figures_are_saved_as_files(tmp_path):
    written = save_figures(synthetic.contents(), tmp_path / "new" / "figures")
    assert {path.suffix for path in written} == {".svg", ".png"}
    assert (tmp_path / "new" / "figures" / "overview.png").read_bytes()[:4] == b"\x89PNG"
    assert {path.name for path in written} == {p.name for p in written[0].parent.iterdir()}


def test_an_unwritable_folder_is_the_users_mistake(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(UserError, match="cannot write"):
        save_figures(synthetic.contents(), tmp_path / "file")
