"""Patients treated by a policy: decided at every visit, replayed from the start where it changes.

Until the first visit at which a patient's plan changes, what happens does not depend on what is
planned for later. So a plan is simulated to its end as if it stood, and only those whose plan
changes at a visit are simulated again. Whoever gets the same sessions shares one regimen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError
from ketasim.trial.patients import Patients
from ketasim.trial.policies import SAME_H, Policy, Sessions, State, StepUp
from ketasim.trial.record import LATENT, Record, course, follow
from ketasim.trial.scales import scale
from ketasim.trial.scores import observed
from ketasim.trial.sessions import counted, sessions_of, with_sessions
from ketasim.trial.variation import Variation

if TYPE_CHECKING:
    from ketasim.dosing import Regimen
    from ketasim.model import Model

Dress = Callable[["Regimen"], "Regimen"]


@dataclass(frozen=True)
class Treated:
    """A group that a policy has treated.

    Attributes
    ----------
    record : Record
        Of the regimens that everybody ended up with.
    regimens : tuple of Regimen
        Each one's, those after leaving included.
    plans : tuple of tuple of Session
        Each one's sessions.
    doses : ndarray of int, shape (n,)
        Sessions with drug before leaving.
    """

    record: Record
    regimens: tuple[Regimen, ...]
    plans: tuple[Sessions, ...]
    doses: np.ndarray


def treat(
    model: Model,
    start: Regimen,
    policy: Policy,
    patients: Patients,
    visits_h: Sequence[float] | np.ndarray,
    scales: Sequence[str] = (LATENT,),
    outputs: Sequence[str] = (),
    *,
    until_h: float | None = None,
    dress: Dress | None = None,
    fine_h: Sequence[float] | np.ndarray | None = None,
    dropout: bool = False,
    vary: Variation | None = None,
    threads: int | None = None,
) -> Treated:
    """Treat patients by a policy and follow them.

    Parameters
    ----------
    model : Model
    start : Regimen
        What treatment begins with.
    policy : Policy
    patients : Patients
    visits_h : array_like, shape (visits,)
        Ascending [h]; the first is baseline. Decisions fall on all but the first.
    scales, outputs, fine_h, dropout, vary, threads
        As in `ketasim.trial.record.follow`.
    until_h : float, optional
        No session begins then or later [h]; default: at the last visit.
    dress : callable, optional
        What an arm adds to a regimen: blinding, care, concomitant treatment.

    Raises
    ------
    UserError
        A regimen without sessions, or one whose dose is none of a policy's steps.
    """
    decided = decide_all(
        model, start, policy, patients, visits_h,
        until_h=until_h, dress=dress, vary=vary, threads=threads,
    )  # fmt: skip
    regimens = decided.regimens
    record = follow(
        model, regimens, patients, visits_h, scales, outputs,
        fine_h=fine_h, dropout=dropout, vary=vary, threads=threads,
    )  # fmt: skip
    doses = [counted(plan, left) for plan, left in zip(decided.plans, record.left_h, strict=True)]
    return Treated(record, regimens, decided.plans, np.array(doses, dtype=int))


@dataclass(frozen=True)
class Decided:
    """What everybody ends up with: plans and regimens, and true MADRS at the visits (n, visits)."""

    plans: tuple[Sessions, ...]
    regimens: tuple[Regimen, ...]
    madrs: np.ndarray


def decide_all(
    model: Model,
    start: Regimen,
    policy: Policy,
    patients: Patients,
    visits_h: Sequence[float] | np.ndarray,
    *,
    until_h: float | None = None,
    dress: Dress | None = None,
    vary: Variation | None = None,
    threads: int | None = None,
) -> Decided:
    """Find what a policy gives each patient; parameters as in `treat`."""
    visits = np.asarray(visits_h, dtype=float).ravel()
    end_h = float(visits[-1]) if until_h is None else until_h
    sessions = sessions_of(start)
    check_fits(policy, start)
    induction = len(policy.first(sessions, end_h))
    plans: list[Sessions] = [policy.begin(sessions, end_h)] * patients.n
    built = _Regimens(start, f"{start.text}; {policy.describe()}", dress)
    madrs = np.empty((patients.n, len(visits)))
    scores = np.empty_like(madrs)
    who = np.arange(patients.n)
    for visit in range(1, len(visits) + 1):
        if len(who):
            some, given = patients.take(who), [built.of(plans[k]) for k in who]
            madrs[who] = course(model, given, some.values, visits, threads=threads).madrs
            scores[who] = observed(
                scale(policy.scale), madrs[who], visits, seed=patients.seed,
                replicate=patients.replicate, index=some.index, vary=vary,
            )  # fmt: skip
        if visit < len(visits):
            who = _changed(plans, policy, visits, visit, scores, induction, end_h)
    return Decided(tuple(plans), tuple(built.of(plan) for plan in plans), madrs)


def check_fits(policy: Policy, start: Regimen) -> None:
    """Refuse a regimen that a policy cannot go on from.

    Raises
    ------
    UserError
        No session, or a first dose that is none of the steps.
    """
    sessions = [each for each in sessions_of(start) if not each.is_sham]
    if not sessions_of(start):
        raise UserError(f"policy: the regimen ({start.text}) has no session to go on from")
    if isinstance(policy, StepUp):
        for each in sessions[-1:]:
            if not any(each.gives(said) for said in policy.doses):
                steps = ", ".join(policy.doses)
                raise UserError(f"policy.doses: {start.text} gives none of {steps}")
            for said in policy.doses:
                each.redosed(said)


def _changed(
    plans: list[Sessions],
    policy: Policy,
    visits: np.ndarray,
    visit: int,
    scores: np.ndarray,
    induction: int,
    end_h: float,
) -> np.ndarray:
    """Let the policy decide at one visit; return whose plan it changed, the plans now new."""
    now_h, found = float(visits[visit]), []
    for who, plan in enumerate(plans):
        given = tuple(each for each in plan if each.start_h < now_h - SAME_H)
        state = State(
            now_h=now_h,
            until_h=end_h,
            visits_h=visits[: visit + 1],
            scores=scores[who, : visit + 1],
            given=given,
            planned=plan[len(given) :],
            induction=induction,
        )
        after = given + policy.decide(state)
        if after != plan:
            plans[who] = after
            found.append(who)
    return np.array(found, dtype=int)


class _Regimens:
    """Regimens by plan, each built once, so that those alike are simulated as one template."""

    def __init__(self, start: Regimen, text: str, dress: Dress | None) -> None:
        self._start, self._text, self._dress = start, text, dress
        self._built: dict[Sessions, Regimen] = {}

    def of(self, plan: Sessions) -> Regimen:
        """Return the regimen of a plan."""
        if plan not in self._built:
            bare = with_sessions(self._start, plan, self._text)
            self._built[plan] = self._dress(bare) if self._dress else bare
        return self._built[plan]
