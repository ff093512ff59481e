"""Who was screened, randomised, left and was analysed: the flow of a trial's patients."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figure_trial_arms import PAPER, arm_shapes, shortened_name
from ketasim.report.phrases import listed
from ketasim.report.style import INK, MUTED, Picture, new_figure
from ketasim.trial.analysis import share_of
from ketasim.trial.results import CHANGE, SHARE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.trial.results import ArmResult, TrialResult

NAME, TITLE = "trial-flow", "Flow of patients"
_STEP, _BOX = 1.0, 0.62


def flow(result: TrialResult) -> Picture:
    """Draw boxes from screening to analysis, after CONSORT."""
    levels = _before(result)
    count = len(levels) + 3
    figure = new_figure(7.2, 0.66 * count + 0.1)
    axes = figure.subplots()
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(count * _STEP - 0.1, -0.05)
    y = _BOX / 2
    for text, aside in levels:
        _box(axes, 0.5, y, 0.34, text, INK)
        if aside:
            _arrow(axes, (0.5, y + 0.5), (0.7, y + 0.5))
            _box(axes, 0.84, y + 0.5, 0.28, aside, MUTED, small=True)
        _arrow(axes, (0.5, y + _BOX / 2), (0.5, y + _STEP - _BOX / 2))
        y += _STEP
    total = result.arms[0].n if result.kind == "crossover" else sum(a.n for a in result.arms)
    _box(axes, 0.5, y, 0.34, f"randomised: {total:,}", INK)
    _arms(axes, result, y)
    return Picture(NAME, TITLE, figure, _caption(result), _alt(result, levels, total))


def _before(result: TrialResult) -> list[tuple[str, str]]:
    """Return what came before randomisation: each box, and the box beside it."""
    lead, levels = result.lead_in, []
    entered = lead.entered if lead else sum(a.n for a in result.arms)
    if result.kind == "crossover":
        entered = result.arms[0].n
    if result.screened:
        out = result.screened - entered
        levels.append((f"screened: {result.screened:,}", f"not eligible: {out:,}" if out else ""))
    if lead:
        aside = f"left: {lead.left:,}; not eligible: {lead.not_eligible:,}"
        levels.append((f"open-label lead-in: {lead.entered:,}", aside))
    return levels


def _arms(axes: Axes, result: TrialResult, y: float) -> None:
    arms, shapes = result.arms, arm_shapes(result)
    width = 0.96 / len(arms)
    letters = int(112 / len(arms))
    for k, arm in enumerate(arms):
        x = 0.02 + width * (k + 0.5)
        _arrow(axes, (0.5, y + _BOX / 2), (x, y + _STEP - _BOX / 2))
        name = shortened_name(arm.name, letters)
        colour = shapes[arm.name][0]
        _box(axes, x, y + _STEP, width * 0.94, f"{name}\n{_given_to(result, arm)}", colour)
        _arrow(axes, (x, y + _STEP + _BOX / 2), (x, y + 2 * _STEP - _BOX / 2))
        left = left_words(arm)
        left = left if len(left) <= letters else left.split(" (")[0]
        text = f"{left}\n{analysed_words(result, arm)}"
        _box(axes, x, y + 2 * _STEP, width * 0.94, text, colour)


def _given_to(result: TrialResult, arm: ArmResult) -> str:
    if result.kind == "crossover" and arm.sequence is not None:
        return f"all {arm.n:,}, in {len(np.unique(arm.sequence))} orders"
    return f"allocated: {arm.n:,}"


def left_words(arm: ArmResult) -> str:
    """Say how many left an arm and why: ``left: 7 (no benefit 5, adverse event 2)``."""
    gone = int(np.isfinite(arm.left_h).sum())
    if not gone:
        return "left: 0"
    why = Counter(reason for reason in arm.left_why if reason)
    told = ", ".join(f"{reason} {n}" for reason, n in why.most_common(3))
    return f"left: {gone:,}" + (f" ({told})" if told else "")


def analysed_words(result: TrialResult, arm: ArmResult) -> str:
    """Say how many of an arm stand in the primary analysis."""
    n = analysed(result, arm)
    return f"analysed: {n:,}"


def analysed(result: TrialResult, arm: ArmResult) -> int:
    """Count the patients of an arm who take part in the primary analysis.

    In repeated measures that is everybody with a visit after baseline; of shares everybody
    randomised; of anything else those with a value.
    """
    endpoint = result.primary
    if endpoint.kind == SHARE and result.kind != "crossover":
        return share_of(endpoint, arm.name).n
    if endpoint.kind == CHANGE and result.kind != "crossover":
        return int(np.isfinite(arm.scores[endpoint.scale][:, 1:]).any(axis=1).sum())
    if result.kind == "crossover":
        every = np.stack(list(endpoint.values.values()))
        return int(np.isfinite(every).all(axis=0).sum())
    return int(np.isfinite(endpoint.values[arm.name]).sum())


def _box(
    axes: Axes, x: float, y: float, width: float, text: str, colour: str, small: bool = False
) -> None:
    from matplotlib.patches import FancyBboxPatch

    height = _BOX * (0.5 if small else 1.0)
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height,
            boxstyle="round,pad=0,rounding_size=0.012", mutation_aspect=5.0, facecolor=PAPER,
            edgecolor=colour, linewidth=1.1, zorder=2,
        )
    )  # fmt: skip
    axes.text(x, y, text, ha="center", va="center", fontsize=7.2 if small else 7.8, zorder=3)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "", end, start, zorder=1,
        arrowprops={"arrowstyle": "-|>", "color": MUTED, "linewidth": 0.9, "shrinkA": 0,
                    "shrinkB": 0, "mutation_scale": 8},
    )  # fmt: skip


def _caption(result: TrialResult) -> str:
    rule = f" Randomised: {result.lead_in.rule}." if result.lead_in else ""
    entry = f" Eligible: {result.entry}." if result.entry else ""
    return f"Virtual patients, after the CONSORT diagram.{entry}{rule}"


def _alt(result: TrialResult, levels: list[tuple[str, str]], total: int) -> str:
    parts = [f"{text}{f' ({aside})' if aside else ''}" for text, aside in levels]
    parts.append(f"randomised: {total:,}")
    arms = [
        f"{arm.name} {arm.n:,}, {left_words(arm)}, {analysed_words(result, arm)}"
        for arm in result.arms
    ]
    return f"Flow chart. {'; '.join(parts)}; {listed(arms)}."
