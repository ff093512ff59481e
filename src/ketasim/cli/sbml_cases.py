"""Cases of the SBML Test Suite: each simulated, its results written, and one line said of it.

Every case runs in a process of its own kind: what crashes it, or takes too long, ends that
process and is told, and the next case gets a new one.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from ketasim.cli.sbml_case_file import Case, compared, read_case, write_results
from ketasim.errors import UserError

RTOL, ATOL = 1e-8, 1e-12
SECONDS = 120.0
"""Processor time that a case may take."""
PATIENCE = 5.0
"""Times that, by the wall clock, after which its process is ended."""
MOST_WORKERS = 8


def run_case(folder: Path, out: Path, seconds: float = SECONDS) -> str:
    """Run a case in this process; return ``ok``, ``refused REASON`` or ``failed: REASON``.

    ``CASE-results.csv`` is written into ``out`` unless the case is refused or cannot be run to
    its end.

    Parameters
    ----------
    folder, out : Path
    seconds : float
        Processor time after which the integration is given up.
    """
    from ketasim.engine.system import UnsupportedModel

    try:
        case = read_case(folder)
        values, status = _simulated(case, seconds)
        if status != "ok":
            return f"failed: {status}"
        write_results(case, values, out)
        return compared(case, values, folder)
    except UnsupportedModel as reason:
        return f"refused {_one_line(reason)}"
    except UserError as reason:
        return f"failed: {_one_line(reason)}"
    except (MemoryError, RecursionError):
        return "failed: the model is too large for this computer's memory"
    except Exception as error:  # one case must not end the others
        return f"failed: internal error: {type(error).__name__}: {_one_line(error)}"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:500]


def run_cases(
    folders: Sequence[Path], out: Path, *, jobs: int | None = None, seconds: float = SECONDS
) -> Iterator[tuple[str, str]]:
    """Run cases side by side; yield each one's name and outcome, in the order given.

    Raises
    ------
    UserError
        When ``out`` cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out: cannot write into {out}: {error.strerror}") from error
    count = max(1, min(jobs or os.cpu_count() or 1, MOST_WORKERS, len(folders)))
    idle: SimpleQueue[_Worker] = SimpleQueue()
    workers = [_Worker() for _ in range(count)]
    for worker in workers:
        idle.put(worker)

    def one(folder: Path) -> tuple[str, str]:
        worker = idle.get()
        try:
            return folder.resolve().name, worker.run(folder.resolve(), out.resolve(), seconds)
        finally:
            idle.put(worker)

    try:
        with ThreadPoolExecutor(count) as pool:
            yield from pool.map(one, folders)
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process that runs cases one after the other, replaced when it dies or hangs."""

    def __init__(self) -> None:
        self._process: Any = None
        self._pipe: Any = None

    def run(self, folder: Path, out: Path, seconds: float) -> str:
        """Return a case's outcome."""
        if self._process is None or not self._process.is_alive():
            self._begin()
        try:
            self._pipe.send_bytes(json.dumps([str(folder), str(out), seconds]).encode())
            if self._pipe.poll(PATIENCE * seconds + 60.0):
                return self._pipe.recv_bytes().decode()
            reason = f"took longer than {PATIENCE * seconds + 60.0:g} s"
        except (EOFError, OSError):
            dead: Any = self._process
            dead.join(5.0)
            reason = f"its process ended ({dead.exitcode})"
        self.end()
        return f"failed: {reason}"

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._pipe.close()
            self._process.kill()
            self._process.join()
            self._process = None


def _serve(pipe: Any) -> None:
    """Run cases until the pipe closes; what libraries print is not shown."""
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - as long as the process lives
    os.dup2(sys.stderr.fileno(), 2)
    while True:
        try:
            folder, out, seconds = json.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            return
        pipe.send_bytes(run_case(Path(folder), Path(out), seconds).encode())


def _simulated(case: Case, seconds: float) -> tuple[np.ndarray, str]:
    """Return values (time, variable) in the unit the case asks for, and the run's status."""
    from ketasim.engine.event_model import event_model
    from ketasim.engine.event_run import Limits
    from ketasim.engine.sbml_reading import open_document, read_sbml
    from ketasim.engine.single_run import run_one

    document = open_document(case.sbml, events=True)  # kept: its model dies with it
    model = document.getModel()
    homes = {name: _home(model, name) for name in case.variables}
    extra = [home for home in dict.fromkeys(homes.values()) if home and home not in homes]
    names = [*homes, *extra]
    found = run_one(
        event_model(read_sbml(case.sbml, events=True), names),
        case.times,
        limits=Limits(rtol=RTOL, atol=ATOL, seconds=seconds),
        start=min(0.0, float(case.times[0])),
    )
    values = found.values.copy()
    for k, (name, home) in enumerate(homes.items()):
        if home:
            size = found.values[:, names.index(home)]
            substance = model.getSpecies(name).getHasOnlySubstanceUnits()
            if substance and name in case.concentrations:
                values[:, k] /= size
            if not substance and name in case.amounts:
                values[:, k] *= size
    return values[:, [names.index(name) for name in case.variables]], found.status


def _home(model: Any, name: str) -> str | None:
    species = model.getSpecies(name)
    return None if species is None else species.getCompartment()
