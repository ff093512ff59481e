"""The picture of attribution: a table of shaded cells, mechanism by time, per reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figures_response import visit
from ketasim.report.phrases import counted, listed, moment, number, points
from ketasim.report.style import Missing, Picture, new_figure, panel_letters

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.report.contents import ReportInput


def attribution(contents: ReportInput) -> Picture | Missing:
    """Draw the points each mechanism carries at each time as a table of shaded cells."""
    title = "Which mechanism carries how much, when"
    tables = list(contents.attribution)
    if not tables:
        return Missing("attribution", title, "Not shown: the study did not ask for an attribution.")
    names = ordered_mechanisms(tables)
    rows = len(names) + 1
    figure = new_figure(7.2, 1.2 + 0.235 * rows)
    panels = figure.subplots(1, len(tables), sharey=True, squeeze=False)[0]
    largest = max(
        [float(np.nanmax(np.abs(t.points))) for t in tables if np.size(t.points)] + [1e-9]
    )
    for panel, table in zip(panels, tables, strict=True):
        _draw_cells(panel, table, names, largest)
        panel.set_title(table.reading.capitalize())
    panel_letters(list(panels))
    return Picture("attribution", title, figure, _attribution_caption(tables), _told(tables))


def ordered_mechanisms(tables) -> dict[str, str]:
    """Return name: title of all mechanisms, those that carry most anywhere first."""
    titles, most = {}, {}
    for table in tables:
        for name, title, row in zip(table.mechanisms, table.titles, table.points, strict=True):
            titles[name] = title
            most[name] = max(most.get(name, 0.0), float(np.nanmax(np.abs(row), initial=0.0)))
    return {name: titles[name] for name in sorted(titles, key=lambda name: -most[name])}


def _draw_cells(panel: Axes, table, names: dict[str, str], largest: float) -> None:
    from matplotlib.patches import Rectangle

    places = {name: i for i, name in enumerate(table.mechanisms)}
    for row, name in enumerate(names):
        for column in range(len(table.times_h)):
            value = table.points[places[name], column] if name in places else np.nan
            face, ink = cell_colours(value, largest)
            panel.add_patch(Rectangle((column, row), 1, 1, facecolor=face, edgecolor="white", lw=1))
            text = "–" if np.isnan(value) else points(value)
            panel.text(
                column + 0.5, row + 0.52, text, ha="center", va="center", color=ink, fontsize=7.5
            )
    for column, total in enumerate(table.total):
        panel.text(
            column + 0.5, len(names) + 0.55, points(float(total)), ha="center", va="center",
            weight="bold", fontsize=7.5,
        )  # fmt: skip
    panel.set(xlim=(0, len(table.times_h)), ylim=(len(names) + 1, 0))
    panel.set_xticks(np.arange(len(table.times_h)) + 0.5, [visit(t) for t in table.times_h])
    panel.set_yticks(np.arange(len(names) + 1) + 0.5, [*map(clipped, names.values()), "all"])
    panel.tick_params(length=0)
    panel.grid(visible=False)
    panel.spines[:].set_visible(False)
    panel.set_xlabel("time since first dose")


def clipped(title: str, most: int = 38) -> str:
    """Shorten a long title at a word, with an ellipsis."""
    if len(title) <= most:
        return title
    return title[: title.rfind(" ", 0, most - 1)].rstrip(" ,;:") + " …"


def cell_colours(value: float, largest: float) -> tuple[str, str]:
    """Return fill and ink of a cell: darker is more; against the effect is tinted vermillion."""
    from matplotlib.colors import to_hex

    if np.isnan(value):
        return "#eeeeee", "#222222"
    share = min(abs(value) / largest, 1.0) ** 0.7
    full = np.array([0.00, 0.25, 0.45]) if value >= 0 else np.array([0.70, 0.25, 0.00])
    start = np.array([0.955, 0.965, 0.975])
    face = start + share * (full - start)
    return to_hex(face), _ink_on(face)


def _ink_on(face: np.ndarray) -> str:
    """Return white or nearly black, whichever stands out more (contrast as WCAG 2 has it)."""
    linear = np.where(face <= 0.04045, face / 12.92, ((face + 0.055) / 1.055) ** 2.4)
    light = float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05
    return "#ffffff" if 1.05 / light > light / 0.066 else "#222222"


def _attribution_caption(tables) -> str:
    first = tables[0]
    people = f"Population mean, n = {first.individuals:,}. " if first.individuals > 1 else ""
    if first.individuals == 1:
        people = "One person. "
    text = (
        f"{people}MADRS points of {first.divides} carried by each mechanism when mechanisms are "
        f"{listed([t.reading for t in tables], 'or')} ({first.method}); "
        "darker is more, a minus sign works against the effect. “all” is what the column divides."
    )
    errors = [t.standard_error for t in tables if t.standard_error is not None]
    if errors:
        text += f" Largest standard error of a cell: {number(max(np.nanmax(e) for e in errors), 2)}"
        text += " points."
    return text


def _told(tables) -> str:
    parts = []
    for table in tables:
        for column, when in enumerate(table.times_h):
            order = np.argsort(-np.nan_to_num(table.points[:, column]))[:2]
            top = [f"{table.titles[i]} {points(float(table.points[i, column]))}" for i in order]
            parts.append(f"{table.reading}, {moment(when)}: {listed(top)}")
    return f"Shaded table of {counted(len(tables), 'reading')}. {'; '.join(parts)}."
