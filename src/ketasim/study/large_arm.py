"""An arm of more people than anybody wants to keep: a summary of all, and the first of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.study.arm import LANDMARKS_H, Arm, report_times

if TYPE_CHECKING:
    from ketasim.simulation.summary import Progress
    from ketasim.study.setup import Setup

KEEP = ("people", "summary")
PEOPLE_KEPT = 100_000
"""Up to so many people per arm everybody's numbers are written; beyond, a summary, unless asked."""
DRAWN = 2_000
"""People whose courses the report draws where only a summary is kept."""
LATER_H = (1344, 2016, 4032, 8760)


def kept(asked: str | None, n: int, scheduler: str | None = None) -> str:
    """Return what is kept of an arm of ``n`` people: ``"people"`` or ``"summary"``.

    Raises
    ------
    UserError
        An unknown word; a scheduler where everybody is to be kept.
    """
    if asked is not None and asked not in KEEP:
        raise UserError(f"keep: {asked!r} is unknown{nearest(asked, KEEP)}")
    if scheduler is not None and asked == "people":
        raise UserError("scheduler: is for keep = summary only")
    large = n > PEOPLE_KEPT or scheduler is not None
    return asked or ("summary" if large else "people")


def summary_times(setup: Setup) -> np.ndarray:
    """Return the times [h] of a summary: those of the report, and when an answer is told."""
    times_h = setup.times_h
    chosen = times_h[report_times(times_h, 10_000, len(setup.study.outputs))]
    told = [h for h in (*LANDMARKS_H, *LATER_H) if times_h[0] <= h <= times_h[-1]]
    return np.unique(np.concatenate([chosen, told]))


def summarise_arm(
    setup: Setup,
    name: str,
    store: Path | None = None,
    *,
    threads: int | None = None,
    scheduler: str | None = None,
    advance: Callable[[float], None] = lambda share: None,
) -> Arm:
    """Simulate an arm and keep a summary of everybody, and the courses of the first 2,000.

    Parameters
    ----------
    setup : Setup
    name : str
        Of the arm.
    store : Path, optional
        Folder of finished parts, from which a run that was killed goes on.
    threads : int, optional
    scheduler : str, optional
        Address of a Dask scheduler.
    advance : callable
        Told the share of the arm that has just been done.
    """
    from ketasim.simulation import simulate, stream
    from ketasim.simulation.population_summary import summary_digest

    regimen, study = setup.regimens[name], setup.study
    found = simulate(
        setup.model,
        regimen,
        setup.population,
        summary_times(setup),
        study.outputs,
        rtol=study.tolerance,
        threads=threads,
        keep="summary",
        folder=store,
        scheduler=scheduler,
        progress=_shares(advance),
    )
    first = replace(setup.population, n=min(DRAWN, setup.population.n))
    picked = report_times(setup.times_h, first.n, len(study.outputs))
    courses = stream(
        setup.model, regimen, first, setup.times_h[picked], study.outputs,
        rtol=study.tolerance, threads=threads,
    )  # fmt: skip
    facts = found.attrs
    return Arm(
        name,
        str(regimen),
        n=facts["n"],
        failed=facts["failed"],
        statuses=Counter(json.loads(facts["statuses"])),
        digest=summary_digest(found),
        prescribed_mg=facts["prescribed_mg"],
        delivered_mg=facts["delivered_mg"],
        kept=[chunk.astype(np.float32, keep_attrs=True) for chunk in courses],
        summary=found,
    )


def _shares(advance: Callable[[float], None]) -> Progress:
    last = 0

    def told(done: int, total: int) -> None:
        nonlocal last
        advance((done - last) / total)
        last = done

    return told
