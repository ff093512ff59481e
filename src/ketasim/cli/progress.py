"""A progress bar for what takes longer than a second, on a terminal, on stderr."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE_S = 1.0


class Steps:
    """Counts steps of work; shows them only where somebody is looking and waiting.

    Attributes
    ----------
    total : float
        Steps in all; may grow while work goes on.
    """

    def __init__(self, total: float) -> None:
        self.total = total
        self._done = 0.0
        self._text = "starting"
        self._bar: Progress | None = None

    def now(self, text: str) -> None:
        """Say what is being done."""
        self._text = text
        self._show()

    def advance(self, by: float = 1.0) -> None:
        """Count work as done."""
        self._done += by
        self._show()

    def _show(self) -> None:
        if self._bar is not None:
            for task in self._bar.task_ids:
                self._bar.update(
                    task, completed=self._done, total=self.total, description=self._text
                )

    def _begin(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        bar.add_task(self._text, total=self.total, completed=int(self._done))
        bar.start()
        self._bar = bar

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def progress(total: float, quiet: bool = False) -> Iterator[Steps]:
    """Yield a counter of ``total`` steps, shown after a second when stderr is a terminal."""
    steps = Steps(total)
    timer = threading.Timer(PATIENCE_S, steps._begin)
    timer.daemon = True
    if not quiet and sys.stderr.isatty():
        timer.start()
    try:
        yield steps
    finally:
        timer.cancel()
        if timer.is_alive() and threading.current_thread() is not timer:
            timer.join()
        steps._end()
