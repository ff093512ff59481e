"""From the tables of a trial's file to its findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ketasim.dosing import Hold, Regimen
from ketasim.evidence.clinical import Clinical, Group
from ketasim.evidence.finding import Arm, Finding, People
from ketasim.evidence.perturbations import WHOLE_RUN_H
from ketasim.evidence.reading_parts import done, ends, observed_fields
from ketasim.trial.arms import CARE, Setting

if TYPE_CHECKING:
    from ketasim.evidence.clinical_file import ClinicalFile, ClinicalFindingTable, TrialArmTable

Dress = Callable[[Regimen], Regimen]


def clinical_findings(whole: ClinicalFile, file: str) -> tuple[Finding, ...]:
    """Return the findings of a trial's file; ``file`` names it, its stem names the study."""
    study = Path(file).stem
    arms = {arm.name: _arm(arm, whole, study) for arm in whole.arm}
    return tuple(_finding(table, whole, arms, study, file) for table in whole.finding)


def _arm(table: TrialArmTable, whole: ClinicalFile, study: str) -> Arm:
    from ketasim.dosing.protocol import steps_regimen

    ranges = {**whole.population.overrides, **table.overrides}
    people = People(whole.population.name, tuple((s, *ends(v)) for s, v in sorted(ranges.items())))
    given = (step.route for step in table.regimen if step.dose is not None or step.rate is not None)
    changed = [done(each) for each in table.perturbations]
    held = tuple(hold for holds, _, _ in changed for hold in holds)
    dress = _dress(table, whole, held)
    own = steps_regimen(table.regimen)
    return Arm(
        study,
        table.name,
        dress(own),
        people,
        tuple(dict.fromkeys(given)),
        settings=tuple(each for _, chosen, _ in changed for each in chosen),
        perturbations=tuple(what.name for _, _, what in changed),
        lacks=next((what.lacks for _, _, what in changed if what.lacks), ""),
        group=_group(table, whole, own, dress),
    )


def _dress(table: TrialArmTable, whole: ClinicalFile, held: tuple[Hold, ...]) -> Dress:
    """Return what puts onto an arm's own steps what every arm gets, openness, care and holds."""
    from ketasim.dosing.protocol import steps_regimen

    also = whole.trial.concomitant if table.concomitant is None else table.concomitant
    setting = Setting(
        steps_regimen(also),
        (table.blinding or whole.trial.blinding) == "open",
        0.0,
        WHOLE_RUN_H,
    )

    def dress(own: Regimen) -> Regimen:
        given = setting.dress(own)
        kept = (h for h in given.holds if whole.trial.care or h.input != CARE)
        return replace(given, holds=(*kept, *held))

    return dress


def _group(table: TrialArmTable, whole: ClinicalFile, own: Regimen, dress: Dress) -> Group:
    who = whole.population
    return Group(
        n=table.n,
        scale=who.entry.scale,
        baseline=None if who.baseline is None else (who.baseline.mean, who.baseline.sd),
        minimum=who.entry.minimum,
        condition=who.condition or "",
        policy=None if table.policy is None else table.policy.policy(),
        own=own,
        dress=dress,
    )


def _finding(
    table: ClinicalFindingTable,
    whole: ClinicalFile,
    arms: Mapping[str, Arm],
    study: str,
    file: str,
) -> Finding:
    arm = arms.get(table.arm or "")
    of_arm = arm.group.n if arm is not None and arm.group is not None else None
    clinical = _clinical(table, whole)
    start_h = clinical.at_h if clinical.at_h is not None else clinical.from_h
    end_h = clinical.at_h if clinical.at_h is not None else clinical.to_h
    fields = observed_fields(table, whole, arms, study, file)
    return Finding(
        **{**fields, "n": table.n or of_arm or whole.n},
        measure=table.endpoint or "",
        start_h=start_h or 0.0,
        end_h=float("inf") if end_h is None else end_h,
        contrast=table.contrast or "",
        statistic=table.statistic,
        clinical=clinical,
    )


def _clinical(table: ClinicalFindingTable, whole: ClinicalFile) -> Clinical:
    from ketasim.dosing.quantities import hours

    def told(text: str | None) -> float | None:
        return None if text is None else hours(text)

    among_h = told(table.among_at) if table.among_at is not None else told(table.from_)
    return Clinical(
        scale=table.scale,
        at_h=told(table.at),
        from_h=told(table.from_),
        to_h=told(table.to),
        share=table.share,
        cut=table.cut,
        threshold=table.threshold,
        among=table.among or "",
        among_h=among_h if table.among is not None else None,
        missing=table.missing,
        reason=table.reason,
        consecutive=table.consecutive,
        n_comparator=table.n_comparator,
        crossover=whole.trial.design == "crossover",
        trials=whole.trial.trials,
        visits_h=tuple(hours(each) for each in whole.trial.visits),
    )
