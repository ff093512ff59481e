"""Which routes of administration the assembled model can take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.dosing.protocol import Step
    from ketasim.model import Model
    from ketasim.study.tables import Study

# A weight only to lay doses out; which targets they have does not depend on it.
ANY_WEIGHT_KG = 70.0


def check_routes(study: Study, model: Model, file: str) -> None:
    """Refuse a step whose dose would enter a compartment that the model lacks.

    Parameters
    ----------
    study : Study
    model : Model
    file : str
        The study file as errors should name it.

    Raises
    ------
    UserError
        Names arm, step and route, and the routes that the model takes.
    """
    for a, arm in enumerate(study.arms, 1):
        for s, step in enumerate(arm.regimen, 1):
            lacking = lacking_targets(step, model)
            if lacking:
                works = ", ".join(working_routes(model)) or "none"
                computed = lacking[0] in model.outputs
                what = f"computes {lacking[0]}" if computed else f"has no {lacking[0]}"
                raise UserError(
                    f"{file}: arms[{a}].regimen[{s}].route: {step.route!r} cannot be given: "
                    f"the model {what}; routes that work: {works}"
                )


def lacking_targets(step: Step, model: Model) -> list[str]:
    """Return what a step would set and cannot: what the model lacks, or computes itself."""
    from ketasim.dosing import engine_events
    from ketasim.dosing.protocol import step_regimen

    regimen = step_regimen(step)
    held = {hold.input for hold in regimen.holds}
    switches = {"u_session", *held} - set(model.outputs)
    switches |= {dose.drug.input for dose in regimen.doses if dose.drug}
    targets = engine_events(regimen, [ANY_WEIGHT_KG], model.mechanisms).targets
    known = {*model.inputs, *(set(model.outputs) - held), *switches}
    return [name for name in targets if name not in known]


def working_routes(model: Model) -> list[str]:
    """Return the routes by which the model can be given a drug, as a study file names them."""
    from ketasim.dosing.protocol import WAYS, Step

    found = []
    for route in WAYS:
        if route == "device":  # gives no drug
            continue
        fields = {"route": route, "dose": "1 mg"}
        if route == "bath":
            fields |= {"dose": "1 uM", "for": "1 h"}
        elif route == "daily":
            fields = {"route": route, "drug": "SSRI", "for": "1 day"}
        elif route == "infusion":
            fields["over"] = "40 min"
        if not lacking_targets(Step.model_validate(fields), model):
            found.append(route)
    return found
