"""Integrate any number of individuals of a compiled model."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from ketasim.engine.compiled_model import CompiledModel, in_double
from ketasim.engine.events import ADD_TO_STATE, SET_PARAMETER, Events, none
from ketasim.engine.machine_code import FUNCTIONS
from ketasim.errors import UserError, nearest

CHUNK = 512
"""Individuals a thread takes at once; results do not depend on it."""
SINGLE_RTOL = 1e-5
"""Tightest tolerance of a step in single precision, whose rounding is 6e-8."""
STATUS = ("ok", "too many steps", "step too small", "not finite")


@dataclass(frozen=True)
class Ensemble:
    """Results of an ensemble.

    Attributes
    ----------
    values : ndarray, shape (n_individuals, n_times, n_outputs)
        NaN for an individual that failed.
    status : ndarray of int8, shape (n_individuals,)
        Index into ``STATUS``.
    steps : ndarray of int32, shape (n_individuals,)
        Steps tried.
    retried : ndarray of bool, shape (n_individuals,)
        Whether the engine's method gave up and another one, slower and at a tighter tolerance,
        was tried; its values stand there where it came to the end.
    widened : ndarray of bool, shape (n_individuals,)
        Whether single precision gave up and the individual was integrated in double.
    """

    values: np.ndarray
    status: np.ndarray
    steps: np.ndarray
    retried: np.ndarray
    widened: np.ndarray

    def told(self) -> str:
        """Return in a line how many failed, and why; empty where nothing is to be told."""
        count = len(self.status)
        why = [f"{int(np.sum(self.status == k))} {STATUS[k]}"
               for k in range(1, len(STATUS)) if np.any(self.status == k)]  # fmt: skip
        rescued = int(np.sum(self.retried & (self.status == 0)))
        parts = (
            [f"{int(np.sum(self.status != 0))} of {count} failed: {', '.join(why)}"] if why else []
        )
        if rescued:
            parts.append(f"{rescued} of {count} needed the slower method")
        if np.any(self.widened):
            parts.append(f"{int(np.sum(self.widened))} of {count} needed double precision")
        return "; ".join(parts)


def solve_ensemble(
    model: CompiledModel,
    times: np.ndarray,
    *,
    individuals: int = 1,
    varying: Mapping[str, np.ndarray] | None = None,
    events: Events | None = None,
    rtol: float = 1e-4,
    atol: float = 1e-9,
    start: float = 0.0,
    largest_step: float | None = None,
    most_steps: int = 100_000,
    threads: int | None = None,
    fallback: bool = True,
) -> Ensemble:
    """Integrate an ensemble of individuals.

    Parameters
    ----------
    model : CompiledModel
    times : ndarray, shape (n_times,)
        Output times, ascending, in the model's unit. An output at the very time of an event
        shows the value before the event.
    individuals : int
        Their number, when neither ``varying`` nor ``events`` tells it.
    varying : mapping of str to ndarray, shape (n_individuals,)
        Parameters that differ between individuals; all others keep the model's value.
    events : Events, optional
        Doses and switches.
    rtol, atol : float
        Error allowed per step: relative to a state's size (not below a thousandth of the
        largest it had), plus absolute.
    start : float
        Time of the initial values.
    largest_step : float, optional
        Default: a fiftieth of the run where time enters the equations, so that nothing sharp is
        stepped over; else none.
    most_steps : int
        Steps after which an individual is given up.
    threads : int, optional
        Default: all processors. Results are bitwise the same for any number.
    fallback : bool
        Try an individual that fails again: in double precision where it was single, then by
        another method (see :mod:`engine.fallback`).

    Returns
    -------
    Ensemble

    Raises
    ------
    UserError
        For an unknown parameter or event target, arrays of different length, times that are
        not ascending or not finite, a tolerance that single precision cannot hold.
    """
    if model.precision == "single" and not rtol >= SINGLE_RTOL:
        raise UserError(f"rtol {rtol:g} is too tight for precision 'single'; at least "
                        f"{SINGLE_RTOL:g}, or precision 'double'")  # fmt: skip
    varying = varying or {}
    table = _Table(model, times, individuals, varying, events, start)
    if largest_step is None:
        largest_step = _largest_step(model, float(table.times[-1]) - start)
    limits = _Limits(np.array([rtol, atol]), float(start), float(largest_step), int(most_steps))
    shape = (table.count, len(table.times), len(model.outputs))
    result = Ensemble(
        np.empty(shape),
        np.zeros(table.count, np.int8),
        np.zeros(table.count, np.int32),
        np.zeros(table.count, np.bool_),
        np.zeros(table.count, np.bool_),
    )
    workers = threads or os.cpu_count() or 1

    def work(model: CompiledModel, chunk: tuple[int, int]) -> None:
        _integrate(model, table, limits, chunk, result)
        if fallback and model.precision == "double":
            for k in np.flatnonzero(result.status[slice(*chunk)]).tolist():
                _try_again(model, table, limits, chunk[0] + k, result)

    _each(partial(work, model), _chunks([(0, table.count)], workers), workers)
    if fallback and model.precision == "single" and np.any(result.status):
        result.widened[:] = result.status != 0
        again = _chunks(_runs(result.widened), workers)
        _each(partial(work, in_double(model)), again, workers)
    return result


def _chunks(runs: Sequence[tuple[int, int]], workers: int) -> list[tuple[int, int]]:
    """Cut runs of individuals into what a thread takes at once."""
    count = sum(last - first for first, last in runs)
    size = max(1, min(CHUNK, -(-count // workers)))
    return [(k, min(k + size, last)) for first, last in runs for k in range(first, last, size)]


def _runs(chosen: np.ndarray) -> list[tuple[int, int]]:
    """Return first and last (not included) of every unbroken run of the chosen."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _each(
    work: Callable[[tuple[int, int]], None], chunks: Sequence[tuple[int, int]], workers: int
) -> None:
    workers = max(1, min(workers, len(chunks)))
    if workers == 1:
        for chunk in chunks:
            work(chunk)
    else:
        with ThreadPoolExecutor(workers) as pool:
            for _ in pool.map(work, chunks):
                pass


STEPS_AT_LEAST = 50
"""Steps a run takes at least where time enters the equations."""


def _largest_step(model: CompiledModel, span: float) -> float:
    return span / STEPS_AT_LEAST if model.layout["time_dependent"] and span > 0 else np.inf


def _try_again(
    model: CompiledModel, table: _Table, limits: _Limits, k: int, result: Ensemble
) -> None:
    """Integrate individual ``k`` by the fallback; its values count where it comes to the end."""
    from ketasim.engine.fallback import doses_of, try_again

    parameters = model.defaults.copy()
    parameters[table.varying] = table.values[k]
    relative, absolute = limits.tolerance.tolist()
    course = try_again(
        model,
        table.times,
        parameters,
        doses_of(table.events, k, table.targets),
        (relative, absolute),
        limits.start,
        limits.largest_step,
    )
    result.retried[k] = True
    if course.status == "ok":
        result.values[k], result.status[k] = course.values, 0


class _Limits(NamedTuple):
    """How the integration runs; the field names are those of ``driver.Job``."""

    tolerance: np.ndarray
    start: float
    largest_step: float
    most_steps: int


class _Table:
    """The inputs of an ensemble as checked arrays."""

    def __init__(
        self,
        model: CompiledModel,
        times: np.ndarray,
        individuals: int,
        varying: Mapping[str, np.ndarray],
        events: Events | None,
        start: float,
    ) -> None:
        self.times = checked_times(times, start)
        where = {name: i for i, name in enumerate(model.parameters)}
        for name in varying:
            if name not in where:
                raise UserError(f"parameter '{name}' is not in the model{nearest(name, where)}")
        columns = [np.asarray(v, dtype=float).ravel() for v in varying.values()]
        counts = {len(c) for c in columns} | ({events.n_individuals} if events else set())
        if len(counts) > 1:
            raise UserError(f"individuals differ in number: {sorted(counts)}")
        self.count = counts.pop() if counts else individuals
        self.varying = np.array([where[name] for name in varying], dtype=np.int64)
        self.values = (
            np.ascontiguousarray(np.stack(columns, axis=1))
            if columns
            else np.zeros((self.count, 0))
        )
        self.events = events or none(self.count)
        self.offsets = np.ascontiguousarray(self.events.offsets, dtype=np.int64)
        self.event_times = np.ascontiguousarray(self.events.time, dtype=float)
        self.amounts = np.ascontiguousarray(self.events.value, dtype=float)
        self.kinds = np.ascontiguousarray(self.events.kind, dtype=np.int64)
        self.targets = self._resolve_targets(model, where)

    def _resolve_targets(self, model: CompiledModel, parameters: Mapping[str, int]) -> np.ndarray:
        states = {name: i for i, name in enumerate(model.states)}
        found = np.zeros(len(self.kinds), dtype=np.int64)
        for kind, names, what in (
            (SET_PARAMETER, parameters, "parameter"),
            (ADD_TO_STATE, states, "state"),
        ):
            rows = self.kinds == kind
            used = np.unique(self.events.target[rows])
            index = np.zeros(len(self.events.targets), dtype=np.int64)
            for k in used:
                name = self.events.targets[k]
                if name not in names:
                    hint = nearest(name, names)
                    raise UserError(f"event target '{name}' is no {what} of the model{hint}")
                index[k] = names[name]
            if len(used):
                found[rows] = index[self.events.target[rows]]
        return found


def checked_times(times: np.ndarray, start: float) -> np.ndarray:
    times = np.ascontiguousarray(times, dtype=float).ravel()
    if not len(times):
        raise UserError("no output times")
    if not np.all(np.isfinite(times)):
        raise UserError("output times must be finite numbers")
    if np.any(np.diff(times) <= 0):
        row = int(np.flatnonzero(np.diff(times) <= 0)[0]) + 1
        raise UserError(f"output times must ascend: time {times[row]:g} follows {times[row - 1]:g}")
    if times[0] < start:
        raise UserError(f"output time {times[0]:g} lies before the start {start:g}")
    return times


def _integrate(
    model: CompiledModel,
    table: _Table,
    limits: _Limits,
    chunk: tuple[int, int],
    result: Ensemble,
) -> None:
    from ketasim.engine import driver, memory
    from ketasim.engine.programs import NUMBERS

    first, last = chunk
    numbers = NUMBERS[model.precision]
    room = memory.allocate(model.layout, numbers)
    machine = driver.Machine(
        **{name: model.code.addresses[name] for name in FUNCTIONS},
        **vars(room),
        time=room.doubles(memory.T),
        step_size=room.doubles(memory.STEP),
        error=room.doubles(memory.ERROR),
        theta=room.doubles(memory.THETA),
        taken=room.doubles(memory.TAKEN),
        lanes=(0,) * numbers.lanes,
    )
    job = driver.Job(
        states=model.layout["states"],
        **limits._asdict(),
        defaults=model.defaults,
        varying=table.varying,
        values=table.values[first:last],
        offsets=table.offsets[first : last + 1],
        own=np.array(model.layout["own"], dtype=np.int64),
        events=table.event_times,
        kinds=table.kinds,
        targets=table.targets,
        amounts=table.amounts,
        times=table.times,
    )
    values, status, steps = result.values, result.status, result.steps
    rows = driver.Result(values[first:last], status[first:last], steps[first:last])
    driver.integrate(job, machine, driver.new_lanes(numbers.lanes), rows)
