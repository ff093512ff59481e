"""Which hypothesis explains which report: a table of shaded cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figure_attribution import cell_colours, clipped
from ketasim.report.phrases import counted
from ketasim.report.style import MUTED, Picture, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.inference.tournament.summary import Judged, Summary

TITLE = "Reports and hypotheses"
MOST_ROWS = 60
LABEL = 62
TITLES = 40


def telling(found: Summary, most: int = MOST_ROWS) -> list[Judged]:
    """Return the reports on which hypotheses differ most, those for the leader first."""
    first = found.ranking[0]
    spread = sorted(found.reports, key=lambda r: min(r.chances) - max(r.chances))
    chosen = [r for r in spread if not r.failed_by_all][:most]

    def leans(report: Judged) -> float:
        return report.chances[first] - float(np.mean(report.chances))

    return sorted(chosen, key=lambda report: -leans(report))


def chances_figure(found: Summary, rows: Sequence[Judged] | None = None) -> Picture:
    """Draw the chance of reports under each hypothesis; a cross where it fails one."""
    chosen = list(telling(found) if rows is None else rows)
    order = found.ranking
    figure = new_figure(7.2, 1.9 + 0.158 * len(chosen))
    axes = figure.subplots()
    for row, report in enumerate(chosen):
        _row(axes, row, report, order)
    axes.set(xlim=(0, len(order)), ylim=(len(chosen), 0))
    axes.set_xticks(
        np.arange(len(order)) + 0.3, [clipped(found.hypotheses[k].title, TITLES) for k in order],
        rotation=40, ha="left", fontsize=7, rotation_mode="anchor",
    )  # fmt: skip
    axes.xaxis.tick_top()
    labels = [label(report) for report in chosen]
    axes.set_yticks(np.arange(len(chosen)) + 0.5, labels, fontsize=6.2)
    axes.tick_params(length=0, pad=2)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    _scale(figure, axes)
    return Picture("chances", TITLE, figure, _caption(found, len(chosen)), _alt(found, chosen))


def label(report: Judged) -> str:
    """Return who reported what, short enough for a row of small print."""
    who = report.title.partition(":")[0]
    what = report.what.partition(" against ")[0].replace("antidepressant-like ", "")
    return f"{clipped(f'{who}, {what}', LABEL)}: {minus(report.word)}"


def minus(text: str) -> str:
    """Write a leading minus sign as one."""
    return f"−{text[1:]}" if text.startswith("-") else text


def _row(axes: Axes, row: int, report: Judged, order: Sequence[int]) -> None:
    from matplotlib.patches import Rectangle

    for column, k in enumerate(order):
        chance = report.chances[k]
        face, ink = cell_colours(chance, 1.0)
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=face, edgecolor="white", lw=0.6))
        if chance < report.if_wrong:
            axes.plot(column + 0.5, row + 0.5, "x", ms=2.6, mew=0.7, color=ink)


def _scale(figure, axes: Axes) -> None:
    from matplotlib.patches import Patch

    shown = [(c, f"{c:g}") for c in (0.0, 0.25, 0.5, 0.75, 1.0)]
    handles = [Patch(facecolor=cell_colours(c, 1.0)[0], edgecolor=MUTED, lw=0.3, label=text)
               for c, text in shown]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles), fontsize=7,
                  handlelength=1.2, columnspacing=1.2,
                  title="chance of the report; ×: likelier if it were wrong",
                  title_fontsize=7, alignment="left")  # fmt: skip


def _caption(found: Summary, n: int) -> str:
    return (
        f"The {counted(n, 'report')} of {len(found.reports)} on which hypotheses differ most, "
        "those for the leader on top; hypotheses by weight from the left. Crosses: the report is "
        "likelier if it is wrong than under this hypothesis. The table holds every report."
    )


def _alt(found: Summary, chosen: Sequence[Judged]) -> str:
    told = [
        f"{found.hypotheses[k].title} fails {sum(r.chances[k] < r.if_wrong for r in chosen)}"
        for k in found.ranking
    ]
    return f"Shaded table of {len(chosen)} reports by hypothesis. {'; '.join(told)}."
