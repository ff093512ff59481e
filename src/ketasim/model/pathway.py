"""The map of the model: which node stands where, what it shows, and what acts on what.

``pathway.toml`` holds a layout made by hand, in the glyphs of SBGN Activity Flow. The explorer, the
static figure (:mod:`ketasim.report.figure_pathway`) and SBGN-ML (:mod:`ketasim.model.sbgn_ml`) all
draw this one map.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from ketasim.errors import UserError, nearest
from ketasim.toml_tables import Table, checked, parsed, read_text

PATHWAY_FILE = Path(__file__).with_name("pathway.toml")

Glyph = Literal["biological activity", "phenotype", "perturbation", "delay"]
Arc = Literal[
    "positive influence",
    "negative influence",
    "necessary stimulation",
    "unknown influence",
    "logic arc",
]
Show = Literal["value", "fold", "percent", "change"]


@dataclass(frozen=True)
class Compartment:
    """A rectangle around nodes; later ones lie on earlier ones. Lengths in pixels."""

    id: str
    label: str
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Node:
    """One glyph of the map.

    Attributes
    ----------
    id, label, name : str
        ``label`` is short, for the box; ``name`` says it in full.
    glyph : str
        ``biological activity``, ``phenotype``, ``perturbation`` or ``delay``.
    compartment : str
    x, y, w, h : float
        Upper left corner and size [pixels].
    mechanism, output : str or None
        What it belongs to and the output whose value it shows.
    plus, holds, via, inputs : tuple of str
        Outputs added to the value; outputs it stands for besides; outputs of other nodes that it
        reads through; inputs that a perturbation sets.
    show : str or None
        ``value`` (with its unit), ``fold`` (of rest), ``percent`` or ``change`` (from rest).
    full : float or None
        Deviation from rest at full colour, in the unit of the output.
    complement : bool
        Whether 1 - output is shown: activity left, where the model computes the share lost.
    from_start : bool
        Whether rest is the person's value at the first time instead of the model's.
    """

    id: str
    label: str
    name: str
    glyph: Glyph
    compartment: str
    x: float
    y: float
    w: float
    h: float
    mechanism: str | None = None
    output: str | None = None
    plus: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    show: Show | None = None
    full: float | None = None
    complement: bool = False
    from_start: bool = False

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the glyph [pixels]."""
        return self.x + self.w / 2, self.y + self.h / 2


@dataclass(frozen=True)
class Edge:
    """One arc, along horizontal and vertical lines through ``points`` [pixels].

    ``reading`` marks an arc against the order of the equations: source and target are one quantity
    in two units (symptoms, and the MADRS they are rated by).
    """

    source: str
    target: str
    arc: Arc
    points: tuple[tuple[float, float], ...]
    reading: bool = False


@dataclass(frozen=True)
class LeftOut:
    """A wire of the model that is not drawn, and why."""

    source: str
    target: str
    why: str


@dataclass(frozen=True)
class Pathway:
    """The whole map; ``size`` is width and height [pixels]."""

    size: tuple[float, float]
    compartments: tuple[Compartment, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: tuple[LeftOut, ...]

    def node(self, name: str) -> Node:
        """Return a node by its id; UserError with the nearest one where there is none."""
        by_id = {node.id: node for node in self.nodes}
        if name not in by_id:
            raise UserError(f"unknown node of the map '{name}'{nearest(name, by_id)}")
        return by_id[name]

    def outputs(self) -> tuple[str, ...]:
        """Outputs that the nodes show, each once."""
        shown = (name for n in self.nodes if n.output for name in (n.output, *n.plus))
        return tuple(dict.fromkeys(shown))

    def influences(self) -> tuple[tuple[str, str, str], ...]:
        """Source, target and arc of every influence, delays passed through."""
        delays = {node.id for node in self.nodes if node.glyph == "delay"}
        into = {e.target: e.source for e in self.edges if e.target in delays}
        found = ((e.source, e.target, e.arc) for e in self.edges if e.target not in delays)
        return tuple((into.get(source, source), target, arc) for source, target, arc in found)

    def plain(self) -> dict[str, Any]:
        """Return the map as data for JSON; edges say ``from`` and ``to``."""
        edges = [
            {"from": e.source, "to": e.target, "arc": e.arc, "points": [list(p) for p in e.points]}
            for e in self.edges
        ]
        return {
            "size": list(self.size),
            "compartments": [asdict(item) for item in self.compartments],
            "nodes": [_listed(asdict(node)) for node in self.nodes],
            "edges": edges,
            "left_out": [{"from": e.source, "to": e.target, "why": e.why} for e in self.left_out],
        }


def _listed(node: dict[str, Any]) -> dict[str, Any]:
    return {key: list(v) if isinstance(v, tuple) else v for key, v in node.items()}


_Name = Annotated[str, Field(min_length=1)]
_Size = Annotated[float, Field(gt=0)]


class _Compartment(Table):
    id: _Name
    label: _Name
    x: float
    y: float
    w: _Size
    h: _Size


class _Node(_Compartment):
    name: _Name
    glyph: Glyph
    compartment: _Name
    mechanism: _Name | None = None
    output: _Name | None = None
    plus: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    show: Show | None = None
    full: _Size | None = None
    complement: bool = False
    from_start: bool = False


class _Edge(Table):
    from_: _Name = Field(alias="from")
    to: _Name
    arc: Arc
    points: Annotated[tuple[tuple[float, float], ...], Field(min_length=2)]
    reading: bool = False


class _LeftOut(Table):
    from_: _Name = Field(alias="from")
    to: _Name
    why: _Name


class _File(Table):
    size: tuple[float, float]
    compartment: tuple[_Compartment, ...]
    node: tuple[_Node, ...]
    edge: tuple[_Edge, ...] = ()
    left_out: tuple[_LeftOut, ...] = ()


def load_pathway(path: Path | None = None) -> Pathway:
    """Read the map.

    Parameters
    ----------
    path : Path, optional
        A TOML file; default: that of the package.

    Raises
    ------
    UserError
        When the file cannot be read, holds an unknown key or value, two things of one id, or an
        edge or node that points to nothing.
    """
    return _packaged() if path is None else _read(path)


@cache
def _packaged() -> Pathway:
    return _read(PATHWAY_FILE)


def _read(path: Path) -> Pathway:
    file = checked(_File, parsed(read_text(path), path.name), path.name)
    pathway = Pathway(
        file.size,
        tuple(Compartment(**item.model_dump()) for item in file.compartment),
        tuple(Node(**item.model_dump()) for item in file.node),
        tuple(Edge(e.from_, e.to, e.arc, e.points, e.reading) for e in file.edge),
        tuple(LeftOut(e.from_, e.to, e.why) for e in file.left_out),
    )
    _check_names(pathway, path.name)
    return pathway


def _check_names(pathway: Pathway, file: str) -> None:
    """Raise UserError for an id that stands twice, and for whatever points to nothing."""
    nodes, rooms = [n.id for n in pathway.nodes], [c.id for c in pathway.compartments]
    seen: set[str] = set()
    for name in (*rooms, *(f"node {n}" for n in nodes)):
        if name in seen:
            raise UserError(f"{file}: {name} stands twice")
        seen.add(name)
    for node in pathway.nodes:
        if node.compartment not in rooms:
            near = nearest(node.compartment, rooms)
            raise UserError(f"{file}: node {node.id}: no compartment '{node.compartment}'{near}")
    for edge in (*pathway.edges, *pathway.left_out):
        for end in (edge.source, edge.target):
            if end not in nodes:
                place = f"{file}: {edge.source} -> {edge.target}"
                raise UserError(f"{place}: no node '{end}'{nearest(end, nodes)}")
