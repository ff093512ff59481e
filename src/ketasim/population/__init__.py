"""Population: virtual people, the same whatever their number, chunk or thread."""

from ketasim.population.from_file import from_file
from ketasim.population.individuals import Given, Population, check_given, covariates, draw
from ketasim.population.spread import COVARIATES, Correlation, names

__all__ = [
    "COVARIATES",
    "Correlation",
    "Given",
    "Population",
    "check_given",
    "covariates",
    "draw",
    "from_file",
    "names",
]
