"""A finding, read: who was given what, what was measured, what was seen."""

from __future__ import annotations

from dataclasses import dataclass

from ketasim.dosing import Regimen
from ketasim.evidence.readouts import Readout

ROLES = ("calibrate", "validate")


@dataclass(frozen=True)
class People:
    """Who was studied.

    Attributes
    ----------
    name : str
        Named population of `ketasim.population`.
    ranges : tuple of (str, float, float)
        Covariates and parameters fixed for everybody (both ends alike) or spread evenly
        between two ends, in the model's own units.
    """

    name: str = "healthy"
    ranges: tuple[tuple[str, float, float], ...] = ()

    def typical(self) -> dict[str, float]:
        """Return the middle of every range."""
        return {symbol: (low + high) / 2 for symbol, low, high in self.ranges}


@dataclass(frozen=True, eq=False)
class Arm:
    """What one group of people was given; arms are told apart by identity.

    Attributes
    ----------
    study, name : str
    regimen : Regimen
    people : People
    routes : tuple of str
        As the study file writes them.
    """

    study: str
    name: str
    regimen: Regimen
    people: People
    routes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dispersion:
    """How the study told the spread of a value.

    Attributes
    ----------
    kind : str
        ``sd``, ``se``, ``cv`` (share of the value), ``ci95``, ``ci90``, ``range`` or ``iqr``.
    low, high : float
        In the unit of the value; ``low`` alone counts for ``sd``, ``se`` and ``cv``.
    """

    kind: str
    low: float
    high: float = 0.0


@dataclass(frozen=True, eq=False)
class Finding:
    """One observed value or direction.

    Attributes
    ----------
    id, study, title, file : str
    role : str
        ``calibrate`` (numbers may be chosen on it) or ``validate`` (never).
    verified : str
        ``page``: read at the source or a page quoting it; ``recall``: from memory.
    weight : float
        In summaries: 1, or 0.5 for weak sources.
    n : int or None
        Individuals behind the value.
    preparation : str
    arm, comparator : Arm or None
    readout, over : Readout or None
    measure : str
        Key of `measures.MEASURES`.
    start_h, end_h : float
        Window, or the time itself, on the regimen's clock.
    contrast : str
        Empty, or ``ratio`` or ``change`` of arm against comparator.
    value : float or None
    unit : str
    dispersion : Dispersion or None
    statistic : str
    approx : bool
        Printed as "about".
    reading_error : float
        Relative error of reading it off a figure.
    direction : str
        ``up``, ``down``, ``none``, or empty for a value.
    within, threshold : float
        Fold and share of the verdict's rule.
    out_of_scope, excluded, same_as, place, note : str
        Why it cannot be run; why it does not count; the finding it repeats; where it stands.
    """

    id: str
    study: str
    title: str
    file: str
    role: str
    verified: str
    weight: float
    n: int | None
    preparation: str = "human"
    arm: Arm | None = None
    comparator: Arm | None = None
    readout: Readout | None = None
    over: Readout | None = None
    measure: str = ""
    start_h: float = 0.0
    end_h: float = float("inf")
    contrast: str = ""
    value: float | None = None
    unit: str = ""
    dispersion: Dispersion | None = None
    statistic: str = "mean"
    approx: bool = False
    reading_error: float = 0.0
    direction: str = ""
    within: float = 1.5
    threshold: float = 0.1
    out_of_scope: str = ""
    excluded: str = ""
    same_as: str = ""
    place: str = ""
    note: str = ""

    @property
    def route(self) -> str:
        """Routes of the arm that is measured, as ``oral`` or ``infusion + intranasal``."""
        return " + ".join(self.arm.routes) if self.arm else ""

    @property
    def analyte(self) -> str:
        """What was measured."""
        return "" if self.readout is None else self.readout.analyte or self.readout.output

    @property
    def counts(self) -> bool:
        """Whether it enters the score."""
        return not (self.out_of_scope or self.excluded or self.same_as)
