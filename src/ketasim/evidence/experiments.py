"""From findings to what must be simulated: arms, the curves wanted of each, and the times.

Arms that are followed for about as long share one time grid and one call of the engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.dosing import engine_events
from ketasim.dosing.drugs import ways_in
from ketasim.errors import UserError, nearest
from ketasim.evidence.finding import Arm, Finding
from ketasim.evidence.measures import AFTER_LAST_H, PEAK_WITHIN_H, Request
from ketasim.evidence.readouts import Readout
from ketasim.model import Model, companion_names, load_mechanism, mechanism_names

HORIZONS_H = (8.0, 24.0, 48.0, 120.0, 240.0, 480.0, 960.0)
# Fine where curves bend: every minute for 4 h, then coarser; and right after every change.
_GRID = ((4.0, 1 / 60), (12.0, 1 / 12), (24.0, 0.25), (math.inf, 1.0))
_JUST_AFTER_H = 1e-4
ANY_WEIGHT_KG = 70.0  # to lay doses out; which targets they have does not depend on it
Wanted = tuple[Readout, Request]


@dataclass(frozen=True)
class Batch:
    """Arms on one time grid.

    Attributes
    ----------
    arms : tuple of Arm
    wanted : tuple of tuple of (Readout, Request)
        For each arm.
    times_h : ndarray
    """

    arms: tuple[Arm, ...]
    wanted: tuple[tuple[Wanted, ...], ...]
    times_h: np.ndarray


def last_dose(arm: Arm) -> tuple[float, float]:
    """Return start and end [h] of the last drug dose."""
    doses = [dose for dose in arm.regimen.doses if dose.drug is not None]
    if not doses:
        return 0.0, 0.0
    last = max(doses, key=lambda dose: (dose.start_h, dose.duration_h))
    return last.start_h, last.start_h + last.duration_h


def window(finding: Finding, arm: Arm) -> tuple[float, float]:
    """Return the window [h]; a peak is looked for until a day after the last dose."""
    end_h = finding.end_h
    if not math.isfinite(end_h) and finding.measure in ("Cmax", "Tmax"):
        end_h = last_dose(arm)[1] + PEAK_WITHIN_H
    return finding.start_h, end_h


def wanted(finding: Finding, arm: Arm) -> tuple[Wanted, ...]:
    """Return the curves and numbers that a finding needs of an arm, the main one first."""
    readout = finding.readout
    assert readout is not None
    span = window(finding, arm)
    if finding.measure == "AUC ratio":
        assert finding.over is not None
        return (readout, Request("AUC", *span)), (finding.over, Request("AUC", *span))
    if finding.measure in ("clearance", "F"):
        return ((readout, Request("AUC")),)
    if finding.measure == "volume":
        return (readout, Request("AUC")), (readout, Request("AUMC"))
    return ((readout, Request(finding.measure, *span)),)


def arms_of(finding: Finding) -> tuple[Arm, ...]:
    """Return the arm, and the comparator where there is one."""
    return tuple(arm for arm in (finding.arm, finding.comparator) if arm is not None)


def batches(findings: Iterable[Finding]) -> tuple[Batch, ...]:
    """Return what must be simulated for findings that can be run."""
    needs: dict[Arm, dict[Wanted, None]] = {}
    for finding in findings:
        for arm in arms_of(finding):
            needs.setdefault(arm, {}).update(dict.fromkeys(wanted(finding, arm)))
    groups: dict[float, list[Arm]] = {}
    for arm, curves in needs.items():
        groups.setdefault(_horizon(arm, curves), []).append(arm)
    return tuple(
        Batch(
            tuple(arms),
            tuple(tuple(needs[arm]) for arm in arms),
            _times(end_h, [(arm, *needs[arm]) for arm in arms]),
        )
        for end_h, arms in sorted(groups.items())
    )


def _horizon(arm: Arm, curves: Iterable[Wanted]) -> float:
    ends = [
        r.end_h if math.isfinite(r.end_h) else last_dose(arm)[1] + AFTER_LAST_H for _, r in curves
    ]
    return next((h for h in HORIZONS_H if h >= max(ends)), max(ends))


def _times(end_h: float, needs: Sequence[tuple]) -> np.ndarray:
    """Return the grid to ``end_h``, with every dose, window and time asked for on it."""
    parts, start_h = [], 0.0
    for until_h, step_h in _GRID:
        stop_h = min(until_h, end_h)
        if stop_h > start_h:
            count = round((stop_h - start_h) / step_h)
            parts.append(start_h + step_h * np.arange(count))
        start_h = max(start_h, stop_h)
    marks = {0.0, end_h}
    for arm, *curves in needs:
        for dose in arm.regimen.doses:
            for at_h in (dose.start_h, dose.start_h + dose.duration_h):
                marks |= {at_h, at_h + _JUST_AFTER_H}
        for _, request in curves:
            marks |= {request.start_h, request.end_h}
    parts.append(np.array([m for m in marks if 0 <= m <= end_h]))
    return np.unique(np.round(np.concatenate(parts), 9))


def what_is_missing(finding: Finding, model: Model) -> str:
    """Return why a finding cannot be run, in words; empty where it can."""
    if finding.out_of_scope:
        return finding.out_of_scope
    if finding.preparation == "bath":
        return "a bath around slices or cells is not run yet"
    known = {row.symbol for row in model.parameters}
    for arm in arms_of(finding):
        for symbol, *_ in arm.people.ranges:
            if symbol not in known:
                return f"the model has no parameter {symbol!r}{nearest(symbol, known)}"
        for target in _targets(arm, model):
            return f"the model has no {target!r} for the dose by {finding.route} to act on"
    for readout in (finding.readout, finding.over):
        for name in readout.outputs() if readout else ():
            if name not in model.outputs:
                return f"the model has no output {name!r}{nearest(name, model.outputs)}"
    _check_unit(finding, model)
    return ""


def _check_unit(finding: Finding, model: Model) -> None:
    """Refuse the value of a model output in another unit than the model's."""
    readout = finding.readout
    if readout is None or not readout.output or finding.contrast or finding.direction:
        return
    unit = model.outputs[readout.output].unit
    if finding.unit != unit:
        raise UserError(
            f"{finding.file}: {finding.id}: unit: {finding.unit!r} is not that of "
            f"{readout.output}; nearest: {unit}"
        )


def _targets(arm: Arm, model: Model) -> list[str]:
    """Return what the doses of an arm reach and the model lacks."""
    absent = {*mechanism_names(), *companion_names()} - set(model.mechanisms)
    switches = {name for each in absent for name in load_mechanism(each).event_inputs}
    known = {*model.inputs, *model.outputs, *(switches - set(ways_in()))}
    targets = engine_events(arm.regimen, [ANY_WEIGHT_KG], model.mechanisms).targets
    return [name for name in targets if name not in known]
