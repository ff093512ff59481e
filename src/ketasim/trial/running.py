"""Trials as they are run: many replicates of one trial, simulated together.

`planned` works out what does not depend on the replicate. Each design is a short course of
*asks*: it says who is to be simulated on what, is given their course, and may ask again (a
randomised withdrawal does). `run` collects the asks of many replicates into one ensemble; since
nobody's course depends on who else is simulated, a replicate comes out the same alone or among
others.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ketasim.dosing import Regimen
from ketasim.trial.design import allocate, orders, sequences, strata
from ketasim.trial.patients import Patients, patients
from ketasim.trial.plan import Plan
from ketasim.trial.record import Course, Record, course, observe
from ketasim.trial.trial_file import CROSSOVER, WITHDRAWAL
from ketasim.trial.trial_rules import SAME_H

NOBODY = -1


@dataclass(frozen=True)
class Ask:
    """Patients of one replicate to be simulated.

    Attributes
    ----------
    regimens : tuple of Regimen
        One for each patient; equal ones are the same object.
    patients : Patients
    visits_h, fine_h : ndarray
        The same in every replicate.
    """

    regimens: tuple[Regimen, ...]
    patients: Patients
    visits_h: np.ndarray
    fine_h: np.ndarray


@dataclass(frozen=True)
class Group:
    """One arm of one replicate.

    Attributes
    ----------
    whole : Record
        On the trial's clock, from its first visit; of a crossover all periods.
    record : Record
        From this arm's own baseline, which is time 0 and the first visit.
    rows : ndarray of int, shape (n,)
        Places of its patients among all who entered.
    strata, sequence : ndarray of int, shape (n,), or None
    doses : ndarray of int, shape (n,), or None
        Sessions with drug while in the study, where a policy decides on them.
    """

    whole: Record
    record: Record
    rows: np.ndarray
    strata: np.ndarray | None = None
    sequence: np.ndarray | None = None
    doses: np.ndarray | None = None


@dataclass(frozen=True)
class Replicate:
    """One replicate of a trial.

    Attributes
    ----------
    number : int
    patients : Patients
        Everybody who entered.
    arm : ndarray of int, shape (n,)
        Arm of each, of a crossover the order of the arms; -1 where not randomised.
    groups : tuple of Group
        By arm, in the order of the file.
    lead_in : Record or None
        Of everybody, up to randomisation.
    qualified : ndarray of bool, shape (n,)
        Who was randomised after it.
    """

    number: int
    patients: Patients
    arm: np.ndarray
    groups: tuple[Group, ...]
    lead_in: Record | None = None
    qualified: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=bool))

    @property
    def failed(self) -> int:
        """How many patients the engine gave up."""
        same = all(group.whole is self.groups[0].whole for group in self.groups)
        records = [group.whole for group in (self.groups[:1] if same else self.groups)]
        records += [self.lead_in] if self.lead_in is not None else []
        gone = [np.isnan(record.madrs[:, 0]) for record in records if len(record.madrs)]
        return sum(int(each.sum()) for each in gone)


Steps = Generator[Ask, Course, Replicate]


def run(
    plan: Plan,
    numbers: Sequence[int],
    threads: int | None = None,
    *,
    between_trials: bool = True,
) -> list[Replicate]:
    """Run replicates of a trial.

    Parameters
    ----------
    plan : Plan
    numbers : sequence of int
        Which replicates; number k is the same in any company.
    threads : int, optional
        Default: all processors; the numbers do not depend on it.
    between_trials : bool
        Whether each replicate draws how strongly its patients respond to drug and placebo;
        False is the trial in the middle of all.

    Raises
    ------
    UserError
        Hardly anybody qualifies for the trial.
    """
    begun = [_course_of(plan, number, between_trials) for number in numbers]
    found: dict[int, Replicate] = {}
    asks = {k: next(steps) for k, steps in enumerate(begun)}
    while asks:
        answers = _simulated(plan, asks, threads)
        asks = {}
        for k, answer in answers.items():
            try:
                asks[k] = begun[k].send(answer)
            except StopIteration as done:
                found[k] = done.value
    return [_with_policies(plan, found[k], threads) for k in range(len(begun))]


def _course_of(plan: Plan, number: int, between_trials: bool) -> Steps:
    """Return the steps of one replicate of whatever design."""
    kind = plan.trial.design.kind
    entered = patients(
        plan.entry,
        plan.model,
        plan.trial.design.n,
        seed=plan.trial.seed,
        replicate=number,
        between_trials=between_trials,
    )
    if kind == CROSSOVER:
        return _crossover(plan, entered)
    if kind == WITHDRAWAL:
        return _withdrawal(plan, entered)
    return _parallel(plan, entered)


def _simulated(plan: Plan, asks: dict[int, Ask], threads: int | None) -> dict[int, Course]:
    """Simulate what several replicates ask for in one ensemble."""
    each = list(asks.values())
    columns = [ask.patients.values for ask in each]
    values = {name: np.concatenate([own[name] for own in columns]) for name in columns[0]}
    together = course(
        plan.model,
        [regimen for ask in each for regimen in ask.regimens],
        values,
        each[0].visits_h,
        plan.outputs,
        fine_h=each[0].fine_h,
        threads=threads,
    )
    ends = np.cumsum([ask.patients.n for ask in each])
    return {
        k: together.take(slice(int(end) - ask.patients.n, int(end)))
        for (k, ask), end in zip(asks.items(), ends, strict=True)
    }


def _seen(plan: Plan, happened: Course, who: Patients) -> Record:
    """Return what the trial sees of its patients."""
    return observe(happened, who, plan.scales, plan.outputs, dropout=plan.trial.design.dropout)


def _parallel(plan: Plan, who: Patients) -> Steps:
    """Randomise, treat, look."""
    design = plan.trial.design
    stratum = strata(design.stratify, who.baseline, who.values)
    arm = allocate(plan.ratio, stratum, who.n, who.seed, who.replicate)
    given = tuple(plan.dressed[k] for k in arm)
    happened = yield Ask(given, who, plan.visits_h, plan.fine_h)
    record = _seen(plan, happened, who)
    groups = tuple(_group(plan, record, arm == k, stratum) for k in range(len(plan.own)))
    return Replicate(who.replicate, who, arm, groups)


def _group(plan: Plan, record: Record, mine: np.ndarray, stratum: np.ndarray | None) -> Group:
    rows = np.flatnonzero(mine)
    own = record.take(rows)
    begin = int(np.searchsorted(record.times_h, plan.start_h - SAME_H))
    own_strata = None if stratum is None else stratum[rows]
    last_h = float(record.times_h[-1])
    return Group(own, cut(own, begin, None, last_h), rows, own_strata)


def cut(record: Record, begin: int, end: int | None, last_h: float) -> Record:
    """Return a record from visit ``begin`` to before visit ``end``, its clock set to 0 there.

    Parameters
    ----------
    record : Record
    begin, end : int
    last_h : float
        End of what is kept between visits [h], on the record's clock.
    """
    start_h = float(record.times_h[begin])
    fine = (record.fine_h >= start_h - SAME_H) & (record.fine_h <= last_h + SAME_H)
    if start_h == 0 and end is None:
        return record
    return replace(
        record,
        times_h=record.times_h[begin:end] - start_h,
        scores={name: values[:, begin:end] for name, values in record.scores.items()},
        outputs={name: values[:, fine] for name, values in record.outputs.items()},
        fine_h=record.fine_h[fine] - start_h,
        left_h=record.left_h - start_h,
        madrs=record.madrs[:, begin:end] if len(record.madrs) else record.madrs,
    )


def _crossover(plan: Plan, who: Patients) -> Steps:
    """Give everybody every arm, one after another, in a random order."""
    ways = orders(len(plan.own))
    order = sequences(len(plan.own), who.n, who.seed, who.replicate)
    given = tuple(plan.dressed[k] for k in order)
    happened = yield Ask(given, who, plan.visits_h, plan.fine_h)
    record = _seen(plan, happened, who)
    place = np.array([[way.index(a) for a in range(len(plan.own))] for way in ways])
    groups = tuple(
        _period_group(plan, record, place[order, a], order) for a in range(len(plan.own))
    )
    return Replicate(who.replicate, who, order, groups)


def _period_group(plan: Plan, record: Record, place: np.ndarray, order: np.ndarray) -> Group:
    """Return one arm of a crossover: of each patient the period in which it was given."""
    width = len(plan.own_visits_h)
    last_h = float(plan.own_visits_h[-1])
    parts = [
        cut(record, p * width, (p + 1) * width, p * plan.period_h + last_h)
        for p in range(len(plan.own))
    ]
    rows = np.arange(record.n)

    def chosen(arrays: list[np.ndarray]) -> np.ndarray:
        return np.stack(arrays)[place, rows]

    first = parts[0]
    left_h = chosen([part.left_h for part in parts])
    left_h = np.where(left_h > last_h, np.inf, np.maximum(left_h, 0.0))
    own = replace(
        first,
        times_h=plan.own_visits_h,
        scores={name: chosen([part.scores[name] for part in parts]) for name in first.scores},
        outputs={name: chosen([part.outputs[name] for part in parts]) for name in first.outputs},
        left_h=left_h,
        left_why=np.where(np.isfinite(left_h), record.left_why, ""),
        madrs=chosen([part.madrs for part in parts]),
    )
    return Group(record, own, rows, None, order)


def _withdrawal(plan: Plan, who: Patients) -> Steps:
    """Treat openly, randomise those who qualify, begin again with each one's own regimen."""
    assert plan.trial.lead_in is not None
    assert plan.lead_in is not None
    before = plan.visits_h[plan.visits_h <= plan.start_h + SAME_H]
    fine = plan.fine_h[plan.fine_h <= plan.start_h + SAME_H]
    happened = yield Ask((plan.lead_in,) * who.n, who, before, fine)
    record = _seen(plan, happened, who)
    qualified = plan.qualifies(record)
    chosen = np.flatnonzero(qualified)
    randomised = who.take(chosen)
    stratum = strata(
        plan.trial.design.stratify, record.scores[plan.entry.scale][chosen, -1], randomised.values
    )
    drawn = allocate(plan.ratio, stratum, randomised.n, who.seed, who.replicate)
    arm = np.full(who.n, NOBODY)
    arm[chosen] = drawn
    given = tuple(plan.dressed[k] for k in drawn)
    happened = yield Ask(given, randomised, plan.visits_h, plan.fine_h)
    later = _seen(plan, happened, randomised)
    groups = tuple(_group(plan, later, drawn == k, stratum) for k in range(len(plan.own)))
    groups = tuple(
        Group(group.whole, group.record, chosen[group.rows], group.strata) for group in groups
    )
    return Replicate(who.replicate, who, arm, groups, record, qualified)


def _with_policies(plan: Plan, found: Replicate, threads: int | None) -> Replicate:
    """Return a replicate with the arms whose visits decide on what is given next."""
    groups = list(found.groups)
    for k, policy in enumerate(plan.policies):
        if policy is None:
            continue
        from ketasim.trial.policies_driver import treat

        treated = treat(
            plan.model,
            plan.own[k],
            policy,
            found.patients.take(groups[k].rows),
            plan.visits_h,
            plan.scales,
            until_h=float(plan.visits_h[-1]),
            outputs=plan.outputs,
            dress=plan.setting.dress,
            dropout=plan.trial.design.dropout,
            threads=threads,
        )
        groups[k] = replace(
            groups[k], whole=treated.record, record=treated.record, doses=treated.doses
        )
    return replace(found, groups=tuple(groups))
