"""Pictures of trials: what each observed beside where 90 % of predicted trials lie."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from ketasim.report.clinical_words import when
from ketasim.report.evidence_points import study_name
from ketasim.report.phrases import counted, percent
from ketasim.report.style import GRID, INK, MUTED, PALETTE, Picture, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ketasim.evidence import Finding, Outcome

HELD, USED, MISS = PALETTE["blue"][0], MUTED, PALETTE["vermillion"][0]
ROW_IN = 0.175
MOST_ROWS = 46  # in one picture
_RELAPSES = ("relapse", "relapse-free")
_LIGHT = 0.42


def _is_share(finding: Finding, *words: str) -> bool:
    return finding.measure in words and not finding.contrast


# name: (title, axis, whether a finding belongs)
GROUPS: Mapping[str, tuple[str, str, Callable[[Finding], bool]]] = MappingProxyType(
    {
        "scores": (
            "Change of the score in an arm",
            "points of the scale",
            lambda f: f.measure == "change" and not f.contrast,
        ),
        "levels": (
            "Score",
            "points of the scale",
            lambda f: f.measure == "score" and not f.contrast and not _acute(f),
        ),
        "differences": (
            "Difference in score from the comparator",
            "points of the scale",
            lambda f: f.contrast == "difference" and f.unit == "points",
        ),
        "effect-sizes": (
            "Effect sizes",
            "SD between patients; positive favours the arm",
            lambda f: f.contrast == "effect size",
        ),
        "response": (
            "Response",
            "% of patients",
            lambda f: _is_share(f, "response", "any response", "sustained response"),
        ),
        "remission": (
            "Remission",
            "% of patients",
            lambda f: _is_share(f, "remission", "any remission"),
        ),
        "relapses": ("Relapse", "% of those at risk", lambda f: _is_share(f, *_RELAPSES)),
        "times": ("Time to relapse", "days", lambda f: f.unit == "d"),
        "ratios": (
            "Odds and risk ratios",
            "ratio",
            lambda f: f.contrast in ("odds ratio", "risk ratio"),
        ),
        "acute": (
            "Acute effects, adverse reactions, leaving",
            "% of patients",
            lambda f: (_acute(f) or f.measure == "dropout") and f.unit == "%",
        ),
        "acute-sizes": (
            "Size of acute effects",
            "in the unit of each",
            lambda f: _acute(f) and f.unit != "%",
        ),
        "other": ("Other values", "in the unit of each", lambda _: True),
    }
)


def _acute(finding: Finding) -> bool:
    return finding.clinical is not None and finding.clinical.is_acute


def clinical_forests(outcomes: Sequence[Outcome]) -> tuple[Picture, ...]:
    """Draw a row for each finding of a trial that has a value and an interval, by endpoint."""
    left = [o for o in outcomes if o.finding.clinical and math.isfinite(o.low)]
    found = []
    for name, (title, axis, belongs) in GROUPS.items():
        mine = [o for o in left if belongs(o.finding)]
        left = [o for o in left if not belongs(o.finding)]
        mine.sort(key=_order)
        for place, part in enumerate(_cut(mine)):
            more = f", part {place + 1}" if len(mine) > MOST_ROWS else ""
            found.append(_forest(f"trials-{name}-{place + 1}", title + more, axis, part))
    return tuple(found)


def _order(outcome: Outcome) -> tuple[float, float, str]:
    """Return where a finding stands: early first, then by study."""
    finding = outcome.finding
    clinical = finding.clinical
    assert clinical is not None
    at_h = clinical.at_h if clinical.at_h is not None else clinical.to_h or 0.0
    return at_h, clinical.from_h or 0.0, study_name(finding) + finding.id


def _cut(rows: Sequence[Outcome]) -> list[Sequence[Outcome]]:
    """Return rows in even parts of `MOST_ROWS` at most."""
    parts = -(-len(rows) // MOST_ROWS)
    size = -(-len(rows) // parts) if parts else 1
    return [rows[first : first + size] for first in range(0, len(rows), size)]


def _forest(name: str, title: str, axis: str, rows: Sequence[Outcome]) -> Picture:
    figure = new_figure(7.2, ROW_IN * len(rows) + 1.05)
    axes = figure.subplots()
    for place, each in enumerate(rows):
        _row(axes, place, each)
    axes.set_yticks(range(len(rows)), [label(o.finding) for o in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0, labelsize=6.8)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(axis)
    _set_limits(axes, rows)
    _key(figure)
    inside = sum(_is_inside(o) for o in rows)
    caption = (
        f"{counted(len(rows), 'finding')}; the observed value lies in the 90 % interval of "
        f"predicted trials in {inside} ({percent(inside / len(rows))}). Sorted by time."
    )
    if not all(o.finding.counts for o in rows):
        caption += " Open marks repeat another finding or do not count for a stated reason."
    alt = f"Forest plot of {counted(len(rows), 'finding')}; {inside} observed values inside."
    return Picture(name, title, figure, caption, alt)


def _row(axes: Axes, place: int, outcome: Outcome) -> None:
    """Draw the interval of predicted trials, their median, and what was observed."""
    held = outcome.finding.role == "validate"
    colour = HELD if held else USED
    axes.plot(
        [outcome.low, outcome.high], [place, place], color=colour, lw=4.2, alpha=_LIGHT,
        solid_capstyle="butt", zorder=2,
    )  # fmt: skip
    axes.plot([outcome.predicted] * 2, [place - 0.3, place + 0.3], color=colour, lw=1.4, zorder=3)
    inside = _is_inside(outcome)
    face = PALETTE["paper"][0] if not outcome.finding.counts else (INK if inside else MISS)
    axes.plot(
        outcome.observed, place, "o" if inside else "D", mfc=face, mec=INK if inside else MISS,
        ms=3.6, mew=0.9, zorder=4, clip_on=False,
    )  # fmt: skip


def _is_inside(outcome: Outcome) -> bool:
    from ketasim.evidence.clinical_verdicts import is_inside

    return is_inside(outcome.finding, outcome.low, outcome.high)


def label(finding: Finding) -> str:
    """Return a row's name: study, arm, scale, time."""
    clinical = finding.clinical
    assert clinical is not None
    arm = finding.arm.name if finding.arm else ""
    against = f" v {finding.comparator.name}" if finding.comparator else ""
    scale = "" if clinical.scale == "MADRS" else f", {clinical.scale}"
    word = f", {finding.measure}" if finding.measure.split(" ")[0] in ("any", "sustained") else ""
    among = f", {clinical.among}" if clinical.among and finding.unit != "d" else ""
    text = f"{study_name(finding)}: {arm}{against}{scale}{word}{among}, {_short(when(finding))}"
    return text if len(text) <= 74 else text[:71] + "…"


def _short(text: str) -> str:
    return text.removeprefix("at ")


def _set_limits(axes: Axes, rows: Sequence[Outcome]) -> None:
    units = {o.finding.unit for o in rows}
    if units == {"ratio"}:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
        axes.xaxis.set_minor_formatter(lambda x, _: "")
        axes.axvline(1, color=GRID, lw=1, zorder=1)
    elif units == {"%"} and not any(o.finding.contrast for o in rows):
        axes.set_xlim(-2, 102)
    else:
        axes.axvline(0, color=GRID, lw=1, zorder=1)


def _key(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    def bar(colour: str, text: str) -> Line2D:
        return Line2D([], [], color=colour, lw=4.2, alpha=_LIGHT, label=text)

    def mark(marker: str, colour: str, text: str) -> Line2D:
        return Line2D([], [], ls="", marker=marker, mfc=colour, mec=colour, ms=4, label=text)

    handles = [
        bar(HELD, "90 % of predicted trials, held back"),
        bar(USED, "the same, used to calibrate"),
        mark("o", INK, "observed, inside"),
        mark("D", MISS, "observed, outside"),
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=4, fontsize=7, handlelength=1.6)
