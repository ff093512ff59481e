"""What does not depend on the replicate: model, regimens, times, what is measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.dosing import Regimen
from ketasim.dosing.protocol import steps_regimen
from ketasim.dosing.quantities import hours
from ketasim.errors import UserError, nearest
from ketasim.trial.arms import (
    Setting,
    after_lead_in,
    in_order,
    lead_in_regimen,
    own_regimens,
    period_h,
    setting,
)
from ketasim.trial.design import orders
from ketasim.trial.endpoints import Endpoint, per_patient
from ketasim.trial.patients import Entry
from ketasim.trial.record import ACUTE, around_doses
from ketasim.trial.scales import scale, scales
from ketasim.trial.trial_file import CROSSOVER, EndpointTable, Trial
from ketasim.trial.trial_rules import RELAPSES, ratio

if TYPE_CHECKING:
    from ketasim.model import Model
    from ketasim.trial.conditions import Condition
    from ketasim.trial.record import Record


@dataclass(frozen=True)
class Plan:
    """A trial, ready to be run.

    Attributes
    ----------
    trial : Trial
    model : Model
    entry : Entry
    warning : str
        What a reader must know of the illness enrolled; often empty.
    ratio : tuple of int
        Patients of each arm in a block.
    own : tuple of Regimen
        What the steps of each arm give.
    dressed : tuple of Regimen
        The same with blinding, concomitant treatment and care, on the trial's clock; of a
        crossover in each of its orders.
    setting : Setting
    lead_in : Regimen or None
        Dressed, before a randomised withdrawal.
    policies : tuple
        A policy or None for each arm.
    start_h : float
        Randomisation, on the trial's clock [h].
    own_visits_h : ndarray, shape (visits,)
        Since randomisation, or since the start of a period; the first is 0.
    visits_h, fine_h : ndarray
        Visits, and times for acute effects, on the trial's clock [h].
    period_h : float
        Of a crossover [h], washout included; else 0.
    scales, outputs : tuple of str
        What is rated, and what of the model is recorded between visits.
    endpoints : tuple of Endpoint
        As in the file, times since randomisation.
    """

    trial: Trial
    model: Model
    entry: Entry
    warning: str
    ratio: tuple[int, ...]
    own: tuple[Regimen, ...]
    dressed: tuple[Regimen, ...]
    setting: Setting
    lead_in: Regimen | None
    policies: tuple[Any, ...]
    start_h: float
    own_visits_h: np.ndarray
    visits_h: np.ndarray
    fine_h: np.ndarray
    period_h: float
    scales: tuple[str, ...]
    outputs: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]

    def qualifies(self, lead_in: Record) -> np.ndarray:
        """Return who is randomised after the lead-in, judged by the observed score."""
        assert self.trial.lead_in is not None
        word = "response" if self.trial.lead_in.randomise == "responders" else "remission"
        met = per_patient(Endpoint(word, self.entry.scale, at_h=self.start_h), lead_in)
        return met == 1.0


@contextmanager
def told_with(place: str) -> Iterator[None]:
    """Put ``place`` (file and key) before what a lower layer says of the user's mistake."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{place}: {error}") from None


def planned(trial: Trial, file: str = "trial") -> Plan:
    """Assemble the model and work out regimens and times.

    Parameters
    ----------
    trial : Trial
    file : str
        Names the trial in errors.

    Raises
    ------
    UserError
        Unknown population, parameter, condition or output; a route that the model lacks; an
        endpoint that cannot be had.
    """
    own = own_regimens(trial)
    illness = _condition(trial, file)
    start_h = hours(trial.lead_in.until) if trial.lead_in else 0.0
    own_visits_h = np.array([0.0, *(hours(visit) for visit in trial.design.visits)])
    period = period_h(trial) if trial.design.kind == CROSSOVER else 0.0
    visits_h = _clock(trial, own_visits_h, start_h, period)
    model = _model(trial, own)
    set_up = setting(trial, float(visits_h[-1]))
    told = replace(set_up, open_label=False)  # the lead-in is open already
    lead_in = told.dress(lead_in_regimen(trial)) if trial.lead_in else None
    endpoints = tuple(
        _endpoint(each, trial, f"{file}: endpoints[{e}]")
        for e, each in enumerate(trial.endpoints, 1)
    )
    _check_routes(trial, own, model, file)
    outputs = _outputs(trial, model, file)
    return Plan(
        trial=trial,
        model=model,
        entry=_entry(trial, model, illness, file),
        warning=illness.warning if illness else "",
        ratio=ratio([arm.allocation for arm in trial.arms]),
        own=own,
        dressed=_dressed(trial, own, set_up, period),
        setting=set_up,
        lead_in=lead_in,
        policies=tuple(arm.policy.policy() if arm.policy else None for arm in trial.arms),
        start_h=start_h,
        own_visits_h=own_visits_h,
        visits_h=visits_h,
        fine_h=_fine(trial, own, own_visits_h, visits_h, period) if outputs else np.empty(0),
        period_h=period,
        scales=_scales(trial),
        outputs=outputs,
        endpoints=endpoints,
    )


def _clock(trial: Trial, own_h: np.ndarray, start_h: float, period: float) -> np.ndarray:
    """Return every visit on the trial's clock [h]."""
    if trial.design.kind == CROSSOVER:
        return np.concatenate([place * period + own_h for place in range(len(trial.arms))])
    if trial.lead_in is None:
        return own_h
    before = [0.0, *(hours(visit) for visit in trial.lead_in.visits)]
    return np.concatenate([before, start_h + own_h])


def _dressed(
    trial: Trial, own: Sequence[Regimen], set_up: Setting, period: float
) -> tuple[Regimen, ...]:
    if trial.design.kind == CROSSOVER:
        return tuple(set_up.dress(in_order(own, way, period)) for way in orders(len(own)))
    if trial.lead_in is None:
        return tuple(set_up.dress(each) for each in own)
    before = lead_in_regimen(trial)
    blind = replace(set_up, open_label=False)  # the lead-in is open already
    told = [each.open_label() if set_up.open_label else each for each in own]
    return tuple(blind.dress(after_lead_in(before, each, trial.lead_in.until)) for each in told)


def _fine(
    trial: Trial, own: Sequence[Regimen], own_h: np.ndarray, visits_h: np.ndarray, period: float
) -> np.ndarray:
    """Return when acute effects are looked at [h], the same in every replicate."""
    if trial.design.kind == CROSSOVER:
        once = around_doses(own, own_h)
        return np.concatenate([place * period + once for place in range(len(own))])
    if trial.lead_in is None:
        return around_doses(own, visits_h)
    before = lead_in_regimen(trial)
    each = [after_lead_in(before, one, trial.lead_in.until) for one in own]
    return around_doses(each, visits_h)


def _model(trial: Trial, own: Sequence[Regimen]) -> Model:
    """Assemble all mechanisms, and the kinetics of every other drug that is dosed."""
    from ketasim.model import assemble, companion_names

    steps = [*own, steps_regimen(trial.design.concomitant)]
    if trial.lead_in is not None:
        steps.append(steps_regimen(trial.lead_in.regimen))
    drugs = {dose.drug for regimen in steps for dose in regimen.doses if dose.drug}
    named = {drug.companion for drug in drugs}
    return assemble(companions=[name for name in companion_names() if name in named])


def _check_routes(trial: Trial, own: Sequence[Regimen], model: Model, file: str) -> None:
    """Refuse what the model cannot be given."""
    from ketasim.dosing import engine_events
    from ketasim.simulation.question import acting_on

    places = [(f"arms[{a}].regimen", each) for a, each in enumerate(own, 1)]
    places.append(("design.concomitant", steps_regimen(trial.design.concomitant)))
    if trial.lead_in is not None:
        places.append(("lead_in.regimen", steps_regimen(trial.lead_in.regimen)))
    for place, regimen in places:
        with told_with(f"{file}: {place}"):
            acting_on(model, engine_events(regimen, [70.0], model.mechanisms))


def _entry(trial: Trial, model: Model, illness: Condition | None, file: str) -> Entry:
    """Return who may enter."""
    from ketasim.population import COVARIATES

    table = trial.population
    known = {*COVARIATES, *(row.symbol for row in model.parameters)}
    for symbol in table.overrides:
        if symbol not in known:
            raise UserError(
                f"{file}: population.overrides: no parameter {symbol!r}{nearest(symbol, known)}"
            )
    ranges = {
        symbol: (given[0], given[1]) if isinstance(given, tuple) else given
        for symbol, given in table.overrides.items()
    }
    baseline = (table.baseline.mean, table.baseline.sd) if table.baseline else None
    with told_with(f"{file}: population"):
        entry = Entry(table.name, baseline, table.entry.scale, table.entry.minimum, ranges)
        return entry if illness is None else illness.entry(entry)


def _condition(trial: Trial, file: str) -> Condition | None:
    """Return the illness that the trial names; refuse scores where its mood means nothing."""
    from ketasim.trial.conditions import condition

    name = trial.population.condition
    if name is None:
        return None
    with told_with(f"{file}: population"):
        found = condition(name)
    for e, each in enumerate(trial.endpoints, 1):
        if not found.has_mood and _is_scale(each.scale):
            raise UserError(
                f"{file}: endpoints[{e}].scale: {each.scale!r} means nothing in {found.name}; "
                "acute effects, as CADSS, can be asked for"
            )
    return found


def _scales(trial: Trial) -> tuple[str, ...]:
    """Return every scale that is rated; that of the entry rule is always one."""
    named = [trial.population.entry.scale, *(each.scale for each in trial.endpoints)]
    known = [scale(name).name for name in named if _is_scale(name)]
    return tuple(dict.fromkeys(known))


def _is_scale(name: str) -> bool:
    try:
        return bool(scale(name))
    except UserError:
        return False


def _outputs(trial: Trial, model: Model, file: str) -> tuple[str, ...]:
    """Return the outputs that endpoints and dropout need."""
    found = []
    for e, each in enumerate(trial.endpoints, 1):
        if _is_scale(each.scale):
            continue
        if each.scale not in model.outputs:
            known = (*scales(), *model.outputs)
            hint = nearest(each.scale, known)
            raise UserError(
                f"{file}: endpoints[{e}].scale: no scale or output {each.scale!r}{hint}"
            )
        found.append(each.scale)
    acute = ACUTE if trial.design.dropout else ()
    return tuple(dict.fromkeys([*found, *acute]))


def _endpoint(each: EndpointTable, trial: Trial, place: str) -> Endpoint:
    """Return an endpoint of the file, times since randomisation."""
    from_h, among = _hours(each.from_), each.among
    if each.endpoint in RELAPSES and trial.lead_in is not None:
        from_h, among = from_h or 0.0, among or trial.lead_in.randomise
    with told_with(place):
        return Endpoint(
            each.endpoint,
            scale(each.scale).name if _is_scale(each.scale) else each.scale,
            at_h=_hours(each.at),
            from_h=from_h,
            to_h=_hours(each.to),
            share=each.share,
            cut=each.cut,
            threshold=each.threshold,
            among=among,
            among_at_h=_hours(each.among_at),
            consecutive=each.consecutive,
        )


def _hours(text: str | None) -> float | None:
    return None if text is None else hours(text)
