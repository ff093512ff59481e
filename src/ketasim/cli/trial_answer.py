"""What a trial says on a terminal: the primary result, responders, number needed to treat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ketasim.trial.results import ArmResult, Contrast, TrialResult


def answer_lines(result: TrialResult, contrasts: Sequence[Contrast]) -> list[str]:
    """Return title, arms and results, one line each."""
    from ketasim.report.trial_words import headline, main_contrasts, result_words, size_words

    lines = [f"{result.title} ({result.kind}, {result.blinding})"]
    lines += [_arm_line(arm) for arm in result.arms]
    if result.lead_in is not None:
        lead = result.lead_in
        randomised = sum(arm.n for arm in result.arms)
        lines.append(
            f"  before: {lead.given}; {lead.entered:,} began, {randomised:,} were randomised "
            f"({lead.rule})"
        )
    lines += ["", headline(result, main_contrasts(contrasts))]
    lines += [words for each in result.replicates if each.primary and (words := size_words(each))]
    lines.append("")
    told = result_words(result, contrasts)
    lines += told
    if not any(each.kind == "share" for each in result.endpoints):
        lines += responder_lines(result)
    return lines


def _arm_line(arm: ArmResult) -> str:
    left = int(np.isfinite(arm.left_h).sum())
    role = " (control)" if arm.control else ""
    return f"  {arm.name}{role}: {arm.given}; n = {arm.n:,}, {left:,} left"


def responder_lines(result: TrialResult) -> list[str]:
    """Return responders at the primary visit and the number needed to treat.

    For trials whose file asks for no share: a trial is hardly ever told without.
    """
    from ketasim.report.trial_words import share_words
    from ketasim.trial.responders import needed_to_treat, needed_words, risk_difference, wilson

    primary = result.primary
    if primary.kind != "change":
        return []
    visit = int(np.argmin(np.abs(result.visits_h - primary.at_h)))
    shares = {}
    for arm in result.arms:
        scores = arm.scores[primary.scale]
        if not np.isfinite(scores[:, visit]).any():
            return []
        fallen = scores[:, visit] <= 0.5 * scores[:, 0]
        shares[arm.name] = wilson(int(fallen.sum()), arm.n)
    control = shares[result.control.name]
    lines = []
    for arm in result.arms:
        if arm.control or not (arm.n and control.n):
            continue
        needed = needed_words(needed_to_treat(risk_difference(shares[arm.name], control)))
        lines.append(
            f"Responders (half of {primary.scale} gone) then: {share_words(shares[arm.name])} on "
            f"{arm.name}, {share_words(control)} on {result.control.name}; {needed}."
        )
    return lines
