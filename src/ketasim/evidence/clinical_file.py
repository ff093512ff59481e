"""What a study file with a ``[trial]`` table may say: groups of patients and what became of them.

Everything else in it is as in `finding_file`.
"""

from __future__ import annotations

from difflib import get_close_matches
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from ketasim.dosing.protocol import RegimenField, Step, Time
from ketasim.dosing.quantities import hours
from ketasim.errors import nearest
from ketasim.evidence.clinical_words import (
    AMONG,
    CONTRASTS,
    DESIGNS,
    ENDPOINTS,
    MISSING,
)
from ketasim.evidence.finding_file import (
    Named,
    ObservationTable,
    PerturbationTable,
    Span,
    StudyTable,
    Words,
)
from ketasim.population.preparations import HUMAN, preparation_of
from ketasim.toml_tables import Table
from ketasim.trial.dropout import REASONS
from ketasim.trial.policy_table import PolicyField


def _one_of(words: Any) -> AfterValidator:
    """Return a check that a text is one of ``words``."""

    def check(text: str) -> str:
        if text not in words:
            raise ValueError(f"{text!r} is not a choice{nearest(text, words)}")
        return text

    return AfterValidator(check)


def _listed(words: Any) -> Any:
    return Field(json_schema_extra={"enum": list(words)})


Many = Annotated[int, Field(ge=1)]
EndpointName = Annotated[str, _one_of(ENDPOINTS), _listed(ENDPOINTS)]
ContrastName = Annotated[str, _one_of(CONTRASTS), _listed(CONTRASTS)]
AmongName = Annotated[str, _one_of(AMONG), _listed(AMONG)]
MissingName = Annotated[str, _one_of(MISSING), _listed(MISSING)]
DesignName = Annotated[str, _one_of(DESIGNS), _listed(DESIGNS)]
ReasonName = Annotated[str, _one_of(REASONS), _listed(REASONS)]
Blinding = Literal["double-blind", "open"]
CLOSE = 0.7  # likeness from which a word is a slip of a condition, not another illness
FIELDS = ("at", "from", "to", "share", "cut", "threshold")


def _scale_name(text: str) -> str:
    """Return ``text`` if it is a scale or an acute effect."""
    from ketasim.evidence.clinical_limits import known_scale

    return known_scale(text)


def _entry_scale(text: str) -> str:
    """Return ``text`` if it is rated before treatment."""
    from ketasim.evidence.clinical_limits import rated_scale

    return rated_scale(_scale_name(text))


ScaleName = Annotated[str, AfterValidator(_scale_name)]
EntryScale = Annotated[str, AfterValidator(_entry_scale)]


def _condition_name(text: str) -> str:
    """Return ``text`` if it is a condition, accepted or refused."""
    from ketasim.trial.conditions import conditions

    known = [word for each in conditions() for word in (each.name, *each.aliases)]
    if text.lower() not in {word.lower() for word in known}:
        hint = nearest(text, known) if get_close_matches(text, known, 1, CLOSE) else ""
        names = ", ".join(each.name for each in conditions())
        raise ValueError(f"{text!r} is not a choice{hint or f'; conditions are {names}'}")
    return text


ConditionName = Annotated[str, AfterValidator(_condition_name)]


class BaselineTable(Table):
    """Scores before treatment, as the study prints them."""

    mean: Annotated[float, Field(gt=0)]
    sd: Annotated[float, Field(gt=0)]


class EntryTable(Table):
    """Who was let in."""

    scale: EntryScale = Field(default="MADRS", description="Of `minimum` and of the baseline.")
    minimum: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Lowest observed score."
    )


class PatientsTable(Table):
    """Who was studied."""

    name: Named = "trd"
    who: str = Field(default="", description="In the study's words.")
    overrides: dict[str, Span] = Field(
        default_factory=dict,
        examples=[{"age": [18, 65]}],
        description="One value for everybody, or two ends between which people spread evenly.",
    )
    baseline: BaselineTable | None = None
    entry: EntryTable = Field(default_factory=EntryTable)
    condition: ConditionName | None = Field(
        default=None, description="As bipolar; one that is refused is out of scope."
    )

    @model_validator(mode="after")
    def _are_people(self) -> PatientsTable:
        if preparation_of(self.name) != HUMAN:
            raise ValueError(f"name: {self.name!r} are no patients")
        return self

    @model_validator(mode="after")
    def _can_be_let_in(self) -> PatientsTable:
        from ketasim.evidence.clinical_limits import check_entry

        mean = None if self.baseline is None else self.baseline.mean
        check_entry(self.entry.scale, self.entry.minimum, mean)
        return self


class TrialTable(Table):
    """How the trial was run."""

    blinding: Blinding = "double-blind"
    care: bool = Field(default=True, description="Visits and attention.")
    concomitant: tuple[Step, ...] = Field(default=(), description="Given in every arm.")
    design: DesignName = "parallel"
    visits: tuple[Time, ...] = Field(
        default=(), description="Inside windows; default: daily up to two weeks, else weekly."
    )
    trials: Many = Field(
        default=1, description="Of how many trials a pooled value is: their differences average."
    )

    @model_validator(mode="after")
    def _visits_in_order(self) -> TrialTable:
        for before, after in pairwise(self.visits):
            if hours(before) >= hours(after):
                raise ValueError(f"visits: {after!r} is not after {before!r}")
        return self


class TrialArmTable(Table):
    """What one group was given."""

    name: Words
    n: Many | None = None
    regimen: RegimenField = ()
    perturbations: tuple[PerturbationTable, ...] = ()
    overrides: dict[str, Span] = Field(default_factory=dict)
    blinding: Blinding | None = Field(default=None, description="Where it differs.")
    concomitant: tuple[Step, ...] | None = Field(
        default=None, description="Instead of the trial's."
    )
    policy: PolicyField | None = Field(default=None, description="Decisions at visits.")


class ClinicalFindingTable(ObservationTable):
    """One observed value of a trial."""

    endpoint: EndpointName | None = None
    scale: ScaleName = "MADRS"
    contrast: ContrastName | None = None
    share: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="By which a responder's score has fallen; default: the scale's."
    )
    cut: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Highest score of a remitter; default: the scale's."
    )
    threshold: float | None = Field(default=None, description="Of share above, or of relapse.")
    among: AmongName | None = None
    among_at: Time | None = Field(default=None, description="Default: `from`.")
    missing: MissingName = "as if stayed"
    reason: ReasonName | None = Field(default=None, description="Of dropout; default: any.")
    consecutive: Many = Field(default=1, description="Visits in a row that show a relapse.")
    statistic: Literal["mean", "median", "sd"] = Field(
        default="mean", description="sd: how far patients differ, as one SD of score or change."
    )
    n_comparator: Many | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> ClinicalFindingTable:
        if self.out_of_scope is not None:
            return self
        for field in ("arm", "endpoint", "value", "unit"):
            if getattr(self, field) is None:
                raise ValueError(f"{field}: missing; without it, say out_of_scope and why")
        word = ENDPOINTS[self.endpoint or ""]
        for field in FIELDS:
            given = getattr(self, "from_" if field == "from" else field)
            if field in word.needs and given is None:
                raise ValueError(f"{field}: missing; {self.endpoint} needs it")
            if given is not None and field not in (*word.needs, *word.may):
                raise ValueError(f"{field}: has no meaning for {self.endpoint}")
        if self.reason is not None and self.endpoint != "dropout":
            raise ValueError(f"reason: has no meaning for {self.endpoint}")
        if self.statistic == "sd" and (self.unit != "points" or self.contrast is not None):
            raise ValueError("statistic: 'sd' is of a score or change in one arm, in points")
        self._has_its_times()
        return self

    def _has_its_times(self) -> None:
        """Refuse times that are missing, double or out of order."""
        if self.endpoint == "change":
            if self.at is None and (self.from_ is None or self.to is None):
                raise ValueError("at: missing; change needs it, or from and to")
            if self.at is not None and (self.from_ is not None or self.to is not None):
                raise ValueError("at: give either at, or from and to")
        if self.from_ is not None and self.to is not None and hours(self.from_) >= hours(self.to):
            raise ValueError(f"to: {self.to!r} is not after from = {self.from_!r}")
        if self.among_at is not None and self.among is None:
            raise ValueError("among: missing; among_at says when they were")
        if self.among is not None and self.among_at is None and self.from_ is None:
            raise ValueError(f"among_at: missing; when were they {self.among}?")

    @model_validator(mode="after")
    def _says_what_was_seen(self) -> ClinicalFindingTable:
        if self.out_of_scope is not None or self.endpoint is None:
            return self
        contrast = self.contrast or ""
        if contrast and self.comparator is None:
            raise ValueError(f"comparator: missing; {contrast} is against something")
        if not contrast and self.comparator is not None:
            choices = ", ".join(CONTRASTS)
            raise ValueError(f"contrast: missing; how is it told: {choices}?")
        unit = ENDPOINTS[self.endpoint].unit
        if contrast in ("odds ratio", "risk ratio") and unit != "%":
            raise ValueError(f"contrast: {contrast!r} is of shares, not of {self.endpoint}")
        if contrast in ("odds ratio", "risk ratio") and self.endpoint == "percent change":
            raise ValueError(f"contrast: {contrast!r} is of shares, not of {self.endpoint}")
        if contrast == "effect size" and unit == "d":
            raise ValueError(f"contrast: {contrast!r} has no meaning for {self.endpoint}")
        self._has_a_possible_value(contrast)
        return self

    def _has_a_possible_value(self, contrast: str) -> None:
        """Refuse a unit, value, interval or time that no trial can have."""
        from ketasim.evidence import clinical_limits as limits

        endpoint, unit, value = self.endpoint or "", self.unit or "", float(self.value or 0.0)
        units = limits.units_on(self.scale, endpoint, contrast)
        if unit not in units:
            hint = "; in % it is percent change" if (endpoint, unit) == ("change", "%") else ""
            hint = hint or nearest(unit, units)
            raise ValueError(f"unit: {unit!r} does not fit{hint}")
        limits.check_value(value, unit, endpoint, contrast, self.scale)
        limits.check_cut(self.cut, self.scale)
        times = {"at": self.at, "from": self.from_, "to": self.to}
        limits.check_times(endpoint, {k: None if v is None else hours(v) for k, v in times.items()})
        if self.same_as == self.id:
            raise ValueError(f"same_as: {self.id!r} is the finding itself")
        if self.dispersion is not None:
            if contrast == "superior":
                raise ValueError("dispersion: has no meaning for superior, which is yes or no")
            for field in ("ci95", "ci90"):
                limits.check_interval(value, getattr(self.dispersion, field), field)


class ClinicalFile(StudyTable):
    """One trial and what it found."""

    population: PatientsTable = Field(default_factory=PatientsTable)
    trial: TrialTable
    arm: tuple[TrialArmTable, ...] = ()
    finding: Annotated[tuple[ClinicalFindingTable, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _arms_are_there(self) -> ClinicalFile:
        names = [arm.name for arm in self.arm]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"arm: two arms are named {name!r}")
        for place, found in enumerate(self.finding, 1):
            for field in ("arm", "comparator"):
                name = getattr(found, field)
                if name is not None and name not in names:
                    hint = nearest(name, names)
                    raise ValueError(f"finding[{place}].{field}: no arm {name!r}{hint}")
            if found.comparator is not None and found.comparator == found.arm:
                raise ValueError(f"finding[{place}].comparator: {found.arm!r} is the arm itself")
        return self
