"""Which events have been set off, and which is due next.

The rules are those of SBML Level 3 Version 2, section 4.11: an event is set off when its
condition turns from false to true; it waits for its delay; one that is not persistent is
dropped when its condition ceases to hold before that; of those due at one time the one of the
highest priority acts first, and what is due is then looked at anew. Ties are drawn at random,
the same in every run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.engine.system import StateEvent


@dataclass(frozen=True)
class Pending:
    """An event that was set off and has not acted yet.

    Attributes
    ----------
    event : int
        Its index.
    due : float
        When it acts.
    values : tuple of float or None
        What it assigns, where that was settled when it was set off.
    """

    event: int
    due: float
    values: tuple[float, ...] | None


class EventQueue:
    """The conditions of a model's events as they were last seen, and what is pending."""

    def __init__(self, events: Sequence[StateEvent]) -> None:
        self.events = events
        self.holds = [event.initially for event in events]
        self.pending: list[Pending] = []
        self._draw = np.random.default_rng(20_100_906)

    def note(self, holds: list[bool], set_off: Callable[[int], Pending]) -> bool:
        """Take in the conditions as they are now; return whether any had changed."""
        if holds == self.holds:
            return False
        for k, now in enumerate(holds):
            before, self.holds[k] = self.holds[k], now
            if before == now:
                continue
            if now:
                self.pending.append(set_off(k))
            elif not self.events[k].persistent:
                self.pending = [p for p in self.pending if p.event != k]
        return True

    def next_due(self) -> float:
        """Return when the next pending event acts; infinity where none is pending."""
        return min([p.due for p in self.pending], default=math.inf)

    def take(self, latest: float, priority: Callable[[int], float]) -> Pending | None:
        """Take out the event that acts next, of those due by ``latest``.

        Events without a priority come, in any order, after those that have one.
        """
        if not self.pending:
            return None
        due = [p for p in self.pending if p.due <= latest]
        if not due:
            return None
        if len(due) > 1:
            ranks = [priority(p.event) for p in due]
            ranks = [-math.inf if math.isnan(rank) else rank for rank in ranks]
            highest = max(ranks)
            due = [p for p, rank in zip(due, ranks, strict=True) if rank == highest]
        chosen = due[0] if len(due) == 1 else due[int(self._draw.integers(len(due)))]
        self.pending = [p for p in self.pending if p is not chosen]
        return chosen
