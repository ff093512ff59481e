"""Questions answered by many simulations: who carries the effect, and who a person is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ketasim.inference.attribution import BLOCKED, LEFT_AT_REST, Attribution, attribute
from ketasim.inference.individual import Estimate, Estimates, estimate
from ketasim.inference.individual_bands import Band, bands
from ketasim.inference.individual_data import individuals_of
from ketasim.inference.individual_samples import Individual

if TYPE_CHECKING:
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


def __getattr__(name: str) -> Any:
    if name == "write_petab":  # reads all the evidence's code, which nobody else here needs
        from ketasim.inference.petab_problem import write_petab

        return write_petab
    raise AttributeError(f"module 'ketasim.inference' has no attribute '{name}'")
