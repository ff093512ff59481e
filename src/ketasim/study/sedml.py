"""SED-ML Level 1 Version 4: which file of an archive is simulated how, and what is looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

SEDML = "http://sed-ml.org/sed-ml/level1/version4"
SBML = "http://www.sbml.org/sbml/level3/version2/core"
MATHML = "http://www.w3.org/1998/Math/MathML"
LANGUAGE = "urn:sedml:language:sbml.level-3.version-2"
TIME = "urn:sedml:symbol:time"
# CVODE and its relative and absolute tolerance, in the Kinetic Simulation Algorithm Ontology.
CVODE, RELATIVE, ABSOLUTE = "KISAO:0000019", "KISAO:0000209", "KISAO:0000211"
TOLERANCES = {RELATIVE: "1e-8", ABSOLUTE: "1e-10"}
# A first day in steps of five minutes; the whole in steps of an hour, or 1000 of them.
DAY_H, STEP_H, MOST_STEPS = 24.0, 1 / 12, 1000


@dataclass(frozen=True)
class Course:
    """Even times from 0 to ``end_h``.

    Attributes
    ----------
    name, title : str
    end_h : float
    steps : int
    """

    name: str
    title: str
    end_h: float
    steps: int

    @property
    def times_h(self) -> np.ndarray:
        """Times [h], shape (steps + 1,)."""
        return np.linspace(0.0, self.end_h, self.steps + 1)


def courses(end_h: float) -> tuple[Course, ...]:
    """Return the uniform time courses that show a study of ``end_h`` hours."""
    first_h = min(end_h, DAY_H)
    fine = max(1, round(first_h / STEP_H))
    if end_h <= DAY_H:
        return (Course("whole", f"{end_h:g} h", end_h, fine),)
    whole = min(round(end_h), MOST_STEPS)
    return (
        Course("first_day", "the first day", first_h, fine),
        Course("whole", f"{end_h:g} h", end_h, whole),
    )


@dataclass(frozen=True)
class Shown:
    """One arm in a SED-ML document: identifier, title, SBML file and its time courses."""

    id: str
    title: str
    source: str
    courses: tuple[Course, ...]


def sedml_text(
    title: str,
    arms: Sequence[Shown],
    outputs: Mapping[str, str],
    early: Collection[str] = (),
) -> str:
    """Return a SED-ML document: a task and a report per arm and course, a plot per output.

    Parameters
    ----------
    title : str
    arms : sequence of Shown
    outputs : mapping of str to str
        Label with unit of each output, by name.
    early : collection of str
        Outputs plotted over the first course of each arm; the others over the last.

    Returns
    -------
    str
        Always the same for the same input.
    """
    root = ElementTree.Element(
        "sedML", {"xmlns": SEDML, "xmlns:sbml": SBML, "level": "1", "version": "4", "name": title}
    )
    lists = {
        name: ElementTree.SubElement(root, f"listOf{name}")
        for name in ("Models", "Simulations", "Tasks", "DataGenerators", "Outputs")
    }
    for arm in arms:
        ElementTree.SubElement(
            lists["Models"],
            "model",
            {"id": arm.id, "name": arm.title, "language": LANGUAGE, "source": arm.source},
        )
        for course in arm.courses:
            task = f"{arm.id}_{course.name}"
            _simulation(lists["Simulations"], f"{task}_course", course)
            references = {"modelReference": arm.id, "simulationReference": f"{task}_course"}
            about = {"id": task, "name": f"{arm.title}, {course.title}"}
            ElementTree.SubElement(lists["Tasks"], "task", about | references)
            _generators(lists["DataGenerators"], task, outputs)
            _report(lists["Outputs"], task, about["name"], outputs)
    for output, label in outputs.items():
        _plot(lists["Outputs"], arms, output, label, 0 if output in early else -1)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _simulation(parent: ElementTree.Element, name: str, course: Course) -> None:
    simulation = ElementTree.SubElement(
        parent,
        "uniformTimeCourse",
        {
            "id": name,
            "name": f"{course.title}, in h",
            "initialTime": "0",
            "outputStartTime": "0",
            "outputEndTime": repr(float(course.end_h)),
            "numberOfSteps": str(course.steps),
        },
    )
    algorithm = ElementTree.SubElement(simulation, "algorithm", {"kisaoID": CVODE})
    parameters = ElementTree.SubElement(algorithm, "listOfAlgorithmParameters")
    for key, value in TOLERANCES.items():
        ElementTree.SubElement(parameters, "algorithmParameter", {"kisaoID": key, "value": value})


def _generators(parent: ElementTree.Element, task: str, outputs: Mapping[str, str]) -> None:
    """Add one data generator for time and each output of a task."""
    named = {"time": ("time [h]", {"symbol": TIME})}
    for output, label in outputs.items():
        where = f"/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[@id='{output}']"
        named[output] = (label, {"target": where})
    for name, (label, place) in named.items():
        key = f"{task}_{name}"
        generator = ElementTree.SubElement(parent, "dataGenerator", {"id": key, "name": label})
        variables = ElementTree.SubElement(generator, "listOfVariables")
        ElementTree.SubElement(
            variables, "variable", {"id": f"{key}_value", **place, "taskReference": task}
        )
        math = ElementTree.SubElement(generator, "math", {"xmlns": MATHML})
        ElementTree.SubElement(math, "ci").text = f"{key}_value"


def _report(parent: ElementTree.Element, task: str, title: str, outputs: Mapping[str, str]) -> None:
    report = ElementTree.SubElement(parent, "report", {"id": f"{task}_report", "name": title})
    sets = ElementTree.SubElement(report, "listOfDataSets")
    for name in ("time", *outputs):
        about = {"id": f"{task}_{name}_set", "label": name, "dataReference": f"{task}_{name}"}
        ElementTree.SubElement(sets, "dataSet", about)


def _plot(
    parent: ElementTree.Element, arms: Sequence[Shown], output: str, label: str, which: int
) -> None:
    """Add a plot of one output with a curve for each arm."""
    plot = ElementTree.SubElement(parent, "plot2D", {"id": f"{output}_plot", "name": label})
    curves = ElementTree.SubElement(plot, "listOfCurves")
    for arm in arms:
        task = f"{arm.id}_{arm.courses[which].name}"
        about = {"id": f"{task}_{output}_curve", "name": arm.title, "type": "points"}
        data = {"xDataReference": f"{task}_time", "yDataReference": f"{task}_{output}"}
        ElementTree.SubElement(curves, "curve", about | data)
