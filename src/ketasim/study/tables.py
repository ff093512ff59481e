"""What a study file may say: one frozen pydantic model per table of the TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from ketasim.dosing.protocol import Length, RegimenField, Time, steps_regimen
from ketasim.input_files import ADDED_FILES, INDIVIDUALS
from ketasim.toml_tables import Table

if TYPE_CHECKING:
    from ketasim.dosing import Regimen

Reading = Literal["rest", "blocked"]
Grid = Literal["minutes to weeks", "hours to months", "every minute"]
Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$", max_length=60)]


class Times(Table):
    """When the model is looked at: a preset grid, an even one, or a list."""

    until: Length = Field(default="28 d", description="End of the simulation.")
    grid: Grid | None = Field(default=None, description="Preset grid from 0 to `until`.")
    every: Length | None = Field(default=None, description="Even steps from 0 to `until`.")
    at: tuple[Time, ...] | None = Field(default=None, min_length=1, description="These times only.")

    @model_validator(mode="after")
    def _one_choice(self) -> Times:
        given = [k for k in ("grid", "every", "at") if getattr(self, k) is not None]
        if len(given) > 1:
            raise ValueError(f"give one of grid, every, at; found {' and '.join(given)}")
        return self


class Arm(Table):
    """A group of individuals and what they are given; no steps: nothing is given."""

    name: Name
    regimen: RegimenField = ()
    open_label: bool = Field(default=False, description="Whether the patients are told.")

    def given(self) -> Regimen:
        """Return everything the arm is given, on one clock."""
        whole = steps_regimen(self.regimen)
        return whole.open_label() if self.open_label else whole


class PopulationTable(Table):
    """Who is treated: a named population, or a file with one row per individual."""

    name: str | None = Field(
        default=None, description="Population that what is not given is drawn from."
    )
    file: str | None = Field(
        default=None, description="CSV file with ID, relative to the study file."
    )
    overrides: dict[str, float] = Field(
        default_factory=dict, description="Values fixed for everybody, as WT or CL_S."
    )


class Attribution(Table):
    """How much of the fall in MADRS each mechanism carries."""

    on: bool = True
    times: tuple[Length, ...] = Field(default=("2 h", "24 h", "3 d", "7 d", "14 d"), min_length=1)
    readings: tuple[Reading, ...] = Field(
        default=("rest", "blocked"),
        min_length=1,
        description="A mechanism left at rest, or blocked below.",
    )
    n: int = Field(default=200, ge=1, description="Individuals it is averaged over; at most `n`.")


class Study(Table):
    """One question put to the model: who, what is given, what is looked at."""

    title: str = Field(min_length=1)
    question: str = ""
    n: int | None = Field(
        None,
        ge=1,
        le=INDIVIDUALS,
        description="Individuals per arm, the same in each; default 1000, or the file.",
    )
    seed: int = Field(default=1, ge=0, lt=2**63)
    tolerance: float = Field(
        default=1e-4, ge=1e-10, le=1e-2, description="Relative, of the solver."
    )
    mechanisms: Literal["all"] | tuple[str, ...] = "all"
    without: tuple[str, ...] = Field(default=(), description="Mechanisms left out: they rest.")
    add: tuple[str, ...] = Field(
        default=(),
        max_length=ADDED_FILES,
        description="Mechanisms of your own (NAME.ant), relative to the study file.",
    )
    outputs: tuple[str, ...] = Field(min_length=1)
    control: str | None = Field(
        default=None, description="Arm that the first other arm is compared with."
    )
    times: Times = Field(default_factory=Times)
    scale: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict, description="Strength of a mechanism: 1 as it is, 0 at rest."
    )
    block: dict[str, Share] = Field(
        default_factory=dict, description="Share of a mechanism's output blocked, rest included."
    )
    values: dict[str, float] = Field(default_factory=dict, description="Parameters by symbol.")
    population: PopulationTable = Field(default_factory=PopulationTable)
    arms: tuple[Arm, ...] = Field(min_length=1)
    attribution: Attribution = Field(default_factory=Attribution)
    typical: bool = Field(default=True, description="Also one typical person, minute by minute.")

    _file: str = PrivateAttr(default="study")
    _folder: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _arms_are_told_apart(self) -> Study:
        from ketasim.errors import nearest

        names = [arm.name for arm in self.arms]
        folded = [name.lower() for name in names]
        for name in names:
            if folded.count(name.lower()) > 1:
                raise ValueError(f"arms: two arms are named {name!r}; files are named after them")
        if self.control is not None and self.control not in names:
            raise ValueError(f"control: no arm {self.control!r}{nearest(self.control, names)}")
        if len(names) > 1 and self.control is None:
            told = nearest("", names)
            raise ValueError(f"control: with {len(names)} arms, name one as control{told}")
        return self

    @model_validator(mode="after")
    def _steps_start_in_time(self) -> Study:
        from ketasim.dosing.quantities import hours

        key, ends = "until", (self.times.until,)
        if self.times.at is not None:
            key, ends = "at", self.times.at
        end = max(ends, key=hours)
        for a, arm in enumerate(self.arms, 1):
            for s, step in enumerate(arm.regimen, 1):
                if hours(step.start, signed=True) >= hours(end):
                    raise ValueError(
                        f"arms[{a}].regimen[{s}].start: {step.start!r} is not before the end of "
                        f"the study, times.{key} = {end!r}"
                    )
        return self

    def __eq__(self, other: object) -> bool:
        """Whether both say the same, wherever they were read from."""
        return isinstance(other, Study) and self.plain() == other.plain()

    __hash__ = None  # type: ignore[assignment]  # it holds tables that change

    @property
    def file(self) -> str:
        """The file it was read from, as messages name it; "study" where there is none."""
        return self._file

    @property
    def folder(self) -> Path:
        """Where the files that it names lie."""
        return self._folder

    @property
    def names_files(self) -> bool:
        """Whether it names other files, which somebody who is not at this machine may not."""
        return bool(self.add) or self.population.file is not None

    def read_from(self, file: str, folder: Path) -> Study:
        """Return the study with the file it was read from, and the folder of those it names."""
        told = self.model_copy()
        told._file, told._folder = file, folder
        return told

    @property
    def main_arm(self) -> str:
        """Name of the first arm that is not the control."""
        others = [arm.name for arm in self.arms if arm.name != self.control]
        return others[0] if others else self.arms[0].name

    def _repr_html_(self) -> str:
        from ketasim.html_tables import shown, table

        who = self.population.file or self.population.name or "trd"
        facts = (
            ("question", self.question),
            ("file", self.file),
            ("people", f"{who}, n = {self.n or 'default'}, seed {self.seed}"),
            ("until", self.times.until),
            ("without", ", ".join(self.without)),
            ("added", ", ".join(self.add)),
            ("outputs", ", ".join(self.outputs)),
        )
        rows = [
            (arm.name + (" (control)" if arm.name == self.control else ""), str(arm.given()))
            for arm in self.arms
        ]
        note = "For research; not medical advice."
        return shown("Study", self.title, facts, [table(("arm", "given"), rows)], note)

    def plain(self) -> dict[str, Any]:
        """Return the study, defaults filled in, as plain data that `Study` reads back."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
