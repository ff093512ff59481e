"""Tornado: how far each number alone moves an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.phrases import counted, number
from ketasim.report.sensitivity_words import answer, axis, factor_name, figures
from ketasim.report.style import GRID, INK, MUTED, PALETTE, Missing, Picture, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.inference.sensitivity_local import LocalSensitivity

MOST = 20
LOW_ALPHA = 0.4
TIERS = {
    "measured": PALETTE["blue"][0],
    "derived": PALETTE["sky"][0],
    "calibrated": PALETTE["orange"][0],
    "assumed": PALETTE["purple"][0],
}


def tornado(
    found: LocalSensitivity, quantity: int, who: str, most: int = MOST
) -> Picture | Missing:
    """Draw the factors that move a quantity most.

    Parameters
    ----------
    found : LocalSensitivity
    quantity : int
        Index of the quantity.
    who : str
        Whose answer it is.
    most : int
        Bars at most.
    """
    asked = found.quantities[quantity]
    name, title = f"tornado-{asked.key}", f"One number at a time: {asked}"
    shown = [k for k in found.ranking(quantity)[:most] if found.swing[k, quantity] > 0]
    if not shown or not np.isfinite(found.reference[quantity]):
        return Missing(name, title, "No parameter moves it, or it could not be computed.")
    figure = new_figure(7.2, 1.4 + 0.215 * len(shown))
    axes = figure.subplots()
    for place, k in enumerate(shown):
        _bar(axes, place, found, int(k), quantity)
    centre = found.reference[quantity]
    axes.axvline(centre, color=INK, lw=0.9, zorder=3)
    axes.set_yticks(
        range(len(shown)), [factor_name(found.factors[k], found.parameters) for k in shown]
    )
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlabel(axis(asked))
    axes.set_title(f"{asked}: {answer(centre, asked.unit)}\n{who}", fontsize=8.5)
    axes.annotate(
        "varied from – to", (1, 1), (6, 4), xycoords="axes fraction", textcoords="offset points",
        fontsize=7, color=MUTED, annotation_clip=False,
    )  # fmt: skip
    _key(figure, {found.factors[k].tier for k in shown})
    return Picture(
        name, title, figure, _caption(found, len(shown), who), _alt(found, shown, quantity)
    )


def _caption(found: LocalSensitivity, shown: int, who: str) -> str:
    return (
        f"The {shown} of {counted(len(found.factors), 'factor')} that move it most. Each parameter "
        "alone goes to both ends of the middle 90 % of its own uncertainty (right; SD of its "
        "logarithm from the tables), all others held; full colour: at its high end, pale: at its "
        "low end. Sets of values calibrated together (number in brackets) go where their joint "
        "errors move the answer most, down and up. Colour: how the value is known. "
        f"{who[:1].upper()}{who[1:]}."
    )


def _alt(found: LocalSensitivity, shown: Sequence[int], quantity: int) -> str:
    told = [
        f"{factor_name(found.factors[k], found.parameters)} "
        f"{number(found.factor_low[k, quantity])} to {number(found.factor_high[k, quantity])}"
        for k in shown[:10]
    ]
    return f"Tornado chart of {axis(found.quantities[quantity])}. {'; '.join(told)}."


def _bar(axes: Axes, place: int, found: LocalSensitivity, k: int, quantity: int) -> None:
    """Draw both ends of one factor, and say from where to where it went."""
    factor, centre = found.factors[k], found.reference[quantity]
    colour = TIERS.get(factor.tier, MUTED)
    ends = ((found.factor_low[k, quantity], LOW_ALPHA), (found.factor_high[k, quantity], 1.0))
    # The farther end first, so that where both lie on one side the nearer one stays visible.
    for value, alpha in sorted(ends, key=lambda end: -abs(end[0] - centre)):
        axes.barh(place, value - centre, left=centre, height=0.66, color=PALETTE["paper"][0],
                  lw=0, zorder=2)  # fmt: skip
        axes.barh(place, value - centre, left=centre, height=0.66, color=colour, alpha=alpha,
                  lw=0, zorder=2)  # fmt: skip
    axes.axhline(place + 0.5, color=GRID, lw=0.4, zorder=0)
    axes.annotate(
        _range(found, k), (1, place), (6, 0), xycoords=axes.get_yaxis_transform(),
        textcoords="offset points", va="center", fontsize=6.8, color=MUTED,
        annotation_clip=False,
    )  # fmt: skip


def _range(found: LocalSensitivity, k: int) -> str:
    factor = found.factors[k]
    if factor.kind != "parameter":
        return "jointly"
    symbols = [each.symbol for each in found.parameters]
    column = symbols.index(factor.name)
    unit = found.parameters[column].unit
    shown = "" if unit in ("dimensionless", "ratio", "fraction") else f" {unit}"
    ends = (float(found.low_value[column]), float(found.high_value[column]))
    return f"{figures(ends[0], 2)} – {figures(ends[1], 2)}{shown}"


def _key(figure, present: set[str]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=TIERS[t], label=t) for t in TIERS if t in present]
    handles += [
        Patch(facecolor=MUTED, label="high end"),
        Patch(facecolor=MUTED, alpha=LOW_ALPHA, label="low end"),
    ]
    figure.legend(
        handles=handles, loc="outside upper left", ncols=len(handles), fontsize=7.5,
        handlelength=1.2, columnspacing=1.2,
    )  # fmt: skip
