"""Any SBML model for many individuals, each with values and doses of its own.

A model without events, and without conditions or formulas of time, goes through the ensemble:
four individuals to a vector, a thread for each core. All others run one individual at a time, from
event to event, a process for each core. Either way an individual's numbers depend on nobody else,
and come in the order asked for.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from ketasim.engine.dose_table import Dose, dose_events
from ketasim.engine.ensemble import STATUS, checked_times, solve_ensemble
from ketasim.engine.event_model import EventModel
from ketasim.engine.event_run import Course, Doses, Limits
from ketasim.engine.events import ADD_TO_STATE, SET_PARAMETER, Events
from ketasim.engine.sbml_run import compiled_for
from ketasim.engine.sbml_symbols import start_of
from ketasim.engine.single_run import run_one
from ketasim.errors import UserError

NUMBERS_AT_ONCE = 1_000_000
"""Numbers that an ensemble returns at once (8 MB); results do not depend on it."""
BATCH = 8
"""Individuals that a process is given at once."""
ALONE = 2 * BATCH
"""Individuals for whom no process is started."""


@dataclass(frozen=True)
class People:
    """What differs between individuals.

    Attributes
    ----------
    values : mapping of str to ndarray, shape (n,)
        Values at the start: parameters, sizes of compartments, species (in the unit formulas
        mean).
    doses : tuple of tuple of Dose
        Of each individual, n of them.
    """

    values: Mapping[str, np.ndarray]
    doses: tuple[tuple[Dose, ...], ...]


@dataclass(frozen=True)
class Question:
    """A model and what is asked of it; see :func:`run_people`."""

    text: str
    times: np.ndarray
    people: People
    outputs: Sequence[str] = ()
    given: Mapping[str, float] | None = None
    limits: Limits = field(default_factory=Limits)


def run_people(
    asked: Question, *, jobs: int | None = None
) -> tuple[tuple[str, ...], Iterator[Course]]:
    """Simulate an SBML document from time 0 for many individuals.

    Parameters
    ----------
    asked : Question
        The document; output times as in :func:`run_sbml`; the individuals; names of outputs
        (default: everything that can change); values for everybody in place of the document's;
        how far each run may go.
    jobs : int, optional
        Threads or processes; default: all processors. Results are the same for any number.

    Returns
    -------
    tuple
        Names of the outputs; a course for each individual, in order, worked out as it is read.

    Raises
    ------
    UnsupportedModel
        The document uses a construct that is not simulated; the message names it.
    UserError
        A name that is not in the model or is given twice, times that do not ascend, a dose that
        does not fit.
    """
    times = checked_times(asked.times, 0.0)
    for name in asked.people.values:
        if name in (asked.given or {}):
            raise UserError(f"'{name}' is given for everybody and for each; choose one")
    run = _Run(asked, times)
    workers = max(1, jobs or os.cpu_count() or 1)
    if not _careful(run.model):
        return run.names, _together(run, workers)
    if workers == 1 or run.count <= ALONE:
        return run.names, (run.one(k) for k in range(run.count))
    return run.names, _side_by_side(asked, run.count, workers)


class _Run:
    """A compiled question."""

    def __init__(self, asked: Question, times: np.ndarray) -> None:
        people = asked.people
        first = {name: float(column[0]) for name, column in people.values.items()}
        every = list(dict.fromkeys(dose for doses in people.doses for dose in doses))
        self.asked, self.times, self.count = asked, times, len(people.doses)
        self.names, self.model = compiled_for(
            asked.text, asked.outputs, {**(asked.given or {}), **first}, every, tuple(first)
        )
        where = {name: k for k, name in enumerate(self.model.compiled.parameters)}
        self._columns = [where.get(start_of(name), where.get(name, -1)) for name in first]
        self.varied = [self.model.compiled.parameters[k] for k in self._columns]

    def values(self, k: int) -> np.ndarray:
        """Return the parameters of individual ``k``."""
        found = self.model.compiled.defaults.copy()
        found[self._columns] = [column[k] for column in self.asked.people.values.values()]
        return found

    def doses(self, k: int) -> Doses:
        """Return what the doses of individual ``k`` do."""
        return dose_events(self.model, self.asked.people.doses[k], self.values(k))

    def one(self, k: int) -> Course:
        """Integrate individual ``k``, events and all."""
        return run_one(
            self.model, self.times, limits=self.asked.limits, doses=self.doses(k),
            parameters=self.values(k),
        )  # fmt: skip


def _careful(model: EventModel) -> bool:
    """Return whether individuals must be run one at a time."""
    return bool(model.events or model.switches or model.time_enters or model.still)


# --- together, as an ensemble


def _together(run: _Run, threads: int) -> Iterator[Course]:
    size = max(1, NUMBERS_AT_ONCE // (len(run.times) * len(run.names)))
    limits = run.asked.limits
    for first in range(0, run.count, size):
        last = min(first + size, run.count)
        columns = [column[first:last] for column in run.asked.people.values.values()]
        found = solve_ensemble(
            run.model.compiled,
            run.times,
            individuals=last - first,
            varying=dict(zip(run.varied, columns, strict=True)),
            events=_events(run, range(first, last)),
            rtol=limits.rtol,
            atol=limits.atol,
            threads=threads,
            fallback=False,
        )
        for k in range(last - first):
            failed = found.status[k] != STATUS.index("ok")
            yield run.one(first + k) if failed else Course(found.values[k])


def _events(run: _Run, who: range) -> Events:
    """Return the doses of individuals as the ensemble takes them."""
    parameters, states = run.model.compiled.parameters, run.model.compiled.states
    targets = (*parameters, *states)
    every = [run.doses(k) for k in who]
    rows = [
        (time, SET_PARAMETER if p is not None else ADD_TO_STATE,
         p if p is not None else len(parameters) + int(s or 0), value)
        for doses in every
        for time, p, s, value in zip(
            doses.time, doses.parameter, doses.state, doses.value, strict=True
        )
    ]  # fmt: skip
    time, kind, target, value = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Events(
        offsets=np.cumsum([0, *(len(doses.time) for doses in every)]).astype(np.int64),
        time=np.array(time, dtype=float),
        kind=np.array(kind, dtype=np.int8),
        target=np.array(target, dtype=np.int32),
        value=np.array(value, dtype=float),
        targets=targets,
    )


# --- one at a time, in processes


def _side_by_side(asked: Question, count: int, jobs: int) -> Iterator[Course]:
    """Yield courses in order; only so many batches are in hand as keep the processes busy."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _begin, (asked,)) as pool:
        waiting: deque[Future[list[Course]]] = deque()
        try:
            for first in range(0, count, BATCH):
                with _deaf():  # a process may begin here
                    waiting.append(pool.submit(_batch, first, min(first + BATCH, count)))
                if len(waiting) > 2 * jobs:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        except BrokenProcessPool:
            raise UserError("a process that simulated has died, perhaps for want of memory; "
                            "fewer jobs need less") from None  # fmt: skip
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _deaf() -> Iterator[None]:
    """Hold Ctrl-C back, from processes that begin meanwhile for good: the first one answers it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_here: list[_Run] = []
"""In a process of its own: the question, compiled once."""


def _begin(asked: Question) -> None:
    _here[:] = [_Run(asked, asked.times)]


def _batch(first: int, last: int) -> list[Course]:
    return [_here[0].one(k) for k in range(first, last)]
