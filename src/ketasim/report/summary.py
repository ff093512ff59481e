"""From arrays of persons to the few numbers that words and pictures need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.report.contents import ReportInput

REMISSION_POINTS = 10.0
RESPONSE_SHARE = 0.5
MAX_DRAWN_TIMES = 800


@dataclass(frozen=True)
class Course:
    """How one output runs in a group of persons; every array has shape (time,)."""

    time_h: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    quarter: np.ndarray
    median: np.ndarray
    three_quarters: np.ndarray
    high: np.ndarray
    n: int

    def scaled(self, factor: float) -> Course:
        """Return the same course in another unit."""
        names = ("mean", "low", "quarter", "median", "three_quarters", "high")
        return replace(self, **{name: factor * getattr(self, name) for name in names})


@dataclass(frozen=True)
class Rate:
    """A count of persons with the 95 % Wilson interval of its share."""

    count: int
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Failures:
    """Persons whose simulation gave NaN: their numbers, and how often each status occurs."""

    arm: str
    persons: tuple[str, ...]
    statuses: tuple[tuple[str, int], ...]
    n: int


def has(arm: xr.DataArray | None, name: str) -> bool:
    """Tell whether the study asked for output `name`."""
    return arm is not None and name in arm.coords["output"].values


def unit(arm: xr.DataArray, name: str) -> str:
    """Return the unit of an output, "" when it has none."""
    return _coordinate(arm, name, "unit")


def label(arm: xr.DataArray, name: str) -> str:
    """Return the human label of an output, its name when it has none."""
    return _coordinate(arm, name, "label") or name


def _coordinate(arm: xr.DataArray, name: str, which: str) -> str:
    if which not in arm.coords:
        return ""
    return str(arm.coords[which].sel(output=name).item())


def times(arm: xr.DataArray) -> np.ndarray:
    """Return the output times in hours, shape (time,)."""
    return np.asarray(arm.coords["time"].values, dtype=float)


def persons(arm: xr.DataArray, name: str) -> np.ndarray:
    """Return one output of all persons, shape (individual, time), NaN rows included."""
    picked = arm.sel(output=name).transpose("individual", "time")
    return np.asarray(picked.values, dtype=float)


def complete(arm: xr.DataArray, name: str) -> np.ndarray:
    """Return one output of the persons without NaN in it, shape (persons, time)."""
    values = persons(arm, name)
    return values[~np.isnan(values).any(axis=1)]


def course(arm: xr.DataArray, name: str, change: bool = False) -> Course | None:
    """Summarise one output over persons, at no more than 800 times.

    Parameters
    ----------
    arm : DataArray (individual, time, output)
    name : str
        Output.
    change : bool
        Subtract each person's own value before the first dose.

    Returns
    -------
    Course or None
        None when the output was not asked for or no person finished.
    """
    if not has(arm, name):
        return None
    values, time_h = complete(arm, name), times(arm)
    if len(values) == 0:
        return None
    if change:
        values = values - values[:, [start_index(time_h)]]
    kept = thinned(time_h)
    values, time_h = values[:, kept], time_h[kept]
    spread = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    return Course(time_h, values.mean(axis=0), *spread, n=len(values))


def thinned(time_h: np.ndarray) -> np.ndarray:
    """Return indices of times dense enough to draw on a linear and on a logarithmic axis.

    At most 800 are kept, first and last among them: half evenly spaced, half evenly in log time.
    """
    count, half = len(time_h), MAX_DRAWN_TIMES // 2
    if count <= MAX_DRAWN_TIMES:
        return np.arange(count)
    after = time_h[time_h > 0]
    wanted = np.linspace(time_h[0], time_h[-1], half)
    if len(after):
        wanted = np.append(wanted, np.geomspace(after[0], after[-1], half))
    right = np.clip(np.searchsorted(time_h, wanted), 1, count - 1)
    nearer = wanted - time_h[right - 1] < time_h[right] - wanted
    return np.unique(np.append([0, count - 1], right - nearer))


def start_index(time_h: np.ndarray) -> int:
    """Return the index of the last time that is not after the first dose (time 0)."""
    return max(int(np.searchsorted(time_h, 0.0, side="right")) - 1, 0)


def at(values: np.ndarray, time_h: np.ndarray, when_h: float) -> np.ndarray | None:
    """Interpolate `values` (..., time) linearly to one time; None outside what was simulated."""
    slack = 1e-6 * max(1.0, abs(when_h))
    if when_h < time_h[0] - slack or when_h > time_h[-1] + slack:
        return None
    if len(time_h) == 1:
        return values[..., 0]
    right = int(np.clip(np.searchsorted(time_h, when_h), 1, len(time_h) - 1))
    span = time_h[right] - time_h[right - 1]
    weight = np.clip((when_h - time_h[right - 1]) / span, 0.0, 1.0)
    return (1 - weight) * values[..., right - 1] + weight * values[..., right]


def wilson(count: int, n: int) -> Rate:
    """Return the share of `count` in `n` with its 95 % Wilson score interval."""
    if n == 0:
        return Rate(0, 0, np.nan, np.nan, np.nan)
    z = 1.959964
    share = count / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if count == 0 else max(centre - half, 0.0)
    high = 1.0 if count == n else min(centre + half, 1.0)
    return Rate(count, n, share, low, high)


def response(arm: xr.DataArray, when_h: float) -> Rate | None:
    """Count persons whose MADRS fell by at least half from their own start."""
    now = _madrs_at(arm, when_h)
    if now is None:
        return None
    before, after = now
    return wilson(int(np.sum(before - after >= RESPONSE_SHARE * before)), len(after))


def remission(arm: xr.DataArray, when_h: float) -> Rate | None:
    """Count persons with a MADRS of at most 10 points."""
    now = _madrs_at(arm, when_h)
    if now is None:
        return None
    return wilson(int(np.sum(now[1] <= REMISSION_POINTS)), len(now[1]))


def _madrs_at(arm: xr.DataArray, when_h: float) -> tuple[np.ndarray, np.ndarray] | None:
    if not has(arm, "MADRS"):
        return None
    values, time_h = complete(arm, "MADRS"), times(arm)
    after = at(values, time_h, when_h)
    if after is None or len(values) == 0:
        return None
    return values[:, start_index(time_h)], after


def failures(name: str, arm: xr.DataArray) -> Failures:
    """Find the persons with NaN in any output, and say what their status was."""
    bad = np.zeros(arm.sizes["individual"], dtype=bool)
    for output in arm.coords["output"].values:
        bad |= np.isnan(persons(arm, output)).any(axis=1)
    who = arm.coords["individual"].values if "individual" in arm.coords else np.arange(len(bad))
    counts: dict[str, int] = {}
    if "status" in arm.coords:
        for status in np.asarray(arm.coords["status"].values)[bad]:
            counts[str(status)] = counts.get(str(status), 0) + 1
    return Failures(name, tuple(str(w) for w in who[bad]), tuple(counts.items()), len(bad))


@dataclass(frozen=True)
class Advantage:
    """How much lower MADRS is in the main arm than in the control arm; arrays (time,)."""

    time_h: np.ndarray
    points: np.ndarray
    standard_error: np.ndarray
    n: int
    paired: bool


def advantage(contents: ReportInput) -> Advantage | None:
    """Subtract mean MADRS of the main arm from that of the control arm.

    Persons are paired when both arms hold the same persons, which removes the spread of
    their starting values from the standard error.

    Returns
    -------
    Advantage or None
        Positive points mean the main arm does better. None without a control or without MADRS.
    """
    main, control = contents.main, contents.control
    if control is None or not has(main, "MADRS") or not has(control, "MADRS"):
        return None
    treated, compared = persons(main, "MADRS"), persons(control, "MADRS")
    time_h = times(main)
    if not np.array_equal(time_h, times(control)):
        return None
    if _same_persons(main, control):
        gap = compared - treated
        gap = gap[~np.isnan(gap).any(axis=1)]
        if len(gap) == 0:
            return None
        return Advantage(time_h, gap.mean(axis=0), _standard_error(gap), len(gap), True)
    treated, compared = complete(main, "MADRS"), complete(control, "MADRS")
    if len(treated) == 0 or len(compared) == 0:
        return None
    error = np.hypot(_standard_error(treated), _standard_error(compared))
    points = compared.mean(axis=0) - treated.mean(axis=0)
    return Advantage(time_h, points, error, min(len(treated), len(compared)), False)


def _same_persons(one: xr.DataArray, other: xr.DataArray) -> bool:
    if one.sizes["individual"] != other.sizes["individual"]:
        return False
    if "individual" not in one.coords or "individual" not in other.coords:
        return False
    return bool(np.array_equal(one.coords["individual"].values, other.coords["individual"].values))


def _standard_error(values: np.ndarray) -> np.ndarray:
    if len(values) < 2:
        return np.full(values.shape[1], np.nan)
    return values.std(axis=0, ddof=1) / np.sqrt(len(values))


def tier_counts(parameters) -> dict[str, int]:
    """Count parameters per tier, in the order measured, derived, calibrated, assumed."""
    counts = {"measured": 0, "derived": 0, "calibrated": 0, "assumed": 0}
    for parameter in parameters:
        counts[parameter.tier] = counts.get(parameter.tier, 0) + 1
    return counts
