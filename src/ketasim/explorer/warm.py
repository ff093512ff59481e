"""What is done before anybody asks, so that the first slider moves as fast as the tenth."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketasim.explorer.question import Question


def make_ready(
    start: Question | None,
    stopped: Callable[[], bool] = lambda: False,
    first_done: Callable[[], object] = lambda: None,
) -> None:
    """Compile and run the first question, then the models of the other presets.

    Parameters
    ----------
    start : Question, optional
        With which the page opens; default: the first preset.
    stopped : callable
        Whether the server ends; asked between two steps.
    first_done : callable
        Called as soon as the first question has been answered, or could not be.
    """
    from ketasim.errors import UserError
    from ketasim.explorer.catalogue import catalogue, default_question, presets
    from ketasim.explorer.doses import given
    from ketasim.explorer.models import companions_of, ready_model
    from ketasim.explorer.simulate import Failed, Stopped, population_curves, typical_curves

    first = start or default_question()
    try:
        try:
            typical_curves(first)
        finally:
            first_done()
        if not stopped():
            population_curves(first, stopped=stopped)
    except (UserError, Failed, Stopped):
        pass  # the page asks the same and is told
    if not stopped():
        catalogue()
    for preset in presets():
        if stopped():
            return
        ready_model(companions_of([given(arm).regimen for arm in preset["question"].arms]))
