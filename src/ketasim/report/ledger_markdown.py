"""The ledger of claims as a page of the documentation, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ketasim.evidence.systems import SYSTEMS
from ketasim.report import ledger_words as words

if TYPE_CHECKING:
    from ketasim.evidence.claims_verdicts import Bearing, Judged
    from ketasim.evidence.half_life import HalfLives

EXAMPLE = """\
[[experiment]]                 # arms, in the words of a file of findings
name = "patients"
population = { name = "trd" }

[[experiment.arm]]
name = "saline"
regimen = [{ drug = "saline", route = "infusion", over = "40 min" }]

[[experiment.arm]]
name = "ketamine"
regimen = [{ drug = "ketamine", dose = "0.5 mg/kg", route = "infusion", over = "40 min" }]

[[claim]]
id = "lasts-a-week"
says = "One infusion lasts a week."
by = "An article"
system = "S10"
rule = "weigh"                 # or "every", "some"
caution = "Three in ten still responding counts as lasting."

[[claim.finding]]              # a published finding, by its id
id = "han2016_resp_day7"
at_least = 30.0                # what would be seen if the claim were true

[[claim.check]]                # a simulation: the fields of a finding, nothing seen
what = "MADRS a week after one infusion against saline"
experiment = "patients"
arm = "ketamine"
comparator = "saline"
output = "MADRS"
measure = "value"
at = "7 d"
expects = "down"
"""
MADE = "`ketasim ledger --docs docs/ledger.md` writes this page; do not edit it by hand."


def ledger_markdown(entries: Sequence[Judged], halves: HalfLives | None) -> str:
    """Return the page: a table of all claims, then each with what bears on it."""
    parts = [
        "# The claim ledger",
        words.headline(entries),
        *words.summary_words(entries),
        MADE,
        _overview(entries),
        "## How a verdict is reached",
        *words.METHOD,
        "## A claim of your own",
        "Claims are files under [`src/ketasim/evidence/claims`](../src/ketasim/evidence/claims); "
        "`ketasim ledger FOLDER` judges those of a folder, and `--schema` is for editors. Arms and "
        "simulations are written as in [findings](findings.md). For research; not medical advice.",
        f"```toml\n{EXAMPLE}```",
    ]
    for system, name in SYSTEMS.items():
        mine = [entry for entry in entries if entry.claim.system == system]
        if mine:
            parts += [f"## {system}: {name}", *(_claim(entry, halves) for entry in mine)]
    return "\n\n".join(parts) + "\n"


def _overview(entries: Sequence[Judged]) -> str:
    rows = ["| | claim | evidence | model |", "|---|---|---|---|"]
    rows += [
        f"| {e.claim.system} | {_cell(e.claim.says)} | {e.evidence} | {words.model_verdict(e)} |"
        for e in entries
    ]
    return "\n".join(rows)


def _claim(entry: Judged, halves: HalfLives | None) -> str:
    from ketasim.report.half_life_words import entry as half_life_entry

    claim = entry.claim
    parts = [
        f"### {claim.says}",
        f"*Said by: {claim.by}* (`{claim.id}`)",
        f"**Evidence: {entry.evidence}.** {words.evidence_sentences(entry)}",
        f"**Model: {words.model_verdict(entry)}.** {words.model_sentences(entry)}",
    ]
    if apart := words.relation(entry):
        parts.append(f"**{apart}**")
    if claim.caution:
        parts.append(f"Keep in mind: {claim.caution}")
    parts.append(_bearings(entry))
    if claim.half_lives and halves is not None:
        parts += half_life_entry(halves)
        parts.append("More in [What is the half-life of ketamine?](half_life.md)")
    return "\n\n".join(parts)


def _bearings(entry: Judged) -> str:
    rows = ["| what | the claim expects | seen | model (95 %) |", "|---|---|---|---|"]
    return "\n".join([*rows, *(_row(bearing) for bearing in entry.bearings)])


def _row(bearing: Bearing) -> str:
    name = f" (`{bearing.link.finding.id}`)" if bearing.link.published else ""
    memory = ", from memory" if bearing.link.finding.verified == "recall" else ""
    cells = (
        f"{words.what(bearing)}{name}{memory}",
        words.expected(bearing),
        _with_stance(words.seen(bearing), bearing.observed),
        _with_stance(words.shown(bearing), bearing.model),
    )
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _with_stance(text: str, stance: str) -> str:
    return f"{text}: **{stance}**" if stance in ("for", "against") else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
