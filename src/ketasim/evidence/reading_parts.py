"""What files on experiments and files on trials have in common, read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ketasim.dosing import Hold
from ketasim.evidence.finding import Dispersion
from ketasim.evidence.perturbations import Perturbation, Setting, holds, perturbation, settings

if TYPE_CHECKING:
    from ketasim.evidence.finding_file import DispersionTable, PerturbationTable

RECALL_WEIGHT = 0.5


class Verifiable(Protocol):
    """A table that says, or leaves to the whole file, how sure its source is."""

    @property
    def verified(self) -> str | None: ...
    @property
    def weight(self) -> float | None: ...


def weighed(table: Verifiable, whole: Verifiable) -> tuple[str, float]:
    """Return how a finding was verified and its weight, its own or that of the whole file."""
    verified = table.verified or whole.verified or ""
    weight = table.weight or whole.weight or 1.0
    return verified, min(weight, RECALL_WEIGHT) if verified == "recall" else weight


def done(
    table: PerturbationTable,
) -> tuple[tuple[Hold, ...], tuple[Setting, ...], Perturbation]:
    """Return the inputs and parameters of one perturbation, and its row."""
    from ketasim.dosing.quantities import hours

    what = perturbation(table.name)
    start_h = what.start_h if table.at is None else hours(table.at, "at", signed=True)
    length_h = what.hours if table.for_ is None else hours(table.for_)
    held = holds(what, start_h, length_h, table.strength)
    return held, settings(what, table.strength), what


def ends(value: float | tuple[float, float]) -> tuple[float, float]:
    """Return both ends of a span; of a number, itself twice."""
    return value if isinstance(value, tuple) else (value, value)


def read_dispersion(table: DispersionTable | None) -> Dispersion | None:
    """Return how the study told the spread of a value."""
    if table is None:
        return None
    kind = next(k for k in type(table).model_fields if getattr(table, k) is not None)
    return Dispersion(kind, *ends(getattr(table, kind)))
