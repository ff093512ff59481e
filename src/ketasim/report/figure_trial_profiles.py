"""Mean change of the score by visit and arm, and the difference from control."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figure_trial_arms import (
    arm_shapes,
    count_rows,
    visit_axis,
    visit_places,
    zero_line,
)
from ketasim.report.phrases import listed, moment, points
from ketasim.report.style import Missing, Picture, Shape, new_figure, panel_letters
from ketasim.trial.analysis import fitted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.trial.mmrm import Mmrm
    from ketasim.trial.results import TrialResult

NAME, TITLE = "trial-profiles", "Mean change by visit"
_DODGE = 0.011  # of the axis, between neighbouring arms


def profiles(result: TrialResult) -> Picture | Missing:
    """Draw the mean change with its 95 % interval at every visit, n below.

    Means are those of the repeated-measures model where there is one, else as observed.
    """
    if result.scale not in result.arms[0].scores or len(result.visits_h) < 2:
        return Missing(NAME, TITLE, f"Not shown: {result.scale} was not recorded after baseline.")
    model = fitted(result, result.scale)
    changes = _changes(result)
    rows = 1 if model is None else 2
    height = 3.3 + 1.7 * (rows - 1) + 0.17 * len(result.arms)
    figure = new_figure(7.2, height)
    ratios = [3.0, *([1.5] if rows == 2 else []), 0.24 * (len(result.arms) + 1)]
    panels = figure.subplots(rows + 1, 1, sharex=True, height_ratios=ratios)
    shapes = arm_shapes(result)
    _draw_means(panels[0], result, shapes, model, changes)
    if model is not None:
        _draw_differences(panels[1], result, shapes, model)
        panel_letters(panels[:2])
    start = "randomisation" if result.kind == "randomised withdrawal" else "first dose"
    shown = visit_axis(panels[rows - 1], result.visits_h, start)
    panels[0].tick_params(labelbottom=rows == 1)
    panels[rows - 1].tick_params(labelbottom=True)
    handles, labels = panels[0].get_legend_handles_labels()
    columns = 4 if sum(map(len, labels)) < 60 else 2
    figure.legend(handles, labels, loc="outside upper left", ncols=columns)
    places = visit_places(result.visits_h)[0]
    counts = {
        arm.name: [int(np.isfinite(changes[arm.name][:, k]).sum()) for k in shown]
        for arm in result.arms
    }
    count_rows(panels[-1], "seen (n)", places[shown], counts, shapes)
    return Picture(NAME, TITLE, figure, _caption(result, model), _alt(result, model, changes))


def _changes(result: TrialResult) -> dict[str, np.ndarray]:
    scores = {arm.name: arm.scores[result.scale] for arm in result.arms}
    return {name: values - values[:, :1] for name, values in scores.items()}


def means(
    result: TrialResult, model: Mmrm | None, changes: dict[str, np.ndarray], place: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean change and standard error of an arm at every visit, the baseline first."""
    if model is not None:
        found = model.mean[place], model.mean_se[place]
        return np.concatenate([[0.0], found[0]]), np.concatenate([[0.0], found[1]])
    values = changes[result.arms[place].name]
    n = np.isfinite(values).sum(axis=0)
    mean = np.array([np.nanmean(v) if k else np.nan for v, k in zip(values.T, n, strict=True)])
    sd = [np.nanstd(v, ddof=1) if k > 1 else np.nan for v, k in zip(values.T, n, strict=True)]
    return mean, np.array(sd) / np.sqrt(np.maximum(n, 1))


def _draw_means(
    panel: Axes,
    result: TrialResult,
    shapes: dict[str, Shape],
    model: Mmrm | None,
    changes: dict[str, np.ndarray],
) -> None:
    places = visit_places(result.visits_h)[0]
    span = places[-1] - places[0]
    zero_line(panel)
    for k, arm in enumerate(result.arms):
        mean, se = means(result, model, changes, k)
        shift = _DODGE * span * (k - (len(result.arms) - 1) / 2)
        here = np.isfinite(mean)
        at = places + np.where(places > places[0], shift, 0.0)
        _points(panel, at[here], mean[here], 1.96 * se[here], shapes[arm.name], arm.name)
    panel.set_ylabel(f"mean change in\n{result.scale} (points)")
    panel.set_title("Change from baseline" if model is not None else "", loc="left")
    panel.grid(visible=False, axis="x")


def _draw_differences(
    panel: Axes, result: TrialResult, shapes: dict[str, Shape], model: Mmrm
) -> None:
    places = visit_places(result.visits_h)[0]
    span = places[-1] - places[0]
    zero_line(panel)
    for k, arm in enumerate(result.arms):
        if arm.control:
            continue
        shift = _DODGE * span * (k - (len(result.arms) - 1) / 2)
        here = np.isfinite(model.difference[k])
        reach = 0.5 * (model.high[k] - model.low[k])
        _points(
            panel, places[1:][here] + shift, model.difference[k][here], reach[here],
            shapes[arm.name], arm.name,
        )  # fmt: skip
    panel.set_ylabel("difference\n(points)")
    panel.set_title(f"Difference from {result.control.name}", loc="left")
    panel.grid(visible=False, axis="x")
    low, high = panel.get_ylim()
    panel.set_ylim(min(low, -1.0), max(high, 1.0))


def _points(
    panel: Axes, x: np.ndarray, y: np.ndarray, reach: np.ndarray, shape: Shape, name: str
) -> None:
    colour, dashes, marker = shape
    panel.errorbar(
        x, y, yerr=reach, color=colour, linestyle=dashes, marker=marker, markersize=4.6,
        linewidth=1.3, elinewidth=1.1, capsize=2.2, label=name, zorder=3,
    )  # fmt: skip


def _caption(result: TrialResult, model: Mmrm | None) -> str:
    n = listed([f"{arm.n:,} on {arm.name}" for arm in result.arms])
    if result.kind == "crossover":
        n = f"the same {result.arms[0].n:,} patients on {listed([a.name for a in result.arms])}"
    first = f"{result.scale}, {n}; bars, 95 % intervals."
    if model is None:
        return f"{first} Means of those seen; arms are set slightly apart."
    return (
        f"{first} Means and differences of a mixed model for repeated measures at the mean "
        f"baseline ({model.covariance} covariance), which takes what is missing as missing at "
        "random. Arms are set slightly apart; n counts patients seen at the visit."
    )


def _alt(result: TrialResult, model: Mmrm | None, changes: dict[str, np.ndarray]) -> str:
    parts = []
    for k, arm in enumerate(result.arms):
        mean = means(result, model, changes, k)[0]
        known = np.flatnonzero(np.isfinite(mean[1:])) + 1
        told = [f"{points(mean[v])} at {moment(result.visits_h[v])}" for v in known]
        parts.append(f"{arm.name}: {', '.join(told)}")
    return f"Mean change with intervals by visit. {'; '.join(parts)}."
