"""The map agrees with the model, and nothing on it hides anything else."""

from __future__ import annotations

import json
from itertools import combinations, pairwise

import pytest

from ketasim import UserError
from ketasim.model import assemble
from ketasim.model.formula import names, parse
from ketasim.model.pathway import PATHWAY_FILE, load_pathway
from tests.model.pathway_wires import formulas, model_wiring, wires

PATHWAY = load_pathway()
NODES = {node.id: node for node in PATHWAY.nodes}
READINGS = {(e.source, e.target) for e in PATHWAY.edges if e.reading}
INFLUENCES = [i for i in PATHWAY.influences() if i[:2] not in READINGS]
SIGNS = {"positive influence": 1, "necessary stimulation": 1, "negative influence": -1}


@pytest.mark.parametrize(("source", "target", "arc"), INFLUENCES)
def test_every_edge_is_a_wire_with_the_sign_of_its_arc(source, target, arc):
    assert (source, target) in wires(), "the model has no such wire"
    if arc in SIGNS:
        assert SIGNS[arc] in wires()[source, target]


def test_every_wire_is_drawn_once_or_left_out_with_a_reason():
    drawn = [i[:2] for i in INFLUENCES]
    left = [(e.source, e.target) for e in PATHWAY.left_out]
    assert sorted([*drawn, *left]) == sorted(set(wires()))


def test_a_reading_is_the_same_quantity():
    for source, target in READINGS:
        formula = formulas()[NODES[source].output or ""]
        assert NODES[target].output in names(parse(formula))


def test_every_mechanism_that_can_be_switched_off_has_a_node():
    switches = {name.split("_", 1)[1] for name in model_wiring().switches}
    mechanisms = {node.mechanism for node in PATHWAY.nodes}
    assert switches <= mechanisms
    assert {m.name for m in model_wiring().mechanisms} <= mechanisms


def test_nodes_show_outputs_of_their_own_mechanism():
    outputs = assemble().outputs
    for node in PATHWAY.nodes:
        if node.glyph in ("delay", "perturbation"):
            assert node.show is None
            continue
        for name in (node.output, *node.plus):
            assert outputs[name or ""].mechanism == node.mechanism, node.id
        assert node.show is not None, node.id
        assert node.full is not None, node.id
        if node.complement:  # 1 - output is what is left only of a share
            assert outputs[node.output or ""].unit == "fraction"


def test_boxes_lie_in_their_compartments_and_apart():
    rooms = {room.id: room for room in PATHWAY.compartments}
    for node in PATHWAY.nodes:
        room = rooms[node.compartment]
        assert room.x < node.x, node.id
        assert room.y + 14 < node.y, f"{node.id} lies on a title"
        assert node.x + node.w < room.x + room.w, node.id
        assert node.y + node.h < room.y + room.h, node.id
    for one, other in combinations(PATHWAY.nodes, 2):
        apart_x = one.x + one.w + 8 <= other.x or other.x + other.w + 8 <= one.x
        apart_y = one.y + one.h + 8 <= other.y or other.y + other.h + 8 <= one.y
        assert apart_x or apart_y, (one.id, other.id)
    for room in PATHWAY.compartments:
        assert room.x >= 0
        assert room.y >= 0
        assert room.x + room.w <= PATHWAY.size[0]
        assert room.y + room.h <= PATHWAY.size[1]


def test_labels_fit_their_boxes():
    # 11 pixels bold: 6.4 pixels a letter is the widest mean of these labels in DejaVu Sans
    for node in PATHWAY.nodes:
        assert len(node.label) * 6.4 <= node.w + 4, node.id


def segments(edge):
    return list(pairwise(edge.points))


@pytest.mark.parametrize("edge", PATHWAY.edges, ids=lambda e: f"{e.source}-{e.target}")
def test_edges_leave_and_reach_their_boxes_and_pass_no_other(edge):
    for point, name in ((edge.points[0], edge.source), (edge.points[-1], edge.target)):
        assert on_border(point, NODES[name]), (point, name)
    for (x0, y0), (x1, y1) in segments(edge):
        assert (x0 == x1) != (y0 == y1), "a line is horizontal or vertical"
        for node in PATHWAY.nodes:
            inside_x = min(x0, x1) < node.x + node.w and max(x0, x1) > node.x
            inside_y = min(y0, y1) < node.y + node.h and max(y0, y1) > node.y
            assert not (inside_x and inside_y), f"passes through {node.id}"


def on_border(point, node):
    x, y = point
    within = node.x <= x <= node.x + node.w and node.y <= y <= node.y + node.h
    return within and (x in (node.x, node.x + node.w) or y in (node.y, node.y + node.h))


def crossing_or_covering(one, other):
    """Return how two straight lines meet: ``"cross"``, ``"cover"`` or None."""
    (ax, ay), (bx, by) = sorted(one)
    (cx, cy), (dx, dy) = sorted(other)
    if (ax == bx) == (cx == dx):
        same_line = ax == cx if ax == bx else ay == cy
        overlap = min(by, dy) - max(ay, cy) if ax == bx else min(bx, dx) - max(ax, cx)
        return "cover" if same_line and overlap > 0 else None
    if ax == bx:
        return "cross" if cx < ax < dx and ay < cy < by else None
    return "cross" if ax < cx < bx and cy < ay < dy else None


def test_lines_of_different_sources_cross_seldom_and_never_cover_each_other():
    crossings = set()
    for one, other in combinations(PATHWAY.edges, 2):
        if one.source == other.source:
            continue
        for a in segments(one):
            for b in segments(other):
                meet = crossing_or_covering(a, b)
                assert meet != "cover", (one, other)
                if meet:
                    x = a[0][0] if a[0][0] == a[1][0] else b[0][0]
                    y = a[0][1] if a[0][1] == a[1][1] else b[0][1]
                    crossings.add((x, y))
    assert len(crossings) <= 40  # 79 arcs; more would be a tangle


def test_plain_is_json_and_says_from_and_to():
    plain = json.loads(json.dumps(PATHWAY.plain(), allow_nan=False))
    assert list(plain) == ["size", "compartments", "nodes", "edges", "left_out"]
    assert set(plain["edges"][0]) == {"from", "to", "arc", "points"}
    assert len(plain["nodes"]) == len(NODES)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('to = "ketamine_blood"', 'to = "ketamin_blood"', "no node 'ketamin_blood'; nearest: keta"),
        ('glyph = "delay"', 'glyph = "dely"', "'dely' is not a choice; nearest: delay"),
        ('compartment = "raphe"', 'compartment = "raph"', "no compartment 'raph'; nearest: raphe"),
        ('id = "camp"', 'id = "pka"', "node pka stands twice"),
        ("size = [", "sise = [", "no such key; nearest: size"),
    ],
)
def test_a_slip_in_the_file_is_told(tmp_path, old, new, words):
    text = PATHWAY_FILE.read_text()
    assert old in text
    path = tmp_path / "map.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UserError) as error:
        load_pathway(path)
    assert words in str(error.value)
    assert "map.toml" in str(error.value)


def test_an_unknown_node_gives_the_nearest():
    with pytest.raises(UserError, match="nearest: bdnf"):
        PATHWAY.node("bdn")
