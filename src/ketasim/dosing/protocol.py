"""One line of a protocol as study files and findings write it, and the regimen it means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ketasim.dosing import administration as give
from ketasim.dosing.drugs import ROUTES
from ketasim.dosing.drugs import drug as find_drug
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
    "device": "a session with a device (ECT, rTMS) or its sham; no dose",
    "bath": "around a slice or cells; `dose` is a concentration; needs `for`",
}
_KEYS = {"bolus": "iv", **{each.label.lower(): key for key, each in ROUTES.items() if key != "iv"}}
_SAID = {
    "subcutaneous": "sc", "intramuscular": "im", "intraperitoneal": "ip",
    "intravenous": "infusion", "iv": "infusion", "nasal": "intranasal",
}  # fmt: skip
_INJECTED = ("im", "sc", "ip")
_FORMED = {"oral": give.oral, "intranasal": give.intranasal, "sublingual": give.sublingual}


def _length(text: str) -> str:
    """Return ``text`` if it is a length of time; raise naming what is wrong with it."""
    hours(text, "")
    return text


def _signed(text: str) -> str:
    """Return ``text`` if it is a time, before or after zero."""
    hours(text, "", signed=True)
    return text


def _positive_length(text: str) -> str:
    """Return ``text`` if it is longer than nothing."""
    positive_hours(text, "")
    return text


def _way(text: str) -> str:
    """Return ``text`` if it is a way of giving."""
    if text not in WAYS:
        meant = _SAID.get(text.lower())
        hint = f"; nearest: {meant}" if meant else nearest(text, WAYS)
        raise ValueError(f"{text!r} is not a choice{hint}")
    return text


def _steps_of_a_name(given: Any) -> Any:
    """Return the steps of a regimen told by its name; leave a list of steps as it is."""
    if isinstance(given, str):
        from ketasim.dosing.named_regimens import named_steps

        return named_steps(given)
    return tuple(given) if isinstance(given, list) else given


Time = Annotated[str, AfterValidator(_length), Field(examples=["0 h", "40 min", "7 d"])]
SignedTime = Annotated[str, AfterValidator(_signed), Field(examples=["0 h", "-50 min", "7 d"])]
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
    session: bool | None = Field(
        default=None, description="Whether it is a supervised session; default: as usual."
    )
    start: SignedTime = Field(
        default="0 h", description="Counted from the start of the study; may lie before it."
    )
    every: Length | None = Field(
        default=None, examples=["84 h"], description="Interval of repeats."
    )
    times: int | None = Field(default=None, ge=1, description="How many times in all.")
    per_week: Literal[1, 2, 3] | None = Field(
        default=None, description="Instead of `every`: on day 1, days 1 and 4, or 1, 3 and 5."
    )
    weeks: int | None = Field(default=None, ge=1, description="For how many weeks `per_week`.")

    @model_validator(mode="after")
    def _is_a_regimen(self) -> Step:
        step_regimen(self)
        return self


RegimenField = Annotated[
    tuple[Step, ...],
    BeforeValidator(_steps_of_a_name, json_schema_input_type=str | tuple[Step, ...]),
    Field(examples=["IV six infusions in 12 days"]),
]
"""Where a regimen stands in a file: a list of steps, or the name of a regimen that means one."""


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
    once = _repeated(step, _administration(step))
    return once if hours(step.start, signed=True) == 0 else once.delay(step.start)


def _repeated(step: Step, once: Regimen) -> Regimen:
    """Return ``once`` as often as the step says."""
    if (step.every is None) != (step.times is None):
        raise UserError("every: repeats need both every and times")
    if (step.per_week is None) != (step.weeks is None):
        raise UserError("per_week: a weekly rhythm needs both per_week and weeks")
    if step.every is not None and step.per_week is not None:
        raise UserError("per_week: give every and times, or per_week and weeks, not both")
    if step.every is not None and step.times is not None:
        return once.repeat(every=step.every, times=step.times)
    if step.per_week is not None and step.weeks is not None:
        often = {1: once.weekly, 2: once.twice_weekly, 3: once.thrice_weekly}
        return often[step.per_week](step.weeks)
    return once


def _administration(step: Step) -> Regimen:
    """Return what is given once, at time 0."""
    dose, how = step.dose or "", {"salt": step.salt, **_session(step)}
    if step.drug.strip().lower() == "saline":
        return _saline(step)
    if step.route == "daily":
        _fields(step, needs=("for_",), may=(), what="route daily")
        return give.daily(step.drug, for_=step.for_)
    if step.route == "device":
        _fields(step, needs=(), may=(), what="route device")
        return give.device(step.drug)
    if find_drug(step.drug).given == "device":
        raise UserError(f"route: {step.drug} is not given by {step.route!r}; nearest: device")
    if step.route == "infusion":
        amount = "dose" if step.rate is None else "rate"
        _fields(step, needs=(amount, "over"), may=("dose", "rate", "session"), what="an infusion")
        return give.infusion(step.dose, step.over, step.drug, rate=step.rate, **how)
    if step.route == "bath":
        _fields(step, needs=("dose", "for_"), may=(), what="route bath")
        return give.bath(dose, step.drug, for_=step.for_ or "")
    what = f"route {step.route}"
    if step.route in _INJECTED:
        _fields(step, needs=("dose",), may=("over", "session"), what=what)
        return give.injection(dose, step.route, step.drug, over=step.over, **how)
    if step.route in _FORMED:
        _fields(step, needs=("dose",), may=("formulation", "session"), what=what)
        return _FORMED[step.route](dose, step.drug, step.formulation, **how)
    _fields(step, needs=("dose",), may=("session",), what=what)
    return give.bolus(dose, step.drug, **how)


def _saline(step: Step) -> Regimen:
    """Return a sham of the kind that the route says; a sham tablet is no session."""
    if step.route in ("daily", "bath", "device"):
        raise UserError(f"route: saline is not given by {step.route!r}; nearest: infusion")
    if step.route == "infusion":
        _fields(step, needs=(), may=("over", "session"), what="saline")
        sham = give.saline(over=step.over or "40 min")
    else:
        _fields(step, needs=(), may=("session",), what=f"saline by route {step.route}")
        sham = give.saline(route=_KEYS[step.route])
    if step.session is None:
        return sham
    return replace(sham, doses=tuple(replace(d, session=step.session) for d in sham.doses))


def _session(step: Step) -> dict[str, Any]:
    """Return whether it is a session, where the step says so."""
    return {} if step.session is None else {"session": step.session}


def _fields(step: Step, needs: tuple[str, ...], may: tuple[str, ...], what: str) -> None:
    """Refuse a step that lacks a field its route needs, or has one it cannot use."""
    for field in ("dose", "rate", "over", "for_", "formulation", "session"):
        value, key = getattr(step, field), field.rstrip("_")
        if field in needs and value is None:
            raise UserError(f"{key}: missing; {what} needs it")
        if field not in (*needs, *may) and value is not None:
            raise UserError(f"{key}: {value!r} has no meaning for {what}")
