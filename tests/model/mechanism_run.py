"""Runs of one or all mechanisms for the tests of single mechanisms."""

from __future__ import annotations

from functools import cache

import numpy as np

from ketasim.dosing import Regimen, hold, injection
from ketasim.model import Model, assemble
from ketasim.population import Population
from ketasim.simulation import simulate


@cache
def whole() -> Model:
    """Return the whole model, assembled once."""
    return assemble()


@cache
def only(*mechanisms: str) -> Model:
    """Return a model of these mechanisms, assembled once."""
    return assemble(mechanisms)


def nothing() -> Regimen:
    """Return the vehicle: no drug, no session."""
    return hold("u_benzo", 0.0, for_="1 h")


def ip(dose: str, drug: str = "ketamine") -> Regimen:
    """Return an injection into the peritoneum, without a session."""
    return injection(dose, "ip", drug, session=False)


def course(
    model: Model,
    regimen: Regimen,
    output: str,
    times_h: list[float] | np.ndarray,
    who: str = "typical",
    values: dict[str, float] | None = None,
) -> np.ndarray:
    """Return one typical individual's output at ``times_h``, shape (n_times,)."""
    result = simulate(model, regimen, Population(who), times_h, [output], values=values, rtol=1e-6)
    return np.asarray(result)[0, :, 0]


def share_left(
    perturbed: Regimen, at_h: float, dose: str = "10 mg/kg", output: str = "Zp", who: str = "mouse"
) -> float:
    """Return how much of ketamine's effect on ``output`` a perturbation leaves."""

    def change(with_drug: Regimen, without: Regimen) -> float:
        drug, none = (
            course(whole(), each, output, [0.0, at_h], who)[-1] for each in (with_drug, without)
        )
        return float(drug - none)

    drug = ip(dose)
    return change(drug + perturbed, perturbed) / change(drug, nothing())
