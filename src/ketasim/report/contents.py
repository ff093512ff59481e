"""What a report is made from: plain data, so that a report can be written without a simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest

if TYPE_CHECKING:
    import xarray as xr

TIERS = ("measured", "derived", "calibrated", "assumed")
CLOCKS = ("kinetics", "trigger", "early", "late", "clinical", "safety")
SEVERITIES = ("error", "warning", "ok")


@dataclass(frozen=True)
class AttributionTable:
    """MADRS points carried by each mechanism at each time, in one reading.

    Parameters
    ----------
    reading : str
        What "taking a mechanism away" means: ``"left at rest"`` or ``"blocked below rest"``.
    mechanisms, titles : sequence of str
        Names and human titles, in the same order.
    times_h : sequence of float
        Hours after the first dose.
    points : array (mechanism, time)
        MADRS points of the fall carried; positive lowers MADRS, negative works against it.
    total : array (time,)
        MADRS points that are divided among the mechanisms.
    standard_error : array (mechanism, time) or None
        Monte Carlo standard error of `points`.
    individuals : int
        Persons averaged over; 0 when not told.
    divides : str
        What `total` is, in words.
    method : str
        How the points were computed, in words.
    """

    reading: str
    mechanisms: Sequence[str]
    titles: Sequence[str]
    times_h: Sequence[float]
    points: np.ndarray
    total: np.ndarray
    standard_error: np.ndarray | None = None
    individuals: int = 0
    divides: str = "the fall in mean MADRS"
    method: str = "Shapley values over sets of mechanisms"

    def __post_init__(self) -> None:
        """Refuse arrays whose shapes disagree: a wrong table is worse than none."""
        expected = (len(self.mechanisms), len(self.times_h))
        for name, array, shape in (
            ("points", self.points, expected),
            ("standard_error", self.standard_error, expected),
            ("total", self.total, expected[1:]),
            ("titles", self.titles, expected[:1]),
        ):
            if array is not None and np.shape(array) != shape:
                raise ValueError(
                    f"attribution {self.reading!r}: {name} has shape {np.shape(array)},"
                    f" expected {shape}"
                )


@dataclass(frozen=True)
class MechanismRow:
    """One line of the mechanism list: systems are S1-S15 of the project's map."""

    name: str
    title: str
    systems: str
    clock: str
    line: str


@dataclass(frozen=True)
class ParameterRow:
    """One row of a parameter table (the model's own rows may be passed instead)."""

    symbol: str
    value: float
    unit: str
    spread: float | None
    distribution: str
    uncertainty: float | None
    tier: str
    source: str
    note: str = ""


@dataclass(frozen=True)
class LintRow:
    """One outcome of the model lint: severity is ``error``, ``warning`` or ``ok``."""

    severity: str
    check: str
    where: str
    message: str


@dataclass(frozen=True)
class Dose:
    """Total dose of one arm summed over persons, mg of free base."""

    prescribed_mg: float
    delivered_mg: float


@dataclass(frozen=True)
class Check:
    """One comparison with published evidence.

    ``verdict`` is ``reproduced``, ``contradicted``, ``not resolved`` or ``out of scope``;
    ``role`` is ``calibrate`` (a number was chosen with it in view) or ``validate``.
    """

    finding: str
    observed: str
    model: str
    verdict: str
    role: str
    source: str


@dataclass(frozen=True)
class ReportInput:
    """Everything a report shows.

    ``arms`` maps an arm's name to labelled results with dims (individual, time [h], output) and
    coordinates ``unit``, ``label`` (output), ``status`` (individual); ``typical`` maps an arm to
    the same for the one person with typical values. Any object with the attributes of the row
    classes above is accepted for ``mechanisms``, ``parameters`` and ``lint``; plain tuples in
    the same order are too.
    """

    title: str
    question: str
    arms: Mapping[str, xr.DataArray]
    main_arm: str
    control_arm: str | None = None
    attribution: Sequence[AttributionTable] = ()
    mechanisms: Sequence = ()
    parameters: Sequence = ()
    lint: Sequence = ()
    doses: Mapping[str, Dose] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    typical: Mapping[str, xr.DataArray] = field(default_factory=dict)
    checks: Sequence[Check] = ()
    limits: Sequence[str] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    context_of_use: str = (
        "Exploring which mechanisms could carry the effect of this treatment, and when, so that"
        " experiments can be chosen. Not for choosing a treatment or a dose for a person, and not"
        " for regulatory decisions."
    )
    influence: str = (
        "Low: the result is one argument beside experiments and trials, never a substitute for"
        " either."
    )
    risk: str = (
        "Low for patients, because no decision about care rests on it. The cost of a wrong answer"
        " is an experiment not worth doing, or one not done."
    )

    def __post_init__(self) -> None:
        """Turn tuples into rows and check that the named arms exist."""
        for attribute, row in (
            ("mechanisms", MechanismRow),
            ("parameters", ParameterRow),
            ("lint", LintRow),
            ("checks", Check),
        ):
            given = getattr(self, attribute)
            object.__setattr__(self, attribute, tuple(as_row(item, row) for item in given))
        for role in ("main_arm", "control_arm"):
            name = getattr(self, role)
            if name is not None and name not in self.arms:
                raise UserError(f"report: {role} = {name!r} is no arm{nearest(name, self.arms)}")

    @property
    def main(self) -> xr.DataArray:
        """Results of the arm the question is about."""
        return self.arms[self.main_arm]

    @property
    def control(self) -> xr.DataArray | None:
        """Results of the arm it is compared with, or None when there is no other arm."""
        if self.control_arm is None or self.control_arm == self.main_arm:
            return None
        return self.arms[self.control_arm]


def as_row(item, row_class):
    """Return `item` as it is, or built from a plain tuple in the order of `row_class`."""
    return row_class(*item) if type(item) in (tuple, list) else item
