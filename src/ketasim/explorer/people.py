"""Who is simulated, drawn once, and the parameters that a question sets for all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.explorer.models import Kept, ready_model
from ketasim.study.setup import told_with

if TYPE_CHECKING:
    from ketasim.explorer.models import Ready
    from ketasim.explorer.question import Question
    from ketasim.model import Model
    from ketasim.population import Population

Pairs = tuple[tuple[str, float], ...]
KEPT_GROUPS = 12
TYPICAL_KG = 70.0


@dataclass(frozen=True, eq=False)
class People:
    """Parameters of each person.

    Attributes
    ----------
    n : int
    values : dict of str to ndarray, shape (n,)
        Parameters of the compiled model that differ from its own.
    weight_kg : ndarray, shape (n,)
    """

    n: int
    values: dict[str, np.ndarray]
    weight_kg: np.ndarray


@dataclass(frozen=True)
class Who:
    """All that people depend on.

    Attributes
    ----------
    companions : tuple of str
        Of the model.
    population : str
    n, seed : int
    typical : bool
        Whether it is the one typical person.
    overrides, settings : tuple of (str, float)
        Values fixed for everybody; parameters and switches set over the model's own.
    """

    companions: tuple[str, ...]
    population: str
    n: int
    seed: int
    typical: bool
    overrides: Pairs
    settings: Pairs


def who_is_asked(question: Question, companions: tuple[str, ...], typical: bool) -> Who:
    """Return whom a question is about; one person where ``typical``."""
    return Who(
        companions=companions,
        population=question.population,
        n=1 if typical else question.n,
        seed=question.seed,
        typical=typical,
        overrides=tuple(sorted(question.overrides.items())),
        settings=tuple(sorted(settings(question, ready_model(companions)).items())),
    )


def settings(question: Question, ready: Ready) -> dict[str, float]:
    """Return parameters and switches that a question sets, checked against the model.

    Raises
    ------
    UserError
        No such mechanism or parameter, a mechanism that cannot be switched, or a value that a
        parameter cannot have.
    """
    from ketasim.model import companion_names, mechanism_names

    every = (*mechanism_names(), *companion_names())
    known = frozenset(ready.compiled.parameters)
    found: dict[str, float] = {}
    for key, kind, strengths in (
        ("off", "scale", dict.fromkeys(question.off, 0.0)),
        ("scale", "scale", question.scale),
        ("block", "block", question.block),
    ):
        for name, strength in strengths.items():
            _known(name, every, f"question: {key}", "mechanism")
            if f"{kind}_{name}" not in known:
                raise UserError(f"question: {key}: {name!r} has no switch here")
            found[f"{kind}_{name}"] = strength
    for symbol, value in question.values.items():
        found[symbol] = _checked_value(symbol, value, ready.model, known)
    return found


def _checked_value(symbol: str, value: float, model: Model, known: Collection[str]) -> float:
    place = "question: values"
    row = next((row for row in model.parameters if row.symbol == symbol), None)
    if row is not None and (what := row.fault(value)):
        raise UserError(f"{place}: {symbol} = {value:g} {what}")
    if symbol in model.outputs:
        owner = model.outputs[symbol].mechanism
        raise UserError(f"{place}: {symbol!r} is computed by {owner} and cannot be set")
    _known(symbol, known, place, "parameter")
    return value


def population_of(who: Who) -> Population:
    """Return the population that is drawn from."""
    from ketasim.population import Population

    with told_with("question: population"):
        whole = Population(who.population, who.n, who.seed, overrides=dict(who.overrides))
    return replace(whole, between_person=False) if who.typical else whole


def model_as_set(who: Who) -> Model:
    """Return the model with the values of its parameter table as the question sets them.

    People spread about these; the SBML document keeps its own numbers, which those of every
    person replace.
    """
    model, chosen = ready_model(who.companions).model, dict(who.settings)
    rows = tuple(
        replace(row, value=chosen[row.symbol]) if row.symbol in chosen else row
        for row in model.parameters
    )
    return replace(model, parameters=rows)


def _drawn(who: Who) -> People:
    from ketasim.population import COVARIATES, draw

    ready, model = ready_model(who.companions), model_as_set(who)
    symbols = {row.symbol: row for row in model.parameters}
    for symbol, value in who.overrides:
        _known(symbol, {*COVARIATES, *symbols}, "question: overrides", "parameter")
        if symbol in symbols and (what := symbols[symbol].fault(value)):
            raise UserError(f"question: overrides: {symbol} = {value:g} {what}")
    with told_with("question: population"):
        names, drawn = draw(population_of(who), model.parameters)
    person = dict(zip(names, np.asarray(drawn, dtype=float).T, strict=True))
    for symbol, value in who.settings:
        person.setdefault(symbol, np.full(who.n, value))
    weight_kg = person.get("WT", np.full(who.n, TYPICAL_KG))
    known = set(ready.compiled.parameters)
    kept = {name: np.ascontiguousarray(v) for name, v in person.items() if name in known}
    return People(who.n, kept, weight_kg)


people: Kept[Who, People] = Kept(_drawn, KEPT_GROUPS)


def _known(
    name: str, choices: Collection[str] | Mapping[str, object], place: str, what: str
) -> None:
    if name not in choices:
        raise UserError(f"{place}: no {what} {name!r}{nearest(name, choices)}")
