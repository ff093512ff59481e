"""Run a COMBINE archive as another program would: from its SED-ML, with libRoadRunner.

libsedml is asked in a process of its own: loaded beside libsbml it spoils the latter's types.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest


def read_sedml(path: Path) -> dict:
    """Return errors, version and tasks of the SED-ML of an archive, as libsedml reads it."""
    if importlib.util.find_spec("libsedml") is None:
        pytest.skip("python-libsedml is not installed")
    command = [sys.executable, __file__, str(path)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(found.stdout)


def run_archive(path: Path) -> dict[str, tuple[list[str], np.ndarray]]:
    """Return labels and values of every report, by task."""
    import roadrunner

    found = {}
    with zipfile.ZipFile(path) as archive:
        for task in read_sedml(path)["tasks"]:
            runner = roadrunner.RoadRunner(archive.read(task["source"]).decode())
            runner.setIntegrator("cvode")
            runner.integrator.relative_tolerance = task["settings"]["KISAO:0000209"]
            runner.integrator.absolute_tolerance = task["settings"]["KISAO:0000211"]
            runner.timeCourseSelections = task["columns"]
            values = runner.simulate(task["start"], task["end"], task["steps"] + 1)
            found[task["id"]] = (task["labels"], np.array(values))
    return found


def _described(path: str) -> dict:
    import libsedml

    with zipfile.ZipFile(path) as archive:
        text = archive.read("simulation.sedml").decode()
    document = libsedml.readSedMLFromString(text)
    return {
        "errors": [document.getError(k).getMessage() for k in range(document.getNumErrors())],
        "version": [document.getLevel(), document.getVersion()],
        "tasks": [_task(document, document.getTask(k)) for k in range(document.getNumTasks())],
    }


def _task(document, task) -> dict:
    course = document.getSimulation(task.getSimulationReference())
    algorithm, report = course.getAlgorithm(), document.getOutput(f"{task.getId()}_report")
    settings = [
        algorithm.getAlgorithmParameter(k) for k in range(algorithm.getNumAlgorithmParameters())
    ]
    sets = [report.getDataSet(k) for k in range(report.getNumDataSets())]
    targets = [
        document.getDataGenerator(each.getDataReference()).getVariable(0).getTarget()
        for each in sets
    ]
    return {
        "id": task.getId(),
        "source": document.getModel(task.getModelReference()).getSource(),
        "start": course.getOutputStartTime(),
        "end": course.getOutputEndTime(),
        "steps": course.getNumberOfSteps(),
        "settings": {each.getKisaoID(): float(each.getValue()) for each in settings},
        "labels": [each.getLabel() for each in sets],
        "columns": [target.split("'")[1] if target else "time" for target in targets],
    }


if __name__ == "__main__":
    print(json.dumps(_described(sys.argv[1])))
