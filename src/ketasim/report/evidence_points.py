"""Outcomes as points of a picture: positive numbers in one unit for each kind of quantity."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ketasim.report.style import PALETTE

if TYPE_CHECKING:
    from ketasim.evidence import Finding, Outcome

# kind: (title of its panel, unit of its axes)
KINDS = {
    "concentration": ("Concentrations", "ng/mL"),
    "exposure": ("Areas under the curve", "ng·h/mL"),
    "ratio": ("Ratios, changes, shares taken up", "ratio"),
    "time": ("Times of peaks, half-lives", "h"),
    "flow": ("Clearances and volumes", "L/h; L"),
}
SUBSTANCES = {
    "ketamine": PALETTE["blue"][0],
    "norketamine": PALETTE["vermillion"][0],
    "hydroxynorketamine": PALETTE["green"][0],
    "other": PALETTE["muted"][0],
}
MARKERS = {
    "vein": "o",
    "mouth": "s",
    "nose": "^",
    "under the tongue": "D",
    "muscle or skin": "v",
    "several": "P",
}
FILLS = {"validate": "held back", "calibrate": "used to calibrate"}
_ROUTES = {
    "iv": "vein",
    "oral": "mouth",
    "nasal": "nose",
    "sublingual": "under the tongue",
    "im": "muscle or skin",
    "sc": "muscle or skin",
    "ip": "muscle or skin",
}
_KIND_OF = {
    "concentration": "concentration",
    "exposure": "exposure",
    "time": "time",
    "clearance": "flow",
    "volume": "flow",
    "share": "ratio",
    "ratio": "ratio",
    "change": "ratio",
}
REFERENCE_KG = 70.0
Z95 = 1.96


@dataclass(frozen=True)
class Point:
    """One finding as it is drawn.

    Attributes
    ----------
    id, study, role, substance, route, kind : str
    observed, observed_low, observed_high : float
    predicted, low, high : float
        All in the unit of the kind; intervals of 95 %.
    """

    id: str
    study: str
    role: str
    substance: str
    route: str
    kind: str
    observed: float
    observed_low: float
    observed_high: float
    predicted: float
    low: float
    high: float

    @property
    def fold(self) -> float:
        """Predicted over observed, or its inverse where that is above 1."""
        return math.exp(abs(math.log(self.predicted / self.observed)))


def points(outcomes: Iterable[Outcome]) -> list[Point]:
    """Return every finding that counts and has a value and a prediction."""
    found = (_point(each) for each in outcomes if each.finding.counts)
    return [each for each in found if each is not None]


def spread_points(outcomes: Iterable[Outcome]) -> list[Point]:
    """Return reported and predicted spread between people [% of the value]."""
    found = []
    for each in outcomes:
        told, own = 100 * each.observed_spread, 100 * each.predicted_spread
        if each.finding.counts and not each.finding.contrast and told > 0 and own > 0:
            f = each.finding
            about = (f.id, study_name(f), f.role, substance(f), route(f), "")
            found.append(Point(*about, told, told, told, own, own, own))
    return found


def study_name(finding: Finding) -> str:
    """Return the study as readers cite it: what stands before a colon in its title.

    >>> from types import SimpleNamespace
    >>> study_name(SimpleNamespace(title="Chang 1972: half-life in the first hour"))
    'Chang 1972'
    """
    return finding.title.split(":")[0].split(",")[0]


def substance(finding: Finding) -> str:
    """Return the analyte without its enantiomer, or ``other``."""
    plain = finding.analyte.removeprefix("S-").removeprefix("R-")
    return plain if plain in SUBSTANCES else "other"


def route(finding: Finding) -> str:
    """Return how the drug entered, in the words of the key."""
    doses = finding.arm.regimen.doses if finding.arm else ()
    ways = {_ROUTES.get(dose.route, "several") for dose in doses if dose.drug is not None}
    return ways.pop() if len(ways) == 1 else "several"


def _point(outcome: Outcome) -> Point | None:
    from ketasim.evidence.runner import kind_of

    finding = outcome.finding
    if not math.isfinite(outcome.log_fold) or not math.isfinite(outcome.predicted):
        return None
    kind = kind_of(finding)
    if kind not in _KIND_OF:
        return None
    observed, low, high = (
        shown(finding, kind, value) for value in (outcome.observed, outcome.low, outcome.high)
    )
    predicted = observed * outcome.fold
    if min(observed, predicted, low, high) <= 0:
        return None
    of_prediction = math.log(high / low) / (2 * Z95)
    error = math.exp(Z95 * math.sqrt(max(outcome.log_sd**2 - of_prediction**2, 0.0)))
    about = (finding.id, study_name(finding), finding.role, substance(finding), route(finding))
    return Point(
        *about, _KIND_OF[kind], observed, observed / error, observed * error, predicted, low, high
    )


def shown(finding: Finding, kind: str, value: float) -> float:
    """Return a value of a finding in the unit of its panel; a change as 1 + change."""
    from ketasim.evidence.quantities import unit_of

    unit = unit_of(kind, finding.unit)
    if kind == "change":
        return 1.0 + value * unit.factor
    scaled = value * unit.factor
    if kind in ("concentration", "exposure") and not unit.per_mass:
        return scaled * molar_mass(finding) * 1e-3  # nmol/L × ng/nmol = ng/L; /1000 ng/mL
    if unit.per_kg:
        typical = finding.arm.people.typical() if finding.arm else {}
        return scaled * typical.get("WT", REFERENCE_KG) / unit.per_kg
    return scaled


def molar_mass(finding: Finding) -> float:
    """Return the molar mass of what was measured [ng/nmol]."""
    from ketasim.evidence.runner import kinetic_model

    masses = {r.symbol: r.value for r in kinetic_model().parameters if r.symbol.startswith("MW_")}
    return finding.readout.mass_ng_nmol(masses) if finding.readout else 1.0
