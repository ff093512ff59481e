"""What a trial file may say: one frozen pydantic model per table of the TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ketasim.dosing.protocol import Length, RegimenField, Time
from ketasim.dosing.quantities import hours
from ketasim.errors import UserError
from ketasim.toml_tables import Table, checked, parsed, read_text, schema
from ketasim.trial.policy_table import PolicyField
from ketasim.trial.trial_rules import (
    check_allocation,
    check_arms,
    check_design,
    check_endpoints,
    check_overrides,
    check_visits,
)

PARALLEL, CROSSOVER, WITHDRAWAL = "parallel", "crossover", "randomised withdrawal"
OPEN = "open"
MOST_PATIENTS = 1_000_000
MOST_REPLICATES = 100_000

Text = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(pattern=r"^\S(.*\S)?$", max_length=60)]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Ends = Annotated[tuple[float, ...], Field(min_length=2, max_length=2)]


class Baseline(Table):
    """Scores before treatment, on the scale of `entry`."""

    mean: Positive
    sd: Annotated[float, Field(ge=0)]


class EntryTable(Table):
    """What the observed score must be for a patient to enter."""

    scale: str = "MADRS"
    minimum: Annotated[float, Field(ge=0)] | None = None


class PopulationTable(Table):
    """Who may enter."""

    name: str = "trd"
    baseline: Baseline | None = None
    entry: EntryTable = Field(default_factory=EntryTable)
    overrides: dict[str, float | Ends] = Field(
        default_factory=dict,
        description="One value for everybody, or two ends to draw between, as age = [18, 64].",
    )
    condition: str | None = Field(
        default=None, description="Another illness than depression alone, as bipolar."
    )


class Design(Table):
    """How the trial is run."""

    kind: Literal["parallel", "crossover", "randomised withdrawal"] = "parallel"
    n: int = Field(ge=1, le=MOST_PATIENTS, description="Patients; of a withdrawal: who begin.")
    blinding: Literal["double-blind", "open"] = "double-blind"
    stratify: tuple[Literal["baseline", "sex", "age"], ...] = Field(
        default=(), description="Randomise within strata: above the median, sex, from 65 on."
    )
    concomitant: RegimenField = Field(default=(), description="Given to everybody besides.")
    visits: tuple[Time, ...] = Field(
        min_length=1, description="After randomisation, in order; the baseline is always one."
    )
    washout: Length | None = Field(
        default=None, description="Of a crossover: from the last visit to the next period."
    )
    dropout: bool = Field(default=True, description="Whether patients leave.")


class LeadIn(Table):
    """Open-label treatment before a randomised withdrawal."""

    regimen: RegimenField = Field(min_length=1)
    until: Length = Field(description="When those who qualify are randomised.")
    visits: tuple[Time, ...] = Field(default=(), description="Before `until`, in order.")
    randomise: Literal["responders", "remitters"] = "responders"


class ArmTable(Table):
    """A group of patients and what they are given; no steps: nothing is given."""

    name: Name
    allocation: Annotated[float, Field(ge=0, le=MOST_PATIENTS)] = Field(
        default=1, description="Whole numbers are a ratio; shares sum to 1."
    )
    regimen: RegimenField = ()
    policy: PolicyField | None = Field(
        default=None, description="How visits change what is given next."
    )
    control: bool = Field(default=False, description="Exactly one arm; the others are compared.")


class EndpointTable(Table):
    """What the arms are compared by."""

    name: Name
    endpoint: str = Field(description="As change, response, remission, time to relapse, peak.")
    scale: str = "MADRS"
    at: Time | None = Field(default=None, description="One of the visits.")
    from_: Time | None = Field(default=None, alias="from", description="Begin of a window.")
    to: Time | None = Field(default=None, description="End of a window.")
    share: Share | None = Field(default=None, description="Fall that is a response.")
    cut: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Greatest score in remission; of a relapse: of those at risk."
    )
    threshold: float | None = Field(
        default=None, description="Least value that counts: of `share above`, of a relapse."
    )
    among: str | None = Field(default=None, description="Only these, as responders.")
    among_at: Time | None = Field(default=None, description="When they are found; default: from.")
    consecutive: int = Field(
        default=1, ge=1, le=20, description="Visits in a row that must show a relapse."
    )
    primary: bool = False


class Trial(Table):
    """One trial: who, how, what is given, what is compared."""

    title: Text
    question: str = ""
    seed: int = Field(default=1, ge=0, lt=2**63)
    replicates: int = Field(default=1, ge=1, le=MOST_REPLICATES)
    population: PopulationTable = Field(default_factory=PopulationTable)
    design: Design
    lead_in: LeadIn | None = None
    arms: tuple[ArmTable, ...] = Field(min_length=1)
    endpoints: tuple[EndpointTable, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _holds_together(self) -> Trial:
        check_overrides(self.population.overrides)
        check_arms(self.arms)
        check_allocation(self.arms, self.design.n)
        check_design(self)
        check_visits(self.design.visits, "design.visits")
        if self.lead_in is not None:
            until_h = hours(self.lead_in.until)
            check_visits(self.lead_in.visits, "lead_in.visits", until_h, self.lead_in.until)
        check_endpoints(self.endpoints, self.design.visits, self.lead_in is not None)
        return self

    @property
    def control(self) -> ArmTable:
        """The arm that the others are compared with."""
        return next(arm for arm in self.arms if arm.control)

    @property
    def primary(self) -> EndpointTable:
        """The endpoint that answers the question."""
        return next((each for each in self.endpoints if each.primary), self.endpoints[0])

    @property
    def lasts_h(self) -> float:
        """Time from randomisation to the last visit [h]."""
        return hours(self.design.visits[-1])

    def plain(self) -> dict[str, Any]:
        """Return the trial, defaults filled in, as plain data that `Trial` reads back."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def load_trial(path: Path, name: str | None = None) -> Trial:
    """Read a trial file; ``name`` is what errors call it, by default its path.

    Raises
    ------
    UserError
        No such file, empty, not TOML, or one line for each key that will not do.
    """
    return read_trial(read_text(path), str(path) if name is None else name)


def read_trial(text: str, file: str) -> Trial:
    """Read the text of a trial file; ``file`` names it in errors."""
    if not text.strip():
        raise UserError(f"{file}: the file is empty; `ketasim schema --trial` tells what it holds")
    return checked_trial(parsed(text, file), file)


def checked_trial(data: dict[str, Any], file: str) -> Trial:
    """Return plain data as a trial, or raise with one line for each mistake."""
    return checked(Trial, data, file)


def with_options(
    trial: Trial,
    *,
    n: int | None = None,
    seed: int | None = None,
    replicates: int | None = None,
) -> Trial:
    """Return the trial with what the command line says instead, checked alike."""
    given = {key: v for key, v in (("seed", seed), ("replicates", replicates)) if v is not None}
    if n is None and not given:
        return trial
    data = {**trial.plain(), **given}
    if n is not None:
        data["design"] = {**data["design"], "n": n}
    return checked_trial(data, "command line")


def trial_schema() -> str:
    """Return the JSON schema of trial files, for editors."""
    return schema(Trial)
