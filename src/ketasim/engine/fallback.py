"""Try again, by another method at a tight tolerance, an individual that the ensemble gave up.

Serial and slow (a hundred times an ordinary individual), but only those pay that need it. Its
limits count steps, never seconds, so that a result does not depend on the computer's mood.
"""

from __future__ import annotations

import numpy as np

from ketasim.engine.compiled_model import CompiledModel
from ketasim.engine.event_model import without_events
from ketasim.engine.event_run import Course, Doses, EventRun, Limits
from ketasim.engine.events import SET_PARAMETER, Events
from ketasim.engine.steps import ScipySteps

METHOD = "Radau"
TIGHTER = 1e-2
"""Tolerance of the second try, relative to that of the first."""
MOST_STEPS = 20_000


def try_again(
    model: CompiledModel,
    times: np.ndarray,
    parameters: np.ndarray,
    doses: Doses,
    tolerance: tuple[float, float],
    start: float,
    largest_step: float,
) -> Course:
    """Integrate one individual by SciPy's implicit Runge-Kutta method.

    Parameters
    ----------
    model : CompiledModel
    times : ndarray, shape (n_times,)
    parameters : ndarray, shape (n_parameters,)
    doses : Doses
    tolerance : (float, float)
        Relative and absolute, of the try that failed.
    start, largest_step : float
    """
    rtol, atol = (TIGHTER * value for value in tolerance)
    limits = Limits(rtol=max(rtol, 1e-12), atol=atol, most_steps=MOST_STEPS)
    run = EventRun(without_events(model), times, limits, doses, start, parameters)
    return run.run(
        lambda one, largest: ScipySteps(
            one, limits.rtol, limits.atol, min(largest, largest_step), METHOD
        )
    )


def doses_of(events: Events, k: int, targets: np.ndarray) -> Doses:
    """Return the events of individual ``k`` (``targets``: index of each row's target)."""
    rows = range(int(events.offsets[k]), int(events.offsets[k + 1]))
    sets = [bool(events.kind[row] == SET_PARAMETER) for row in rows]
    index = [int(targets[row]) for row in rows]
    return Doses(
        time=tuple(float(events.time[row]) for row in rows),
        parameter=tuple(i if s else None for i, s in zip(index, sets, strict=True)),
        state=tuple(None if s else i for i, s in zip(index, sets, strict=True)),
        value=tuple(float(events.value[row]) for row in rows),
    )
