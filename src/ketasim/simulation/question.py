"""What is asked of a simulation, checked: model, people, what they are given, when to look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.errors import UserError, nearest

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.dosing import Regimen
    from ketasim.engine import CompiledModel, Ensemble, Events
    from ketasim.model import Mechanism, Model
    from ketasim.population import Population


@dataclass(frozen=True, eq=False)
class Question:
    """A question that can be answered person by person.

    Attributes
    ----------
    model : Model
    compiled : CompiledModel
        For the outputs asked for.
    regimen : Regimen or sequence of Regimen
        One for all, or one for each individual.
    population : Population
    times : ndarray, shape (n_times,)
        On the regimen's clock [h].
    values : mapping of str to ndarray, shape (n,)
        Parameters set over what the population draws.
    rtol : float
    """

    model: Model
    compiled: CompiledModel
    regimen: Regimen | Sequence[Regimen]
    population: Population
    times: np.ndarray
    values: Mapping[str, np.ndarray]
    rtol: float

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs."""
        return self.compiled.outputs

    def given_to(self, first: int, last: int) -> Regimen | Sequence[Regimen]:
        """Return what persons ``first`` to ``last - 1`` are given."""
        from ketasim.dosing import Regimen

        return self.regimen if isinstance(self.regimen, Regimen) else self.regimen[first:last]

    def people(self, first: int, last: int) -> People:
        """Draw persons ``first`` to ``last - 1`` and spell out what they are given."""
        from ketasim.dosing import engine_events, lead_h
        from ketasim.population import draw

        names, drawn = draw(self.population, self.model.parameters, first, last)
        person = dict(zip(names, np.asarray(drawn, dtype=float).T, strict=True))
        person |= {name: column[first:last] for name, column in self.values.items()}
        weight = person.get("WT")
        if weight is None:
            typical = {p.symbol: p.value for p in self.model.parameters}
            weight = np.full(last - first, typical.get("WT", 70.0))
        known = set(self.compiled.parameters)
        given = self.given_to(first, last)
        return People(
            first=first,
            last=last,
            person=person,
            weight_kg=weight,
            varying={name: column for name, column in person.items() if name in known},
            events=acting_on(self.model, engine_events(given, weight, self.model.mechanisms)),
            engine_times=self.times + lead_h(given),
        )

    def ensemble(self, people: People, threads: int | None) -> Ensemble:
        """Integrate them."""
        from ketasim.engine import solve_ensemble

        return solve_ensemble(
            self.compiled,
            people.engine_times,
            individuals=people.last - people.first,
            varying=people.varying,
            events=people.events,
            rtol=self.rtol,
            threads=threads,
        )

    def answer(self, first: int, last: int, threads: int | None) -> xr.DataArray:
        """Return the courses of persons ``first`` to ``last - 1``, labelled."""
        from ketasim.simulation.results import labelled

        people = self.people(first, last)
        found = self.ensemble(people, threads)
        names = self.outputs
        return labelled(self.model, names, self.times, found, people.person, first, self.facts)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Return what the result was made with."""
        from ketasim.dosing import Regimen
        from ketasim.simulation.provenance import versions

        each = [self.regimen] if isinstance(self.regimen, Regimen) else self.regimen
        return {
            "seed": self.population.seed,
            "model": self.model.name,
            "model_hash": self.model.hash,
            "mechanisms": ", ".join(self.model.mechanisms),
            "regimen": "; ".join(dict.fromkeys(str(one) for one in each)),
            "population": self.population.name,
            "preparation": self.population.preparation,
            "rtol": self.rtol,
            **({"precision": "single"} if self.compiled.precision == "single" else {}),
            **{f"version_{name}": version for name, version in versions().items()},
        }


@dataclass(frozen=True, eq=False)
class People:
    """Some persons of a population, drawn.

    Attributes
    ----------
    first, last : int
        Persons ``first`` to ``last - 1``.
    person : mapping of str to ndarray
        Whatever differs between them.
    weight_kg : ndarray
    varying : mapping of str to ndarray
        What of it the model has as parameters.
    events : Events
        What they are given, on the engine's clock.
    engine_times : ndarray
        Output times on that clock [h].
    """

    first: int
    last: int
    person: Mapping[str, np.ndarray]
    weight_kg: np.ndarray
    varying: Mapping[str, np.ndarray]
    events: Events
    engine_times: np.ndarray


def question(
    model: Model,
    regimen: Regimen | Sequence[Regimen],
    population: Population,
    times: Sequence[float] | np.ndarray,
    outputs: Sequence[str] | str | None,
    values: Mapping[str, float | np.ndarray] | None,
    rtol: float,
    compiler: Callable[[str, tuple[str, ...]], CompiledModel] | None = None,
) -> Question:
    """Check what is asked; parameters and errors are those of :func:`ketasim.simulate`.

    ``compiler`` makes the equations of a model and its outputs into what is solved.
    """
    from ketasim.dosing import Regimen
    from ketasim.engine import compile_model

    if not isinstance(regimen, Regimen) and len(regimen) != population.n:
        raise UserError(f"regimen: {len(regimen)} regimens for {population.n} individuals")
    if not 0 < rtol <= 0.1:
        raise UserError(f"rtol {rtol:g} is out of range; it must be above 0 and at most 0.1")
    names = _checked_outputs(model, outputs)
    grid = np.asarray(times, dtype=float).ravel()
    compiled = (compiler or compile_model)(model.sbml, names)
    given = _checked_values(compiled, population.n, values or {})
    _refuse_impossible(model, population, given)
    return Question(model, compiled, regimen, population, grid, given, rtol)


def compiler_of(precision: str) -> Callable[[str, tuple[str, ...]], CompiledModel]:
    """Return what compiles a model for a precision."""
    from ketasim.engine import compile_model

    return partial(compile_model, precision=precision)


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
