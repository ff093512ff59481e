"""A population as a summary: simulated in parts that are reduced as soon as they are done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ketasim.errors import UserError
from ketasim.simulation.tally import ABSURD, BLOCK, Frame, Tally, merge, tally

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.simulation.question import Question

PART = 4096
"""People of a part: what a kill costs at most. Results do not depend on it."""
CELLS = 50_000
"""Most pairs of a time and an output that a summary is made of."""
BINS = 2**20
FEWEST_BINS, MOST_BINS = 128, 4096
"""Bins of all cells together, and of one cell."""
FLOOR = 2.0**-24
"""Below this share of the typical person's largest value of an output numbers count as 0 among
quantiles: less than a millionth of a ten-thousandth, where the engine's own error lies."""
MOST = 2**31 - 1
"""Most individuals of a summary."""
SCALE = 2.0**-4
"""Share of the typical person's value at a time that is added to numbers' sizes in bins: how finely
numbers far below the usual are told apart."""
NUMBERS = 2_000_000
"""Numbers simulated at once by all threads together (16 MB)."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Job:
    """A question, and how its parts are reduced.

    Attributes
    ----------
    question : Question
    frame : Frame
    numbers : int
        How many are simulated at once.
    """

    question: Question
    frame: Frame
    numbers: int

    @property
    def n(self) -> int:
        """Number of individuals."""
        return self.question.population.n

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What tells this job from any other, in words and hashes (see `chunk_store`)."""
        from ketasim.simulation.provenance import made_with

        asked = self.question
        people = replace(asked.population, given=None)
        return {
            "model": asked.model.hash,
            "parameters": _digest(repr(asked.model.parameters)),
            "regimen": _digest(*map(repr, _each(asked.regimen))),
            "n": asked.population.n,
            "seed": asked.population.seed,
            "population": _digest(repr(people), *_given(asked)),
            "times": _digest(asked.times.tobytes()),
            "outputs": list(asked.outputs),
            "values": _digest(*_columns(asked)),
            "tolerance": asked.rtol,
            "bins": self.frame.most,
            "precision": asked.compiled.precision,
            **made_with(),
        }

    def part(self, first: int, last: int) -> Tally:
        """Simulate persons ``first`` to ``last - 1`` on one thread, and reduce them."""
        step = max(1, self.numbers // (self.frame.cells * BLOCK)) * BLOCK
        return merge(self._few(at, min(at + step, last)) for at in range(first, last, step))

    def _few(self, first: int, last: int) -> Tally:
        from ketasim.engine import STATUS

        people = self.question.people(first, last)
        found = self.question.ensemble(people, threads=1)
        doses = _doses(self.question, people.weight_kg)
        return tally(found.values, np.array(STATUS)[found.status].tolist(), doses, self.frame)


class Kept(Protocol):
    """Where finished parts go: a folder, or memory."""

    @property
    def missing(self) -> Sequence[range]:
        """Parts that are still to be simulated."""
        ...

    def keep(self, part: range, found: Tally) -> None:
        """Take a finished part."""
        ...

    def whole(self) -> Tally:
        """Return everything together."""
        ...


class InMemory:
    """Finished parts in memory, for a run that is not to outlive its process."""

    def __init__(self, parts: Sequence[range]) -> None:
        self.missing = parts
        self._found: Tally | None = None

    def keep(self, part: range, found: Tally) -> None:
        """Take a finished part."""
        self._found = found if self._found is None else merge((self._found, found))

    def whole(self) -> Tally:
        """Return everything together."""
        assert self._found is not None
        return self._found


def summarise(
    question: Question,
    *,
    quantiles: Sequence[float] = QUANTILES,
    folder: Path | None = None,
    scheduler: str | None = None,
    threads: int | None = None,
    part: int = PART,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Simulate a population and keep a summary (see :func:`ketasim.simulate`).

    Parameters
    ----------
    question : Question
    quantiles : sequence of float
    folder : Path, optional
        Where finished parts are kept, so that a run that was killed goes on from there.
    scheduler : str, optional
        Address of a Dask scheduler.
    threads : int, optional
    part : int
        People of a part, rounded up to a multiple of 64.
    progress : callable, optional
        Told how many people are done, of how many.
    """
    import os

    from ketasim.simulation.on_cluster import check_scheduler
    from ketasim.simulation.population_summary import dataset

    shares = checked_quantiles(quantiles)
    if scheduler is not None:
        check_scheduler(scheduler)
    workers = threads or os.cpu_count() or 1
    job = prepared(question, 1 if scheduler else workers)
    parts = _parts(job.n, part)
    if folder is None:
        whole = _collect(job, InMemory(parts), workers, scheduler, progress)
    else:
        from ketasim.simulation.chunk_store import chunk_store

        with chunk_store(folder, job, parts) as store:
            whole = _collect(job, store, workers, scheduler, progress)
    return dataset(job, whole, shares)


def prepared(question: Question, workers: int = 1) -> Job:
    """Return the job of a question; raise UserError where a summary cannot hold it."""
    times, outputs = len(question.times), question.outputs
    cells = times * len(outputs)
    if cells > CELLS:
        raise UserError(
            f"keep='summary': {len(outputs)} outputs at {times:,} times are {cells:,} numbers "
            f"each with its spread; at most {CELLS:,}: ask for fewer times or outputs"
        )
    if times and (np.any(np.diff(question.times) <= 0) or not np.all(np.isfinite(question.times))):
        raise UserError("times must be finite and ascend")
    if len({one.lead_h for one in _each(question.regimen)}) > 1:
        raise UserError(
            "keep='summary': the regimens begin at different times before 0; begin all at one"
        )
    centre = _typical(question)
    floor = np.tile(FLOOR * np.abs(centre).max(axis=0, initial=0.0), times)
    early = np.flatnonzero(question.times <= 0)
    frame = Frame(
        times=times,
        outputs=outputs,
        centre=centre.ravel(),
        floor=floor,
        scale=np.maximum(floor, SCALE * np.abs(centre.ravel())),
        start=int(early[-1]) if len(early) else None,
        most=max(FEWEST_BINS, min(MOST_BINS, BINS // max(1, cells))),
    )
    return Job(question, frame, max(1, NUMBERS // workers))


def checked_quantiles(quantiles: Sequence[float]) -> np.ndarray:
    """Return quantiles as an array; raise UserError for one that is none."""
    shares = np.asarray(quantiles, dtype=float).ravel()
    if not len(shares) or not np.all((shares >= 0) & (shares <= 1)):
        raise UserError(f"quantiles: {list(quantiles)} must lie between 0 and 1, as in 0.05, 0.5")
    if np.any(np.diff(shares) <= 0):
        raise UserError(f"quantiles: {list(quantiles)} must ascend")
    return shares


def _collect(
    job: Job, kept: Kept, workers: int, scheduler: str | None, progress: Progress | None
) -> Tally:
    """Simulate every part that is missing and return everything together."""
    missing = kept.missing
    done = job.n - sum(map(len, missing))
    if progress and done:
        progress(done, job.n)
    if scheduler is None:
        found = _in_threads(job, missing, workers)
    else:
        from ketasim.simulation.on_cluster import on_cluster

        found = on_cluster(job, missing, scheduler)
    for part, one in found:
        kept.keep(part, one)
        done += len(part)
        if progress:
            progress(done, job.n)
    return kept.whole()


def _in_threads(job: Job, parts: Sequence[range], workers: int) -> Iterator[tuple[range, Tally]]:
    """Yield parts as they are finished, two waiting for each thread at most."""
    if not parts:
        return
    coming = iter(parts)
    pool = ThreadPoolExecutor(min(workers, len(parts)))
    running: dict[Future[Tally], range] = {}

    def start() -> None:
        part = next(coming, None)
        if part is not None:
            running[pool.submit(job.part, part.start, part.stop)] = part

    try:
        for _ in range(workers):
            start()
        while running:
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                part = running.pop(future)
                start()
                yield part, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _parts(n: int, size: int) -> list[range]:
    if size < 1:
        raise UserError(f"part {size} is out of range; it must be at least 1")
    size = -(-size // BLOCK) * BLOCK
    if n > MOST:
        raise UserError(f"n = {n:,} individuals are more than can be counted; at most {MOST:,}")
    return [range(first, min(first + size, n)) for first in range(0, n, size)]


def _typical(question: Question) -> np.ndarray:
    """Return the typical person's course, shape (times, outputs); 0 where there is none."""
    person = replace(question.population, n=1, between_person=False, given=None)
    asked = replace(
        question,
        population=person,
        regimen=_each(question.regimen)[0],
        values={name: column[:1] for name, column in question.values.items()},
    )
    course = asked.ensemble(asked.people(0, 1), threads=1).values[0]
    return np.where(np.abs(course) < ABSURD, course, 0.0)


def _doses(question: Question, weight_kg: np.ndarray) -> np.ndarray:
    """Return prescribed and delivered doses [mg], shape (people, 2); 0 where regimens differ."""
    from ketasim.dosing import Regimen, dose_report, engine_events

    regimen = question.regimen
    if not isinstance(regimen, Regimen):
        return np.zeros((len(weight_kg), 2))
    end_h = float(question.times[-1])
    report = dose_report(regimen, weight_kg, engine_events(regimen, weight_kg), end_h=end_h)
    return np.stack([report.prescribed_mg, report.delivered_mg], axis=1)


def _each(regimen: Any) -> Sequence[Any]:
    from ketasim.dosing import Regimen

    return [regimen] if isinstance(regimen, Regimen) else regimen


def _given(question: Question) -> list[str | bytes]:
    given = question.population.given
    if given is None:
        return []
    return [json.dumps([given.ids, given.symbols]), np.ascontiguousarray(given.values).tobytes()]


def _columns(question: Question) -> list[str | bytes]:
    found: list[str | bytes] = []
    for name, column in sorted(question.values.items()):
        constant = column[:1] if column.strides == (0,) else column
        found += [name, np.ascontiguousarray(constant).tobytes()]
    return found


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        told = part.encode() if isinstance(part, str) else part
        digest.update(len(told).to_bytes(8, "little") + told)
    return digest.hexdigest()
