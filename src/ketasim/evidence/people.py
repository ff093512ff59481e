"""Whose curves are simulated: the typical person of a study, or many like its participants."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ketasim.evidence.finding import Arm
from ketasim.model import Model
from ketasim.model.calibrated_errors import calibrated_errors
from ketasim.population import COVARIATES, Population, draw
from ketasim.population.counter import sobol_uniforms, uniforms

Values = dict[str, np.ndarray]


def typical_person(arm: Arm, model: Model) -> dict[str, float]:
    """Return the parameters that set the typical participant apart from the tables."""
    population = Population(arm.people.name, overrides=arm.people.typical(), between_person=False)
    names, drawn = draw(population, model.parameters)
    return dict(zip(names, (float(v) for v in drawn[0]), strict=True))


def participants(arm: Arm, model: Model, n: int, seed: int) -> Values:
    """Return parameters of ``n`` virtual participants, arrays of shape (n,).

    Person k is the same in every arm but for the arm's covariates, so that two arms compare
    people with themselves. Covariates given as a range spread evenly over it.
    """
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


def uncertain(model: Model, draws: int, seed: int) -> Values:
    """Return typical values as sure as the tables are: row 0 as tabled, then ``draws`` draws.

    The tables' column ``uncertainty`` is the SD of the logarithm of the typical value. Shares
    are capped at 1. Covariates of people are not uncertain here.

    Returns
    -------
    dict of str to ndarray, shape (1 + draws,)
    """
    from scipy.special import ndtri

    rows = [
        row
        for row in model.parameters
        if row.uncertainty and row.value != 0 and row.symbol not in COVARIATES
    ]
    names = tuple(sorted(row.symbol for row in rows))
    scores = ndtri(sobol_uniforms(seed, 0, names, 0, draws))
    for together in calibrated_errors():
        columns = [names.index(s) for s in together.symbols if s in names]
        if len(columns) == len(together.symbols):
            scores[:, columns] = together.related(scores[:, columns])
    values: Values = {}
    for row in rows:
        drawn = row.value * np.exp(row.uncertainty * scores[:, names.index(row.symbol)])
        if row.unit == "fraction":
            drawn = np.minimum(drawn, 1.0)
        values[row.symbol] = np.concatenate([[row.value], drawn])
    return values


def tiled(values: Mapping[str, np.ndarray | float], n: int) -> Values:
    """Return every value as an array of shape (n,)."""
    return {name: np.broadcast_to(np.asarray(v, dtype=float), (n,)) for name, v in values.items()}
