"""The kinetics as SBML for PEtab: doses are parameters, areas are integrated.

PEtab has no doses, so each change of an input or amount is an event whose time and size are
parameters, and a condition gives them numbers. A condition with fewer doses leaves the rest at
`NEVER_H`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.engine.events import ADD_TO_STATE
from ketasim.inference.petab_measurements import concentration
from ketasim.study.sbml_file import add_assignment, annotate, new_event, read_document, written

if TYPE_CHECKING:
    from ketasim.engine import Events
    from ketasim.evidence.readouts import Readout
    from ketasim.inference.calibration import Prior
    from ketasim.model import Model

NEVER_H = 1e6
_AREA_UNITS = ("unit_nM_h", "unit_nM_h2")


@dataclass(frozen=True)
class Slot:
    """One dose event whose time and size are parameters.

    Attributes
    ----------
    target : str
        Input that is set, or amount that is added to.
    kind : int
        `SET_PARAMETER` or `ADD_TO_STATE`.
    number : int
        From 1.
    """

    target: str
    kind: int
    number: int

    @property
    def time(self) -> str:
        """Parameter that says when [h]."""
        return f"dose_time_{self.target}_{self.number}"

    @property
    def size(self) -> str:
        """Parameter that says how much, in the unit of the target."""
        return f"dose_size_{self.target}_{self.number}"


def slots(given: Iterable[Events]) -> tuple[Slot, ...]:
    """Return as many events of each input and amount as the fullest condition needs."""
    most: dict[tuple[str, int], int] = {}
    for events in given:
        for key, rows in _by_target(events).items():
            most[key] = max(most.get(key, 0), len(rows))
    return tuple(
        Slot(target, kind, number)
        for (target, kind), count in sorted(most.items())
        for number in range(1, count + 1)
    )


def slot_values(events: Events, every: Sequence[Slot]) -> dict[str, float]:
    """Return the parameters of all dose events in one condition."""
    found: dict[str, float] = {}
    rows = _by_target(events)
    for slot in every:
        mine = rows.get((slot.target, slot.kind), [])
        time_h, size = mine[slot.number - 1] if slot.number <= len(mine) else (NEVER_H, 0.0)
        found |= {slot.time: time_h, slot.size: size}
    return found


def petab_sbml(
    model: Model,
    every: Sequence[Slot],
    areas: Mapping[str, tuple[Readout, int]],
    priors: Sequence[Prior],
) -> str:
    """Return the SBML of a PEtab problem.

    Parameters
    ----------
    model : Model
        Of the kinetics.
    every : sequence of Slot
    areas : mapping of str to (Readout, int)
        Readout and moment of each area to integrate.
    priors : sequence of Prior
        What is estimated: a share on the logit scale is computed from its logit, for PEtab has
        no such scale.
    """
    document = read_document(model.sbml)
    annotate(document)
    inside = document.getModel()
    for slot in every:
        _add_event(inside, slot)
    _add_units(inside)
    for name, (readout, moment) in areas.items():
        _add_area(inside, name, readout, moment)
    for prior in priors:
        if prior.scale == "logit":
            _compute_share(inside, prior.symbol)
    return written(document)


def logit_name(symbol: str) -> str:
    """Return the parameter that stands for the logit of a share."""
    return f"logit_{symbol}"


def _by_target(events: Events) -> dict[tuple[str, int], list[tuple[float, float]]]:
    """Return times [h] and values of each input and amount of one person."""
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for time_h, kind, target, value in zip(
        events.time, events.kind, events.target, events.value, strict=True
    ):
        key = (events.targets[target], int(kind))
        found.setdefault(key, []).append((float(time_h), float(value)))
    return found


def _add_event(model: Any, slot: Slot) -> None:
    """Add a dose event and the two parameters it reads."""
    for name, unit, value in (
        (slot.time, model.getTimeUnits(), NEVER_H),
        (slot.size, model.getParameter(slot.target).getUnits(), 0.0),
    ):
        parameter = model.createParameter()
        parameter.setId(name)
        parameter.setUnits(unit)
        parameter.setValue(value)
        parameter.setConstant(True)
    what = "added" if slot.kind == ADD_TO_STATE else "set"
    event = new_event(model, f"dose_{slot.target}_{slot.number}", f"time >= {slot.time}")
    event.setName(f"{slot.target} {what}, {slot.number}")
    add_assignment(event, model, slot.target, slot.size, slot.kind)


def _add_units(model: Any) -> None:
    """Define the units of areas: nM h and nM h2."""
    import libsbml

    for power, name in enumerate(_AREA_UNITS, 1):
        definition = model.createUnitDefinition()
        definition.setId(name)
        for kind, exponent, scale, multiplier in (
            (libsbml.UNIT_KIND_MOLE, 1, -9, 1.0),
            (libsbml.UNIT_KIND_LITRE, -1, 0, 1.0),
            (libsbml.UNIT_KIND_SECOND, power, 0, 3600.0),
        ):
            unit = definition.createUnit()
            unit.setKind(kind)
            unit.setExponent(exponent)
            unit.setScale(scale)
            unit.setMultiplier(multiplier)


def _add_area(model: Any, name: str, readout: Readout, moment: int) -> None:
    """Add an area under a concentration as a state of the model."""
    import libsbml

    parameter = model.createParameter()
    parameter.setId(name)
    parameter.setName(f"area under {'time times ' if moment else ''}{readout}")
    parameter.setUnits(_AREA_UNITS[moment])
    parameter.setValue(0.0)
    parameter.setConstant(False)
    rule = model.createRateRule()
    rule.setVariable(name)
    formula = f"time*({concentration(readout)})" if moment else concentration(readout)
    rule.setMath(libsbml.parseL3Formula(formula))


def _compute_share(model: Any, symbol: str) -> None:
    """Let a share be computed from its logit."""
    import libsbml

    share = model.getParameter(symbol)
    value, unit = share.getValue(), share.getUnits()
    logit = model.createParameter()
    logit.setId(logit_name(symbol))
    logit.setName(f"logit of {symbol}")
    logit.setUnits("dimensionless")
    logit.setValue(float(np.log(value / (1 - value))))
    logit.setConstant(True)
    share = model.getParameter(symbol)
    share.unsetValue()
    share.setConstant(False)
    rule = model.createAssignmentRule()
    rule.setVariable(symbol)
    one = f"1 {unit}"
    plain = "1 dimensionless"
    rule.setMath(libsbml.parseL3Formula(f"{one}/({plain} + exp(-{logit_name(symbol)}))"))
