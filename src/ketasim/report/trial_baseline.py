"""Table 1 of a trial: who was randomised to each arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.phrases import percent
from ketasim.report.tables import escape, table

if TYPE_CHECKING:
    from ketasim.trial.results import ArmResult, TrialResult

WOMEN = "women"


def baseline_table(result: TrialResult) -> str:
    """Return mean and SD, or count and share, of each arm at baseline; nothing without patients.

    In a crossover everybody is in every arm: the scores are those of each arm's own period.
    """
    if not all(arm.n for arm in result.arms):
        return ""
    rows = [[escape(name), *(_cell(arm, name) for arm in result.arms)]
            for name in result.arms[0].people]  # fmt: skip
    for scale in result.arms[0].scores:
        cells = [_mean_sd(arm.scores[scale][:, 0]) for arm in result.arms]
        rows.append([f"{escape(scale)} <small>(points)</small>", *cells])
    if not rows:
        return ""
    head = ["mean (SD) or n (%)", *(f"{escape(arm.name)}<br>n = {arm.n:,}" for arm in result.arms)]
    when = "randomisation" if result.kind == "randomised withdrawal" else "baseline"
    return table(f"Patients at {when}", head, rows, tuple(range(1, len(head))))


def _cell(arm: ArmResult, name: str) -> str:
    values = np.asarray(arm.people[name], dtype=float)
    if name == WOMEN:
        return f"{int(values.sum()):,} ({percent(float(values.mean()))})"
    return _mean_sd(values)


def _mean_sd(values: np.ndarray) -> str:
    known = values[np.isfinite(values)]
    if not len(known):
        return "–"
    sd = f" ({known.std(ddof=1):.1f})" if len(known) > 1 else ""
    return f"{known.mean():.1f}{sd}"
