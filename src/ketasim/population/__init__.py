"""Population: virtual people (and typical mice and rats), the same whatever chunk or thread."""

from ketasim.population.from_file import from_file
from ketasim.population.individuals import Given, Population, check_given, covariates, draw
from ketasim.population.preparations import preparations
from ketasim.population.residual_error import (
    ResidualError,
    residual_errors,
    with_residual_error,
)
from ketasim.population.spread import COVARIATES, Correlation, names

__all__ = [
    "COVARIATES",
    "Correlation",
    "Given",
    "Population",
    "ResidualError",
    "check_given",
    "covariates",
    "draw",
    "from_file",
    "names",
    "preparations",
    "residual_errors",
    "with_residual_error",
]
