"""How hypotheses stand: weights with their error, stacking, and what other choices make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figure_attribution import clipped
from ketasim.report.phrases import counted, percent
from ketasim.report.style import GRID, MUTED, PALETTE, Picture, new_figure, panel_letters

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.inference.tournament.summary import Summary

TITLE = "Weight of each hypothesis"
BLUE, RED = PALETTE["blue"][0], PALETTE["vermillion"][0]


def weights_figure(found: Summary) -> Picture:
    """Draw weights with Monte Carlo error and stacking weights; beside them every other choice."""
    order = found.ranking
    shifted = bool(found.shifts)
    figure = new_figure(7.2, 1.5 + 0.27 * len(order))
    panels = figure.subplots(1, 2 if shifted else 1, sharey=True, squeeze=False)[0]
    _weights(panels[0], found)
    panels[0].set_title("As chosen")
    if shifted:
        _shifts(panels[1], found)
        panels[1].set_title("With other choices")
        panel_letters(list(panels))
    panels[0].set_yticks(range(len(order)), [clipped(found.hypotheses[k].title, 40) for k in order])
    panels[0].set_ylim(len(order) - 0.4, -0.6)
    for panel in panels:
        panel.set_xlim(-0.03, 1.03)
        panel.set_xticks(np.linspace(0, 1, 5), ["0", "25", "50", "75", "100 %"])
        panel.tick_params(axis="y", length=0)
        panel.set_xlabel("weight")
    _key(figure, found)
    return Picture("weights", TITLE, figure, _caption(found), _alt(found))


def _weights(axes: Axes, found: Summary) -> None:
    for place, k in enumerate(found.ranking):
        each = found.hypotheses[k]
        axes.barh(place, each.weight, height=0.5, color=BLUE, alpha=0.25, lw=0, zorder=1)
        axes.plot([each.low, each.high], [place] * 2, color=BLUE, lw=1.4, zorder=3)
        axes.plot(each.weight, place, "o", color=BLUE, ms=4.5, zorder=4)
        if each.stacking is not None:
            axes.plot(
                each.stacking, place + 0.22, "D", mfc="none", mec=RED, ms=4, mew=1.1, zorder=4
            )
            if each.stacking_low is not None and each.stacking_high is not None:
                ends = [each.stacking_low, each.stacking_high]
                axes.plot(ends, [place + 0.22] * 2, color=RED, lw=0.9, zorder=2)


def _shifts(axes: Axes, found: Summary) -> None:
    """Draw a tick for each change; those after which another leads are red."""
    at = found.ranking[0]
    for place, k in enumerate(found.ranking):
        values = [each.weights[k] for each in found.shifts]
        axes.plot([min(values), max(values)], [place] * 2, color=GRID, lw=5, zorder=1,
                  solid_capstyle="butt")  # fmt: skip
        for each in found.shifts:
            turned = max(each.weights) > each.weights[at]
            axes.plot(
                each.weights[k], place, "|", ms=9 if turned else 7, mew=1.4 if turned else 0.8,
                color=RED if turned else MUTED, zorder=3 if turned else 2,
            )  # fmt: skip
        axes.plot(found.hypotheses[k].weight, place, "o", color=BLUE, ms=4.5, zorder=4)


def _key(figure, found: Summary) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], marker="o", color=BLUE, ms=4.5, lw=1.4, label="posterior weight")]
    if any(each.stacking is not None for each in found.hypotheses):
        handles.append(
            Line2D([], [], marker="D", mfc="none", mec=RED, ms=4, lw=0.9, color=RED,
                   label="stacking weight")
        )  # fmt: skip
    if found.shifts:
        handles.append(
            Line2D([], [], marker="|", color=MUTED, ms=8, ls="none", label="one other choice")
        )
        if any(max(s.weights) > s.weights[found.ranking[0]] for s in found.shifts):
            handles.append(
                Line2D([], [], marker="|", color=RED, ms=9, mew=1.4, ls="none",
                       label="another hypothesis leads")
            )  # fmt: skip
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), fontsize=7.5,
                  handlelength=1.6, columnspacing=1.4)  # fmt: skip


def _caption(found: Summary) -> str:
    text = (
        f"Posterior weight of {counted(len(found.hypotheses), 'hypothesis', 'hypotheses')} after "
        f"{len(found.reports)} reports, prior odds as their files say; bars through the dots are "
        "the middle 90 % of the Monte Carlo error."
    )
    if any(each.stacking is not None for each in found.hypotheses):
        text += " Diamonds: stacking weights by leave-one-study-out, with their interval."
    if found.shifts:
        text += (
            f" B: the same weights after each of {counted(len(found.shifts), 'other choice')} "
            "(priors, lapse rates, one laboratory or study left out)."
        )
    return text


def _alt(found: Summary) -> str:
    told = [
        f"{found.hypotheses[k].title} {percent(found.hypotheses[k].weight)}" for k in found.ranking
    ]
    return f"Dot plot of weights: {'; '.join(told)}."
