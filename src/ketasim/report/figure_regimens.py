"""Sessions against what they buy: every course of treatment, the frontier, and time courses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figure_marks import label_marks
from ketasim.report.phrases import counted, number
from ketasim.report.regimen_words import by_treatment, of_whom
from ketasim.report.style import (
    GRID,
    INK,
    MUTED,
    PALETTE,
    SERIES,
    Picture,
    new_figure,
    panel_letters,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ketasim.inference.regimen_search import Outcome, Search

TITLE = "Sessions and what they buy"
MOST_COURSES = 5
MOST_LABELS = 9
_FORMS = {  # what follows the first course: (mark, words)
    "none": ("X", "stop and follow"),
    "interval": ("o", "set interval"),
    "taper": ("s", "taper"),
    "spacing": ("D", "spaced by severity"),
    "boosters": ("^", "boosters when called for"),
    "other": ("P", "another policy"),
}


def regimens_figure(search: Search) -> Picture:
    """Draw every candidate's sessions against the aim, and courses of those on the frontier.

    Parameters
    ----------
    search : Search
        From `ketasim.inference.regimen_search.search_regimens`.
    """
    figure = new_figure(7.4, 7.6)
    above, below = figure.subplots(2, 1, gridspec_kw={"height_ratios": [1.5, 1]})
    _trade(above, search)
    _courses(below, search)
    panel_letters([above, below])
    _key(figure, search)
    figure.draw_without_rendering()
    _name(above, search)
    return Picture("tradeoff", TITLE, figure, _caption(search), _alt(search))


def _at(one: Outcome, search: Search) -> tuple[float, float]:
    return one.sessions.value, one.values[search.aim.measure.word].value


def _seen(search: Search) -> list[Outcome]:
    """Return those that have a place in the picture."""
    return [one for one in search.outcomes if np.isfinite(_at(one, search)).all()]


def _trade(axes: Axes, search: Search) -> None:
    """Draw sessions against the aim, with the limit and the frontier."""
    aim = search.aim
    axes.axhline(aim.limit, color=PALETTE["vermillion"][0], lw=1.0, ls=(0, (4, 2)), zorder=1)
    front = [_at(one, search) for one in search.front]
    if len(front) > 1:
        xs, ys = zip(*front, strict=True)
        axes.step(xs, ys, where="post", color=GRID, lw=2.4, zorder=1.5)
    groups = by_treatment(_seen(search))
    for k, found in enumerate(groups.values()):
        colour = SERIES[k % len(SERIES)][0]
        for one in found:
            _mark(axes, one, search, colour)
    axes.set_xlabel(f"sessions with drug{of_whom(search)} until {aim.at}")
    axes.set_ylabel(aim.measure.label)
    axes.set_title(f"Sessions against {aim.measure.word}")
    axes.margins(0.09)
    low, high = axes.get_ylim()
    if aim.measure.unit == "%":
        axes.set_ylim(max(0.0, min(low, aim.limit - 5)), min(101.0, max(high, aim.limit + 5)))
    axes.annotate(
        aim.text, (1.0, aim.limit), xycoords=("axes fraction", "data"), xytext=(-2, 3),
        textcoords="offset points", ha="right", fontsize=7.5, color=PALETTE["vermillion"][0],
    )  # fmt: skip


def _mark(axes: Axes, one: Outcome, search: Search, colour: str) -> None:
    """Draw one candidate: filled on the frontier, with its interval there."""
    x, y = _at(one, search)
    value = one.values[search.aim.measure.word]
    if one.front:
        axes.plot([x, x], [value.low, value.high], color=colour, lw=1.1, alpha=0.7, zorder=2)
    axes.plot(
        x, y, _form(one), mfc=colour if one.front else PALETTE["paper"][0], mec=colour,
        ms=6.2 if one.front else 4.8, mew=1.1, ls="none", zorder=4 if one.front else 3,
        alpha=1.0 if one.front else 0.75,
    )  # fmt: skip


def _form(one: Outcome) -> str:
    return _FORMS.get(one.candidate.kind, _FORMS["other"])[0]


def _name(axes: Axes, search: Search) -> None:
    from matplotlib.patheffects import withStroke

    best = [search.best] if search.best is not None else []
    chosen = _unlike([*best, *search.front])[:MOST_LABELS]
    label_marks(
        axes,
        [_at(one, search) for one in chosen],
        [one.candidate.short for one in chosen],
        [_at(one, search) for one in _seen(search)],
    )
    for text in axes.texts:
        text.set_path_effects([withStroke(linewidth=2, foreground=PALETTE["paper"][0])])


def shown_courses(search: Search) -> list[Outcome]:
    """Return whose time courses are drawn: ends and middle of the frontier, and the best."""
    front = _unlike(search.front or search.outcomes[:1])
    best = search.best
    if best is not None:
        front = [one for one in front if one.candidate.short != best.candidate.short]
    most = min(len(front), MOST_COURSES - (best is not None))
    places = np.unique(np.linspace(0, len(front) - 1, most).round().astype(int)) if most else []
    chosen = [front[k] for k in places] + ([best] if best is not None else [])
    return sorted(chosen, key=lambda one: one.sessions.value)


def _unlike(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return outcomes without those that a label would call the same."""
    return list({one.candidate.short: one for one in reversed(outcomes)}.values())[::-1]


def _courses(axes: Axes, search: Search) -> None:
    """Draw the mean observed score in time."""
    for one, (colour, dashes, _) in zip(shown_courses(search), SERIES, strict=False):
        name = f"{one.candidate.short} ({one.sessions.value:.1f} sessions)"
        axes.plot(*one.course.T, color=colour, ls=dashes, lw=1.5, label=name)
    axes.set_xlabel("weeks from the first session")
    axes.set_ylabel(f"mean observed MADRS{of_whom(search).replace(' per ', ' of ')}s")
    axes.set_title("In time, on the frontier")
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper right", fontsize=7.5)


def _key(figure: Figure, search: Search) -> None:
    from matplotlib.lines import Line2D

    kinds = [k for k in _FORMS if any(_form(o) == _FORMS[k][0] for o in search.outcomes)]
    handles = [
        Line2D([], [], marker=_FORMS[k][0], mfc="none", mec=INK, ms=5.5, ls="none",
               label=_FORMS[k][1])
        for k in kinds
    ]  # fmt: skip
    for k, name in enumerate(by_treatment(_seen(search))):
        colour = SERIES[k % len(SERIES)][0]
        handles.append(Line2D([], [], marker="s", color=colour, ms=6, ls="none", label=name))
    handles.append(Line2D([], [], color=MUTED, lw=1.1, label="95 % interval"))
    figure.legend(
        handles=handles, loc="outside upper left", ncols=3, fontsize=7.5, handlelength=1.4,
        labelcolor=INK,
    )  # fmt: skip


def _caption(search: Search) -> str:
    return (
        f"{counted(len(search.outcomes), 'course')} of treatment in the same "
        f"{search.people} virtual patients. A: sessions{of_whom(search)} against "
        f"{search.aim.measure.word} at {search.aim.at}; filled and joined by steps: those that no "
        "other beats, with the 95 % interval of finitely many patients; dashed: the aim. Labels: "
        "sessions of the first course, and what follows. B: mean observed MADRS of those patients, "
        "without the error of the mean."
    )


def _alt(search: Search) -> str:
    told = "; ".join(_told(search.front, search))
    return f"Scatter plot of sessions against {search.aim.measure.word}; frontier: {told}."


def _told(outcomes: Sequence[Outcome], search: Search) -> list[str]:
    word = search.aim.measure.word
    return [
        f"{one.candidate.short}, {number(one.sessions.value)} sessions, "
        f"{number(one.values[word].value, 2)} {search.aim.measure.unit}".rstrip()
        for one in outcomes
    ]
