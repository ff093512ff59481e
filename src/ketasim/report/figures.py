"""All pictures of a report, and saving them as files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

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
from ketasim.report.style import Missing, Picture, house_style, log_time_axis, new_figure
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
    """Draw the one picture for a README: the three clocks above MADRS, on one time axis."""
    signals, scores = clocks(contents), mood(contents)
    if isinstance(signals, Missing):
        return Missing("overview", signals.title, signals.sentence)
    if isinstance(scores, Missing):
        return Missing("overview", scores.title, scores.sentence)
    figure = new_figure(7.4, 7.6)
    heights = [*CLOCK_HEIGHTS, max(CLOCK_HEIGHTS)]
    panels = figure.subplots(4, 1, sharex=True, height_ratios=heights)
    draw_clocks(contents, panels[:3])
    panels[2].set_xlabel("")
    draw_madrs(contents, panels[3])
    log_time_axis(panels[3], float(contents.main.coords["time"].values[-1]))
    panels[3].set(ylabel="MADRS (points)", title="Mood")
    panels[3].legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=7.5)
    people = counted(contents.main.sizes["individual"], "simulated person")
    figure.suptitle(f"{contents.title}\n{people} per arm", fontsize=9, x=0.01, ha="left")
    title = "From signal to mood"
    caption = f"{signals.caption} {scores.caption}"
    return Picture("overview", title, figure, caption, f"{signals.alt} {scores.alt}")
