"""Exact derivatives of outputs with respect to parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.errors import UserError
from ketasim.simulation.verb import (
    RTOL,
    _checked_outputs,
    _checked_values,
    _facts,
    _refuse_impossible,
    acting_on,
)

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.dosing import Regimen
    from ketasim.engine import Ensemble, Events
    from ketasim.engine.tangent import TangentModel
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
    from ketasim.dosing import Regimen
    from ketasim.engine.tangent import compile_tangent

    asked = (parameters,) if isinstance(parameters, str) else tuple(parameters)
    if not asked or len(set(asked)) != len(asked):
        raise UserError("gradients: name at least one parameter, each once")
    if not isinstance(regimen, Regimen) and len(regimen) != population.n:
        raise UserError(f"regimen: {len(regimen)} regimens for {population.n} individuals")
    if not 0 < rtol <= 0.1:
        raise UserError(f"rtol {rtol:g} is out of range; it must be above 0 and at most 0.1")
    if threads is not None and threads < 1:
        raise UserError(f"threads {threads} is out of range; it must be at least 1")
    names = _checked_outputs(model, outputs)
    compiled = compile_tangent(model.sbml, names, asked)
    given = _checked_values(compiled, population.n, values or {})
    _refuse_impossible(model, population, given)
    grid = np.asarray(times, dtype=float).ravel()
    step = max(1, ROWS // len(asked))
    parts = []
    for first in range(0, population.n, step):
        last = min(first + step, population.n)
        chosen = regimen if isinstance(regimen, Regimen) else regimen[first:last]
        part = {name: column[first:last] for name, column in given.items()}
        parts.append(
            _chunk(model, compiled, chosen, population, grid, part, (first, last), rtol, threads)
        )
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    facts = _facts(model, regimen, population, rtol)
    return _labelled(model, names, asked, grid, joined, facts)


def _chunk(
    model: Model,
    compiled: TangentModel,
    regimen: Regimen | Sequence[Regimen],
    population: Population,
    times: np.ndarray,
    given: Mapping[str, np.ndarray],
    who: tuple[int, int],
    rtol: float,
    threads: int | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return values, gradients, parameters and statuses of individuals ``who``."""
    from ketasim.dosing import Regimen, engine_events, lead_h
    from ketasim.engine import solve_ensemble
    from ketasim.population import draw

    n, k = who[1] - who[0], len(compiled.about)
    drawn_names, drawn = draw(population, model.parameters, *who)
    person = dict(zip(drawn_names, np.asarray(drawn, dtype=float).T, strict=True)) | dict(given)
    typical = {p.symbol: p.value for p in model.parameters}
    weight = person.get("WT", np.full(n, typical.get("WT", 70.0)))
    copies = regimen if isinstance(regimen, Regimen) else [r for r in regimen for _ in range(k)]
    events = acting_on(model, engine_events(copies, np.repeat(weight, k), model.mechanisms))
    _refuse_set(compiled.about, events)
    at = _values_of(compiled, person, n)
    moved = np.where(at == 0.0, 1.0, at)  # by its own size, so that derivatives compare to values
    varying = {name: np.repeat(c, k) for name, c in person.items() if name in compiled.parameters}
    for j, name in enumerate(compiled.about):
        column = np.zeros((n, k))
        column[:, j] = moved[:, j]
        varying[f"slope.{name}"] = column.ravel()
    ensemble: Ensemble = solve_ensemble(
        compiled,
        times + lead_h(regimen),
        individuals=n * k,
        varying=varying,
        events=events,
        rtol=rtol,
        threads=threads,
    )
    both = ensemble.values.reshape(n, k, len(times), 2, -1)
    slopes = np.moveaxis(both[:, :, :, 1] / moved[:, :, None, None], 1, -1)
    return both[:, 0, :, 0], slopes, at, ensemble.status.reshape(n, k)


def _values_of(compiled: TangentModel, person: Mapping[str, np.ndarray], n: int) -> np.ndarray:
    """Return each individual's values of the parameters asked about, shape (n, k)."""
    defaults = dict(zip(compiled.parameters, compiled.defaults, strict=True))
    columns = [person.get(name, np.full(n, defaults[name])) for name in compiled.about]
    return np.stack([np.asarray(column, dtype=float) for column in columns], axis=1)


def _refuse_set(parameters: Sequence[str], events: Events) -> None:
    from ketasim.engine import SET_PARAMETER

    targets = np.unique(events.target[events.kind == SET_PARAMETER])
    for name in {events.targets[k] for k in targets} & set(parameters):
        raise UserError(f"gradients: '{name}' is set by the regimen; it has no value to vary")


def _labelled(
    model: Model,
    outputs: Sequence[str],
    parameters: Sequence[str],
    times: np.ndarray,
    found: Sequence[np.ndarray],
    facts: Mapping[str, Any],
) -> xr.Dataset:
    import xarray as xr

    from ketasim.engine import STATUS

    value, gradient, at, status = found
    course = ("individual", "time", "output")
    return xr.Dataset(
        {
            "value": (course, value),
            "gradient": ((*course, "parameter"), gradient),
            "at": (("individual", "parameter"), at),
            "status": (("individual", "parameter"), np.array(STATUS)[status]),
        },
        coords={
            "individual": np.arange(len(value)),
            "time": ("time", times, {"units": "h"}),
            "output": list(outputs),
            "parameter": list(parameters),
            "unit": ("output", [model.outputs[name].unit for name in outputs]),
        },
        attrs=dict(facts),
    )
