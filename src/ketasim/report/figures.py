"""All pictures of a report, and saving them as files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figure_attribution import attribution
from ketasim.report.figures_exposure import concentration, engagement, safety
from ketasim.report.figures_response import (
    CLOCK_HEIGHTS,
    clocks,
    draw_clocks,
    draw_madrs,
    mood,
    rates,
)
from ketasim.report.files import write_file
from ketasim.report.phrases import counted
from ketasim.report.style import Missing, Picture, hour_axis, house_style, new_figure
from ketasim.report.svg import png, standalone

if TYPE_CHECKING:
    from ketasim.report.contents import ReportInput

PLOTS = (concentration, engagement, clocks, mood, rates, attribution, safety)


def draw_all(contents: ReportInput) -> dict[str, Picture | Missing]:
    """Draw every picture; those without data come back as `Missing` with a sentence."""
    with house_style():
        drawn = [plot(contents) for plot in PLOTS]
    return {picture.name: picture for picture in drawn}


def save_figures(contents: ReportInput, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write every picture as SVG and PNG.

    Parameters
    ----------
    contents : ReportInput
    folder : path
        Made when absent.

    Returns
    -------
    tuple of Path
        The files written. Pictures without data are left out.

    Raises
    ------
    UserError
        When a file cannot be written.
    """
    with house_style():
        pictures = [*draw_all(contents).values(), overview(contents)]
    written = []
    for picture in pictures:
        if isinstance(picture, Picture):
            base = Path(folder) / picture.name
            written.append(write_file(base.with_suffix(".svg"), standalone(picture).encode()))
            written.append(write_file(base.with_suffix(".png"), png(picture)))
    return tuple(written)


def overview(contents: ReportInput) -> Picture | Missing:
    """Draw the one picture for a README: the three clocks above, MADRS below."""
    signals, scores = clocks(contents), mood(contents)
    if isinstance(signals, Missing):
        return Missing("overview", signals.title, signals.sentence)
    if isinstance(scores, Missing):
        return Missing("overview", scores.title, scores.sentence)
    figure = new_figure(7.6, 7.4)
    upper, lower = np.ravel(np.asarray(figure.subfigures(2, 1, height_ratios=[1.9, 1])))
    draw_clocks(contents, upper.subplots(3, 1, sharex=True, height_ratios=CLOCK_HEIGHTS))
    panel = lower.subplots()
    draw_madrs(contents, panel)
    hour_axis(panel, 0, float(contents.main.coords["time"].values[-1]))
    panel.set(ylabel="MADRS (points)", title="Mood")
    panel.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=7.5)
    n = contents.main.sizes["individual"]
    people = counted(n, "simulated person")
    figure.suptitle(f"{contents.title} ({people} per arm)", fontsize=10, weight="bold")
    title = "From signal to mood"
    caption = f"{signals.caption} {scores.caption}"
    return Picture("overview", title, figure, caption, f"{signals.alt} {scores.alt}")
