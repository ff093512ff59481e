"""The page of ``ketasim regimen-search``: the trade-off, the frontier, every course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ketasim.report import regimen_words as words
from ketasim.report.page_shell import Heading, document, figure_element, kept_together
from ketasim.report.phrases import counted
from ketasim.report.tables import escape, table

if TYPE_CHECKING:
    from ketasim.inference.regimen_search import Outcome, Search
    from ketasim.report.style import Picture


def regimen_page(
    title: str, search: Search, pictures: Sequence[Picture], provenance: Mapping[str, str]
) -> str:
    """Return the page as one HTML document that asks nothing of the network.

    Parameters
    ----------
    title : str
    search : Search
    pictures : sequence of Picture
    provenance : mapping of str to str
        How to make it again.
    """
    front = _frontier(search)
    sections = [
        ("trade", "The trade-off", "\n".join(figure_element(p) for p in pictures)),
        ("frontier", "The frontier", _paragraphs([words.doubt(search)]) + front),
        ("courses", "Every course", _every(search)),
        ("limits", "What it cannot say", _listing(words.LIMITS)),
        ("measures", "Measures", _measures()),
        ("method", "Method", _paragraphs(words.method(search))),
        ("provenance", "Provenance", _provenance(provenance)),
    ]
    meta = (
        f"{counted(len(search.outcomes), 'course')} of treatment, {search.people} virtual patients"
    )
    heading = Heading("ketasim regimen-search", title, words.headline(search), meta=meta)
    return document(heading, sections)


def _paragraphs(texts: Sequence[str]) -> str:
    return "\n".join(f"<p>{kept_together(text)}</p>" for text in texts if text)


def _listing(texts: Sequence[str]) -> str:
    items = "\n".join(f"<li>{kept_together(text)}</li>" for text in texts)
    return f'<ul class="limits">{items}</ul>'


def _head(first: str) -> list[str]:
    head = [first, "aim"]
    head += [
        f"{name}<br><small>{unit}</small>" if unit else name
        for name, unit in zip(words.HEAD[1:], words.UNITS[1:], strict=True)
    ]
    return head


def _row(one: Outcome, name: str) -> list[str]:
    row = [
        escape(value) + (f"<br><small>{escape(span)}</small>" if span else "")
        for value, span in words.cells(one)[1:]
    ]
    return [escape(name), words.mark(one), *row]


def _frontier(search: Search) -> str:
    rows = [_row(one, one.candidate.name) for one in search.front]
    caption = "Courses that no other beats in sessions and aim, fewest sessions first"
    head = _head("course")
    return table(caption, head, rows, tuple(range(2, len(head))))


def _every(search: Search) -> str:
    parts = []
    for treatment, found in words.by_treatment(search.outcomes).items():
        rows = [_row(one, words.cells(one)[0][0]) for one in found]
        head = _head(words.HEAD[0])
        parts.append(table(treatment, head, rows, tuple(range(2, len(head)))))
    key = (
        "✓ meets aim and limits with its whole 95 % interval, (✓) with its value only, – does "
        "not. Small: 95 % interval of finitely many virtual patients."
    )
    lost = sum(one.lost for one in search.outcomes)
    told = f" {counted(lost, 'simulated course')} could not be computed." if lost else ""
    return _paragraphs([key + told]) + "\n".join(parts)


def _measures() -> str:
    rows = [[escape(word), escape(unit), escape(text)] for word, unit, text in words.meanings()]
    return table("What a course is judged by", ["measure", "unit", "meaning"], rows)


def _provenance(provenance: Mapping[str, str]) -> str:
    rows = [[escape(key), f"<code>{escape(value)}</code>"] for key, value in provenance.items()]
    return table("How to make it again", ["what", "value"], rows)
