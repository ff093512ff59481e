"""From findings to what must be simulated: arms, the curves wanted of each, and the times.

Arms that are followed for about as long share one time grid and one call of the engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.dosing import engine_events
from ketasim.dosing.drugs import ways_in
from ketasim.errors import UserError, nearest
from ketasim.evidence.finding import Arm, Finding
from ketasim.evidence.measures import AFTER_LAST_H, MEASURES, PEAK_WITHIN_H, POINTS, TIMES, Request
from ketasim.evidence.models import inputs_of_all, model_of
from ketasim.evidence.readouts import Readout
from ketasim.model import Model

HORIZONS_H = (8.0, 24.0, 48.0, 120.0, 240.0, 480.0, 960.0)
# Fine where curves bend: every minute for 4 h, then coarser; and right after every change.
_GRID = ((4.0, 1 / 60), (12.0, 1 / 12), (24.0, 0.25), (math.inf, 1.0))
_JUST_AFTER_H = 1e-4
ANY_WEIGHT_KG = 70.0  # to lay doses out; which targets they have does not depend on it
UNTIL_A_DAY = ("Cmax", "Tmax", "mean", "peak", "trough", *TIMES)
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
    if not math.isfinite(end_h) and finding.measure in UNTIL_A_DAY:
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
    if finding.measure in ("peak", "trough") and readout.sign < 0:
        # what the study saw at its highest is the output at its lowest
        other = "trough" if finding.measure == "peak" else "peak"
        return ((readout, Request(other, *span)),)
    return ((readout, Request(finding.measure, *span)),)


def batches(findings: Iterable[Finding], runs: Callable[[Arm], bool] = bool) -> tuple[Batch, ...]:
    """Return what must be simulated for findings that can be run.

    Parameters
    ----------
    findings : iterable of Finding
    runs : callable, optional
        Whether an arm is wanted; default: all are.
    """
    needs: dict[Arm, dict[Wanted, None]] = {}
    for finding in findings:
        for arm in finding.every_arm:
            if runs(arm):
                needs.setdefault(arm, {}).update(dict.fromkeys(wanted(finding, arm)))
    groups: dict[tuple[float, bool], list[Arm]] = {}
    for arm, curves in needs.items():
        dense = any(request.measure not in POINTS for _, request in curves)
        groups.setdefault((_horizon(arm, curves), dense), []).append(arm)
    return tuple(
        Batch(
            tuple(arms),
            tuple(tuple(needs[arm]) for arm in arms),
            _times(end_h, [(arm, *needs[arm]) for arm in arms], dense),
        )
        for (end_h, dense), arms in sorted(groups.items(), key=lambda group: group[0])
    )


def _horizon(arm: Arm, curves: Iterable[Wanted]) -> float:
    ends = [
        r.end_h if math.isfinite(r.end_h) else last_dose(arm)[1] + AFTER_LAST_H for _, r in curves
    ]
    return next((h for h in HORIZONS_H if h >= max(ends)), max(ends))


def _times(end_h: float, needs: Sequence[tuple], dense: bool) -> np.ndarray:
    """Return the grid to ``end_h``, with every dose, window and time asked for on it.

    Where only points in time are asked for (not ``dense``), they are all there is.
    """
    if not dense:
        asked = {request.start_h for _, *curves in needs for _, request in curves}
        return np.array(sorted({0.0, *asked}))
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


def what_is_missing(finding: Finding, model: Model | None = None) -> str:
    """Return why a finding cannot be run, in words; empty where it can.

    Parameters
    ----------
    finding : Finding
    model : Model, optional
        Default: for each arm the model it needs.
    """
    if finding.out_of_scope:
        return finding.out_of_scope
    if finding.clinical is not None:
        from ketasim.evidence.clinical_pools import why_not

        return why_not(finding, model)
    for readout in (finding.readout, finding.over):
        if readout is not None and not readout.outputs():
            why = readout.word.note if readout.word else ""
            return f"nothing stands for {str(readout)!r}: {why}"
    for arm in finding.every_arm:
        held = model or model_of(arm, finding)
        if reason := arm.lacks or arm_lacks(arm, _outputs_of(finding), held):
            return reason
    _check_unit(finding, model or model_of(finding.every_arm[0], finding))
    return ""


def _outputs_of(finding: Finding) -> tuple[str, ...]:
    """Return every output that a finding reads."""
    readouts = [readout for readout in (finding.readout, finding.over) if readout]
    return tuple(name for readout in readouts for name in readout.outputs())


def arm_lacks(arm: Arm, outputs: Iterable[str], model: Model) -> str:
    """Return what a model lacks for one arm and the outputs read from it."""
    known = {row.symbol for row in model.parameters}
    for symbol in (*(s for s, *_ in arm.people.ranges), *(s.symbol for s in arm.settings)):
        if symbol not in known:
            return f"the model has no parameter {symbol!r}{nearest(symbol, known)}"
    route = " + ".join(arm.routes)
    for target in _targets(arm, model):
        cause = f"the dose by {route}" if route else " and ".join(arm.perturbations)
        return f"the model has no {target!r} for {cause} to act on"
    for name in outputs:
        if name not in model.outputs:
            return f"the model has no output {name!r}{nearest(name, model.outputs)}"
    return ""


def _check_unit(finding: Finding, model: Model) -> None:
    """Refuse the value of a model output in another unit than the model's."""
    readout = finding.readout
    if readout is None or not readout.output or finding.direction:
        return
    output = model.outputs[readout.output]
    other = finding.comparator.regimen if finding.comparator else None
    untouched = other is not None and not other.doses and not other.holds
    nothing = output.rest == 0 and finding.measure not in (*TIMES, "response")
    if finding.contrast and untouched and nothing:
        raise UserError(
            f"{finding.file}: {finding.id}: contrast: {readout} rests at 0, so it has no "
            f"{finding.contrast}; give a direction"
        )
    if finding.contrast or MEASURES[finding.measure].kind:
        return
    if finding.unit != output.unit:
        raise UserError(
            f"{finding.file}: {finding.id}: unit: {finding.unit!r} is not that of "
            f"{readout.output}; nearest: {output.unit}"
        )


def _targets(arm: Arm, model: Model) -> list[str]:
    """Return what the doses and holds of an arm reach and the model lacks."""
    known = {*model.inputs, *model.outputs, *(inputs_of_all() - set(ways_in()))}
    targets = engine_events(arm.regimen, [ANY_WEIGHT_KG], model.mechanisms).targets
    return [name for name in targets if name not in known]
