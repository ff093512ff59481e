"""The page: sections in order, one HTML file without any outside request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ketasim.report import summary, tables
from ketasim.report.figures import draw_all
from ketasim.report.limits import limits
from ketasim.report.page_shell import Heading, document, figure_element, kept_together
from ketasim.report.phrases import counted, percent
from ketasim.report.published import published_checks
from ketasim.report.tables import escape
from ketasim.report.words import answer, headline

if TYPE_CHECKING:
    from ketasim.report.contents import ReportInput
    from ketasim.report.style import Missing, Picture


def page(contents: ReportInput) -> str:
    """Return the whole report as one HTML document."""
    if not contents.checks:
        contents = replace(contents, checks=published_checks(contents))
    pictures = draw_all(contents)
    sections = [
        ("answer", "Answer", _answer(contents)),
        ("limits", "Limits and misses", _limits(contents)),
        ("persons", "Persons and doses", tables.arms_table(contents)),
        ("body", "Drug and target", _figures(pictures, "concentration", "engagement")),
        ("clocks-section", "Three clocks", _figures(pictures, "clocks")),
        ("mood-section", "Mood", _mood(contents, pictures)),
        ("who-carries", "Attribution", _attribution(contents, pictures)),
        ("safety-section", "Dissociation and circulation", _figures(pictures, "safety")),
        ("mechanisms", "Mechanisms", _mechanisms(contents)),
        ("parameters", "Parameters", _parameters(contents)),
        ("credibility", "Credibility", _credibility(contents)),
        ("provenance", "Provenance", _provenance(contents)),
        *((("sources", "Sources", _references(contents)),) if contents.references else ()),
    ]
    version = contents.provenance.get("ketasim", "")
    heading = Heading(
        kind="ketasim report",
        title=contents.title,
        headline=headline(contents),
        question=contents.question,
        meta=_meta(contents),
        generator=f"ketasim {version}".strip(),
    )
    return document(heading, sections)


def _meta(contents: ReportInput) -> str:
    n = contents.main.sizes["individual"]
    parts = [f"{counted(n, 'simulated person')} per arm", f"arms: {', '.join(contents.arms)}"]
    regimen = contents.main.attrs.get("regimen")
    parts += [f"regimen: {regimen}"] if regimen else []
    return " · ".join(parts)


def _paragraphs(texts) -> str:
    return "\n".join(f"<p>{kept_together(text)}</p>" for text in texts)


def _answer(contents: ReportInput) -> str:
    told = []
    for paragraph in answer(contents):
        told.append(f"<p>{kept_together(paragraph.text)}</p>")
        items = "\n".join(f"<li>{kept_together(item)}</li>" for item in paragraph.items)
        told.append(f"<ul>{items}</ul>" if items else "")
    return "\n".join(told) or _paragraphs([headline(contents)])


def _limits(contents: ReportInput) -> str:
    items = "\n".join(f"<li>{kept_together(text)}</li>" for text in limits(contents))
    text = f'<ul class="limits">{items}</ul>'
    return text + (tables.checks_table(contents) if contents.checks else "")


def _figures(pictures: dict[str, Picture | Missing], *names: str) -> str:
    return "\n".join(figure_element(pictures[name]) for name in names)


def _folded(summary_text: str, body: str) -> str:
    return f"<details><summary>{escape(summary_text)}</summary>\n{body}\n</details>"


def _mood(contents: ReportInput, pictures) -> str:
    text = _figures(pictures, "mood", "rates")
    rates = tables.rates_table(contents)
    return text + (_folded("Response and remission as numbers", rates) if rates else "")


def _attribution(contents: ReportInput, pictures) -> str:
    text = _figures(pictures, "attribution")
    if not contents.attribution:
        return text
    body = "\n".join(tables.attribution_table(given) for given in contents.attribution)
    return text + _folded("Attribution as numbers", body)


def _mechanisms(contents: ReportInput) -> str:
    if not contents.mechanisms:
        return _paragraphs(["No mechanism list was given to this report."])
    return tables.mechanisms_table(contents)


def _parameters(contents: ReportInput) -> str:
    counts = summary.tier_counts(contents.parameters)
    n = sum(counts.values())
    if n == 0:
        return _paragraphs(["No parameter table was given to this report."])
    chosen = counts["assumed"] + counts["calibrated"]
    told = (
        f"{counted(n, 'parameter')}: {percent(chosen / n)} assumed or calibrated, "
        f"{percent((n - chosen) / n)} measured or derived from measurements."
    )
    bar = "".join(
        f'<span class="tier {escape(tier)}" style="flex:{count}">{count} {escape(tier)}</span>'
        for tier, count in counts.items()
        if count
    )
    choices = "".join(
        f'<option value="{escape(tier)}">{escape(tier)} ({count})</option>'
        for tier, count in counts.items()
    )
    filters = (
        '<form class="filter" hidden><label>Search <input type="search" id="parameter-search" '
        'autocomplete="off"></label> <label>Tier <select id="parameter-tier"><option value="">'
        f'all</option>{choices}</select></label> <output id="parameter-count"></output></form>'
    )
    body = filters + tables.parameters_table(contents)
    return (
        f'<p>{escape(told)}</p><div class="tiers" role="img" aria-label="{escape(_tiers(counts))}">'
        f"{bar}</div>{_folded(f'Show all {n:,} parameters', body)}"
    )


def _tiers(counts: dict[str, int]) -> str:
    return "Parameters per tier: " + ", ".join(f"{count} {tier}" for tier, count in counts.items())


def _references(contents: ReportInput) -> str:
    items = "".join(
        f'<li id="ref-{escape(key)}"><code>{escape(key)}</code> {escape(text)}</li>'
        for key, text in contents.references.items()
    )
    return _folded(
        f"Show all {len(contents.references)} sources", f'<ul class="references">{items}</ul>'
    )


def _credibility(contents: ReportInput) -> str:
    counts = dict.fromkeys(("error", "warning", "ok"), 0)
    for row in contents.lint:
        counts[row.severity] = counts.get(row.severity, 0) + 1
    lint = ", ".join(f"{count} {severity}" for severity, count in counts.items())
    verdicts: dict[str, int] = {}
    for check in contents.checks:
        key = f"{check.verdict} ({'in view' if check.role == 'calibrate' else 'held back'})"
        verdicts[key] = verdicts.get(key, 0) + 1
    evidence = "; ".join(f"{count} {key}" for key, count in verdicts.items())
    items = (
        ("Question of interest", contents.question),
        ("Context of use", contents.context_of_use),
        ("Model influence", contents.influence),
        ("Decision consequence and risk", contents.risk),
        ("Verification", f"Model lint: {lint}." if contents.lint else "Model lint was not run."),
        ("Validation", f"{evidence}." if evidence else "No comparison with evidence was made."),
        ("Uncertainty", "See Limits and misses; spread and uncertainty of each number are listed."),
    )
    told = "".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in items)
    intro = "Headings after ICH M15 and ASME V&V 40."
    table = tables.lint_table(contents) if contents.lint else ""
    return f"{_paragraphs([intro])}<dl>{told}</dl>{table}"


def _provenance(contents: ReportInput) -> str:
    if not contents.provenance:
        return _paragraphs(
            ["No provenance was given to this report: it cannot be rerun from here."]
        )
    return tables.provenance_table(contents)
