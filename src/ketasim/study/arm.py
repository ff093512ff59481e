"""One arm: simulated in chunks, each written and reduced before the next one begins."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.study.setup import Setup

# The report holds at most this many people, and this many numbers of an arm (80 MB).
REPORT_PEOPLE = 10_000
REPORT_NUMBERS = 20_000_000
LANDMARKS_H = (2 / 3, 2, 4, 24, 72, 168, 336, 672)


@dataclass
class Arm:
    """What is known of an arm once it has been simulated.

    Attributes
    ----------
    name, regimen : str
    n, failed : int
        Individuals, and those the engine gave up.
    statuses : Counter
        How often each status occurred.
    digest : str
        SHA-256 of all numbers in order of individual, time and output.
    prescribed_mg, delivered_mg : float
        Sums over individuals, mg of free base.
    kept : list of xarray.DataArray
        What the report is made from, chunk by chunk.
    summary : xarray.Dataset or None
        Of everybody, where that is all that was kept; ``digest`` is then of its numbers.
    """

    name: str
    regimen: str
    n: int = 0
    failed: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    digest: str = ""
    prescribed_mg: float = 0.0
    delivered_mg: float = 0.0
    kept: list[xr.DataArray] = field(default_factory=list)
    summary: xr.Dataset | None = None

    @property
    def result(self) -> xr.DataArray:
        """What the report is made from, as one array."""
        import xarray as xr

        return self.kept[0] if len(self.kept) == 1 else xr.concat(self.kept, "individual")

    def is_whole(self, setup: Setup) -> bool:
        """Whether nobody and no time of the arm was left out of what is kept."""
        people = sum(len(chunk) for chunk in self.kept)
        return people == self.n and len(self.kept[0].time) == len(setup.times_h)


def simulate_arm(
    setup: Setup,
    name: str,
    path: Path | None = None,
    *,
    threads: int | None = None,
    advance: Callable[[float], None] = lambda share: None,
) -> Arm:
    """Simulate an arm, into the Parquet file ``path`` where one is named.

    Parameters
    ----------
    setup : Setup
    name : str
        Of the arm.
    path : Path, optional
        A row per individual and time, a column per output, in single precision.
    threads : int, optional
    advance : callable
        Called after each chunk with the share of the arm it was.
    """
    from ketasim.simulation import stream, write_parquet

    regimen = setup.regimens[name]
    arm = Arm(name, str(regimen))
    chunks = stream(
        setup.model,
        regimen,
        setup.population,
        setup.times_h,
        setup.study.outputs,
        rtol=setup.study.tolerance,
        threads=threads,
    )
    watched = _watched(chunks, arm, setup, advance)
    if path is None:
        deque(watched, maxlen=0)
    else:
        write_parquet(watched, path)
    return arm


def _watched(
    chunks: Iterator[xr.DataArray], arm: Arm, setup: Setup, advance: Callable[[float], None]
) -> Iterator[xr.DataArray]:
    """Yield chunks on, taking note of each."""
    digest = hashlib.sha256()
    picked = report_times(setup.times_h, setup.population.n, len(setup.study.outputs))
    for chunk in chunks:
        values = np.ascontiguousarray(chunk.values, dtype=float)
        digest.update(values.tobytes())
        n = len(values)
        arm.n += n
        arm.failed += int(np.count_nonzero(np.isnan(values).any(axis=(1, 2))))
        arm.statuses.update(str(status) for status in chunk.status.values)
        _add_doses(arm, setup, chunk)
        single = chunk.astype(
            np.float32, keep_attrs=True
        )  # half the file; the digest is of doubles
        room = REPORT_PEOPLE - (arm.n - n)
        if room > 0:
            arm.kept.append(single[:room, picked])
        yield single
        advance(n / setup.population.n)
    arm.digest = digest.hexdigest()


def _add_doses(arm: Arm, setup: Setup, chunk: xr.DataArray) -> None:
    """Add what was prescribed and what the engine was given."""
    from ketasim.dosing import dose_report, engine_events

    n = chunk.sizes["individual"]
    weight_kg = chunk.coords["WT"].values if "WT" in chunk.coords else np.full(n, 70.0)
    regimen = setup.regimens[arm.name]
    report = dose_report(
        regimen, weight_kg, engine_events(regimen, weight_kg), end_h=float(setup.times_h[-1])
    )
    arm.prescribed_mg += float(np.sum(report.prescribed_mg))
    arm.delivered_mg += float(np.sum(report.delivered_mg))


def report_times(times_h: np.ndarray, n: int, n_outputs: int) -> np.ndarray:
    """Return the indices of the times that the report is made from: all, unless too many.

    Where they are thinned, the times of clinical visits stay.
    """
    limit = max(60, REPORT_NUMBERS // (min(n, REPORT_PEOPLE) * n_outputs))
    if len(times_h) <= limit:
        return np.arange(len(times_h))
    even = np.linspace(0, len(times_h) - 1, limit).round().astype(int)
    visits = np.searchsorted(times_h, [h for h in LANDMARKS_H if h <= times_h[-1]])
    return np.unique(np.concatenate([even, visits]))
