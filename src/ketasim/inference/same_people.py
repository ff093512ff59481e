"""The same people several times in one ensemble, so that they are compared with themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ketasim.population import Population, draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ketasim.model import Model


def same_people(
    model: Model, population: Population, copies: int, outputs: Sequence[str]
) -> tuple[Population, dict[str, np.ndarray]]:
    """Return a population of ``copies`` times the same people, and the values that make them so.

    Parameters
    ----------
    model : Model
    population : Population
    copies : int
        Whole populations, one behind the other.
    outputs : sequence of str
        What will be simulated; values that these do not depend on are left out.

    Returns
    -------
    Population
        Of ``copies * population.n`` people, for :func:`ketasim.simulation.simulate`.
    dict of str to ndarray, shape (copies * population.n,)
        Its ``values``.
    """
    from ketasim.engine import compile_model

    known = set(compile_model(model.sbml, tuple(outputs)).parameters)
    names, values = draw(population, model.parameters)
    columns = dict(zip(names, np.asarray(values, dtype=float).T, strict=True))
    many = replace(population, n=copies * population.n, between_person=False, given=None)
    return many, {s: np.tile(column, copies) for s, column in columns.items() if s in known}
