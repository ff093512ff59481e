"""The half-life entry: its sentences follow the numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ketasim.evidence.half_life import half_lives
from ketasim.report.figure_half_life import half_life_figure
from ketasim.report.half_life_words import entry, printed, span
from ketasim.report.style import house_style


@pytest.fixture(scope="module")
def found():
    return half_lives()


@pytest.mark.parametrize(
    ("hours", "text"),
    [(0.2, "12 min"), (1.0, "1 h"), (1.32, "79 min"), (2.34, "2.3 h"), (24.8, "25 h")],
)
def test_span(hours, text):
    assert span(hours) == text


def test_every_published_value_is_told(found):
    text = " ".join(entry(found))
    for reading in found.readings:
        assert reading.published.short in text
        assert printed(reading.published) in text


def test_a_contradiction_is_told(found):
    one = found.readings[0]
    against = replace(found, readings=(replace(one, verdict="contradicted"), *found.readings[1:]))
    assert f"{one.published.short} contradicts it" in entry(against)[0]
    assert ", a contradiction" in " ".join(entry(against))
    told = next(r for r in found.readings if r.window_told)
    missed = replace(found, readings=(replace(told, verdict="contradicted"),))
    assert "missed beyond 1.5-fold" in " ".join(entry(missed)).lower()


def test_figure_names_every_value_inside_the_picture(found):
    with house_style():
        picture = half_life_figure(found)
        picture.figure.draw_without_rendering()
        windows = picture.figure.axes[2]
        texts = [t.get_text() for t in windows.texts]
        edge = picture.figure.bbox
        boxes = [t.get_window_extent() for a in picture.figure.axes for t in a.texts]
    for reading in found.readings:
        assert any(reading.published.short in text for text in texts)
    assert all(box.x0 >= edge.x0 and box.x1 <= edge.x1 for box in boxes)
