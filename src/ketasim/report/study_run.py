"""A study simulated: its arms, the typical person, and who carries the effect."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ketasim.report.study_result import NOBODY, StudyResult
from ketasim.study.arm import Arm, simulate_arm
from ketasim.study.file import load_study, with_options
from ketasim.study.large_arm import kept, summarise_arm
from ketasim.study.setup import Setup, prepare
from ketasim.study.tables import Study

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.inference import Attribution
    from ketasim.simulation.check import Check

# Longest course that is kept minute by minute for the typical person [h].
TYPICAL_MINUTES_H = 90 * 24
# Work of one arm and of one reading of the attribution, for the progress bar.
ARM_WORK, READING_WORK = 10, 10


class Steps(Protocol):
    """Who is told how far the work is."""

    def now(self, text: str) -> None:
        """Say what is being done."""
        ...

    def advance(self, by: float = 1.0) -> None:
        """Count work as done."""
        ...


class _Silent:
    """Tells nobody."""

    def now(self, text: str) -> None: ...

    def advance(self, by: float = 1.0) -> None: ...


def run_study(
    study: Study | str | Path | None = None,
    *,
    n: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    results: Path | None = None,
    keep: str | None = None,
    parts: Path | None = None,
    scheduler: str | None = None,
    check: bool = False,
    steps: Steps | None = None,
) -> StudyResult:
    """Run a study: simulate its arms and attribute the effect.

    Parameters
    ----------
    study : Study or path, optional
        Default: the study that ketasim ships, one infusion of ketamine.
    n, seed : int, optional
        Instead of what the study says.
    threads : int, optional
        Default: all processors. The numbers do not depend on it.
    results : Path, optional
        Folder into which each arm is written while it is simulated, so that memory does not grow
        with the people; default: nothing is written (:meth:`StudyResult.save` does).
    keep : str, optional
        ``"people"`` or ``"summary"``: everybody's numbers, or mean, SD, quantiles and shares of
        each arm, in memory that does not grow with the people. Default: a summary above 100,000
        people per arm.
    parts : Path, optional
        Of summaries: folder of finished parts, from which a run that was killed goes on.
    scheduler : str, optional
        Of summaries: address of a Dask scheduler, as ``"tcp://host:8786"``.
    check : bool
        Compare a few individuals of each arm with another solver at tight tolerance.
    steps : Steps, optional
        Told how far the work is.

    Raises
    ------
    UserError
        Names that do not exist, a bad file of people or of an added mechanism, a route the model
        cannot take, a folder that cannot be written.
    """
    asked = study if isinstance(study, Study) else load_study(study)
    asked = with_options(asked, n=n, seed=seed)
    told = _Silent() if steps is None else steps
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    told.now("assembling the model")
    setup = prepare(asked)
    if kept(keep, setup.population.n, scheduler) == "summary":
        arms = _large_arms(setup, parts, threads, scheduler, told)
    else:
        arms = _arms(setup, results, threads, told)
    checks = _checks(setup, told) if check else {}
    typical = _typical(setup, threads)
    found = StudyResult(setup, arms, typical, (), started, 0.0, threads, checks)
    if found.code != NOBODY:
        found = replace(found, attribution=_attribution(setup, threads, told))
    return replace(found, seconds=time.perf_counter() - clock)


def work(study: Study) -> float:
    """Return the steps of work a study is, for the progress bar."""
    readings = len(study.attribution.readings) if study.attribution.on else 0
    return ARM_WORK * len(study.arms) + READING_WORK * readings


def _arms(
    setup: Setup, results: Path | None, threads: int | None, steps: Steps
) -> Mapping[str, Arm]:
    """Simulate every arm, and write its file where a folder is given."""
    arms = {}
    for name in setup.regimens:
        steps.now(f"simulating {name}")
        arms[name] = simulate_arm(
            setup,
            name,
            results / f"{name}.parquet" if results is not None else None,
            threads=threads,
            advance=lambda share: steps.advance(ARM_WORK * share),
        )
    return arms


def _large_arms(
    setup: Setup, parts: Path | None, threads: int | None, scheduler: str | None, steps: Steps
) -> Mapping[str, Arm]:
    """Simulate every arm and keep a summary of it."""
    arms = {}
    for name in setup.regimens:
        steps.now(f"simulating {name}")
        arms[name] = summarise_arm(
            setup,
            name,
            parts / name if parts is not None else None,
            threads=threads,
            scheduler=scheduler,
            advance=lambda share: steps.advance(ARM_WORK * share),
        )
    return arms


def _checks(setup: Setup, steps: Steps) -> Mapping[str, Check]:
    """Compare a few individuals of each arm with another solver."""
    from ketasim.simulation.check import check

    found = {}
    for name, regimen in setup.regimens.items():
        steps.now(f"checking {name}")
        found[name] = check(
            setup.model,
            regimen,
            setup.population,
            setup.times_h,
            setup.study.outputs,
            rtol=setup.study.tolerance,
        )
    return found


def _typical(setup: Setup, threads: int | None) -> dict[str, xr.DataArray]:
    """Simulate the typical person minute by minute in each arm."""
    from ketasim.simulation import simulate

    if not setup.study.typical:
        return {}
    end_h = float(setup.times_h[-1])
    minutes = np.arange(int(end_h * 60) + 1) / 60
    times_h = minutes if end_h <= TYPICAL_MINUTES_H else setup.times_h
    person = replace(setup.population, n=1, between_person=False, given=None)
    return {
        name: simulate(
            setup.model,
            regimen,
            person,
            times_h,
            setup.study.outputs,
            rtol=setup.study.tolerance,
            threads=threads,
        )
        for name, regimen in setup.regimens.items()
    }


def _attribution(setup: Setup, threads: int | None, steps: Steps) -> tuple[Attribution, ...]:
    """Divide the fall in MADRS of the main arm among the mechanisms, in each reading."""
    asked = setup.study.attribution
    if not asked.on or "MADRS" not in setup.model.outputs:
        return ()
    from ketasim.dosing.quantities import hours
    from ketasim.inference import BLOCKED, LEFT_AT_REST, attribute

    readings = {"rest": LEFT_AT_REST, "blocked": BLOCKED}
    population = replace(setup.population, n=min(asked.n, setup.population.n))
    times_h = sorted({hours(text) for text in asked.times})
    found = []
    for reading in asked.readings:
        steps.now(f"attribution, mechanisms {readings[reading]}")
        found.append(
            attribute(
                setup.model,
                setup.regimens[setup.study.main_arm],
                population,
                times_h,
                reading=readings[reading],
                threads=threads,
                progress=_Share(steps),
            )
        )
    return tuple(found)


class _Share:
    """Turns "so many of so many" into progress of the whole run."""

    def __init__(self, steps: Steps) -> None:
        self._steps, self._last = steps, 0

    def __call__(self, done: int, total: int) -> None:
        self._steps.advance(READING_WORK * (done - self._last) / total)
        self._last = done
