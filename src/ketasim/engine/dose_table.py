"""Doses into any SBML model: amounts added at once, or at a steady rate over a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ketasim.engine.event_model import EventModel
from ketasim.engine.event_run import Doses
from ketasim.engine.system import System
from ketasim.errors import UserError, nearest


@dataclass(frozen=True)
class Dose:
    """One dose.

    Attributes
    ----------
    time : float
        In the model's unit.
    target : str
        A species or a quantity under a rate rule, to which the amount is added; or a parameter
        that is a rate of input: amount over duration is added to it for the duration.
    amount : float
        In the model's unit of substance; of a quantity under a rate rule, in its own unit.
    duration : float
        0: at once.
    """

    time: float
    target: str
    amount: float
    duration: float = 0.0


def with_inputs(system: System, doses: Sequence[Dose]) -> System:
    """Return a system with an input (a new parameter, 0) into every state infused."""
    infused = dict.fromkeys(d.target for d in doses if d.duration and d.target in system.states)
    rates, names = list(system.rates), list(system.parameters)
    for target in infused:
        place = system.states.index(target)
        rates[place] = system.graph.add(rates[place], system.graph.parameter(len(names)))
        names.append(_input(target))
    return replace(
        system,
        rates=tuple(rates),
        parameters=tuple(names),
        defaults=(*system.defaults, *(0.0 for _ in infused)),
    )


def _input(target: str) -> str:
    return f"(input of {target})"


def check_doses(system: System, doses: Sequence[Dose]) -> None:
    """Raise UserError for a dose that cannot be given."""
    concentrations = {name for name, _ in system.diluted}
    known = (*system.states, *system.parameters)
    for number, dose in enumerate(doses, start=1):
        told = f"dose {number}: target '{dose.target}'"
        if dose.target in system.held:
            raise UserError(f"{told} is assigned by an event of the model; give another")
        if dose.target not in known:
            raise UserError(f"{told} is no species, rate-ruled quantity or parameter of the "
                            f"model{nearest(dose.target, known)}")  # fmt: skip
        if dose.target in concentrations:
            raise UserError(f"{told} is a concentration under a rate rule; no amount fits it")
        if dose.target not in system.states and not dose.duration:
            raise UserError(f"{told} is a parameter: it takes a rate, so give a duration")


def dose_events(
    model: EventModel, doses: Sequence[Dose], values: np.ndarray | None = None
) -> Doses:
    """Return what the doses do, ascending in time; infusions that overlap add up.

    Parameters
    ----------
    model : EventModel
    doses : sequence of Dose
    values : ndarray, shape (n_parameters,), optional
        Of the parameters without doses; default: the model's.
    """
    resting = model.compiled.defaults if values is None else values
    states = {name: k for k, name in enumerate(model.compiled.states)}
    parameters = {name: k for k, name in enumerate(model.compiled.parameters)}
    rows: list[tuple[float, int, int | None, int | None, float]] = []
    for dose in doses:
        if not dose.duration:
            rows.append((dose.time, 1, None, states[dose.target], dose.amount))
    infusions: dict[str, list[Dose]] = {}
    for dose in doses:
        if dose.duration:
            infusions.setdefault(dose.target, []).append(dose)
    for target, given in infusions.items():
        index = parameters[_input(target) if target in states else target]
        rest = float(resting[index])
        for time in sorted({t for d in given for t in (d.time, d.time + d.duration)}):
            running = [d.amount / d.duration for d in given
                       if d.time <= time < d.time + d.duration]  # fmt: skip
            rows.append((time, 0, index, None, math.fsum([rest, *running])))
    rows.sort(key=lambda row: row[:2])
    return Doses(
        time=tuple(row[0] for row in rows),
        parameter=tuple(row[2] for row in rows),
        state=tuple(row[3] for row in rows),
        value=tuple(row[4] for row in rows),
    )
