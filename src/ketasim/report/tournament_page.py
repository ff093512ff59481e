"""The page of ``ketasim tournament``: what all fail, then weights, and what would settle it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ketasim.report import tournament_words as words
from ketasim.report.page_shell import Heading, Section, document, figure_element, kept_together
from ketasim.report.phrases import counted, listed, number, percent
from ketasim.report.tables import escape, table
from ketasim.report.tournament_tables import (
    carried_table,
    chances_table,
    decided_tables,
    failed_table,
    known_table,
    proposed_table,
    shifts_table,
    together_table,
    weights_table,
)

if TYPE_CHECKING:
    from ketasim.inference.tournament.summary import Summary
    from ketasim.report.style import Missing, Picture

Drawn = Mapping[str, "Picture | Missing"]
SHOWN = 15
"""Rows that stand open where every hypothesis fails more."""
TITLE = "The tournament: which mechanism, how sure, and what would settle it"


def draw_tournament(found: Summary) -> dict[str, Picture | Missing]:
    """Draw every figure of the page, by name."""
    from ketasim.report.figure_carried import carried_figure
    from ketasim.report.figure_chances import chances_figure
    from ketasim.report.figure_known import known_figure
    from ketasim.report.figure_weights import weights_figure
    from ketasim.report.style import house_style

    with house_style():
        made = (weights_figure, chances_figure, carried_figure, known_figure)
        return {picture.name: picture for picture in (draw(found) for draw in made)}


def tournament_page(found: Summary, pictures: Drawn, provenance: Mapping[str, str]) -> str:
    """Return the page as one HTML document that asks nothing of the network.

    Parameters
    ----------
    found : Summary
    pictures : mapping of str to Picture or Missing
        From `draw_tournament`.
    provenance : mapping of str to str
        How to make it again.
    """
    sections: list[Section] = [
        ("failed", "What every hypothesis fails", _failed(found)),
        ("weights", "Weights", _weights(found, pictures)),
        ("hypotheses", "The hypotheses", _hypotheses(found)),
        ("sensitivity", "What overturns it", _shifts(found)),
        ("reports", "What decided it", _reports(found, pictures)),
        ("attribution", "Who carries the effect", _carried(found, pictures)),
        ("identifiability", "What the evidence does not inform", _known(found, pictures)),
        ("next", "The next experiment", _proposed(found)),
        ("limits", "What it cannot say", _listing(words.LIMITS)),
        ("method", "Method", _paragraphs(words.method(found.facts))),
        ("provenance", "Provenance", _provenance(provenance)),
    ]
    meta = (
        f"{counted(len(found.hypotheses), 'hypothesis', 'hypotheses')}, "
        f"{counted(len(found.reports), 'report')}, "
        f"{found.facts.get('particles', '?')} particles each"
    )
    heading = Heading("ketasim tournament", TITLE, words.headline(found), meta=meta)
    return document(heading, sections)


def _paragraphs(texts: Sequence[str]) -> str:
    return "\n".join(f"<p>{kept_together(text)}</p>" for text in texts)


def _listing(texts: Sequence[str]) -> str:
    items = "\n".join(f"<li>{kept_together(text)}</li>" for text in texts)
    return f'<ul class="limits">{items}</ul>'


def folded(summary: str, body: str) -> str:
    """Return what is opened by a click."""
    return f"<details><summary>{escape(summary)}</summary>\n{body}\n</details>"


def _failed(found: Summary) -> str:
    text = _paragraphs([words.failed_words(found)])
    if not found.failed:
        return text
    text += failed_table(found, 0, SHOWN)
    rest = len(found.failed) - SHOWN
    if rest > 0:
        text += folded(f"{rest} more that every hypothesis fails", failed_table(found, SHOWN))
    return text


def _weights(found: Summary, pictures: Drawn) -> str:
    text = _paragraphs(words.weight_words(found))
    return text + figure_element(pictures["weights"]) + weights_table(found)


def _hypotheses(found: Summary) -> str:
    told = []
    for k in found.ranking:
        each = found.hypotheses[k]
        by = f" Said by: {listed([words.champion(key) for key in each.champions])}."
        told.append(
            f"<dt>{escape(each.title)}<br><small>{escape(percent(each.weight))}</small></dt>"
            f"<dd>{kept_together(each.sentence)}<small>{escape(by)} "
            f"Carried by: {escape(', '.join(each.mechanisms))}.</small></dd>"
        )
    return f"<dl>{''.join(told)}</dl>"


def _shifts(found: Summary) -> str:
    text = _paragraphs(words.shift_words(found))
    turned = words.overturned(found)
    text += _listing([words.turned_words(found, each) for each in turned]) if turned else ""
    if not found.shifts:
        return text
    rough = words.rough_words(found)
    text += _paragraphs([rough]) if rough else ""
    return text + folded("Every choice tried", shifts_table(found))


def _reports(found: Summary, pictures: Drawn) -> str:
    text = decided_tables(found) if found.decided else ""
    text += _paragraphs([words.CHANCE]) + figure_element(pictures["chances"])
    return text + folded(f"All {counted(len(found.reports), 'report')}", chances_table(found))


def _carried(found: Summary, pictures: Drawn) -> str:
    text = _paragraphs(words.carried_words(found)) + figure_element(pictures["carried"])
    if found.together:
        text += together_table(found)
    return text + (folded("Every share", carried_table(found)) if found.carried else "")


def _known(found: Summary, pictures: Drawn) -> str:
    text = _paragraphs(words.known_words(found)) + figure_element(pictures["known"])
    return text + (folded("Every parameter", known_table(found)) if found.known else "")


def _proposed(found: Summary) -> str:
    text = _paragraphs(words.proposed_words(found))
    if not found.proposed:
        return text
    note = (
        "Bits: expected information about the hypotheses, 1 bit halves what is not known between "
        "two of equal weight. Experiments are ranked with even odds among the heaviest "
        "hypotheses, because evidence supposes that one of them is right"
        f"{_open_bits(found)}."
    )
    return text + proposed_table(found) + _paragraphs([note])


def _open_bits(found: Summary) -> str:
    """Say what is not known about the hypotheses under those weights."""
    bits = found.facts.get("open_bits")
    return f"; {number(float(bits), 2)} bits are open then" if bits is not None else ""


def _provenance(provenance: Mapping[str, str]) -> str:
    rows = [[escape(key), f"<code>{escape(value)}</code>"] for key, value in provenance.items()]
    return table("How to make it again", ["what", "value"], rows)
