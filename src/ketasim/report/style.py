"""One look for every picture: colours, line shapes, axes, and the picture itself.

Series colours are the Okabe-Ito set (Okabe & Ito 2008, "Color Universal Design"), and no two
series of one picture share a line shape, so that grey paper tells them apart too.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.report.phrases import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1c1d21"
MUTED = "#63666d"
GRID = "#dcdee2"
PAPER = "#fefefe"

# name: (on white paper, on a dark page)
PALETTE = {
    "blue": ("#0072b2", "#4aa8e0"),
    "vermillion": ("#d55e00", "#ff8f4a"),
    "green": ("#009e73", "#33c79a"),
    "purple": ("#b0578d", "#e29cc6"),
    "orange": ("#c98a00", "#f0b840"),
    "sky": ("#3f9fd4", "#9ad6f8"),
    "ink": (INK, "#e8e9ec"),
    "muted": (MUTED, "#a3a7af"),
    "grid": (GRID, "#33363d"),
    "paper": (PAPER, "#16181c"),
}

Dashes = str | tuple[int, tuple[float, ...]]
Shape = tuple[str, Dashes, str]

SERIES: tuple[Shape, ...] = (
    (PALETTE["blue"][0], "-", "o"),
    (PALETTE["vermillion"][0], (0, (5, 2)), "s"),
    (PALETTE["green"][0], (0, (1.2, 1.4)), "^"),
    (PALETTE["purple"][0], (0, (7, 2, 1.2, 2)), "D"),
    (PALETTE["orange"][0], (0, (3, 1.2, 1, 1.2, 1, 1.2)), "v"),
    (PALETTE["sky"][0], (0, (9, 3)), "P"),
)
CONTROL: Shape = (MUTED, (0, (4, 2)), "s")

SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "text.parse_math": False,  # a study's title may hold "$"
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "lines.linewidth": 1.7,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 8,
    "legend.handlelength": 2.8,
    "legend.borderaxespad": 0.2,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "figure.constrained_layout.use": True,
    "svg.fonttype": "path",
    "svg.hashsalt": "ketasim",
    "path.simplify_threshold": 0.2,
}


@dataclass(frozen=True)
class Picture:
    """A drawn figure with what must be said about it; a notebook shows it with its caption.

    Attributes
    ----------
    name, title : str
    figure : matplotlib.figure.Figure
    caption : str
        What stands below it: who, how many, what lines and bands mean.
    alt : str
        What it shows, for those who cannot see it.
    """

    name: str
    title: str
    figure: Figure
    caption: str
    alt: str

    def save(self, path: str | os.PathLike[str], *, dpi: int = 300) -> Path:
        """Write the figure to a file, whole or not at all, and return its path.

        Parameters
        ----------
        path : path
            Its ending says the format: ``.svg`` and ``.pdf`` (vectors) or ``.png``.
        dpi : int
            Dots per inch of a PNG, 50 to 1200.

        Raises
        ------
        UserError
            Another ending, a file that cannot be written, or dots out of range.
        """
        from ketasim.report.svg import save_picture

        return save_picture(self, path, dpi)

    def _repr_svg_(self) -> str:
        from ketasim.report.svg import standalone

        return standalone(self, paper=True)

    def _repr_html_(self) -> str:
        from ketasim.report.svg import notebook_figure

        return notebook_figure(self)


@dataclass(frozen=True)
class Missing:
    """A figure that could not be drawn, and the sentence that stands in its place."""

    name: str
    title: str
    sentence: str


@contextmanager
def house_style() -> Iterator[None]:
    """Draw inside this block to get the look of the report, whatever the user's settings."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty figure that belongs to no window."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in))
    FigureCanvasAgg(figure)
    return figure


LOG_TICKS = (
    (1 / 60, "1 min"),
    (1 / 12, "5 min"),
    (0.5, "30 min"),
    (2.0, "2 h"),
    (8.0, "8 h"),
    (24.0, "1 d"),
    (72.0, "3 d"),
    (168.0, "1 wk"),
    (336.0, "2 wk"),
    (672.0, "4 wk"),
    (1344.0, "8 wk"),
    (2688.0, "16 wk"),
    (8736.0, "1 yr"),
)


def log_time_axis(axes: Axes, last_h: float, first_h: float = 1 / 12) -> None:
    """Set a logarithmic time axis that reads in minutes, hours, days and weeks."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    first_h = min(first_h, last_h / 10)
    axes.set_xscale("log")
    axes.set_xlim(first_h, last_h)
    ticks = [(h, text) for h, text in LOG_TICKS if first_h * 0.999 <= h <= last_h * 1.001]
    axes.xaxis.set_major_locator(FixedLocator([h for h, _ in ticks]))
    axes.xaxis.set_major_formatter(FixedFormatter([text for _, text in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("time since first dose (log scale)")


def log_values(axes: Axes) -> None:
    """Set a logarithmic value axis with plain figures; matplotlib's own need its "$" markup."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: number(y)))
    axes.yaxis.set_minor_formatter(NullFormatter())


def hour_axis(axes: Axes, first_h: float, last_h: float, ticks: int = 6) -> None:
    """Set a linear time axis in hours (up to 72 h) or days, with about `ticks` round steps."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    in_days = last_h > 72
    scale = 24.0 if in_days else 1.0
    steps = np.array([0.25, 0.5, 1, 2, 4, 6, 12, 24] if not in_days else [1, 2, 7, 14, 28, 91, 364])
    wanted = (last_h - first_h) / scale / ticks
    step = float(steps[np.argmin(np.abs(np.log(steps / wanted)))])
    axes.set_xlim(first_h, last_h)
    axes.xaxis.set_major_locator(MultipleLocator(step * scale))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / scale:g}"))
    axes.set_xlabel("days since first dose" if in_days else "hours since first dose")


def panel_letters(axes: Sequence[Axes]) -> None:
    """Put A, B, C ... before the title of each panel."""
    for letter, panel in zip("ABCDEFGHIJKL", axes, strict=False):
        panel.set_title(f"{letter}   {panel.get_title(loc='left')}", loc="left")


def footnote(figure: Figure, text: str) -> None:
    """Write a note below a figure: how many, and what lines and bands mean."""
    lines = textwrap.wrap(text, int(figure.get_figwidth() / 0.052))
    figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=7, color=MUTED)
