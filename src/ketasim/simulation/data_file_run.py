"""Simulate the people of a data file, each at the times of its own observations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest

if TYPE_CHECKING:
    from ketasim.dosing import DataFile
    from ketasim.engine import CompiledModel
    from ketasim.model import Model

CHUNK_NUMBERS = 1_000_000
"""Numbers simulated at once (8 MB); results do not depend on it."""
RTOL = 1e-6
"""Relative error allowed per step: well below what an assay can tell apart."""
# What stands after a dose of its own time is seen this much later: 0.11 ms, a power of two.
_AFTER_H = 2.0**-25
# Times are put on the grid of event times, so that a trough stays before its dose.
_GRID_PER_H = 2.0**30


def simulate_data(
    model: Model,
    data: DataFile,
    *,
    values: Mapping[str, float | np.ndarray] | None = None,
    rtol: float = RTOL,
    threads: int | None = None,
) -> np.ndarray:
    """Return what the model says at every time point of a data file.

    Each person has the file's covariates and is otherwise typical; each episode begins without
    drug. A time point before all doses of its chunk shows the model at rest.

    Parameters
    ----------
    model : Model
        With all outputs that the file observes.
    data : DataFile
    values : mapping of str to float or ndarray, shape (individuals,), optional
        Parameters set over typical values and the file's covariates, by person.
    rtol : float
        Relative error allowed per step.
    threads : int, optional
        Default: all processors.

    Returns
    -------
    ndarray, shape (observations,)
        In the units of ``data.units``; NaN where the engine gave a person up.

    Raises
    ------
    UserError
        An output or a column of the file that the model lacks, a parameter that changes within
        a person, or values of the wrong shape.
    """
    from ketasim.engine import compile_model

    seen = data.observations
    names = tuple(dict.fromkeys(seen.output.tolist()))
    predicted = np.full(len(seen), np.nan)
    if not names:
        return predicted
    for name in names:
        if name not in model.outputs:
            hint = nearest(name, model.outputs)
            raise UserError(f"{data.path}: the model has no output {name}{hint}")
    compiled = compile_model(model.sbml, names)
    person = _person(model, compiled, data, values or {})
    which = np.searchsorted(np.sort(names), seen.output.astype(str))
    column = np.argsort(names)[which]
    for points in _chunks(data, len(names)):
        predicted[points] = _one_chunk(
            model, compiled, data, points, column[points], person, rtol, threads
        )
    return predicted


def _person(
    model: Model,
    compiled: CompiledModel,
    data: DataFile,
    values: Mapping[str, float | np.ndarray],
) -> dict[str, np.ndarray]:
    """Return the parameters that are set for each person, shape (individuals,) each."""
    from ketasim.population import COVARIATES, Population, draw

    known = set(compiled.parameters)
    for name, why in data.ignored.items():
        if name in known:
            raise UserError(f"{data.path}: column {name} is a parameter of the model and {why}")
    drawn_names, drawn = draw(Population("typical", n=1), model.parameters)
    typical = zip(drawn_names, np.asarray(drawn, dtype=float)[0], strict=True)
    person = {name: np.full(data.n_individuals, value) for name, value in typical}
    for name, column in data.covariates.items():
        if name not in known and name not in COVARIATES:
            hint = nearest(name, {*known, *COVARIATES})
            raise UserError(
                f"{data.path}: column {name} is no covariate or parameter of the model{hint}; "
                f"leave it out with ignore=['{name}']"
            )
        person[name] = column
    for name, value in values.items():
        if name not in known:
            raise UserError(f"parameter '{name}' is not in the model{nearest(name, known)}")
        column = np.asarray(value, dtype=float)
        if column.ndim and column.shape != (data.n_individuals,):
            n = data.n_individuals
            raise UserError(f"parameter '{name}' has {column.size} values for {n} individuals")
        if not np.all(np.isfinite(column)):
            raise UserError(f"parameter '{name}' must be a finite number, not {value}")
        person[name] = np.broadcast_to(column, (data.n_individuals,))
    return person


def _chunks(data: DataFile, n_outputs: int) -> Iterator[np.ndarray]:
    """Yield time points of as many whole episodes as fit on one grid; alike ones together."""
    seen = data.observations
    order = np.argsort(seen.episode, kind="stable")
    cuts = np.flatnonzero(np.diff(seen.episode[order])) + 1
    episodes = [points for points in np.split(order, cuts) if points.size]
    keys = [(round(_lead(data, p)), tuple(seen.time_h[p].tolist())) for p in episodes]
    waiting: list[np.ndarray] = []
    grid: set[float] = set()
    for number in sorted(range(len(episodes)), key=lambda k: keys[k]):
        wider = grid | set(keys[number][1])
        if waiting and (len(waiting) + 1) * len(wider) * n_outputs > CHUNK_NUMBERS:
            yield np.concatenate(waiting)
            waiting, wider = [], set(keys[number][1])
        waiting.append(episodes[number])
        grid = wider
    yield np.concatenate(waiting)


def _lead(data: DataFile, points: np.ndarray) -> float:
    """Return the lead of the episode that time points belong to [h]."""
    return data.regimens[int(data.observations.episode[points[0]])].lead_h


def _one_chunk(
    model: Model,
    compiled: CompiledModel,
    data: DataFile,
    points: np.ndarray,
    column: np.ndarray,
    person: Mapping[str, np.ndarray],
    rtol: float,
    threads: int | None,
) -> np.ndarray:
    """Return the predictions of the time points of some episodes."""
    from ketasim.dosing import engine_events, lead_h
    from ketasim.engine import solve_ensemble
    from ketasim.simulation.question import acting_on

    seen = data.observations.only(points)
    episodes, row = np.unique(seen.episode, return_inverse=True)
    who = data.episode_individual[episodes]
    given = [data.regimens[episode] for episode in episodes]
    weight = person["WT"][who] if "WT" in person else np.full(len(who), 70.0)
    grid_h = np.round((seen.time_h + lead_h(given)) * _GRID_PER_H) / _GRID_PER_H
    grid_h = np.maximum(grid_h + np.where(seen.after_dose, _AFTER_H, 0.0), 0.0)
    times, place = np.unique(grid_h, return_inverse=True)
    known = set(compiled.parameters)
    ensemble = solve_ensemble(
        compiled,
        times,
        individuals=len(episodes),
        varying={name: cells[who] for name, cells in person.items() if name in known},
        events=acting_on(model, engine_events(given, weight, model.mechanisms)),
        rtol=rtol,
        threads=threads,
    )
    return ensemble.values[row, place, column]
