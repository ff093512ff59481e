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

import time as clock
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ketasim.engine.event_model import EventModel
from ketasim.engine.event_queue import EventQueue, Pending
from ketasim.engine.instance import Instance
from ketasim.engine.steps import Step, StepFailure, Stepper
from ketasim.engine.system import Change, StateEvent

AT_ONCE = 10_000
"""Events that may act at one time before they are taken for an endless chain."""
STEPS_AT_LEAST = 50
"""Steps a run takes at least where time or conditions matter: nothing sharp is stepped over."""
_SHARE = np.linspace(0.0, 1.0, 5)[1:]
_FINE = np.linspace(0.0, 1.0, 33)


def _quartic(points: np.ndarray) -> np.ndarray:
    """Return the matrix from values at five equal places to those at ``points``."""
    nodes = np.linspace(0.0, 1.0, 5)
    return np.array([[np.prod([(p - nodes[j]) / (nodes[k] - nodes[j]) for j in range(5) if j != k])
                      for k in range(5)] for p in points])  # fmt: skip


_REFINE = _quartic(_FINE)


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
        Of the wall clock.
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
    """

    values: np.ndarray
    status: str = "ok"
    steps: int = 0
    events: int = 0
    solver: str = "Rodas5P"
    log: list[tuple[float, str]] = field(default_factory=list)


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
    """

    def __init__(
        self,
        model: EventModel,
        times: np.ndarray,
        limits: Limits,
        doses: Doses | None = None,
        start: float = 0.0,
    ) -> None:
        self.model, self.times, self.limits = model, np.asarray(times, float), limits
        self.doses = doses or Doses()
        self.instance = Instance(model.compiled)
        self.queue = EventQueue(model.events)
        self.time = start
        self.end = float(self.times[-1])
        self.y = np.zeros(self.instance.n_states)
        self.course = Course(np.full((len(self.times), model.asked), np.nan))
        self._triggers = model.columns([event.trigger for event in model.events])
        self._states = {name: k for k, name in enumerate(model.compiled.states)}
        self._parameters = {name: k for k, name in enumerate(model.compiled.parameters)}
        self._following = 0
        self._next_dose = 0
        self._switches: list[tuple[float, int]] = []
        flags = dict(model.equalities)
        known = {column for column, _ in model.switches}
        self._equal_switch = {c: flag for c, flag in flags.items() if c in known}
        self._equal_search = [(c, flag) for c, flag in flags.items() if c not in known]
        self._deadline = clock.perf_counter() + limits.seconds

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
        if model.system.held:
            seen = self._look()
            for name, node in model.system.held.items():
                instance.set_parameter(self._parameters[name], float(seen[model.column[node]]))
            instance.refresh()
            self.y = instance.initial()
        self._settle()
        self._find_switches()
        if self._switches and self._switches[0][0] <= self.time:
            self._cross(self.time)
        self._record()
        self._dose()

    # --- looking

    def _look(self) -> np.ndarray:
        return self.instance.look(self.time, self.y)

    def _hair(self) -> float:
        """Return a time so short that nothing moves in it, yet some bits long."""
        scale = max(abs(self.time), 1e-3 * abs(self.end), 1e-290)
        return 8.0 * float(np.spacing(scale))

    def _holds(self, seen: np.ndarray) -> np.ndarray:
        found = seen[..., self._triggers]
        return (found != 0.0) & (found == found)

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
        if clock.perf_counter() > self._deadline:
            raise RunFailure(f"took longer than {self.limits.seconds:g} s")

    def _accept(self, step: Step, stepper: Stepper) -> bool:
        """Move to the end of a step, or to the first change of a condition within it."""
        change = self._first_change(step) if self.model.events else None
        if change is None:
            self.time, self.y = step.end, step.y_end
            return True
        self.time, flag = change
        self.y = step.at(np.array([self.time]))[0] if self.time < step.end else step.y_end
        self._settle(() if flag is None else (flag,))
        stepper.restart(self.time, self.y)
        self._record()
        return False

    # --- finding changes

    def _first_change(self, step: Step) -> tuple[float, int | None] | None:
        """Return when a condition first changes within a step, and the equality that does it."""
        span = step.end - step.start
        places = step.start + span * _SHARE
        places[-1] = step.end
        states = step.at(places)
        states[-1] = step.y_end
        seen = self.instance.look_at(places, states)
        if len(self.model.watched):
            places, seen = self._refined(step, places, seen)
        before = np.array(self.queue.holds)
        differ = np.flatnonzero((self._holds(seen) != before).any(axis=1))
        found = None
        if len(differ):
            first = int(differ[0])
            low = step.start if first == 0 else places[first - 1]
            found = self._bisected(
                step, low, places[first], lambda s: (self._holds(s) != before).any(-1)
            )
            found = self._together(step, found)
        equal = self._first_equality(step, places, seen)
        if equal is not None and (found is None or equal[0] <= found):
            return equal
        return None if found is None else (found, None)

    def _together(self, step: Step, when: float) -> float:
        """Return a moment later where another condition changes in that moment, too."""
        later = min(when + 1e-11 * max(abs(when), 1e-3 * abs(self.end)), step.end)
        seen = self.instance.look_at((when, later), step.at(np.array([when, later])))
        return later if (self._holds(seen[0]) != self._holds(seen[1])).any() else when

    def _refined(self, step: Step, places: np.ndarray, seen: np.ndarray):
        """Add places where what is compared seems to dip through zero and back."""
        start = self.instance.look(step.start, step.y_start)
        coarse = np.vstack([start, seen])[:, self.model.watched]
        with np.errstate(all="ignore"):
            fine = _REFINE @ coarse
            sign = np.sign(coarse)
            steady = (sign == sign[-1]).all(axis=0)
            dips = (np.sign(fine) * sign[-1] <= 0.0) & steady
        rows = np.flatnonzero(dips.any(axis=1))
        rows = rows[(rows % 8) != 0]
        if not len(rows):
            return places, seen
        added = step.start + (step.end - step.start) * _FINE[rows]
        states = step.at(added)
        looks = [self.instance.look_at(added[k : k + 4], states[k : k + 4])
                 for k in range(0, len(added), 4)]  # fmt: skip
        order = np.argsort(np.concatenate([places, added]), kind="stable")
        return np.concatenate([places, added])[order], np.vstack([seen, *looks])[order]

    def _first_equality(self, step: Step, places: np.ndarray, seen: np.ndarray):
        """Return when two things compared by = first meet within a step, and their flag."""
        best: tuple[float, int | None] | None = None
        if not self._equal_search:
            return best
        start = self.instance.look(step.start, step.y_start)
        at = np.concatenate([[step.start], places])
        for column, flag in self._equal_search:
            values = np.concatenate([[start[column]], seen[:, column]])
            sign = np.sign(values)
            meets = np.flatnonzero((sign[:-1] != sign[1:]) & (sign[:-1] != 0.0))
            if not len(meets):
                continue
            k = int(meets[0])
            when = self._bisected(
                step, at[k], at[k + 1], lambda s, c=column, g=sign[k]: np.sign(s[..., c]) != g
            )
            if best is None or when < best[0]:
                best = (when, flag)
        return best

    def _bisected(self, step: Step, low: float, high: float, changed: Callable) -> float:
        """Return the first time, to the last bits, at which something has changed."""
        inner = np.array([0.2, 0.4, 0.6, 0.8])
        for _ in range(40):
            places = low + (high - low) * inner
            if not low < places[0] or not places[-1] < high:
                break
            there = np.flatnonzero(changed(self.instance.look_at(places, step.at(places))))
            first = int(there[0]) if len(there) else 4
            if first > 0:
                low = places[first - 1]
            if first < 4:
                high = places[first]
        return float(high)

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
        slope = self.instance.slopes(self.time, self.y)
        flags = tuple(flag for time, flag in self._switches if time == when and flag >= 0)
        for place in (when, when + hair):
            if place > self.time:
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
            due = self.queue.take(self.time + 0.5 * self._hair(), lambda k: self._priority(k, seen))
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
        self.queue.note(self._holds(seen).tolist(), lambda k: self._set_off(k, seen))
        return seen

    def _force(self, flags: tuple[int, ...], value: float) -> None:
        for flag in flags:
            self.instance.set_parameter(flag, value)
        if flags:
            self.instance.refresh()

    def _priority(self, k: int, seen: np.ndarray) -> float:
        node = self.model.events[k].priority
        return np.nan if node is None else float(seen[self.model.column[node]])

    def _set_off(self, k: int, seen: np.ndarray) -> Pending:
        event = self.model.events[k]
        wait = 0.0 if event.delay is None else float(seen[self.model.column[event.delay]])
        if not wait >= 0.0:
            raise RunFailure(f"event '{event.name}' has the delay {wait:g} at time {self.time:g}")
        values = self._values(event, seen) if event.from_trigger else None
        return Pending(k, self._snapped(self.time + wait), values)

    def _snapped(self, due: float) -> float:
        """Return a time, or the output time that it misses by rounding only."""
        for k in (int(np.searchsorted(self.times, due)), int(np.searchsorted(self.times, due)) - 1):
            if 0 <= k < len(self.times) and abs(self.times[k] - due) <= 8 * np.spacing(due):
                return float(self.times[k])
        return due

    def _values(self, event: StateEvent, seen: np.ndarray) -> tuple[float, ...]:
        return tuple(float(seen[self.model.column[change.value]]) for change in event.changes)

    def _act(self, pending: Pending, seen: np.ndarray) -> None:
        event = self.model.events[pending.event]
        values = pending.values if pending.values is not None else self._values(event, seen)
        self.course.events += 1
        self._check_limits()
        diluted = [(name, node, float(seen[self.model.column[node]]))
                   for name, node in self.model.system.diluted]  # fmt: skip
        pairs = list(zip(event.changes, values, strict=True))
        self.y = self.y.copy()
        for change, value in pairs:
            if change.size is None:
                self._assign(change, value)
        self.instance.refresh()
        self._assign_amounts(pairs, diluted)

    def _assign(self, change: Change, value: float) -> None:
        if change.name in self._states:
            self.y[self._states[change.name]] = value
        else:
            self.instance.set_parameter(self._parameters[change.name], value)

    def _assign_amounts(
        self, pairs: Sequence[tuple[Change, float]], diluted: Sequence[tuple[str, int, float]]
    ) -> None:
        """Assign what is kept as an amount, in compartments as they are now; dilute the rest."""
        sized = [(change, value) for change, value in pairs if change.size is not None]
        if not sized and not diluted:
            return
        seen = self._look()
        for change, value in sized:
            self._assign(change, value * float(seen[self.model.column[change.size]]))
        assigned = {change.name for change, _ in pairs}
        for name, node, before in diluted:
            now = float(seen[self.model.column[node]])
            if name not in assigned and now != before:
                self.y[self._states[name]] *= before / now
        self.instance.refresh()

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
