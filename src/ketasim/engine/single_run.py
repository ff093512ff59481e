"""One model, one individual, events and all: the careful run behind ``simulate MODEL.xml``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ketasim.engine.event_model import EventModel
from ketasim.engine.event_run import Course, Doses, EventRun, Limits
from ketasim.engine.instance import Instance
from ketasim.engine.steps import NoSteps, Rodas5PSteps, ScipySteps, Stepper

FALLBACKS = ("Radau", "LSODA")
"""SciPy's methods that retry an individual, in this order."""
MOST_STEPS = 20_000
"""Steps of each of them."""
NUMERICAL = ("too many steps", "step too small", "not finite")
"""Statuses after which another method may do better."""


def run_one(
    model: EventModel,
    times: np.ndarray,
    *,
    limits: Limits | None = None,
    doses: Doses | None = None,
    start: float = 0.0,
    parameters: np.ndarray | None = None,
) -> Course:
    """Integrate one individual; where the engine's method gives up, SciPy's retry from the start.

    Parameters
    ----------
    model : EventModel
    times : ndarray, shape (n_times,)
        Ascending, none before ``start``.
    limits : Limits, optional
    doses : Doses, optional
    start : float
        Time of the initial values.
    parameters : ndarray, shape (n_parameters,), optional
        Their values; default: the model's.

    Returns
    -------
    Course
        Of the method that came to the end, else of the engine's own.
    """
    allowed = limits or Limits()

    def attempt(make: Callable[[Instance, float], Stepper], within: Limits = allowed) -> Course:
        return EventRun(model, times, within, doses, start, parameters).run(make)

    if model.still:
        return attempt(lambda _one, largest: NoSteps(largest))
    first = attempt(lambda one, largest: Rodas5PSteps(one, allowed.rtol, allowed.atol, largest))
    if first.status not in NUMERICAL:
        return first
    tight = replace(allowed, rtol=min(allowed.rtol, 1e-8), most_steps=MOST_STEPS)
    for method in FALLBACKS:
        again = attempt(
            lambda one, largest, m=method: ScipySteps(one, tight.rtol, tight.atol, largest, m),
            tight,
        )
        if again.status == "ok":
            return replace(again, solver=method)
    return first
