"""The fast path: from a question to its curves, without assembling or drawing anything twice.

It gives what `ketasim.simulation.simulate` gives on the question's study
(``tests/explorer/test_simulate.py`` compares them), and keeps what does not change while a slider
moves: models, people, and the curves of the arms that were left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.errors import UserError
from ketasim.explorer.doses import Given, given, marks_of, spans_of
from ketasim.explorer.grid import curve_times
from ketasim.explorer.models import Kept, companions_of, ready_model
from ketasim.explorer.people import People, Who, people, who_is_asked
from ketasim.explorer.spread import statistics

if TYPE_CHECKING:
    from ketasim.engine import Ensemble
    from ketasim.engine.events import Events
    from ketasim.explorer.models import Ready
    from ketasim.explorer.question import Question, QuestionArm
    from ketasim.model import Model

KEPT_CURVES = 24
KEPT_TARGETS = 500

_THREADS: list[int | None] = [None]


def use_threads(threads: int | None) -> None:
    """Choose how many threads a population takes; None for all processors."""
    _THREADS[0] = threads


class Stopped(Exception):
    """Nobody waits for the answer any more."""


class Failed(Exception):
    """No arm could be simulated; the message says why."""


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves of a question.

    Attributes
    ----------
    times_h : ndarray, shape (n_times,)
    series : list of (arm, output, stat, ndarray of shape (n_times,))
    failed : dict of str to int
        People of each arm that the engine gave up.
    delivered_mg : dict of str to (float, float)
        Prescribed and delivered, mean per person, mg of free base.
    doses : list of dict
        Marks for a time axis.
    """

    times_h: np.ndarray
    series: list[tuple[str, str, str, np.ndarray]]
    failed: dict[str, int]
    delivered_mg: dict[str, tuple[float, float]]
    doses: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class ArmAsked:
    """All that the spread of an arm's curves depends on."""

    arm: QuestionArm
    who: Who
    times_h: tuple[float, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ArmSeen:
    """What is kept of a population's arm: its curves in order of output and stat."""

    series: tuple[tuple[str, str, np.ndarray], ...]
    failed: int
    n: int
    reasons: tuple[str, ...]
    delivered_mg: tuple[float, float]


def typical_curves(
    question: Question,
    outputs: Sequence[str] | None = None,
    times_h: np.ndarray | None = None,
) -> Curves:
    """Simulate one typical person in every arm, those that start together in one call.

    Parameters
    ----------
    question : Question
    outputs : sequence of str, optional
        Default: all.
    times_h : ndarray, shape (n_times,), optional
        When to look [h]; default: `question_times`.
    """
    companions, all_given = _needs(question)
    ready, who = ready_model(companions), who_is_asked(question, companions, typical=True)
    person, names = people(who), _asked(ready, outputs)
    times_h = question_times(question) if times_h is None else times_h
    arms = [arm.name for arm in question.arms]
    by_lead: dict[float, list[int]] = {}
    for place, each in enumerate(all_given):
        by_lead.setdefault(each.regimen.lead_h, []).append(place)
    columns = [ready.column[name] for name in names]
    values = np.empty((len(arms), len(times_h), len(names)))
    status, delivered = np.zeros(len(arms), int), {}
    for places in by_lead.values():
        found, told = solved(ready, person, [all_given[k] for k in places], times_h, threads=1)
        values[places], status[places] = found.values[:, :, columns], found.status
        delivered |= {arms[k]: each for k, each in zip(places, told, strict=True)}
    _refuse_failure(arms, [_reasons(status[k : k + 1]) for k in range(len(arms))], status > 0)
    return Curves(
        times_h,
        [
            (arm, name, "value", values[a, :, o])
            for a, arm in enumerate(arms)
            for o, name in enumerate(names)
        ],
        {arm: int(status[a] > 0) for a, arm in enumerate(arms)},
        delivered,
        marks_of(question),
    )


def population_curves(
    question: Question,
    outputs: Sequence[str] | None = None,
    stopped: Callable[[], bool] = lambda: False,
    times_h: np.ndarray | None = None,
) -> Curves:
    """Simulate a population in every arm and describe its spread; `typical_curves` on times.

    Raises
    ------
    Stopped
        ``stopped`` returned True between two arms.
    """
    companions, _ = _needs(question)
    ready, who = ready_model(companions), who_is_asked(question, companions, typical=False)
    times_h = question_times(question) if times_h is None else times_h
    names = _asked(ready, outputs)
    seen: dict[str, ArmSeen] = {}
    for arm in question.arms:
        if stopped():
            raise Stopped
        seen[arm.name] = _kept_arm(ArmAsked(arm, who, tuple(times_h.tolist()), names))
    lost = np.array([each.failed == each.n for each in seen.values()])
    _refuse_failure(list(seen), [each.reasons for each in seen.values()], lost)
    return Curves(
        times_h,
        [(arm, *row) for arm, each in seen.items() for row in each.series],
        {arm: each.failed for arm, each in seen.items()},
        {arm: each.delivered_mg for arm, each in seen.items()},
        marks_of(question),
    )


def question_times(question: Question) -> np.ndarray:
    """Return the times at which a question's curves are drawn [h]."""
    return curve_times(question.until_d * 24, spans_of(question))


def solved(
    ready: Ready,
    group: People,
    arms: Sequence[Given],
    times_h: np.ndarray,
    threads: int | None = None,
) -> tuple[Ensemble, list[tuple[float, float]]]:
    """Integrate the same people in every arm, one arm after the other in the ensemble.

    Parameters
    ----------
    ready : Ready
    group : People
    arms : sequence of Given
        All with the same lead.
    times_h : ndarray, shape (t,)
        On the regimens' clock.
    threads : int, optional
        Default: all processors.

    Returns
    -------
    ensemble : Ensemble
    doses : list of (float, float)
        Of each arm: prescribed and delivered, mean per person [mg].
    """
    from ketasim.dosing import dose_report, engine_events
    from ketasim.engine import solve_ensemble

    lead_h = arms[0].regimen.lead_h
    mechanisms = ready.model.mechanisms
    regimens = [arm.regimen for arm in arms for _ in range(group.n)]
    weights = np.tile(group.weight_kg, len(arms))
    events = engine_events(regimens, weights, mechanisms)
    ensemble = solve_ensemble(
        ready.compiled,
        times_h + lead_h,
        individuals=len(regimens),
        varying={name: np.tile(column, len(arms)) for name, column in group.values.items()},
        events=_acting(ready, events),
        threads=threads,
    )
    doses = []
    for place, arm in enumerate(arms):
        own = events.rows(place * group.n, (place + 1) * group.n)
        end_h = float(times_h[-1]) + lead_h
        report = dose_report(arm.regimen, group.weight_kg, own, end_h, mechanisms)
        doses.append((float(np.mean(report.prescribed_mg)), float(np.mean(report.delivered_mg))))
    return ensemble, doses


def _seen(asked: ArmAsked) -> ArmSeen:
    ready, group = ready_model(asked.who.companions), people(asked.who)
    times_h = np.array(asked.times_h)
    ensemble, doses = solved(ready, group, [given(asked.arm)], times_h, _THREADS[0])
    kept = ensemble.values[ensemble.status == 0]
    series = [
        (name, stat, column)
        for name in asked.outputs
        for stat, column in statistics(name, kept[:, :, ready.column[name]])
    ]
    failed = group.n - len(kept)
    return ArmSeen(tuple(series), failed, group.n, _reasons(ensemble.status), doses[0])


_kept_arm: Kept[ArmAsked, ArmSeen] = Kept(_seen, KEPT_CURVES)


def _needs(question: Question) -> tuple[tuple[str, ...], list[Given]]:
    """Return the companions that a question needs, and what every arm is given."""
    every = [given(arm) for arm in question.arms]
    return companions_of(each.regimen for each in every), every


def _asked(ready: Ready, outputs: Sequence[str] | None) -> tuple[str, ...]:
    """Return the outputs asked for that this model has; all of them where none are named."""
    if outputs is None:
        return tuple(ready.column)
    return tuple(name for name in dict.fromkeys(outputs) if name in ready.column)


def _acting(ready: Ready, events: Events) -> Events:
    """Drop events of mechanisms that are not in the model; refuse doses with no way in."""
    kinds = {(int(t), int(k)) for t, k in zip(events.target, events.kind, strict=True)}
    key = (ready.model.hash, events.targets, tuple(sorted(kinds)))
    in_vain = _kept_in_vain(key, ready.model, events)
    return events.without(in_vain) if in_vain else events


def _in_vain(_key: Hashable, model: Model, events: Events) -> set[str]:
    """Return the targets that events would act on in vain; the key stands for the rest."""
    from ketasim.simulation.question import acting_on

    acting = acting_on(model, events)
    had, left = ({events.targets[k] for k in np.unique(e.target)} for e in (events, acting))
    return had - left


_kept_in_vain: Kept[Hashable, set[str]] = Kept(_in_vain, KEPT_TARGETS)


def _reasons(status: np.ndarray) -> tuple[str, ...]:
    from ketasim.engine import STATUS

    return tuple(STATUS[k] for k in np.unique(status) if k)


def _refuse_failure(arms: list[str], reasons: Sequence[tuple[str, ...]], lost: np.ndarray) -> None:
    """Raise `Failed` where the engine gave up everybody in every arm."""
    if not lost.all():
        return
    said = "; ".join(f"{arm}: {', '.join(why)}" for arm, why in zip(arms, reasons, strict=True))
    raise Failed(f"the equations could not be solved ({said}); try smaller doses or other values")


def check_outputs(outputs: Sequence[str] | None) -> None:
    """Refuse names that are outputs of no chart and no part of the map."""
    from ketasim.errors import nearest
    from ketasim.explorer.charts import all_outputs

    for name in outputs or ():
        if name not in all_outputs():
            raise UserError(f"outputs: no output {name!r}{nearest(name, all_outputs())}")
