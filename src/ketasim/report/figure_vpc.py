"""The visual predictive check: percentiles of the data against those of many replicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.report.phrases import counted, duration, listed, number, percent
from ketasim.report.style import (
    INK,
    MUTED,
    SERIES,
    Picture,
    footnote,
    hour_axis,
    log_time_axis,
    log_values,
    new_figure,
    panel_letters,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.simulation.visual_check import VisualCheck

_LOOKS: Any = (  # place in the arrays, words, look
    (2, "95th percentile", SERIES[1]),
    (1, "median", SERIES[0]),
    (0, "5th percentile", SERIES[2]),
)
LOG_FROM = 20.0
"""Last time over first, and highest value over lowest, from which on an axis is logarithmic."""


def vpc_figure(check: VisualCheck) -> Picture:
    """Draw a visual predictive check, with the share below the limit where there is a limit."""
    limited = bool(np.isfinite(check.limit).any())
    figure = new_figure(6.2, 5.2 if limited else 3.9)
    panels = figure.subplots(
        2 if limited else 1, 1, sharex=True, squeeze=False, height_ratios=[3, 1][: 1 + limited]
    )[:, 0]
    _values(panels[0], check)
    if limited:
        _below(panels[1], check)
        panel_letters(list(panels))
    _time(panels[-1], check)
    for panel in panels[:-1]:
        panel.set_xlabel("")
    _key(figure, check, limited)
    people = counted(check.subjects, "person", "people")
    samples = counted(check.samples, "sample")
    footnote(
        figure,
        f"n = {people}, {samples}; {check.replicates:,} replicates. Lines, data; bands, "
        f"{100 * check.level:.0f} % intervals over replicates; rings, data outside.",
    )
    title = f"Visual predictive check: {_what(check)}"
    return Picture(f"vpc-{check.output}", title, figure, _caption(check), _alt(check))


def _what(check: VisualCheck) -> str:
    return f"{check.output}, corrected by prediction" if check.corrected else check.output


def _values(panel: Axes, check: VisualCheck) -> None:
    """Draw samples, bands and lines, and ring what lies outside."""
    log = _is_log(check)
    bottom = _bottom(check) if log else 0.0
    seen = np.isfinite(check.value)
    panel.plot(
        check.time_h[seen], np.maximum(check.value[seen], bottom), ".", color=MUTED,
        markersize=2.2, alpha=0.55, zorder=1,
    )  # fmt: skip
    inside, bins = check.inside, check.bins
    for place, _, (colour, dashes, marker) in _LOOKS:
        low, _, high = (_finite(check.simulated[place, k], bottom) for k in range(3))
        ends = check.simulated[place, 2]
        for k in range(len(bins)):
            if np.isfinite(ends[k]):
                panel.fill_between(
                    [*_span(check, k)], low[k], high[k], color=colour, alpha=0.25, linewidth=0,
                    zorder=2,
                )  # fmt: skip
        line = np.where(np.isfinite(check.observed[place]), check.observed[place], np.nan)
        if log:
            line = np.where(line > 0, line, np.nan)
        panel.plot(
            bins.middle_h, line, color=colour, linestyle=dashes, marker=marker, markersize=3.2,
            linewidth=1.4, zorder=3,
        )  # fmt: skip
        out = ~inside[place] & np.isfinite(line)
        panel.plot(
            bins.middle_h[out], line[out], "o", mfc="none", mec=INK, markersize=8, mew=1.0,
            linestyle="none", zorder=4,
        )  # fmt: skip
    if log:
        log_values(panel)
    limit = np.unique(check.limit[np.isfinite(check.limit)])
    if len(limit) == 1 and not check.corrected:
        panel.axhline(limit[0], color=MUTED, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
        panel.annotate(
            f"limit {number(limit[0])} {check.unit}", (0, limit[0]), (3, 3),
            xycoords=panel.get_yaxis_transform(), textcoords="offset points", ha="left",
            fontsize=7, color=MUTED,
        )  # fmt: skip
    panel.set_ylim(bottom, None)
    panel.set_ylabel(f"{check.output}{', corrected' if check.corrected else ''} ({check.unit})")
    if np.isfinite(check.limit).any():
        panel.set_title("Percentiles")


def _span(check: VisualCheck, k: int) -> tuple[float, float]:
    """Return where a bin is drawn; one of a single time gets a width."""
    bins = check.bins
    start, end = float(bins.start_h[k]), float(bins.end_h[k])
    first, last = float(check.time_h.min()), float(check.time_h.max())
    if k == 0:
        start = min(start, first - 0.01 * (last - first)) if not _log_time(check) else first / 1.08
    if k == len(bins) - 1:
        end = max(end, last) + (0.01 * (last - first) if not _log_time(check) else 0.08 * last)
    return start, end


def _finite(values: np.ndarray, bottom: float) -> np.ndarray:
    """Return ends of a band; what lies below the limit, or the axis, goes to its foot."""
    return np.where(np.isfinite(values), np.maximum(values, bottom), bottom)


def _positive(check: VisualCheck) -> np.ndarray:
    values = np.concatenate([check.value, check.simulated.ravel(), check.observed.ravel()])
    return values[np.isfinite(values) & (values > 0)]


def _is_log(check: VisualCheck) -> bool:
    values = _positive(check)
    return values.size > 0 and values.max() / values.min() > LOG_FROM


def _bottom(check: VisualCheck) -> float:
    """Return the foot of a logarithmic axis: below all but strays."""
    values = _positive(check)
    low = float(np.quantile(values, 0.005)) / 1.6
    limits = check.limit[np.isfinite(check.limit)]
    return min(low, float(limits.min()) / 1.6) if limits.size else low


def _below(panel: Axes, check: VisualCheck) -> None:
    """Draw the share of samples below the limit."""
    colour, dashes, _ = SERIES[3]
    for k in range(len(check.bins)):
        low, _, high = 100 * check.below_simulated[:, k]
        panel.fill_between(
            [*_span(check, k)], low, max(high, low + 0.6), color=colour, alpha=0.3, linewidth=0
        )
    panel.plot(
        check.bins.middle_h, 100 * check.below_observed, color=colour, linestyle=dashes,
        marker="D", markersize=3.2, linewidth=1.4,
    )  # fmt: skip
    panel.set_ylim(-2, max(20.0, 105 * float(max(check.below_observed.max(),
                                                 check.below_simulated.max()))))  # fmt: skip
    panel.set_ylabel("samples (%)")
    panel.set_title("Below the limit")


def _log_time(check: VisualCheck) -> bool:
    first, last = float(check.time_h.min()), float(check.time_h.max())
    return first > 0 and last / first > LOG_FROM


def _time(panel: Axes, check: VisualCheck) -> None:
    first, last = float(check.time_h.min()), float(check.time_h.max())
    if _log_time(check):
        log_time_axis(panel, last * 1.08, first / 1.08)
    else:
        room = 0.02 * max(last - first, 1.0)
        hour_axis(panel, min(0.0, first) - room, last + room)
    panel.set_xlabel(panel.get_xlabel().replace("first dose", check.clock))


def _key(figure, check: VisualCheck, limited: bool) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, linestyle=dashes, marker=marker, markersize=3.2, label=words)
        for _, words, (colour, dashes, marker) in _LOOKS
    ]
    handles.append(
        Line2D([], [], color=MUTED, marker=".", linestyle="none", markersize=3, label="sample")
    )
    if limited:
        low: Any = SERIES[3]
        colour, dashes, marker = low
        handles.append(
            Line2D([], [], color=colour, linestyle=dashes, marker=marker, markersize=3.2,
                   label="below the limit")
        )  # fmt: skip
    figure.legend(handles=handles, loc="outside upper left", ncols=3, fontsize=7.5)


def _caption(check: VisualCheck) -> str:
    how = f"{check.replicates:,} replicates of the data, each with other people of "
    how += f"“{check.population}” and {_error_words(check)}"
    smallest = counted(int(check.bins.count.min()), "sample")
    text = (
        f"{counted(check.samples, 'sample')} of {check.output} ({check.unit}) from "
        f"n = {counted(check.subjects, 'person', 'people')} in {counted(len(check.bins), 'bin')} "
        f"of time since the {check.clock} (smallest: {smallest}); "
        f"{how}. Lines: 5th, 50th and 95th percentile of the data; bands: "
        f"{100 * check.level:.0f} % intervals of the same percentiles over replicates, without "
        f"what is not known of the parameters. {_inside_words(check)}"
    )
    if check.corrected:
        text += (
            " Values are multiplied by the median typical prediction of their bin over their own."
        )
    if check.below:
        text += (
            f" {counted(check.below, 'sample')} below the limit count as lower than all others, "
            "in data and replicates."
        )
    if check.left_out:
        reasons = [f"{n} ({why})" for why, n in check.left_out.items()]
        text += f" Left out: {listed(reasons)}."
    if check.lost:
        text += f" {counted(check.lost, 'replicate')} lost to the engine."
    return text


def _error_words(check: VisualCheck) -> str:
    if check.residual == "none":
        return "no residual error"
    return (
        "the residual error given"
        if check.residual == "given"
        else (
            f"the residual error of {check.residual}s"
            if check.residual == "infusion"
            else f"the residual error “{check.residual}”"
        )
    )


def _inside_words(check: VisualCheck) -> str:
    inside = check.inside
    wanted = percent(check.level)
    return (
        f"{int(inside.sum())} of {inside.size} percentiles lie inside; of a true model about "
        f"{wanted} would."
    )


def _alt(check: VisualCheck) -> str:
    worst = [
        f"{words} outside at {listed([duration(float(t)) for t in check.bins.middle_h[out]])}"
        for place, words, _ in _LOOKS
        for out in [~check.inside[place]]
        if out.any()
    ]
    return f"Visual predictive check. {_inside_words(check)} {'; '.join(worst)}".strip()
