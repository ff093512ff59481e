"""Simulate a PEtab problem with libRoadRunner: each condition, each measurement."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np


def run_problem(folder: Path, values: dict[str, float] | None = None) -> dict[str, float]:
    """Return what the nominal parameters (or ``values``) predict, by dataset.

    What PEtab computes by symbolic formulas is evaluated by name, the observables being plain
    arithmetic.
    """
    import petab.v1 as petab
    import roadrunner

    problem = petab.Problem.from_yaml(str(folder / "problem.yaml"))
    parameters = dict(problem.parameter_df["nominalValue"]) | (values or {})
    runner = roadrunner.RoadRunner(str(folder / "model.xml"))
    runner.setIntegrator("cvode")
    runner.integrator.relative_tolerance = 1e-8
    runner.integrator.absolute_tolerance = 1e-10
    found = {}
    conditions = problem.condition_df.drop(columns="conditionName")
    for condition, rows in problem.measurement_df.groupby("simulationConditionId"):
        runner.resetAll()
        for name, value in {**parameters, **dict(conditions.loc[condition])}.items():
            runner[name] = float(value)
        runner.reset(roadrunner.SelectionRecord.TIME | roadrunner.SelectionRecord.RATE)
        ids = runner.model.getGlobalParameterIds()
        times = np.array(sorted({0.0, *rows["time"]}))
        runner.timeCourseSelections = ["time", *ids]
        result = runner.simulate(times=times.tolist())
        for _, row in rows.iterrows():
            at = int(np.argmin(np.abs(times - row["time"])))
            names = dict(zip(ids, np.asarray(result)[at, 1:], strict=True))
            name = row["observableId"]
            for k, text in enumerate(str(row["observableParameters"]).split(";"), 1):
                names[f"observableParameter{k}_{name}"] = float(text)
            formula = problem.observable_df.loc[name, "observableFormula"]
            found[row["datasetId"]] = float(eval(formula, {"exp": math.exp}, names))
    return found
