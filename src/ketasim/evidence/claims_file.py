"""What a file of claims may say: claims, and the experiments that their simulations run."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from ketasim.errors import nearest
from ketasim.evidence.finding_file import (
    ArmTable,
    Direction,
    Id,
    PopulationTable,
    Preparation,
    System,
    Words,
)
from ketasim.toml_tables import Table


def _one_or_more(given: Any) -> Any:
    """Return words as a tuple, be it one word or a list; leave all else as it is."""
    if isinstance(given, str):
        return (given,)
    return tuple(given) if isinstance(given, list) else given


Directions = Annotated[
    tuple[Direction, ...],
    BeforeValidator(_one_or_more),
    Field(min_length=1, json_schema_extra={"type": ["string", "array"]}),
]


class ExpectedTable(Table):
    """What would have to be seen if the claim were true: a direction, or bounds of a value."""

    expects: Directions | None = Field(default=None, description="A direction, or any of several.")
    at_least: float | None = Field(default=None, description="In the unit of the finding.")
    at_most: float | None = None

    @model_validator(mode="after")
    def _is_one(self) -> ExpectedTable:
        bounds = (self.at_least, self.at_most)
        bounded = any(bound is not None for bound in bounds)
        if bounded == (self.expects is not None):
            found = "both" if bounded else "nothing"
            raise ValueError(f"expects: give a direction, or at_least and at_most; found {found}")
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        if low > high:
            raise ValueError(f"at_most: {high:g} is below at_least = {low:g}")
        return self


class LinkTable(ExpectedTable):
    """A published finding that bears on the claim."""

    id: Id = Field(description="Of a finding that ketasim ships (`ketasim evidence`).")
    laboratory: str = Field(default="", description="Default: the study.")


class CheckTable(ExpectedTable):
    """A simulation that bears on the claim: the fields of a finding, without what was seen."""

    what: Words = Field(description="What is simulated, in plain words.")
    experiment: Words = Field(description="Name of an experiment of this file.")
    arm: str | None = None
    comparator: str | None = None
    reference: str | None = None
    reference_comparator: str | None = None
    arms: tuple[str, ...] | None = None
    analyte: str | None = None
    site: str | None = None
    output: str | None = None
    measure: Words
    at: str | None = None
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    contrast: Literal["ratio", "change"] | None = None
    unit: str | None = None
    statistic: str | None = None
    threshold: float | None = None


class ExperimentTable(Table):
    """Arms that simulations compare, in the words of a study's findings."""

    name: Words
    preparation: Preparation = "human"
    population: PopulationTable = Field(default_factory=PopulationTable)
    arm: Annotated[tuple[ArmTable, ...], Field(min_length=1)]


class ClaimTable(Table):
    """One claim."""

    id: Id
    says: Words = Field(description="The claim, in one plain sentence.")
    by: Words = Field(description="Who says it, and where.")
    system: System
    rule: Literal["weigh", "every", "some"] = "weigh"
    caution: str = Field(default="", description="What to keep in mind, in a sentence.")
    half_lives: bool = Field(default=False, description="Add the entry on half-lives.")
    finding: tuple[LinkTable, ...] = ()
    check: tuple[CheckTable, ...] = ()

    @model_validator(mode="after")
    def _links_once(self) -> ClaimTable:
        ids = [link.id for link in self.finding]
        for name in ids:
            if ids.count(name) > 1:
                raise ValueError(f"finding: {name!r} stands twice")
        return self


class ClaimsFile(Table):
    """Claims, and the experiments that their simulations run."""

    experiment: tuple[ExperimentTable, ...] = ()
    claim: Annotated[tuple[ClaimTable, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _experiments_are_there(self) -> ClaimsFile:
        names = [each.name for each in self.experiment]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"experiment: two are named {name!r}")
        for claim in self.claim:
            for place, check in enumerate(claim.check, 1):
                if check.experiment not in names:
                    hint = nearest(check.experiment, names)
                    where = f"claim ({claim.id}).check[{place}].experiment"
                    raise ValueError(f"{where}: no experiment {check.experiment!r}{hint}")
        used = {check.experiment for claim in self.claim for check in claim.check}
        for name in names:
            if name not in used:
                raise ValueError(f"experiment: no claim uses {name!r}")
        return self
