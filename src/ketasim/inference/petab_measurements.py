"""Which findings can be said in PEtab, and how: an observable of one simulation, read at a time.

PEtab compares a formula of a model's quantities, at one time of one simulated condition, with a
number. Concentrations can be said so, and areas, clearances and volumes once the model integrates
its own concentrations. What is sought along a curve (a peak, its time, a slope) or compares two
conditions cannot.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ketasim.evidence import Finding
from ketasim.evidence.experiments import last_dose, window
from ketasim.evidence.finding import Arm
from ketasim.evidence.measures import MEASURES
from ketasim.evidence.people import typical_person
from ketasim.evidence.quantities import unit_of
from ketasim.evidence.readouts import ANALYTES, Readout
from ketasim.model import Model

# Areas to infinity are read so long after the last dose: 20 half-lives of 12 h, by when a
# millionth is left.
INFINITY_H = 240.0
_NG_L = 1e3  # ng/L in ng/mL
_ALONG = {
    "Cmax": "a peak is sought along the curve",
    "Tmax": "the time of a peak is sought along the curve",
    "half-life": "a slope is fitted along the curve",
    "F": "two simulations are compared",
}


@dataclass(frozen=True)
class Measured:
    """A finding as PEtab says it.

    Attributes
    ----------
    finding : Finding
    observable : str
        Key of the observable.
    formula : str
        With ``observableParameter1_...`` standing for ``factor`` and 2 for ``middle_h``.
    time_h : float
        When it is read, on the clock of the simulation.
    factor : float
        From the model's units to the finding's, doses included.
    middle_h : float or None
        Middle of the infusion, where a mean residence time needs it.
    """

    finding: Finding
    observable: str
    formula: str
    time_h: float
    factor: float
    middle_h: float | None = None


def area_name(readout: Readout, moment: int = 0) -> str:
    """Return the model's name for the area under a concentration (or, 1, under time times it)."""
    what = readout.analyte.replace("-", "_")
    return f"{'AUMC' if moment else 'AUC'}_{readout.site}_{what}"


def concentration(readout: Readout) -> str:
    """Return a concentration [nmol/L] as a formula of model outputs."""
    names = readout.outputs()
    if readout.site == "csf":
        return f"{names[0]}*mL_per_L/{ANALYTES[readout.analyte].mass}"
    return " + ".join(names)


def why_not(finding: Finding) -> str:
    """Return why a finding cannot be said in PEtab; empty where it can."""
    if finding.contrast:
        return f"a {finding.contrast} compares two simulations"
    if finding.measure in _ALONG:
        return _ALONG[finding.measure]
    if finding.readout is None or not finding.readout.is_concentration:
        return "not a concentration"
    assert finding.arm is not None
    drugs = [dose.start_h for dose in finding.arm.regimen.doses if dose.drug is not None]
    if finding.measure != "concentration" and (finding.start_h > 0 or min(drugs, default=0.0) < 0):
        return "the area does not begin where the simulation does"
    return ""


def measured(finding: Finding, model: Model) -> Measured:
    """Return a finding for which `why_not` is empty as PEtab says it."""
    readout, arm = finding.readout, finding.arm
    assert readout is not None
    assert arm is not None
    lead_h = arm.regimen.lead_h
    unit = unit_of(MEASURES[finding.measure].kind, finding.unit)
    mass = model_value(model, ANALYTES[readout.analyte].mass)
    weight_kg = typical_person(arm, model).get("WT", model_value(model, "WT"))
    factor = (mass / _NG_L if unit.per_mass else 1.0) / unit.factor
    factor /= weight_kg / unit.per_kg if unit.per_kg else 1.0
    area, kind = area_name(readout), finding.measure
    scaled = "observableParameter1_{0}"
    if kind == "concentration":
        key = f"C_{area.removeprefix('AUC_')}"
        formula = f"{scaled}*({concentration(readout)})"
        return Measured(finding, key, formula, finding.start_h + lead_h, factor)
    end_h = area_end_h(finding, arm) + lead_h
    if kind == "AUC":
        return Measured(finding, area.replace("AUC", "area", 1), f"{scaled}*{area}", end_h, factor)
    if kind == "AUC ratio":
        assert finding.over is not None
        below = area_name(finding.over)
        key = f"ratio_{area.removeprefix('AUC_')}_over_{below.removeprefix('AUC_')}"
        return Measured(finding, key, f"{scaled}*{area}/{below}", end_h, factor)
    factor *= _dose_nmol(arm, readout, weight_kg)
    if kind == "clearance":
        key = f"CL_{area.removeprefix('AUC_')}"
        return Measured(finding, key, f"{scaled}/{area}", end_h, factor)
    moment = area_name(readout, 1)
    start_h, stop_h = last_dose(arm)
    formula = f"{scaled}/{area}*({moment}/{area} - observableParameter2_{{0}})"
    key = f"Vss_{area.removeprefix('AUC_')}"
    return Measured(finding, key, formula, end_h, factor, (start_h + stop_h) / 2 + lead_h)


def area_end_h(finding: Finding, arm: Arm) -> float:
    """Return until when an area is taken [h]: to the end of its window, or of the drug."""
    end_h = window(finding, arm)[1]
    return end_h if math.isfinite(end_h) else last_dose(arm)[1] + INFINITY_H


def areas(found: Iterable[Measured]) -> dict[str, tuple[Readout, int]]:
    """Return the areas that the observables read: readout and moment by the model's name."""
    needed: dict[str, tuple[Readout, int]] = {}
    for each in found:
        for readout in filter(None, (each.finding.readout, each.finding.over)):
            for moment in (0, 1):
                name = area_name(readout, moment)
                if name in each.formula:
                    needed[name] = (readout, moment)
    return dict(sorted(needed.items()))


def model_value(model: Model, symbol: str) -> float:
    """Return a parameter of the model's tables."""
    return next(row.value for row in model.parameters if row.symbol == symbol)


def _dose_nmol(arm: Arm, readout: Readout, weight_kg: float) -> float:
    """Return how much of the analyte's enantiomers was given [nmol]."""
    chosen, total = ANALYTES[readout.analyte].enantiomers, 0.0
    for dose in arm.regimen.doses:
        if dose.drug is not None:
            share = sum(part for form, part in dose.drug.shares if form in chosen)
            mg = dose.amount.mg + dose.amount.mg_per_kg * weight_kg
            total += mg * share * dose.drug.nmol_per_mg()
    return total
