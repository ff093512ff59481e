"""The typical person of an arm: who, what is given, and the course other programs should find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ketasim.engine import Events
    from ketasim.population import Population
    from ketasim.study.setup import Setup

# Relative error per step of a course that others are compared with.
REFERENCE_RTOL = 1e-6
# At the very time of a dose the engine shows the value before it, SBML the one after it [h].
JUST_AFTER_H = 1e-9


@dataclass(frozen=True)
class TypicalArm:
    """One arm of a study for its typical person.

    Attributes
    ----------
    name : str
    regimen : str
        In words.
    values : dict of str to float
        Parameters that set the person apart from the tables.
    events : Events
        Of this one person.
    lead_h : float
        Hours by which the clock of ``events`` starts before time 0 of the study.
    """

    name: str
    regimen: str
    values: dict[str, float]
    events: Events
    lead_h: float


def typical_person(setup: Setup) -> Population:
    """Return the typical person of a study's population."""
    return replace(setup.population, n=1, between_person=False, given=None)


def typical_arm(setup: Setup, name: str) -> TypicalArm:
    """Return who the typical person is and what is given to it in the arm ``name``."""
    from ketasim.dosing import engine_events
    from ketasim.population import draw
    from ketasim.simulation.question import acting_on

    regimen = setup.regimens[name]
    symbols, drawn = draw(typical_person(setup), setup.model.parameters)
    values = dict(zip(symbols, (float(value) for value in drawn[0]), strict=True))
    weight_kg = values.get("WT", 70.0)
    events = engine_events(regimen, [weight_kg], setup.model.mechanisms)
    return TypicalArm(name, str(regimen), values, acting_on(setup.model, events), regimen.lead_h)


def typical_values(
    setup: Setup, arm: TypicalArm, times_h: Sequence[float] | np.ndarray
) -> np.ndarray:
    """Return the course of the study's outputs in the typical person.

    Parameters
    ----------
    setup : Setup
    arm : TypicalArm
    times_h : array_like, shape (times,)
        On the clock of ``arm.events``, which starts at 0. What is seen at the very time of an
        event is seen after it.

    Returns
    -------
    ndarray, shape (times, outputs)
    """
    from ketasim.simulation import simulate

    asked = np.asarray(times_h, dtype=float)
    at_event = np.isclose(asked[:, None], arm.events.time[None, :], rtol=0, atol=1e-8).any(axis=1)
    seen = np.where(at_event, asked + JUST_AFTER_H, asked) - arm.lead_h
    result = simulate(
        setup.model,
        setup.regimens[arm.name],
        typical_person(setup),
        seen,
        setup.study.outputs,
        rtol=REFERENCE_RTOL,
    )
    return result.values[0]
