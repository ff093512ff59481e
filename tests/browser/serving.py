"""The explorer's server in a thread of the tests, to be stopped and started again."""

from __future__ import annotations

import threading
import time

TOKEN = "t0ken"


class Serving:
    """One port and one token, whatever happens to the server."""

    def __init__(self, port: int) -> None:
        self.port, self.address = port, f"http://127.0.0.1:{port}/{TOKEN}/"

    def start(self) -> None:
        """Serve, and return when it does."""
        import uvicorn

        from ketasim.explorer.guard import LOOPBACK
        from ketasim.explorer.server import explorer_app

        app = explorer_app(TOKEN, self.port, LOOPBACK, warm=False, threads=1)
        settings = uvicorn.Config(
            app, host="127.0.0.1", port=self.port, log_level="error", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 30
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.02)
        assert self._server.started

    def stop(self) -> None:
        """End as Ctrl-C does, every connection with it."""
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()
