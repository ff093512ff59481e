"""Read an SBML document into a :class:`System`, or refuse it by name.

What is simulated: parameters, compartments (also changing ones), species (amounts or
concentrations), reactions with any stoichiometry, conversion factors, rate rules, assignment
rules, algebraic rules that are linear in what they determine, initial assignments, function
definitions, piecewise, logic, time, ``rateOf`` and, for one individual, events. Submodels
(package ``comp``) are flattened first. Delays, fast reactions and other packages are refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import libsbml

from ketasim.engine.sbml_guard import check_document
from ketasim.engine.sbml_symbols import Symbols
from ketasim.engine.system import System, UnsupportedModel

HARMLESS = ("l3v2extendedmath", "layout", "render", "groups")
"""Packages that change no number: mathematics read anyway, and drawing."""


def read_sbml(
    text: str,
    *,
    events: bool = False,
    given: Mapping[str, float] | None = None,
    dosed: Collection[str] = (),
    varied: Collection[str] = (),
) -> System:
    """Return the system of an SBML document.

    Parameters
    ----------
    text : str
        The document itself (Levels 1 to 3, core).
    events : bool
        Read the model's events, too; else a model with events is refused.
    given : mapping of str to float, optional
        Values at the start in place of the document's: parameters, sizes, species (in the unit
        formulas mean).
    dosed : collection of str
        Species that doses go into.
    varied : collection of str
        Names among ``given`` that a run may set (see :class:`Symbols`).

    Raises
    ------
    UnsupportedModel
        When the document is not readable SBML, or uses a construct that is not simulated.
    UserError
        When a value is given to what the model lacks or works out itself.
    """
    document = open_document(text, events=events)  # kept: its model dies with it
    try:
        return Symbols(document.getModel(), events, given, dosed, varied).system()
    except KeyError as error:
        raise UnsupportedModel(f"{error} is named, but is not in the model") from None
    except RecursionError:
        raise UnsupportedModel("formulas build on each other too deeply to be read") from None


def open_document(text: str, *, events: bool = False) -> Any:
    """Return libSBML's document, submodels flattened, or refuse it by name.

    Parameters
    ----------
    text : str
        The document itself.
    events : bool
        Whether a model with events is let through.

    Raises
    ------
    UnsupportedModel
        As for :func:`read_sbml`.
    """
    check_document(text)
    document = libsbml.readSBMLFromString(text)
    if document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) or document.getModel() is None:
        detail = document.getError(0).getShortMessage() if document.getNumErrors() else "no model"
        raise UnsupportedModel(f"not a readable SBML document: {detail}")
    _flatten(document)
    _refuse_doubles(document.getModel())
    _refuse(document, document.getModel(), events)
    return document


def _flatten(document: Any) -> None:
    """Spell out submodels (the ``comp`` package) in place."""
    if document.getPlugin("comp") is None:
        return
    how = libsbml.ConversionProperties()
    how.addOption("flatten comp", True)
    if document.convert(how) != libsbml.LIBSBML_OPERATION_SUCCESS:
        raise UnsupportedModel("SBML package 'comp': its submodels cannot be flattened")


def _refuse(document: Any, model: Any, events: bool) -> None:
    for i in range(document.getNumPlugins()):
        package = document.getPlugin(i).getPackageName()
        if package not in HARMLESS and document.getPackageRequired(package):
            raise UnsupportedModel(f"SBML package '{package}' is not simulated")
    _refuse_fluxes(model)
    if model.getNumEvents() and not events:
        event = model.getEvent(0)
        raise UnsupportedModel(f"event '{event.getId()}' is not simulated: give it as a dose table")
    for reaction in model.getListOfReactions():
        if reaction.isSetFast() and reaction.getFast():
            raise UnsupportedModel(f"fast reaction '{reaction.getId()}' is not simulated")


def _refuse_fluxes(model: Any) -> None:
    """Refuse a model of flux balances: it has reactions, but says nothing of their speed."""
    fluxes = model.getPlugin("fbc")
    laws = any(reaction.isSetKineticLaw() for reaction in model.getListOfReactions())
    if fluxes is not None and (fluxes.getNumObjectives() or not laws):
        raise UnsupportedModel("SBML package 'fbc': flux balances are not simulated")


def _refuse_doubles(model: Any) -> None:
    """Refuse a name that stands for two things, or is determined twice.

    libSBML's own check of documents would find these and more, but takes minutes on long chains
    of rules. Names that are not there are found where they are looked up.
    """
    things = [model.getListOfFunctionDefinitions(), model.getListOfCompartments(),
              model.getListOfSpecies(), model.getListOfParameters(), model.getListOfReactions(),
              model.getListOfEvents()]  # fmt: skip
    for reaction in model.getListOfReactions():
        things += [reaction.getListOfReactants(), reaction.getListOfProducts(),
                   reaction.getListOfModifiers()]  # fmt: skip
    _refuse_twice((x.getId() for kind in things for x in kind), "is the name of two things")
    rules = (rule.getVariable() for rule in model.getListOfRules())
    _refuse_twice(rules, "is determined by two rules")
    starts = (start.getSymbol() for start in model.getListOfInitialAssignments())
    _refuse_twice(starts, "has two initial assignments")
    for event in model.getListOfEvents():
        changes = (change.getVariable() for change in event.getListOfEventAssignments())
        _refuse_twice(changes, f"is assigned twice by event '{event.getId()}'")


def _refuse_twice(names: Iterable[str], told: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name and name in seen:
            raise UnsupportedModel(f"SBML: '{name}' {told}")
        seen.add(name)
