"""How far the evidence informs each parameter, under each hypothesis that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.cells import cell, cell_axes
from ketasim.report.figure_attribution import cell_colours, clipped
from ketasim.report.phrases import counted, listed
from ketasim.report.style import Missing, Picture, new_figure

if TYPE_CHECKING:
    from ketasim.inference.tournament.summary import Summary

TITLE = "What the evidence says of each parameter"


def known_figure(found: Summary) -> Picture | Missing:
    """Draw the contraction from prior to posterior as a table of shaded cells."""
    if not found.known:
        return Missing("known", TITLE, "Not shown: identifiability was not computed.")
    order = [found.hypotheses[k] for k in found.ranking]
    most: dict[str, float] = {}
    what: dict[str, str] = {}
    for row in found.known:
        most[row.parameter] = max(most.get(row.parameter, -np.inf), row.contraction)
        what[row.parameter] = row.what
    names = sorted(most, key=lambda name: -most[name])
    rows = {(row.parameter, row.hypothesis): row for row in found.known}
    figure = new_figure(7.2, 1.7 + 0.2 * len(names))
    axes = figure.subplots()
    for r, name in enumerate(names):
        for c, each in enumerate(order):
            row = rows.get((name, each.name))
            if row is None:
                continue
            text = f"{100 * row.contraction:.0f}".replace("-", "−")
            cell(axes, r, c, text if row.informed else f"({text})",
                 cell_colours(max(row.contraction, 0.0), 1.0))  # fmt: skip
    cell_axes(axes, len(names), len(order))
    for text in axes.texts:
        text.set_fontsize(6.2 if len(order) > 10 else 7)
    axes.set_xticks(
        np.arange(len(order)) + 0.3, [clipped(each.title, 40) for each in order], rotation=40,
        ha="left", fontsize=7, rotation_mode="anchor",
    )  # fmt: skip
    axes.xaxis.tick_top()
    labels = [f"{name}: {what[name]}" if what[name] else name for name in names]
    axes.set_yticks(np.arange(len(names)) + 0.5, [clipped(x, 52) for x in labels], fontsize=7)
    return Picture("known", TITLE, figure, _caption(), _alt(found, names))


def _caption() -> str:
    return (
        "Contraction: how much of the prior's variance the reports that choose numbers take away "
        "(%, on the prior's scale). In brackets: not informed. Empty: the hypothesis does not free "
        "this parameter. Hypotheses by weight from the left."
    )


def _alt(found: Summary, names: list[str]) -> str:
    quiet = [name for name in names if not any(
        row.informed for row in found.known if row.parameter == name)]  # fmt: skip
    told = f"not informed anywhere: {listed(quiet)}" if quiet else "every one is informed somewhere"
    return f"Shaded table of {counted(len(names), 'parameter')}; {told}."
