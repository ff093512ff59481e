"""Which courses of treatment are searched: a grid in a file, or the one shipped.

A candidate is a first course (drug, dose, route, sessions) and what follows it (nothing, sessions
at intervals, or a policy), or a regimen by name with its own policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from ketasim.dosing import Regimen
from ketasim.dosing.named_regimens import find_regimen, named_regimen
from ketasim.dosing.protocol import Length, Step, step_regimen
from ketasim.dosing.quantities import hours
from ketasim.errors import UserError
from ketasim.inference.regimen_aim import DEFAULT_AIM, read_aim
from ketasim.population import names as population_names
from ketasim.toml_tables import Table, checked, parsed, read_text
from ketasim.trial.maintenance import Boosters, Taper
from ketasim.trial.policies import Policy, StopAfter
from ketasim.trial.policies_driver import check_fits
from ketasim.trial.policy_table import PolicyField, named_policy
from ketasim.trial.sessions import sessions_of

SHIPPED = "regimen_grid.toml"
MOST_MG, MOST_MG_PER_KG = 1000.0, 10.0
"""Greatest dose of one session that is searched; anaesthesia takes 1 to 4.5 mg/kg."""
MOST_CANDIDATES = 400
LEAST_PEOPLE, MOST_PEOPLE = 20, 100_000
AIM_NONE = "stop and follow"


def _aim(text: str) -> str:
    """Return ``text`` if it is an aim."""
    read_aim(text, "")
    return text


def _named(text: str) -> str:
    """Return ``text`` if it names a regimen that can be run."""
    named_regimen(text)
    return text


def _population(text: str) -> str:
    from ketasim.errors import nearest

    if text not in population_names():
        raise ValueError(f"{text!r} is not a choice{nearest(text, population_names())}")
    return text


AimText = Annotated[str, AfterValidator(_aim), Field(examples=[DEFAULT_AIM])]


class TreatmentTable(Table):
    """A drug by a route, in one or several doses."""

    drug: str = "ketamine"
    doses: tuple[str, ...] = Field(min_length=1, examples=[["0.5 mg/kg", "1 mg/kg"]])
    route: str = "infusion"
    over: str | None = Field(default=None, description="Length of an infusion.")
    formulation: str | None = None

    @model_validator(mode="after")
    def _can_be_given(self) -> TreatmentTable:
        for dose in self.doses:
            try:
                _check_dose(self.step(dose), dose)
            except UserError as error:
                raise ValueError(str(error).replace("dose: ", "doses: ", 1)) from None
        return self

    def step(self, dose: str, **rhythm: object) -> Regimen:
        """Return one dose, or a course of them where a rhythm is given."""
        given = {"drug": self.drug, "dose": dose, "route": self.route, **rhythm}
        if self.over is not None:
            given["over"] = self.over
        if self.formulation is not None:
            given["formulation"] = self.formulation
        return step_regimen(_step(given))


class InductionTable(Table):
    """How the first course is spaced."""

    per_week: Literal[1, 2, 3] | None = None
    weeks: int | None = Field(default=None, ge=1, le=52)
    every: Length | None = None
    times: int | None = Field(default=None, ge=1, le=200)

    @model_validator(mode="after")
    def _one_rhythm(self) -> InductionTable:
        weekly, even = (self.per_week, self.weeks), (self.every, self.times)
        if (None in weekly) == (None in even) or any(
            (a is None) != (b is None) for a, b in (weekly, even)
        ):
            raise ValueError("per_week: give per_week and weeks, or every and times")
        if self.every is not None and hours(self.every) < 1:
            raise ValueError(f"every: {self.every!r} is shorter than an hour")
        return self

    def rhythm(self) -> dict[str, object]:
        """Return the fields of a step that mean it."""
        return self.model_dump(exclude_none=True)

    @property
    def text(self) -> str:
        """The rhythm in words."""
        if self.per_week is not None:
            weeks = f"{self.weeks} week{'s' if self.weeks != 1 else ''}"
            return f"{self.per_week} a week for {weeks}"
        return f"{self.times} times, every {self.every}" if self.times != 1 else "once"


class MaintenanceTable(Table):
    """What follows the first course: nothing, sessions at an interval, or a policy."""

    none: bool | None = None
    every: Length | None = None
    policy: PolicyField | None = None

    @model_validator(mode="after")
    def _one_choice(self) -> MaintenanceTable:
        given = [k for k in ("none", "every", "policy") if getattr(self, k) not in (None, False)]
        if len(given) != 1:
            found = " and ".join(given) or "nothing"
            raise ValueError(f"none: give one of none = true, every, policy; found {found}")
        if self.every is not None and hours(self.every) < 24:
            raise ValueError(f"every: {self.every!r} is shorter than a day")
        return self

    def rule(self, sessions: int) -> Policy:
        """Return the policy after a first course of so many sessions."""
        if self.policy is not None:
            return self.policy.policy()
        if self.every is not None:
            return Taper(intervals_h=(hours(self.every),))
        return StopAfter(after_sessions=sessions)

    @property
    def text(self) -> str:
        """What follows, in words."""
        if self.policy is not None:
            return self.policy.policy().describe()
        return AIM_NONE if self.every is None else f"then every {self.every}, responders only"

    @property
    def kind(self) -> str:
        """Which kind of follow-up it is: ``"none"``, ``"interval"``, or a policy's kind."""
        if self.policy is not None:
            return self.policy.kind
        return "none" if self.every is None else "interval"


class PopulationTable(Table):
    """Who is treated."""

    name: Annotated[str, AfterValidator(_population)] = "trd"
    baseline: tuple[float, float] | None = Field(
        default=None, description="Mean and SD of the observed MADRS."
    )
    minimum: Annotated[float, Field(ge=0, le=60)] | None = Field(
        default=None, description="Least observed MADRS at entry."
    )


class SearchFile(Table):
    """A search: what is to be reached, in whom, and what may be given."""

    title: str = Field(default="Regimen search", min_length=1)
    aim: AimText = DEFAULT_AIM
    limits: tuple[AimText, ...] = Field(default=(), description="Must hold as well.")
    n: int = Field(default=200, ge=LEAST_PEOPLE, le=MOST_PEOPLE, description="Virtual patients.")
    seed: int = Field(default=1, ge=0, lt=2**63)
    population: PopulationTable = Field(default_factory=PopulationTable)
    treatments: tuple[TreatmentTable, ...] = ()
    inductions: tuple[InductionTable, ...] = ()
    maintenances: tuple[MaintenanceTable, ...] = ()
    regimens: tuple[Annotated[str, AfterValidator(_named)], ...] = Field(
        default=(), description="By name, each with its own policy."
    )

    @model_validator(mode="after")
    def _has_candidates(self) -> SearchFile:
        lists = {"treatments": self.treatments, "inductions": self.inductions,
                 "maintenances": self.maintenances}  # fmt: skip
        empty = [name for name, found in lists.items() if not found]
        if empty and (len(empty) < 3 or not self.regimens):
            raise ValueError(f"{empty[0]}: empty; nothing to search")
        doses = sum(len(each.doses) for each in self.treatments)
        count = doses * len(self.inductions) * len(self.maintenances) + len(self.regimens)
        if count > MOST_CANDIDATES:
            raise ValueError(f"{count} candidates; at most {MOST_CANDIDATES}, so narrow the grid")
        return self


@dataclass(frozen=True)
class Candidate:
    """One course of treatment.

    Attributes
    ----------
    treatment, induction, maintenance : str
        In words.
    kind : str
        Of what follows the first course; see `MaintenanceTable.kind`.
    start : Regimen
    policy : Policy
    """

    treatment: str
    induction: str
    maintenance: str
    kind: str
    start: Regimen
    policy: Policy

    @property
    def name(self) -> str:
        """The whole of it in words."""
        return "; ".join(
            each for each in (self.treatment, self.induction, self.maintenance) if each
        )

    @property
    def short(self) -> str:
        """Sessions of the first course and what follows, for a label; or the regimen's name."""
        if not self.induction:
            return self.treatment
        count = len(self.policy.first(sessions_of(self.start), float("inf")))
        if self.kind == "interval":
            return f"{count}, {self.maintenance.split(',')[0]}"
        rule = self.policy
        what = f"boosters below {100 * rule.below:g} %" if isinstance(rule, Boosters) else self.kind
        return f"{count}, {'stop' if self.kind == 'none' else what}"


def load_search(path: Path | None) -> tuple[SearchFile, str]:
    """Read a search file, or the one shipped; return it and how messages name it."""
    if path is None:
        text = files("ketasim.inference").joinpath(SHIPPED).read_text(encoding="utf-8")
        return checked(SearchFile, parsed(text, SHIPPED), SHIPPED), SHIPPED
    return checked(SearchFile, parsed(read_text(path), str(path)), str(path)), str(path)


def candidates(search: SearchFile) -> tuple[Candidate, ...]:
    """Return every candidate of a search, in the order of the file.

    Raises
    ------
    UserError
        A policy that does not fit a course, as steps without its dose.
    """
    found = (*_of_grid(search), *(_of_name(name) for name in search.regimens))
    for each in found:
        check_fits(each.policy, each.start)
    if not found:
        raise UserError("treatments: empty; nothing to search")
    return found


def _of_grid(search: SearchFile) -> Iterator[Candidate]:
    for treatment in search.treatments:
        for dose in treatment.doses:
            for induction in search.inductions:
                start = treatment.step(dose, **induction.rhythm())
                count = len(sessions_of(start))
                for after in search.maintenances:
                    yield Candidate(
                        treatment.step(dose).text, induction.text, after.text, after.kind,
                        start, after.rule(count),
                    )  # fmt: skip


def _of_name(name: str) -> Candidate:
    entry, start = find_regimen(name), named_regimen(name)
    for session in sessions_of(start):
        if session.amount.mg > MOST_MG or session.amount.mg_per_kg > MOST_MG_PER_KG:
            raise UserError(f"regimens: {name!r} gives more than {_most()} in a session")
    if entry.policy is None:
        rule: Policy = StopAfter(after_sessions=len(sessions_of(start)))
        return Candidate(name, "", AIM_NONE, "none", start, rule)
    table = named_policy(name)
    return Candidate(name, "", table.policy().describe(), table.kind, start, table.policy())


def _step(given: dict[str, object]) -> Step:
    """Return a step; a mistake in it is told as the file names it."""
    from pydantic import ValidationError

    try:
        return Step.model_validate(given)
    except ValidationError as error:
        found = error.errors()[0]
        place = f"{found['loc'][0]}: " if found["loc"] else ""
        raise UserError(f"{place}{found.get('ctx', {}).get('error', found['msg'])}") from None


def _check_dose(given: Regimen, said: str) -> None:
    """Refuse no dose at all, and one that nobody would be given."""
    doses = [dose.amount for dose in given.doses]
    if all(each.is_zero for each in doses):
        raise UserError(f"doses: {said!r} is no dose")
    if sum(d.mg for d in doses) > MOST_MG or sum(d.mg_per_kg for d in doses) > MOST_MG_PER_KG:
        raise UserError(f"doses: {said!r} is more than {_most()} in a session")


def _most() -> str:
    return f"{MOST_MG_PER_KG:g} mg/kg or {MOST_MG:g} mg"
