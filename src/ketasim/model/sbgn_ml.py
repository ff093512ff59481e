"""The map as SBGN-ML, for editors of pathway maps.

SBGN-ML 0.3 (Bergmann et al. 2020, doi:10.1515/jib-2020-0016), Activity Flow Level 1 Version 1.2:
a perturbation is a biological activity with the unit of information ``perturbation``, a phenotype
acts on nothing, an arc into a delay is a logic arc and ends at a port.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from ketasim.model.pathway import Edge, Node, Pathway, load_pathway

NAMESPACE = "http://sbgn.org/libsbgn/0.3"
VERSION = "http://identifiers.org/combine.specifications/sbgn.af.level-1.version-1.2"
_XHTML = "http://www.w3.org/1999/xhtml"


def sbgn_ml(pathway: Pathway | None = None) -> str:
    """Return the map as the text of an SBGN-ML file.

    Parameters
    ----------
    pathway : Pathway, optional
        Default: the map of the model.
    """
    shown = pathway or load_pathway()
    root = ET.Element("sbgn", xmlns=NAMESPACE)
    drawn = ET.SubElement(root, "map", id="ketasim", language="activity flow", version=VERSION)
    _box(drawn, 0, 0, *shown.size)
    for order, room in enumerate(shown.compartments):
        names = {"class": "compartment", "id": f"c_{room.id}", "compartmentOrder": str(order)}
        glyph = ET.SubElement(drawn, "glyph", names)
        label = ET.SubElement(glyph, "label", text=room.label)
        _box(label, room.x, room.y, room.w, 18)
        _box(glyph, room.x, room.y, room.w, room.h)
    ports = _ports(shown)
    for node in shown.nodes:
        _glyph(drawn, node, [p for p in ports if p.node == node.id])
    for edge in shown.edges:
        _arc(drawn, edge, ports)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


@dataclass(frozen=True)
class _Port:
    """Where an arc meets a delay."""

    id: str
    node: str
    x: float
    y: float


def _ports(pathway: Pathway) -> list[_Port]:
    """Return one port for each point at which arcs enter or leave a delay."""
    delays = {node.id for node in pathway.nodes if node.glyph == "delay"}
    ends = [(e.source, e.points[0]) for e in pathway.edges if e.source in delays]
    ends += [(e.target, e.points[-1]) for e in pathway.edges if e.target in delays]
    return [
        _Port(f"n_{node}.{number}", node, *point)
        for number, (node, point) in enumerate(dict.fromkeys(ends), 1)
    ]


def _glyph(drawn: ET.Element, node: Node, ports: list[_Port]) -> None:
    perturbation = node.glyph == "perturbation"
    kind = "biological activity" if perturbation else node.glyph
    glyph = ET.SubElement(drawn, "glyph", {"class": kind, "id": f"n_{node.id}"})
    if node.glyph != "delay":
        glyph.set("compartmentRef", f"c_{node.compartment}")
    notes = ET.SubElement(glyph, "notes")
    ET.SubElement(notes, "p", xmlns=_XHTML).text = _words(node)
    if node.glyph != "delay":
        ET.SubElement(glyph, "label", text=node.label)
    _box(glyph, node.x, node.y, node.w, node.h)
    if perturbation:
        inner = ET.SubElement(
            glyph, "glyph", {"class": "unit of information", "id": f"n_{node.id}.info"}
        )
        ET.SubElement(inner, "label", text="")
        ET.SubElement(inner, "entity", name="perturbation")
        _box(inner, node.x + 8, node.y - 6, 24, 12)
    for port in ports:
        ET.SubElement(glyph, "port", id=port.id, x=_number(port.x), y=_number(port.y))


def _words(node: Node) -> str:
    parts = [node.name]
    parts += [f"mechanism {node.mechanism}"] if node.mechanism else []
    shown = " + ".join((node.output, *node.plus)) if node.output else ""
    parts += [f"shows {'1 - ' if node.complement else ''}{shown}"] if shown else []
    return "; ".join(parts)


def _arc(drawn: ET.Element, edge: Edge, ports: list[_Port]) -> None:
    arc = ET.SubElement(
        drawn,
        "arc",
        {"class": edge.arc, "id": f"a_{edge.source}-{edge.target}"},
        source=_end(edge.source, edge.points[0], ports),
        target=_end(edge.target, edge.points[-1], ports),
    )
    tags = ["start", *["next"] * (len(edge.points) - 2), "end"]
    for tag, (x, y) in zip(tags, edge.points, strict=True):
        ET.SubElement(arc, tag, x=_number(x), y=_number(y))


def _end(node: str, point: tuple[float, float], ports: list[_Port]) -> str:
    """Return the id of the port there, or of the glyph."""
    found = (p.id for p in ports if p.node == node and (p.x, p.y) == point)
    return next(found, f"n_{node}")


def _box(parent: ET.Element, x: float, y: float, w: float, h: float) -> None:
    names = {"x": x, "y": y, "w": w, "h": h}
    ET.SubElement(parent, "bbox", {key: _number(value) for key, value in names.items()})


def _number(value: float) -> str:
    return f"{value:g}"
