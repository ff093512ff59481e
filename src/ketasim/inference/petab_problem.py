"""The calibration of the kinetics as a PEtab problem, for other programs to repeat or better."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ketasim.inference.petab_measurements import Measured, areas, measured, model_value, why_not
from ketasim.inference.petab_model import logit_name, petab_sbml, slot_values, slots
from ketasim.study.whole_file import check_new_folder, whole_folder

if TYPE_CHECKING:
    from ketasim.evidence import Finding
    from ketasim.evidence.finding import Arm
    from ketasim.inference.calibration import Prior
    from ketasim.inference.evidence_fit import Basis
    from ketasim.model import Model

YAML, SBML = "problem.yaml", "model.xml"
TABLES = ("parameters", "conditions", "observables", "measurements")
LEFT_OUT = "left_out.tsv"


@dataclass(frozen=True)
class PetabProblem:
    """A PEtab problem, not yet written.

    Attributes
    ----------
    sbml : str
    tables : dict of str to list of dict
        Rows of each of `TABLES`.
    left_out : tuple of (str, str)
        Findings that PEtab cannot say, and why.
    """

    sbml: str
    tables: dict[str, list[dict[str, str]]]
    left_out: tuple[tuple[str, str], ...]


def write_petab(folder: Path | str) -> PetabProblem:
    """Write the calibration of the kinetics as a PEtab (version 1) problem.

    SBML of the kinetics with doses as condition-specific events; parameters with bounds and
    priors from the literature; a condition for each arm; the findings marked ``calibrate`` that
    PEtab can say, with their errors; and ``left_out.tsv``, the others with the reason.

    Parameters
    ----------
    folder : path
        New or empty; appears whole or not at all.

    Raises
    ------
    UserError
        A folder that holds something, or cannot be written.
    """
    check_new_folder(Path(folder))
    problem = petab_problem()
    with whole_folder(Path(folder)) as beside:
        (beside / SBML).write_text(problem.sbml, encoding="utf-8")
        for name, rows in problem.tables.items():
            _write_table(beside / f"{name}.tsv", rows)
        reasons = [{"finding": name, "why": why} for name, why in problem.left_out]
        _write_table(beside / LEFT_OUT, reasons)
        (beside / YAML).write_text(_yaml(), encoding="utf-8")
    return problem


def petab_problem() -> PetabProblem:
    """Return the calibration of the kinetics as a PEtab problem."""
    from ketasim.evidence import load_findings
    from ketasim.evidence.models import kinetic_model, needs_kinetics_only
    from ketasim.inference.calibration import read_priors
    from ketasim.inference.evidence_fit import basis, usable

    model = kinetic_model()
    kinetic = [each for each in load_findings() if needs_kinetics_only(each)]
    chosen = usable(kinetic, model)
    can = tuple(each for each in chosen if not why_not(each))
    ground = basis(can, model)
    found = [measured(each, model) for each in can]
    priors = [p for p in read_priors("pk") if p.symbol in {r.symbol for r in model.parameters}]
    arms = {each: condition_id(each) for each in dict.fromkeys(f.arm for f in can) if each}
    given = {arm: _events(arm, model) for arm in arms}
    every = slots(given.values())
    tables = {
        "parameters": [_parameter(prior, model) for prior in priors],
        "conditions": _conditions(arms, model, lambda arm: slot_values(given[arm], every)),
        "observables": _observables(found),
        "measurements": _measurements(found, arms, ground),
    }
    left_out = tuple((each.id, why_not(each)) for each in chosen if why_not(each))
    return PetabProblem(petab_sbml(model, every, areas(found), priors), tables, left_out)


def condition_id(arm: Arm) -> str:
    """Return the PEtab identifier of an arm."""
    plain = "".join(c if c.isalnum() and c.isascii() else "_" for c in f"{arm.study}_{arm.name}")
    return plain


def _events(arm: Arm, model: Model):
    """Return what an arm is given, for its typical participant."""
    from ketasim.dosing import engine_events
    from ketasim.evidence.people import typical_person
    from ketasim.simulation.question import acting_on

    weight_kg = typical_person(arm, model).get("WT", model_value(model, "WT"))
    return acting_on(model, engine_events(arm.regimen, [weight_kg], model.mechanisms))


def _parameter(prior: Prior, model: Model) -> dict[str, str]:
    """Return a row of the parameter table: a log or logit normal prior, bounds 3 SDs away."""
    from ketasim.inference.calibration import BOUND

    row = next(row for row in model.parameters if row.symbol == prior.symbol)
    centre = float(prior.to_scale(prior.value))
    ends = (centre - BOUND * prior.sd, centre + BOUND * prior.sd)
    logit = prior.scale == "logit"
    now = float(prior.to_scale(row.value)) if logit else row.value
    low, high = ends if logit else (math.exp(end) for end in ends)
    return {
        "parameterId": logit_name(prior.symbol) if logit else prior.symbol,
        "parameterName": prior.symbol,
        "parameterScale": "lin" if logit else "log",
        "lowerBound": repr(float(low)),
        "upperBound": repr(float(high)),
        "nominalValue": repr(now),
        "estimate": "1",
        "objectivePriorType": "parameterScaleNormal",
        "objectivePriorParameters": f"{centre!r};{prior.sd!r}",
        "initializationPriorType": "parameterScaleNormal",
        "initializationPriorParameters": f"{centre!r};{prior.sd!r}",
        "unit": f"logit of {row.unit}" if logit else row.unit,
        "priorSource": prior.source,
    }


def _conditions(
    arms: Mapping[Arm, str], model: Model, doses: Callable[[Arm], Mapping[str, float]]
) -> list[dict[str, str]]:
    """Return a row for each arm: its typical participant, and its doses."""
    from ketasim.evidence.people import perturbed, tiled, typical_person

    tabled = {row.symbol: row.value for row in model.parameters}
    people = {}
    for arm in arms:
        values = tiled(typical_person(arm, model), 1)
        people[arm] = {s: float(v[0]) for s, v in perturbed(arm, values, tabled, 1).items()}
    symbols = sorted({s for who in people.values() for s in who} & set(tabled))
    rows = []
    for arm, name in arms.items():
        values = {s: people[arm].get(s, tabled[s]) for s in symbols} | dict(doses(arm))
        about = {"conditionId": name, "conditionName": f"{arm.study}, {arm.name}: {arm.regimen}"}
        rows.append(about | {symbol: repr(float(value)) for symbol, value in values.items()})
    return rows


def _observables(found: Iterable[Measured]) -> list[dict[str, str]]:
    """Return a row for each thing measured; errors are of the logarithm."""
    rows = {}
    for each in found:
        finding, name = each.finding, each.observable
        over = f" over {finding.over}" if finding.over else ""
        rows[name] = {
            "observableId": name,
            "observableName": f"{finding.measure} of {finding.readout}{over}",
            "observableFormula": each.formula.format(name),
            "observableTransformation": "log",
            "noiseFormula": f"noiseParameter1_{name}",
            "noiseDistribution": "normal",
        }
    return list(rows.values())


def _measurements(
    found: Sequence[Measured], arms: Mapping[Arm, str], ground: Basis
) -> list[dict[str, str]]:
    """Return a row for each finding, its value as published."""
    from ketasim.inference.calibration import BETWEEN_STUDIES

    errors = np.hypot(ground.errors, BETWEEN_STUDIES)
    rows = []
    for each, observed, error, shift in zip(
        found, ground.observed, errors, ground.shift, strict=True
    ):
        finding: Finding = each.finding
        assert finding.arm is not None
        scales = [each.factor * math.exp(float(shift))]
        scales += [each.middle_h] if each.middle_h is not None else []
        rows.append(
            {
                "observableId": each.observable,
                "simulationConditionId": arms[finding.arm],
                "measurement": repr(float(observed)),
                "time": repr(float(each.time_h)),
                "observableParameters": ";".join(repr(float(scale)) for scale in scales),
                "noiseParameters": repr(float(error)),
                "datasetId": finding.id,
                "unit": finding.unit,
            }
        )
    return rows


def _yaml() -> str:
    """Return the file that names the others."""
    return (
        "format_version: 1\n"
        "parameter_file: parameters.tsv\n"
        "problems:\n"
        f"  - sbml_files: [{SBML}]\n"
        "    condition_files: [conditions.tsv]\n"
        "    observable_files: [observables.tsv]\n"
        "    measurement_files: [measurements.tsv]\n"
    )


def _write_table(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, list(rows[0]), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
