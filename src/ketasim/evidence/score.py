"""How well the model does over many findings, in a few numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ketasim.evidence.finding import ROLES
from ketasim.evidence.verdicts import VERDICTS, Outcome, counted

WITHIN = 1.5


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
class Summary:
    """All findings.

    Attributes
    ----------
    verdicts : dict of str to int
        Findings that count, by verdict.
    left_out : int
        Findings out of scope, excluded, or repeating another.
    scores : tuple of Score
    spread_ratio : float
        Geometric mean of predicted over reported spread between people.
    spread_n : int
    """

    verdicts: dict[str, int]
    left_out: int
    scores: tuple[Score, ...]
    spread_ratio: float
    spread_n: int


def summary(outcomes: Sequence[Outcome]) -> Summary:
    """Return the score of outcomes by role and, within each, by analyte and route.

    What numbers were chosen on is never mixed with what they were not. Values against a
    comparator stand apart.
    """
    counts = [o for o in outcomes if o.finding.counts and o.verdict != "out of scope"]
    valued = [o for o in counts if math.isfinite(o.log_fold)]
    plain = [o for o in valued if not o.finding.contrast]
    scores = _by("role", lambda o: o.finding.role, valued)
    for role in ROLES:
        mine = [o for o in plain if o.finding.role == role]
        against = [o for o in valued if o.finding.role == role and o.finding.contrast]
        scores += _by(f"{role}: analyte", lambda o: substance(o.finding.analyte), mine)
        scores += _by(f"{role}: route", lambda o: o.finding.route, mine)
        scores += _by(f"{role}: comparison", lambda o: substance(o.finding.analyte), against)
    ratios = [
        math.log(o.predicted_spread / o.observed_spread)
        for o in plain
        if o.observed_spread > 0 and o.predicted_spread > 0
    ]
    verdicts = counted(counts)
    return Summary(
        {verdict: verdicts[verdict] for verdict in VERDICTS[:3]},
        len(outcomes) - len(counts),
        tuple(scores),
        math.exp(sum(ratios) / len(ratios)) if ratios else math.nan,
        len(ratios),
    )


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
