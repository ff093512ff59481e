"""How well predictive intervals fit trials, beside forecasts that know no biology.

Each method gives a median and a 90 % interval for a finding. Counted are the share of observed
values inside (90 % would be honest), the mean width, the mean miss (median minus observed) and the
mean absolute miss, by kind of quantity. A method is scored on the findings it can forecast;
``model, those of`` a baseline is the model on the findings that this baseline can forecast.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ketasim.evidence.clinical_baselines import Forecast, baselines
from ketasim.evidence.clinical_verdicts import is_inside
from ketasim.evidence.clinical_words import unit_of_finding
from ketasim.evidence.finding import Finding
from ketasim.evidence.judgement import Outcome
from ketasim.trial.scales import scale, scales

MODEL = "model"
KIND_ORDER = ("points", "%", "SMD", "d", "acute points", "acute %")
MOST_ALIKE = 0.9  # a baseline that forecasts fewer of the findings has the model beside it on those


@dataclass(frozen=True)
class ClinicalScore:
    """One method on one kind of quantity in one group of findings.

    Attributes
    ----------
    group : str
        ``validate``, ``calibrate``, or ``held-out studies``.
    kind : str
        One of `KIND_ORDER`; points are of MADRS, other scales converted.
    method : str
        ``model``, a baseline, or ``model, those of the`` baseline.
    n : int
        Findings, weak ones too.
    inside : float
        Share of them whose value lies in the 90 % interval, weighted.
    width, miss, absolute_miss : float
        Means, weighted, in the unit of the kind.
    """

    group: str
    kind: str
    method: str
    n: int
    inside: float
    width: float
    miss: float
    absolute_miss: float


def clinical_scores(outcomes: Sequence[Outcome]) -> tuple[ClinicalScore, ...]:
    """Return the scores of clinical outcomes that count, of the model and of both baselines."""
    judged = [o for o in outcomes if _is_scored(o)]
    if not judged:
        return ()
    # A forecast may use every calibration finding, those the model cannot run too.
    every = [o.finding for o in outcomes if o.finding.clinical and _has_kind(o.finding)]
    forecasts = {MODEL: {o.finding: Forecast(o.predicted, o.low, o.high) for o in judged}}
    forecasts |= baselines(every)
    found = []
    for group, findings in _groups(judged).items():
        for kind in KIND_ORDER:
            mine = [f for f in findings if kind_of_value(f) == kind]
            found += _scored(group, kind, mine, forecasts)
    return tuple(found)


def held_out_studies(outcomes: Sequence[Outcome]) -> set[str]:
    """Return the studies of which no finding chose a number."""
    clinical = [o.finding for o in outcomes if o.finding.clinical is not None]
    seen = {f.study for f in clinical if f.role == "calibrate"}
    return {f.study for f in clinical} - seen


def kind_of_value(finding: Finding) -> str:
    """Return the kind of quantity of a clinical value.

    Empty for ratios, yes or no, and for scales on which people differ at one MADRS (suicidality).
    """
    clinical = finding.clinical
    assert clinical is not None
    unit = "%" if finding.unit == "%" else unit_of_finding(finding.measure, finding.contrast)
    kind = f"acute {unit}" if clinical.is_acute or finding.measure == "dropout" else unit
    if kind == "points" and scale(clinical.scale).person_log_sd:
        return ""
    return kind if kind in KIND_ORDER else ""


def _has_kind(finding: Finding) -> bool:
    """Return whether a forecast of a finding can be scored; how widely patients differ is none."""
    told = bool(finding.measure) and finding.value is not None and not finding.out_of_scope
    return told and finding.statistic != "sd"


def _is_scored(outcome: Outcome) -> bool:
    finding = outcome.finding
    return (
        finding.clinical is not None
        and finding.counts
        and not finding.contested
        and math.isfinite(outcome.low)
        and math.isfinite(outcome.predicted)
        and _has_kind(finding)
        and bool(kind_of_value(finding))
    )


def _groups(judged: Sequence[Outcome]) -> dict[str, list[Finding]]:
    out = held_out_studies(judged)
    return {
        "validate": [o.finding for o in judged if o.finding.role == "validate"],
        "held-out studies": [o.finding for o in judged if o.finding.study in out],
        "calibrate": [o.finding for o in judged if o.finding.role == "calibrate"],
    }


def _scored(
    group: str,
    kind: str,
    findings: Sequence[Finding],
    forecasts: Mapping[str, Mapping[Finding, Forecast]],
) -> list[ClinicalScore]:
    found = []
    for method, given in forecasts.items():
        mine = [f for f in findings if f in given]
        if not mine:
            continue
        found.append(_score(group, kind, method, mine, given))
        if method != MODEL and len(mine) < MOST_ALIKE * len(findings):
            name = f"model, those of the {method}"
            found.append(_score(group, kind, name, mine, forecasts[MODEL]))
    return found


def _score(
    group: str,
    kind: str,
    method: str,
    findings: Sequence[Finding],
    given: Mapping[Finding, Forecast],
) -> ClinicalScore:
    weights = [f.weight for f in findings]
    rows = [(given[f], float(f.value or 0.0), _point(f)) for f in findings]

    def mean(numbers: Sequence[float]) -> float:
        return sum(w * x for w, x in zip(weights, numbers, strict=True)) / sum(weights)

    return ClinicalScore(
        group,
        kind,
        method,
        len(findings),
        mean([float(is_inside(f, given[f].low, given[f].high)) for f in findings]),
        mean([(shown.high - shown.low) / size for shown, _, size in rows]),
        mean([(shown.median - seen) / size for shown, seen, size in rows]),
        mean([abs(shown.median - seen) / size for shown, seen, size in rows]),
    )


def _point(finding: Finding) -> float:
    """Return how many points of the finding's scale are one of MADRS; 1 for all else."""
    clinical = finding.clinical
    assert clinical is not None
    if kind_of_value(finding) == "points" and clinical.scale in scales():
        return scale(clinical.scale).slope
    return 1.0
