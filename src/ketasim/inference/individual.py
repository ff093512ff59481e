"""Individual (empirical Bayes) estimates: one person's kinetics from a few samples.

The population says how people differ, the samples say who this one is. The most probable
parameters given both (maximum a posteriori, POSTHOC) lie between the typical value and what
the samples alone would give: the fewer and the noisier the samples, the nearer the typical.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.inference.individual_curves import Curves, idle_switches
from ketasim.inference.individual_fit import CONVERGED, NO_SAMPLES, Fit, fit_all
from ketasim.inference.individual_objective import Measured
from ketasim.inference.individual_prior import Prior, prior_of, typical_covariates
from ketasim.inference.individual_samples import (
    TAKE_PART,
    Individual,
    check_individuals,
    usable,
)
from ketasim.population.residual_error import ResidualError, residual_errors

if TYPE_CHECKING:
    from ketasim.model import Model

MIDDLE = 1.6448536269514722  # normal score of the upper end of the middle 90 %


@dataclass(frozen=True)
class Estimate:
    """What is known of one person.

    Attributes
    ----------
    person : Individual
        With every covariate that was used.
    status : str
        ``converged``, ``no samples: typical value``, ``not converged`` or ``prediction failed``.
    iterations : int
    objective : float
        Minus twice the log of the posterior density at its top, up to a constant.
    eta, eta_se : ndarray, shape (p,)
        Normal scores, in SDs between people, and their standard errors.
    covariance : ndarray, shape (p, p)
        Of the scores in the posterior.
    values, low, high : ndarray, shape (p,)
        Parameters in their units, and the middle 90 % of what they may be.
    pred, ipred : ndarray, shape (n_samples,)
        Predictions for the typical person with these covariates, and for this person.
    iwres : ndarray, shape (n_samples,)
        Residuals in SDs of their error; NaN where a sample takes no part.
    uses : tuple of str
        For each sample ``used``, or why not.
    """

    person: Individual
    status: str
    iterations: int
    objective: float
    eta: np.ndarray
    eta_se: np.ndarray
    covariance: np.ndarray
    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    pred: np.ndarray
    ipred: np.ndarray
    iwres: np.ndarray
    uses: tuple[str, ...]

    @property
    def n_used(self) -> int:
        """How many samples took part."""
        return sum(use in TAKE_PART for use in self.uses)

    @property
    def is_far_off(self) -> bool:
        """Whether the residuals are larger than their error allows, four SDs beyond chance.

        The model does not describe this person, or the search ended below the highest top.
        """
        misses = self.iwres[np.isfinite(self.iwres)]
        n = len(misses)
        return bool(np.sum(misses**2) > n + 4 * np.sqrt(2 * n))

    @property
    def is_good(self) -> bool:
        """Whether the estimate stands: it converged, or there was nothing to fit."""
        return self.status in (CONVERGED, NO_SAMPLES)


@dataclass(frozen=True)
class Estimates:
    """Estimates of all people of a file.

    Attributes
    ----------
    individuals : tuple of Estimate
    prior : Prior
    errors : mapping of str to ResidualError
        By output.
    curves : Curves
        Predicts for these people at any time.
    shrinkage : ndarray, shape (p,)
        1 - SD(eta) over the people with samples; NaN for fewer than two. Near 1, the samples
        say nothing of the parameter and its estimates are not to be compared between people.
    information : ndarray, shape (p,)
        1 - mean variance of eta in the posterior over that in the prior: the share of what was
        not known that the samples told.
    residual_shrinkage : float
        1 - SD(IWRES) over all samples used; NaN for fewer than two.
    assumed : tuple of str
        Covariates of the model that the data lack, taken as typical.
    """

    individuals: tuple[Estimate, ...]
    prior: Prior
    errors: Mapping[str, ResidualError]
    curves: Curves = field(repr=False)
    shrinkage: np.ndarray
    information: np.ndarray
    residual_shrinkage: float
    assumed: tuple[str, ...]


def estimate(
    model: Model,
    individuals: Sequence[Individual],
    *,
    residual: str | Mapping[str, ResidualError] = "infusion",
    population: str = "trd",
    fixed: Mapping[str, float] | None = None,
    threads: int | None = None,
) -> Estimates:
    """Estimate each person's kinetics from that person's samples.

    Parameters
    ----------
    model : Model
        With mechanism ``pk``; ``assemble(["pk"])`` is enough and fast.
    individuals : sequence of Individual
    residual : str or mapping of str to ResidualError
        A set of ``residual_error.csv`` or errors by output.
    population : str
        Whose typical covariates stand in for missing ones.
    fixed : mapping of str to float, optional
        Parameters known for everybody, such as ``{"CL_S": 90}``; they are not estimated, nor
        are parameters that the covariates of the data give.
    threads : int, optional
        Default: all processors. Results are bitwise the same for any number, and for any
        other people estimated beside.

    Returns
    -------
    Estimates
        In the order of ``individuals``.

    Raises
    ------
    UserError
        People from whom nothing can be learned (see
        :func:`ketasim.inference.individual_samples.check_individuals`), an unknown parameter
        or population.
    """
    errors = residual_errors(residual) if isinstance(residual, str) else dict(residual)
    fixed = dict(fixed or {})
    typical = {row.symbol: row.value for row in model.parameters}
    for name, value in fixed.items():
        if name not in typical:
            raise UserError(f"fix: unknown parameter '{name}'{nearest(name, typical)}")
        if not np.isfinite(value):
            raise UserError(f"fix: {name} = {value!r} is not a finite number")
    given = {name for person in individuals for name in person.covariates}
    prior = prior_of(model, {*fixed, *given})
    check_individuals(individuals, model.outputs, errors, typical)
    known = typical_covariates(model, population) | fixed
    filled = {name: known.get(name, typical[name]) for name in sorted(given)}
    people = [replace(p, covariates={**filled, **p.covariates, **fixed}) for p in individuals]
    idle = idle_switches(model, people)
    curves = Curves(model, _compiled(model, errors), prior, known, idle, threads)
    found = _estimated(curves, people, errors)
    return _together(found, curves, errors, tuple(sorted(set(known) - given - set(fixed))))


def _compiled(model: Model, errors: Mapping[str, ResidualError]):
    from ketasim.engine import compile_model

    return compile_model(model.sbml, [name for name in model.outputs if name in errors])


def _estimated(
    curves: Curves, people: Sequence[Individual], errors: Mapping[str, ResidualError]
) -> list[Estimate]:
    p = len(curves.prior.laws)
    pred = [row[0] for row in curves.at_samples(people, [np.zeros((1, p))] * len(people))]
    uses = [_uses(*pair, errors) for pair in zip(people, pred, strict=True)]
    kept = [np.array([use in TAKE_PART for use in each], dtype=bool) for each in uses]
    measured = [_measured(*pair, errors) for pair in zip(people, kept, strict=True)]

    def predict(who: Sequence[int], scores: Sequence[np.ndarray]) -> list[np.ndarray]:
        rows = curves.at_samples([people[k] for k in who], scores)
        return [row[:, kept[k]] for k, row in zip(who, rows, strict=True)]

    fits = fit_all(predict, measured, curves.prior.correlation)
    ipred = curves.at_samples(people, [fit.scores[None, :] for fit in fits])
    return [
        _one(people[k], fits[k], measured[k], kept[k], curves.prior, pred[k], ipred[k][0], uses[k])
        for k in range(len(people))
    ]


def _measured(
    person: Individual, kept: np.ndarray, errors: Mapping[str, ResidualError]
) -> Measured:
    below = person.is_below
    values = np.where(below, person.limits, person.values)
    own = tuple(errors[name] for name, use in zip(person.outputs, kept, strict=True) if use)
    return Measured(values[kept], own, below[kept])


def _uses(
    person: Individual, prediction: np.ndarray, errors: Mapping[str, ResidualError]
) -> tuple[str, ...]:
    needs_positive = np.array([errors[name].needs_positive for name in person.outputs], dtype=bool)
    return tuple(usable(person, prediction, needs_positive))


def _one(
    person: Individual,
    fit: Fit,
    measured: Measured,
    kept: np.ndarray,
    prior: Prior,
    pred: np.ndarray,
    ipred: np.ndarray,
    uses: tuple[str, ...],
) -> Estimate:
    se = np.sqrt(np.diag(fit.covariance))
    iwres = np.full(len(ipred), np.nan)
    iwres[kept] = measured.standardised(ipred[None, kept])[0][0]
    iwres[person.is_below] = np.nan
    ends = prior.values(np.stack([fit.scores, fit.scores - MIDDLE * se, fit.scores + MIDDLE * se]))
    return Estimate(
        person=person,
        status=fit.status,
        iterations=fit.iterations,
        objective=fit.objective,
        eta=fit.scores,
        eta_se=se,
        covariance=fit.covariance,
        values=ends[0],
        low=ends[1],
        high=ends[2],
        pred=pred,
        ipred=ipred,
        iwres=iwres,
        uses=uses,
    )


def _together(
    found: Sequence[Estimate],
    curves: Curves,
    errors: Mapping[str, ResidualError],
    assumed: tuple[str, ...],
) -> Estimates:
    fitted = [one for one in found if one.status == CONVERGED]
    several = len(fitted) > 1
    p = len(curves.prior.laws)
    etas = np.array([one.eta for one in fitted]).reshape(len(fitted), p)
    variances = np.array([one.eta_se**2 for one in fitted]).reshape(len(fitted), p)
    misses = np.concatenate([one.iwres[np.isfinite(one.iwres)] for one in fitted] or [np.zeros(0)])
    return Estimates(
        individuals=tuple(found),
        prior=curves.prior,
        errors=errors,
        curves=curves,
        shrinkage=1 - etas.std(axis=0, ddof=1) if several else np.full(p, np.nan),
        information=1 - variances.mean(axis=0) if fitted else np.full(p, np.nan),
        residual_shrinkage=1 - float(misses.std(ddof=1)) if len(misses) > 1 else np.nan,
        assumed=assumed,
    )
