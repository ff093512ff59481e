"""How well the model does over many findings, in a few numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ketasim.evidence.clinical_score import ClinicalScore, clinical_scores
from ketasim.evidence.finding import ROLES
from ketasim.evidence.systems import SYSTEMS
from ketasim.evidence.verdicts import VERDICTS, Outcome, counted

WITHIN = 1.5
LEAST_SPREAD = 1e-6  # where nobody differs (animals, dishes), rounding is all there is


@dataclass(frozen=True)
class Score:
    """A group of findings with values.

    Attributes
    ----------
    group, name : str
        As ``validate: route`` and ``oral``.
    n : int
        Findings.
    fold_error : float
        Geometric mean of predicted over observed or its inverse, whichever is above 1; weighted.
    within : float
        Share within `WITHIN`-fold, weighted.
    bias : float
        Geometric mean of predicted over observed, weighted.
    """

    group: str
    name: str
    n: int
    fold_error: float
    within: float
    bias: float


@dataclass(frozen=True)
class Tally:
    """How many findings of a group have each verdict.

    Attributes
    ----------
    group, name : str
        As ``directions`` and ``validate``, or ``system`` and ``S1``.
    n : int
        Findings that count and were run.
    reproduced, unresolved, contradicted : int
        Of these; what another finding contests stands apart.
    right : int
        Directions that the tables' own values show, however sure.
    directions : int
        How many of ``n`` are directions.
    contested, contested_reproduced : int
        Findings that another one contests, and how many of them are reproduced.
    out_of_scope : int
    """

    group: str
    name: str
    n: int
    reproduced: int
    unresolved: int
    contradicted: int
    right: int
    directions: int
    contested: int
    contested_reproduced: int
    out_of_scope: int


@dataclass(frozen=True)
class Summary:
    """All findings.

    Attributes
    ----------
    verdicts : dict of str to int
        Findings that count and that no other contests, by verdict.
    contested : dict of str to int
        The contested ones, by verdict.
    left_out : int
        Findings out of scope, excluded, or repeating another.
    tallies : tuple of Tally
        Directions by role, then everything by system.
    scores : tuple of Score
    spread_ratio : float
        Geometric mean of predicted over reported spread between people.
    spread_n : int
    clinical : tuple of ClinicalScore
        Of findings of trials, beside two baselines.
    """

    verdicts: dict[str, int]
    contested: dict[str, int]
    left_out: int
    tallies: tuple[Tally, ...]
    scores: tuple[Score, ...]
    spread_ratio: float
    spread_n: int
    clinical: tuple[ClinicalScore, ...] = ()


def summary(outcomes: Sequence[Outcome]) -> Summary:
    """Return the score of outcomes by role and, within each, by analyte and route.

    What numbers were chosen on is never mixed with what they were not. Values against a
    comparator stand apart, and so do values of other read-outs than concentrations, directions,
    and whatever another finding contests.
    """
    counts = [o for o in outcomes if o.finding.counts and o.verdict != "out of scope"]
    disputed = [o for o in counts if o.finding.contested]
    counts = [o for o in counts if not o.finding.contested]
    finite = [o for o in counts if math.isfinite(o.log_fold)]
    valued = [o for o in finite if _is_concentration(o)]
    others = [o for o in finite if not _is_concentration(o)]
    plain = [o for o in valued if not o.finding.contrast]
    scores = _by("role", lambda o: o.finding.role, valued)
    for role in ROLES:
        mine = [o for o in plain if o.finding.role == role]
        against = [o for o in valued if o.finding.role == role and o.finding.contrast]
        scores += _by(f"{role}: analyte", lambda o: substance(o.finding.analyte), mine)
        scores += _by(f"{role}: route", lambda o: o.finding.route, mine)
        scores += _by(f"{role}: comparison", lambda o: substance(o.finding.analyte), against)
        mine = [o for o in others if o.finding.role == role]
        scores += _by(f"{role}: other read-outs", lambda o: "values", mine)
    ratios = [
        math.log(o.predicted_spread / o.observed_spread)
        for o in plain
        if o.observed_spread > 0 and o.predicted_spread > LEAST_SPREAD
    ]
    verdicts, apart = counted(counts), counted(disputed)
    return Summary(
        {verdict: verdicts[verdict] for verdict in VERDICTS[:3]},
        {verdict: apart[verdict] for verdict in VERDICTS[:3]},
        len(outcomes) - len(counts) - len(disputed),
        _tallies(outcomes),
        tuple(scores),
        math.exp(sum(ratios) / len(ratios)) if ratios else math.nan,
        len(ratios),
        clinical_scores(outcomes),
    )


def _tallies(outcomes: Sequence[Outcome]) -> tuple[Tally, ...]:
    """Return directions by role, then findings by system; one of several systems is in each."""
    pointed = [o for o in outcomes if o.finding.direction]
    found = [_tally("directions", "all", pointed)] if pointed else []
    for role in ROLES:
        mine = [o for o in pointed if o.finding.role == role]
        found += [_tally("directions", role, mine)] if mine else []
    for system in SYSTEMS:
        mine = [o for o in outcomes if system in o.finding.systems]
        found += [_tally("system", system, mine)] if mine else []
    return tuple(found)


def _tally(group: str, name: str, outcomes: Sequence[Outcome]) -> Tally:
    run = [o for o in outcomes if o.finding.counts and o.verdict != "out of scope"]
    plain = [o for o in run if not o.finding.contested]
    disputed = [o for o in run if o.finding.contested]
    verdicts = counted(plain)
    return Tally(
        group,
        name,
        len(plain),
        verdicts["reproduced"],
        verdicts["not resolved"],
        verdicts["contradicted"],
        sum(o.as_tabled is True for o in plain),
        sum(bool(o.finding.direction) for o in plain),
        len(disputed),
        sum(o.verdict == "reproduced" for o in disputed),
        sum(o.verdict == "out of scope" for o in outcomes),
    )


def _is_concentration(outcome: Outcome) -> bool:
    readout = outcome.finding.readout
    return readout is not None and readout.is_concentration


def substance(analyte: str) -> str:
    """Return the analyte without its enantiomer."""
    return analyte.removeprefix("S-").removeprefix("R-")


def _by(group: str, key: Callable[[Outcome], str], outcomes: Iterable[Outcome]) -> list[Score]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return [_score(group, name, members) for name, members in sorted(groups.items())]


def _score(group: str, name: str, members: Sequence[Outcome]) -> Score:
    total = sum(o.finding.weight for o in members)

    def mean(number: Callable[[Outcome], float]) -> float:
        return sum(o.finding.weight * number(o) for o in members) / total

    return Score(
        group,
        name,
        len(members),
        math.exp(mean(lambda o: abs(o.log_fold))),
        mean(lambda o: float(abs(o.log_fold) <= math.log(WITHIN))),
        math.exp(mean(lambda o: o.log_fold)),
    )
