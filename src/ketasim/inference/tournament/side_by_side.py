"""Several long pieces of work at a time, in threads that stop together.

The engine lets other threads run while it solves; what is left between its calls is Python, and
fills the cores when another piece of work solves meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")
MOST_AT_ONCE = 4
"""Pieces at a time: more only wait for Python's lock."""


class _Stopped(Exception):
    """Another piece of work failed, or the user interrupted."""


def side_by_side(
    work: Callable[[Item, Callable[[], None]], Done],
    items: Sequence[Item],
    at_once: int | None = None,
) -> tuple[Done, ...]:
    """Return what ``work`` makes of each item, in their order.

    Parameters
    ----------
    work : callable
        Given an item and a check, to be called often: it raises once the work has become useless.
    items : sequence
    at_once : int, optional
        Threads; default: the processor's cores, four at most.

    Raises
    ------
    KeyboardInterrupt
        Interrupted; every thread has ended by then.
    Exception
        What the first item that failed raised; the others were stopped.
    """
    over = Event()

    def check() -> None:
        if over.is_set():
            raise _Stopped

    def one(item: Item) -> Done:
        check()
        try:
            return work(item, check)
        except BaseException:
            over.set()
            raise

    threads = at_once or min(len(items), os.cpu_count() or 1, MOST_AT_ONCE)
    with ThreadPoolExecutor(threads) as pool:
        try:
            futures = [pool.submit(one, item) for item in items]
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            over.set()
            pool.shutdown(cancel_futures=True)
    _raise_first(futures)
    return tuple(future.result() for future in futures)


def _raise_first(futures: Sequence[Future[Done]]) -> None:
    """Raise what ended the work, not that others were stopped for it."""
    for future in futures:
        error = None if future.cancelled() else future.exception()
        if error and not isinstance(error, _Stopped):
            raise error
