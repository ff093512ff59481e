"""The live connection: the newest ask of each kind is answered, older waiting ones are dropped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from ketasim.errors import UserError
from ketasim.explorer.asks import (
    WANTS,
    Ask,
    answer,
    problem,
    read_ask,
    read_json,
    told_internal,
)
from ketasim.explorer.simulate import Stopped

MOST_MESSAGE_BYTES = 64 * 1024
LONGEST_S = 20.0
# Shares are computed while sliders move, and must not be felt.
SHARES_NICENESS = 10
POOLS = {"typical": 2, "ribbon": 1, "attribution": 1, "export": 1, "catalogue": 1, "other": 2}


@dataclass
class Workers:
    """Threads that simulate: apart, so that a slider never waits for a population or for shares.

    `close` lets none begin anew; what runs is told to stop. What must be done once, before the
    first answer, is not counted as time of an ask: it is over when `prepared` is set.
    """

    prepared: asyncio.Event = field(default_factory=asyncio.Event)
    closing: threading.Event = field(default_factory=threading.Event)
    pools: dict[str, ThreadPoolExecutor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, size in POOLS.items():
            start = _be_nice if name == "attribution" else None
            self.pools[name] = ThreadPoolExecutor(size, f"ketasim-{name}", initializer=start)

    def close(self) -> None:
        """Stop all threads as soon as what they do allows."""
        self.closing.set()
        for pool in self.pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    async def run(self, name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run ``work`` in a thread; `TimeoutError` after 20 s, its result then thrown away."""
        future = asyncio.get_running_loop().run_in_executor(self.pools[name], work, *arguments)
        return await asyncio.wait_for(future, LONGEST_S)


class Connection:
    """One page: a place for the newest ask of each kind, and a task that answers each kind."""

    def __init__(self, socket: WebSocket, workers: Workers) -> None:
        self._socket, self._workers = socket, workers
        self._waiting: dict[str, tuple[Ask, Any]] = {}
        self._shared: Any = None  # the question of which shares are being computed
        self._news = {want: asyncio.Event() for want in WANTS}
        # Set where nobody waits any more for what a thread is working on.
        self._idle_work = {want: threading.Event() for want in WANTS}
        self._sending = asyncio.Lock()

    async def serve(self) -> None:
        """Answer until the page goes away."""
        await self._socket.accept()
        tasks = [asyncio.create_task(self._answer_all(want)) for want in WANTS]
        tasks.append(asyncio.create_task(self._read_all()))
        try:
            # A task ends by itself only where the page is gone.
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for stop in self._idle_work.values():
                stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for task in tasks:
                error = None if task.cancelled() else task.exception()
                # A page that went while it was told something is no fault.
                if error and not isinstance(error, (RuntimeError, WebSocketDisconnect, OSError)):
                    told_internal(error)
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close()

    async def _read_all(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                await self._say(problem(None, None, ["a message must be text, as JSON"]))
            elif len(text.encode("utf-8", "surrogatepass")) > MOST_MESSAGE_BYTES:
                said = f"the message is larger than {MOST_MESSAGE_BYTES // 1024} kB"
                await self._say(problem(None, None, [said]))
            else:
                await self._take(text)

    async def _take(self, text: str) -> None:
        """Put an ask where its kind waits; shares of an older question end at once."""
        id_, want = None, None
        try:
            data = read_json(text, "message")
            id_, want = _echo(data.get("id")), _echo(data.get("want"))
            ask, question = read_ask(data)
        except UserError as error:
            await self._say(problem(id_, want, str(error).splitlines()))
            return
        self._waiting[ask.want] = (ask, question)
        if ask.want == "attribution" or question != self._shared:
            self._idle_work["attribution"].set()
        self._news[ask.want].set()

    async def _answer_all(self, want: str) -> None:
        while True:
            await self._news[want].wait()
            self._news[want].clear()
            if want in self._waiting:
                ask, question = self._waiting.pop(want)
                stop = self._idle_work[want] = threading.Event()
                if want == "attribution":
                    self._shared = question
                try:
                    await self._say(await self._answered(ask, question, stop))
                except Stopped:
                    await self._say(problem(ask.id, want, [], "stopped"))

    async def _answered(self, ask: Ask, question: Any, stop: threading.Event) -> bytes | str:
        closing = self._workers.closing

        def stopped() -> bool:
            return stop.is_set() or closing.is_set()

        try:
            await self._workers.prepared.wait()
            return await self._workers.run(ask.want, answer, ask, question, stopped)
        except TimeoutError:
            stop.set()
            said = f"no answer within {LONGEST_S:g} s; ask for fewer people or days"
            return problem(ask.id, ask.want, [said], "too long")
        except Stopped:
            raise
        except Exception as error:
            return problem(ask.id, ask.want, [told_internal(error)], "internal")

    async def _say(self, what: bytes | str) -> None:
        async with self._sending:
            if isinstance(what, bytes):
                await self._socket.send_bytes(what)
            else:
                await self._socket.send_text(what)


def _echo(value: Any) -> Any:
    """Return an id or kind to repeat in an answer; None for what is neither."""
    short = isinstance(value, (int, str)) and not isinstance(value, bool) and len(str(value)) < 40
    return value if short else None


def _be_nice() -> None:
    """Let other threads of this machine go first, where the system knows such a thing."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), SHARES_NICENESS)
