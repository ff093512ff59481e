"""``ketasim explore``: serve the explorer until it is stopped."""

from __future__ import annotations

import errno
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.explorer.question import Question

FIRST_PORT = 8765
TRIED_PORTS = 50
BACKLOG = 64
# Above what a page may send, so that too long a message is answered in words.
MOST_FRAME_BYTES = 1024 * 1024


def start_question(path: Path | None) -> tuple[Question | None, tuple[str, ...]]:
    """Return what a study file asks, and notes on what the explorer leaves out of it."""
    if path is None:
        return None, ()
    from ketasim.explorer.study_text import study_as_question
    from ketasim.toml_tables import read_text

    return study_as_question(read_text(path), str(path))


def bound(host: str, port: int | None) -> socket.socket:
    """Return a listening socket on ``port``, or on the first free one from 8765 on.

    Raises
    ------
    UserError
        The port asked for is taken or not allowed, or there is no such host.
    """
    asked = port is not None
    ports = [port] if asked else list(range(FIRST_PORT, FIRST_PORT + TRIED_PORTS))
    for place, each in enumerate(ports):
        try:
            return _listening(host, each or 0)
        except OSError as error:
            taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
            if taken and not asked and place + 1 < len(ports):
                continue
            raise UserError(_why_not(error, host, each, asked)) from None
    raise AssertionError("unreachable")


def _listening(host: str, port: int) -> socket.socket:
    place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    found = socket.socket(place[0], socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would share the port with another program
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(place[4])
        found.listen(BACKLOG)
    except OSError:
        found.close()
        raise
    return found


def _why_not(error: OSError, host: str, port: int | None, asked: bool) -> str:
    if isinstance(error, socket.gaierror):
        return f"--host: {host!r} is no address of this machine; nearest: 127.0.0.1"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host: {host!r} is not an address of this machine; nearest: 127.0.0.1"
    if error.errno == errno.EADDRINUSE and asked:
        return f"--port: {port} is taken by another program; leave --port away for a free one"
    if error.errno == errno.EACCES and asked:
        return f"--port: {port} needs more rights than yours; choose one from 1024 on"
    return f"no port to listen on at {host}: {error.strerror}"


def serve(
    listening: socket.socket,
    host: str,
    start: Question | None,
    *,
    browser: bool,
    threads: int | None,
) -> None:
    """Serve until Ctrl-C; say where, and open the browser where there is one."""
    import uvicorn

    from ketasim.explorer.guard import new_token
    from ketasim.explorer.server import explorer_app

    port, token = listening.getsockname()[1], new_token()
    names = host_names(host)
    address = f"http://{names[0]}:{port}/{token}/"
    app = explorer_app(token, port, names, start, threads=threads)
    settings = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        ws_max_size=MOST_FRAME_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(settings)
    print(f"ketasim explorer: {address}", flush=True)
    print("Stop with Ctrl-C. For research; not medical advice.", flush=True)
    if not is_loopback(host):
        print(
            f"ketasim: --host {host}: everybody who can reach this machine and knows the address "
            "above can use the explorer; it is not encrypted",
            file=sys.stderr,
        )
    if browser:
        _open(address)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        listening.close()
    print("stopped", flush=True)


def host_names(host: str) -> tuple[str, ...]:
    """Return the names under which the server may be asked for, that of the address first."""
    from ketasim.explorer.guard import LOOPBACK

    shown = f"[{host}]" if ":" in host else host
    if host in ("0.0.0.0", "::"):
        return (*LOOPBACK, socket.gethostname().lower(), *_own_addresses())
    if is_loopback(host):
        return (shown, *(name for name in LOOPBACK if name != shown))
    return (shown.lower(),)


def _own_addresses() -> tuple[str, ...]:
    """Return the addresses of this machine that other machines may know."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    addresses = dict.fromkeys(str(place[4][0]) for place in found)
    return tuple(f"[{each}]" if ":" in each else each for each in addresses)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    import ipaddress

    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _open(address: str) -> None:
    """Open the browser in the background; where there is none, the address is enough."""
    import threading
    import webbrowser

    def opened() -> None:
        try:
            webbrowser.open(address)
        except Exception as error:  # whatever a browser's starter does, the server goes on
            print(f"ketasim: no browser could be opened ({type(error).__name__})", file=sys.stderr)

    if _has_screen():
        threading.Thread(target=opened, daemon=True).start()


def _has_screen() -> bool:
    """Whether a browser could show anything; a text browser would take the terminal away."""
    import os

    if sys.platform.startswith(("win", "darwin")):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
