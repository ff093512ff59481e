"""SBGN-ML: what its schema and the grammar of Activity Flow ask for, checked by structure."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from ketasim.model.pathway import load_pathway
from ketasim.model.sbgn_ml import NAMESPACE, VERSION, sbgn_ml

PATHWAY = load_pathway()
ROOT = ET.fromstring(sbgn_ml().encode())
MAP = ROOT[0]
CHILDREN = {  # of each element, in the order of the schema
    "sbgn": ("map",),
    "map": ("bbox", "glyph", "arc"),
    "glyph": ("notes", "label", "entity", "bbox", "glyph", "port"),
    "label": ("bbox",),
    "arc": ("start", "next", "end"),
    "notes": ("p",),
}
ATTRIBUTES = {
    "bbox": {"x", "y", "w", "h"},
    "port": {"id", "x", "y"},
    "start": {"x", "y"},
    "next": {"x", "y"},
    "end": {"x", "y"},
    "entity": {"name"},
    "label": {"text"},
    "arc": {"class", "id", "source", "target"},
    "map": {"id", "language", "version"},
}


def tag(element):
    return element.tag.rpartition("}")[2]


def each(name):
    return [element for element in MAP.iter() if tag(element) == name]


def test_head():
    assert ROOT.tag == f"{{{NAMESPACE}}}sbgn"
    assert NAMESPACE == "http://sbgn.org/libsbgn/0.3"
    assert MAP.get("version") == VERSION
    assert VERSION.endswith("sbgn.af.level-1.version-1.2")


def test_elements_stand_in_the_order_of_the_schema_with_its_attributes():
    for element in ROOT.iter():
        order = [CHILDREN.get(tag(element), ()).index(tag(child)) for child in element]
        assert all(one <= other for one, other in pairwise(order)), tag(element)
        if tag(element) in ATTRIBUTES:
            assert set(element.keys()) == ATTRIBUTES[tag(element)]
        for name in ("x", "y", "w", "h"):
            if element.get(name):
                float(element.get(name, ""))
    for glyph in each("glyph"):
        assert sum(tag(child) == "bbox" for child in glyph) == 1
    for arc in each("arc"):
        tags = [tag(child) for child in arc]
        assert (tags[0], tags[-1]) == ("start", "end")


def test_ids_are_names_and_stand_once_and_references_point_to_them():
    ids = [element.get("id") for element in MAP.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(name and name[0].isalpha() and " " not in name for name in ids)
    for arc in each("arc"):
        assert {arc.get("source"), arc.get("target")} <= set(ids)
    for glyph in each("glyph"):
        assert glyph.get("compartmentRef", ids[0]) in ids


def test_grammar_of_activity_flow():
    kinds = {g.get("id"): g.get("class") for g in each("glyph")}
    ports = {p.get("id"): g.get("class") for g in each("glyph") for p in g if tag(p) == "port"}
    allowed = {"biological activity", "phenotype", "compartment", "delay", "unit of information"}
    assert set(kinds.values()) <= allowed
    for arc in each("arc"):
        source, target = arc.get("source"), arc.get("target")
        if arc.get("class") == "logic arc":
            assert kinds[source] == "biological activity"
            assert ports[target] == "delay"
        else:
            assert kinds.get(source) == "biological activity" or ports[source] == "delay"
            assert kinds[target] in ("biological activity", "phenotype")
    for glyph in MAP:
        if glyph.get("class") == "biological activity":
            assert glyph.get("compartmentRef")


def test_whole_map_is_there():
    assert len(each("arc")) == len(PATHWAY.edges)
    tops = [g for g in MAP if tag(g) == "glyph"]
    assert len(tops) == len(PATHWAY.nodes) + len(PATHWAY.compartments)
    perturbations = [e for e in each("entity") if e.get("name") == "perturbation"]
    assert len(perturbations) == sum(n.glyph == "perturbation" for n in PATHWAY.nodes)


def test_text_is_the_same_every_time():
    assert sbgn_ml() == sbgn_ml()
    assert sbgn_ml().startswith('<?xml version="1.0" encoding="UTF-8"?>\n<sbgn xmlns=')


@pytest.mark.parametrize("label", ["Gαs out of rafts", "τ < x & y"])
def test_letters_survive(label):
    from dataclasses import replace

    nodes = (replace(PATHWAY.nodes[0], label=label), *PATHWAY.nodes[1:])
    text = sbgn_ml(replace(PATHWAY, nodes=nodes))
    labels = [e.get("text") for e in ET.fromstring(text.encode()).iter() if tag(e) == "label"]
    assert label in labels
