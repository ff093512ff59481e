"""Many replicates of one trial, in chunks that are kept on disk as soon as they are done.

A chunk appears whole or not at all, and is never computed twice: whoever begins again after a
kill goes on with the first chunk that is missing. Number k of a trial is the same replicate
whatever the chunks, the threads and the number of replicates asked for.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from ketasim.input_files import DATA_MB, read_text
from ketasim.simulation.chunk_store import write_whole
from ketasim.trial.analysis import contrasts
from ketasim.trial.outcome import endpoint_words, outcome
from ketasim.trial.plan import Plan
from ketasim.trial.results import Contrast, Replicates, TrialResult
from ketasim.trial.running import run

PEOPLE_AT_ONCE = 4000
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class Row:
    """One arm against the control at one endpoint of one replicate.

    Attributes
    ----------
    replicate : int
    endpoint, arm, control, measure : str
        As in `results.Contrast`.
    estimate, se, p, low, high : float
        Of ratios the logarithm.
    better, n_arm, n_control : int
    value_arm, value_control : float
        Mean of each group; of shares the share of those seen.
    randomised, failed : int
        In all arms; and those the engine gave up.
    """

    replicate: int
    endpoint: str
    arm: str
    control: str
    measure: str
    estimate: float
    se: float
    p: float
    low: float
    high: float
    better: int
    n_arm: int
    n_control: int
    value_arm: float
    value_control: float
    randomised: int
    failed: int


def chunks(replicates: int, n: int) -> list[range]:
    """Return the replicates that are simulated together; ``n`` patients are in each."""
    size = max(1, min(MOST_AT_ONCE, PEOPLE_AT_ONCE // n))
    return [range(first, min(first + size, replicates)) for first in range(0, replicates, size)]


def rows_of(result: TrialResult, number: int, failed: int = 0) -> list[Row]:
    """Return what one replicate says of every endpoint and arm."""
    randomised = (
        result.arms[0].n if result.kind == "crossover" else sum(arm.n for arm in result.arms)
    )
    values = {each.name: each.values for each in result.endpoints}
    return [
        _row(found, number, (randomised, failed), values[found.endpoint])
        for found in contrasts(result, brief=True)
    ]


def _row(
    found: Contrast, number: int, people: tuple[int, int], values: Mapping[str, np.ndarray]
) -> Row:
    low, high = (_log(end) if found.is_ratio else end for end in (found.low, found.high))
    return Row(
        replicate=number,
        endpoint=found.endpoint,
        arm=found.arm,
        control=found.control,
        measure=found.measure,
        estimate=found.estimate,
        se=found.se,
        p=found.p,
        low=low,
        high=high,
        better=found.better,
        n_arm=found.n_arm,
        n_control=found.n_control,
        value_arm=_mean(values[found.arm]),
        value_control=_mean(values[found.control]),
        randomised=people[0],
        failed=people[1],
    )


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf if value == 0 else math.nan


def _mean(values: np.ndarray) -> float:
    seen = values[~np.isnan(values)]
    return float(seen.mean()) if len(seen) else math.nan


def run_chunk(plan: Plan, numbers: Sequence[int], threads: int | None = None) -> list[Row]:
    """Run replicates together and return what they say."""
    found = run(plan, numbers, threads)
    return [row for each in found for row in rows_of(outcome(plan, each), each.number, each.failed)]


def run_replicates(
    plan: Plan,
    store: Path,
    replicates: int,
    *,
    threads: int | None = None,
    done: Callable[[int], None] = lambda _: None,
) -> tuple[Row, ...]:
    """Run what is not yet in the store, and return everything.

    Parameters
    ----------
    plan : Plan
    store : Path
        Folder of this trial's finished chunks; made where it is missing.
    replicates : int
    threads : int, optional
    done : callable
        Told how many replicates have just been finished, or found finished.

    Raises
    ------
    UserError
        A store that cannot be written.
    """
    rows: list[Row] = []
    for numbers in chunks(replicates, plan.trial.design.n):
        file = store / f"{numbers.start:06d}-{numbers.stop:06d}.json"
        found = read_chunk(file)
        if found is None:
            found = run_chunk(plan, numbers, threads)
            write_chunk(file, found)
        rows += found
        done(len(numbers))
    return tuple(rows)


def finished(store: Path) -> int:
    """Return how many replicates lie in the store."""
    spans = (file.stem.split("-") for file in store.glob("*-*.json"))
    return sum(int(last) - int(first) for first, last in spans)


def read_chunk(file: Path) -> list[Row] | None:
    """Return a finished chunk; None where there is none, or it is spoilt."""
    try:
        return [Row(**row) for row in json.loads(read_text(file, DATA_MB))]
    except (ValueError, TypeError, RecursionError):  # UserError is a ValueError
        return None


def write_chunk(file: Path, rows: Sequence[Row]) -> None:
    """Write a chunk so that it is there whole or not at all, even when the power fails."""
    text = json.dumps([asdict(row) for row in rows])
    write_whole(file, text.encode(), "replicates")


def identity(plan: Plan, versions: dict[str, str]) -> str:
    """Return what tells this trial's replicates from those of any other trial or version.

    The number of replicates is no part of it: more of them go on from those that are there.
    """
    trial = {k: v for k, v in plan.trial.plain().items() if k not in ("replicates", "question")}
    facts = {
        "trial": trial,
        "model": plan.model.hash,
        "versions": versions,
        "tables": tables_sha256(),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def tables_sha256() -> dict[str, str]:
    """Return the SHA-256 of the tables that shape what a trial sees."""
    files = sorted(Path(__file__).parent.glob("*.csv"))
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def replicates_of(plan: Plan, rows: Sequence[Row]) -> tuple[Replicates, ...]:
    """Return replicates by endpoint and arm, those of the primary endpoint first."""
    pair = zip(plan.trial.endpoints, plan.endpoints, strict=True)
    what = {told.name: endpoint_words(told, endpoint) for told, endpoint in pair}
    primary = plan.trial.primary.name
    pairs = dict.fromkeys((row.endpoint, row.arm) for row in rows)
    ordered = sorted(pairs, key=lambda pair: pair[0] != primary)
    found = []
    for endpoint, arm in ordered:
        own = [row for row in rows if (row.endpoint, row.arm) == (endpoint, arm)]
        columns = {
            name: np.array([getattr(row, name) for row in own])
            for name in ("estimate", "se", "p", "low", "high")
        }
        found.append(
            Replicates(
                endpoint=endpoint,
                what=what[endpoint],
                arm=arm,
                control=own[0].control,
                measure=own[0].measure,
                better=own[0].better,
                n=round(float(np.mean([row.randomised for row in own]))),
                primary=endpoint == primary,
                draw=np.array([row.replicate for row in own]),
                **columns,
            )
        )
    return tuple(found)


def table(rows: Sequence[Row]) -> Iterator[dict[str, object]]:
    """Yield rows as plain data, in the order of `Row`'s fields."""
    names = [field.name for field in fields(Row)]
    for row in rows:
        yield {name: getattr(row, name) for name in names}
