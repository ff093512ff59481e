"""The body of evidence: which findings the hypotheses compete on, and how far each is believed.

Every row is there once (`same_as` and excluded rows are not), whichever side of a controversy it
stands on. How likely a published word is wrong is added up from rules (``lapse_rules.csv``); all
that one laboratory reports may also fail together, so that it never counts as that many
independent witnesses. Rows of one arm and read-out of one study share their animals and count as
their effective number.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from ketasim.errors import UserError
from ketasim.evidence import Finding, load_findings
from ketasim.evidence.experiments import what_is_missing
from ketasim.evidence.models import needs_kinetics_only
from ketasim.inference.clinical_fit import STAGES, stage_findings

SMALL = 8
"""Fewer individuals than this make a small study."""
WITHIN_STUDY = 0.7
"""Correlation of rows that share their animals or patients (assumed)."""
TRIALS = ("murrough2013a", "daly2018", "wilkinson2019", "taylor2006", "munkholm2019")
"""Trials whose calibration rows anchor the size of the effect in patients."""
MOST_LAPSE = 0.45


@dataclass(frozen=True)
class Body:
    """Findings, and how far each is believed.

    Attributes
    ----------
    findings : tuple of Finding
    lapse : ndarray, shape (findings,)
        Chance that the published word or value is wrong.
    weight : ndarray, shape (findings,)
        Effective number of independent rows each counts for, at most 1.
    laboratory : tuple of str
    laboratory_lapse : float
    """

    findings: tuple[Finding, ...]
    lapse: np.ndarray
    weight: np.ndarray
    laboratory: tuple[str, ...]
    laboratory_lapse: float

    @property
    def chooses(self) -> np.ndarray:
        """Whether a finding may choose numbers (role ``calibrate``), shape (findings,)."""
        return np.array([each.role == "calibrate" for each in self.findings])

    @property
    def studies(self) -> tuple[str, ...]:
        """The study of each finding, parts of one paper under one name."""
        return tuple(stem(each.study) for each in self.findings)

    def groups(self) -> dict[str, np.ndarray]:
        """Return the places of each laboratory's findings."""
        names = np.array(self.laboratory)
        return {name: np.flatnonzero(names == name) for name in dict.fromkeys(self.laboratory)}


def stem(study: str) -> str:
    """Return the name of the paper a study file is part of."""
    return study.partition("-")[0]


@cache
def lapse_rules() -> dict[str, float]:
    """Return the chances that ``lapse_rules.csv`` adds up."""
    return {row["rule"]: float(row["lapse"]) for row in _rows("lapse_rules.csv")}


@cache
def laboratories() -> dict[str, str]:
    """Return the laboratory of each study that shares one with others."""
    return {
        study: row["laboratory"]
        for row in _rows("laboratories.csv")
        for study in row["studies"].split(";")
    }


@cache
def doubtful() -> dict[str, str]:
    """Return findings whose published test does not support the word, and why."""
    return {row["finding"]: row["note"] for row in _rows("doubtful_findings.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("ketasim.inference.tournament") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def body_of_evidence(findings: Iterable[Finding] | None = None) -> Body:
    """Return what the tournament is held on.

    Parameters
    ----------
    findings : iterable of Finding, optional
        Default: everything that ships.

    Raises
    ------
    UserError
        Nothing that can be run.
    """
    every = tuple(load_findings() if findings is None else findings)
    chosen = (*_experiments(every), *_trials(every))
    if not chosen:
        raise UserError("tournament: no findings that can be run")
    return Body(
        chosen,
        np.array(_lapses(chosen)),
        np.array(_weights(chosen)),
        tuple(laboratories().get(each.study, stem(each.study)) for each in chosen),
        lapse_rules()["laboratory"],
    )


def _experiments(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return experiments about a mechanism; shares of a crowd are left to the trials."""
    return tuple(
        each
        for each in findings
        if each.clinical is None
        and each.systems
        and each.counts
        and each.measure != "response"
        and not what_is_missing(each)
        and not needs_kinetics_only(each)
    )


def _trials(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    chosen = [
        each
        for name in ("mood", "comparators")
        for each in stage_findings(STAGES[name], findings)
        if each.study in TRIALS
    ]
    return tuple(chosen)


def claim(finding: Finding) -> tuple[object, ...]:
    """Return what a finding claims, whoever reports it."""
    arms = tuple(arm.perturbations for arm in finding.every_arm)
    return (str(finding.readout), finding.direction or finding.measure, arms)


def _lapses(findings: Sequence[Finding]) -> list[float]:
    rules, known = lapse_rules(), laboratories()
    reporting: dict[tuple[object, ...], set[str]] = {}
    for each in findings:
        who = known.get(each.study, stem(each.study))
        reporting.setdefault(claim(each), set()).add(who)
    found = []
    for each in findings:
        lapse = rules["every"]
        lapse += rules["recall"] * (each.verified == "recall")
        lapse += rules["small"] * (each.n is not None and each.n < SMALL)
        lapse += rules["single"] * (len(reporting[claim(each)]) == 1 and each.clinical is None)
        lapse += rules["weak"] * (each.weight < 1 and each.verified != "recall")
        lapse += rules["doubtful"] * (each.id in doubtful())
        found.append(min(lapse, MOST_LAPSE))
    return found


def _weights(findings: Sequence[Finding]) -> list[float]:
    """Return how many independent rows each counts for among those that share its animals."""

    def together(finding: Finding) -> tuple[str, ...]:
        first = finding.every_arm[0]
        readout = "" if finding.clinical is not None else str(finding.readout)
        return finding.study, first.name, readout

    keys = [together(each) for each in findings]
    return [1.0 / (1.0 + (keys.count(key) - 1) * WITHIN_STUDY) for key in keys]
