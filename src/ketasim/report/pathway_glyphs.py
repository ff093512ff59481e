"""Glyphs and arcs of SBGN Activity Flow on a matplotlib axis in pixels, y downwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.style import INK, MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.model.pathway import Edge, Node, Pathway

POINT_PER_PX = 10.6 * 72 / 1176
"""So that 11 pixels of the map are 11 pixels of the figure at its full width."""
HIGH, LOW = np.array([0xD5, 0x5E, 0x00]) / 255, np.array([0x00, 0x72, 0xB2]) / 255
RING = "#009e73"
RING_FROM = 0.05


def fill_and_ink(level: float) -> tuple[tuple[float, float, float], str]:
    """Return fill and letter colour of a level from -1 (blue) over 0 (white) to 1 (vermillion)."""
    if not np.isfinite(level):
        return (1.0, 1.0, 1.0), INK
    share = 0.72 * min(abs(level), 1.0) ** 0.6
    colour = 1 + share * ((HIGH if level > 0 else LOW) - 1)
    return (float(colour[0]), float(colour[1]), float(colour[2])), INK


def draw_compartments(axes: Axes, pathway: Pathway) -> None:
    """Draw the rectangles and their titles."""
    from matplotlib.patches import FancyBboxPatch

    look = {"facecolor": "#1c1d2108", "edgecolor": "#9fa3aa", "linewidth": 0.8, "zorder": 0}
    for room in pathway.compartments:
        corner, size = (room.x + 5, room.y + 5), (room.w - 10, room.h - 10)
        round_box = "round,pad=5,rounding_size=8"
        axes.add_patch(FancyBboxPatch(corner, *size, boxstyle=round_box, **look))
        axes.text(
            room.x + 8, room.y + 3, room.label, fontsize=10 * POINT_PER_PX, color=MUTED, va="top",
            style="italic", zorder=1,
        )  # fmt: skip


def outline(node: Node) -> np.ndarray:
    """Return the corners of a glyph: rectangle, hexagon or concave hexagon; shape (n, 2)."""
    x, y, w, h = node.x, node.y, node.w, node.h
    left, right, bottom, middle, inset = x, x + w, y + h, y + h / 2, 11
    if node.glyph == "phenotype":
        corners = [(left, middle), (left + inset, y), (right - inset, y), (right, middle),
                   (right - inset, bottom), (left + inset, bottom)]  # fmt: skip
    elif node.glyph == "perturbation":
        corners = [(left, y), (right, y), (right - inset, middle), (right, bottom),
                   (left, bottom), (left + inset, middle)]  # fmt: skip
    else:
        corners = [(left, y), (right, y), (right, bottom), (left, bottom)]
    return np.array(corners)


def draw_node(axes: Axes, node: Node, level: float, number: str, share: float, off: bool) -> None:
    """Draw one glyph with its label, number, ring (share carried) and cross (switched off)."""
    from matplotlib.patches import Circle, Polygon

    fill, ink = fill_and_ink(level)
    x, y = node.centre
    if node.glyph == "delay":
        axes.add_patch(Circle((x, y), node.w / 2, facecolor=PAPER, edgecolor=INK, lw=0.9, zorder=4))
        axes.text(x, y, node.label, fontsize=12 * POINT_PER_PX, ha="center", va="center", zorder=5)
        return
    if share >= RING_FROM:
        size = 3 + 9 * min(share, 1.0)
        around = (outline(node) - (x, y)) * (1 + 2 * 4.5 / np.array([node.w, node.h])) + (x, y)
        axes.add_patch(
            Polygon(around, fill=False, edgecolor=RING, lw=size * POINT_PER_PX, zorder=3)
        )
    dashes = (0, (4, 2.5)) if off else "-"
    axes.add_patch(
        Polygon(outline(node), facecolor=fill, edgecolor=INK, lw=0.9, linestyle=dashes, zorder=4)
    )
    lift = 7.5 if number else 0.0
    axes.text(
        x, y - lift, node.label, fontsize=10.2 * POINT_PER_PX, weight="bold", color=ink,
        ha="center", va="center", zorder=6,
    )  # fmt: skip
    if number:
        axes.text(
            x, y + 9, number, fontsize=10.5 * POINT_PER_PX, color=ink, ha="center", va="center",
            zorder=6,
        )  # fmt: skip
    if off:
        for start, end in ((node.y, node.y + node.h), (node.y + node.h, node.y)):
            ends = (node.x, node.x + node.w)
            axes.plot(ends, (start, end), color=INK, lw=0.8, alpha=0.45, zorder=5)


def draw_edge(axes: Axes, edge: Edge, level: float, off: bool) -> None:
    """Draw one arc with a paper-coloured seam, so that crossings read as bridges."""
    points = np.array(edge.points, dtype=float)
    tip, before = points[-1].copy(), points[-2]
    way = (tip - before) / max(float(np.hypot(*(tip - before))), 1e-9)
    points[-1] = tip - way * ARC_GAP[edge.arc]
    colour = "#b9bcc2" if off else ("#6d7178" if level < 0.02 else INK)
    width = 0.9 + 0.8 * level
    axes.plot(*points.T, color="#f6f6f7", lw=width + 2.2, zorder=2, solid_capstyle="butt")
    dashes = (0, (3, 2.5)) if off else "-"
    axes.plot(*points.T, color=colour, lw=width, zorder=2.1, linestyle=dashes)
    draw_head(axes, edge.arc, tip, way, colour)


ARC_GAP = {
    "positive influence": 7.0,
    "negative influence": 2.0,
    "necessary stimulation": 10.0,
    "unknown influence": 10.0,
    "logic arc": 0.0,
}
"""How far before its end an arc's line stops for the head [pixels]."""


def draw_head(axes: Axes, arc: str, tip: np.ndarray, way: np.ndarray, colour: str) -> None:
    """Draw the head of an arc: open triangle, bar, bar and triangle, or diamond."""
    from matplotlib.patches import Polygon

    side = np.array([-way[1], way[0]])

    def add(corners: list[np.ndarray]) -> None:
        axes.add_patch(Polygon(corners, facecolor=PAPER, edgecolor=colour, lw=1.0, zorder=3.6))

    if arc == "positive influence":
        add([tip, tip - 8 * way + 4.2 * side, tip - 8 * way - 4.2 * side])
    elif arc == "unknown influence":
        add([tip, tip - 5.5 * way + 4 * side, tip - 11 * way, tip - 5.5 * way - 4 * side])
    elif arc == "necessary stimulation":
        add([tip, tip - 7 * way + 4.2 * side, tip - 7 * way - 4.2 * side])
        bar = np.array([tip - 10 * way + 5 * side, tip - 10 * way - 5 * side])
        axes.plot(*bar.T, color=colour, lw=1.3, zorder=3.6)
    elif arc == "negative influence":
        bar = np.array([tip - 2 * way + 5.5 * side, tip - 2 * way - 5.5 * side])
        axes.plot(*bar.T, color=colour, lw=1.9, zorder=3.6)


def draw_legend(axes: Axes, pathway: Pathway, top: float, with_state: bool) -> None:
    """Draw what the signs mean, below the map."""
    from matplotlib.patches import Rectangle

    size = 10 * POINT_PER_PX
    arcs = (("positive influence", "raises"), ("negative influence", "lowers"),
            ("necessary stimulation", "is needed"), ("unknown influence", "contested"))  # fmt: skip
    x, y = 20.0, top + 12
    for arc, word in arcs:
        axes.plot((x, x + 26 - ARC_GAP[arc]), (y, y), color=INK, lw=1.1)
        draw_head(axes, arc, np.array([x + 28, y]), np.array([1.0, 0.0]), INK)
        axes.text(x + 36, y, word, fontsize=size, va="center")
        x += 112
    for glyph, word in (("biological activity", "activity"), ("phenotype", "what is observed"),
                        ("perturbation", "what is given")):  # fmt: skip
        _small_glyph(axes, glyph, x, y)
        axes.text(x + 36, y, word, fontsize=size, va="center")
        x += 62 + 7 * len(word)
    axes.text(x + 4, y, "τ  delay", fontsize=size, va="center")
    if not with_state:
        return
    x, y = 20.0, y + 26
    for k, level in enumerate(np.linspace(-1, 1, 9)):
        fill = fill_and_ink(float(level))[0]
        axes.add_patch(
            Rectangle((x + 92 + 20 * k, y - 7), 20, 14, facecolor=fill, edgecolor=MUTED, lw=0.4)
        )
    axes.text(x, y, "▼ below rest", fontsize=size, va="center")
    axes.text(x + 282, y, "▲ above rest", fontsize=size, va="center")
    axes.add_patch(Rectangle((x + 400, y - 7), 26, 14, fill=False, edgecolor=RING, lw=3))
    axes.text(x + 436, y, "carries the effect", fontsize=size, va="center")


def _small_glyph(axes: Axes, glyph: str, x: float, y: float) -> None:
    from matplotlib.patches import Polygon

    from ketasim.model.pathway import Node

    node = Node("", "", "", glyph, "", x, y - 8, 30, 16)  # type: ignore[arg-type]
    corners = outline(node)
    if glyph != "biological activity":
        inner = {x + 11: x + 6, x + 19: x + 24}
        corners = np.array([(inner.get(cx, cx), cy) for cx, cy in corners.tolist()])
    axes.add_patch(Polygon(corners, facecolor=PAPER, edgecolor=INK, lw=0.9))
