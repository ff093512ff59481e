"""What a file of findings may say: one frozen table per table of the TOML file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ketasim.dosing.protocol import Length, RegimenField, Time
from ketasim.dosing.quantities import hours
from ketasim.errors import nearest
from ketasim.evidence.finding import LEFT
from ketasim.evidence.measures import MEASURES
from ketasim.evidence.perturbations import perturbation
from ketasim.evidence.quantities import unit_of
from ketasim.evidence.readouts import ANALYTES, SITES, checked_readout
from ketasim.evidence.systems import SYSTEMS
from ketasim.population import names
from ketasim.population.preparations import preparation_of, preparations
from ketasim.toml_tables import Table


def _measure(text: str) -> str:
    """Return ``text`` if it is a measure."""
    if text not in MEASURES:
        raise ValueError(f"{text!r} is not a choice{nearest(text, MEASURES)}")
    return text


def _population(text: str) -> str:
    """Return ``text`` if it names a population."""
    if text not in names():
        raise ValueError(f"{text!r} is not a choice{nearest(text, names())}")
    return text


def _perturbation(text: str) -> str:
    """Return ``text`` if it names a perturbation."""
    perturbation(text)
    return text


def _signed(text: str) -> str:
    """Return ``text`` if it is a time, before or after zero."""
    hours(text, "", signed=True)
    return text


def _system(text: str) -> str:
    """Return ``text`` if it is a system."""
    if text not in SYSTEMS:
        raise ValueError(f"{text!r} is not a choice{nearest(text, SYSTEMS)}")
    return text


def _both_ends(given: Any) -> Any:
    """Return one number as a span without width; leave all else as it is."""
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return (float(given), float(given))
    return tuple(given) if isinstance(given, list) else given


def _ascending(span: tuple[float, float]) -> tuple[float, float]:
    """Return ``span`` if it does not descend."""
    if span[0] > span[1]:
        raise ValueError(f"{list(span)} does not ascend")
    return span


ARM_FIELDS = ("arm", "comparator", "reference", "reference_comparator")
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$", max_length=60)]
Words = Annotated[str, Field(min_length=1)]
Measured = Annotated[
    str, AfterValidator(_measure), Field(json_schema_extra={"enum": list(MEASURES)})
]
Positive = Annotated[float, Field(gt=0)]
Pair = tuple[float, float]
Span = Annotated[
    Pair,
    BeforeValidator(_both_ends),
    AfterValidator(_ascending),
    Field(json_schema_extra={"type": ["number", "array"]}),
]
Named = Annotated[str, AfterValidator(_population), Field(json_schema_extra={"enum": [*names()]})]
Verified = Literal["page", "recall"]
Preparation = Literal["human", "mouse", "rat", "bath"]
Statistic = Literal["mean", "median", "geometric mean", "lowest", "highest"]
Weight = Annotated[float, Field(gt=0, le=1)]
System = Annotated[str, AfterValidator(_system), Field(json_schema_extra={"enum": [*SYSTEMS]})]
Direction = Literal[
    "up", "down", "none", "blocked", "attenuated", "kept", "prolonged", "biphasic"
]  # finding.DIRECTIONS


class PopulationTable(Table):
    """Who was studied."""

    name: Named | None = Field(
        default=None, description="A named population; default: healthy people, or the animal."
    )
    who: str = Field(default="", description="In the study's words.")
    overrides: dict[str, Span] = Field(
        default_factory=dict,
        examples=[{"WT": 73, "age": [20, 35]}],
        description="One value for everybody, or two ends between which people spread evenly.",
    )


class PerturbationTable(Table):
    """What was done besides giving the drug."""

    name: Annotated[str, AfterValidator(_perturbation)] = Field(
        description="A name or alias of perturbations.csv, or a drug held as an input.",
    )
    at: Annotated[str, AfterValidator(_signed)] | None = Field(
        default=None, examples=["-30 min"], description="Default: as its row says."
    )
    for_: Length | None = Field(default=None, alias="for", description="Default: as its row says.")
    strength: Annotated[float, Field(gt=0, le=1)] = 1.0


class ArmTable(Table):
    """What one group was given and done to; without a regimen, nothing or vehicle."""

    name: Words
    regimen: RegimenField = ()
    perturbations: tuple[PerturbationTable, ...] = ()
    overrides: dict[str, Span] = Field(
        default_factory=dict, description="Over those of the study's population."
    )


class OverTable(Table):
    """What the AUC of a ratio is divided by."""

    analyte: str
    site: str

    @model_validator(mode="after")
    def _is_known(self) -> OverTable:
        checked_readout(self.analyte, self.site, None)
        return self


class DispersionTable(Table):
    """How the study told the spread: one of these."""

    sd: Positive | None = Field(default=None, description="Standard deviation, in the unit.")
    se: Positive | None = Field(default=None, description="Standard error, in the unit.")
    cv: Positive | None = Field(default=None, description="SD as a share of the value.")
    ci95: Pair | None = None
    ci90: Pair | None = None
    range: Pair | None = None
    iqr: Pair | None = None

    @model_validator(mode="after")
    def _is_one(self) -> DispersionTable:
        given = [key for key in type(self).model_fields if getattr(self, key) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "nothing"
            raise ValueError(f"give one of {', '.join(type(self).model_fields)}; found {found}")
        pair = getattr(self, given[0])
        if isinstance(pair, tuple) and pair[0] >= pair[1]:
            raise ValueError(f"{given[0]}: {list(pair)} does not ascend")
        return self


class ObservationTable(Table):
    """What every finding may say, of an experiment or of a trial; each kind adds its own."""

    id: Id
    role: Literal["calibrate", "validate"] = "validate"
    arm: str | None = None
    comparator: str | None = None
    at: Time | None = None
    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None
    value: float | None = None
    unit: str | None = None
    dispersion: DispersionTable | None = None
    approx: bool = False
    reading_error: Annotated[float, Field(ge=0, lt=1)] = 0.0
    systems: tuple[System, ...] | None = Field(default=None, description="Over the study's.")
    contested: Words | None = Field(
        default=None, description="Which finding says otherwise; scored apart."
    )
    n: Annotated[int, Field(ge=1)] | None = None
    verified: Verified | None = None
    weight: Weight | None = None
    same_as: Id | None = Field(default=None, description="The finding that it repeats.")
    excluded: Words | None = Field(default=None, description="Why it does not count.")
    out_of_scope: Words | None = Field(default=None, description="Why it cannot be run.")
    place: str = Field(default="", description="Where in the source.")
    note: str = ""


class StudyTable(Table):
    """What every file says of its study."""

    title: Words = Field(examples=["Hasan 2021", "Murrough 2013: ketamine against midazolam"])
    doi: str | None = None
    pmid: str | None = None
    source: Words = Field(description="Citation, or key of the bibliography.")
    verified: Verified
    n: Annotated[int, Field(ge=1)] | None = None
    weight: Weight = Field(default=1.0, description="0.5 for weak sources; recall halves it too.")
    systems: tuple[System, ...] = Field(
        default=(), description="Systems of the model it speaks of; kinetics: S9."
    )
    notes: str = ""


class FindingTable(ObservationTable):
    """One observed value, or one direction."""

    analyte: str | None = Field(default=None, json_schema_extra={"enum": list(ANALYTES)})
    site: str | None = Field(default=None, json_schema_extra={"enum": list(SITES)})
    output: str | None = Field(
        default=None, description="A word of outputs.csv, or a model output, instead."
    )
    measure: Measured | None = None
    over: OverTable | None = None
    contrast: Literal["ratio", "change", "odds ratio"] | None = None
    statistic: Statistic = "mean"
    direction: Direction | None = None
    reference: str | None = Field(
        default=None, description="Arm with the drug alone: for blocked, attenuated, kept."
    )
    reference_comparator: str | None = Field(default=None, description="Its vehicle.")
    arms: tuple[str, ...] = Field(default=(), description="Rising doses: for biphasic.")
    within: Annotated[float, Field(gt=1)] = 1.5
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.1

    @model_validator(mode="after")
    def _is_whole(self) -> FindingTable:
        if self.out_of_scope is not None:
            return self
        for field in ("arm", "measure"):
            if getattr(self, field) is None and not (field == "arm" and self.arms):
                raise ValueError(f"{field}: missing; without it, say out_of_scope and why")
        checked_readout(self.analyte, self.site, self.output)
        measure = MEASURES[self.measure or ""]
        if (self.output is not None) != measure.of_output:
            raise ValueError(f"measure: {self.measure!r} is not for {self.output or self.analyte}")
        for field in ("at", "from", "to", "over", "comparator"):
            given = getattr(self, "from_" if field == "from" else field)
            if field in measure.needs and given is None:
                raise ValueError(f"{field}: missing; {self.measure} needs it")
            known = (*measure.needs, *measure.may)
            if given is not None and field not in (*known, "comparator"):
                raise ValueError(f"{field}: has no meaning for {self.measure}")
        if self.from_ is not None and self.to is not None and hours(self.from_) >= hours(self.to):
            raise ValueError(f"to: {self.to!r} is not after from = {self.from_!r}")
        return self

    @model_validator(mode="after")
    def _says_what_was_seen(self) -> FindingTable:
        if self.direction is not None:
            if self.value is not None or self.contrast is not None or self.unit is not None:
                raise ValueError("direction: give either a direction, or value and unit")
            if self.out_of_scope is None:
                self._has_its_arms(self.direction)
            return self
        if self.reference is not None or self.reference_comparator is not None or self.arms:
            field = "arms" if self.arms else "reference"
            raise ValueError(f"{field}: has no meaning for a value")
        if self.out_of_scope is None and (self.value is None or self.unit is None):
            field = "value" if self.value is None else "unit"
            raise ValueError(f"{field}: missing; give value and unit, or a direction")
        if self.contrast is not None and self.comparator is None:
            raise ValueError(f"comparator: missing; a {self.contrast} is against something")
        if self.contrast is not None and self.measure == "F":
            raise ValueError(f"contrast: {self.contrast!r} has no meaning for F")
        if self.contrast == "odds ratio" and self.measure != "response":
            raise ValueError(f"contrast: 'odds ratio' is for response, not for {self.measure}")
        if self.contrast is None and self.comparator is not None and self.measure != "F":
            raise ValueError("contrast: missing; is the value a ratio or a change?")
        return self

    def _has_its_arms(self, direction: str) -> None:
        """Refuse a direction without the arms it is about, or with arms it is not about."""
        if self.comparator is None:
            raise ValueError("comparator: missing; a direction is against something")
        for field in ("reference", "reference_comparator"):
            given = getattr(self, field)
            if direction in LEFT and given is None:
                raise ValueError(
                    f"{field}: missing; {direction} is what was left of the effect of the drug "
                    "alone (reference) against vehicle (reference_comparator)"
                )
            if direction not in LEFT and given is not None:
                raise ValueError(f"{field}: has no meaning for {direction}")
        if direction == "biphasic" and len(self.arms) < 3:
            raise ValueError("arms: three are needed at least, low, middle and high")
        if direction != "biphasic" and self.arms:
            raise ValueError(f"arms: has no meaning for {direction}; give arm")
        if direction == "biphasic" and self.arm is not None:
            raise ValueError("arm: has no meaning for biphasic; give arms")

    @model_validator(mode="after")
    def _unit_fits(self) -> FindingTable:
        kind = self.kind()
        if self.unit is None or self.value is None or kind == "":
            return self
        unit_of(kind, self.unit)
        if kind == "change":
            if self.value * unit_of(kind, self.unit).factor <= -1:
                raise ValueError(f"value: {self.value:g} {self.unit} leaves nothing of it")
        elif self.value <= 0:
            raise ValueError(f"value: {self.value:g} is not positive")
        return self

    def kind(self) -> str:
        """Return the kind of quantity of the value; empty for an output in its own unit."""
        if self.contrast is not None:
            return self.contrast
        return MEASURES[self.measure].kind if self.measure else ""


class FindingFile(StudyTable):
    """One study and what it found."""

    preparation: Preparation = "human"
    population: PopulationTable = Field(default_factory=PopulationTable)
    arm: tuple[ArmTable, ...] = ()
    finding: Annotated[tuple[FindingTable, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_of_the_preparation(self) -> FindingFile:
        if self.preparation != "bath" and preparation_of(self.people) != self.preparation:
            raise ValueError(
                f"population.name: {self.people!r} is {preparation_of(self.people)}, and the "
                f"preparation is {self.preparation!r}"
            )
        return self

    @model_validator(mode="after")
    def _bath_is_a_bath(self) -> FindingFile:
        for place, arm in enumerate(self.arm, 1):
            for line, step in enumerate(arm.regimen, 1):
                where = f"arm[{place}].regimen[{line}]"
                bath = step.route == "bath" and step.drug.strip().lower() != "saline"
                if self.preparation == "bath" and not bath:
                    raise ValueError(
                        f"{where}: {step.dose or step.drug} by {step.route} is no bath; give "
                        'route = "bath", a concentration and for'
                    )
                if self.preparation != "bath" and bath:
                    raise ValueError(
                        f'{where}: a bath is for preparation = "bath", not {self.preparation!r}'
                    )
        return self

    @property
    def people(self) -> str:
        """Name of the population."""
        usual = self.preparation if self.preparation in preparations() else "healthy"
        return self.population.name or usual

    @model_validator(mode="after")
    def _arms_are_there(self) -> FindingFile:
        names = [arm.name for arm in self.arm]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"arm: two arms are named {name!r}")
        for place, found in enumerate(self.finding, 1):
            given = {field: getattr(found, field) for field in ARM_FIELDS}
            given |= {f"arms[{k}]": name for k, name in enumerate(found.arms, 1)}
            for field, name in given.items():
                if name is not None and name not in names:
                    hint = nearest(name, names)
                    raise ValueError(f"finding[{place}].{field}: no arm {name!r}{hint}")
        return self
