"""The evidence book: every study, what it found, and what the model says of it, in Markdown.

Verdicts are those last recorded (`ketasim.evidence.baseline`), or those of a run that is given.
Nothing is simulated here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ketasim.evidence import ROLES, SYSTEMS, load_findings
from ketasim.evidence.claims_data import RULES, Claim
from ketasim.evidence.claims_reading import load_claims
from ketasim.report.evidence_book_study import (
    ORDER,
    ROLE_WORDS,
    Anchors,
    Study,
    finding_row,
    slug,
    studies,
    study_section,
    told_what,
)
from ketasim.report.evidence_points import study_name
from ketasim.report.evidence_run import recorded_outcomes
from ketasim.report.markdown import code, kept_together, line, table
from ketasim.report.phrases import counted, percent

if TYPE_CHECKING:
    from ketasim.evidence import Outcome

PREPARATIONS = {"human": "people", "mouse": "mice", "rat": "rats", "bath": "dishes and slices"}
RULES_OF_VERDICTS = (
    "*Reproduced*: the prediction lies within 1.5-fold of the observation, or the fold that the "
    "finding states; a direction is shown by at least 80 % of draws of what is not known of the "
    "parameters; a trial's value lies in the 90 % interval of trials of its size.",
    "*Contradicted*: the whole interval of the prediction lies outside; a direction is shown by "
    "at most 20 % of draws. *Not resolved*: anything between. *Out of scope*: it cannot be run, "
    "and the table says why.",
    "Findings *held back* chose no number; those *used to calibrate* were in view when "
    "parameters were set, so that only the former test a prediction.",
)


def evidence_book(run: Path | None = None, *, anchors: Anchors = "html") -> dict[str, str]:
    """Return the pages of the evidence book.

    Parameters
    ----------
    run : Path, optional
        Folder that ``ketasim evidence --out`` wrote; its predictions and verdicts are shown.
        Default: the verdicts that ketasim ships, without predictions.
    anchors : {"html", "myst"}
        How a study is made a target of links.

    Returns
    -------
    dict of str to str
        Markdown by file name: ``index.md``, ``contradicted.md``, ``claims.md`` and a page per
        system of the model.

    Raises
    ------
    UserError
        When the folder holds no such run, or a shipped file is wrong.
    """
    outcomes = recorded_outcomes(load_findings(), run)
    claims = load_claims(findings=[outcome.finding for outcome in outcomes])
    every = studies(outcomes)
    pages = {
        "index.md": _index(outcomes, every, run is not None),
        "contradicted.md": _contradicted(outcomes, every),
        "claims.md": _claims(claims, outcomes, every),
    }
    for system in _systems(every):
        pages[f"{system}.md"] = _system(system, every, claims, anchors)
    return {name: kept_together(text) for name, text in pages.items()}


def _systems(every: Sequence[Study]) -> list[str]:
    used = {study.system for study in every}
    return [system for system in SYSTEMS if system in used]


def _index(outcomes: Sequence[Outcome], every: Sequence[Study], ran: bool) -> str:
    seen = (
        "Predictions and verdicts are those of the run this book was made from."
        if ran
        else "Verdicts are those last recorded with the program; `ketasim evidence --out FOLDER` "
        "runs the findings and shows the predictions, `ketasim book --evidence FOLDER` puts them "
        "into this book."
    )
    number = f"{counted(len(outcomes), 'finding')} of {counted(len(every), 'study', 'studies')}"
    parts = [
        "# The evidence book",
        f"{number} that the model is held against. {seen}",
        *RULES_OF_VERDICTS,
        "What the model contradicts comes first: [contradicted findings](contradicted.md). What "
        "articles claim, and which findings bear on it: [claims](claims.md).",
        "## Score by role",
        _scores("role", [(ROLE_WORDS[r], _of(outcomes, _role(r))) for r in ROLES]),
        "Findings that another one contests are counted apart, below; those that repeat another, "
        "are excluded for a stated reason or out of scope are not counted.",
        "## Score by system",
        _scores("system", [(_system_link(s, every), _of(outcomes, _about(s))) for s in SYSTEMS]),
        "A finding may speak of more than one system.",
        "## Score by system, findings held back only",
        _scores("system", [
            (f"{s} {SYSTEMS[s]}", _of(_of(outcomes, _about(s)), _role("validate")))
            for s in SYSTEMS
        ]),
        "## Score by preparation",
        _scores("studied in", [
            (words, _of(outcomes, _in(key))) for key, words in PREPARATIONS.items()
        ]),
        "## Contested findings",
        _scores("role", [
            (ROLE_WORDS[r], [o for o in outcomes if o.finding.role == r and _contested(o)])
            for r in ROLES
        ]),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


Test = Callable[["Outcome"], bool]


def _role(role: str) -> Test:
    return lambda outcome: outcome.finding.role == role


def _about(system: str) -> Test:
    return lambda outcome: system in outcome.finding.systems


def _in(preparation: str) -> Test:
    return lambda outcome: outcome.finding.preparation == preparation


def _counts(outcome: Outcome) -> bool:
    return outcome.finding.counts and outcome.verdict in ORDER[:3]


def _contested(outcome: Outcome) -> bool:
    return _counts(outcome) and bool(outcome.finding.contested)


def _of(outcomes: Iterable[Outcome], test: Test) -> list[Outcome]:
    """Return the outcomes that count, that no other contests and that pass a test."""
    return [o for o in outcomes if _counts(o) and not o.finding.contested and test(o)]


def _scores(of: str, groups: Iterable[tuple[str, Sequence[Outcome]]]) -> str:
    rows = []
    for name, members in groups:
        if members:
            verdicts = Counter(outcome.verdict for outcome in members)
            share = percent(verdicts["reproduced"] / len(members))
            cells = [str(verdicts[verdict] or "") for verdict in ORDER[:3]]
            rows.append((name, str(len(members)), *cells, share))
    head = (of, "findings", *ORDER[:3], "share reproduced")
    return table(head, rows, right=(1, 2, 3, 4, 5))


def _system_link(system: str, every: Sequence[Study]) -> str:
    name = f"{system} {SYSTEMS[system]}"
    return f"[{name}]({system}.md)" if system in _systems(every) else name


def _capital(text: str) -> str:
    return text if text[1:2].isdigit() else text[0].upper() + text[1:]  # p11 stays p11


def _contradicted(outcomes: Sequence[Outcome], every: Sequence[Study]) -> str:
    place = {study.name: study.system for study in every}
    parts = [
        "# Contradicted findings",
        "What the model gets wrong, or what was not seen elsewhere; read this before anything "
        "else. Those held back come first.",
    ]
    for role in reversed(ROLES):
        mine = [o for o in outcomes if o.finding.role == role and o.verdict == "contradicted"]
        mine = [o for o in mine if o.finding.counts]
        parts.append(f"## {ROLE_WORDS[role].capitalize()}: {len(mine)}")
        for system in SYSTEMS:
            here = [o for o in mine if place[o.finding.study] == system]
            if here:
                parts += [f"### {_capital(SYSTEMS[system])}"]
                parts += ["\n".join(_miss(outcome, system) for outcome in here)]
    return "\n\n".join(parts) + "\n"


def _miss(outcome: Outcome, system: str) -> str:
    finding = outcome.finding
    cells = finding_row(outcome)
    shown = f", predicted {cells.predicted}" if cells.predicted else ""
    return (
        f"- [{line(study_name(finding))}]({system}.md#{slug(finding.study)}), "
        f"{told_what(finding)}{cells.when_words}: observed {cells.observed}{shown} "
        f"({code(finding.id)})"
    )


def _claims(claims: Sequence[Claim], outcomes: Sequence[Outcome], every: Sequence[Study]) -> str:
    place = {study.name: study.system for study in every}
    verdicts = {outcome.finding.id: outcome.verdict for outcome in outcomes}
    parts = [
        "# Claims and what bears on them",
        f"{counted(len(claims), 'claim')} of articles, each tied to findings that were published. "
        "Both sides are judged by `ketasim ledger`; here stands what each rests on.",
    ]
    for system in SYSTEMS:
        mine = [claim for claim in claims if claim.system == system]
        parts += [f"## {system} {SYSTEMS[system]}"] if mine else []
        for claim in mine:
            said = f"Said by: {line(claim.by)}. Rule: {RULES[claim.rule]}."
            parts += [f"### {line(claim.says)}", said]
            parts += [f"Keep in mind: {line(claim.caution)}"] if claim.caution else []
            rows = [
                (
                    f"[{line(study_name(link.finding))}]({place[link.finding.study]}.md"
                    f"#{slug(link.finding.study)})",
                    code(link.finding.id),
                    told_what(link.finding),
                    verdicts.get(link.finding.id, "not recorded"),
                )
                for link in claim.findings
            ]
            if rows:
                parts.append(table(("study", "finding", "what", "the model"), rows))
            if claim.simulations:
                told = "\n".join(f"- {line(link.what)}" for link in claim.simulations)
                parts.append(f"Simulated besides:\n\n{told}")
    return "\n\n".join(parts) + "\n"


def _system(system: str, every: Sequence[Study], claims: Sequence[Claim], anchors: Anchors) -> str:
    mine = [study for study in every if study.system == system]
    outcomes = [outcome for study in mine for outcome in study.outcomes]
    said: dict[str, list[str]] = {}
    for claim in claims:
        for link in claim.findings:
            said.setdefault(link.finding.study, []).append(claim.says)
    parts = [
        f"# {system} {_capital(SYSTEMS[system])}",
        f"{counted(len(mine), 'study', 'studies')}, {counted(len(outcomes), 'finding')}; what is "
        "contradicted stands first in each table. A study that speaks of several systems stands "
        "with its first.",
    ]
    scores = [(ROLE_WORDS[r], _of(outcomes, _role(r))) for r in ROLES]
    if any(members for _, members in scores):
        parts.append(_scores("role", scores))
    for study in mine:
        parts.append(study_section(study, list(dict.fromkeys(said.get(study.name, ()))), anchors))
    return "\n\n".join(parts) + "\n"
