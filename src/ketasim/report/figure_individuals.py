"""Pictures of individual estimates: each person's samples and curve, and how well they agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.inference.individual_bands import Band
from ketasim.inference.individual_samples import USED
from ketasim.report.phrases import counted
from ketasim.report.style import INK, MUTED, SERIES, Picture, hour_axis, new_figure, panel_letters

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from ketasim.inference.individual import Estimate, Estimates

MOST_PEOPLE = 12
_COLUMNS = 3
_DECADES = 4.0  # shown below the highest value on a logarithmic axis


def shown_people(estimates: Estimates) -> list[int]:
    """Return the indices of the people that fit in a picture, those with samples first."""
    everybody = range(len(estimates.individuals))
    order = sorted(everybody, key=lambda k: (estimates.individuals[k].n_used == 0, k))
    return sorted(order[:MOST_PEOPLE])


def people_curves(
    estimates: Estimates, which: Sequence[int], bands: Sequence[Sequence[Band]], *, log: bool = True
) -> Picture:
    """Draw each person's samples over the person's own curve and the typical one.

    Parameters
    ----------
    estimates : Estimates
    which : sequence of int
        People to show, at most `MOST_PEOPLE`.
    bands : sequence of sequence of Band
        From :func:`ketasim.inference.individual_bands.bands`, for the same people.
    log : bool
        Logarithmic concentrations.
    """
    names = _outputs(bands)
    rows = -(-len(which) // _COLUMNS)
    columns = min(_COLUMNS, len(which))
    figure = new_figure(7.2, 0.75 + 1.75 * rows if rows > 1 else 3.0)
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    panels = list(grid.flat)
    limits = _limits(estimates, which, bands, log)
    for panel, k, own in zip(panels, which, bands, strict=False):
        one = estimates.individuals[k]
        _draw_person(panel, one, own, names)
        if log:
            panel.set_yscale("log")
            _plain_ticks(panel.yaxis, limits)
        panel.set_ylim(*limits)
        start, end = own[0].times_h[0], own[0].times_h[-1]
        hour_axis(panel, start, end, ticks=5 if columns > 1 else 8)
        panel.set_title(_heading(one), fontsize=8.5)
    for panel in panels[len(which) :]:
        panel.remove()
    units = list(dict.fromkeys(band.unit for own in bands for band in own))
    figure.supylabel(f"plasma concentration ({' or '.join(units)})", fontsize=8.5)
    _share_time_label(figure, panels[: len(which)])
    handles, labels = _keys(panels[0], estimates, names)
    figure.legend(handles, labels, loc="outside upper center", ncols=min(5, len(labels)))
    return Picture("individuals", "Each person", figure, *_told(estimates, which, log))


def agreement(estimates: Estimates) -> Picture:
    """Draw observed against predicted, and the weighted residuals over time."""
    figure = new_figure(7.2, 2.75)
    own, typical, residual = figure.subplots(1, 3)
    names = list(dict.fromkeys(n for one in estimates.individuals for n in one.person.outputs))
    end = 0.0
    for name, (colour, _, marker) in zip(names, SERIES, strict=False):
        seen = _points(estimates, name)
        style = {
            "color": colour,
            "marker": marker,
            "linestyle": "",
            "markersize": 3.6,
            "alpha": 0.75,
        }
        style |= {"markeredgewidth": 0}
        for panel, column in ((own, 1), (typical, 2)):
            positive = (seen[:, 0] > 0) & (seen[:, column] > 0)
            panel.plot(seen[positive, column], seen[positive, 0], label=name, **style)
        residual.plot(seen[:, 4], seen[:, 3], **style)
        end = max(end, *seen[:, 4])
    _identity([own, typical])
    residual.axhline(0, color=INK, linewidth=0.8)
    for level in (-1.96, 1.96):
        residual.axhline(level, color=MUTED, linewidth=0.8, linestyle=(0, (4, 2)))
    reach = max(3.0, *(abs(v) for v in residual.get_ylim()))
    residual.set(ylim=(-reach, reach), ylabel="residual (SD of its error)", title="Residuals")
    hour_axis(residual, min(0.0, residual.get_xlim()[0]), 1.06 * end, ticks=4)
    units = " or ".join(dict.fromkeys(estimates.curves.model.outputs[n].unit for n in names))
    own.set(
        title="Individual", xlabel=f"individual prediction ({units})", ylabel=f"observed ({units})"
    )
    typical.set(title="Typical", xlabel=f"typical prediction ({units})")
    if len(names) > 1:
        own.legend(loc="upper left", handlelength=1.0)
    for panel in (own, typical, residual):
        panel.set_box_aspect(1)
    panel_letters([own, typical, residual])
    return Picture("agreement", "Agreement", figure, *_agreement_told(estimates))


def _share_time_label(figure: Figure, panels: Sequence[Axes]) -> None:
    """Say the unit of time once where all panels have the same."""
    labels = {panel.get_xlabel() for panel in panels}
    if len(labels) == 1:
        for panel in panels:
            panel.set_xlabel("")
        figure.supxlabel(labels.pop(), fontsize=8.5)


def _outputs(bands: Sequence[Sequence[Band]]) -> list[str]:
    return list(dict.fromkeys(band.output for own in bands for band in own))


def _heading(one: Estimate) -> str:
    told = f"ID {one.person.id}"
    if not one.n_used:
        return f"{told}: no samples"
    return told if one.is_good else f"{told}: {one.status}"


def _draw_person(panel: Axes, one: Estimate, own: Sequence[Band], names: Sequence[str]) -> None:
    series = dict(zip(names, SERIES, strict=False))
    for band in own:
        colour, _, marker = series[band.output]
        positive = np.maximum(band.low, np.finfo(float).tiny)
        panel.fill_between(band.times_h, positive, band.high, color=colour, alpha=0.2, linewidth=0)
        panel.plot(band.times_h, band.individual, color=colour, linewidth=1.4)
        panel.plot(
            band.times_h, band.typical, color=colour, linewidth=0.9, linestyle=(0, (3, 1.6)),
        )  # fmt: skip
        here = np.array([name == band.output for name in one.person.outputs], dtype=bool)
        used = np.array([use == USED for use in one.uses], dtype=bool)
        times, values = one.person.times_h, one.person.values
        look = {"linestyle": "", "marker": marker, "markersize": 4.2, "zorder": 3}
        for which, fill in ((here & used, colour), (here & ~used, "none")):
            panel.plot(
                times[which], values[which], color=colour, markerfacecolor=fill,
                markeredgecolor=INK if fill != "none" else colour, markeredgewidth=0.5, **look,
            )  # fmt: skip


def _keys(panel: Axes, estimates: Estimates, names: Sequence[str]):
    """Return legend handles and labels: an entry per analyte, then what the lines mean."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    labels = [estimates.curves.model.outputs[name].label.split(",")[0] for name in names]
    if len(set(labels)) < len(labels):
        labels = list(names)
    handles: list = [
        Line2D([], [], color=colour, marker=marker, markersize=4.2, linewidth=1.4,
               markeredgecolor=INK, markeredgewidth=0.5)
        for _, (colour, _, marker) in zip(names, SERIES, strict=False)
    ]  # fmt: skip
    handles.append(Line2D([], [], color=MUTED, linewidth=0.9, linestyle=(0, (3, 1.6))))
    handles.append(Patch(facecolor=MUTED, alpha=0.25, linewidth=0))
    return handles, [*labels, "typical person", "middle 90 % of this person"]


def _limits(
    estimates: Estimates, which: Sequence[int], bands: Sequence[Sequence[Band]], log: bool
) -> tuple[float, float]:
    curves = [band for own in bands for band in own]
    samples = np.concatenate([estimates.individuals[k].person.values for k in which])
    samples = samples[np.isfinite(samples)]
    top = max([*(float(np.nanmax(band.high)) for band in curves), *samples, 1e-9])
    if not log:
        return 0.0, 1.06 * top
    lows = [band.individual[-1] / 2 for band in curves] + [v / 2 for v in samples if v > 0]
    return max(min([*lows, top / 10]), top / 10**_DECADES), 1.6 * top


def _points(estimates: Estimates, name: str) -> np.ndarray:
    """Return observed, IPRED, PRED, IWRES and time of the samples of an output that were used."""
    rows = []
    for one in estimates.individuals:
        columns = (one.person.values, one.ipred, one.pred, one.iwres, one.person.times_h)
        for j, (output, use) in enumerate(zip(one.person.outputs, one.uses, strict=True)):
            if output == name and use == USED:
                rows.append([column[j] for column in columns])
    return np.array(rows, dtype=float).reshape(len(rows), 5)


def _identity(panels: Sequence[Axes]) -> None:
    """Give panels the same logarithmic axes with the line of identity."""
    data = np.concatenate([line.get_xydata() for p in panels for line in p.get_lines()])
    low, high = (0.7 * data.min(), 1.4 * data.max()) if len(data) else (0.1, 10.0)
    for panel in panels:
        panel.plot([low, high], [low, high], color=INK, linewidth=0.8, zorder=1)
        panel.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
        _plain_ticks(panel.xaxis, (low, high))
        _plain_ticks(panel.yaxis, (low, high))


def _plain_ticks(axis: Axis, limits: tuple[float, float]) -> None:
    """Mark a logarithmic axis at 1, 3, 10, ... (over many decades 1, 10, ...), in plain figures."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    few = limits[1] / limits[0] < 2000
    axis.set_major_locator(LogLocator(subs=(1.0, 3.0) if few else (1.0,)))
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axis.set_minor_locator(NullLocator())


def _told(estimates: Estimates, which: Sequence[int], log: bool) -> tuple[str, str]:
    total = len(estimates.individuals)
    some = "" if len(which) == total else f" Shown: {len(which)} of {total} people."
    scale = "logarithmic" if log else "linear"
    caption = (
        "Points, samples (open: taking no part); solid line, the person's most probable curve; "
        "band, the middle 90 % of the curves the person may have given the samples (a new sample "
        "scatters more); dashed line, the typical person with the same covariates and doses; "
        f"{scale} concentrations.{some}"
    )
    return caption, f"Line charts of {counted(len(which), 'person', 'people')}, one each."


def _agreement_told(estimates: Estimates) -> tuple[str, str]:
    n = sum(one.n_used for one in estimates.individuals)
    misses = np.concatenate([one.iwres for one in estimates.individuals])
    outside = int(np.sum(np.abs(misses[np.isfinite(misses)]) > 1.96))
    caption = (
        f"{counted(n, 'sample')}. A, B: the line is where both are equal. C: dashed lines hold "
        "95 % of the residuals when nothing is fitted; fitting draws them closer."
    )
    return caption, f"Scatter plots; {outside} of {n} residuals lie beyond 1.96 SD."
