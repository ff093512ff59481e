"""The command line: ``ketasim``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

OK = 0
INTERNAL = 1
USAGE = 2
REGRESSION = 3  # evidence or lint
NUMERICAL = 4
PARTIAL = 5  # some individuals failed
INTERRUPTED = 130


class Resumable(Exception):
    """Interrupted where nothing is lost; the message says how to go on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``ketasim`` with ``arguments`` (default: those of the process); return the exit code.

    A mistake of the user is told in one line on stderr (code 2); so is anything unexpected
    (code 1), with its traceback only under ``--debug``.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        return _run([word for word in given if word != "--debug"])
    except Exception as error:
        return _failed(error, debug)


def _run(given: list[str]) -> int:
    if given in (["--version"], ["-V"]):
        from ketasim import __version__

        print(f"ketasim {__version__}")
        return OK
    _stop_as_on_interrupt()
    from ketasim.cli.app import app

    code = app(given, prog_name="ketasim", standalone_mode=False)
    if code == INTERRUPTED:
        _say("ketasim: interrupted; nothing was written")
    return code if isinstance(code, int) else OK


def _failed(error: Exception, debug: bool) -> int:
    from ketasim.errors import UserError

    if isinstance(error, Resumable):
        _say(f"ketasim: {error}")
        return INTERRUPTED
    if isinstance(error, UserError):
        for line in str(error).splitlines():
            _say(f"ketasim: {line}")
        return USAGE
    usage = getattr(error, "format_message", None)  # Typer's own complaints
    if usage is not None:
        _say(f"ketasim: {usage()} (see ketasim --help)")
        return USAGE
    if debug:
        raise error
    text = str(error).splitlines()
    what = f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
    _say(f"ketasim: internal error: {what} (run again with --debug for the traceback)")
    return INTERNAL


def _stop_as_on_interrupt() -> None:
    """Let a polite kill clean up as Ctrl-C does, where signals can be set."""
    import signal
    import threading

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _say(text: str) -> None:
    print(text, file=sys.stderr)
