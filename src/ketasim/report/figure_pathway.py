"""The map of the model as a figure: bare, or with values at one time and what carries the effect.

The same map that the explorer shows (:mod:`ketasim.model.pathway`). Fill says how far a node is
from rest (vermillion above, blue below), the sign and number in the box say it without colour, and
a ring says which mechanisms carry the effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ketasim.model.pathway import Node, Pathway, load_pathway
from ketasim.report.pathway_glyphs import draw_compartments, draw_edge, draw_legend, draw_node
from ketasim.report.phrases import moment
from ketasim.report.style import Picture, house_style, new_figure

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from ketasim.model import Model

WIDTH_IN = 10.6
LEGEND_PX = 64
SMALL = 0.02
"""Share of full colour below which a node counts as at rest."""


@dataclass(frozen=True)
class PathwayState:
    """What is shown on the map.

    Attributes
    ----------
    time_h : float
        Time of the values [h].
    values, rest : mapping of str to float
        By output, in its own unit; outputs that are missing show nothing.
    units : mapping of str to str
    shares : mapping of str to float
        By mechanism: share of the effect it carries; may be empty.
    off : tuple of str
        Mechanisms that are switched off.
    who : str
        Whose values these are, for the caption.
    """

    time_h: float
    values: Mapping[str, float]
    rest: Mapping[str, float]
    units: Mapping[str, str]
    shares: Mapping[str, float] = field(default_factory=dict)
    off: tuple[str, ...] = ()
    who: str = ""


def pathway_state(
    model: Model,
    course: xr.DataArray,
    time_h: float,
    *,
    shares: Mapping[str, float] | None = None,
    off: tuple[str, ...] = (),
) -> PathwayState:
    """Return what the map shows of a simulated course: means over people at the nearest time.

    Parameters
    ----------
    model : Model
    course : DataArray, dims (individual, time, output)
        From :func:`ketasim.simulation.simulate`.
    time_h : float
        Moment [h].
    shares : mapping of str to float, optional
        By mechanism: share of the effect, from an attribution.
    off : tuple of str
    """
    times = np.asarray(course.coords["time"].values, dtype=float)
    place = int(np.argmin(np.abs(times - time_h)))
    names = [str(name) for name in course.coords["output"].values]
    means = np.nanmean(course.values, axis=0)
    values = dict(zip(names, means[place].tolist(), strict=True))
    start = dict(zip(names, means[0].tolist(), strict=True))
    own = {n.output for n in load_pathway().nodes if n.from_start}
    rest = {name: start[name] if name in own else model.outputs[name].rest for name in names}
    units = {name: model.outputs[name].unit for name in names}
    n = course.sizes["individual"]
    who = "one person" if n == 1 else f"mean of {n:,} people"
    return PathwayState(float(times[place]), values, rest, units, dict(shares or {}), off, who)


def pathway_figure(state: PathwayState | None = None, pathway: Pathway | None = None) -> Picture:
    """Draw the map.

    Parameters
    ----------
    state : PathwayState, optional
        Values to show; without it the map is drawn bare.
    pathway : Pathway, optional
        Default: the map of the model.
    """
    shown = pathway or load_pathway()
    width, height = shown.size
    with house_style():
        figure = new_figure(WIDTH_IN, WIDTH_IN * (height + LEGEND_PX) / width)
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height + LEGEND_PX, 0), aspect="equal")
        axes.axis("off")
        draw_compartments(axes, shown)
        _draw_edges(axes, shown, state)
        for node in shown.nodes:
            level = deviation(node, state) if state else float("nan")
            share = (state.shares.get(node.mechanism or "", 0.0)) if state else 0.0
            off = bool(state and node.mechanism in state.off)
            draw_node(axes, node, level, number_shown(node, state) if state else "", share, off)
        draw_legend(axes, shown, height + 8, with_state=state is not None)
    title = "Map of the model"
    return Picture("pathway", title, figure, _caption(shown, state), _told(shown, state))


def _draw_edges(axes: Axes, shown: Pathway, state: PathwayState | None) -> None:
    for edge in shown.edges:
        source, target = shown.node(edge.source), shown.node(edge.target)
        level = deviation(source, state) if state else float("nan")
        off = bool(state and {source.mechanism, target.mechanism} & set(state.off))
        draw_edge(axes, edge, abs(level) if np.isfinite(level) else 0.0, off)


def shown_value(node: Node, numbers: Mapping[str, float]) -> float:
    """Return what a node shows, from values by output; NaN where one is missing."""
    if node.output is None or node.show is None:
        return float("nan")
    value = sum(numbers.get(name, float("nan")) for name in (node.output, *node.plus))
    return 1 - value if node.complement else value


def deviation(node: Node, state: PathwayState) -> float:
    """Return how far a node is from rest, -1 to 1 at full colour; NaN without a value."""
    gone = shown_value(node, state.values) - shown_value(node, state.rest)
    return float(np.clip(gone / (node.full or 1.0), -1, 1))


def number_shown(node: Node, state: PathwayState) -> str:
    """Return a node's value as the box writes it, with a sign that needs no colour."""
    value, rest = shown_value(node, state.values), shown_value(node, state.rest)
    if not np.isfinite(value):
        return ""
    level = deviation(node, state)
    sign = "" if abs(level) < SMALL else ("▲ " if level > 0 else "▼ ")
    if node.show == "fold":
        fold = value / rest
        return f"{sign}×{fold:.{3 if sign and abs(fold - 1) < 0.0095 else 2}f}"
    if node.show == "percent":
        return f"{sign}{100 * value:.0f} %"
    if node.show == "change":
        return f"{sign}{value - rest:+.2f}".replace("-", "−")
    digits = 0 if abs(value) >= 9.95 else 1 if abs(value) >= 0.095 else 2
    return f"{sign}{value:.{digits}f} {_unit(state.units.get(node.output or '', ''))}".rstrip()


def _unit(unit: str) -> str:
    return "" if unit in ("ratio", "dimensionless", "fraction") else unit


def _caption(shown: Pathway, state: PathwayState | None) -> str:
    text = (
        "What acts on what in the model, in glyphs of SBGN Activity Flow. "
        f"Every arc is a wire of the model; {len(shown.left_out)} minor ones are not drawn."
    )
    if state is None:
        return text
    text += (
        f" Values at {moment(state.time_h)}{f', {state.who}' if state.who else ''}: ▲ above, ▼ "
        "below rest, × is fold of rest. NMDA receptors and burst firing show the share left."
    )
    if state.shares:
        text += " A ring marks mechanisms that carry at least 5 % of the effect; wider is more."
    if state.off:
        text += f" Switched off: {', '.join(state.off)}."
    return text


def _told(shown: Pathway, state: PathwayState | None) -> str:
    rooms = ", ".join(room.label for room in shown.compartments)
    text = f"Map of {len(shown.nodes)} nodes and {len(shown.edges)} arcs in: {rooms}."
    if state is None:
        return text
    far = [(n, deviation(n, state)) for n in shown.nodes]
    away = sorted((x for x in far if abs(x[1]) >= SMALL), key=lambda x: -abs(x[1]))[:12]
    lines = [f"{n.name} {number_shown(n, state).lstrip('▲▼ ')}" for n, _ in away]
    return f"{text} Farthest from rest: {'; '.join(lines) or 'nothing'}."
