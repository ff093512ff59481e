"""The model as SBML for other programs: the same model, proved by libsbml, with identifiers."""

from __future__ import annotations

import libsbml
import pytest

from ketasim.dosing import engine_events, infusion, intranasal
from ketasim.engine import compile_model
from ketasim.model import assemble
from ketasim.study.sbml_file import dosed_sbml, exchange_sbml, identifiers


def complaints(text: str) -> list[str]:
    """Return every error and warning of libsbml's full check, units included."""
    document = libsbml.readSBMLFromString(text)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    return [document.getError(k).getMessage() for k in range(document.getNumErrors())]


@pytest.mark.parametrize(
    "companions", [(), ("naltrexone", "memantine"), ("escitalopram",)], ids=str
)
def test_neither_error_nor_warning(companions):
    assert complaints(exchange_sbml(assemble(companions=companions))) == []


def test_without_units_on_numbers_libsbml_cannot_prove_them():
    """What `exchange_sbml` does is needed: the plain model has warnings, though no errors."""
    document = libsbml.readSBMLFromString(assemble().sbml)
    document.checkConsistency()
    errors = document.getNumErrors(libsbml.LIBSBML_SEV_ERROR)
    assert errors == 0
    assert document.getNumErrors() > 0


def test_values_and_equations_are_those_of_the_model():
    model = assemble(["pk", "absorption", "metabolites", "brain"])
    plain = libsbml.readSBMLFromString(model.sbml).getModel()
    other = libsbml.readSBMLFromString(exchange_sbml(model)).getModel()
    for parameter in plain.getListOfParameters():
        again = other.getParameter(parameter.getId())
        assert again.getUnits() == parameter.getUnits()
        assert again.getValue() == parameter.getValue() or not parameter.isSetValue()
    for rule in plain.getListOfRules():
        again = other.getRule(rule.getVariable())
        settings = libsbml.L3ParserSettings()
        settings.setParseUnits(False)
        written = libsbml.formulaToL3StringWithSettings(again.getMath(), settings)
        assert written.replace(" dimensionless", "") == libsbml.formulaToL3String(rule.getMath())


def test_our_engine_reads_it_back():
    model = assemble(["pk", "absorption", "metabolites", "brain"])
    assert compile_model(exchange_sbml(model), ["cS"]).outputs == ("cS",)


def test_doses_are_events_of_one_person():
    model = assemble(["pk", "absorption", "metabolites", "brain"])
    regimen = infusion("0.5 mg/kg", over="40 min", session=False) + intranasal(
        "56 mg", session=False
    )
    text = dosed_sbml(model, engine_events(regimen, [80.0]), {"WT": 80.0}, "somebody")
    assert complaints(text) == []
    inside = libsbml.readSBMLFromString(text).getModel()
    assert inside.getName() == "somebody"
    assert inside.getParameter("WT").getValue() == 80.0
    events = list(inside.getListOfEvents())
    assert len(events) == 3  # infusion and first device; second device; end of the infusion
    assert not any(event.getTrigger().getInitialValue() for event in events)
    first = {each.getVariable(): each for each in events[0].getListOfEventAssignments()}
    assert set(first) == {"rate_S_iv", "rate_R_iv", "Anas_S"}
    assert libsbml.formulaToL3String(first["Anas_S"].getMath()).startswith("Anas_S + ")


def test_identifiers_are_of_variables_that_exist():
    model = assemble()
    known = {*model.outputs, *model.inputs}
    assert set(identifiers()) <= known
    inside = libsbml.readSBMLFromString(exchange_sbml(model)).getModel()
    for name, resource in identifiers().items():
        term = inside.getParameter(name).getCVTerm(0)
        assert term.getResourceURI(0) == f"https://identifiers.org/{resource}"
        assert term.getBiologicalQualifierType() == libsbml.BQB_IS_PROPERTY_OF
