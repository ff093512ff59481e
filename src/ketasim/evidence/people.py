"""Whose curves are simulated: the typical person of a study, or many like its participants."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from types import MappingProxyType

import numpy as np

from ketasim.dosing import Hold, Regimen
from ketasim.evidence.finding import Arm
from ketasim.evidence.models import whole_model
from ketasim.model import Model, companion_names
from ketasim.model.calibrated_errors import calibrated_errors
from ketasim.model.parameter_table import Parameter
from ketasim.population import COVARIATES, Population, draw
from ketasim.population.counter import sobol_uniforms, uniforms

Values = dict[str, np.ndarray]


@lru_cache(maxsize=4096)
def typical_person(arm: Arm, model: Model) -> Mapping[str, float]:
    """Return the parameters that set the typical participant apart from the tables."""
    population = Population(arm.people.name, overrides=arm.people.typical(), between_person=False)
    names, drawn = draw(population, model.parameters)
    return MappingProxyType(dict(zip(names, (float(v) for v in drawn[0]), strict=True)))


def participants(arm: Arm, model: Model, n: int, seed: int) -> Values:
    """Return parameters of ``n`` virtual participants, arrays of shape (n,).

    In a bath there are no people, so all are the typical one. Person k is the same in every arm
    but for the arm's covariates, so that two arms compare people with themselves. Covariates
    given as a range spread evenly over it.
    """
    if arm.preparation == "bath":
        return tiled(typical_person(arm, model), n)
    population = Population(
        arm.people.name, n=n, seed=seed, overrides=arm.people.typical(), sampling="sobol"
    )
    names, drawn = draw(population, model.parameters)
    values = {name: drawn[:, column].copy() for column, name in enumerate(names)}
    for symbol, low, high in arm.people.ranges:
        if high > low:
            place = uniforms(seed, 0, f"range:{symbol}", 0, n)
            values[symbol] = low + (high - low) * place
    return values


def uncertain(model: Model, draws: int, seed: int, alone: bool = True) -> Values:
    """Return typical values as sure as the tables are: row 0 as tabled, then ``draws`` draws.

    The tables' column ``uncertainty`` is the SD of the logarithm of the typical value. Shares
    are capped at 1. Covariates of people are not uncertain here.

    Parameters
    ----------
    model : Model
    draws, seed : int
    alone : bool
        Whether the model is the only one of the run; if not, a parameter is drawn alike in all.

    Returns
    -------
    dict of str to ndarray, shape (1 + draws,)
    """
    rows = _unsure(model.parameters)
    names = tuple(sorted(row.symbol for row in rows)) if alone else _every_unsure()
    scores = dict(zip(names, _scores(names, draws, seed).T, strict=True))
    values: Values = {}
    for row in rows:
        drawn = row.value * np.exp(row.uncertainty * scores[row.symbol])
        if row.unit == "fraction":
            drawn = np.minimum(drawn, 1.0)
        values[row.symbol] = np.concatenate([[row.value], drawn])
    return values


def uncertain_holds(draws: int, seed: int) -> Callable[[Arm], Sequence[Regimen]]:
    """Return a function that gives an arm's regimen as tabled, then as each draw has it.

    What is not sure of a hold is by how much another drug changes an enzyme.
    """
    from scipy.special import ndtri

    def one(hold: Hold, k: int) -> Hold:
        if not hold.uncertainty:
            return hold
        name = f"hold:{hold.input}:{hold.value:g}"
        score = float(ndtri(uniforms(seed, 0, name, k, k + 1)[0]))
        return replace(hold, value=hold.value * math.exp(hold.uncertainty * score))

    def given(arm: Arm) -> Sequence[Regimen]:
        regimen = arm.regimen
        if not any(hold.uncertainty for hold in regimen.holds):
            return [regimen] * (1 + draws)
        moved = (tuple(one(hold, k) for hold in regimen.holds) for k in range(draws))
        return [regimen, *(replace(regimen, holds=holds) for holds in moved)]

    return given


def perturbed(arm: Arm, values: Values, defaults: Mapping[str, float], n: int) -> Values:
    """Return values with the parameters that an arm's perturbations set."""
    found = dict(values)
    for each in arm.settings:
        before = found.get(each.symbol, np.full(n, defaults[each.symbol]))
        found[each.symbol] = before + each.strength * (each.value - before)
    return found


@lru_cache(maxsize=16)
def _scores(names: tuple[str, ...], draws: int, seed: int) -> np.ndarray:
    """Return standard normal scores, shape (draws, names); calibrated ones go together."""
    from scipy.special import ndtri

    scores = ndtri(sobol_uniforms(seed, 0, names, 0, draws))
    for together in calibrated_errors():
        columns = [names.index(s) for s in together.symbols if s in names]
        if len(columns) == len(together.symbols):
            scores[:, columns] = together.related(scores[:, columns])
    return scores


def _unsure(rows: Iterable[Parameter]) -> list[Parameter]:
    return [r for r in rows if r.uncertainty and r.value != 0 and r.symbol not in COVARIATES]


@cache
def _every_unsure() -> tuple[str, ...]:
    """Return the uncertain symbols of every mechanism and of every other drug's kinetics."""
    models = [whole_model(), *(whole_model(name) for name in companion_names())]
    return tuple(sorted({row.symbol for each in models for row in _unsure(each.parameters)}))


def tiled(values: Mapping[str, np.ndarray | float], n: int) -> Values:
    """Return every value as an array of shape (n,)."""
    return {name: np.broadcast_to(np.asarray(v, dtype=float), (n,)) for name, v in values.items()}
