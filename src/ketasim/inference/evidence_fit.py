"""Calibrate a set of parameters on the findings that may be used for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ketasim.errors import UserError
from ketasim.evidence import Finding, observed_values, predict_typical
from ketasim.evidence.experiments import what_is_missing
from ketasim.evidence.models import kinetic_model, model_for, needs_kinetics_only
from ketasim.evidence.observed import log_error
from ketasim.evidence.runner import predict_people
from ketasim.evidence.verdicts import STATISTICS
from ketasim.inference.calibration import Calibration, Prior, calibrate
from ketasim.model import Model

PEOPLE = 200
SEED = 1


@dataclass(frozen=True)
class Basis:
    """What parameters are chosen on.

    Attributes
    ----------
    findings : tuple of Finding
    observed : ndarray, shape (findings,)
    errors : ndarray, shape (findings,)
        Standard errors of the logarithm.
    shift : ndarray, shape (findings,)
        Log of the study's statistic over what its typical participant shows.
    """

    findings: tuple[Finding, ...]
    observed: np.ndarray
    errors: np.ndarray
    shift: np.ndarray


def usable(findings: Iterable[Finding], model: Model) -> tuple[Finding, ...]:
    """Return the findings that may choose a number: marked calibrate, counted, with a value.

    Those of people only: animals and dishes have values of their own.
    """
    return tuple(
        each
        for each in findings
        if each.role == "calibrate"
        and each.preparation == "human"
        and each.counts
        and each.value is not None
        and each.clinical is None
        and not what_is_missing(each, model)
    )


def basis(findings: Iterable[Finding], model: Model) -> Basis:
    """Return findings with errors and shifts, from virtual participants of every study.

    Raises
    ------
    UserError
        A finding marked `validate`, or none at all.
    """
    chosen = tuple(findings)
    for each in chosen:
        if each.role != "calibrate":
            raise UserError(f"calibrate: finding {each.id} is marked {each.role!r}; it may not be")
    if not chosen:
        raise UserError("calibrate: no findings marked 'calibrate' that can be run")
    shown = predict_people(chosen, model, PEOPLE, SEED)
    typical = predict_typical(chosen, model=model)
    observed = observed_values(chosen)
    errors, shift = np.empty(len(chosen)), np.empty(len(chosen))
    for place, each in enumerate(chosen):
        sides, statistic = shown[each], STATISTICS[each.statistic]
        people = sides[0] / sides[1] if len(sides) == 2 else sides[0]
        central = statistic(sides[0]) / (statistic(sides[1]) if len(sides) == 2 else 1.0)
        errors[place] = log_error(each, float(np.std(people) / abs(np.mean(people))))
        shift[place] = np.log(central / typical[place])
        errors[place] /= np.sqrt(each.weight)
    return Basis(chosen, observed, errors, shift)


def calibrate_on(findings: Iterable[Finding], priors: Iterable[Prior]) -> tuple[Calibration, Basis]:
    """Return the most probable parameters given findings marked `calibrate`.

    Parameters of the kinetics are chosen on findings that look at nothing else.
    """
    priors = tuple(priors)
    kinetic = {row.symbol for row in kinetic_model().parameters}
    small = all(prior.symbol in kinetic for prior in priors)
    chosen = tuple(each for each in findings if not small or needs_kinetics_only(each))
    model = model_for(chosen)
    ground = basis(usable(chosen, model), model)
    known = {row.symbol: row.value for row in model.parameters}
    start = {prior.symbol: known[prior.symbol] for prior in priors}
    found = calibrate(
        lambda settings: predict_typical(ground.findings, settings, model) * np.exp(ground.shift),
        ground.observed,
        ground.errors,
        tuple(priors),
        start,
    )
    return found, ground
