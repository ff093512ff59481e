"""Exact derivatives of outputs with respect to parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError
from ketasim.simulation.question import Question, acting_on, question
from ketasim.simulation.verb import RTOL, checked_threads

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.dosing import Regimen
    from ketasim.engine import CompiledModel, Events
    from ketasim.model import Model
    from ketasim.population import Population

ROWS = 4096
"""Individuals times parameters integrated at once; results do not depend on it."""


def gradients(
    model: Model,
    regimen: Regimen | Sequence[Regimen],
    population: Population,
    times: Sequence[float] | np.ndarray,
    parameters: Sequence[str] | str,
    outputs: Sequence[str] | str | None = None,
    *,
    values: Mapping[str, float | np.ndarray] | None = None,
    rtol: float = RTOL,
    threads: int | None = None,
) -> xr.Dataset:
    """Return outputs and their exact derivatives with respect to parameters.

    The derivatives are integrated beside the states, by the same steps under the same control
    of error (forward sensitivities). Doses stay as they were given: a derivative to body weight is
    that of the person, not of a dose per kg.

    Parameters
    ----------
    model, regimen, population, times, outputs, values, rtol, threads
        As in :func:`ketasim.simulation.simulate`.
    parameters : sequence of str, or str
        Parameters of the model, which no dose sets.

    Returns
    -------
    xarray.Dataset
        ``value`` (individual, time, output); ``gradient`` (individual, time, output, parameter),
        in the output's unit per the parameter's unit, at each individual's own value of the
        parameter, ``at`` (individual, parameter); ``status`` (individual, parameter). What failed
        is NaN with its status. The elasticity is ``gradient * at / value``.

    Raises
    ------
    UserError
        For an unknown output or parameter, or a parameter that the regimen sets.
    """
    from ketasim.engine.tangent import compile_tangent

    about = (parameters,) if isinstance(parameters, str) else tuple(parameters)
    if not about or len(set(about)) != len(about):
        raise UserError("gradients: name at least one parameter, each once")
    asked = question(
        model,
        regimen,
        population,
        times,
        outputs,
        values,
        rtol,
        lambda sbml, names: compile_tangent(sbml, names, about),
    )
    threads = checked_threads(threads)
    step = max(1, ROWS // len(about))
    bounds = [(k, min(k + step, population.n)) for k in range(0, population.n, step)]
    parts = [_chunk(asked, about, who, threads) for who in bounds]
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return _labelled(asked, about, joined)


def _chunk(
    asked: Question, about: tuple[str, ...], who: tuple[int, int], threads: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return values, gradients, parameters and statuses of individuals ``who``."""
    from ketasim.dosing import Regimen, engine_events
    from ketasim.engine import solve_ensemble

    n, k, model = who[1] - who[0], len(about), asked.model
    people, given = asked.people(*who), asked.given_to(*who)
    copies = given if isinstance(given, Regimen) else [one for one in given for _ in about]
    weight_kg = np.repeat(people.weight_kg, k)
    events = acting_on(model, engine_events(copies, weight_kg, model.mechanisms))
    _refuse_set(about, events)
    at = _values_of(asked.compiled, about, people.person, n)
    moved = np.where(at == 0.0, 1.0, at)  # by its own size, so that derivatives compare to values
    varying = {name: np.repeat(column, k) for name, column in people.varying.items()}
    for j, name in enumerate(about):
        column = np.zeros((n, k))
        column[:, j] = moved[:, j]
        varying[f"slope.{name}"] = column.ravel()
    ensemble = solve_ensemble(
        asked.compiled,
        people.engine_times,
        individuals=n * k,
        varying=varying,
        events=events,
        rtol=asked.rtol,
        threads=threads,
    )
    both = ensemble.values.reshape(n, k, len(asked.times), 2, -1)
    slopes = np.moveaxis(both[:, :, :, 1] / moved[:, :, None, None], 1, -1)
    return both[:, 0, :, 0], slopes, at, ensemble.status.reshape(n, k)


def _values_of(
    compiled: CompiledModel, about: tuple[str, ...], person: Mapping[str, np.ndarray], n: int
) -> np.ndarray:
    """Return each individual's values of the parameters asked about, shape (n, k)."""
    defaults = dict(zip(compiled.parameters, compiled.defaults, strict=True))
    columns = [person.get(name, np.full(n, defaults[name])) for name in about]
    return np.stack([np.asarray(column, dtype=float) for column in columns], axis=1)


def _refuse_set(parameters: Sequence[str], events: Events) -> None:
    from ketasim.engine import SET_PARAMETER

    targets = np.unique(events.target[events.kind == SET_PARAMETER])
    for name in {events.targets[k] for k in targets} & set(parameters):
        raise UserError(f"gradients: '{name}' is set by the regimen; it has no value to vary")


def _labelled(asked: Question, about: tuple[str, ...], found: Sequence[np.ndarray]) -> xr.Dataset:
    import xarray as xr

    from ketasim.engine import STATUS

    value, gradient, at, status = found
    course = ("individual", "time", "output")
    names = asked.outputs[: len(asked.outputs) // 2]  # their derivatives follow
    units = [asked.model.outputs[name].unit for name in names]
    return xr.Dataset(
        {
            "value": (course, value),
            "gradient": ((*course, "parameter"), gradient),
            "at": (("individual", "parameter"), at),
            "status": (("individual", "parameter"), np.array(STATUS)[status]),
        },
        coords={
            "individual": np.arange(len(value)),
            "time": ("time", asked.times, {"units": "h"}),
            "output": list(names),
            "parameter": list(about),
            "unit": ("output", units),
        },
        attrs=asked.facts,
    )
