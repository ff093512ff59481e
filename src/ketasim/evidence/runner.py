"""Simulate what findings ask for: one typical individual each, or a study's participants.

Each arm runs in the model it needs (`models`); arms of one model that are followed for about as
long are one ensemble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ketasim.dosing import Regimen
from ketasim.evidence.experiments import Batch, Wanted, batches, last_dose, wanted, what_is_missing
from ketasim.evidence.finding import Arm, Finding
from ketasim.evidence.measures import MEASURES, evaluate
from ketasim.evidence.models import kinetic_model, model_for, model_of, whole_model
from ketasim.evidence.observed import observed_ratio
from ketasim.evidence.people import (
    Values,
    participants,
    perturbed,
    tiled,
    typical_person,
    uncertain,
    uncertain_holds,
)
from ketasim.evidence.quantities import in_unit, unit_of
from ketasim.evidence.readouts import ANALYTES
from ketasim.model import Model
from ketasim.population import Population
from ketasim.simulation import simulate

__all__ = ["kinetic_model", "model_for", "whole_model"]
MOST_NUMBERS = 6_000_000  # simulated at once (48 MB)
RTOL = 1e-4
People = Callable[[Arm, Model], Values]
Given = Callable[[Arm], Sequence[Regimen]]


@dataclass(frozen=True)
class Numbers:
    """What was computed of every arm, and the weight of everybody in it.

    Attributes
    ----------
    of : dict of (Arm, Readout, Request) to ndarray, shape (n,)
    weight_kg : dict of Arm to ndarray, shape (n,)
    masses : dict of str to float
        Molar masses [ng/nmol] by symbol.
    """

    of: dict[tuple[Arm, Wanted], np.ndarray] = field(default_factory=dict)
    weight_kg: dict[Arm, np.ndarray] = field(default_factory=dict)
    masses: dict[str, float] = field(default_factory=dict)


def predict_typical(
    findings: Iterable[Finding],
    values: Mapping[str, float | np.ndarray] | None = None,
    model: Model | None = None,
) -> np.ndarray:
    """Predict findings for one typical participant of each study, without uncertainty.

    Parameters
    ----------
    findings : iterable of Finding
        From `load_findings`.
    values : mapping of str to float or ndarray, shape (k,), optional
        Parameters instead of the tables', as ``{"CL_S": 95.0}``; arrays are k settings at once.
    model : Model, optional
        Default: the mechanisms that each arm needs.

    Returns
    -------
    ndarray, shape (len(findings),) or (k, len(findings))
        Each in the finding's unit; ratios, changes (as 1 + change) and directions as the ratio
        of arm to comparator. So it stands beside `observed_values`. NaN for a finding that
        cannot be run, and for a direction of more than two arms.
    """
    chosen = tuple(findings)
    settings = {name: np.asarray(value, dtype=float) for name, value in (values or {}).items()}
    sizes = {value.size for value in settings.values() if value.ndim}
    k = max(sizes, default=1)
    numbers = _typical_numbers(chosen, settings, k, model)
    runnable = _runnable(chosen, model)
    predicted = np.full((k, len(chosen)), np.nan)
    for column, finding in enumerate(chosen):
        if finding in runnable:
            predicted[:, column] = comparable(finding, numbers)
    return predicted if sizes else predicted[0]


def predict_settings(
    findings: Iterable[Finding], values: Mapping[str, np.ndarray], model: Model | None = None
) -> dict[Finding, np.ndarray]:
    """Return what a typical participant shows under each setting, shape (arms, k): see `sides`.

    Parameters
    ----------
    findings : iterable of Finding
        Experiments; those that cannot be run are left out.
    values : mapping of str to ndarray, shape (k,)
        Parameters instead of the tables', k settings at once.
    model : Model, optional
        Default: the mechanisms that each arm needs.
    """
    chosen = _runnable(tuple(findings), model)
    k = max(value.size for value in values.values())
    numbers = _typical_numbers(chosen, values, k, model)
    return {finding: sides(finding, numbers) for finding in chosen}


def _typical_numbers(
    findings: tuple[Finding, ...], values: Mapping[str, np.ndarray], k: int, model: Model | None
) -> Numbers:
    def people(arm: Arm, model: Model) -> Values:
        return tiled({**typical_person(arm, model), **values}, k)

    return _numbers(_runnable(findings, model), people, k, model)


def predict_people(
    findings: Sequence[Finding], model: Model | None, n: int, seed: int
) -> dict[Finding, np.ndarray]:
    """Return what each of ``n`` virtual participants shows, shape (arms, n): see `sides`."""
    chosen = _runnable(tuple(findings), model)
    numbers = _numbers(chosen, lambda arm, model: participants(arm, model, n, seed), n, model)
    return {finding: sides(finding, numbers) for finding in chosen}


def predict_uncertain(
    findings: Sequence[Finding], model: Model | None, draws: int, seed: int
) -> dict[Finding, np.ndarray]:
    """Return what typical participants show, shape (arms, 1 + draws): as tabled, then each draw."""
    chosen = _runnable(tuple(findings), model)

    def people(arm: Arm, model: Model) -> Values:
        return _moved(typical_person(arm, model), uncertain(model, draws, seed, alone), model)

    alone = model is not None
    given = uncertain_holds(draws, seed)
    numbers = _numbers(chosen, people, 1 + draws, model, given)
    return {finding: sides(finding, numbers) for finding in chosen}


def predict_crowds(
    findings: Sequence[Finding], model: Model | None, n: int, draws: int, seed: int
) -> dict[Finding, np.ndarray]:
    """Return the mean over ``n`` participants, shape (arms, 1 + draws): as tabled, then draws.

    For shares of people, which no typical participant has.
    """
    chosen = _runnable(tuple(findings), model)
    size = (1 + draws) * n
    alone = model is not None

    def people(arm: Arm, model: Model) -> Values:
        who = {s: np.tile(v, 1 + draws) for s, v in participants(arm, model, n, seed).items()}
        unsure = {s: np.repeat(v, n) for s, v in uncertain(model, draws, seed, alone).items()}
        return _moved(who, unsure, model)

    numbers = _numbers(chosen, people, size, model)
    return {f: sides(f, numbers).reshape(-1, 1 + draws, n).mean(axis=2) for f in chosen}


def _moved(
    people: Mapping[str, float | np.ndarray], unsure: Mapping[str, np.ndarray], model: Model
) -> Values:
    """Return people whose parameters are moved as draws move those of the tables."""
    size = max(value.size for value in unsure.values())
    rows = {row.symbol: row for row in model.parameters}
    moved = {}
    for symbol, drawn in unsure.items():
        value = drawn * (np.asarray(people.get(symbol, rows[symbol].value)) / rows[symbol].value)
        moved[symbol] = np.minimum(value, 1.0) if rows[symbol].unit == "fraction" else value
    return tiled({**people, **moved}, size)


def observed_values(findings: Iterable[Finding]) -> np.ndarray:
    """Return what was observed, beside `predict_typical`: changes as 1 + change; NaN for none.

    NaN for clinical findings, too: no typical participant has their numbers.
    """
    return np.array(
        [
            np.nan
            if f.value is None or not f.measure or f.clinical is not None
            else observed_ratio(f, kind_of(f))
            for f in findings
        ]
    )


def kind_of(finding: Finding) -> str:
    """Return the kind of quantity of a finding's value."""
    return finding.contrast or MEASURES[finding.measure].kind


def comparable(finding: Finding, numbers: Numbers) -> np.ndarray:
    """Return each person's number: the value, or arm over comparator for a contrast."""
    found = sides(finding, numbers)
    if len(found) > 2:
        return np.full(found.shape[1], np.nan)
    return found[0] / found[1] if len(found) == 2 else found[0]


def sides(finding: Finding, numbers: Numbers) -> np.ndarray:
    """Return each person's number in every arm that the finding compares.

    Returns
    -------
    ndarray, shape (arms, n)
        One arm: in the finding's unit. Arm and comparator of a contrast or a direction, then
        reference and its comparator; or rising doses, then the comparator: in the inside unit.
    """
    compared = finding.every_arm
    if finding.contrast or finding.direction:
        if finding.arms:
            assert finding.comparator is not None
            compared = (*finding.arms, finding.comparator)
        else:
            named = (
                finding.arm, finding.comparator, finding.reference, finding.reference_comparator
            )  # fmt: skip
            compared = tuple(arm for arm in named if arm is not None)
        return np.array([_inside(finding, each, numbers) for each in compared])
    arm, comparator = finding.arm, finding.comparator
    assert arm is not None
    inside = _inside(finding, arm, numbers)
    if finding.measure == "F":
        assert comparator is not None
        inside = inside / _inside(finding, comparator, numbers)
    kind = kind_of(finding)
    if not kind:
        return inside[None]
    readout = finding.readout
    mass = readout.mass_ng_nmol(numbers.masses) if readout else 1.0
    unit = unit_of(kind, finding.unit)
    return in_unit(inside, unit, mass, numbers.weight_kg[arm])[None]


def _inside(finding: Finding, arm: Arm, numbers: Numbers) -> np.ndarray:
    """Return the measure in one arm, in the inside unit of its kind."""
    parts = [numbers.of[arm, each] for each in wanted(finding, arm)]
    measure = finding.measure
    if measure in ("Tmax", "time of peak"):
        return parts[0] - last_dose(arm)[0]
    if measure == "AUC ratio":
        return parts[0] / parts[1]
    if measure not in ("clearance", "volume", "F"):
        return parts[0]
    dose_nmol = _dose_nmol(arm, finding, numbers.weight_kg[arm])
    if measure == "F":
        return parts[0] / dose_nmol
    if measure == "clearance":
        return dose_nmol / parts[0]
    start_h, end_h = last_dose(arm)
    residence_h = parts[1] / parts[0] - start_h - (end_h - start_h) / 2
    return dose_nmol / parts[0] * residence_h


def _dose_nmol(arm: Arm, finding: Finding, weight_kg: np.ndarray) -> np.ndarray:
    """Return how much of the analyte's enantiomers was given [nmol]."""
    assert finding.readout is not None
    chosen = ANALYTES[finding.readout.analyte].enantiomers
    total = np.zeros_like(weight_kg)
    for dose in arm.regimen.doses:
        if dose.drug is not None:
            share = sum(s for e, s in dose.drug.shares if e in chosen)
            mg = dose.amount.mg + dose.amount.mg_per_kg * weight_kg
            total = total + mg * share * dose.drug.nmol_per_mg()
    return total


def _numbers(
    findings: tuple[Finding, ...],
    people: People,
    n: int,
    model: Model | None,
    given: Given | None = None,
) -> Numbers:
    """Simulate every arm for ``n`` people."""
    numbers = Numbers()
    for each, parts in _plan(findings, model):
        numbers.masses.update(_masses(each))
        for batch in parts:
            _add_batch(batch, people, n, each, given, numbers)
    return numbers


def _add_batch(
    batch: Batch, people: People, n: int, model: Model, given: Given | None, numbers: Numbers
) -> None:
    """Simulate the arms of a batch, as many at once as memory allows, and add their numbers."""
    defaults = {row.symbol: row.value for row in model.parameters}
    outputs = tuple(dict.fromkeys(o for want in batch.wanted for r, _ in want for o in r.outputs()))
    size = max(1, MOST_NUMBERS // (n * len(batch.times_h) * len(outputs)))
    for first in range(0, len(batch.arms), size):
        arms = batch.arms[first : first + size]
        values = [perturbed(arm, people(arm, model), defaults, n) for arm in arms]
        regimens = [given(arm) if given else [arm.regimen] * n for arm in arms]
        result = _curves(regimens, values, batch.times_h, outputs, n, model)
        for place, arm in enumerate(arms):
            courses = {name: result[place, :, :, k] for k, name in enumerate(outputs)}
            for readout, request in batch.wanted[first + place]:
                curve = readout.course(courses, numbers.masses)
                numbers.of[arm, (readout, request)] = evaluate(request, batch.times_h, curve)
            numbers.weight_kg[arm] = values[place].get("WT", np.full(n, defaults.get("WT", 70.0)))


def _curves(
    given: Sequence[Sequence[Regimen]],
    values: Sequence[Values],
    times_h: np.ndarray,
    outputs: tuple[str, ...],
    n: int,
    model: Model,
) -> np.ndarray:
    """Return curves of ``n`` people in each arm, shape (arms, n, times, outputs)."""
    defaults = {row.symbol: row.value for row in model.parameters}
    symbols = dict.fromkeys(symbol for each in values for symbol in each if symbol in defaults)
    table = {
        symbol: np.concatenate([each.get(symbol, np.full(n, defaults[symbol])) for each in values])
        for symbol in symbols
    }
    regimens = [regimen for arm in given for regimen in arm]
    result = simulate(
        model,
        regimens,
        Population("typical", n=len(regimens)),
        times_h,
        outputs,
        values=table,
        rtol=RTOL,
    )
    return result.values.reshape(len(given), n, len(times_h), len(outputs))


@lru_cache(maxsize=64)
def _plan(
    findings: tuple[Finding, ...], model: Model | None
) -> tuple[tuple[Model, tuple[Batch, ...]], ...]:
    """Return the batches of each model that is needed."""
    if model is not None:
        return ((model, batches(findings)),)
    chosen: dict[Arm, Model] = {}
    for finding in findings:
        for arm in finding.every_arm:
            each = model_of(arm, finding)
            if arm not in chosen or len(each.mechanisms) > len(chosen[arm].mechanisms):
                chosen[arm] = each
    models = {each.hash: each for each in chosen.values()}
    return tuple(
        (each, batches(findings, lambda arm, key=key: chosen[arm].hash == key))
        for key, each in models.items()
    )


@lru_cache(maxsize=64)
def _runnable(findings: tuple[Finding, ...], model: Model | None) -> tuple[Finding, ...]:
    experiments = (each for each in findings if each.clinical is None)
    return tuple(each for each in experiments if not what_is_missing(each, model))


def _masses(model: Model) -> dict[str, float]:
    return {row.symbol: row.value for row in model.parameters if row.symbol.startswith("MW_")}
