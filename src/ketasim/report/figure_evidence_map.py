"""A picture of where the model stands: systems of the model against verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ketasim.report.phrases import counted, listed, percent
from ketasim.report.style import GRID, INK, MUTED, PALETTE, Missing, Picture, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.evidence import Summary, Tally

TITLE = "Verdicts by system of the model"
NAME = "evidence-map"
# verdict, field of the tally, colour, hatch
PARTS = (
    ("reproduced", "reproduced", PALETTE["blue"][0], ""),
    ("not resolved", "unresolved", GRID, ""),
    ("contradicted", "contradicted", PALETTE["vermillion"][0], ""),
    ("contested by another finding", "contested", PALETTE["paper"][0], "////"),
    ("out of scope", "out_of_scope", PALETTE["paper"][0], ""),
)
LEAST_SHARE = 0.028  # of the bar's length: a number does not fit into less


def evidence_map(summary: Summary) -> Picture | Missing:
    """Draw a bar for each system: how its findings divide into verdicts."""
    from ketasim.evidence import SYSTEMS

    rows = [each for each in summary.tallies if each.group == "system" and _total(each)]
    if not rows:
        return Missing(NAME, TITLE, "Not shown: no finding says which system it speaks of.")
    figure = new_figure(7.2, 0.34 * len(rows) + 1.1)
    axes = figure.subplots()
    for place, each in enumerate(rows):
        _bar(axes, place, each)
    axes.set_yticks(range(len(rows)), [f"{SYSTEMS[each.name]} ({each.name})" for each in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of the findings on a system")
    axes.xaxis.set_major_formatter(lambda x, _: percent(x))
    axes.grid(visible=False)
    axes.tick_params(axis="y", length=0)
    _key(figure)
    return Picture(NAME, TITLE, figure, _caption(summary, rows), _alt(rows))


def _total(tally: Tally) -> int:
    return tally.n + tally.contested + tally.out_of_scope


def _bar(axes: Axes, place: int, tally: Tally) -> None:
    """Draw one bar, with the number of findings in every part that has room for it."""
    total, left = _total(tally), 0.0
    for _, field, colour, hatch in PARTS:
        n = getattr(tally, field)
        if not n:
            continue
        width = n / total
        axes.barh(
            place, width, left=left, height=0.68, color=colour, hatch=hatch, edgecolor=MUTED,
            linewidth=0.6,
        )  # fmt: skip
        if width > LEAST_SHARE:
            dark = colour == PALETTE["blue"][0]
            box = {"facecolor": PALETTE["paper"][0], "edgecolor": "none", "pad": 0.8}
            axes.text(
                left + width / 2, place, str(n), ha="center", va="center", fontsize=7,
                color=PALETTE["paper"][0] if dark else INK, bbox=box if hatch else None,
            )  # fmt: skip
        left += width


def _key(figure) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=colour, hatch=hatch, edgecolor=MUTED, linewidth=0.6, label=verdict)
        for verdict, _, colour, hatch in PARTS
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=3, fontsize=7.5)


def _caption(summary: Summary, rows: Sequence[Tally]) -> str:
    text = (
        "Findings by the system of the model they speak of; one of several systems stands in "
        "each. Numbers are findings. Contested: another finding says otherwise, so whatever the "
        "model shows misses one of them; they are scored apart."
    )
    pointed = next((t for t in summary.tallies if t.group == "directions"), None)
    if pointed is not None and pointed.directions:
        text += (
            f" Of {counted(pointed.directions, 'direction')} that nothing contests, the tabled "
            f"values show {pointed.right} ({percent(pointed.right / pointed.directions)}); "
            f"{pointed.reproduced} of them hold whatever is unsure of the parameters."
        )
    return text


def _alt(rows: Sequence[Tally]) -> str:
    parts = [f"{each.name} {each.reproduced} of {each.n} reproduced" for each in rows]
    return f"Stacked bars: {listed(parts)}."
