"""Tables of shaded cells: heat maps and matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def cell(axes: Axes, row: int, column: int, text: str, colours: tuple[str, str]) -> None:
    """Draw one cell: its fill, and its number in an ink that can be read on it."""
    from matplotlib.patches import Rectangle

    face, ink = colours
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor=face, edgecolor="white", lw=1))
    axes.text(column + 0.5, row + 0.52, text, ha="center", va="center", color=ink, fontsize=7.5)


def cell_axes(axes: Axes, rows: int, columns: int) -> None:
    """Set the axes of a table: first row on top, no grid, no frame."""
    axes.set(xlim=(0, columns), ylim=(rows, 0))
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
