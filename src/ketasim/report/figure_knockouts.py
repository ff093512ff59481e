"""The knock-out matrix: what is left of the effect, with the verdicts on published knock-outs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.cells import cell, cell_axes
from ketasim.report.figure_attribution import cell_colours, clipped
from ketasim.report.figures_response import visit
from ketasim.report.phrases import counted, listed, moment, number
from ketasim.report.style import (
    INK,
    MUTED,
    PALETTE,
    Picture,
    footnote,
    new_figure,
    panel_letters,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.inference.knockouts import Knockouts, Removal

STILL = 0.5
"""A removal that moves no cell by more than this [%] changes nothing and gets no row."""
_VERDICTS = (  # verdict, mark, colour
    ("reproduced", "o", PALETTE["green"][0]),
    ("contradicted", "X", PALETTE["vermillion"][0]),
    ("not resolved", "s", MUTED),
)


def knockouts_figure(tables: Sequence[Knockouts]) -> Picture:
    """Draw one matrix for each reading, side by side, and the findings beside them.

    Parameters
    ----------
    tables : sequence of Knockouts
        One or two, of the same regimen and readouts.
    """
    rows = _shown(tables)
    still = [r.title for t in tables for r in t.removals if r.name not in rows]
    columns = len(tables[0].readouts)
    width = min(7.6, 3.1 + len(tables) * (0.5 * columns + 0.15) + 0.9)
    figure = new_figure(width, 1.75 + 0.25 * len(rows))
    judged = any(row.findings for row in rows.values())
    ratios = [float(columns)] * len(tables) + ([2.0] if judged else [])
    drawn = figure.subplots(1, len(ratios), squeeze=False, width_ratios=ratios)[0]
    for k, (panel, table) in enumerate(zip(drawn, tables, strict=False)):
        _matrix(panel, table, rows, labels=k == 0)
        kinds = {row.kind for row in table.removals}
        panel.set_title(table.reading.capitalize() if "mechanism" in kinds else "Taken away",
                        fontsize=8.5)  # fmt: skip
    if judged:
        _findings(drawn[-1], rows)
    if len(tables) > 1:
        panel_letters(list(drawn[: len(tables)]))
    first = tables[0]
    several = len({r.output for r in first.readouts}) > 1
    of = listed(
        list(
            dict.fromkeys(
                f"{r.output} ({r.label}, {r.unit})" if several else f"{r.output} ({r.unit})"
                for r in first.readouts
            )
        )
    )
    n = listed(list(dict.fromkeys(f"{t.individuals:,}" for t in tables)))
    footnote(figure, f"Left of the effect on {of}, in %; n = {n} people, each against themselves "
                     f"without drug. {first.given}.")  # fmt: skip
    title = "What is left of the effect"
    return Picture("knockouts", title, figure, _caption(tables, rows, still), _alt(tables, rows))


def _shown(tables: Sequence[Knockouts]) -> dict[str, Removal]:
    """Return the removals that change something in any table, those that take most first."""
    most: dict[str, float] = {}
    found: dict[str, Removal] = {}
    for table in tables:
        for row, left in zip(table.removals, table.left, strict=True):
            lost = float(np.nanmax(np.abs(100 - left), initial=0.0))
            most[row.name] = max(most.get(row.name, 0.0), lost)
            found[row.name] = row
    ranked = sorted(most, key=lambda name: -most[name])
    moving = [name for name in ranked if most[name] > STILL]
    return {name: found[name] for name in moving or ranked}


def _matrix(panel: Axes, table: Knockouts, rows: dict[str, Removal], labels: bool) -> None:
    places = {row.name: k for k, row in enumerate(table.removals)}
    for row, name in enumerate(rows):
        for column in range(len(table.readouts)):
            left = table.left[places[name], column] if name in places else np.nan
            colours = cell_colours(100.0 - left, 100.0)
            cell(panel, row, column, _told(left), colours)
    cell_axes(panel, len(rows), len(table.readouts))
    several = len({r.output for r in table.readouts}) > 1
    ticks = [
        f"{r.output}\n{visit(r.time_h)}" if several else visit(r.time_h) for r in table.readouts
    ]
    panel.set_xticks(np.arange(len(ticks)) + 0.5, ticks)
    titles = [clipped(row.title, 46) for row in rows.values()] if labels else []
    panel.set_yticks(np.arange(len(rows)) + 0.5 if labels else [], titles)
    panel.set_xlabel("time since first dose")


def _told(left: float) -> str:
    if np.isnan(left):
        return "–"
    text = f"{left:.0f}".replace("-", "−")
    return "0" if text == "−0" else text


def _findings(panel: Axes, rows: dict[str, Removal]) -> None:
    """Draw how many findings of each verdict a row has."""
    for place, removal in enumerate(rows.values()):
        for column, (verdict, mark, colour) in enumerate(_VERDICTS):
            count = sum(each.verdict == verdict for each in removal.findings)
            if count:
                panel.plot(column + 0.32, place + 0.5, mark, color=colour, markersize=4.2,
                           mfc=colour if mark != "s" else "none")  # fmt: skip
                panel.text(column + 0.52, place + 0.52, str(count), va="center", fontsize=7.5,
                           color=INK)  # fmt: skip
    cell_axes(panel, len(rows), len(_VERDICTS))
    panel.set_xticks([])
    panel.set_yticks([])
    panel.set_title("Findings", fontsize=8.5)
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker=mark, color=colour, markersize=4.2, linestyle="none",
               mfc=colour if mark != "s" else "none", label=verdict)
        for verdict, mark, colour in _VERDICTS
    ]  # fmt: skip
    panel.figure.legend(
        handles=handles, loc="outside upper right", ncols=3, fontsize=7.5, handlelength=1.0,
        title="published removals, as the model has them", title_fontsize=7.5, alignment="right",
    )  # fmt: skip


def _caption(tables: Sequence[Knockouts], rows: dict[str, Removal], still: Sequence[str]) -> str:
    first = tables[0]
    text = (
        f"Share of the effect of {first.given} that is left when one thing is taken away, in % of "
        f"the effect with nothing taken away ({_effects(first)}); each of n = "
        f"{counted(first.individuals, 'simulated person', 'simulated people')} against the same "
        "person without drug under the same removal. Darker: less is left; tinted orange: more "
        "than all. “–”: no effect to speak of."
    )
    errors = np.concatenate([t.standard_error.ravel() for t in tables])
    if np.isfinite(errors).any():
        text += f" Largest standard error of a cell: {number(float(np.nanmax(errors)), 2)} %."
    if any(row.findings for row in rows.values()):
        text += (
            " Findings: experiments that took just this away (with an antagonist, a knock-out or "
            "an inhibitor) and the recorded verdict on the model; they are of other species, "
            "doses and readouts as well."
        )
    if still:
        names = list(dict.fromkeys(still))
        text += f" Change nothing here: {listed(names)}."
    lost = sum(table.lost for table in tables)
    return text + (f" {counted(lost, 'person', 'people')} lost to the engine." if lost else "")


def _effects(table: Knockouts) -> str:
    return ", ".join(
        f"{number(value)} {readout.unit} of {readout.output} at {moment(readout.time_h)}"
        for value, readout in zip(table.intact, table.readouts, strict=True)
    )


def _alt(tables: Sequence[Knockouts], rows: dict[str, Removal]) -> str:
    parts = []
    for table in tables:
        places = {row.name: k for k, row in enumerate(table.removals)}
        told = [
            f"{rows[name].title} {'/'.join(_told(v) for v in table.left[places[name]])}"
            for name in list(rows)[:6]
            if name in places
        ]
        parts.append(f"{table.reading}: {', '.join(told)}")
    return f"Shaded table of per cent left. {'; '.join(parts)}."
