"""Kaplan-Meier curves with patients at risk."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figure_trial_arms import arm_shapes, count_rows
from ketasim.report.phrases import number, percent
from ketasim.report.style import Missing, Picture, Shape, new_figure
from ketasim.trial.results import TIME
from ketasim.trial.time_to_event import Survival, at_risk, kaplan_meier, median_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.trial.results import EndpointResult, TrialResult

_STEPS_D = (0.25, 0.5, 1, 2, 7, 14, 28, 56, 84, 182, 364)


def survival(
    result: TrialResult, endpoint: EndpointResult, since: str = "randomisation"
) -> Picture | Missing:
    """Draw the share without the event in every arm, with at-risk numbers below."""
    name, title = (
        f"trial-survival-{endpoint.name}",
        f"{endpoint.what[:1].upper()}{endpoint.what[1:]}",
    )
    if endpoint.kind != TIME:
        return Missing(name, title, "Not shown: not a time to an event.")
    curves = {
        arm.name: kaplan_meier(endpoint.values[arm.name], endpoint.happened[arm.name])
        for arm in result.arms
    }
    last = max(curve.last_d for curve in curves.values())
    if not last > 0:
        return Missing(name, title, "Not shown: nobody was observed.")
    figure = new_figure(7.2, 3.6 + 0.17 * len(curves))
    top, rows = figure.subplots(2, 1, sharex=True, height_ratios=[3.0, 0.24 * (len(curves) + 1)])
    shapes = arm_shapes(result)
    for arm, curve in curves.items():
        days, seen = endpoint.values[arm], endpoint.happened[arm]
        _draw(top, curve, shapes[arm], arm, days[~np.asarray(seen) & np.isfinite(days)])
    ticks = _time_axis(top, last, since)
    event = "relapse" if endpoint.event_is_bad else "the event"
    top.set(ylim=(0, 1.02), ylabel=f"share without {event}")
    top.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.0f} %")
    top.legend(loc="lower left")
    counts = {arm: at_risk(endpoint.values[arm], ticks).tolist() for arm in curves}
    count_rows(rows, "at risk (n)", ticks, counts, shapes)
    caption = (
        "Kaplan-Meier estimates (in brackets, patients with the event); shaded, "
        "pointwise 95 % intervals (log-minus-log); ticks, patients "
        f"whose observation ended without {event}. {_medians(curves)}"
    )
    return Picture(name, title, figure, caption, _alt(curves, ticks))


def _draw(panel: Axes, curve: Survival, shape: Shape, name: str, censored: np.ndarray) -> None:
    colour, dashes, _ = shape
    time = np.append(curve.time_d, curve.last_d)
    steps = {"step": "post", "color": colour, "linewidth": 0}
    panel.fill_between(
        time, np.append(curve.low, curve.low[-1]), np.append(curve.high, curve.high[-1]),
        alpha=0.16, **steps,
    )  # fmt: skip
    panel.step(
        time, np.append(curve.share, curve.share[-1]), where="post", color=colour,
        linestyle=dashes, label=f"{name} ({curve.events} of {curve.n})",
    )  # fmt: skip
    ends = np.unique(censored[censored < curve.last_d])
    heights = [curve.at(day)[0] for day in ends]
    panel.plot(ends, heights, "|", color=colour, markersize=5, markeredgewidth=0.8)


def _time_axis(panel: Axes, last_d: float, since: str) -> np.ndarray:
    """Set an axis in days, or in weeks from twelve weeks on; return its ticks [d]."""
    in_weeks = last_d >= 84
    step = min(_STEPS_D, key=lambda s: abs(math.log(last_d / 7 / s)))
    ticks = np.arange(0, last_d + 1e-9, step)
    panel.set_xlim(-0.015 * last_d, 1.02 * last_d)
    panel.set_xticks(ticks, [number(t / 7 if in_weeks else t) or "0" for t in ticks])
    panel.set_xlabel(f"{'weeks' if in_weeks else 'days'} since {since}")
    panel.tick_params(labelbottom=True)
    panel.grid(visible=False, axis="x")
    return ticks


def _medians(curves: dict[str, Survival]) -> str:
    parts = []
    for arm, curve in curves.items():
        middle, low, high = median_time(curve)
        if math.isinf(middle):
            parts.append(f"not reached on {arm}")
            continue
        ends = f"{number(low)} to {'open' if math.isinf(high) else number(high)}"
        parts.append(f"{number(middle)} days on {arm} (95 % interval {ends})")
    return f"Median: {'; '.join(parts)}."


def _alt(curves: dict[str, Survival], ticks: np.ndarray) -> str:
    parts = [
        f"{arm}: {percent(curve.at(float(ticks[-1]))[0])} without it after "
        f"{number(float(ticks[-1]))} days ({curve.events} of {curve.n} had it)"
        for arm, curve in curves.items()
    ]
    return f"Step curves. {'; '.join(parts)}."
