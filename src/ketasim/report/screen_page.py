"""The page of ``ketasim screen``: the front, the numbers, and what was not told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ketasim.report import screen_words as words
from ketasim.report.page_shell import Heading, document, figure_element, kept_together
from ketasim.report.phrases import counted, number, percent
from ketasim.report.tables import escape, table

if TYPE_CHECKING:
    from ketasim.inference.screen import Screened
    from ketasim.report.style import Picture


def screen_page(
    title: str,
    screened: Sequence[Screened],
    pictures: Sequence[Picture],
    people: int,
    provenance: Mapping[str, str],
) -> str:
    """Return the page as one HTML document that asks nothing of the network.

    Parameters
    ----------
    title : str
    screened : sequence of Screened
        Best first.
    pictures : sequence of Picture
    people : int
        Virtual patients in each draw.
    provenance : mapping of str to str
        How to make it again.
    """
    n = len(screened[0].measures) - 1
    sections = [
        ("front", "The front", "\n".join(figure_element(p) for p in pictures)),
        ("ranking", "Ranking", _ranking(screened)),
        ("limits", "What it cannot say", _listing(words.LIMITS)),
        ("molecules", "Molecules", _molecules(screened)),
        ("told", "Numbers told", _told(screened)),
        ("method", "Method", _paragraphs(words.method(n, people))),
        ("provenance", "Provenance", _provenance(provenance)),
    ]
    meta = f"{counted(len(screened), 'molecule')}, {n} draws, {people} virtual patients in each"
    heading = Heading("ketasim screen", title, words.headline(screened), meta=meta)
    return document(heading, sections)


def _paragraphs(texts: Sequence[str]) -> str:
    return "\n".join(f"<p>{kept_together(text)}</p>" for text in texts)


def _listing(texts: Sequence[str]) -> str:
    items = "\n".join(f"<li>{kept_together(text)}</li>" for text in texts)
    return f'<ul class="limits">{items}</ul>'


def _ranking(screened: Sequence[Screened]) -> str:
    head = [
        f"{name}<br><small>{unit}</small>" if unit else name
        for name, unit in zip(words.HEAD, words.UNITS, strict=True)
    ]
    rows = []
    for one in screened:
        row = words.cells(one)
        rows.append(
            [
                escape(value) + (f"<br><small>{escape(span)}</small>" if span else "")
                for value, span in row
            ]
        )
    caption = "Best first; small: middle 90 % of the draws; advantages in MADRS points over saline"
    return table(caption, head, rows, tuple(range(1, len(head))))


def _molecules(screened: Sequence[Screened]) -> str:
    rows = []
    for one in screened:
        given = one.candidate
        told = [words.greatest(one)]
        told.append(f"effect to speak of in {percent(one.effective)} of the draws")
        if one.told("kappa") > 0:
            told.append(f"kappa receptors occupied to {percent(one.told('kappa'))} at most")
        if one.lost:
            told.append(f"{counted(one.lost, 'simulated patient')} could not be computed")
        rows.append(
            [
                escape(given.name),
                escape(given.regimen_text),
                _lines(told),
                _lines([*([given.note] if given.note else []), *given.assumptions]),
            ]
        )
    head = ["molecule", "given", "found", "notes, and what was not told"]
    return table("Each molecule", head, rows)


def _told(screened: Sequence[Screened]) -> str:
    rows = []
    for one in screened:
        given = one.candidate
        numbers = ", ".join(f"{name} {number(value)}" for name, value in given.numbers.items())
        rows.append([escape(given.name), escape(numbers), escape(given.source or "none told")])
    caption = "In nM, L, L/h, 1/h, g/mol and shares, as read from the file"
    body = table(caption, ["molecule", "numbers", "source"], rows)
    return f"<details><summary>Every number, and its source</summary>\n{body}\n</details>"


def _lines(texts: Sequence[str]) -> str:
    return "<br>".join(escape(text[0].upper() + text[1:] + ".") for text in texts if text)


def _provenance(provenance: Mapping[str, str]) -> str:
    rows = [[escape(key), f"<code>{escape(value)}</code>"] for key, value in provenance.items()]
    return table("How to make it again", ["what", "value"], rows)
