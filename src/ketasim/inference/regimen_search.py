"""Which course of treatment reaches an aim with the fewest sessions.

Every candidate is given to the same virtual patients, open label, who are rated as in a clinic
(with all the error of ratings) at each session of the first course, the day after it, and weekly
from then on. Nobody leaves. What is found is ordered by how many sessions it takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ketasim.dosing import Hold, Regimen
from ketasim.errors import UserError
from ketasim.inference.pareto import dominated
from ketasim.inference.regimen_aim import MEASURES, RAISED_MMHG, Aim, read_aim
from ketasim.inference.regimen_grid import Candidate, SearchFile, candidates
from ketasim.model import Model, assemble
from ketasim.trial.endpoints import Endpoint, per_patient
from ketasim.trial.maintenance import Maintenance
from ketasim.trial.patients import Entry, Patients, patients
from ketasim.trial.policies_driver import Treated, treat
from ketasim.trial.record import Record
from ketasim.trial.responders import Z, wilson
from ketasim.trial.sessions import sessions_of

DAY_H, WEEK_H = 24.0, 168.0
OUTPUTS = ("CADSS", "dSBP")
RESOLUTION = (0.25, 1.0)
"""Sessions, and units of the aim, below which two candidates count as alike on the frontier."""
RELAPSE_VISITS = 2

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Value:
    """A number with its Monte Carlo error.

    Attributes
    ----------
    value, low, high : float
        In the measure's unit, and the 95 % interval of finitely many virtual patients.
    n : int
        Patients it is of.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Outcome:
    """What came out for one candidate.

    Attributes
    ----------
    candidate : Candidate
    values : dict of str to Value
        Every measure by word, at the aim's time.
    sessions : Value
        Sessions with drug of those the aim is about: responders for relapse, else everybody.
    course : ndarray, shape (k, 2)
        Weeks, and mean observed MADRS of those patients.
    met, sure : bool
        Whether the aim and all limits are met, and whether the interval of the aim lies inside.
    front : bool
        Whether no other is as good in sessions and aim and better in one.
    lost : int
        Patients that the engine gave up.
    """

    candidate: Candidate
    values: dict[str, Value]
    sessions: Value
    course: np.ndarray
    met: bool = False
    sure: bool = False
    front: bool = False
    lost: int = 0


@dataclass(frozen=True)
class Search:
    """A search done.

    Attributes
    ----------
    aim : Aim
    limits : tuple of Aim
    outcomes : tuple of Outcome
        Those that meet the aim first, by sessions; then the others, by how far they are from it.
    people : int
    """

    aim: Aim
    limits: tuple[Aim, ...]
    outcomes: tuple[Outcome, ...]
    people: int

    @property
    def best(self) -> Outcome | None:
        """The fewest sessions that reach the aim; None where nothing does."""
        return self.outcomes[0] if self.outcomes[0].met else None

    @property
    def front(self) -> tuple[Outcome, ...]:
        """Those that no other beats, fewest sessions first."""
        return tuple(sorted((o for o in self.outcomes if o.front), key=lambda o: o.sessions.value))


def search_regimens(
    search: SearchFile, *, threads: int | None = None, progress: Progress | None = None
) -> Search:
    """Simulate every candidate and order them.

    Parameters
    ----------
    search : SearchFile
        From `ketasim.inference.regimen_grid.load_search`.
    threads : int, optional
        Results do not depend on it.
    progress : callable, optional
        Called with each candidate's name before it is simulated.

    Raises
    ------
    UserError
        An aim that falls before a first course ends, one measure wanted at two times, or an entry
        rule that hardly anybody meets.
    """
    aim, limits = read_aim(search.aim), tuple(read_aim(each, "limits") for each in search.limits)
    _check_limits(aim, limits)
    chosen = candidates(search)
    for each in chosen:
        _check_time(each, (aim, *limits))
    model = search_model(chosen)
    table = search.population
    entry = Entry(table.name, table.baseline, "MADRS", table.minimum)
    people = patients(entry, model, search.n, seed=search.seed, between_trials=False)
    tell = progress or (lambda _: None)
    found = []
    for each in chosen:
        tell(each.name)
        found.append(_outcome(model, each, people, aim, limits, threads))
    return Search(aim, limits, _ordered(found, aim, limits), people.n)


def search_model(chosen: Sequence[Candidate]) -> Model:
    """Return the model with the kinetics of every drug among the candidates."""
    drugs = {d.drug for c in chosen for d in c.start.doses if d.drug is not None}
    return _assembled(tuple(sorted({drug.companion for drug in drugs} - {""})))


@cache
def _assembled(companions: tuple[str, ...]) -> Model:
    return assemble(companions=companions)


def judged_h(candidate: Candidate) -> float:
    """Return when responders are told [h]: a day after the first course, or as its policy says."""
    rule = candidate.policy
    if isinstance(rule, Maintenance) and rule.judged_h is not None:
        return rule.judged_h
    return _last_h(candidate) + DAY_H


def visits_h(candidate: Candidate, end_h: float, also_h: Sequence[float] = ()) -> np.ndarray:
    """Return when a candidate's patients are rated [h], baseline first."""
    first = candidate.policy.first(sessions_of(candidate.start), math.inf)
    last_h = _last_h(candidate)
    weekly = last_h + WEEK_H * np.arange(1, int((end_h - last_h) / WEEK_H) + 1)
    times = {0.0, judged_h(candidate), end_h, *also_h, *(s.start_h for s in first), *weekly}
    return np.array(sorted(round(t, 6) for t in times if 0 <= t <= end_h))


def _last_h(candidate: Candidate) -> float:
    return candidate.policy.first(sessions_of(candidate.start), math.inf)[-1].start_h


def _check_limits(aim: Aim, limits: Sequence[Aim]) -> None:
    """Refuse a measure that is wanted at two times; each is measured once."""
    at = {aim.measure.word: aim}
    for each in limits:
        other = at.setdefault(each.measure.word, each)
        if each.measure.timed and each.at_h != other.at_h:
            raise UserError(
                f"limits: {each.text!r}: {each.measure.word} is already wanted at {other.at}"
            )


def _check_time(candidate: Candidate, aims: Sequence[Aim]) -> None:
    end_h = judged_h(candidate)
    for aim in aims:
        if aim.measure.word == "relapse" and aim.at_h < end_h + WEEK_H:
            raise UserError(
                f"aim: {aim.text!r} leaves less than a week after the first course of "
                f"'{candidate.name}' (judged on day {end_h / DAY_H:g})"
            )


def _outcome(
    model: Model,
    candidate: Candidate,
    people: Patients,
    aim: Aim,
    limits: Sequence[Aim],
    threads: int | None,
) -> Outcome:
    """Treat everybody with one candidate and measure it."""
    end_h = max(aim.at_h, *(each.at_h for each in limits if each.measure.timed), 0.0)
    visits = visits_h(candidate, end_h, [each.at_h for each in (aim, *limits)])
    treated = treat(
        model, candidate.start, candidate.policy, people, visits, ("MADRS",), OUTPUTS,
        until_h=end_h, dress=_open_care(end_h), threads=threads,
    )  # fmt: skip
    values = measured(treated, people, judged_h(candidate), aim.at_h)
    at = {each.measure.word: each for each in limits if each.measure.timed}
    for word, each in at.items():  # a limit may be read at another time than the aim
        if each.at_h != aim.at_h:
            values[word] = measured(treated, people, judged_h(candidate), each.at_h)[word]
    about = np.ones(people.n, bool)
    if aim.measure.word == "relapse":
        about = _responders(treated.record, judged_h(candidate))
    with np.errstate(invalid="ignore"):
        seen = treated.record.scores["MADRS"][about]
        course = np.nanmean(seen, axis=0) if seen.size else np.full(len(visits), np.nan)
    given = _mean(treated.doses[about].astype(float))
    lost = int(np.isnan(treated.record.madrs).any(axis=1).sum())
    weeks = np.column_stack([visits / WEEK_H, course])
    met = aim.met(values[aim.measure.word].value)
    met = met and all(each.met(values[each.measure.word].value) for each in limits)
    ends = values[aim.measure.word]
    sure = met and aim.met(ends.high if aim.measure.low_is_better else ends.low)
    return Outcome(candidate, values, given, weeks, met=met, sure=sure, lost=lost)


def _open_care(end_h: float) -> Callable[[Regimen], Regimen]:
    """Return what a clinic adds: patients know what they get, and are cared for."""

    def dress(regimen: Regimen) -> Regimen:
        told = regimen.open_label()
        return replace(told, holds=(*told.holds, Hold("u_care", 1.0, 0.0, end_h)))

    return dress


def measured(treated: Treated, people: Patients, judged: float, at_h: float) -> dict[str, Value]:
    """Return every measure of a group.

    Parameters
    ----------
    treated : Treated
        With outputs CADSS and dSBP.
    people : Patients
    judged : float
        When responders are told [h].
    at_h : float
        When timed measures are read [h].
    """
    record = treated.record
    relapse = Endpoint("relapse", from_h=judged, to_h=at_h, consecutive=RELAPSE_VISITS)
    fine = record.fine_h
    raised = record.outputs["dSBP"] >= RAISED_MMHG
    days = np.floor(fine / DAY_H)
    raised_days = np.array([len(np.unique(days[row])) for row in raised], dtype=float)
    weights = people.values["WT"]
    mg = [
        sum(session.mg(weight) for session in plan if not session.is_sham)
        for plan, weight in zip(treated.plans, weights, strict=True)
    ]
    found = {
        "relapse": _share(per_patient(relapse, record)) if at_h > judged else _share(np.empty(0)),
        "response": _share(per_patient(Endpoint("response", at_h=at_h), record)),
        "remission": _share(per_patient(Endpoint("remission", at_h=at_h), record)),
        "MADRS": _mean(per_patient(Endpoint("score", at_h=at_h), record)),
        "CADSS": _mean(record.outputs["CADSS"].max(axis=1)),
        "days of raised BP": _mean(raised_days),
        "cumulative dose": _mean(np.array(mg)),
        "sessions": _mean(treated.doses.astype(float)),
    }
    assert set(found) == set(MEASURES)
    return found


def _responders(record: Record, judged: float) -> np.ndarray:
    """Return who responds when it is judged, as a mask."""
    return per_patient(Endpoint("response", at_h=judged), record) == 1.0


def _share(values: np.ndarray) -> Value:
    """Return a share in % with Wilson's interval; NaN where nobody counts."""
    known = values[~np.isnan(values)]
    n = len(known)
    if n == 0:
        return Value(math.nan, math.nan, math.nan, 0)
    found = wilson(round(float(known.sum())), n)
    return Value(100 * found.share, 100 * found.low, 100 * found.high, n)


def _mean(values: np.ndarray) -> Value:
    """Return a mean with its interval by the normal law."""
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return Value(math.nan, math.nan, math.nan, 0)
    mean = float(np.mean(known))
    error = float(np.std(known, ddof=1) / math.sqrt(len(known))) if len(known) > 1 else 0.0
    return Value(mean, mean - Z * error, mean + Z * error, len(known))


def _ordered(found: Sequence[Outcome], aim: Aim, limits: Sequence[Aim]) -> tuple[Outcome, ...]:
    """Mark the frontier, and put those first that meet the aim with the fewest sessions."""
    word, sign = aim.measure.word, -1.0 if aim.measure.low_is_better else 1.0
    allowed = np.array(
        [all(each.met(o.values[each.measure.word].value) for each in limits) for o in found]
    )
    scores = np.array([[-o.sessions.value, sign * o.values[word].value] for o in found])
    scores[~allowed] = np.nan
    scores = np.round(scores / RESOLUTION)
    front = ~dominated(scores) & np.isfinite(scores).all(axis=1)
    marked = [replace(o, front=bool(on)) for o, on in zip(found, front, strict=True)]

    def order(one: Outcome) -> tuple[float, ...]:
        value, sessions = one.values[word].value, one.sessions.value
        worst = math.inf if math.isnan(value) else -sign * value
        sessions = math.inf if math.isnan(sessions) else sessions
        if one.met:
            alike = float(np.round(sessions / RESOLUTION[0]))  # so the best is on the frontier
            return (0.0, alike, worst, sessions)
        over = sum(
            each.gap(one.values[each.measure.word].value) / max(each.limit, 1.0)
            for each in (aim, *limits)
        )
        return (1.0, over, sessions)

    return tuple(sorted(marked, key=order))


__all__ = [
    "Outcome",
    "Search",
    "Value",
    "judged_h",
    "measured",
    "search_model",
    "search_regimens",
    "visits_h",
]
