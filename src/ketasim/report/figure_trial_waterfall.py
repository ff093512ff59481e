"""Each patient's percent change at one visit, in order, arm beside arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figure_trial_arms import PAPER, arm_shapes, shortened_name, zero_line
from ketasim.report.phrases import counted, moment, percent
from ketasim.report.style import INK, Missing, Picture, new_figure, panel_letters

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.trial.results import TrialResult

NAME, TITLE = "trial-waterfall", "Each patient"
RESPONSE_PERCENT = -50.0
_TOP = 60.0  # worse than this is drawn up to here


def waterfall(result: TrialResult) -> Picture | Missing:
    """Draw the percent change of every patient at the primary visit.

    The visit is that of the primary endpoint; where it has none, the last.
    """
    if result.scale not in result.arms[0].scores or len(result.visits_h) < 2:
        return Missing(NAME, TITLE, f"Not shown: {result.scale} was not recorded after baseline.")
    visit = primary_visit(result)
    figure = new_figure(7.2, 3.2)
    panels = figure.subplots(1, len(result.arms), sharey=True, squeeze=False)[0]
    shapes, told = arm_shapes(result), []
    for panel, arm in zip(panels, result.arms, strict=True):
        change = percent_change(arm.scores[result.scale], visit)
        seen = np.sort(change[np.isfinite(change)])[::-1]
        _bars(panel, seen, shapes[arm.name][0])
        name = shortened_name(arm.name, 72 // len(result.arms) - 5)
        panel.set_title(f"{name}\nn = {len(seen):,} of {arm.n:,}", fontsize=8.5)
        told.append((arm.name, seen))
    panels[0].set_ylabel(f"change in {result.scale} (%)")
    panels[0].set_ylim(-103, max(10.0, min(_TOP, max((v.max() for _, v in told if len(v)),
                                                     default=0.0) + 4)))  # fmt: skip
    figure.supxlabel("patients, each a bar, the least improved first", fontsize=8.5)
    panel_letters(list(panels))
    return Picture(NAME, TITLE, figure, _caption(result, visit, told), _alt(result, visit, told))


def primary_visit(result: TrialResult) -> int:
    """Return the place of the primary endpoint's visit, else of the last."""
    at = result.primary.at_h
    if np.isfinite(at):
        nearest = int(np.argmin(np.abs(result.visits_h - at)))
        if nearest > 0 and abs(result.visits_h[nearest] - at) < 1e-6:
            return nearest
    return len(result.visits_h) - 1


def percent_change(scores: np.ndarray, visit: int) -> np.ndarray:
    """Return each patient's change in % of the baseline; NaN where missing or baseline 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        change = 100 * (scores[:, visit] - scores[:, 0]) / scores[:, 0]
    return np.where(np.isfinite(change), change, np.nan)


def _bars(panel: Axes, change: np.ndarray, colour: str) -> None:
    """Draw bars, filled for responders and pale for the others."""
    n = len(change)
    thin = n > 150
    responded = change <= RESPONSE_PERCENT
    for which, face in ((responded, colour), (~responded, PAPER)):
        panel.bar(
            np.flatnonzero(which) + 0.5, np.minimum(change[which], _TOP), width=1.0, color=face,
            edgecolor=colour if not thin or face == PAPER else face, linewidth=0.3 if thin else 0.6,
            zorder=2,
        )  # fmt: skip
    zero_line(panel)
    panel.axhline(RESPONSE_PERCENT, color=INK, linewidth=0.8, linestyle=(0, (4, 2)), zorder=3)
    panel.set_xlim(0, max(n, 1))
    panel.set_xticks([])
    panel.grid(visible=False, axis="x")


def _caption(result: TrialResult, visit: int, told: list[tuple[str, np.ndarray]]) -> str:
    shares = [
        f"{percent(float(np.mean(v <= RESPONSE_PERCENT)))} on {name}" for name, v in told if len(v)
    ]
    cut = sum(int((v > _TOP).sum()) for _, v in told)
    text = (
        f"Change in {result.scale} from baseline at {moment(result.visits_h[visit])}, patients "
        "seen at that visit. Dashed line: half the baseline; filled bars, at or below it: "
        f"{', '.join(shares)}."
    )
    if any(len(v) < arm.n for (_, v), arm in zip(told, result.arms, strict=True)):
        text += " Left out: not seen, or a baseline of 0; elsewhere those not seen do not respond."
    some = f" {counted(cut, 'bar is', 'bars are')} cut at {_TOP:.0f} %."
    return text + (some if cut else "")


def _alt(result: TrialResult, visit: int, told: list[tuple[str, np.ndarray]]) -> str:
    parts = [
        f"{name}: {int((v <= RESPONSE_PERCENT).sum())} of {len(v)} down by half or more, median "
        f"{np.median(v):.0f} %"
        for name, v in told
        if len(v)
    ]
    when = moment(result.visits_h[visit])
    return f"Waterfall plots of percent change at {when}. {'; '.join(parts)}."
