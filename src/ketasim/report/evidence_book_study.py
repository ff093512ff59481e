"""One study of the evidence book: what was done, what was seen, what the model says."""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from ketasim.evidence import SYSTEMS
from ketasim.report.book_sources import study_key
from ketasim.report.evidence_run import NOT_RECORDED
from ketasim.report.evidence_words import observed, predicted, what
from ketasim.report.markdown import code, line, listing, table
from ketasim.report.phrases import moment, number

if TYPE_CHECKING:
    from ketasim.evidence import Arm, Dispersion, Finding, Outcome

ORDER = ("contradicted", "not resolved", "reproduced", "out of scope", NOT_RECORDED)
"""What is wrong comes first."""

ROLE_WORDS = {"calibrate": "used to calibrate", "validate": "held back"}
PREPARATIONS = {"mouse": "mice", "rat": "rats", "bath": "a dish or slice"}
VERIFIED = {"page": "read at the source, or on a page that quotes it", "recall": "from memory"}


Anchors = Literal["html", "myst"]
"""How a section is made a target of links: as HTML, or as MyST does it."""


@dataclass(frozen=True)
class Study:
    """One study.

    Attributes
    ----------
    name, file : str
        The stem, and the path below the folder of studies.
    table : mapping
        What its file holds above arms and findings.
    system : str
        Under which system it stands.
    outcomes : tuple of Outcome
        Worst first.
    """

    name: str
    file: str
    table: Mapping[str, Any]
    system: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Row:
    """What the table says of one finding, as Markdown."""

    observed: str
    predicted: str
    when: str

    @property
    def when_words(self) -> str:
        """The time within a sentence; empty where the finding names it already."""
        return f", {self.when}" if self.when else ""


def studies(outcomes: Sequence[Outcome]) -> tuple[Study, ...]:
    """Return the studies of outcomes by system, then by name."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.finding.study, []).append(outcome)
    found = []
    for name, members in groups.items():
        about = Counter(system for o in members for system in o.finding.systems)
        whole = study_table(members[0].finding.file)
        said = whole.get("systems") or [system for system, _ in about.most_common(1)] or ["S9"]
        ordered = tuple(sorted(members, key=lambda o: ORDER.index(o.verdict)))
        found.append(Study(name, members[0].finding.file, whole, said[0], ordered))
    return tuple(sorted(found, key=lambda s: (list(SYSTEMS).index(s.system), s.name)))


@cache
def study_table(file: str) -> Mapping[str, Any]:
    """Return what a shipped study file holds, as plain data."""
    place = files("ketasim.evidence").joinpath("studies", *file.split("/"))
    return tomllib.loads(place.read_text(encoding="utf-8"))


def slug(name: str) -> str:
    """Return the anchor of a study."""
    return "study-" + re.sub(r"[^a-z0-9]+", "-", name.lower())


def study_section(study: Study, claims: Sequence[str], anchors: Anchors) -> str:
    """Return a study as a section of Markdown, with the claims it bears on."""
    anchor = slug(study.name)
    parts = [
        f"({anchor})=" if anchors == "myst" else f'<a id="{anchor}"></a>',
        f"## {line(str(study.table['title']))}",
        _about(study),
        line(str(study.table.get("notes", ""))),
        _arms(study),
        _findings(study),
        _remarks(study),
    ]
    if claims:
        quoted = [f"“{line(claim.rstrip('.'))}”" for claim in claims]
        parts.append(f"Bears on the claim{'s' * (len(claims) > 1)} {listing(quoted)}.")
    return "\n\n".join(part for part in parts if part)


def _about(study: Study) -> str:
    told = study.table
    people = told.get("population", {})
    facts = [f"[@{study_key(told, study.name)}]", VERIFIED[told["verified"]]]
    if told.get("n"):
        facts.append(f"n = {told['n']}")
    facts.append(line(people.get("who", "")) or PREPARATIONS.get(told.get("preparation", ""), ""))
    trial = told.get("trial")
    if trial is not None:
        facts += [trial.get("design", ""), trial.get("blinding", "")]
        if trial.get("trials"):
            facts.append(f"{trial['trials']} trials pooled")
    facts.append(f"systems {', '.join(told['systems'])}" if told.get("systems") else "")
    return "; ".join(fact for fact in facts if fact) + f". File `{study.file}`."


def _arms(study: Study) -> str:
    """List the arms that were run: name, what was given, what was changed."""
    arms: dict[str, Arm] = {}
    for outcome in study.outcomes:
        for arm in outcome.finding.every_arm:
            arms.setdefault(arm.name, arm)
    lines = []
    for arm in arms.values():
        given = str(arm.regimen)
        told = [given if given and given != "no dose" else "no drug"]
        told += (
            [f"with {listing(list(dict.fromkeys(arm.perturbations)))}"] if arm.perturbations else []
        )
        if arm.group is not None and arm.group.n:
            told.append(f"n = {arm.group.n}")
        lines.append(f"- *{line(arm.name)}*: {line('; '.join(told))}")
    return "\n".join(lines)


def told_what(finding: Finding) -> str:
    """Name what was measured, without what stands in columns or remarks of its own."""
    text = what(finding).removesuffix(f"; contested: {finding.contested}")
    text = text.removeprefix("direction of ").removeprefix("level of ")
    if finding.statistic == "sd":
        text += ", SD between patients"
    elif finding.statistic != "mean":
        text += f", {finding.statistic}"
    return line(text)


def finding_row(outcome: Outcome) -> Row:
    """Return what was seen, what is predicted (empty where not recorded), and when."""
    finding = outcome.finding
    shown = predicted(outcome) if math.isfinite(outcome.predicted) else ""
    return Row(
        line(observed(outcome) + _dispersed(finding.dispersion)), line(shown), _when(finding)
    )


def _when(finding: Finding) -> str:
    """Write the time of an experiment's finding; a trial's says its own."""
    if finding.clinical is not None or not finding.measure or finding.measure == "concentration":
        return ""
    start_h, end_h = finding.start_h, finding.end_h
    if start_h == end_h:
        return f"at {moment(start_h)}" if start_h else "at the start"
    if math.isinf(end_h):
        return f"from {moment(start_h)} on" if start_h else ""
    return f"{moment(start_h) if start_h else '0'} to {moment(end_h)}"


def _dispersed(spread: Dispersion | None) -> str:
    if spread is None:
        return ""
    if spread.kind in ("sd", "se"):
        return f" ({spread.kind.upper()} {number(spread.low)})"
    if spread.kind == "cv":
        return f" (CV {number(100 * spread.low)} %)"
    words = {"ci95": "95 % CI", "ci90": "90 % CI", "iqr": "IQR"}.get(spread.kind, spread.kind)
    return f" ({words} {number(spread.low)} to {number(spread.high)})"


def _findings(study: Study) -> str:
    rows, ran = [], any(math.isfinite(o.predicted) for o in study.outcomes)
    for outcome in study.outcomes:
        finding, cells = outcome.finding, finding_row(outcome)
        said = told_what(finding) + cells.when_words
        row = [f"**{outcome.verdict}**", f"{said}<br>{code(finding.id)}", cells.observed]
        row += [cells.predicted] if ran else []
        rows.append([*row, ROLE_WORDS[finding.role], str(finding.n or ""), line(finding.place)])
    head = ["model", "finding", "observed", *(["predicted"] if ran else []), "role", "n", "place"]
    return table(head, rows, right=(len(head) - 2,))


def _remarks(study: Study) -> str:
    """List what else is said of single findings."""
    lines = []
    for outcome in study.outcomes:
        finding = outcome.finding
        from_memory = finding.verified == "recall" and study.table["verified"] != "recall"
        told = [
            finding.note,
            f"Contested: {finding.contested}" if finding.contested else "",
            f"Out of scope: {finding.out_of_scope}" if finding.out_of_scope else "",
            f"Not counted: {finding.excluded}" if finding.excluded else "",
            f"Not counted: repeats {finding.same_as}" if finding.same_as else "",
            "From memory" if from_memory else "",
        ]
        sentences = [line(text).rstrip(".") + "." for text in told if text]
        if sentences:
            lines.append(f"- {code(finding.id)}: {' '.join(sentences)}")
    return "\n".join(lines)
