"""Questions answered by many simulations: who carries the effect, and who a person is."""

from ketasim.inference.attribution import BLOCKED, LEFT_AT_REST, Attribution, attribute
from ketasim.inference.individual import Estimate, Estimates, estimate
from ketasim.inference.individual_bands import Band, bands
from ketasim.inference.individual_data import individuals_of
from ketasim.inference.individual_samples import Individual
from ketasim.inference.petab_problem import write_petab

__all__ = [
    "BLOCKED",
    "LEFT_AT_REST",
    "Attribution",
    "Band",
    "Estimate",
    "Estimates",
    "Individual",
    "attribute",
    "bands",
    "estimate",
    "individuals_of",
    "write_petab",
]
