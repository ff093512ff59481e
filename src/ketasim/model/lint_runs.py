"""Lint by simulation: baseline stays, doses arrive, states stay in bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ketasim.model.assemble import Model
from ketasim.model.finding import Finding
from ketasim.model.formula import evaluate, names, parse, walk

if TYPE_CHECKING:
    import numpy as np


class Event(NamedTuple):
    """Something done to the model: ``set`` an input to, or ``add`` to a state, a value."""

    time_h: float
    kind: str
    target: str
    value: float


Run = Callable[[Model, Sequence[Event], Sequence[float], Sequence[str]], Mapping[str, "np.ndarray"]]
"""``run(model, events, times_h, outputs)`` -> every output at every time, from time 0."""

BASELINE_H = 1000.0
#: 0.5 mg/kg of racemic ketamine in 70 kg over 40 min, half of it S, half R (237.73 g/mol).
STANDARD_RATE_NMOL_PER_H = 0.5 * 70 * 1e6 / 237.73 / 2 / (40 / 60)
STANDARD_DURATION_H = 40 / 60
SESSION_H = 2.0


def engine_run(
    model: Model, events: Sequence[Event], times: Sequence[float], outputs: Sequence[str]
) -> dict[str, np.ndarray]:
    """Simulate one typical person with the package's own engine.

    Parameters
    ----------
    model : Model
    events : sequence of Event
    times : sequence of float
        Hours, ascending, from 0.
    outputs : sequence of str

    Returns
    -------
    dict of str to ndarray, shape (n_times,)
        NaN where the engine failed.
    """
    import numpy as np

    from ketasim import engine

    ordered = sorted(events, key=lambda event: event.time_h)
    targets = tuple(dict.fromkeys(event.target for event in ordered))
    kinds = {"set": engine.SET_PARAMETER, "add": engine.ADD_TO_STATE}
    table = engine.Events(
        offsets=np.array([0, len(ordered)], dtype=np.int64),
        time=np.array([event.time_h for event in ordered], dtype=float),
        kind=np.array([kinds[event.kind] for event in ordered], dtype=np.int8),
        target=np.array([targets.index(event.target) for event in ordered], dtype=np.int32),
        value=np.array([event.value for event in ordered], dtype=float),
        targets=targets,
    )
    compiled = engine.compile_model(model.sbml, tuple(outputs))
    result = engine.solve_ensemble(compiled, np.asarray(times), events=table, rtol=1e-6)
    return {name: result.values[0, :, i] for i, name in enumerate(outputs)}


def standard_events(model: Model) -> tuple[Event, ...]:
    """Return the standard dose, 0.5 mg/kg over 40 min in a session, as far as inputs exist."""
    lengths = {
        "rate_S_iv": (STANDARD_RATE_NMOL_PER_H, STANDARD_DURATION_H),
        "rate_R_iv": (STANDARD_RATE_NMOL_PER_H, STANDARD_DURATION_H),
        "u_session": (1.0, SESSION_H),
    }
    events: list[Event] = []
    for name, (value, hours) in lengths.items():
        if name in model.inputs:
            events += [Event(0.0, "set", name, value), Event(hours, "set", name, 0.0)]
    return tuple(events)


def check_baseline(model: Model, run: Run) -> tuple[Finding, ...]:
    """Check that without a drug every output stays at rest for 1,000 h."""
    import numpy as np

    outputs = tuple(model.outputs)
    result = run(model, (), (0.0, 1.0, 24.0, BASELINE_H), outputs)
    found = []
    for name in outputs:
        rest = model.outputs[name].rest
        drift = np.max(np.abs(np.asarray(result[name]) - rest))
        # ten times the solver's relative tolerance of 1e-6
        if not drift <= 1e-5 * max(1.0, abs(rest)):
            message = f"drifts from {rest:g} by {drift:.3g} in {BASELINE_H:g} h without a drug"
            found.append(Finding("error", "baseline", name, message))
    return tuple(found)


def check_bounds(model: Model, run: Run) -> tuple[Finding, ...]:
    """Check that bounded outputs stay in bounds for two weeks after the standard dose."""
    import numpy as np

    outputs = tuple(model.outputs)
    times = np.unique(np.concatenate([np.linspace(0, 6, 181), np.linspace(6, 336, 166)]))
    result = run(model, standard_events(model), tuple(times), outputs)
    found = []
    for name, output in model.outputs.items():
        values = np.asarray(result[name])
        if not np.all(np.isfinite(values)):
            at = times[np.flatnonzero(~np.isfinite(values))[0]]
            message = f"is not finite at {at:g} h after the standard dose"
            found.append(Finding("error", "bounds", name, message))
        elif output.bounds is not None:
            low, high = output.bounds
            slack = 1e-6 * max(1.0, min(abs(high), np.max(np.abs(values))))
            worst = values[np.argmax(np.maximum(low - values, values - high))]
            if worst < low - slack or worst > high + slack:
                message = f"reaches {worst:g}, outside [{low:g}, {high:g}], on the standard dose"
                found.append(Finding("error", "bounds", name, message))
    return tuple(found)


def check_delivered(model: Model, run: Run) -> tuple[Finding, ...]:
    """Check that infused and injected amounts arrive, for every declared mass balance.

    Each inflow that is an input gets 100,000 nmol over 40 min, and as much at once into the
    first state of its content; the content must then hold 200,000 nmol more.
    """
    found: list[Finding] = []
    for mechanism in model.wiring.mechanisms:
        for balance in mechanism.balances:
            where = f"{mechanism.file}:{balance.line}"
            inflows = names(parse(balance.inflow)) & set(model.inputs)
            for inflow in sorted(inflows):
                found += _undelivered(model, run, inflow, balance.content, where)
    return tuple(found)


def _undelivered(
    model: Model, run: Run, inflow: str, content_text: str, where: str
) -> list[Finding]:
    """Give two doses, one as a rate and one at once, and compare what the content holds."""
    import numpy as np

    dose_nmol, content, outputs = 1e5, parse(content_text), tuple(model.outputs)
    states = [str(n.value) for n in walk(content) if n.value in model.outputs]
    events = (
        Event(1.0, "set", inflow, dose_nmol / STANDARD_DURATION_H),
        Event(1.0 + STANDARD_DURATION_H, "set", inflow, 0.0),
        Event(5.0, "add", states[0], dose_nmol),
    )
    result = run(model, events, (0.0, 4.0, 24.0), outputs)
    held = {name: np.asarray(result[name]) for name in names(content) if name in outputs}
    amounts = [
        evaluate(content, lambda n, i=i: float(held[n][i]), model.wiring.functions)
        for i in range(3)
    ]
    found = []
    for after, prescribed in ((amounts[1], dose_nmol), (amounts[2], 2 * dose_nmol)):
        delivered = after - amounts[0]
        # a hundred times the solver's relative tolerance of 1e-6
        if not abs(delivered - prescribed) <= 1e-4 * prescribed:
            message = f"{inflow}: {delivered:g} nmol delivered of {prescribed:g} nmol prescribed"
            found.append(Finding("error", "delivered", where, message))
    return found


RUN_CHECKS: dict[str, Callable[[Model, Run], tuple[Finding, ...]]] = {
    "baseline": check_baseline,
    "bounds": check_bounds,
    "delivered": check_delivered,
}
"""The checks that simulate, by name."""
