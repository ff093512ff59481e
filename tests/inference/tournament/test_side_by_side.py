"""Pieces of work at a time: in order, and stopped together."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from ketasim.inference.tournament import side_by_side as module
from ketasim.inference.tournament.side_by_side import side_by_side

PATIENCE_S = 30.0


def _until_stopped(check):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        check()
        time.sleep(0.005)
    raise AssertionError("never stopped")


def test_answers_come_in_the_order_of_the_questions():
    both = threading.Barrier(2, timeout=PATIENCE_S)

    def work(item, check):
        both.wait()  # only if two are at work at once
        check()
        return item * 10

    assert side_by_side(work, [3, 1, 2, 0], 2) == (30, 10, 20, 0)


def test_the_first_failure_stops_the_others_and_is_what_is_raised():
    both, ended = threading.Barrier(2, timeout=PATIENCE_S), []

    def work(item, check):
        both.wait()
        if item == 1:
            raise ValueError("spoilt")
        try:
            _until_stopped(check)
        finally:
            ended.append(item)

    with pytest.raises(ValueError, match="spoilt"):
        side_by_side(work, [0, 1, 2, 3], 2)
    assert ended == [0]  # stopped, and the others never began


def test_an_interrupt_stops_them_all(monkeypatch):
    both, ended = threading.Barrier(2, timeout=PATIENCE_S), []
    waits, wait = threading.Event(), module.wait

    def waiting(*given, **named):
        waits.set()
        return wait(*given, **named)

    def work(item, check):
        both.wait()
        try:
            _until_stopped(check)
        finally:
            ended.append(item)

    def interrupt():
        assert waits.wait(PATIENCE_S)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(module, "wait", waiting)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    before_count = threading.active_count()
    sender = threading.Thread(target=interrupt)
    sender.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            side_by_side(work, [0, 1, 2], 2)
    finally:
        sender.join()
        signal.signal(signal.SIGINT, before)
    assert 2 not in ended  # it never began
    assert threading.active_count() == before_count  # and the others are over
