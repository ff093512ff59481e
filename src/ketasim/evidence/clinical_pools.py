"""Pools of virtual patients: each group that findings speak of, simulated once for all of them.

Two arms are the same pool where regimen, patients and perturbations are; their findings share its
patients and its visits. A pool holds the same ``people`` under each draw of what is not known.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ketasim.errors import UserError
from ketasim.evidence.clinical import Clinical, Group
from ketasim.evidence.finding import Arm, Finding
from ketasim.evidence.models import companions_of, whole_model
from ketasim.evidence.people import Values
from ketasim.model import Model
from ketasim.trial.conditions import condition
from ketasim.trial.patients import Entry, Patients, patients
from ketasim.trial.readings import READ_AFTER_H
from ketasim.trial.record import ACUTE, Course, around_doses, course

DAY_H, WEEK_H = 24.0, 168.0
DAILY_UNTIL_H = 14 * DAY_H
LATENT = "MADRS"


@dataclass(frozen=True, eq=False)
class Pool:
    """One group of patients and what is wanted of them.

    Attributes
    ----------
    arm : Arm
        The first of the arms that are it.
    trials : int
        Over which differences between trials average out.
    visits_h : tuple of float
        The first is 0. Weekly besides where visits decide: on leaving, or on what is given next.
    acute : tuple of str
        Outputs wanted between visits.
    fine_h : tuple of float
        When these are wanted.
    scales : tuple of str
    dropout : bool
        Whether it matters who leaves.
    """

    arm: Arm
    trials: int
    visits_h: tuple[float, ...]
    acute: tuple[str, ...]
    fine_h: tuple[float, ...]
    scales: tuple[str, ...]
    dropout: bool

    @property
    def group(self) -> Group:
        """Its patients."""
        assert self.arm.group is not None
        return self.arm.group

    @property
    def outputs(self) -> tuple[str, ...]:
        """Outputs to simulate beside the score."""
        return tuple(dict.fromkeys([*self.acute, *(ACUTE if self.dropout else ())]))


def pools(findings: Iterable[Finding]) -> dict[tuple[Finding, Arm], Pool]:
    """Return the pool of each arm of each finding, with everything that findings want of it.

    Nobody leaves a pool but for findings that ask who does, or count who has left.
    """
    needs: dict[Hashable, list[tuple[Finding, Arm]]] = {}
    for finding in findings:
        for arm in finding.every_arm:
            needs.setdefault(_key(finding, arm), []).append((finding, arm))
    found = {}
    for uses in needs.values():
        pool = _pool([finding for finding, _ in uses], uses[0][1])
        found |= dict.fromkeys(uses, pool)
    return found


def _clinical(finding: Finding) -> Clinical:
    assert finding.clinical is not None
    return finding.clinical


def _leaves(finding: Finding) -> bool:
    """Return whether it matters to a finding who leaves."""
    return finding.measure == "dropout" or _clinical(finding).missing != "as if stayed"


def _key(finding: Finding, arm: Arm) -> Hashable:
    """Return what two arms have in common that are the same pool."""
    assert arm.group is not None
    who = replace(arm.group, n=None, policy=None, own=None, dress=None)
    given = arm.regimen.doses, arm.regimen.holds, repr(arm.group.policy)
    return given, arm.people, arm.settings, who, _clinical(finding).trials, _leaves(finding)


def _pool(findings: list[Finding], arm: Arm) -> Pool:
    clinical = [_clinical(finding) for finding in findings]
    acute = [each for each in clinical if each.is_acute]
    fine = {t for f in findings if _clinical(f).is_acute for t in _fine(_clinical(f), arm)}
    rated = [each for each in clinical if not each.is_acute]
    visits = {0.0, *(t for each in rated for t in visits_of(each))}
    leaves = _leaves(findings[0])
    end_h = max([*visits, *fine])
    decided = arm.group is not None and arm.group.policy is not None
    if leaves or decided:
        visits |= {float(t) for t in np.arange(WEEK_H, end_h, WEEK_H)}
    if decided:
        visits |= {t for each in rated for t in each.visits_h if 0 < t < end_h}
    if leaves:
        fine |= _around_sessions(arm, end_h)
    return Pool(
        arm,
        clinical[0].trials,
        tuple(sorted(visits)),
        tuple(dict.fromkeys(each.scale for each in acute)),
        tuple(sorted(fine)),
        tuple(dict.fromkeys(each.scale for each in rated)),
        leaves,
    )


def visits_of(clinical: Clinical) -> tuple[float, ...]:
    """Return the visits at which a finding's scores are read [h], without baseline."""
    if clinical.at_h is not None:
        points = {clinical.at_h}
    elif clinical.to_h is None:
        points = set()
    else:
        start_h, end_h = clinical.from_h or 0.0, clinical.to_h
        step_h = DAY_H if end_h - start_h <= DAILY_UNTIL_H else WEEK_H
        usual = np.arange(start_h + step_h, end_h, step_h)
        inside = [t for t in clinical.visits_h if start_h < t < end_h] or usual
        points = {start_h, end_h, *(round(float(t), 6) for t in inside)}
    return tuple(sorted(points | ({clinical.among_h} - {None})))  # type: ignore[arg-type]


def _fine(clinical: Clinical, arm: Arm) -> set[float]:
    """Return the times at which an acute effect is read [h]."""
    if clinical.at_h is not None:
        return {clinical.at_h}
    assert clinical.to_h is not None
    start_h, end_h = clinical.from_h or 0.0, clinical.to_h
    near = _around_sessions(arm, end_h)
    return {start_h, end_h, *(t for t in near if start_h <= t <= end_h)}


def _around_sessions(arm: Arm, end_h: float) -> set[float]:
    """Return times around every dose and at every reading of a session, up to ``end_h`` [h]."""
    starts = {dose.start_h for dose in arm.regimen.doses if dose.session}
    read = {round(start + after, 6) for start in starts for after in READ_AFTER_H}
    near = {float(t) for t in around_doses([arm.regimen], np.array([0.0, end_h]))}
    return {t for t in near | read if 0 <= t <= end_h}


def model_of_pool(pool: Pool) -> Model:
    """Return every mechanism, and the kinetics of other drugs that the pool is given."""
    return whole_model(*companions_of(pool.arm))


def entry_of(arm: Arm) -> Entry:
    """Return whom a trial took into an arm."""
    group = arm.group
    assert group is not None
    ranges = {s: low if low == high else (low, high) for s, low, high in arm.people.ranges}
    entry = Entry(arm.people.name, group.baseline, group.scale, group.minimum, ranges)
    return condition(group.condition).entry(entry) if group.condition else entry


def enrolled(pool: Pool, model: Model, people: int, seed: int) -> Patients:
    """Return the patients of a pool, no trial's own effect upon them."""
    return _enrolled(_hashed(entry_of(pool.arm)), model, people, seed)


@dataclass(frozen=True)
class _Hashed:
    """An entry rule that can be a key."""

    entry: Entry
    overrides: tuple[tuple[str, object], ...]


def _hashed(entry: Entry) -> _Hashed:
    return _Hashed(entry, tuple(sorted(entry.overrides.items())))


@lru_cache(maxsize=256)
def _enrolled(key: _Hashed, model: Model, people: int, seed: int) -> Patients:
    return patients(key.entry, model, people, seed=seed, between_trials=False, sampling="sobol")


def moved(
    who: Patients, model: Model, unsure: Mapping[str, np.ndarray], arm: Arm, draws: int
) -> Values:
    """Return the parameters of every patient under every draw, arrays of shape (draws * n,).

    Parameters
    ----------
    who : Patients
    model : Model
    unsure : mapping of str to ndarray, shape (draws,)
        What each draw sets for the typical person; a patient's own value moves as much.
    arm : Arm
        Whose perturbations set parameters.
    draws : int
    """
    from ketasim.evidence.people import perturbed

    rows = {row.symbol: row for row in model.parameters}
    values = {symbol: np.tile(column, draws) for symbol, column in who.values.items()}
    for symbol, drawn in unsure.items():
        if symbol not in rows:
            continue
        row = rows[symbol]
        each = np.repeat(drawn, who.n)
        if symbol in values:
            own = values[symbol]
            each = own * (each / row.value) if row.value else own + each
        values[symbol] = np.minimum(each, 1.0) if row.unit == "fraction" else each
    defaults = {symbol: row.value for symbol, row in rows.items()}
    return perturbed(arm, values, defaults, draws * who.n)


def run_pool(
    pool: Pool, model: Model, values: Values, visits_h: np.ndarray | None = None
) -> Course:
    """Simulate a pool's patients; the score at visits, acute effects between them."""
    visits = np.array(pool.visits_h) if visits_h is None else visits_h
    fine = np.array(pool.fine_h) if pool.outputs else None
    return course(model, pool.arm.regimen, values, visits, pool.outputs, fine_h=fine)


def why_not(finding: Finding, model: Model | None = None) -> str:
    """Return why a clinical finding cannot be run, in words; empty where it can."""
    from ketasim.evidence.experiments import arm_lacks

    if finding.out_of_scope:
        return finding.out_of_scope
    clinical = _clinical(finding)
    for arm in finding.every_arm:
        held = model or whole_model(*companions_of(arm))
        outputs = (clinical.scale,) if clinical.is_acute else (LATENT,)
        if reason := arm.lacks or _refused(arm, clinical) or arm_lacks(arm, outputs, held):
            return reason
    return ""


def _refused(arm: Arm, clinical: Clinical) -> str:
    """Return why the model has no such patients; empty where it has."""
    group = arm.group
    if group is None or not group.condition:
        return ""
    try:
        found = condition(group.condition)
    except UserError as error:
        return str(error)
    if found.has_mood or clinical.is_acute:
        return ""
    return f"condition: {found.name} is accepted for acute effects only: {found.warning}"
