"""Integrate one individual from event to event.

Between events the states move by steps. On every step taken, the conditions of the events are
looked at at several places of its polynomial; where one has changed, the first change is found
by bisection to the last bits of time, the rest of the step is given up, and the events that
this sets off act (:mod:`ketasim.engine.event_queue`). Conditions that are linear in time are
no matter of searching: the run stops just before, at and just after such a time.

An output at the time of an event of the model shows the value after it; at the time of a dose
the value before (see :class:`Doses`).
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ketasim.engine.event_model import EventModel
from ketasim.engine.event_queue import EventQueue, Pending
from ketasim.engine.event_search import EventSearch
from ketasim.engine.instance import Instance
from ketasim.engine.steps import Step, StepFailure, Stepper
from ketasim.engine.system import StateEvent

AT_ONCE = 10_000
"""Events that may act at one time before they are taken for an endless chain."""
STEPS_AT_LEAST = 50
"""Steps a run takes at least where time or conditions matter: nothing sharp is stepped over."""


class RunFailure(ArithmeticError):
    """An individual cannot be integrated to the end; the message says why."""


@dataclass(frozen=True)
class Doses:
    """What a dose table does to one individual, ascending in time.

    Attributes
    ----------
    time : tuple of float
    parameter : tuple of int or None
        Parameter that is set, or ``None`` where an amount is added to a state.
    state : tuple of int or None
    value : tuple of float
    """

    time: tuple[float, ...] = ()
    parameter: tuple[int | None, ...] = ()
    state: tuple[int | None, ...] = ()
    value: tuple[float, ...] = ()


@dataclass(frozen=True)
class Limits:
    """How far a run may go.

    Attributes
    ----------
    rtol, atol : float
    most_steps, most_events : int
    seconds : float
        Of processor time.
    """

    rtol: float = 1e-8
    atol: float = 1e-12
    most_steps: int = 2_000_000
    most_events: int = 1_000_000
    seconds: float = np.inf


@dataclass
class Course:
    """What came out.

    Attributes
    ----------
    values : ndarray, shape (n_times, n_outputs)
        NaN from where the run failed.
    status : str
        ``ok``, or why the run ended early.
    steps, events : int
    solver : str
        The method that gave the values.
    """

    values: np.ndarray
    status: str = "ok"
    steps: int = 0
    events: int = 0
    solver: str = "Rodas5P"


MakeStepper = Callable[[Instance, float], Stepper]


class EventRun:
    """One run of one individual.

    Parameters
    ----------
    model : EventModel
    times : ndarray, shape (n_times,)
        Ascending.
    limits : Limits
    doses : Doses
    start : float
        Time of the initial values.
    parameters : ndarray, optional
        Their values, shape (n_parameters,); default: the model's.
    """

    def __init__(
        self,
        model: EventModel,
        times: np.ndarray,
        limits: Limits,
        doses: Doses | None = None,
        start: float = 0.0,
        parameters: np.ndarray | None = None,
    ) -> None:
        self.model, self.times, self.limits = model, np.asarray(times, float), limits
        self.doses = doses or Doses()
        self.instance = Instance(model.compiled)
        if parameters is not None:
            self.instance.set_parameters(parameters)
        self.queue = EventQueue(model.events)
        self.time = start
        self.end = float(self.times[-1])
        self.y = np.zeros(self.instance.n_states)
        self.course = Course(np.full((len(self.times), model.asked), np.nan))
        self._search = EventSearch(model, self.instance, self.end)
        self._triggers = model.columns([event.trigger for event in model.events])
        self._states = {name: k for k, name in enumerate(model.compiled.states)}
        self._parameters = {name: k for k, name in enumerate(model.compiled.parameters)}
        self._diluted = model.diluted
        self._following = 0
        self._next_dose = 0
        self._switches: list[tuple[float, int]] = []
        flags = dict(model.equalities)
        self._equal_switch = {c: flags[c] for c, _ in model.switches if c in flags}
        self._checks = 0
        self._deadline = clock.thread_time() + limits.seconds

    # --- the whole

    def run(self, make: MakeStepper) -> Course:
        """Integrate to the last output time."""
        try:
            self._begin()
            span = self.end - self.time
            matters = self.model.time_enters or len(self.model.events)
            largest = span / STEPS_AT_LEAST if matters and span > 0 else np.inf
            stepper = make(self.instance, largest)
            stepper.restart(self.time, self.y)
            while self._following < len(self.times):
                self._stretch(stepper)
        except (StepFailure, RunFailure) as failure:
            self.course.status = str(failure)
            self.course.values[self._following :] = np.nan
        return self.course

    def _begin(self) -> None:
        instance, model = self.instance, self.model
        self.y = instance.initial()
        if model.held:
            seen = self._look()
            for name, node in model.held.items():
                instance.set_parameter(self._parameters[name], float(seen[model.column[node]]))
            instance.refresh()
            self.y = instance.initial()
        self._settle()
        self._find_switches()
        if self._switches and self._switches[0][0] <= self.time:
            self._cross(self.time)
        self._record()
        if self._dose():
            self._settle()

    # --- looking

    def _look(self) -> np.ndarray:
        return self.instance.look(self.time, self.y)

    def _hair(self) -> float:
        """Return a time so short that nothing moves in it, yet some bits long."""
        return 8.0 * math.ulp(max(abs(self.time), 1e-3 * abs(self.end), 1e-290))

    def _hold_now(self, seen: np.ndarray) -> list[bool]:
        return [value != 0.0 and value == value for value in seen[self._triggers].tolist()]

    # --- one stretch: to the next thing known beforehand, or to a change before it

    def _stretch(self, stepper: Stepper) -> None:
        self._check_limits()
        hair = self._hair()
        target = min(self.times[self._following], self.queue.next_due())
        if self._next_dose < len(self.doses.time):
            target = min(target, self.doses.time[self._next_dose])
        switch = self._switches[0][0] if self._switches else np.inf
        crossing = switch - hair <= target
        if crossing:
            target = switch - hair
        if target > self.time:
            step = stepper.advance(target)
            self.course.steps += 1
            if not self._accept(step, stepper):
                return
            if step.end < target:
                return
        if crossing:
            self._cross(switch)
            stepper.restart(self.time, self.y)
        elif self._settle():
            stepper.restart(self.time, self.y)
        self._record()
        if self._dose():
            self._settle()
            stepper.restart(self.time, self.y)

    def _check_limits(self) -> None:
        if self.course.steps > self.limits.most_steps:
            raise RunFailure("too many steps")
        if self.course.events > self.limits.most_events:
            raise RunFailure("too many events")
        self._checks += 1  # reading the clock may cost more than a step
        if self._checks % 100 == 0 and clock.thread_time() > self._deadline:
            raise RunFailure(f"took longer than {self.limits.seconds:g} s")

    def _accept(self, step: Step, stepper: Stepper) -> bool:
        """Move to the end of a step, or to the first change of a condition within it."""
        change = self._search.first_change(step, self.queue.holds) if self.model.searched else None
        if change is None:
            self.time, self.y = step.end, step.y_end
            return True
        self.time, flag = change
        self.y = step.at(np.array([self.time]))[0] if self.time < step.end else step.y_end
        self._settle(() if flag is None else (flag,))
        stepper.restart(self.time, self.y)
        self._record()
        return False

    # --- conditions linear in time

    def _find_switches(self) -> None:
        """Work out when conditions that are linear in time change, from now on."""
        if not self.model.switches:
            return
        seen = self.instance.look(0.0, self.y)
        found = set()
        for difference, slope in self.model.switches:
            if seen[slope] != 0.0:
                when = -float(seen[difference]) / float(seen[slope])
                if self.time <= when <= self.end:
                    found.add((when, self._equal_switch.get(difference, -1)))
        self._switches = sorted(found)

    def _cross(self, when: float) -> None:
        """Go through a time at which a condition linear in time changes: before, at, after."""
        hair = self._hair()
        slope = None if self.model.still else self.instance.slopes(self.time, self.y)
        flags = tuple(flag for time, flag in self._switches if time == when and flag >= 0)
        for place in (when, when + hair):
            if place > self.time:
                if slope is not None:
                    moved = self.y + (place - self.time) * slope
                    self.y = np.where(np.isfinite(moved), moved, self.y)
                self.time = place
            self._settle(flags if place == when else ())
            self._record()
        self._find_switches()

    # --- events

    def _settle(self, flags: tuple[int, ...] = ()) -> bool:
        """Let everything act that is due now; return whether anything has jumped.

        Parameters
        ----------
        flags : tuple of int
            Parameters by which equalities that hold now, but for rounding, are told.
        """
        if not self.model.events:
            return False
        self._force(flags, 1.0)
        acted = False
        for _ in range(AT_ONCE):
            seen = self._note()
            due = self.queue.take(self.time + 0.5 * self._hair(), self._priorities(seen))
            if due is None:
                break
            self._act(due, seen)
            acted = True
        else:
            raise RunFailure(f"events at time {self.time:g} set each other off without end")
        if flags:
            self._force(flags, 0.0)
            self._note()
        if acted:
            self._find_switches()
        return acted

    def _note(self) -> np.ndarray:
        """Take in the conditions as they are now; return what was seen."""
        seen = self._look()
        self.queue.note(self._hold_now(seen), lambda k: self._set_off(k, seen))
        return seen

    def _force(self, flags: tuple[int, ...], value: float) -> None:
        for flag in flags:
            self.instance.set_parameter(flag, value)
        if flags:
            self.instance.refresh()

    def _priorities(self, seen: np.ndarray) -> Callable[[int], float]:
        """Return how to find an event's priority, as things are; NaN where it has none."""

        def priority(k: int) -> float:
            node = self.model.events[k].priority
            return np.nan if node is None else float(seen[self.model.column[node]])

        return priority

    def _set_off(self, k: int, seen: np.ndarray) -> Pending:
        event = self.model.events[k]
        wait = 0.0 if event.delay is None else float(seen[self.model.column[event.delay]])
        if not wait >= 0.0:
            raise RunFailure(f"event '{event.name}' has the delay {wait:g} at time {self.time:g}")
        values = self._values(event, seen) if event.from_trigger else None
        return Pending(k, self._snapped(self.time + wait), values)

    def _snapped(self, due: float) -> float:
        """Return a time, or the output time that it misses by rounding only."""
        if due > self.time:
            after = int(np.searchsorted(self.times, due))
            for near in self.times[max(after - 1, 0) : after + 1].tolist():
                if abs(near - due) <= 8 * math.ulp(due):
                    return near
        return due

    def _values(self, event: StateEvent, seen: np.ndarray) -> tuple[float, ...]:
        return tuple(float(seen[self.model.column[change.value]]) for change in event.changes)

    def _act(self, pending: Pending, seen: np.ndarray) -> None:
        event = self.model.events[pending.event]
        values = pending.values if pending.values is not None else self._values(event, seen)
        self.course.events += 1
        self._check_limits()
        # A concentration assigned means an amount in the compartment as it was (case 01779).
        sizes = {name: float(seen[self.model.column[node]]) for name, node in self._diluted}
        self.y = self.y.copy()
        for change, value in zip(event.changes, values, strict=True):
            size = 1.0 if change.size is None else float(seen[self.model.column[change.size]])
            self._assign(change.name, value * size)
        self.instance.refresh()
        if sizes:
            self._dilute(sizes)

    def _assign(self, name: str, value: float) -> None:
        if name in self._states:
            self.y[self._states[name]] = value
        else:
            self.instance.set_parameter(self._parameters[name], value)

    def _dilute(self, sizes: dict[str, float]) -> None:
        """Keep the amounts of concentrations whose compartments had these sizes before."""
        seen = self._look()
        for name, node in self._diluted:
            now = float(seen[self.model.column[node]])
            if now != sizes[name]:
                self.y[self._states[name]] *= sizes[name] / now

    # --- outputs and doses

    def _record(self) -> None:
        """Write the outputs that are due."""
        while self._following < len(self.times) and self.times[self._following] <= self.time:
            self.course.values[self._following] = self._look()[: self.model.asked]
            self._following += 1

    def _dose(self) -> bool:
        given = False
        doses = self.doses
        while self._next_dose < len(doses.time) and doses.time[self._next_dose] <= self.time:
            k = self._next_dose
            parameter, state = doses.parameter[k], doses.state[k]
            if parameter is not None:
                self.instance.set_parameter(parameter, doses.value[k])
            elif state is not None:
                self.y = self.y.copy()
                self.y[state] += doses.value[k]
            self._next_dose += 1
            given = True
        if given:
            self.instance.refresh()
        return given
