"""What files on experiments and files on trials have in common, read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ketasim.dosing import Hold
from ketasim.evidence.finding import Arm, Dispersion
from ketasim.evidence.perturbations import Perturbation, Setting, holds, perturbation, settings

if TYPE_CHECKING:
    from ketasim.evidence.finding_file import (
        DispersionTable,
        ObservationTable,
        PerturbationTable,
        StudyTable,
    )

RECALL_WEIGHT = 0.5


def observed_fields(
    table: ObservationTable, whole: StudyTable, arms: Mapping[str, Arm], study: str, file: str
) -> dict[str, Any]:
    """Return the fields of `Finding` that every finding has, its own or those of its study."""
    verified, weight = weighed(table, whole)
    return {
        "id": table.id,
        "study": study,
        "title": whole.title,
        "file": file,
        "role": table.role,
        "verified": verified,
        "weight": weight,
        "n": table.n or whole.n,
        "arm": arms.get(table.arm or ""),
        "comparator": arms.get(table.comparator or ""),
        "value": table.value,
        "unit": table.unit or "",
        "dispersion": read_dispersion(table.dispersion),
        "approx": table.approx,
        "reading_error": table.reading_error,
        "systems": whole.systems if table.systems is None else table.systems,
        "contested": table.contested or "",
        "out_of_scope": table.out_of_scope or "",
        "excluded": table.excluded or "",
        "same_as": table.same_as or "",
        "place": table.place,
        "note": table.note,
    }


def weighed(table: ObservationTable, whole: StudyTable) -> tuple[str, float]:
    """Return how a finding was verified and its weight, its own or that of the whole file."""
    verified = table.verified or whole.verified
    weight = table.weight or whole.weight
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
