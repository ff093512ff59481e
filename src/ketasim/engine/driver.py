"""The loop around the steps: four individuals at a time, each at its own pace.

Compiled by numba once per installation, never per model: the model enters as the addresses
of its functions (once more for single precision, where eight share a vector). A lane keeps its
own time and step and takes the next individual as soon as it is done, so an individual's result
does not depend on who shares the vector with it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ketasim.engine.function_call import caller
from ketasim.engine.memory import (
    ERROR,
    FT,
    LARGEST,
    LU,
    OUT,
    STEP,
    TAKEN,
    THETA,
    TOL,
    YN,
    H,
    P,
    T,
    U,
    Y,
)
from ketasim.engine.rodas5p import STAGES
from ketasim.engine.vector_code import SCALE_FLOOR, SINGLE_ROUNDING

OK, TOO_MANY_STEPS, STEP_TOO_SMALL, NOT_FINITE = range(4)
GROW, SHRINK = 8.0, 0.1
FREE = -1

_call2, _call4, _call8, _call11 = caller(2), caller(4), caller(8), caller(11)


def _compiled(function: Any) -> Any:
    """Compile for release of the interpreter lock, without reference counts, kept on disk."""
    options = {"nogil": True, "error_model": "numpy", "_nrt": False}
    options["forceinline"] = function.__name__ != "integrate"
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:  # nowhere to keep it: compile in every session instead
        return njit(**options)(function)


class Job(NamedTuple):
    """What is to be done: a chunk of individuals (see ``ensemble.solve_ensemble``)."""

    states: int
    most_steps: int
    tolerance: np.ndarray
    start: float
    largest_step: float
    defaults: np.ndarray
    varying: np.ndarray
    values: np.ndarray
    offsets: np.ndarray
    own: np.ndarray
    events: np.ndarray
    kinds: np.ndarray
    targets: np.ndarray
    amounts: np.ndarray
    times: np.ndarray


class Machine(NamedTuple):
    """What does it: addresses of the model's functions and one thread's memory.

    ``lanes`` has one number per lane, so that their count is known when this is compiled.
    """

    setup: int
    initial: int
    slopes: int
    step: int
    accept: int
    observe: int
    work: np.ndarray
    control: np.ndarray
    at: np.ndarray
    address: np.ndarray
    time: np.ndarray
    step_size: np.ndarray
    error: np.ndarray
    theta: np.ndarray
    taken: np.ndarray
    lanes: tuple[int, ...]


class Lanes(NamedTuple):
    """Where each lane stands, one number per lane."""

    who: np.ndarray
    event: np.ndarray
    following: np.ndarray
    due: np.ndarray
    proposed: np.ndarray
    restart: np.ndarray
    target: np.ndarray
    stop: np.ndarray
    fresh: np.ndarray
    refused: np.ndarray


class Result(NamedTuple):
    """What comes out, one row per individual."""

    values: np.ndarray
    status: np.ndarray
    steps: np.ndarray


@_compiled
def _region(machine, name):
    """Return the address of a region of memory."""
    return machine.address[name]


@_compiled
def _setup(lane, machine):
    """Work out what follows from a lane's parameters (in doubles, from all lanes' at once)."""
    if machine.work.itemsize == 8:
        _call2(machine.setup, (_region(machine, P), _region(machine, H)))
    else:
        apart = (_region(machine, P) + 8 * lane, _region(machine, H) + 4 * lane)
        _call2(machine.setup, apart)


@_compiled
def _initial(lane, machine):
    """Write a lane's states at the start (in doubles, all lanes') into YN."""
    if machine.work.itemsize == 8:
        _call2(machine.initial, (_region(machine, P), _region(machine, YN)))
    else:
        apart = (_region(machine, P) + 8 * lane, _region(machine, YN) + 4 * lane)
        _call2(machine.initial, apart)


@_compiled
def _observe(machine):
    m = machine
    inputs = (_region(m, Y), _region(m, YN), _region(m, U), _region(m, THETA), _region(m, H))
    _call8(m.observe, (*inputs, _region(m, T), _region(m, STEP), _region(m, OUT)))


@_compiled
def _step(machine):
    m = machine
    inputs = (_region(m, Y), _region(m, H), _region(m, T), _region(m, STEP), _region(m, LARGEST))
    scratch = (_region(m, TOL), _region(m, U), _region(m, LU), _region(m, FT))
    _call11(m.step, (*inputs, *scratch, _region(m, YN), _region(m, ERROR)))


@_compiled
def _accept(machine):
    m = machine
    _call4(m.accept, (_region(m, Y), _region(m, YN), _region(m, LARGEST), _region(m, TAKEN)))


@_compiled
def _load(lane, k, job, machine):
    """Put individual ``k`` into a lane: parameters, states at the start, clean scratch."""
    work, control, at = machine.work, machine.control, machine.at
    width = len(machine.lanes)
    for p in range(job.defaults.shape[0]):
        control[at[P] + p * width + lane] = job.defaults[p]
    for v in range(job.varying.shape[0]):
        control[at[P] + job.varying[v] * width + lane] = job.values[k, v]
    _setup(lane, machine)
    _initial(lane, machine)
    for i in range(job.states):
        y = work[at[YN] + i * width + lane]
        work[at[Y] + i * width + lane] = y
        work[at[LARGEST] + i * width + lane] = abs(y)
    for i in range(STAGES * job.states):
        work[at[U] + i * width + lane] = 0.0
    machine.time[lane] = job.start
    machine.step_size[lane] = 1e-6
    for j in range(2):
        control[at[TOL] + j * width + lane] = job.tolerance[j]


@_compiled
def _record(lane, row, machine):
    for o in range(row.shape[0]):
        row[o] = machine.control[machine.at[OUT] + o * len(machine.lanes) + lane]


@_compiled
def _apply_events(lane, k, event, job, machine):
    """Apply every event of a lane that is due; return the first that is not."""
    work, control, at = machine.work, machine.control, machine.at
    width = len(machine.lanes)
    anew = False
    while event < job.offsets[k + 1] and job.events[event] <= machine.time[lane]:
        target, amount = job.targets[event], job.amounts[event]
        if job.kinds[event] == 0:
            control[at[P] + target * width + lane] = amount
            own = job.own[target]
            if own < 0:
                anew = True
            else:
                work[at[H] + own * width + lane] = amount
                lost = abs(work[at[H] + own * width + lane] - amount)
                anew = anew or not lost <= SINGLE_ROUNDING * abs(amount)
        else:
            work[at[Y] + target * width + lane] += amount
        event += 1
    if anew:
        _setup(lane, machine)
    return event


@_compiled
def _next_stop(k, event, job):
    """Return where the coming stretch ends: at the next event or at the last output."""
    end = job.times[job.times.shape[0] - 1]
    if event < job.offsets[k + 1]:
        return min(end, job.events[event])
    return end


@_compiled
def _first_step(lane, span, job, machine):
    """Return a cautious first step: a hundredth of the states' own time scale.

    Source: E. Hairer, S. P. Norsett, G. Wanner, Solving ODEs I (1993), section II.4.
    """
    work, at, m = machine.work, machine.at, machine
    width = len(machine.lanes)
    for i in range(job.states * width):
        work[at[U] + i] = 0.0
    _call4(m.slopes, (_region(m, Y), _region(m, H), _region(m, T), _region(m, U)))
    size = 0.0
    slope = 0.0
    for i in range(job.states):
        y = work[at[Y] + i * width + lane]
        floor = SCALE_FLOOR * work[at[LARGEST] + i * width + lane]
        allowed = job.tolerance[1] + job.tolerance[0] * max(abs(y), floor)
        size += (y / allowed) ** 2
        slope += (work[at[U] + i * width + lane] / allowed) ** 2
    for i in range(job.states * width):
        work[at[U] + i] = 0.0
    if not slope > 0.0:
        return span
    return min(span, max(0.01 * np.sqrt(size / slope), 1e-7 * span))


@_compiled
def _begin(lane, k, job, machine, lanes, result):
    """Start individual ``k`` in a lane; return whether anything is left to integrate."""
    _load(lane, k, job, machine)
    for other in range(len(machine.lanes)):
        machine.theta[other] = 0.0
    _observe(machine)
    following = 0
    while following < job.times.shape[0] and job.times[following] <= job.start:
        _record(lane, result.values[k, following], machine)
        following += 1
    result.steps[k] = 0
    result.status[k] = OK
    if following >= job.times.shape[0]:
        return False
    event = _apply_events(lane, k, job.offsets[k], job, machine)
    lanes.who[lane] = k
    lanes.event[lane] = event
    lanes.following[lane] = following
    lanes.due[lane] = _due(following, job)
    lanes.stop[lane] = _next_stop(k, event, job)
    lanes.proposed[lane] = _first_step(lane, lanes.stop[lane] - job.start, job, machine)
    lanes.restart[lane] = lanes.proposed[lane]
    lanes.fresh[lane] = True
    lanes.refused[lane] = False
    return True


@_compiled
def _plan(lane, t, job, lanes):
    """Return the step and where it ends: at a stop, at a lone output time, or just so."""
    times, following = job.times, lanes.following[lane]
    step = min(lanes.proposed[lane], job.largest_step)
    target = t + step
    left = lanes.stop[lane] - t
    if step >= left * (1.0 - 1e-9):
        step, target = left, lanes.stop[lane]
    elif step > 0.5 * left:
        step = 0.5 * left
        target = t + step
    if following < times.shape[0]:
        ahead = times[following] - t
        if times[following] <= target:
            if following + 1 >= times.shape[0] or times[following + 1] > target:
                step, target = ahead, times[following]
        elif step > 0.5 * ahead:
            step = 0.5 * ahead
            target = t + step
    return step, target


@_compiled
def _plan_all(job, machine, lanes):
    for lane in range(len(machine.lanes)):
        if lanes.who[lane] != FREE:
            step, target = _plan(lane, machine.time[lane], job, lanes)
            machine.step_size[lane] = step
            lanes.target[lane] = target


@_compiled
def _judge(lane, machine, lanes):
    """Take or refuse a lane's step, set its next step; return a status."""
    error, factor = machine.error[lane], machine.error[len(machine.lanes) + lane]
    step = machine.step_size[lane]
    if error <= 1.0:
        machine.taken[lane] = 1.0
        factor = min(factor, 1.0 if lanes.refused[lane] else GROW)
        lanes.proposed[lane] = step * factor
        if lanes.fresh[lane]:
            lanes.restart[lane] = lanes.proposed[lane]
            lanes.fresh[lane] = False
        lanes.refused[lane] = False
        return OK
    finite = error < np.inf
    lanes.proposed[lane] = step * (max(SHRINK, factor) if finite else SHRINK)
    lanes.refused[lane] = True
    if step <= 1e-14 * abs(machine.time[lane]) or step < 1e-250:
        return STEP_TOO_SMALL if finite else NOT_FINITE
    return OK


@_compiled
def _judge_all(job, machine, lanes, result):
    """Take or refuse every lane's step; return how many individuals were given up."""
    lost = 0
    for lane in range(len(machine.lanes)):
        machine.taken[lane] = 0.0
        k = lanes.who[lane]
        if k == FREE:
            continue
        result.steps[k] += 1
        status = _judge(lane, machine, lanes)
        if status == OK and result.steps[k] >= job.most_steps:
            status = TOO_MANY_STEPS
        if status != OK:
            result.status[k] = status
            result.values[k] = np.nan
            machine.taken[lane] = 0.0
            lanes.who[lane] = FREE
            lost += 1
    return lost


@_compiled
def _due(following, job):
    """Return the time of an output, infinity past the last."""
    return job.times[following] if following < job.times.shape[0] else np.inf


@_compiled
def _write_outputs(job, machine, lanes, result):
    """Write every output within the steps just taken."""
    while True:
        waiting = False
        for lane in range(len(machine.lanes)):
            reached = lanes.target[lane] if machine.taken[lane] != 0.0 else -np.inf
            due = lanes.due[lane]
            waiting = waiting or due <= reached
            within = (due - machine.time[lane]) / machine.step_size[lane]
            machine.theta[lane] = within if due < reached else 1.0
        if not waiting:
            return
        _observe(machine)
        for lane in range(len(machine.lanes)):
            if machine.taken[lane] != 0.0 and lanes.due[lane] <= lanes.target[lane]:
                _record(lane, result.values[lanes.who[lane], lanes.following[lane]], machine)
                lanes.following[lane] += 1
                lanes.due[lane] = _due(lanes.following[lane], job)


@_compiled
def _arrive(job, machine, lanes):
    """Move time on, apply events that are due; return how many individuals are finished."""
    done = 0
    for lane in range(len(machine.lanes)):
        if machine.taken[lane] == 0.0:
            continue
        k = lanes.who[lane]
        machine.time[lane] = lanes.target[lane]
        if lanes.following[lane] >= job.times.shape[0]:
            lanes.who[lane] = FREE
            done += 1
        elif lanes.target[lane] >= lanes.stop[lane]:
            lanes.event[lane] = _apply_events(lane, k, lanes.event[lane], job, machine)
            lanes.stop[lane] = _next_stop(k, lanes.event[lane], job)
            left = lanes.stop[lane] - lanes.target[lane]
            lanes.proposed[lane] = min(lanes.restart[lane], left)
            lanes.fresh[lane] = True
    return done


@_compiled
def integrate(job, machine, lanes, result):
    """Integrate a chunk of individuals."""
    count = job.values.shape[0]
    for lane in range(len(machine.lanes)):
        _load(lane, 0, job, machine)
        lanes.who[lane] = FREE
    coming = 0
    active = 0
    while True:
        for lane in range(len(machine.lanes)):
            while lanes.who[lane] == FREE and coming < count:
                if _begin(lane, coming, job, machine, lanes, result):
                    active += 1
                coming += 1
        if active == 0:
            return
        _plan_all(job, machine, lanes)
        _step(machine)
        active -= _judge_all(job, machine, lanes, result)
        _write_outputs(job, machine, lanes, result)
        _accept(machine)
        active -= _arrive(job, machine, lanes)


def new_lanes(count: int) -> Lanes:
    """Return the state of free lanes."""
    whole, real, flag = np.int64, np.float64, np.bool_
    kinds = (whole, whole, whole, real, real, real, real, real, flag, flag)
    return Lanes(*(np.zeros(count, kind) for kind in kinds))
