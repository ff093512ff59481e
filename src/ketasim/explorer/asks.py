"""One ask from a browser, and its answer: a binary frame, or a problem in words."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field

from ketasim.errors import UserError
from ketasim.explorer.frame import encode
from ketasim.explorer.question import Question, question_study, read_question
from ketasim.explorer.simulate import (
    Curves,
    Failed,
    Stopped,
    check_outputs,
    population_curves,
    typical_curves,
)
from ketasim.toml_tables import Table, checked

WANTS = ("typical", "ribbon", "attribution")
LARGEST_ID = 2**53
MOST_OUTPUTS = 300
MOST_LINES = 20
_LOG = logging.getLogger(__name__)


class Ask(Table):
    """What a browser asks for; the question stands beside it."""

    id: int = Field(ge=0, le=LARGEST_ID)
    want: Literal["typical", "ribbon", "attribution"]
    outputs: tuple[str, ...] | None = Field(default=None, max_length=MOST_OUTPUTS)
    reading: Literal["left at rest", "blocked below rest"] = "left at rest"


def read_json(text: str, place: str) -> dict[str, Any]:
    """Return a JSON object; UserError where it is none, or holds what JSON does not have."""
    try:
        data = json.loads(text, parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise UserError(f"{place}: not JSON: {why}") from None
    if not isinstance(data, dict):
        raise UserError(f"{place}: it must be an object in braces")
    if "\\ud" in text.lower() and not _is_text(data):
        raise UserError(f"{place}: it holds half a character (a lone surrogate)")
    return data


def _is_text(data: Any) -> bool:
    """Whether every string in plain data can be written as UTF-8."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _not_json(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def read_ask(data: dict[str, Any]) -> tuple[Ask, Any]:
    """Return an ask, and its question as yet unread."""
    own = {key: value for key, value in data.items() if key != "question" and value is not None}
    return checked(Ask, own, "ask"), data.get("question")


def answer(ask: Ask, given: Any, stopped: Callable[[], bool] = lambda: False) -> bytes | str:
    """Return the frame that answers an ask, or the problem as JSON.

    Parameters
    ----------
    ask : Ask
    given : object
        The question as plain data.
    stopped : callable
        Whether nobody waits any more; long work then ends early.

    Raises
    ------
    Stopped
    """
    clock = time.perf_counter()
    try:
        question = checked_question(given)
        check_outputs(ask.outputs)
        if ask.want == "attribution":
            return _shares(ask, question, stopped, clock)
        if ask.want == "typical":
            curves = typical_curves(question, ask.outputs)
        else:
            curves = population_curves(question, ask.outputs, stopped)
        return _frame(ask, curves, clock)
    except Stopped:
        raise
    except UserError as error:
        return problem(ask.id, ask.want, str(error).splitlines())
    except Failed as error:
        return problem(ask.id, ask.want, [str(error)], "numerical")
    except Exception as error:  # the page must hear of it, and the server go on
        return problem(ask.id, ask.want, [told_internal(error)], "internal")


def checked_question(given: Any) -> Question:
    """Return plain data as a question whose study would be accepted as well."""
    question = read_question(given)
    question_study(question)
    return question


def internal(error: BaseException) -> str:
    """Return an unexpected error in one line."""
    text = str(error).splitlines()
    return f"internal error: {type(error).__name__}" + (f": {text[0][:200]}" if text else "")


def told_internal(error: BaseException) -> str:
    """Return an unexpected error in one line, and say it on stderr, as the command line does.

    Its traceback goes to the log at level DEBUG.
    """
    line = internal(error)
    print(f"ketasim: {line}", file=sys.stderr, flush=True)
    _LOG.debug(line, exc_info=error)
    return line


def problem(id_: int | None, want: str | None, lines: list[str], kind: str | None = None) -> str:
    """Return what is wrong as the text of a message."""
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"... and {len(lines) - MOST_LINES} more"]
    whole: dict[str, Any] = {"id": id_, "want": want, "problems": lines}
    return json.dumps(whole | ({"kind": kind} if kind else {}))


def _frame(ask: Ask, curves: Curves, clock: float) -> bytes:
    head = {
        "id": ask.id,
        "want": ask.want,
        "failed": curves.failed,
        "doses": curves.doses,
        "delivered_mg": {arm: list(pair) for arm, pair in curves.delivered_mg.items()},
        "ms": round(1e3 * (time.perf_counter() - clock), 2),
    }
    return encode(head, curves.times_h, curves.series)


def _shares(ask: Ask, question: Question, stopped: Callable[[], bool], clock: float) -> bytes:
    from ketasim.explorer.shares import mechanism_shares

    found = mechanism_shares(question, ask.reading, stopped)
    head = {
        "id": ask.id,
        "want": ask.want,
        "reading": ask.reading,
        "individuals": found.individuals,
        "failed": {found.arm: found.lost},
        "ms": round(1e3 * (time.perf_counter() - clock), 2),
    }
    return encode(head, found.times_h, found.series)
