"""From a regimen to the engine's events: rates, bolus doses and switches, as data.

Each regimen is laid out once as a template whose values are ``fixed + per_kg * weight``, then
scaled by the weights of all individuals at once. Doses that overlap on one rate are summed
anew at each change, so that the rate returns exactly to 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.dosing.regimen import Dose, Hold, Regimen
from ketasim.engine.events import ADD_TO_STATE, SET_PARAMETER, Events
from ketasim.errors import UserError

# Times are put on a grid of 3.4 microseconds, so that touching windows leave no sliver between
# them; a power of two, so that differences of times are exact.
_GRID_PER_H = 2.0**30


@dataclass(frozen=True)
class Flow:
    """Something present from ``start_h`` to ``end_h``, of size fixed + per_kg × weight."""

    target: str
    start_h: float
    end_h: float
    fixed: float
    per_kg: float


@dataclass(frozen=True)
class Template:
    """Events of one regimen before weight is known, sorted by time.

    Arrays have one entry per event; ``targets`` are the names that ``target`` indexes.
    """

    time_h: np.ndarray
    kind: np.ndarray
    target: np.ndarray
    fixed: np.ndarray
    per_kg: np.ndarray
    targets: tuple[str, ...]


def engine_events(
    regimen: Regimen | Sequence[Regimen],
    weight_kg: Iterable[float],
    mechanisms: Sequence[str] = (),
) -> Events:
    """Expand a regimen for every individual.

    Parameters
    ----------
    regimen : Regimen or sequence of Regimen
        One for all, or one for each individual.
    weight_kg : array_like of float, shape (n,)
        Body weight [kg].
    mechanisms : sequence of str
        Those of the model; where one has the kinetics of a drug given (midazolam), doses of it
        enter there, and it is not clamped.

    Returns
    -------
    Events
        Times [h] on the engine's clock, which starts ``lead_h(regimen)`` hours before the
        regimen's time 0. Rates in nmol/h, amounts in nmol, switches dimensionless.

    Raises
    ------
    UserError
        A weight that is not positive and finite, or a wrong number of regimens.
    """
    weights = checked_weights(weight_kg)
    if isinstance(regimen, Regimen):
        laid_out = template(regimen, regimen.lead_h, mechanisms)
        return _scaled([laid_out], np.zeros(len(weights), int), weights)
    if len(regimen) != len(weights):
        raise UserError(f"regimen: {len(regimen)} regimens for {len(weights)} individuals")
    shift_h = lead_h(regimen)
    different = {id(each): each for each in regimen}
    place = {key: position for position, key in enumerate(different)}
    which = np.array([place[id(each)] for each in regimen], dtype=int)
    templates = [template(each, shift_h, mechanisms) for each in different.values()]
    return _scaled(templates, which, weights)


def lead_h(regimen: Regimen | Sequence[Regimen]) -> float:
    """Return how long before time 0 the earliest step of any of the regimens begins [h]."""
    if isinstance(regimen, Regimen):
        return regimen.lead_h
    return max((each.lead_h for each in regimen), default=0.0)


def checked_weights(weight_kg: Iterable[float]) -> np.ndarray:
    """Return weights [kg] as an array, or raise `UserError` naming the first bad one."""
    weights = np.atleast_1d(np.asarray(weight_kg, dtype=float))
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights > 0)))
    if bad.size:
        where = int(bad[0])
        raise UserError(f"weight_kg: {weights[where]:g} of individual {where} is not positive")
    return weights


def template(regimen: Regimen, shift_h: float = 0.0, mechanisms: Sequence[str] = ()) -> Template:
    """Lay out a regimen, its clock moved ``shift_h`` hours, without weights."""
    rows: list[tuple[float, int, str, float, float]] = []
    drugs = [dose for dose in regimen.doses if dose.drug is not None]
    entering = [dose for dose in drugs if dose.drug and dose.drug.enters(mechanisms)]
    clamped = [dose for dose in drugs if dose.drug and not dose.drug.enters(mechanisms)]
    for target, flows in _grouped(infusions(entering)).items():
        rows += _changes(target, flows, _summed, (0.0, 0.0), shift_h)
    rows += _merged_additions(entering, shift_h)
    holds = (*regimen.holds, *_session_holds(regimen.doses), *_clamps(clamped))
    rows += _switches(holds, shift_h)
    rows.sort(key=lambda row: row[:3])
    targets = tuple(sorted({row[2] for row in rows}))
    index = {name: position for position, name in enumerate(targets)}
    return Template(
        time_h=np.array([row[0] for row in rows], dtype=float),
        kind=np.array([row[1] for row in rows], dtype=np.int8),
        target=np.array([index[row[2]] for row in rows], dtype=np.int32),
        fixed=np.array([row[3] for row in rows], dtype=float),
        per_kg=np.array([row[4] for row in rows], dtype=float),
        targets=targets,
    )


def entries(dose: Dose) -> list[tuple[str, str, float]]:
    """Return (enantiomer, route, share) of each place a dose goes; what is swallowed is oral."""
    if dose.drug is None:
        return []
    routes = [(dose.route, dose.mucosal_share), ("oral", 1.0 - dose.mucosal_share)]
    return [
        (enantiomer, route, share * part)
        for enantiomer, share in dose.drug.shares
        for route, part in routes
        if part > 0
    ]


def infusions(doses: Iterable[Dose]) -> list[Flow]:
    """Return infusions and releases of ``doses`` as rates [nmol/h] into the model's inputs."""
    flows = []
    for dose in doses:
        if dose.drug is None or dose.duration_h == 0 or dose.amount.is_zero:
            continue
        start_h, end_h = _snap(dose.enters_h), _snap(dose.enters_h + dose.duration_h)
        for enantiomer, route, share in entries(dose):
            given = dose.amount.times(share * dose.drug.nmol_per_mg() / (end_h - start_h))
            target = dose.drug.places[route].rate.format(enantiomer)
            flows.append(Flow(target, start_h, end_h, given.mg, given.mg_per_kg))
    return flows


def additions(doses: Iterable[Dose]) -> list[Flow]:
    """Return the doses given at once as amounts [nmol] into the model's compartments."""
    flows = []
    for dose in doses:
        if dose.drug is None or dose.duration_h > 0 or dose.amount.is_zero:
            continue
        for enantiomer, route, share in entries(dose):
            given = dose.amount.times(share * dose.drug.nmol_per_mg())
            target = dose.drug.places[route].compartment.format(enantiomer)
            flows.append(Flow(target, dose.enters_h, dose.enters_h, given.mg, given.mg_per_kg))
    return flows


def _session_holds(doses: Iterable[Dose]) -> list[Hold]:
    """Return ``u_session`` of every session."""
    return [
        Hold("u_session", 1.0, dose.start_h, dose.session_end_h - dose.start_h)
        for dose in doses
        if dose.session and (dose.is_sham or not dose.amount.is_zero)
    ]


def _clamps(doses: Iterable[Dose]) -> list[Hold]:
    """Return the clamped exposures of drugs whose kinetics the model has not."""
    return [
        Hold(dose.drug.input, 1.0, dose.start_h, dose.session_end_h - dose.start_h)
        for dose in doses
        if dose.drug is not None and dose.drug.input and not dose.amount.is_zero
    ]


def _switches(holds: Iterable[Hold], shift_h: float) -> list[tuple[float, int, str, float, float]]:
    """Return the events of all holds, those of one input combined by its rule."""
    rules: dict[str, tuple[float, str]] = {}
    flows = []
    for hold in holds:
        at_rest, combine = rules.setdefault(hold.input, (hold.rest, hold.combine))
        if at_rest != hold.rest:
            both = f"{at_rest:g} and {hold.rest:g}"
            raise UserError(f"hold: {hold.input} is given two resting values, {both}")
        if combine != hold.combine:
            both = f"{combine!r} and {hold.combine!r}"
            raise UserError(f"hold: {hold.input} is combined in two ways, {both}; choose one")
        flows.append(Flow(hold.input, hold.start_h, hold.end_h, hold.value, 0.0))
    rows = []
    for target, group in _grouped(flows).items():
        at_rest, combine = rules[target]
        rows += _changes(target, group, _combination(combine, at_rest), (at_rest, 0.0), shift_h)
    return rows


def _combination(combine: str, rest: float) -> Callable[[list[Flow]], tuple[float, float]]:
    """Return the function that combines overlapping holds; see `regimen.Hold`."""

    def farthest(active: list[Flow]) -> tuple[float, float]:
        values = [flow.fixed for flow in active]
        return max(values, key=lambda value: (abs(value - rest), value)), 0.0

    def multiplied(active: list[Flow]) -> tuple[float, float]:
        # sorted, so that the product is the same in whatever order they come
        return rest * math.prod(sorted(flow.fixed / rest for flow in active)), 0.0

    def added(active: list[Flow]) -> tuple[float, float]:
        return rest + math.fsum(flow.fixed - rest for flow in active), 0.0

    return {"farthest": farthest, "multiply": multiplied, "add": added}[combine]


def _summed(active: list[Flow]) -> tuple[float, float]:
    """Return the sum of ``active`` flows, the same in whatever order they come."""
    return math.fsum(f.fixed for f in active), math.fsum(f.per_kg for f in active)


def _changes(
    target: str,
    flows: list[Flow],
    combine: Callable[[list[Flow]], tuple[float, float]],
    rest: tuple[float, float],
    shift_h: float,
) -> list[tuple[float, int, str, float, float]]:
    """Return a SET_PARAMETER row for each time at which the combined value changes."""
    begins: dict[float, list[Flow]] = {}
    ends: dict[float, list[Flow]] = {}
    for flow in flows:
        start_h, end_h = _snap(flow.start_h), _snap(flow.end_h)
        if end_h > start_h:
            begins.setdefault(start_h, []).append(flow)
            ends.setdefault(end_h, []).append(flow)
    rows, active, before = [], {}, rest
    for time_h in sorted({*begins, *ends}):
        for flow in ends.get(time_h, ()):
            active.pop(id(flow), None)
        active.update({id(flow): flow for flow in begins.get(time_h, ())})
        now = combine(list(active.values())) if active else rest
        if now != before:
            rows.append((_snap(time_h + shift_h), SET_PARAMETER, target, *now))
        before = now
    return rows


def _merged_additions(
    doses: Iterable[Dose], shift_h: float
) -> list[tuple[float, int, str, float, float]]:
    """Return one ADD_TO_STATE row for each compartment and time."""
    places: dict[tuple[str, float], list[Flow]] = {}
    for flow in additions(doses):
        places.setdefault((flow.target, _snap(flow.start_h + shift_h)), []).append(flow)
    return [(at, ADD_TO_STATE, name, *_summed(flows)) for (name, at), flows in places.items()]


def _grouped(flows: Iterable[Flow]) -> dict[str, list[Flow]]:
    """Return flows by target."""
    groups: dict[str, list[Flow]] = {}
    for flow in flows:
        groups.setdefault(flow.target, []).append(flow)
    return groups


def _snap(time_h: float) -> float:
    """Return the time [h] on the grid, never as minus zero."""
    return round(time_h * _GRID_PER_H) / _GRID_PER_H


def _scaled(templates: list[Template], which: np.ndarray, weight_kg: np.ndarray) -> Events:
    """Return the events of each individual: its template, scaled by its weight."""
    targets = tuple(sorted({name for each in templates for name in each.targets}))
    place = {name: position for position, name in enumerate(targets)}
    lengths = np.array([len(each.time_h) for each in templates], dtype=np.int64)
    offsets = np.concatenate(([0], np.cumsum(lengths[which]))).astype(np.int64)
    rows = int(offsets[-1])
    time, value = np.empty(rows), np.empty(rows)
    kind, target = np.empty(rows, dtype=np.int8), np.empty(rows, dtype=np.int32)
    for number, each in enumerate(templates):
        people = np.flatnonzero(which == number)
        at = offsets[people][:, None] + np.arange(lengths[number])
        renamed = np.array([place[name] for name in each.targets], dtype=np.int32)
        time[at], kind[at] = each.time_h, each.kind
        target[at] = renamed[each.target] if len(each.target) else each.target
        value[at] = each.fixed + each.per_kg * weight_kg[people][:, None]
    return Events(offsets, time, kind, target, value, targets)
