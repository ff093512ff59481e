"""Which mechanism carries how much of the effect, when, with intervals."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figure_attribution import clipped
from ketasim.report.phrases import percent
from ketasim.report.style import MUTED, SERIES, Missing, Picture, new_figure, panel_letters

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.inference.tournament.summary import Carried, Summary

TITLE = "Share of the antidepressant effect, by mechanism and time"
WIDTH = 0.64
"""Room of one time that its mechanisms share."""


def carried_figure(found: Summary) -> Picture | Missing:
    """Draw shares with intervals, a panel for each drug."""
    if not found.carried:
        return Missing("carried", TITLE, "Not shown: attribution was not computed.")
    drugs = list(dict.fromkeys(row.drug for row in found.carried))
    names = heaviest(found)
    figure = new_figure(7.2, 0.9 + 2.1 * len(drugs))
    panels = list(figure.subplots(len(drugs), 1, squeeze=False)[:, 0])
    low = min(0.0, *(row.low for row in found.carried if row.mechanism in names))
    high = max(row.high for row in found.carried if row.mechanism in names)
    for axes, drug in zip(panels, drugs, strict=True):
        _drug(axes, [row for row in found.carried if row.drug == drug], list(names))
        axes.set_title(f"{drug[:1].upper()}{drug[1:]}")
        axes.set_ylim(low - 0.03, high + 0.03)
        axes.set_ylabel("share of the effect")
    panel_letters(panels)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=3, fontsize=7.5)
    return Picture("carried", TITLE, figure, _caption(found, len(names)), _alt(found))


def heaviest(found: Summary) -> dict[str, str]:
    """Return name: title of the mechanisms that carry most anywhere, as many as can be drawn."""
    titles = {row.mechanism: row.title for row in found.carried}
    most = {
        name: max(abs(row.share) for row in found.carried if row.mechanism == name)
        for name in titles
    }
    order = sorted(titles, key=lambda name: -most[name])[: len(SERIES)]
    return {name: titles[name] for name in order}


def _drug(axes: Axes, rows: list[Carried], names: list[str]) -> None:
    times = list(dict.fromkeys((row.time_h, row.time) for row in rows))
    step = WIDTH / max(len(names) - 1, 1)
    for k, name in enumerate(names):
        own = {row.time: row for row in rows if row.mechanism == name}
        places = [t for t, (_, time) in enumerate(times) if time in own]
        if not places:
            continue
        colour, dashes, marker = SERIES[k]
        at = np.array(places) - WIDTH / 2 + k * step
        held = [own[times[t][1]] for t in places]
        for x, row in zip(at, held, strict=True):
            axes.plot([x, x], [row.low, row.high], color=colour, lw=1.1, alpha=0.7, zorder=2)
        axes.plot(at, [row.share for row in held], color=colour, ls=dashes, lw=0.7, alpha=0.45)
        axes.plot(at, [row.share for row in held], marker, color=colour, ms=4.2, zorder=3,
                  label=clipped(held[0].title, 34))  # fmt: skip
    axes.axhline(0, color=MUTED, lw=0.6, zorder=1)
    axes.set_xticks(range(len(times)), [textwrap.fill(time, 14) for _, time in times])
    axes.set_xlim(-0.5, len(times) - 0.5)
    axes.grid(axis="x", visible=False)
    for edge in np.arange(0.5, len(times) - 1):
        axes.axvline(edge, color=MUTED, lw=0.3, alpha=0.5)
    axes.set_yticks(axes.get_yticks())
    axes.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.0f} %".replace("-", "−"))


def _caption(found: Summary, shown: int) -> str:
    n = len({row.mechanism for row in found.carried})
    rest = f" The {shown} of {n} mechanisms that carry most anywhere; all are in the table." * (
        n > shown
    )
    return (
        "Share of the fall in depression score that each mechanism carries; marks are means, bars "
        "the middle 90 % over draws of what is not known, of hypotheses by their weight among "
        "them. Shares of one time add up to the whole effect, so one mechanism's gain is "
        f"another's loss.{rest}"
    )


def _alt(found: Summary) -> str:
    told = []
    for drug, time in dict.fromkeys((row.drug, row.time) for row in found.carried):
        rows = [row for row in found.carried if (row.drug, row.time) == (drug, time)]
        best = max(rows, key=lambda row: row.share)
        told.append(f"{drug} {time}: {best.title} {percent(best.share)}")
    return f"Dots with intervals. Most is carried by: {'; '.join(told)}."
