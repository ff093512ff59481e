"""Steps of a study file, said in the words of the dosing algebra."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.cli.study import Arm, Step
    from ketasim.dosing.regimen import Regimen


def arm_regimen(arm: Arm) -> Regimen:
    """Return everything an arm is given, on one clock."""
    from ketasim.dosing.regimen import Regimen

    given = [step_regimen(step) for step in arm.regimen]
    whole = sum(given[1:], given[0]) if given else Regimen()
    return whole.open_label() if arm.open_label else whole


def step_regimen(step: Step) -> Regimen:
    """Return one step as a regimen.

    Raises
    ------
    UserError
        What the algebra refuses (negative dose, no length, unknown drug), and fields that are
        missing or have no meaning for the route.
    """
    from ketasim.dosing.quantities import hours

    once = _administration(step)
    if (step.every is None) != (step.times is None):
        raise UserError("every: repeats need both every and times")
    if step.every is not None and step.times is not None:
        once = once.repeat(every=step.every, times=step.times)
    return once if hours(step.start) == 0 else once.delay(step.start)


def _administration(step: Step) -> Regimen:
    """Return what is given once, at time 0."""
    from ketasim.dosing import administration as give

    if step.drug.strip().lower() == "saline":
        _fields(step, needs=(), may=("over",), what="saline")
        return give.saline(over=step.over or "40 min")
    if step.route == "daily":
        _fields(step, needs=("for_",), may=(), what="route daily")
        return give.daily(step.drug, for_=step.for_)
    if step.route == "infusion":
        _fields(step, needs=("dose", "over"), may=(), what="an infusion")
        return give.infusion(step.dose or "", step.over or "", step.drug, salt=step.salt)
    _fields(step, needs=("dose",), may=(), what=f"route {step.route}")
    dose = step.dose or ""
    if step.route in ("sc", "im"):
        return give.injection(dose, step.route, step.drug, salt=step.salt)
    ways = {"bolus": give.bolus, "oral": give.oral, "intranasal": give.intranasal}
    return ways[step.route](dose, step.drug, salt=step.salt)


def _fields(step: Step, needs: tuple[str, ...], may: tuple[str, ...], what: str) -> None:
    """Refuse a step that lacks a field its route needs, or has one it cannot use."""
    for field in ("dose", "over", "for_"):
        value, key = getattr(step, field), field.rstrip("_")
        if field in needs and value is None:
            raise UserError(f"{key}: missing; {what} needs it")
        if field not in (*needs, *may) and value is not None:
            raise UserError(f"{key}: {value!r} has no meaning for {what}")
