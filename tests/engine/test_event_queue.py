"""The queue of events by itself."""

from __future__ import annotations

import math

from ketasim.engine.event_queue import EventQueue, Pending
from ketasim.engine.system import StateEvent


def event(initially=True, persistent=True):
    return StateEvent("e", 0, None, None, (), initially, persistent, True)


def test_only_a_change_to_true_sets_off():
    queue = EventQueue([event(), event(initially=False)])
    seen = []

    def set_off(k):
        seen.append(k)
        return Pending(k, 1.0, None)

    assert queue.note([True, True], set_off)
    assert not queue.note([True, True], set_off)
    assert seen == [1]
    queue.note([False, True], set_off)
    queue.note([True, True], set_off)
    assert seen == [1, 0]


def test_the_fleeting_are_dropped_and_the_persistent_stay():
    queue = EventQueue([event(False, True), event(False, False)])
    queue.note([True, True], lambda k: Pending(k, 5.0, None))
    queue.note([False, False], lambda k: Pending(k, 5.0, None))
    assert [p.event for p in queue.pending] == [0]
    assert queue.next_due() == 5.0


def test_due_first_then_priority_then_those_without():
    queue = EventQueue([event(False)] * 4)
    queue.note([True] * 4, lambda k: Pending(k, 9.0 if k == 3 else 1.0, None))
    ranks = {0: math.nan, 1: -3.0, 2: 7.0, 3: 99.0}
    order = []
    while (found := queue.take(1.0, lambda k: ranks[k])) is not None:
        order.append(found.event)
    assert order == [2, 1, 0]
    assert queue.next_due() == 9.0
