"""The loop around the steps: four individuals at a time, each at its own pace.

Compiled by numba once per installation, never per model: the model enters as the addresses
of its functions. A lane keeps its own time and step and takes the next individual as soon as
it is done, so an individual's result does not depend on who shares the vector with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

LANES = 4

OK = 0
TOO_MANY_STEPS = 1
STEP_TOO_SMALL = 2
NOT_FINITE = 3

(P, H, Y, YN, U, LU, FT, LARGEST, T, STEP, TOL, ERROR, THETA, TAKEN, OUT, SIZE) = range(16)
"""Rows of the table of offsets into the working memory."""

GROW, SHRINK = 8.0, 0.1


def _indirect_call(arity: int) -> Any:
    """Return a numba intrinsic that calls a function address with ``arity`` pointers."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = ir.PointerType(ir.IntType(8))
        function = ir.FunctionType(ir.VoidType(), [pointer] * arity)
        address = builder.inttoptr(arguments[0], function.as_pointer())
        given = [
            builder.inttoptr(builder.extract_value(arguments[1], k), pointer) for k in range(arity)
        ]
        builder.call(address, given)
        return context.get_dummy_value()

    @intrinsic
    def call(typingctx, address, pointers):  # type: ignore[no-untyped-def]
        return types.void(types.int64, types.UniTuple(types.int64, arity)), generate

    return call


_call2 = _indirect_call(2)
_call4 = _indirect_call(4)
_call8 = _indirect_call(8)
_call11 = _indirect_call(11)


@njit(nogil=True, cache=True, error_model="numpy")
def _load(lane, individual, work, at, defaults, varying, values):
    """Put an individual's parameters into a lane."""
    for p in range(defaults.shape[0]):
        work[at[P] + p * LANES + lane] = defaults[p]
    for v in range(varying.shape[0]):
        work[at[P] + varying[v] * LANES + lane] = values[individual, v]


@njit(nogil=True, cache=True, error_model="numpy")
def _begin(lane, n, work, at, base, code, start):
    """Set a lane's states to their initial values at time ``start``."""
    _call2(code[0], (base + 8 * at[P], base + 8 * at[H]))
    _call2(code[1], (base + 8 * at[P], base + 8 * at[YN]))
    for i in range(n):
        y = work[at[YN] + i * LANES + lane]
        work[at[Y] + i * LANES + lane] = y
        work[at[LARGEST] + i * LANES + lane] = abs(y)
    for i in range(8 * n):
        work[at[U] + i * LANES + lane] = 0.0
    work[at[T] + lane] = start
    work[at[STEP] + lane] = 1e-6


@njit(nogil=True, cache=True, error_model="numpy")
def _observe(work, at, base, code):
    _call8(
        code[5],
        (
            base + 8 * at[Y],
            base + 8 * at[YN],
            base + 8 * at[U],
            base + 8 * at[THETA],
            base + 8 * at[H],
            base + 8 * at[T],
            base + 8 * at[STEP],
            base + 8 * at[OUT],
        ),
    )


@njit(nogil=True, cache=True, error_model="numpy")
def _record(lane, n_outputs, work, at, row):
    for k in range(n_outputs):
        row[k] = work[at[OUT] + k * LANES + lane]


@njit(nogil=True, cache=True, error_model="numpy")
def _apply_events(lane, event, last, work, at, events, kinds, targets, amounts):
    """Apply every event of a lane that is due; return the first that is not."""
    while event < last and events[event] <= work[at[T] + lane]:
        if kinds[event] == 0:
            work[at[P] + targets[event] * LANES + lane] = amounts[event]
        else:
            work[at[Y] + targets[event] * LANES + lane] += amounts[event]
        event += 1
    return event


@njit(nogil=True, cache=True, error_model="numpy")
def _first_step(lane, n, work, at, base, code, rtol, atol, span):
    """Return a cautious first step: a hundredth of the states' own time scale.

    Source: E. Hairer, S. P. Norsett, G. Wanner, Solving ODEs I (1993), section II.4.
    """
    for i in range(n * LANES):
        work[at[U] + i] = 0.0
    _call4(code[2], (base + 8 * at[Y], base + 8 * at[H], base + 8 * at[T], base + 8 * at[U]))
    size = 0.0
    slope = 0.0
    for i in range(n):
        y = work[at[Y] + i * LANES + lane]
        f = work[at[U] + i * LANES + lane]
        allowed = atol + rtol * max(abs(y), 1e-3 * work[at[LARGEST] + i * LANES + lane])
        size += (y / allowed) ** 2
        slope += (f / allowed) ** 2
        work[at[U] + i * LANES + lane] = 0.0
    if not slope > 0.0:
        return span
    step = 0.01 * np.sqrt(size / slope) if size > 0.0 else 0.0
    return min(span, max(step, 1e-7 * span))


@njit(nogil=True, cache=True, error_model="numpy")
def _plan(t, proposed, stop, times, following):
    """Return the step and where it ends: at a stop, at a lone output time, or just so."""
    step = proposed
    target = t + step
    left = stop - t
    if step >= left * (1.0 - 1e-9):
        step, target = left, stop
    elif step > 0.5 * left:
        step = 0.5 * left
        target = t + step
    if following < times.shape[0]:
        ahead = times[following] - t
        lone = following + 1 >= times.shape[0] or times[following + 1] > target
        if times[following] <= target:
            if lone:
                step, target = ahead, times[following]
        elif step > 0.5 * ahead:
            step = 0.5 * ahead
            target = t + step
    return step, target


@njit(nogil=True, cache=True, error_model="numpy")
def integrate(
    code,
    at,
    base,
    work,
    sizes,
    defaults,
    varying,
    values,
    offsets,
    events,
    kinds,
    targets,
    amounts,
    times,
    settings,
    results,
    status,
    steps,
):
    """Integrate a chunk of individuals; see :func:`ketasim.engine.ensemble.solve_ensemble`.

    ``code`` addresses, ``at`` offsets into ``work`` whose address is ``base``, ``sizes``
    (states, outputs, largest number of steps), ``settings`` (rtol, atol, start, largest step).
    """
    n, n_outputs, most_steps = sizes[0], sizes[1], sizes[2]
    rtol, atol, start, largest_step = settings[0], settings[1], settings[2], settings[3]
    count, n_times = values.shape[0], times.shape[0]
    end = times[n_times - 1]
    who = np.full(LANES, -1, np.int64)
    event = np.zeros(LANES, np.int64)
    following = np.zeros(LANES, np.int64)
    proposed = np.zeros(LANES)
    restart = np.zeros(LANES)
    target = np.zeros(LANES)
    stop = np.zeros(LANES)
    fresh = np.zeros(LANES, np.bool_)
    refused = np.zeros(LANES, np.bool_)
    for k in range(LANES):
        work[at[TOL] + k] = rtol
        work[at[TOL] + LANES + k] = atol
        work[at[TAKEN] + k] = 0.0
        work[at[THETA] + k] = 0.0
        _load(k, 0, work, at, defaults, varying, values)
        _begin(k, n, work, at, base, code, start)
    coming = 0
    active = 0
    for lane in range(LANES):
        who[lane] = -2
    while True:
        # hand free lanes the next individuals
        for lane in range(LANES):
            while who[lane] == -2 and coming < count:
                k = coming
                coming += 1
                _load(lane, k, work, at, defaults, varying, values)
                _begin(lane, n, work, at, base, code, start)
                for other in range(LANES):
                    work[at[THETA] + other] = 0.0
                _observe(work, at, base, code)
                following[lane] = 0
                while following[lane] < n_times and times[following[lane]] <= start:
                    _record(lane, n_outputs, work, at, results[k, following[lane]])
                    following[lane] += 1
                steps[k] = 0
                status[k] = OK
                if following[lane] >= n_times:
                    continue
                event[lane] = _apply_events(
                    lane, offsets[k], offsets[k + 1], work, at, events, kinds, targets, amounts
                )
                _call2(code[0], (base + 8 * at[P], base + 8 * at[H]))
                stop[lane] = end
                if event[lane] < offsets[k + 1] and events[event[lane]] < end:
                    stop[lane] = events[event[lane]]
                span = stop[lane] - start
                proposed[lane] = _first_step(lane, n, work, at, base, code, rtol, atol, span)
                restart[lane] = proposed[lane]
                fresh[lane] = True
                refused[lane] = False
                who[lane] = k
                active += 1
        if active == 0:
            break
        for lane in range(LANES):
            if who[lane] >= 0:
                step, ends = _plan(
                    work[at[T] + lane],
                    min(proposed[lane], largest_step),
                    stop[lane],
                    times,
                    following[lane],
                )
                work[at[STEP] + lane] = step
                target[lane] = ends
        _call11(
            code[3],
            (
                base + 8 * at[Y],
                base + 8 * at[H],
                base + 8 * at[T],
                base + 8 * at[STEP],
                base + 8 * at[LARGEST],
                base + 8 * at[TOL],
                base + 8 * at[U],
                base + 8 * at[LU],
                base + 8 * at[FT],
                base + 8 * at[YN],
                base + 8 * at[ERROR],
            ),
        )
        # accept or refuse, each lane for itself
        for lane in range(LANES):
            work[at[TAKEN] + lane] = 0.0
            k = who[lane]
            if k < 0:
                continue
            steps[k] += 1
            error = work[at[ERROR] + lane]
            step = work[at[STEP] + lane]
            if error <= 1.0:
                work[at[TAKEN] + lane] = 1.0
                factor = min(GROW, work[at[ERROR] + LANES + lane])
                proposed[lane] = step * (min(factor, 1.0) if refused[lane] else factor)
                if fresh[lane]:
                    restart[lane] = proposed[lane]
                    fresh[lane] = False
                refused[lane] = False
            else:
                factor = SHRINK
                if error < np.inf:
                    factor = max(SHRINK, work[at[ERROR] + LANES + lane])
                proposed[lane] = step * factor
                refused[lane] = True
                if step <= 1e-14 * max(abs(work[at[T] + lane]), 1e-300) or step < 1e-250:
                    status[k] = STEP_TOO_SMALL if error < np.inf else NOT_FINITE
            if steps[k] >= most_steps and status[k] == OK:
                status[k] = TOO_MANY_STEPS
            if status[k] != OK:
                for j in range(n_times):
                    for o in range(n_outputs):
                        results[k, j, o] = np.nan
                work[at[TAKEN] + lane] = 0.0
                who[lane] = -2
                active -= 1
                _load(lane, k, work, at, defaults, varying, values)
                _begin(lane, n, work, at, base, code, start)
        # outputs within the step
        while True:
            waiting = False
            for lane in range(LANES):
                work[at[THETA] + lane] = 1.0
                if work[at[TAKEN] + lane] != 0.0 and following[lane] < n_times:
                    due = times[following[lane]]
                    if due <= target[lane]:
                        waiting = True
                        if due < target[lane]:
                            work[at[THETA] + lane] = (due - work[at[T] + lane]) / work[
                                at[STEP] + lane
                            ]
            if not waiting:
                break
            _observe(work, at, base, code)
            for lane in range(LANES):
                if work[at[TAKEN] + lane] != 0.0 and following[lane] < n_times:
                    if times[following[lane]] <= target[lane]:
                        _record(lane, n_outputs, work, at, results[who[lane], following[lane]])
                        following[lane] += 1
        _call4(
            code[4],
            (base + 8 * at[Y], base + 8 * at[YN], base + 8 * at[LARGEST], base + 8 * at[TAKEN]),
        )
        # arrive: events, the end, the next individual
        changed = False
        for lane in range(LANES):
            if work[at[TAKEN] + lane] == 0.0:
                continue
            k = who[lane]
            work[at[T] + lane] = target[lane]
            if following[lane] >= n_times:
                who[lane] = -2
                active -= 1
                continue
            if target[lane] >= stop[lane]:
                event[lane] = _apply_events(
                    lane, event[lane], offsets[k + 1], work, at, events, kinds, targets, amounts
                )
                changed = True
                stop[lane] = end
                if event[lane] < offsets[k + 1] and events[event[lane]] < end:
                    stop[lane] = events[event[lane]]
                proposed[lane] = min(restart[lane], stop[lane] - target[lane])
                fresh[lane] = True
        if changed:
            _call2(code[0], (base + 8 * at[P], base + 8 * at[H]))
