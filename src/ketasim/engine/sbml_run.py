"""Any SBML model, once: its own events, values of one's own, doses into it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from ketasim.engine.dose_table import Dose, check_doses, dose_events, with_inputs
from ketasim.engine.ensemble import checked_times
from ketasim.engine.event_model import EventModel, event_model
from ketasim.engine.event_run import Course, Limits
from ketasim.engine.sbml_reading import read_sbml
from ketasim.engine.single_run import run_one
from ketasim.engine.system import System
from ketasim.errors import UserError, nearest


def run_sbml(
    text: str,
    times: np.ndarray,
    *,
    outputs: Sequence[str] = (),
    values: Mapping[str, float] | None = None,
    doses: Sequence[Dose] = (),
    limits: Limits | None = None,
) -> tuple[tuple[str, ...], Course]:
    """Simulate an SBML document from time 0.

    Parameters
    ----------
    text : str
        The document.
    times : ndarray, shape (n_times,)
        Output times, ascending, in the model's unit, none before 0. At the time of an event of
        the model the value after it is shown; at the time of a dose, the value before.
    outputs : sequence of str
        Default: everything that can change (see :func:`changing`).
    values : mapping of str to float
        Values at the start in place of the document's.
    doses : sequence of Dose
    limits : Limits, optional

    Returns
    -------
    tuple
        Names of the outputs; the course, with values of shape (n_times, n_outputs).

    Raises
    ------
    UnsupportedModel
        The document uses a construct that is not simulated; the message names it.
    UserError
        A name that is not in the model, times that do not ascend, a dose that does not fit.
    """
    times = checked_times(times, 0.0)
    names, model = compiled_for(text, outputs, values or {}, doses)
    return names, run_one(model, times, limits=limits, doses=dose_events(model, doses))


def compiled_for(
    text: str,
    outputs: Sequence[str],
    given: Mapping[str, float],
    doses: Sequence[Dose],
    varied: Collection[str] = (),
) -> tuple[tuple[str, ...], EventModel]:
    """Return the names of the outputs, and a document compiled for these values and doses.

    Parameters
    ----------
    text : str
    outputs : sequence of str
        Default: everything that can change.
    given : mapping of str to float
    doses : sequence of Dose
    varied : collection of str
        Names among ``given`` that individuals have values of their own for.

    Raises
    ------
    UnsupportedModel, UserError
        As for :func:`run_sbml`.
    """
    dosed = {dose.target for dose in doses}
    system = read_sbml(text, events=True, given=given, dosed=dosed, varied=varied)
    names = tuple(outputs) or changing(system)
    for name in names:
        if name not in system.symbols:
            raise UserError(f"output '{name}' is not in the model{nearest(name, system.symbols)}")
    check_doses(system, doses)
    return names, event_model(with_inputs(system, doses), names, text)


def changing(system: System) -> tuple[str, ...]:
    """Return the names of a model that can change during a run; all of them where none can."""
    graph, constant = system.graph, set(system.parameters) - set(system.held)
    fixed = {node for name, node in system.symbols.items() if name in constant}
    found = []
    for name, node in system.symbols.items():
        still = name in constant or node in fixed or graph.operation[node] == "const"
        found += [] if still else [name]
    return tuple(found) or tuple(system.symbols)
