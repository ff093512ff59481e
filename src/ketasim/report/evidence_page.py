"""The page of ``ketasim evidence``: what findings say, what the model says, and the verdicts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ketasim.report import evidence_words as words
from ketasim.report.clinical_section import METHOD as TRIALS
from ketasim.report.clinical_section import clinical_section
from ketasim.report.evidence_points import study_name
from ketasim.report.files import write_file
from ketasim.report.page_shell import Heading, document, figure_element, kept_together
from ketasim.report.phrases import number
from ketasim.report.style import Missing, Picture, house_style
from ketasim.report.tables import escape, table

if TYPE_CHECKING:
    from ketasim.evidence import Outcome, Summary
    from ketasim.evidence.half_life import HalfLives

Section = tuple[str, str, str]
"""Name, heading and body."""


def evidence_report(
    outcomes: Sequence[Outcome],
    summary: Summary,
    folder: str | os.PathLike[str],
    *,
    ledger: bool = True,
    provenance: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write ``report.html`` into a folder: one file that asks nothing of the network.

    Parameters
    ----------
    outcomes : sequence of Outcome
        From `ketasim.evidence.predict`.
    summary : Summary
        Of these outcomes.
    folder : path
        Made when absent.
    ledger : bool
        Whether the entry on ketamine's half-lives, which is simulated here, is a part.
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

    text = evidence_page(outcomes, summary, half_lives() if ledger else None, provenance or {})
    return [write_file(Path(folder) / "report.html", text.encode("utf-8"))]


def evidence_page(
    outcomes: Sequence[Outcome],
    summary: Summary,
    halves: HalfLives | None,
    provenance: Mapping[str, str],
) -> str:
    """Return the page as one HTML document."""
    pictures = draw(outcomes, summary, halves)
    sections: list[Section] = [
        ("summary", "Summary", _paragraphs(words.summary_words(outcomes, summary))),
        ("map", "By system", figure_element(pictures["evidence-map"])),
        ("misses", "Misses", _misses(outcomes)),
    ]
    if any(each.finding.clinical for each in outcomes):
        sections.append(("trials", "Trials", clinical_section(outcomes, summary, pictures)))
    sections += [
        ("observed", "Observed and predicted", figure_element(pictures["evidence"])),
        ("spread-section", "Spread between people", figure_element(pictures["spread"])),
    ]
    if halves is not None:
        sections.append(
            ("half-life-entry", "Half-life", half_life_section(halves, pictures["half-life"]))
        )
    sections += [
        ("findings", "All findings", _findings(outcomes)),
        ("method", "How a verdict is reached", _paragraphs((*METHOD, TRIALS))),
    ]
    if provenance:
        sections.append(("provenance", "Provenance", _provenance(provenance)))
    return _document(words.headline(summary), len(outcomes), sections)


METHOD = (
    "Each finding is simulated as its study was done: regimen, people, site of sampling and "
    "statistic. The prediction is the statistic over virtual participants; its 95 % interval "
    "holds what is not known of the parameters. The error of the observation is what the study "
    "prints, or the model's own spread between people over √n.",
    "A direction is judged by draws of what is not known of the parameters: reproduced where at "
    "least 80 % of them show it, contradicted where at most 20 % do. What a manipulation did to a "
    "drug's effect is the share of it that is left: blocked up to 0.4, attenuated up to 0.8, kept "
    "from 0.6 on. Contested findings, which another finding contradicts, are scored apart.",
    "Reproduced: the prediction lies within 1.5-fold of the observation (or the fold that the "
    "finding states). Contradicted: the whole 95 % interval of predicted over observed lies "
    "outside. Not resolved: anything between. Out of scope: it cannot be run, and the table says "
    "why. Findings marked as used to calibrate were in view when parameters were set; those held "
    "back were not.",
)


def draw(
    outcomes: Sequence[Outcome], summary: Summary, halves: HalfLives | None
) -> dict[str, Picture | Missing]:
    """Draw every picture of the page, by name."""
    from ketasim.report.figure_clinical import clinical_forests
    from ketasim.report.figure_evidence import observed_predicted, spread_figure
    from ketasim.report.figure_evidence_map import evidence_map
    from ketasim.report.figure_half_life import half_life_figure

    with house_style():
        drawn = [observed_predicted(outcomes, summary), spread_figure(outcomes)]
        drawn += [evidence_map(summary), *clinical_forests(outcomes)]
        drawn += [half_life_figure(halves)] if halves is not None else []
    return {picture.name: picture for picture in drawn}


def _paragraphs(texts: Sequence[str]) -> str:
    return "\n".join(f"<p>{kept_together(text)}</p>" for text in texts)


def _listing(texts: Sequence[str]) -> str:
    items = "\n".join(f"<li>{kept_together(text)}</li>" for text in texts)
    return f'<ul class="limits">{items}</ul>'


def _misses(outcomes: Sequence[Outcome]) -> str:
    against = words.misses(outcomes, "contradicted")
    unclear = words.misses(outcomes, "not resolved")
    text = "<p>No finding that counts is contradicted.</p>"
    if against:
        text = f"<p>Contradicted, the greatest miss first:</p>{_listing(against)}"
    if unclear:
        text += (
            f"<details><summary>Not resolved: {len(unclear)} findings</summary>\n"
            f"{_listing(unclear)}</details>"
        )
    return text


def half_life_section(halves: HalfLives, picture: Picture | Missing) -> str:
    """Return the entry on half-lives: what it says, its picture, and the values."""
    from ketasim.report.half_life_words import CLAIM, entry

    rows = [
        [
            escape(r.published.short),
            _hours(r.published.half_life_h, r.published.low_h, r.published.high_h),
            number(r.model_h, 2),
            f"{number(r.start_h, 2)} to {number(r.end_h, 2)}" if r.window_told else "not told",
            f"<strong>{escape(r.verdict)}</strong>",
            f"{escape(r.published.citation)} ({escape(r.published.place)})<br>"
            f"<small>{escape(r.published.note)}</small>",
        ]
        for r in halves.readings
    ]
    head = ["source", "published (h)", "model (h)", "window (h)", "verdict", "where, and notes"]
    caption = "Published half-lives and the model; where no window is told, the nearest it gives"
    apart = (
        "Some of these values also stand among the findings. There they are judged in windows "
        "that were assumed where none is told; here only in windows that are told."
    )
    return (
        f"<p>Claim in articles: <em>{escape(CLAIM)}</em></p>{_paragraphs([*entry(halves), apart])}"
        f"{figure_element(picture)}"
        f"<details><summary>The values as numbers</summary>\n{table(caption, head, rows, (2,))}"
        "\n</details>"
    )


def _hours(value: float, low: float, high: float) -> str:
    return f"{number(low, 2)} to {number(high, 2)}" if high > low else number(value, 2)


def _findings(outcomes: Sequence[Outcome]) -> str:
    rows = [_row(outcome) for outcome in outcomes]
    verdicts = [outcome.verdict for outcome in outcomes]
    choices = "".join(
        f'<option value="{verdict}">{verdict} ({verdicts.count(verdict)})</option>'
        for verdict in words.VERDICTS
    )
    filters = (
        '<form class="filter" hidden><label>Search <input type="search" autocomplete="off">'
        f'</label> <label>Verdict <select><option value="">all</option>{choices}</select></label> '
        "<output></output></form>"
    )
    head = ["study", "finding", "observed", "predicted (95 %; trials 90 %)", "fold", "verdict"]
    caption = f"All {len(rows):,} findings, in the unit of the study"
    return filters + table(caption, head, rows, (4,), "findings-table", verdicts)


def _row(outcome: Outcome) -> list[str]:
    finding = outcome.finding
    role = "held back" if finding.role == "validate" else "used to calibrate"
    role += ", from memory" if finding.verified == "recall" else ""
    without = finding.excluded or (f"tells again {finding.same_as}" if finding.same_as else "")
    asides = (f"does not count: {without}" if without else "", outcome.reason)
    aside = "; ".join(text for text in asides if text)
    verdict = f"<strong>{escape(outcome.verdict)}</strong>"
    verdict = verdict if words.counts(outcome) else f"({escape(outcome.verdict)})"
    fold = number(outcome.fold, 2) if outcome.log_fold == outcome.log_fold else ""
    return [
        f"{escape(study_name(finding))}<br><small>{escape(role)}</small>",
        f"{escape(words.what(finding))}<br><small><code>{escape(finding.id)}</code></small>",
        escape(words.observed(outcome)),
        escape(words.predicted(outcome)),
        fold,
        f"{verdict}<br><small>{escape(aside)}</small>" if aside else verdict,
    ]


def _provenance(provenance: Mapping[str, str]) -> str:
    rows = [[escape(key), f"<code>{escape(value)}</code>"] for key, value in provenance.items()]
    return table("What produced this page", ["item", "value"], rows)


def _document(headline: str, n: int, sections: Sequence[Section]) -> str:
    heading = Heading(
        kind="ketasim evidence",
        title="Findings and verdicts",
        headline=headline,
        meta=f"{n:,} findings run against the model",
    )
    return document(heading, sections)
