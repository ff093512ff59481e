"""The page of ``ketasim ledger``: each claim beside what was published and what the model says."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ketasim.evidence.systems import SYSTEMS
from ketasim.report import ledger_words as words
from ketasim.report.evidence_page import half_life_section
from ketasim.report.files import write_file
from ketasim.report.page_shell import Heading, Section, document, kept_together
from ketasim.report.style import house_style
from ketasim.report.tables import escape, table

if TYPE_CHECKING:
    from ketasim.evidence.claims_verdicts import Bearing, Judged
    from ketasim.evidence.half_life import HalfLives

_STANCES = {"unclear": "decides nothing", "silent": ""}


def ledger_report(
    entries: Sequence[Judged],
    folder: str | os.PathLike[str],
    *,
    provenance: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write ``report.html`` into a folder: one file that asks nothing of the network.

    Parameters
    ----------
    entries : sequence of Judged
        From `ketasim.evidence.claims_verdicts.judge_claims`.
    folder : path
        Made when absent.
    provenance : mapping of str to str, optional
        How to make it again.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    UserError
        When a file cannot be written.
    """
    from ketasim.evidence.half_life import half_lives

    wanted = any(entry.claim.half_lives for entry in entries)
    text = ledger_page(entries, half_lives() if wanted else None, provenance or {})
    return [write_file(Path(folder) / "report.html", text.encode("utf-8"))]


def ledger_page(
    entries: Sequence[Judged], halves: HalfLives | None, provenance: Mapping[str, str]
) -> str:
    """Return the page as one HTML document."""
    sections: list[Section] = [
        ("summary", "Summary", _paragraphs(words.summary_words(entries))),
        ("claims", "All claims", _overview(entries)),
    ]
    for system, name in SYSTEMS.items():
        mine = [entry for entry in entries if entry.claim.system == system]
        if mine:
            sections.append((system.lower(), escape(f"{system}: {name}"), _claims(mine)))
    if halves is not None:
        sections.append(("half-life-entry", "Half-life", _half_life(halves)))
    sections.append(("method", "How a verdict is reached", _paragraphs(words.METHOD)))
    if provenance:
        rows = [[escape(key), f"<code>{escape(value)}</code>"] for key, value in provenance.items()]
        made = table("What produced this page", ["item", "value"], rows)
        sections.append(("provenance", "Provenance", made))
    heading = Heading(
        kind="ketasim ledger",
        title="Claims, evidence and model",
        headline=words.headline(entries),
        meta=f"{len(entries)} claims",
    )
    return document(heading, sections)


def _paragraphs(texts: Sequence[str]) -> str:
    return "\n".join(f"<p>{kept_together(text)}</p>" for text in texts)


def _overview(entries: Sequence[Judged]) -> str:
    rows = [
        [
            f'<a href="#{escape(e.claim.id)}">{escape(e.claim.says)}</a>',
            escape(e.evidence),
            escape(words.model_verdict(e)),
        ]
        for e in entries
    ]
    said = [entry.evidence for entry in entries]
    choices = "".join(
        f'<option value="{v}">{v} ({said.count(v)})</option>' for v in words.CLAIM_VERDICTS
    )
    filters = (
        '<form class="filter" hidden><label>Search <input type="search" autocomplete="off">'
        f'</label> <label>Evidence says <select><option value="">all</option>{choices}</select>'
        "</label> <output></output></form>"
    )
    head = ["claim", "evidence", "model"]
    return filters + table("Claims and both verdicts", head, rows, (), "claims-table", said)


def _claims(entries: Sequence[Judged]) -> str:
    return "\n".join(_claim(entry) for entry in entries)


def _claim(entry: Judged) -> str:
    claim = entry.claim
    apart = words.relation(entry)
    more = f"<p><strong>{escape(apart)}</strong></p>" if apart else ""
    caution = f"<p>Keep in mind: {kept_together(claim.caution)}</p>" if claim.caution else ""
    halves = '<p><a href="#half-life-entry">The entry on half-lives</a></p>' * claim.half_lives
    return (
        f'<h3 id="{escape(claim.id)}">{kept_together(claim.says)}</h3>\n'
        f'<p class="meta">Said by: {escape(claim.by)}</p>\n'
        f"<dl><dt>Evidence: {entry.evidence}</dt>"
        f"<dd>{kept_together(words.evidence_sentences(entry))}</dd>\n"
        f"<dt>Model: {escape(words.model_verdict(entry))}</dt>"
        f"<dd>{kept_together(words.model_sentences(entry))}</dd></dl>\n"
        f"{more}{caution}{halves}\n"
        f"<details><summary>What bears on it ({len(entry.bearings)})</summary>\n"
        f"{_bearings(entry)}</details>"
    )


def _bearings(entry: Judged) -> str:
    head = ["what", "the claim expects", "seen", "model (95 %)"]
    rows = [_row(bearing) for bearing in entry.bearings]
    return table(f"What bears on: {entry.claim.says}", head, rows)


def _row(bearing: Bearing) -> list[str]:
    finding = bearing.link.finding
    kind = f"<code>{escape(finding.id)}</code>" if bearing.link.published else "simulation"
    memory = ", from memory" if finding.verified == "recall" else ""
    seen = escape(words.seen(bearing))
    if bearing.link.published:
        seen += f"<br><small>{_stance(bearing.observed)}</small>"
    return [
        f"{escape(words.what(bearing))}<br><small>{kind}{memory}</small>",
        escape(words.expected(bearing)),
        seen,
        f"{escape(words.shown(bearing))}<br><small>{_stance(bearing.model)}</small>",
    ]


def _stance(stance: str) -> str:
    return _STANCES.get(stance, f"{stance} it")


def _half_life(halves: HalfLives) -> str:
    from ketasim.report.figure_half_life import half_life_figure

    with house_style():
        picture = half_life_figure(halves)
    return half_life_section(halves, picture)
