"""A map of an outcome: doses by intervals, or doses by times, a number in every cell."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.cells import cell, cell_axes
from ketasim.report.figure_attribution import cell_colours
from ketasim.report.phrases import counted, moment, number
from ketasim.report.style import Picture, footnote, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.inference.dose_map import DoseMap

_SHARES = ("response", "remission")
_WORDS = {
    "response": "responders",
    "remission": "remitters",
    "change": "mean change in {label}",
    "mean": "mean {label}",
    "peak": "mean of each person's peak {label}",
}


def heat_map_figure(found: DoseMap) -> Picture:
    """Draw a dose map."""
    rows, columns = found.value.shape
    figure = new_figure(min(7.2, max(4.4, 2.2 + 0.72 * columns)), 1.5 + 0.34 * rows)
    axes = figure.subplots()
    _cells(axes, found)
    cell_axes(axes, rows, columns)
    labels = list(found.columns)
    if found.over == "interval":
        labels = [f"{text}\n{n}×" for text, n in zip(labels, found.sessions, strict=True)]
    axes.set_xticks(np.arange(columns) + 0.5, labels)
    axes.set_yticks(np.arange(rows) + 0.5, found.doses)
    axes.set_ylabel("dose")
    words = "interval, and sessions given" if found.over == "interval" else "time since the dose"
    axes.set_xlabel(words)
    title = f"{_what(found)} ({found.unit})" if found.unit else _what(found)
    axes.set_title(textwrap.fill(title, 44), fontsize=8.5)
    people = f"n = {counted(found.individuals, 'person', 'people')}, the same in every cell"
    if found.individuals == 1:
        people = "n = 1 person, the same in every cell"
    given = f"{found.given[:1].upper()}{found.given[1:]}"
    footnote(figure, f"{people}. {given}.")
    return Picture("heat-map", _what(found), figure, _caption(found, people), _alt(found))


def _what(found: DoseMap) -> str:
    text = _WORDS[found.outcome].format(label=found.label)
    when = f" at {_when(found.until)}" if found.until and found.outcome != "peak" else ""
    when = f" until {_when(found.until)}" if found.until and found.outcome == "peak" else when
    return f"{text[:1].upper()}{text[1:]}{when}"


def _when(text: str) -> str:
    from ketasim.dosing.quantities import hours

    return moment(hours(text))


def _cells(axes: Axes, found: DoseMap) -> None:
    values = found.value
    if found.outcome in _SHARES:
        depth, largest = values, 100.0
    elif found.outcome == "change":
        depth, largest = -values, float(np.abs(values).max()) or 1.0
    else:
        depth, largest = values - values.min(), float(np.ptp(values)) or 1.0
    for row, column in np.ndindex(*values.shape):
        colours = cell_colours(float(depth[row, column]), largest)
        cell(axes, row, column, _told(found, float(values[row, column])), colours)


def _told(found: DoseMap, value: float) -> str:
    if found.outcome in _SHARES:
        return f"{value:.0f}"
    if np.abs(found.value).max() >= 10:
        return f"{value:.1f}".replace("-", "−").replace("−0.0", "0.0")
    return number(value, 2)


def _caption(found: DoseMap, people: str) -> str:
    given = f"{found.given[:1].upper()}{found.given[1:]}"
    text = f"{given}; {people} (population: {found.population})."
    if found.over == "interval":
        text += f" Sessions begin at time 0 and go on at the interval until {found.until}; ×, how "
        text += "many that are."
    if found.outcome == "response":
        text += " Responders: MADRS down by half or more from before the first dose."
    if found.outcome == "remission":
        text += " Remitters: MADRS of 10 or less."
    text += {
        "change": " Darker: lower.",
        "mean": " Darker: higher.",
        "peak": " Darker: higher.",
    }.get(found.outcome, " Darker: more.")
    if found.individuals > 1:
        text += (
            f" Largest standard error of a cell: {number(float(np.max(found.standard_error)), 2)}"
        )
        text += f" {found.unit}."
    if found.lost:
        text += f" {counted(found.lost, 'person', 'people')} lost to the engine."
    return text


def _alt(found: DoseMap) -> str:
    rows = []
    for dose, values in zip(found.doses, found.value, strict=True):
        told = [f"{text} {_told(found, v)}" for text, v in zip(found.columns, values, strict=True)]
        rows.append(f"{dose}: {', '.join(told)}")
    return f"Shaded table of {_what(found)} ({found.unit}). {'; '.join(rows)}."
