"""The model as SBML for other programs: annotated, every number with a unit, doses as events.

What ketasim itself simulates (``Model.sbml``, of which the hash is taken) has the same equations
and values; here literal numbers say that they are dimensionless, so that libsbml can prove every
unit, and variables say by identifiers.org what they are about (``annotations.csv``).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.model.sbml_document import with_all_digits

if TYPE_CHECKING:
    from ketasim.engine import Events
    from ketasim.model import Model

IDENTIFIERS = "https://identifiers.org/"
HUMAN = "taxonomy:9606"


def exchange_sbml(model: Model) -> str:
    """Return the assembled model as SBML L3V2, without doses.

    Parameters
    ----------
    model : Model

    Returns
    -------
    str
        Passes libsbml's consistency check, units included, without an error or a warning.
    """
    document = read_document(model.sbml)
    annotate(document)
    return written(document)


def dosed_sbml(model: Model, events: Events, values: Mapping[str, float], title: str) -> str:
    """Return the model of one person with what is given as SBML events.

    Parameters
    ----------
    model : Model
    events : Events
        Of one individual, on the engine's clock, which is that of the SBML document.
    values : mapping of str to float
        Parameters of the person.
    title : str
        Name of the model.
    """
    document = read_document(model.sbml)
    annotate(document)
    inside = document.getModel()
    inside.setName(title)
    for symbol, value in values.items():
        inside.getParameter(symbol).setValue(float(value))
    for number, time_h in enumerate(np.unique(events.time), 1):
        event = new_event(
            inside, f"event_{number}", f"time >= {float(time_h)!r} {inside.getTimeUnits()}"
        )
        for row in np.flatnonzero(events.time == time_h):
            target = events.targets[events.target[row]]
            add_assignment(event, inside, target, float(events.value[row]), int(events.kind[row]))
    return written(document)


def read_document(sbml: str) -> Any:
    """Return an SBML text as a libsbml document whose literal numbers are dimensionless."""
    import libsbml

    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    for group in (
        model.getListOfRules(),
        model.getListOfInitialAssignments(),
        model.getListOfFunctionDefinitions(),
    ):
        for element in group:
            _say_dimensionless(element.getMath())
    return document


def written(document: Any) -> str:
    """Return a libsbml document as text, parameter values with all their digits."""
    import libsbml

    exact = {p.getId(): p.getValue() for p in document.getModel().getListOfParameters()}
    finite = {name: value for name, value in exact.items() if np.isfinite(value)}
    return with_all_digits(libsbml.writeSBMLToString(document), finite)


def new_event(model: Any, name: str, trigger: str) -> Any:
    """Return a new event that fires once, when the formula ``trigger`` is first true."""
    import libsbml

    event = model.createEvent()
    event.setId(name)
    event.setUseValuesFromTriggerTime(True)
    condition = event.createTrigger()
    condition.setInitialValue(False)  # so that it fires at time 0, too
    condition.setPersistent(True)
    condition.setMath(libsbml.parseL3Formula(trigger))
    return event


def add_assignment(event: Any, model: Any, target: str, value: float | str, kind: int) -> None:
    """Let an event set ``target`` to a number or parameter, or add it to what is there."""
    import libsbml

    from ketasim.engine.events import ADD_TO_STATE

    unit = model.getParameter(target).getUnits()
    what = value if isinstance(value, str) else f"{value!r} {unit}"
    assignment = event.createEventAssignment()
    assignment.setVariable(target)
    formula = f"{target} + {what}" if kind == ADD_TO_STATE else what
    assignment.setMath(libsbml.parseL3Formula(formula))


def annotate(document: Any) -> None:
    """Say by identifiers.org what variables are about, as far as ``annotations.csv`` does."""
    import libsbml

    model = document.getModel()
    _add_term(model, libsbml.BQB_HAS_TAXON, HUMAN)
    for name, resource in identifiers().items():
        parameter = model.getParameter(name)
        if parameter is not None:
            parameter.setMetaId(f"meta_{name}")
            _add_term(parameter, libsbml.BQB_IS_PROPERTY_OF, resource)


@cache
def identifiers() -> Mapping[str, str]:
    """Return the identifiers.org name of what each annotated variable is about."""
    text = files("ketasim.study").joinpath("annotations.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {name: row["resource"] for row in rows for name in row["names"].split()}


def _add_term(element: Any, qualifier: int, resource: str) -> None:
    import libsbml

    term = libsbml.CVTerm(libsbml.BIOLOGICAL_QUALIFIER)
    term.setBiologicalQualifierType(qualifier)
    term.addResource(IDENTIFIERS + resource)
    element.addCVTerm(term)


def _say_dimensionless(node: Any) -> None:
    """Give every literal number of a formula the unit it has: none."""
    if node is None:
        return
    if node.isNumber() and not node.hasUnits():
        node.setUnits("dimensionless")
    for child in range(node.getNumChildren()):
        _say_dimensionless(node.getChild(child))
