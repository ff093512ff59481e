"""The engine's own error: a few individuals simulated again by another solver.

The reference is LSODA (Radau where that gives up), as SciPy has it, at a relative tolerance of
1e-9 on the same equations: its steps, orders and error estimates are its own; what it shares with
the engine is the machine code of the right-hand side and the dose table. So it shows errors of
integration, and not of a model read wrongly. It is run a second time at a tolerance a hundred
times looser; how far the two lie apart bounds the reference's own error.

Sources: A. C. Hindmarsh, ODEPACK, in Scientific Computing (1983) 55 (LSODA); E. Hairer, G. Wanner,
Solving ODEs II (1996), section IV.8 (Radau).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.dosing import Regimen
    from ketasim.engine import Events
    from ketasim.engine.instance import Instance
    from ketasim.model import Model
    from ketasim.population import Population
    from ketasim.simulation.question import People, Question

PEOPLE = 8
PROMISE = 10.0
"""What is promised, in tolerances: no value lies further from the reference than this share of the
largest value the output has in that person, at that time or a moment as small a share of it away.
Steps are held to the tolerance each, and a course is made of many (decision 3); where an output
jumps, an error is one of its moment, and its height at a given time says nothing."""
REFERENCE_RTOL, REFERENCE_ATOL, LOOSER = 1e-9, 1e-12, 100.0
METHODS = ("LSODA", "Radau")
SMALL = 1e-3
"""An output's size in a person counts as at least this share of its size in all checked."""
ATOL = 1e-9
"""The engine's absolute tolerance, which sizes are not told from."""
MOST_CALLS = 3_000_000


@dataclass(frozen=True, eq=False)
class Check:
    """How far the engine lies from the reference.

    Attributes
    ----------
    outputs, units : tuple of str
    people : tuple of int
        Individuals that were compared.
    left_out : mapping of int to str
        Individuals that could not be, and why.
    solver : str
    rtol : float
        Of the engine.
    promise : float
        Largest relative error promised.
    largest, typical : ndarray, shape (outputs,)
        Largest error of any individual and time, and the median over individuals of each one's
        largest: relative to the largest value of the output in that individual.
    beyond : ndarray, shape (outputs,)
        Largest error that no shift in time as small as ``promise`` explains; what is promised.
    points : ndarray, shape (outputs,)
        Largest error in the output's own unit.
    reference : ndarray, shape (outputs,)
        Bound of the reference's own error, relative.
    """

    outputs: tuple[str, ...]
    units: tuple[str, ...]
    people: tuple[int, ...]
    left_out: Mapping[int, str]
    solver: str
    rtol: float
    promise: float
    largest: np.ndarray
    typical: np.ndarray
    beyond: np.ndarray
    points: np.ndarray
    reference: np.ndarray

    @property
    def broken(self) -> tuple[str, ...]:
        """Outputs whose error is larger than promised, beyond what the reference leaves open."""
        return self._where(self.beyond - self.reference > self.promise)

    @property
    def open(self) -> tuple[str, ...]:
        """Outputs of which the reference itself is not sure enough to tell."""
        return self._where((self.reference > 0.5 * self.promise) & (self.beyond > self.promise))

    @property
    def kept(self) -> bool:
        """Whether somebody was compared and every output keeps the promise."""
        return bool(self.people) and not self.broken

    def _where(self, chosen: np.ndarray) -> tuple[str, ...]:
        return tuple(name for name, one in zip(self.outputs, chosen, strict=True) if one)

    def __str__(self) -> str:
        if not self.people:
            return "nobody could be compared with the reference: " + "; ".join(
                f"individual {k}: {why}" for k, why in self.left_out.items()
            )
        k = int(np.argmax(self.largest))
        told = (
            f"{len(self.people)} individuals against {self.solver} at {REFERENCE_RTOL:g}: largest "
            f"error {self.largest[k]:.1e} ({self.outputs[k]}, {self.points[k]:.2g} "
            f"{self.units[k]}), typical {np.median(self.typical):.1e}, beyond a shift of time "
            f"{np.max(self.beyond):.1e}, promised {self.promise:.0e}, each of an output's largest "
            "value in the individual: "
        )
        told += f"broken by {', '.join(self.broken)}" if self.broken else "kept"
        if self.open:
            told += f"; the reference is unsure of {', '.join(self.open)}"
        return told + (f"; {len(self.left_out)} could not be compared" if self.left_out else "")

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data."""
        columns = ("largest", "typical", "beyond", "points", "reference")
        return {
            "kept": self.kept,
            "promise": self.promise,
            "rtol": self.rtol,
            "solver": self.solver,
            "individuals": list(self.people),
            "left_out": {str(k): why for k, why in self.left_out.items()},
            "outputs": {
                name: {"unit": self.units[k], "broken": name in self.broken}
                | {column: float(f"{getattr(self, column)[k]:.3g}") for column in columns}
                for k, name in enumerate(self.outputs)
            },
        }


def check(
    model: Model,
    regimen: Regimen | Sequence[Regimen],
    population: Population,
    times: Sequence[float] | np.ndarray,
    outputs: Sequence[str] | str | None = None,
    *,
    values: Mapping[str, float | np.ndarray] | None = None,
    rtol: float = 1e-4,
    people: int = PEOPLE,
) -> Check:
    """Measure the engine's own error on a few individuals, spread evenly over the population.

    Parameters are those of :func:`ketasim.simulate`; ``people`` is how many are compared.

    Raises
    ------
    UserError
        As :func:`ketasim.simulate`; ``people`` below 1.
    """
    from ketasim.simulation.question import question

    return check_question(
        question(model, regimen, population, times, outputs, values, rtol), people
    )


def check_question(asked: Question, people: int = PEOPLE) -> Check:
    """Measure the engine's own error on a few individuals of a question."""
    if people < 1:
        raise UserError(f"people {people} is out of range; at least 1 must be compared")
    found: dict[int, _Courses] = {}
    left_out: dict[int, str] = {}
    for k in chosen(asked.population.n, people):
        try:
            found[k] = _compared(asked, k)
        except ArithmeticError as error:
            left_out[k] = str(error)
    return Check(
        outputs=asked.outputs,
        units=tuple(asked.model.outputs[name].unit for name in asked.outputs),
        people=tuple(found),
        left_out=left_out,
        solver=" and ".join(sorted({one.solver for one in found.values()})),
        rtol=asked.rtol,
        promise=PROMISE * asked.rtol,
        **_errors(list(found.values()), len(asked.outputs), asked.rtol),
    )


def chosen(n: int, people: int) -> list[int]:
    """Return the individuals that are compared: the middle of each of ``people`` equal parts."""
    return sorted({(2 * k + 1) * n // (2 * people) for k in range(people)})


@dataclass(frozen=True, eq=False)
class _Courses:
    """One individual, each course of shape (times, outputs): the engine's, the reference's, a
    looser reference's, and the least and the most of the reference about each time."""

    engine: np.ndarray
    tight: np.ndarray
    loose: np.ndarray
    least: np.ndarray
    most: np.ndarray
    solver: str


def _compared(asked: Question, k: int) -> _Courses:
    """Return the courses of an individual; raise ArithmeticError where one cannot be had."""
    from ketasim.engine import STATUS

    one = asked.people(k, k + 1)
    engine = asked.ensemble(one, threads=1)
    if engine.status[0]:
        raise ArithmeticError(f"the engine gave up: {STATUS[engine.status[0]]}")
    if not np.all(np.isfinite(engine.values)):
        raise ArithmeticError("the engine's numbers are not finite")
    times, shift = one.engine_times, PROMISE * asked.rtol
    around = np.clip([times * (1 - shift), times, times * (1 + shift)], times[0], times[-1])
    grid = np.unique(around)
    for method in METHODS:
        try:
            fine = reference(asked, one, grid, method, REFERENCE_RTOL, REFERENCE_ATOL)
            loose = reference(
                asked, one, times, method, LOOSER * REFERENCE_RTOL, LOOSER * REFERENCE_ATOL
            )
        except ArithmeticError:
            continue
        near = fine[np.searchsorted(grid, around)]
        return _Courses(
            engine.values[0], near[1], loose, near.min(axis=0), near.max(axis=0), method
        )
    raise ArithmeticError("the reference gave up")


def _errors(found: Sequence[_Courses], outputs: int, rtol: float) -> dict[str, np.ndarray]:
    """Return errors of each output, as in `Check`."""
    names = ("largest", "typical", "beyond", "points", "reference")
    if not found:
        return {name: np.full(outputs, np.nan) for name in names}
    engine, tight, loose, least, most = (
        np.stack([getattr(one, name) for one in found])
        for name in ("engine", "tight", "loose", "least", "most")
    )
    size = np.abs(tight).max(axis=1)
    size = np.maximum(size, SMALL * size.max(axis=0)) + ATOL / rtol
    gap = np.abs(engine - tight).max(axis=1)
    outside = np.maximum(np.maximum(least - engine, engine - most), 0.0).max(axis=1)
    relative = gap / size
    own = np.abs(loose - tight).max(axis=1) / size
    every = (
        relative.max(axis=0),
        np.median(relative, axis=0),
        (outside / size).max(axis=0),
        gap.max(axis=0),
        own.max(axis=0),
    )
    return dict(zip(names, every, strict=True))


def reference(
    asked: Question, one: People, times: np.ndarray, method: str, rtol: float, atol: float
) -> np.ndarray:
    """Return the course of one individual by a method of SciPy, shape (times, outputs).

    ``times`` are on the engine's clock.

    Raises
    ------
    ArithmeticError
        The method gives up, or needs too many calls.
    """
    from ketasim.engine.instance import Instance

    compiled = asked.compiled
    instance = Instance(compiled)
    values = np.array(compiled.defaults)
    for name, column in one.varying.items():
        values[compiled.parameters.index(name)] = column[0]
    instance.set_parameters(values)
    run = _Reference(instance, method, rtol, atol, bool(compiled.layout["time_dependent"]))
    return run.course(times, _steps(one.events, compiled.parameters, compiled.states))


def _steps(
    events: Events, parameters: Sequence[str], states: Sequence[str]
) -> list[tuple[float, bool, int, float]]:
    """Return an individual's events: time, whether a parameter is set, which, to what."""
    from ketasim.engine.events import SET_PARAMETER

    rows = zip(events.time, events.kind, events.target, events.value, strict=True)
    found = []
    for time, kind, target, value in rows:
        sets, name = kind == SET_PARAMETER, events.targets[target]
        found.append(
            (float(time), sets, (parameters if sets else states).index(name), float(value))
        )
    return found


class _Reference:
    """One individual, from event to event.

    Apart from `ketasim.engine.event_run`, which the engine itself falls back on, and which begins
    anew at every output time: at those of a check, that takes two to three times as long.
    """

    def __init__(
        self, instance: Instance, method: str, rtol: float, atol: float, clocked: bool
    ) -> None:
        self._one, self._method = instance, method
        self._options: dict[str, Any] = {"rtol": rtol, "atol": atol}
        if clocked:
            self._options["max_step"] = 1.0  # h: nothing that a clock brings is stepped over
        self._calls = 0

    def course(
        self, times: np.ndarray, events: Sequence[tuple[float, bool, int, float]]
    ) -> np.ndarray:
        y, now, coming = self._one.initial(), 0.0, list(events)
        rows: list[np.ndarray] = []
        while True:
            stop = min(coming[0][0] if coming else np.inf, float(times[-1]))
            due = times[len(rows) :]
            due = due[due <= stop]
            y, seen = self._to(now, max(stop, now), y, due)
            rows += seen
            if len(rows) == len(times):
                return np.array(rows)
            now = max(stop, now)
            while coming and coming[0][0] <= now:
                _, sets, target, value = coming.pop(0)
                if sets:
                    self._one.set_parameter(target, value)
                else:
                    y[target] += value
            self._one.refresh()

    def _to(
        self, start: float, stop: float, y: np.ndarray, due: np.ndarray
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return the states at ``stop``, and the outputs at the times that are due on the way."""
        from scipy.integrate import solve_ivp

        if stop <= start:
            return y, [self._one.look(float(t), y) for t in due]
        at = np.unique(np.concatenate([np.clip(due, start, stop), [stop]]))
        with np.errstate(all="ignore"):
            try:
                found = solve_ivp(self._slopes, (start, stop), y, self._method, at, **self._options)
            except (ValueError, np.linalg.LinAlgError) as error:
                raise ArithmeticError(f"{self._method} gave up") from error
        if not found.success or not np.all(np.isfinite(found.y)):
            raise ArithmeticError(f"{self._method} gave up")
        states = found.y.T
        where = np.searchsorted(at, np.clip(due, start, stop))
        return states[-1].copy(), [self._one.look(float(at[k]), states[k]) for k in where]

    def _slopes(self, time: float, y: np.ndarray) -> np.ndarray:
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise ArithmeticError(f"{self._method} needs too many steps")
        return self._one.slopes(time, y)
