"""Parts of a summary on the workers of a Dask scheduler.

The question travels with each part, and numbers come back; nothing is read from files. A part
whose worker dies is given to another one. As Dask does, workers run what whoever reaches their
scheduler sends: keep it within a network of your own, or behind ``tls://``.

Source: M. Rocklin, Dask, Proc. 14th Python in Science Conf. (2015) 126.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.errors import UserError
from ketasim.simulation.provenance import made_with
from ketasim.simulation.tally import Tally, from_arrays

if TYPE_CHECKING:
    from ketasim.simulation.summary import Job

CONNECT_S, FIRST_WORKER_S, NO_WORKER_S = 15.0, 60.0, 120.0
"""How long to wait for a scheduler, for its first worker, and for a new one when all are gone."""
AHEAD = 2
"""Parts given out for each thread of the workers."""
TRIES = 5
"""How often a part is given out whose workers die."""
_ADDRESS = re.compile(r"(?:tcp|tls)://(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]{1,253}):([0-9]{1,5})")


def check_scheduler(address: str) -> str:
    """Return the address of a scheduler; raise UserError where it is none, or Dask is not there."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found[1]) < 65536:
        raise UserError(f"scheduler: {address!r} is no address; give one as tcp://host:8786")
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise UserError("scheduler: needs an extra: pip install 'ketasim[dask]'") from None
    return address


def on_cluster(job: Job, parts: Sequence[range], address: str) -> Iterator[tuple[range, Tally]]:
    """Yield parts as workers finish them.

    Parameters
    ----------
    job : Job
    parts : sequence of range
    address : str
        Of the scheduler, as ``"tcp://host:8786"``.

    Raises
    ------
    UserError
        No scheduler there, no worker, workers of another version or on other processors, a part
        on which workers die again and again.
    """
    check_scheduler(address)
    if not parts:
        return
    client = _connected(address)
    try:
        yield from _given_out(job, parts, client, address)
    finally:
        client.close(timeout=5)


def _connected(address: str) -> Any:
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        why = str(error).splitlines()
        raise UserError(f"scheduler: nothing answers at {address} ({why[0][:120] if why else type(error).__name__})") from None  # noqa: E501  # fmt: skip
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER_S)
    except TimeoutError:
        client.close(timeout=5)
        raise UserError(f"scheduler: {address} has no worker; start one: dask worker {address}") from None  # noqa: E501  # fmt: skip
    return client


def _given_out(
    job: Job, parts: Sequence[range], client: Any, address: str
) -> Iterator[tuple[range, Tally]]:
    coming = deque(parts)
    given = Counter[int]()
    running: dict[Any, range] = {}
    try:
        while coming or running:
            threads = max(1, sum(client.nthreads().values()))
            while len(running) < AHEAD * threads and coming:
                part = coming.popleft()
                given[part.start] += 1
                key = f"ketasim-{uuid.uuid4().hex}-{part.start}"  # never an older one's answer
                running[client.submit(work, job, part.start, part.stop, key=key)] = part
            for future in _ended(client, running, address):
                part = running.pop(future)
                found = _sent(future, part, address)
                future.release()
                if found is not None:
                    yield part, _received(job, found, part, address)
                elif given[part.start] < TRIES:
                    coming.appendleft(part)  # its worker went, with the answer
                else:
                    raise UserError(_refused(part, address, "its workers went away"))
    finally:
        for future in running:
            future.cancel()


def _ended(client: Any, running: dict[Any, range], address: str) -> list[Any]:
    """Return futures that have ended, one at least."""
    from distributed import wait

    alone_since = None
    while True:
        try:
            with client.as_current():
                found: Any = wait(list(running), timeout=5, return_when="FIRST_COMPLETED")
                return list(found.done)
        except TimeoutError:
            pass
        if client.status != "running":
            raise UserError(f"scheduler: {address} has gone; finished parts are kept where a "
                            "folder was given")  # fmt: skip
        now = time.monotonic()
        alone_since = None if client.nthreads() else alone_since or now
        if alone_since is not None and now - alone_since > NO_WORKER_S:
            raise UserError(f"scheduler: {address} has lost all its workers; finished parts are "
                            "kept where a folder was given")  # fmt: skip


def _sent(
    future: Any, part: range, address: str
) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """Return what a worker sent; None where it was lost with the worker."""
    from concurrent.futures import CancelledError

    try:
        return future.result()
    except (CancelledError, asyncio.CancelledError):
        return None
    except UserError:
        raise
    except Exception as error:  # whatever a worker raised
        text = (str(error).splitlines() or [""])[0][:200]
        raise UserError(_refused(part, address, f"{type(error).__name__}: {text}")) from None


def _refused(part: range, address: str, why: str) -> str:
    people = f"people {part.start} to {part.stop - 1}"
    return f"scheduler: {people} could not be simulated on {address}: {why}"


def _received(
    job: Job, sent: tuple[dict[str, Any], dict[str, np.ndarray]], part: range, address: str
) -> Tally:
    """Return what a worker sent, checked."""
    facts, arrays = sent
    for name, here in made_with().items():
        if facts[name] != here:
            raise UserError(
                f"scheduler: a worker of {address} differs in {name} from this machine, and the "
                "numbers might, too; use the same versions and kind of processor on all"
            )
    found = from_arrays(arrays, job.frame)
    if found.people != len(part):
        raise UserError(f"scheduler: a worker of {address} sent a part that is not whole")
    return found


def work(job: Job, first: int, last: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Simulate a part; this runs on a worker."""
    found = job.part(first, last)
    return made_with(), found.arrays()
