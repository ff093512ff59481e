"""Simulate what findings ask for: one typical person each, or a study's participants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from ketasim.dosing import Regimen
from ketasim.evidence.experiments import Batch, Wanted, batches, last_dose, wanted, what_is_missing
from ketasim.evidence.finding import Arm, Finding
from ketasim.evidence.measures import MEASURES, evaluate
from ketasim.evidence.observed import observed_ratio
from ketasim.evidence.people import Values, participants, tiled, typical_person, uncertain
from ketasim.evidence.quantities import in_unit, unit_of
from ketasim.evidence.readouts import ANALYTES
from ketasim.model import Model, assemble
from ketasim.population import Population
from ketasim.simulation import simulate

KINETIC = ("pk", "absorption", "metabolites", "brain")
MOST_NUMBERS = 6_000_000  # simulated at once (48 MB)
RTOL = 1e-4


@dataclass(frozen=True)
class Numbers:
    """What was computed of every arm, and the weight of everybody in it.

    Attributes
    ----------
    of : dict of (Arm, Readout, Request) to ndarray, shape (n,)
    weight_kg : dict of Arm to ndarray, shape (n,)
    """

    of: dict[tuple[Arm, Wanted], np.ndarray]
    weight_kg: dict[Arm, np.ndarray]


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
        Default: the mechanisms the findings need.

    Returns
    -------
    ndarray, shape (len(findings),) or (k, len(findings))
        Each in the finding's unit; ratios, changes (as 1 + change) and directions as the ratio
        of arm to comparator. So it stands beside `observed_values`. NaN for a finding that
        cannot be run.
    """
    chosen = tuple(findings)
    model = model or model_for(chosen)
    settings = {name: np.asarray(value, dtype=float) for name, value in (values or {}).items()}
    sizes = {value.size for value in settings.values() if value.ndim}
    k = max(sizes, default=1)

    def people(arm: Arm) -> Values:
        return tiled({**typical_person(arm, model), **settings}, k)

    runnable = _runnable(chosen, model)
    numbers = _numbers(_batches(runnable), people, k, model)
    predicted = np.full((k, len(chosen)), np.nan)
    for column, finding in enumerate(chosen):
        if finding in runnable:
            predicted[:, column] = comparable(finding, numbers, model)
    return predicted if sizes else predicted[0]


def predict_people(
    findings: Sequence[Finding], model: Model, n: int, seed: int
) -> dict[Finding, np.ndarray]:
    """Return what each of ``n`` virtual participants shows, shape (2 or 1, n): arm, comparator."""
    chosen = _runnable(tuple(findings), model)
    people = {arm: participants(arm, model, n, seed) for arm in _all_arms(chosen)}
    numbers = _numbers(_batches(chosen), lambda arm: people[arm], n, model)
    return {finding: sides(finding, numbers, model) for finding in chosen}


def predict_uncertain(
    findings: Sequence[Finding], model: Model, draws: int, seed: int
) -> dict[Finding, np.ndarray]:
    """Return predictions for typical people, shape (1 + draws,): as tabled, then each draw."""
    chosen = _runnable(tuple(findings), model)
    found = predict_typical(chosen, uncertain(model, draws, seed), model)
    return {finding: found[:, column] for column, finding in enumerate(chosen)}


def observed_values(findings: Iterable[Finding]) -> np.ndarray:
    """Return what was observed, beside `predict_typical`: changes as 1 + change; NaN for none."""
    return np.array(
        [
            np.nan if f.value is None or not f.measure else observed_ratio(f, kind_of(f))
            for f in findings
        ]
    )


@cache
def kinetic_model(*companions: str) -> Model:
    """Return the kinetics in blood and brain alone, which is fast, and those of other drugs."""
    return assemble(KINETIC, companions=companions)


@cache
def whole_model(*companions: str) -> Model:
    """Return every mechanism, and the kinetics of other drugs."""
    return assemble(companions=companions)


def model_for(findings: Iterable[Finding]) -> Model:
    """Return the mechanisms that the findings' readouts and drugs need."""
    chosen = [finding for finding in findings if not finding.out_of_scope]
    drugs = (dose.drug for arm in _all_arms(chosen) for dose in arm.regimen.doses)
    companions = sorted({drug.companion for drug in drugs if drug and drug.companion})
    kinetic = kinetic_model(*companions)
    readouts = (readout for finding in chosen for readout in (finding.readout, finding.over))
    needs = {name for readout in readouts if readout for name in readout.outputs()}
    return kinetic if needs <= set(kinetic.outputs) else whole_model(*companions)


def kind_of(finding: Finding) -> str:
    """Return the kind of quantity of a finding's value."""
    return finding.contrast or MEASURES[finding.measure].kind


def comparable(finding: Finding, numbers: Numbers, model: Model) -> np.ndarray:
    """Return each person's number: the value, or arm over comparator for a contrast."""
    found = sides(finding, numbers, model)
    return found[0] / found[1] if len(found) == 2 else found[0]


def sides(finding: Finding, numbers: Numbers, model: Model) -> np.ndarray:
    """Return each person's number in the arm and, for a contrast, in the comparator.

    Returns
    -------
    ndarray, shape (1, n) or (2, n)
        In the finding's unit; contrasts in the inside unit.
    """
    arm, comparator = finding.arm, finding.comparator
    assert arm is not None
    if finding.contrast or finding.direction:
        assert comparator is not None
        return np.array([_inside(finding, each, numbers, model) for each in (arm, comparator)])
    inside = _inside(finding, arm, numbers, model)
    if finding.measure == "F":
        assert comparator is not None
        inside = inside / _inside(finding, comparator, numbers, model)
    kind = kind_of(finding)
    if not kind:
        return inside[None]
    readout = finding.readout
    mass = readout.mass_ng_nmol(_masses(model)) if readout else 1.0
    unit = unit_of(kind, finding.unit)
    return in_unit(inside, unit, mass, numbers.weight_kg[arm])[None]


def _inside(finding: Finding, arm: Arm, numbers: Numbers, model: Model) -> np.ndarray:
    """Return the measure in one arm, in the inside unit of its kind."""
    parts = [numbers.of[arm, each] for each in wanted(finding, arm)]
    measure = finding.measure
    if measure == "Tmax":
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
    parts: Sequence[Batch], people: Callable[[Arm], Values], n: int, model: Model
) -> Numbers:
    """Simulate batches for ``n`` people in every arm."""
    numbers = Numbers({}, {})
    defaults = {row.symbol: row.value for row in model.parameters}
    for batch in parts:
        outputs = tuple(
            dict.fromkeys(o for want in batch.wanted for r, _ in want for o in r.outputs())
        )
        size = max(1, MOST_NUMBERS // (n * len(batch.times_h) * len(outputs)))
        for first in range(0, len(batch.arms), size):
            arms = batch.arms[first : first + size]
            values = [people(arm) for arm in arms]
            result = _curves(arms, values, batch.times_h, outputs, n, model, defaults)
            for place, arm in enumerate(arms):
                courses = {name: result[place, :, :, k] for k, name in enumerate(outputs)}
                _measure(arm, batch.wanted[first + place], courses, batch.times_h, numbers, model)
                numbers.weight_kg[arm] = values[place].get("WT", np.full(n, defaults["WT"]))
    return numbers


def _curves(
    arms: Sequence[Arm],
    values: Sequence[Values],
    times_h: np.ndarray,
    outputs: tuple[str, ...],
    n: int,
    model: Model,
    defaults: Mapping[str, float],
) -> np.ndarray:
    """Return curves of ``n`` people in each arm, shape (arms, n, times, outputs)."""
    symbols = dict.fromkeys(symbol for each in values for symbol in each if symbol in defaults)
    table = {
        symbol: np.concatenate([each.get(symbol, np.full(n, defaults[symbol])) for each in values])
        for symbol in symbols
    }
    regimens: list[Regimen] = [arm.regimen for arm in arms for _ in range(n)]
    result = simulate(
        model,
        regimens,
        Population("typical", n=len(regimens)),
        times_h,
        outputs,
        values=table,
        rtol=RTOL,
    )
    return result.values.reshape(len(arms), n, len(times_h), len(outputs))


def _measure(
    arm: Arm,
    wants: Iterable[Wanted],
    courses: Mapping[str, np.ndarray],
    times_h: np.ndarray,
    numbers: Numbers,
    model: Model,
) -> None:
    """Add the numbers wanted of one arm."""
    masses = _masses(model)
    for readout, request in wants:
        curve = readout.course(courses, masses)
        numbers.of[arm, (readout, request)] = evaluate(request, times_h, curve)


@lru_cache(maxsize=64)
def _batches(findings: tuple[Finding, ...]) -> tuple[Batch, ...]:
    return batches(findings)


@lru_cache(maxsize=64)
def _runnable(findings: tuple[Finding, ...], model: Model) -> tuple[Finding, ...]:
    return tuple(each for each in findings if not what_is_missing(each, model))


def _all_arms(findings: Iterable[Finding]) -> tuple[Arm, ...]:
    return tuple(dict.fromkeys(a for f in findings for a in (f.arm, f.comparator) if a is not None))


def _masses(model: Model) -> dict[str, float]:
    return {row.symbol: row.value for row in model.parameters if row.symbol.startswith("MW_")}
