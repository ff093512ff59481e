"""Calibrate the patient in a fixed, blind order; no stage moves what an earlier one chose.

1. ``expect``: hope, contact and care, on blind arms without ketamine only: saline, midazolam,
   placebo spray, also beside a new antidepressant.
2. ``mood``: gain and onset of the antidepressant effect, on ketamine and its enantiomers within
   two days of the first dose. What comes later on a drug is never fitted. Three numbers of relapse
   were in view when one assumed value (``w_D``) was set; they are marked calibrate for that, and
   no stage takes them.
3. ``comparators``: what an SSRI does over the pill, and ECT over its sham; last, because tablets
   act through the same circuit, and hope overlaps with all of them.

Whole studies are held out (`role = "validate"`), and what is marked so never chooses a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.evidence import Finding
from ketasim.evidence.clinical_baselines import PLACEBO_DRUGS
from ketasim.evidence.clinical_expectation import expected
from ketasim.evidence.clinical_observed import observed_and_se
from ketasim.evidence.finding import Arm
from ketasim.inference.calibration import Prior, read_priors
from ketasim.inference.posterior_draws import Draws, weighted
from ketasim.inference.trial_calibration import Observed, TrialFit, calibrate_on_trials
from ketasim.model import assemble
from ketasim.trial.scales import scale
from ketasim.trial.variation import variation_rows

FIRST_DAYS_H = 48.0
"""Efficacy of a drug later than this never chooses a number."""
DISCREPANCY: Mapping[str, float] = MappingProxyType(
    {"points": 1.0, "%": 4.0, "SMD": 0.1, "ratio": 0.15}
)
"""What a right model would still miss by, by unit (assumed): besides errors and trials. Half of it
for a difference between arms, of which much cancels."""
TABLETS = ("u_SSRI", "u_session", "u_care")
"""What may be held in an arm without ketamine; devices and other drugs have words of their own."""
ANTIDEPRESSANT = ("ketamine", "esketamine", "arketamine")
ENDPOINTS = ("score", "change", "percent change", "response", "remission")
PEOPLE, SEED, DRAWS = 64, 1, 200


@dataclass(frozen=True)
class Stage:
    """One step of the calibration.

    Attributes
    ----------
    name : str
        Of its priors.
    label : str
        What it uses.
    shared : str
        Gain that every trial multiplies by a factor of its own.
    takes : callable
        Whether a finding belongs to it.
    """

    name: str
    label: str
    shared: str
    takes: Callable[[Finding], bool]


@dataclass(frozen=True)
class StageFit:
    """A stage, what it used, what it found, and draws around it.

    Attributes
    ----------
    stage : Stage
    findings : tuple of Finding
    observed : Observed
    fit : TrialFit
    draws : Draws
    """

    stage: Stage
    findings: tuple[Finding, ...]
    observed: Observed
    fit: TrialFit
    draws: Draws


def is_control(arm: Arm | None) -> bool:
    """Return whether patients of an arm, blind, got no more than a placebo and an SSRI."""
    return (
        arm is not None
        and not arm.perturbations
        and all(d.drug is None or d.drug.name in PLACEBO_DRUGS for d in arm.regimen.doses)
        and all(hold.input in TABLETS for hold in arm.regimen.holds)
    )


def is_antidepressant(arm: Arm | None) -> bool:
    """Return whether patients of an arm got ketamine or an enantiomer, and nothing against it."""
    if arm is None or arm.perturbations:
        return False
    drugs = {dose.drug.name for dose in arm.regimen.doses if dose.drug is not None}
    return bool(drugs) and drugs <= set(ANTIDEPRESSANT)


def _of_controls(finding: Finding) -> bool:
    return is_control(finding.arm) and not finding.contrast


def _of_comparators(finding: Finding) -> bool:
    arm, other = finding.arm, finding.comparator
    if arm is None or arm.perturbations or any(d.drug for d in arm.regimen.doses):
        return False
    if any(hold.input == "u_ECT" for hold in arm.regimen.holds):
        return other is None or is_control(other)
    return is_control(arm) and is_control(other)


def _of_first_days(finding: Finding) -> bool:
    if not is_antidepressant(finding.arm) or finding.clinical is None:
        return False
    if finding.contrast and not is_control(finding.comparator):
        return False
    return finding.clinical.at_h is not None and finding.clinical.at_h <= FIRST_DAYS_H


STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        "expect": Stage("expect", "arms without ketamine, blind", "g_p", _of_controls),
        "mood": Stage("mood", "ketamine and its enantiomers, two days", "g", _of_first_days),
        "comparators": Stage("comparators", "an SSRI, and ECT", "g_p", _of_comparators),
    }
)


def stage_findings(stage: Stage, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings a stage may use: marked calibrate, counted, of its own kind."""
    return tuple(
        each
        for each in findings
        if each.role == "calibrate"
        and each.counts
        and each.clinical is not None
        and not each.clinical.is_acute
        and not each.clinical.among
        and not each.out_of_scope
        and each.value is not None
        and each.measure in ENDPOINTS
        and not scale(each.clinical.scale).person_log_sd
        and each.unit in DISCREPANCY
        and stage.takes(each)
    )


def calibrate_stage(
    name: str,
    findings: Iterable[Finding],
    told: Callable[[int, float], None] | None = None,
) -> StageFit:
    """Return the most probable parameters of one stage.

    Parameters
    ----------
    name : str
        Key of `STAGES`.
    findings : iterable of Finding
        Everything there is; those that may not be used are left aside.
    told : callable, optional
        Called after each round with its number and the loss.

    Raises
    ------
    UserError
        Unknown stage, no findings, a value on its bound.
    """
    if name not in STAGES:
        raise UserError(f"calibrate: unknown set {name!r}{nearest(name, STAGES)}")
    stage = STAGES[name]
    chosen = stage_findings(stage, findings)
    if not chosen:
        raise UserError(f"calibrate: no findings marked 'calibrate' for {name} ({stage.label})")
    observed = observed_of(chosen)
    known = {row.symbol: row.value for row in assemble().parameters}
    priors = tuple(prior for prior in read_priors(name))
    shared = {stage.shared: known[stage.shared]}

    def predict(settings: Mapping[str, np.ndarray]) -> np.ndarray:
        return expected(chosen, settings, people=PEOPLE, seed=SEED)

    start = _start(priors, known)
    fit = calibrate_on_trials(predict, observed, priors, shared, start=start, told=told)
    draws = weighted(predict, observed, fit, shared, DRAWS, SEED)
    return StageFit(stage, chosen, observed, fit, draws)


def observed_of(findings: tuple[Finding, ...]) -> Observed:
    """Return what studies saw, with standard errors and discrepancy; weak rows err more."""
    values, errors = observed_and_se(findings)
    weights = np.array([each.weight for each in findings])
    own = np.array(
        [DISCREPANCY[f.unit] * (0.5 if f.contrast == "difference" else 1.0) for f in findings]
    )
    trials = tuple(each.clinical.trials if each.clinical else 1 for each in findings)
    return Observed(
        np.asarray(values, dtype=float),
        np.hypot(np.asarray(errors, dtype=float), own) / np.sqrt(weights),
        tuple(each.study for each in findings),
        trials,
    )


def _start(priors: tuple[Prior, ...], known: Mapping[str, float]) -> dict[str, float]:
    """Return where to begin: the priors' medians, so that the outcome owes nothing to the last."""
    rows = {row.symbol for row in variation_rows()}
    unknown = [p.symbol for p in priors if p.symbol not in {*known, *rows}]
    if unknown:
        raise UserError(f"calibrate: {', '.join(unknown)} of the priors stand in no table")
    return {p.symbol: p.value for p in priors}
