"""``simulate`` and its streaming form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.errors import UserError, nearest

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.dosing import Regimen
    from ketasim.engine import CompiledModel, Events
    from ketasim.model import Mechanism, Model
    from ketasim.population import Population

CHUNK_NUMBERS = 4_000_000
"""Numbers simulated at once when streaming (32 MB); results do not depend on it."""
RTOL = 1e-4
"""Relative error allowed per step; largest error of a point value about 2e-4 (``make bench``)."""


def simulate(
    model: Model,
    regimen: Regimen | Sequence[Regimen],
    population: Population,
    times: Sequence[float] | np.ndarray,
    outputs: Sequence[str] | str | None = None,
    *,
    values: Mapping[str, float | np.ndarray] | None = None,
    rtol: float = RTOL,
    threads: int | None = None,
) -> xr.DataArray:
    """Simulate a population on a regimen.

    Parameters
    ----------
    model : Model
        From :func:`ketasim.model.assemble`.
    regimen : Regimen or sequence of Regimen
        From :mod:`ketasim.dosing`: one for all, or one for each individual.
    population : Population
        From :mod:`ketasim.population`; holds the number of individuals and the seed.
    times : sequence of float, shape (n_times,)
        Output times [h] on the regimen's clock, ascending. An output at the very time of a
        dose shows the value before it.
    outputs : sequence of str, or str, optional
        Names from ``model.outputs``; default: all of them.
    values : mapping of str to float or ndarray, shape (n,), optional
        Parameters set over what the population draws, such as ``{"scale_gs": 0}``.
    rtol : float
        Relative error allowed per step.
    threads : int, optional
        Default: all processors. Results are bitwise the same for any number.

    Returns
    -------
    xarray.DataArray, dims (individual, time, output)
        Coordinates: time [h], output with ``unit`` and ``label``, individual with ``status``
        and covariates. Attributes: seed, model hash, versions, regimen, population, preparation
        (human, mouse or rat), rtol. An individual the engine gave up is NaN with its status,
        never left out.

    Raises
    ------
    UserError
        For an unknown output or parameter, or times that do not ascend.
    """
    import xarray as xr

    chunks = stream(
        model,
        regimen,
        population,
        times,
        outputs,
        values=values,
        rtol=rtol,
        threads=threads,
        chunk=population.n,
    )
    parts = list(chunks)
    return parts[0] if len(parts) == 1 else xr.concat(parts, "individual")


def stream(
    model: Model,
    regimen: Regimen | Sequence[Regimen],
    population: Population,
    times: Sequence[float] | np.ndarray,
    outputs: Sequence[str] | str | None = None,
    *,
    values: Mapping[str, float | np.ndarray] | None = None,
    rtol: float = RTOL,
    threads: int | None = None,
    chunk: int | None = None,
) -> Iterator[xr.DataArray]:
    """Simulate chunk by chunk, so that memory does not grow with the population.

    Parameters are those of :func:`simulate`; ``chunk`` is the number of individuals at once,
    by default as many as give some four million numbers.
    Yields the same arrays :func:`simulate` would return, cut along ``individual``.
    """
    from ketasim.dosing import Regimen
    from ketasim.engine import compile_model

    if not isinstance(regimen, Regimen) and len(regimen) != population.n:
        raise UserError(f"regimen: {len(regimen)} regimens for {population.n} individuals")
    if not 0 < rtol <= 0.1:
        raise UserError(f"rtol {rtol:g} is out of range; it must be above 0 and at most 0.1")
    if threads is not None and threads < 1:
        raise UserError(f"threads {threads} is out of range; it must be at least 1")
    names = _checked_outputs(model, outputs)
    grid = np.asarray(times, dtype=float).ravel()
    compiled = compile_model(model.sbml, names)
    given = _checked_values(compiled, population.n, values or {})
    _refuse_impossible(model, population, given)
    facts = _facts(model, regimen, population, rtol)
    if chunk is None:
        chunk = max(1, CHUNK_NUMBERS // (len(grid) * len(names) or 1))
    for first in range(0, population.n, chunk):
        last = min(first + chunk, population.n)
        yield _one_chunk(
            model, compiled, regimen, population, grid, given, facts, (first, last), rtol, threads
        )


def _one_chunk(
    model: Model,
    compiled: CompiledModel,
    regimen: Regimen | Sequence[Regimen],
    population: Population,
    times: np.ndarray,
    given: Mapping[str, np.ndarray],
    facts: Mapping[str, Any],
    who: tuple[int, int],
    rtol: float,
    threads: int | None,
) -> xr.DataArray:
    from ketasim.dosing import Regimen, engine_events, lead_h
    from ketasim.engine import solve_ensemble
    from ketasim.population import draw
    from ketasim.simulation.results import labelled

    first, last = who
    drawn_names, drawn = draw(population, model.parameters, first, last)
    person = dict(zip(drawn_names, np.asarray(drawn, dtype=float).T, strict=True))
    person |= {name: column[first:last] for name, column in given.items()}
    weight = person.get("WT")
    if weight is None:
        typical = {p.symbol: p.value for p in model.parameters}
        weight = np.full(last - first, typical.get("WT", 70.0))
    known = set(compiled.parameters)
    given_to = regimen if isinstance(regimen, Regimen) else regimen[first:last]
    ensemble = solve_ensemble(
        compiled,
        times + lead_h(given_to),
        individuals=last - first,
        varying={name: column for name, column in person.items() if name in known},
        events=acting_on(model, engine_events(given_to, weight, model.mechanisms)),
        rtol=rtol,
        threads=threads,
    )
    return labelled(model, compiled.outputs, times, ensemble, person, first, facts)


def acting_on(model: Model, events: Events) -> Events:
    """Drop what would act on mechanisms that were left out: there it has nothing to act on.

    Raises
    ------
    UserError
        For a dose that has no way into this model, a hold of something the model computes, or
        an input that no mechanism has.
    """
    from ketasim.dosing.drugs import ways_in
    from ketasim.engine.events import SET_PARAMETER
    from ketasim.model import companion_names, load_mechanism, mechanism_names

    set_here = set(events.target[events.kind == SET_PARAMETER].tolist())
    used = {index: events.targets[index] for index in np.unique(events.target)}
    if all(
        name in model.inputs or (name in model.outputs and index not in set_here)
        for index, name in used.items()
    ):
        return events  # the usual case, without reading what was left out
    every = (*mechanism_names(), *companion_names())
    absent = [load_mechanism(name) for name in every if name not in model.mechanisms]
    owners = {name: m for m in absent for name in (*m.owned, *m.event_inputs)}
    doses = ways_in()
    idle = {name for name in owners if name not in doses and name not in model.inputs}
    for index in np.unique(events.target):
        name = events.targets[index]
        if name in model.outputs and np.any(events.kind[events.target == index] == SET_PARAMETER):
            owner = model.outputs[name].mechanism
            raise UserError(f"regimen: '{name}' is computed by mechanism '{owner}'; leave it out "
                            f"to hold '{name}', as in assemble(without=['{owner}'])")  # fmt: skip
        if name in doses and name not in {*model.inputs, *model.outputs}:
            hint = _where_to_enter(owners[name]) if name in owners else ""
            raise UserError(f"regimen: the model has no '{name}' for this dose to enter{hint}")
        if name not in {*model.inputs, *model.outputs, *idle}:
            raise UserError(
                f"regimen: the model has no input '{name}'{nearest(name, model.inputs)}"
            )
    return events.without(idle)


def _where_to_enter(owner: Mechanism) -> str:
    """Return how to get the mechanism that has a dose's way in."""
    if owner.companion:
        return f"; add its kinetics, as in assemble(companions=['{owner.name}'])"
    return f"; mechanism '{owner.name}' has it"


def _checked_outputs(model: Model, outputs: Sequence[str] | str | None) -> tuple[str, ...]:
    if isinstance(outputs, str):
        outputs = [outputs]
    names = tuple(model.outputs) if outputs is None else tuple(outputs)
    if not names:
        raise UserError("no outputs asked for")
    for name in names:
        if name not in model.outputs:
            raise UserError(f"output '{name}' is not in the model{nearest(name, model.outputs)}")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UserError(f"output '{twice}' is asked for twice")
    return names


def _checked_values(
    compiled: CompiledModel, n: int, values: Mapping[str, float | np.ndarray]
) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray] = {}
    for name, value in values.items():
        if name not in compiled.parameters:
            hint = nearest(name, compiled.parameters)
            raise UserError(f"parameter '{name}' is not in the model{hint}")
        column = np.asarray(value, dtype=float)
        if column.ndim and column.shape != (n,):
            raise UserError(f"parameter '{name}' has {column.size} values for {n} individuals")
        if not np.all(np.isfinite(column)):
            raise UserError(f"parameter '{name}' must be a finite number, not {value}")
        columns[name] = np.broadcast_to(column, (n,))
    return columns


def _refuse_impossible(
    model: Model, population: Population, given: Mapping[str, np.ndarray]
) -> None:
    """Raise UserError for a value that a parameter cannot have, such as a negative volume."""
    for row in model.parameters:
        chosen = [("overrides", population.overrides.get(row.symbol))]
        if row.symbol in given:
            chosen += [("values", v) for v in (given[row.symbol].min(), given[row.symbol].max())]
        for place, value in chosen:
            if value is not None and (what := row.fault(float(value))):
                raise UserError(f"{place}: {row.symbol} = {value:g} {what}")


def _facts(
    model: Model, regimen: Regimen | Sequence[Regimen], population: Population, rtol: float
) -> dict[str, Any]:
    from ketasim.dosing import Regimen
    from ketasim.simulation.provenance import versions

    each = [regimen] if isinstance(regimen, Regimen) else regimen
    return {
        "seed": population.seed,
        "model": model.name,
        "model_hash": model.hash,
        "mechanisms": ", ".join(model.mechanisms),
        "regimen": "; ".join(dict.fromkeys(str(one) for one in each)),
        "population": population.name,
        "preparation": population.preparation,
        "rtol": rtol,
        **{f"version_{name}": version for name, version in versions().items()},
    }
