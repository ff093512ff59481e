"""Sobol indices: which numbers, and which mechanisms, an answer's uncertainty comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.phrases import percent
from ketasim.report.sensitivity_words import answer, factor_name, span
from ketasim.report.style import GRID, MUTED, PALETTE, Missing, Picture, new_figure, panel_letters

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.inference.sensitivity_global import GlobalSensitivity
    from ketasim.inference.sensitivity_sobol import Indices

MOST = 15
_TOTAL, _FIRST = PALETTE["blue"][0], PALETTE["vermillion"][0]


def sobol(found: GlobalSensitivity, quantity: int, who: str, most: int = MOST) -> Picture | Missing:
    """Draw first and total indices of a quantity: parameters, and whole mechanisms.

    Parameters
    ----------
    found : GlobalSensitivity
    quantity : int
        Index of the quantity.
    who : str
        Whose answer it is.
    most : int
        Rows at most in each panel, besides all others.
    """
    asked = found.quantities[quantity]
    name, title = f"sobol-{asked.key}", f"Where the uncertainty comes from: {asked}"
    if not found.sd[quantity] > 0:
        return Missing(name, title, "Nothing that was moved changes it.")
    panels = [
        ("Parameters", found.factors, found.indices, _rows(found, quantity, False, most)),
        ("Mechanisms", found.mechanisms, found.by_mechanism, _rows(found, quantity, True, most)),
    ]
    rows = max(len(chosen) for *_, chosen in panels)
    figure = new_figure(7.4, 1.3 + 0.235 * rows)
    drawn = figure.subplots(1, 2)
    ends = [i.total_high[k, quantity] for _, _, i, chosen in panels for k in chosen]
    right = max(0.1, 1.04 * float(np.nanmax(ends)))
    left = min(i.first_low[k, quantity] for _, _, i, chosen in panels for k in chosen)
    for axes, (heading, factors, indices, chosen) in zip(drawn, panels, strict=True):
        names = [factor_name(factors[k], found.parameters) for k in chosen]
        _panel(axes, names, indices, chosen, quantity)
        axes.set_xlim(min(-0.02, 1.1 * float(left)), right)
        axes.set_ylim(rows - 0.4, -0.6)
        axes.set_title(heading)
    panel_letters(list(drawn))
    _key(figure)
    return Picture(name, title, figure, _caption(found, quantity, who), _alt(panels, quantity))


def _caption(found: GlobalSensitivity, quantity: int, who: str) -> str:
    asked = found.quantities[quantity]
    told_apart = sum(each.kind != "all others" for each in found.factors)
    moves = span(found.low[quantity], found.high[quantity], asked.unit)
    return (
        f"{str(asked)[:1].upper()}{str(asked)[1:]}, {who}: "
        f"{answer(found.reference[quantity], asked.unit)} as tabled; middle 90 % when everything "
        f"moves {moves}. Share of the variance: total index with all interactions, first index "
        f"alone; bars: bootstrap 95 %. Two samples of {found.n:,} points, {found.runs:,} sets of "
        f"parameters in all. A: the greatest of {told_apart} told apart, single parameters and "
        "sets calibrated together (number in brackets), and all that the screening left aside; "
        "B: all parameters of a mechanism at once, sets calibrated across mechanisms on their own."
    )


def _alt(panels: Sequence, quantity: int) -> str:
    told = "; ".join(
        f"{factor_name(f[k])} {percent(float(i.total[k, quantity]))}"
        for _, f, i, chosen in panels
        for k in chosen[:5]
    )
    return f"Sobol indices. Total: {told}."


def _rows(found: GlobalSensitivity, quantity: int, mechanisms: bool, most: int) -> list[int]:
    """Return the rows to draw: the first few, and all others."""
    named = found.mechanisms if mechanisms else found.factors
    order = [int(k) for k in found.ranking(quantity, mechanisms)]
    own = [k for k in order if named[k].kind != "all others"]
    return own[:most] + [k for k in order if named[k].kind == "all others"]


def _panel(
    axes: Axes, names: Sequence[str], indices: Indices, chosen: Sequence[int], quantity: int
) -> None:
    for place, k in enumerate(chosen):
        axes.axhline(place + 0.5, color=GRID, lw=0.4, zorder=0)
        looks = (
            (-0.14, indices.total, indices.total_low, indices.total_high, _TOTAL, "o", _TOTAL),
            (0.17, indices.first, indices.first_low, indices.first_high, _FIRST, "D",
             PALETTE["paper"][0]),
        )  # fmt: skip
        for shift, value, low, high, colour, marker, face in looks:
            at = place + shift
            axes.plot([low[k, quantity], high[k, quantity]], [at, at], color=colour, lw=1.2)
            axes.plot(value[k, quantity], at, marker, mec=colour, mfc=face, ms=4.4, mew=1.1)
    axes.axvline(0, color=MUTED, lw=0.8, zorder=1)
    axes.set_yticks(range(len(chosen)), names)
    axes.tick_params(axis="y", length=0, labelsize=7.5)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("share of the variance")


def _key(figure) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker="o", color=_TOTAL, ms=5, lw=1.2, label="total index"),
        Line2D([], [], marker="D", color=_FIRST, mfc=PALETTE["paper"][0], ms=4.6, lw=1.2,
               label="first index"),
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside upper left", ncols=2, fontsize=7.5)
