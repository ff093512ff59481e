"""An independent simulator with the signature lint asks for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ketasim.model import Model
from ketasim.model.lint_runs import Event


def roadrunner_run(
    model: Model, events: Sequence[Event], times: Sequence[float], outputs: Sequence[str]
) -> dict[str, np.ndarray]:
    """Simulate with libRoadRunner, one piece between events after the other."""
    import roadrunner

    runner = roadrunner.RoadRunner(model.sbml)
    runner.setIntegrator("cvode")
    runner.integrator.relative_tolerance = 1e-9
    runner.integrator.absolute_tolerance = 1e-12
    runner.integrator.variable_step_size = False
    runner.timeCourseSelections = ["time", *outputs]
    values = np.full((len(times), len(outputs)), np.nan)
    ordered = sorted(events, key=lambda event: event.time_h)
    now = 0.0
    for stop in sorted({*times, *(event.time_h for event in ordered)}):
        if stop > now:
            runner.simulate(now, stop, 2)
            now = stop
        if stop in times:
            values[list(times).index(stop)] = [runner.getValue(name) for name in outputs]
        for event in ordered:
            if event.time_h == stop:
                before = runner.getValue(event.target) if event.kind == "add" else 0.0
                runner.setValue(event.target, before + event.value)
    return {name: values[:, i] for i, name in enumerate(outputs)}
