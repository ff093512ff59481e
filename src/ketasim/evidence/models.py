"""Which mechanisms an arm needs: kinetics alone, all of them, or all but kinetics in a bath.

Other drugs that an arm doses bring their own kinetics along, so an arm belongs to one model.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from ketasim.evidence.finding import Arm, Finding
from ketasim.model import Model, assemble, companion_names, load_mechanism, mechanism_names

KINETIC = ("pk", "absorption", "metabolites", "brain")


@cache
def kinetic_model(*companions: str) -> Model:
    """Return the kinetics in blood and brain alone, which is fast, and those of other drugs."""
    return assemble(KINETIC, companions=companions)


@cache
def whole_model(*companions: str) -> Model:
    """Return every mechanism, and the kinetics of other drugs."""
    return assemble(companions=companions)


@cache
def bath_model() -> Model:
    """Return every mechanism but kinetics: concentrations are what the bath sets."""
    return assemble(without=KINETIC)


def model_for(findings: Iterable[Finding]) -> Model:
    """Return the one model that holds all the findings' readouts and drugs."""
    chosen = [finding for finding in findings if not finding.out_of_scope]
    companions = sorted(
        {name for f in chosen for arm in f.every_arm for name in companions_of(arm)}
    )
    kinetic = kinetic_model(*companions)
    small = all(needs_kinetics_only(finding) for finding in chosen)
    return kinetic if small else whole_model(*companions)


def model_of(arm: Arm, finding: Finding) -> Model:
    """Return the model in which one arm of a finding is run."""
    if finding.preparation == "bath":
        return bath_model()
    if needs_kinetics_only(finding):
        return kinetic_model(*companions_of(arm))
    return whole_model(*companions_of(arm))


def companions_of(arm: Arm) -> tuple[str, ...]:
    """Return the mechanisms of other drugs that an arm doses, sorted."""
    drugs = (dose.drug for dose in arm.regimen.doses)
    return tuple(sorted({drug.companion for drug in drugs if drug and drug.companion}))


def needs_kinetics_only(finding: Finding) -> bool:
    """Return whether blood and brain are all that a finding looks at and changes."""
    if finding.preparation == "bath" or finding.clinical is not None:
        return False
    readouts = [readout for readout in (finding.readout, finding.over) if readout]
    needs = {name for readout in readouts for name in readout.outputs()}
    for arm in finding.every_arm:
        needs |= {each.symbol for each in arm.settings}
        needs |= {symbol for symbol, *_ in arm.people.ranges if symbol in _whole_symbols()}
    return all(readout.outputs() for readout in readouts) and needs <= _kinetic_names()


@cache
def _kinetic_names() -> frozenset[str]:
    """Return every output and parameter of the kinetics and of those of other drugs."""
    symbols = {row.symbol for row in kinetic_model().parameters}
    names = (*KINETIC, *companion_names())
    owned = {name for each in names for name in load_mechanism(each).owned}
    return frozenset(owned | symbols)


@cache
def _whole_symbols() -> frozenset[str]:
    return frozenset(row.symbol for row in whole_model().parameters)


@cache
def inputs_of_all() -> frozenset[str]:
    """Return every input that some mechanism has, or some other drug's kinetics computes."""
    names = (*mechanism_names(), *companion_names())
    return frozenset(name for each in names for name in load_mechanism(each).event_inputs)
