"""A finding, read: who was given what, what was measured, what was seen."""

from __future__ import annotations

from dataclasses import dataclass

from ketasim.dosing import Regimen
from ketasim.evidence.clinical import Clinical, Group
from ketasim.evidence.perturbations import Setting
from ketasim.evidence.readouts import Readout

ROLES = ("calibrate", "validate")
PLAIN = ("up", "down", "none")  # arm against comparator
LEFT = ("blocked", "attenuated", "kept", "prolonged")  # share of the drug's effect that is left
DIRECTIONS = (*PLAIN, *LEFT, "biphasic")


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
    preparation : str
        ``human``, ``mouse``, ``rat`` or ``bath``.
    settings : tuple of Setting
        Parameters that perturbations set; the inputs they hold are in ``regimen``.
    perturbations : tuple of str
        Their names.
    lacks : str
        Why the model cannot do one of them; empty where it can.
    group : Group or None
        The patients of an arm of a trial.
    """

    study: str
    name: str
    regimen: Regimen
    people: People
    routes: tuple[str, ...] = ()
    preparation: str = "human"
    settings: tuple[Setting, ...] = ()
    perturbations: tuple[str, ...] = ()
    lacks: str = ""
    group: Group | None = None


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
        Key of `measures.MEASURES`; of a clinical finding, of `clinical_words.ENDPOINTS`.
    start_h, end_h : float
        Window, or the time itself, on the regimen's clock.
    contrast : str
        Empty, or ``ratio``, ``change`` or ``odds ratio`` of arm against comparator; of a clinical
        finding a key of `clinical_words.CONTRASTS`.
    value : float or None
    unit : str
    dispersion : Dispersion or None
    statistic : str
    approx : bool
        Printed as "about".
    reading_error : float
        Relative error of reading it off a figure.
    direction : str
        One of `DIRECTIONS`, or empty for a value.
    reference, reference_comparator : Arm or None
        Drug alone and its vehicle, for what a manipulation did to the drug's effect.
    arms : tuple of Arm
        Rising doses, for ``biphasic``.
    systems : tuple of str
        Keys of `systems.SYSTEMS`.
    contested : str
        Which finding or trial says otherwise; empty where none does.
    within, threshold : float
        Fold and share of the verdict's rule.
    out_of_scope, excluded, same_as, place, note : str
        Why it cannot be run; why it does not count; the finding it repeats; where it stands.
    clinical : Clinical or None
        What is counted in which patients, where it was seen in a trial.
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
    reference: Arm | None = None
    reference_comparator: Arm | None = None
    arms: tuple[Arm, ...] = ()
    systems: tuple[str, ...] = ()
    contested: str = ""
    clinical: Clinical | None = None

    @property
    def route(self) -> str:
        """Routes of the arm that is measured, as ``oral`` or ``infusion + intranasal``."""
        return " + ".join(self.arm.routes) if self.arm else ""

    @property
    def analyte(self) -> str:
        """What was measured."""
        if self.clinical is not None:
            return self.clinical.scale
        return "" if self.readout is None else self.readout.analyte or str(self.readout)

    @property
    def every_arm(self) -> tuple[Arm, ...]:
        """Every arm it needs, once each."""
        named = (
            self.arm, self.comparator, self.reference, self.reference_comparator, *self.arms
        )  # fmt: skip
        return tuple(dict.fromkeys(arm for arm in named if arm is not None))

    @property
    def counts(self) -> bool:
        """Whether it enters the score."""
        return not (self.out_of_scope or self.excluded or self.same_as)
