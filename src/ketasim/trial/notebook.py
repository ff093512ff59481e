"""How the result of a trial looks in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.html_tables import shown, table

if TYPE_CHECKING:
    from ketasim.trial.results import ArmResult, TrialResult


def trial_html(result: TrialResult) -> str:
    """Return a trial as HTML: its design, and of each arm patients, drop-outs and scores."""
    days = result.visits_h[-1] / 24
    facts = (
        ("design", f"{result.kind}, {result.blinding}"),
        ("patients", result.population),
        ("entry", result.entry),
        ("primary endpoint", result.primary.what),
        ("replicates", result.replicates[0].n if result.replicates else None),
        ("seed", result.seed),
    )
    columns = (
        "arm", "given", "n", "left", f"{result.scale} at baseline (points)",
        f"{result.scale} at day {days:g} (points)",
    )  # fmt: skip
    rows = [_arm(arm, result.scale) for arm in result.arms]
    note = "Observed means of those still there. For research; not medical advice."
    return shown("TrialResult", result.title, facts, [table(columns, rows)], note)


def _arm(arm: ArmResult, scale: str) -> tuple[object, ...]:
    scores = arm.scores.get(scale)
    left = int(np.isfinite(arm.left_h).sum())
    means = (None, None)
    if scores is not None:
        means = tuple(_mean(scores[:, column]) for column in (0, -1))
    return (arm.name + (" (control)" if arm.control else ""), arm.given, arm.n, left, *means)


def _mean(values: np.ndarray) -> float | None:
    seen = values[np.isfinite(values)]
    return float(seen.mean()) if seen.size else None
