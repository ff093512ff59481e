"""The map as a figure: what it shows of a state, and that nothing runs out of its box."""

from __future__ import annotations

import re

import numpy as np
import pytest

from ketasim.dosing import infusion
from ketasim.model import assemble
from ketasim.model.pathway import load_pathway
from ketasim.population import Population
from ketasim.report.figure_pathway import (
    PathwayState,
    deviation,
    number_shown,
    pathway_figure,
    pathway_state,
)
from ketasim.report.pathway_glyphs import fill_and_ink
from ketasim.report.style import house_style
from ketasim.report.svg import inline, png, standalone
from ketasim.simulation import simulate

PATHWAY = load_pathway()


def state_of(node, value, rest, unit="ratio"):
    name = PATHWAY.node(node).output
    return PathwayState(1.0, {name: value}, {name: rest}, {name: unit})


@pytest.mark.parametrize(
    ("node", "value", "rest", "unit", "words"),
    [
        ("bdnf", 2.5, 1.0, "ratio", "▲ ×2.50"),
        ("bdnf", 1.0, 1.0, "ratio", "×1.00"),
        ("release", 0.7, 1.0, "ratio", "▼ ×0.70"),
        ("mrna", 1.004, 1.0, "ratio", "▲ ×1.004"),
        ("nmda_in", 0.3, 0.0, "fraction", "▼ 70 %"),  # what is left, not what is lost
        ("spines", -0.12, 0.0, "ratio", "▼ −0.12"),
        ("spines", 0.0, 0.0, "ratio", "+0.00"),
        ("madrs", 20.4, 33.0, "points", "▼ 20 points"),
        ("pressure", 4.25, 0.0, "mmHg", "▲ 4.2 mmHg"),
    ],
)
def test_a_number_says_direction_without_colour(node, value, rest, unit, words):
    assert number_shown(PATHWAY.node(node), state_of(node, value, rest, unit)) == words


def test_a_node_without_a_value_shows_nothing():
    empty = PathwayState(1.0, {}, {}, {})
    for node in PATHWAY.nodes:
        assert number_shown(node, empty) == ""
        assert np.isnan(deviation(node, empty))
    assert pathway_figure(empty).figure.axes


def test_sums_need_every_part():
    node = PATHWAY.node("ketamine")
    one = PathwayState(1.0, {"bS": 100.0}, {"bS": 0.0}, {"bS": "nM"})
    assert number_shown(node, one) == ""
    both = PathwayState(1.0, {"bS": 100.0, "bR": 50.0}, {"bS": 0.0, "bR": 0.0}, {"bS": "nM"})
    assert number_shown(node, both) == "▲ 150 nM"


def test_colour_is_white_at_rest_and_deepens_both_ways():
    assert fill_and_ink(0.0)[0] == (1.0, 1.0, 1.0)
    for sign in (1, -1):
        green = [fill_and_ink(sign * level)[0][1] for level in (0.1, 0.4, 1.0)]
        assert green == sorted(green, reverse=True)
    assert fill_and_ink(1.0)[0][0] > fill_and_ink(1.0)[0][2]  # high is warm
    assert fill_and_ink(-1.0)[0][0] < fill_and_ink(-1.0)[0][2]  # low is cool


@pytest.fixture(scope="module")
def course():
    model = assemble()
    outputs = [name for name in PATHWAY.outputs() if name in model.outputs]
    times = np.array([0.0, 0.7, 24.0])
    people = Population("typical", 1, 1)
    return model, simulate(model, infusion("0.5 mg/kg", over="40 min"), people, times, outputs)


def test_state_of_a_simulated_course(course):
    state = pathway_state(*course, 0.75, shares={"ampa": 0.3}, off=("gs",))
    assert state.time_h == 0.7
    assert deviation(PATHWAY.node("nmda_in"), state) < -0.3  # receptors are blocked
    assert deviation(PATHWAY.node("bdnf"), state) > 0.3
    assert abs(deviation(PATHWAY.node("spines"), state)) < 0.02  # too early for spines
    late = pathway_state(*course, 24.0)
    assert deviation(PATHWAY.node("spines"), late) > 0.2
    assert deviation(PATHWAY.node("madrs"), late) < -0.3


def test_figure_says_what_it_shows(course):
    state = pathway_state(*course, 24.0, shares={"ampa": 0.3}, off=("gs",))
    picture = pathway_figure(state)
    assert picture.name == "pathway"
    assert "Values at 24 h, one person" in picture.caption
    assert "Switched off: gs." in picture.caption
    assert f"{len(PATHWAY.left_out)} minor ones are not drawn" in picture.caption
    assert "MADRS" in picture.alt
    written = {text.get_text() for text in picture.figure.axes[0].texts}
    assert {node.label for node in PATHWAY.nodes} <= written
    assert {room.label for room in PATHWAY.compartments} <= written


def test_letters_stay_in_their_boxes(course):
    figure = pathway_figure(pathway_state(*course, 0.7)).figure
    axes = figure.axes[0]
    figure.draw_without_rendering()
    boxes = {node.label: node for node in PATHWAY.nodes}
    for text in axes.texts:
        node = boxes.get(text.get_text())
        if node is None or text.get_zorder() < 5:
            continue
        extent = text.get_window_extent().transformed(axes.transData.inverted())
        assert extent.width <= node.w, node.label


def test_files_are_whole_and_the_same_every_time():
    with house_style():
        first, second = standalone(pathway_figure()), standalone(pathway_figure())
    assert first == second
    assert first.startswith("<?xml")
    assert not re.search(r"https?://(?!www\.w3\.org|purl\.org|creativecommons)", first)
    assert inline(pathway_figure()).startswith("<svg")
    assert png(pathway_figure(), dpi=40).startswith(b"\x89PNG")
