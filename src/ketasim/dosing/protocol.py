"""One line of a protocol as study files and findings write it, and the regimen it means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from ketasim.dosing import administration as give
from ketasim.dosing.drugs import ROUTES
from ketasim.dosing.formulations import formulations
from ketasim.dosing.quantities import hours, positive_hours
from ketasim.dosing.regimen import Regimen
from ketasim.errors import UserError, nearest
from ketasim.toml_tables import Table

# Ways of giving, in a protocol's words: those into a vein, the other routes of `drugs.ROUTES`,
# and what is there without a dose.
WAYS = {
    "infusion": "into a vein at a constant rate; needs `over`",
    "bolus": "into a vein at once",
    **{each.label.lower(): each.label for key, each in ROUTES.items() if key != "iv"},
    "daily": "taken every day, as a clamped exposure; needs `for`",
    "bath": "around a slice or cells; `dose` is a concentration; needs `for`",
}
_INJECTED = ("im", "sc", "ip")
_FORMED = {"oral": give.oral, "intranasal": give.intranasal, "sublingual": give.sublingual}


def _length(text: str) -> str:
    """Return ``text`` if it is a length of time; raise naming what is wrong with it."""
    hours(text, "")
    return text


def _positive_length(text: str) -> str:
    """Return ``text`` if it is longer than nothing."""
    positive_hours(text, "")
    return text


def _way(text: str) -> str:
    """Return ``text`` if it is a way of giving."""
    if text not in WAYS:
        raise ValueError(f"{text!r} is not a choice{nearest(text, WAYS)}")
    return text


Time = Annotated[str, AfterValidator(_length), Field(examples=["0 h", "40 min", "7 d"])]
Length = Annotated[str, AfterValidator(_positive_length), Field(examples=["40 min", "28 d"])]
Route = Annotated[str, AfterValidator(_way), Field(json_schema_extra={"enum": list(WAYS)})]


class Step(Table):
    """One line of a protocol: what, how much, how, when, how often."""

    drug: str = Field(default="ketamine", description="Drug, or saline.")
    dose: str | None = Field(
        default=None, examples=["0.5 mg/kg", "28 mg"], description="With its unit."
    )
    rate: str | None = Field(
        default=None, examples=["0.14 mg/kg/h"], description="Of an infusion, instead of `dose`."
    )
    salt: Literal["base", "hydrochloride"] = Field(
        default="base", description="What `dose` weighs."
    )
    route: Route = Field(
        default="infusion", description="`daily` is a clamped exposure, as to an SSRI."
    )
    over: str | None = Field(
        default=None, examples=["40 min"], description="Length of an infusion."
    )
    formulation: str | None = Field(
        default=None,
        json_schema_extra={"enum": [form.name for form in formulations()]},
        description="What it comes as, where that is not the usual form of drug and route.",
    )
    for_: str | None = Field(
        default=None, alias="for", examples=["8 weeks"], description="Of `daily` and `bath`."
    )
    start: Time = Field(default="0 h", description="Counted from the start of the study.")
    every: Length | None = Field(
        default=None, examples=["84 h"], description="Interval of repeats."
    )
    times: int | None = Field(default=None, ge=1, description="How many times in all.")

    @model_validator(mode="after")
    def _is_a_regimen(self) -> Step:
        step_regimen(self)
        return self


def steps_regimen(steps: Iterable[Step]) -> Regimen:
    """Return everything that ``steps`` give, on one clock."""
    given = [step_regimen(step) for step in steps]
    return sum(given[1:], given[0]) if given else Regimen()


def step_regimen(step: Step) -> Regimen:
    """Return one step as a regimen.

    Raises
    ------
    UserError
        What the algebra refuses (negative dose, no length, unknown drug), and fields that are
        missing or have no meaning for the route.
    """
    once = _administration(step)
    if (step.every is None) != (step.times is None):
        raise UserError("every: repeats need both every and times")
    if step.every is not None and step.times is not None:
        once = once.repeat(every=step.every, times=step.times)
    return once if hours(step.start) == 0 else once.delay(step.start)


def _administration(step: Step) -> Regimen:
    """Return what is given once, at time 0."""
    dose = step.dose or ""
    if step.drug.strip().lower() == "saline":
        _fields(step, needs=(), may=("over",), what="saline")
        return give.saline(over=step.over or "40 min")
    if step.route == "daily":
        _fields(step, needs=("for_",), may=(), what="route daily")
        return give.daily(step.drug, for_=step.for_)
    if step.route == "infusion":
        amount = "dose" if step.rate is None else "rate"
        _fields(step, needs=(amount, "over"), may=("dose", "rate"), what="an infusion")
        return give.infusion(step.dose, step.over, step.drug, rate=step.rate, salt=step.salt)
    if step.route == "bath":
        _fields(step, needs=("dose", "for_"), may=(), what="route bath")
        return give.bath(dose, step.drug, for_=step.for_ or "")
    if step.route in _INJECTED:
        _fields(step, needs=("dose",), may=("over",), what=f"route {step.route}")
        return give.injection(dose, step.route, step.drug, over=step.over, salt=step.salt)
    if step.route in _FORMED:
        _fields(step, needs=("dose",), may=("formulation",), what=f"route {step.route}")
        return _FORMED[step.route](dose, step.drug, step.formulation, salt=step.salt)
    _fields(step, needs=("dose",), may=(), what=f"route {step.route}")
    return give.bolus(dose, step.drug, salt=step.salt)


def _fields(step: Step, needs: tuple[str, ...], may: tuple[str, ...], what: str) -> None:
    """Refuse a step that lacks a field its route needs, or has one it cannot use."""
    for field in ("dose", "rate", "over", "for_", "formulation"):
        value, key = getattr(step, field), field.rstrip("_")
        if field in needs and value is None:
            raise UserError(f"{key}: missing; {what} needs it")
        if field not in (*needs, *may) and value is not None:
            raise UserError(f"{key}: {value!r} has no meaning for {what}")
