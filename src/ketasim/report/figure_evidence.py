"""Pictures of findings: what studies observed against what the model predicts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.report.evidence_points import (
    FILLS,
    KINDS,
    MARKERS,
    SUBSTANCES,
    Point,
    points,
    spread_points,
)
from ketasim.report.figure_marks import label_marks
from ketasim.report.phrases import counted, number, percent
from ketasim.report.style import (
    GRID,
    INK,
    MUTED,
    PALETTE,
    Missing,
    Picture,
    new_figure,
    panel_letters,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ketasim.evidence import Outcome, Summary

WITHIN, TWICE = 1.5, 2.0
SCORED = {  # groups of the score that fit beside the panels
    "role": "concentrations",
    "validate: analyte": "held back, by analyte",
    "calibrate: analyte": "used to calibrate, by analyte",
}
FACETS = "Observed and predicted"
SPREAD = "Spread between people, reported and predicted"


def observed_predicted(outcomes: Sequence[Outcome], summary: Summary) -> Picture | Missing:
    """Draw every finding with a value: one panel for each kind of quantity, and the scores."""
    shown = points(outcomes)
    if not shown:
        return Missing("evidence", FACETS, "Not shown: no finding on concentrations has both.")
    kinds = [kind for kind in KINDS if any(p.kind == kind for p in shown)]
    rows = -(-(len(kinds) + 1) // 2)
    figure = new_figure(7.2, 3.35 * rows + 0.5)
    grid = list(figure.subplots(rows, 2, squeeze=False).flat)
    for axes, kind in zip(grid, kinds, strict=False):
        _facet(axes, [p for p in shown if p.kind == kind], kind)
    panel_letters(grid[: len(kinds)])
    _scores(grid[len(kinds)], summary)
    for axes in grid[len(kinds) + 1 :]:
        axes.remove()
    _key(figure, shown)
    figure.draw_without_rendering()
    for axes, kind in zip(grid, kinds, strict=False):
        _name_misses(axes, [p for p in shown if p.kind == kind])
    far = [p for p in shown if p.fold > WITHIN]
    held = sum(p.role == "validate" for p in shown)
    caption = (
        f"{counted(len(shown), 'finding')} with a value, {held} of them held back from "
        "calibration. Line: equal; grey band: 1.5-fold; thin lines: 2-fold. Bars: 95 % of what "
        "the prediction may be, and 95 % of the observation where its error is known or taken "
        f"from the model's spread. Named: every study with a finding beyond 1.5-fold "
        f"({len(far)} findings; in brackets how many, where it has several in a panel). Ratios "
        "and changes are of an arm against its comparator."
    )
    alt = (
        f"Scatter plots on logarithmic axes; {percent(1 - len(far) / len(shown))} of "
        f"{counted(len(shown), 'point')} lie within 1.5-fold of equality."
    )
    return Picture("evidence", FACETS, figure, caption, alt)


def spread_figure(outcomes: Sequence[Outcome]) -> Picture | Missing:
    """Draw the reported spread between people against the predicted one."""
    shown = spread_points(outcomes)
    if len(shown) < 2:
        return Missing("spread", SPREAD, "Not shown: fewer than two findings tell their spread.")
    figure = new_figure(7.2, 5.2)
    axes = figure.subplots()
    _facet(axes, shown, "")
    axes.set(
        xlabel="reported SD between people (% of the value)",
        ylabel="predicted SD between people (% of the value)",
    )
    axes.legend(
        handles=_handles(shown), loc="upper left", bbox_to_anchor=(1.02, 1), handlelength=1.2
    )
    figure.draw_without_rendering()
    _name_misses(axes, shown, TWICE)
    ratio = math.exp(float(np.mean([math.log(p.predicted / p.observed) for p in shown])))
    caption = (
        f"{counted(len(shown), 'finding')} that tell a spread (SD, or worked back from a "
        "standard error, an interval or a range). Predicted: SD of virtual participants, without "
        "errors of assays, times and doses, which the reported one holds. Line, band and thin "
        f"lines as above. On average the predicted spread is {number(ratio, 2)} times the "
        "reported one. Named: beyond 2-fold."
    )
    alt = f"Scatter plot; geometric mean of predicted over reported spread {number(ratio, 2)}."
    return Picture("spread", SPREAD, figure, caption, alt)


def _facet(axes: Axes, shown: Sequence[Point], kind: str) -> None:
    """Draw points with their bars around the line of equality."""
    low, high = _limits(shown)
    line = np.array([low, high])
    axes.fill_between(line, line / WITHIN, line * WITHIN, color=GRID, alpha=0.55, lw=0, zorder=0)
    for fold in (1 / TWICE, TWICE):
        axes.plot(line, line * fold, color=MUTED, lw=0.6, zorder=1)
    axes.plot(line, line, color=INK, lw=0.9, zorder=1)
    for p in shown:
        colour = SUBSTANCES[p.substance]
        bars: dict[str, Any] = {"color": colour, "lw": 0.8, "alpha": 0.5, "zorder": 2}
        axes.plot([p.observed] * 2, [p.low, p.high], **bars)
        axes.plot([p.observed_low, p.observed_high], [p.predicted] * 2, **bars)
        face = colour if p.role == "validate" else PALETTE["paper"][0]
        axes.plot(
            p.observed, p.predicted, MARKERS[p.route], mfc=face, mec=colour, ms=4.6, mew=1.1,
            zorder=4 if p.role == "validate" else 3,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda x, _: f"{x:g}")
    axes.minorticks_off()
    if kind:
        axes.set_title(KINDS[kind][0])
        axes.set_xlabel(f"observed ({KINDS[kind][1]})")
        axes.set_ylabel(f"predicted ({KINDS[kind][1]})")


def _limits(shown: Sequence[Point]) -> tuple[float, float]:
    """Return limits that hold every point; bars may be cut."""
    values = [v for p in shown for v in (p.observed, p.predicted)]
    return min(values) / 2.2, max(values) * 2.2


def _name_misses(axes: Axes, shown: Sequence[Point], beyond: float = WITHIN) -> None:
    """Name each study with misses once, at its greatest one, with their number."""
    misses: dict[str, list[Point]] = {}
    for p in sorted(shown, key=lambda p: -p.fold):
        if p.fold > beyond:
            misses.setdefault(p.study, []).append(p)
    texts = [f"{name} ({len(ps)})" if len(ps) > 1 else name for name, ps in misses.items()]
    at = [(ps[0].observed, ps[0].predicted) for ps in misses.values()]
    label_marks(axes, at, texts, [(p.observed, p.predicted) for p in shown])


def _handles(shown: Sequence[Point]) -> list[Any]:
    """Return the key: colours, shapes and fills that occur."""
    from matplotlib.lines import Line2D

    def mark(**look: Any) -> Line2D:
        return Line2D([], [], linestyle="none", **look)

    colours = [s for s in SUBSTANCES if any(p.substance == s for p in shown)]
    shapes = [r for r in MARKERS if any(p.route == r for p in shown)]
    fills = [f for f in FILLS if any(p.role == f for p in shown)]
    return [
        *(mark(marker="o", ms=5, color=SUBSTANCES[s], label=s) for s in colours),
        *(mark(marker=MARKERS[r], ms=5, mfc="none", mec=INK, label=r) for r in shapes),
        *(
            mark(
                marker="o",
                ms=5,
                mec=INK,
                mfc=INK if f == "validate" else "none",
                label=FILLS[f],
            )
            for f in fills
        ),
    ]


def _key(figure: Any, shown: Sequence[Point]) -> None:
    figure.legend(
        handles=_handles(shown), loc="outside upper left", ncols=4, fontsize=7.5, handlelength=1.2
    )


def _scores(axes: Axes, summary: Summary) -> None:
    """Write the scores as a small table."""
    axes.set_axis_off()
    axes.set_title("Scores", loc="left")
    rows: list[tuple[str, ...]] = []
    group = ""
    for score in summary.scores:
        title = SCORED.get(score.group, "")
        if not title:
            continue
        if score.group != group:
            rows.append((title,))
            group = score.group
        rows.append(
            (
                FILLS.get(score.name, score.name) or "other",
                str(score.n),
                f"{score.fold_error:.2f}",
                percent(score.within),
                f"{score.bias:.2f}",
            )
        )
    head = ("", "findings", "mean fold\nerror", "within\n1.5-fold", "bias\n(fold)")
    places = (0.0, 0.52, 0.69, 0.86, 1.0)
    step = min(0.055, 0.9 / max(len(rows), 1))
    for place, text in zip(places[1:], head[1:], strict=True):
        axes.text(
            place, 1.0, text, ha="right", va="bottom", fontsize=6.8, transform=axes.transAxes,
            color=MUTED, linespacing=1.1,
        )  # fmt: skip
    for k, row in enumerate(rows):
        titled = len(row) == 1
        for place, text in zip(places, row, strict=False):
            axes.text(
                place + (0 if titled or place else 0.03),
                0.94 - step * k,
                text,
                ha="right" if place else "left",
                va="baseline",
                fontsize=7 if len(rows) > 16 else 7.5,
                color=MUTED if titled else INK,
                transform=axes.transAxes,
            )
