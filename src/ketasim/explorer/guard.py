"""Who may speak to the server: only a page that it served itself, on the host it was asked for.

Everything lies under a random token, so another program's guess of the port finds nothing. The
``Host`` header must be ours, which stops names that are made to resolve to this machine (DNS
rebinding); so must ``Origin`` where a browser sends one, which stops other pages, also those that
open a WebSocket.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.requests import ClientDisconnect

from ketasim.explorer.asks import told_internal

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
MOST_BODY_BYTES = 256 * 1024

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def new_token() -> str:
    """Return a token of 24 random bytes for the address."""
    return secrets.token_urlsafe(24)


class Guard:
    """Refuses requests of others, limits bodies, and sets the headers of every answer.

    Parameters
    ----------
    app : callable
        The application behind it; it sees paths without the token.
    token : str
    hosts : tuple of str
        Host names under which the server is reached, without port; brackets about IPv6.
    port : int
    """

    def __init__(self, app: App, token: str, hosts: tuple[str, ...], port: int) -> None:
        self._app, self._prefix = app, f"/{token}".encode()
        self._hosts = {f"{host}:{port}".lower() for host in hosts}
        if port == 80:
            self._hosts |= {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal:
            await _refuse(scope, receive, send, refusal)
            return
        inner = {**scope, "path": scope["path"][len(self._prefix) :], "root_path": ""}
        host = _header(scope, b"host")
        try:
            if scope["type"] == "websocket":
                await self._app(inner, receive, send)
            else:
                await self._app(inner, _limited(receive), _with_headers(send, host))
        except ClientDisconnect:
            pass  # whoever asked has gone
        except Exception as error:  # answered already; a server would print its traceback
            told_internal(error)

    def _refusal(self, scope: Scope) -> int:
        """Return the status that refuses a request; 0 where it may pass."""
        host, origin = _header(scope, b"host"), _header(scope, b"origin")
        if host.lower() not in self._hosts or _count(scope, b"host") != 1:
            return 403
        if origin and origin.lower() != f"http://{host.lower()}":
            return 403
        path = scope["path"].encode("utf-8", "surrogateescape")
        start, rest = path[: len(self._prefix)], path[len(self._prefix) :]
        if not hmac.compare_digest(start, self._prefix) or rest[:1] != b"/":
            return 404
        length = _header(scope, b"content-length")
        if length and (not length.isdecimal() or int(length[:12]) > MOST_BODY_BYTES):
            return 413
        return 0


class TooLarge(Exception):
    """The body of a request is larger than it may be."""


def _limited(receive: Receive) -> Receive:
    """Count the bytes of a body, whatever its length was said to be."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BODY_BYTES:
            raise TooLarge
        return message

    return counted


def _headers(host: str) -> list[tuple[bytes, bytes]]:
    policy = (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        f"connect-src 'self' ws://{host}; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    return [
        (b"content-security-policy", policy.encode("latin-1", "replace")),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"cache-control", b"no-store"),
    ]


def _with_headers(send: Send, host: str) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *_headers(host)]}
        await send(message)

    return sent


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int) -> None:
    if scope["type"] == "websocket":
        await receive()  # websocket.connect; closing before accepting answers 403
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    words = {403: b"forbidden", 404: b"not found", 413: b"too large"}[status] + b"\n"
    head = [(b"content-type", b"text/plain; charset=utf-8"), *_headers("localhost")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": words})


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _count(scope: Scope, name: bytes) -> int:
    return sum(key == name for key, _ in scope["headers"])
