"""The answer of a study in a few numbers, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ketasim.report import summary

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.report.contents import AttributionTable, ReportInput

DAYS = {"2 h": 2, "4 h": 4, "1 d": 24, "3 d": 72, "7 d": 168, "14 d": 336, "28 d": 672}
# Further times of studies longer than the above, which are also told at their end.
LATER = {"56 d": 1344, "84 d": 2016, "168 d": 4032, "365 d": 8760}
# What is told at its peak, and in which words.
PEAKS = {"Cket": "ketamine in plasma", "CADSS": "dissociation", "dSBP": "systolic pressure"}


def answer(contents: ReportInput) -> dict[str, Any]:
    """Return the answer as plain data.

    Returns
    -------
    dict
        ``arms``: for each, mean MADRS [points], shares of responders (fall of at least half)
        and remitters (at most 10 points) by time, and mean peaks with their units.
        ``advantage``: points by which mean MADRS is lower than in the control arm.
        ``attribution``: by reading, time and mechanism, points of the fall in MADRS.
    """
    gap = summary.advantage(contents)
    advantage = {} if gap is None else _by_time(gap.points, gap.time_h)
    return {
        "main_arm": contents.main_arm,
        "control_arm": contents.control_arm,
        "arms": {name: _arm(arm) for name, arm in contents.arms.items()},
        "advantage": advantage,
        "attribution": {table.reading: _carriers(table) for table in contents.attribution},
    }


def moments(end_h: float) -> dict[str, float]:
    """Return the times [h] at which a study that ends at ``end_h`` is told, by name."""
    if end_h <= max(DAYS.values()):
        return dict(DAYS)
    later = {name: hour for name, hour in LATER.items() if hour < end_h}
    return {**DAYS, **later, f"{end_h / 24:.3g} d": end_h}


def _arm(arm: xr.DataArray) -> dict[str, Any]:
    course = summary.course(arm, "MADRS")
    told = moments(float(summary.times(arm)[-1]))
    response = {name: summary.response(arm, hour) for name, hour in told.items()}
    remission = {name: summary.remission(arm, hour) for name, hour in told.items()}
    return {
        "n": int(arm.sizes["individual"]),
        "MADRS": {} if course is None else _by_time(course.mean, course.time_h),
        "response": {name: _plain(rate.share) for name, rate in response.items() if rate},
        "remission": {name: _plain(rate.share) for name, rate in remission.items() if rate},
        "peak": {name: _peak(arm, name) for name in PEAKS if summary.has(arm, name)},
    }


def _by_time(values: Any, time_h: Any) -> dict[str, float]:
    told = moments(float(time_h[-1]))
    found = {name: summary.at(values, time_h, hour) for name, hour in told.items()}
    return {name: _plain(value) for name, value in found.items() if value is not None}


def _peak(arm: xr.DataArray, name: str) -> dict[str, Any]:
    course = summary.course(arm, name)
    if course is None:
        return {"unit": summary.unit(arm, name)}
    place = int(course.mean.argmax())
    return {
        "value": _plain(course.mean[place]),
        "unit": summary.unit(arm, name),
        "time_h": _plain(course.time_h[place]),
    }


def _carriers(table: AttributionTable) -> dict[str, dict[str, float]]:
    return {
        f"{hour:g} h": {
            name: _plain(points[column])
            for name, points in zip(table.mechanisms, table.points, strict=True)
        }
        for column, hour in enumerate(table.times_h)
    }


def _plain(number: Any) -> float:
    """Return a number with the six digits that mean something, as plain Python."""
    return float(f"{float(number):.6g}")
