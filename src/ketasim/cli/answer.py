"""The answer of a study in a few numbers: as plain data, and as a table on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ketasim.report import summary

if TYPE_CHECKING:
    import xarray as xr
    from rich.table import Table

    from ketasim.report.contents import AttributionTable, ReportInput

DAYS = {"2 h": 2, "4 h": 4, "1 d": 24, "3 d": 72, "7 d": 168, "14 d": 336, "28 d": 672}
# Further times of studies longer than the above, which are also told at their end.
LATER = {"56 d": 1344, "84 d": 2016, "168 d": 4032, "365 d": 8760}
SHOWN_CARRIERS = 4
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


def answer_table(found: dict[str, Any]) -> Table:
    """Return MADRS, responders and remitters of each arm by time, as a table for a terminal."""
    from rich import box
    from rich.table import Table

    times = list(dict.fromkeys(t for arm in found["arms"].values() for t in arm["MADRS"]))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for time in times:
        table.add_column(time, justify="right")
    rows = (("MADRS, mean points", "MADRS", 1, ".1f"), ("responders, %", "response", 100, ".0f"))
    for title, key, factor, form in (*rows, ("remitters, %", "remission", 100, ".0f")):
        for name, arm in found["arms"].items():
            cells = [format(factor * arm[key][t], form) if t in arm[key] else "" for t in times]
            table.add_row(f"{title}: {name}", *cells)
        table.add_section()
    if found["advantage"]:
        cells = [format(found["advantage"].get(t, float("nan")), ".1f") for t in times]
        table.add_row(f"points below {found['control_arm']}", *cells)
    return table


def answer_lines(found: dict[str, Any]) -> list[str]:
    """Return what does not fit the table: peaks, and who carries the effect when."""
    from ketasim.report.phrases import duration

    lines = []
    for name, peak in found["arms"][found["main_arm"]]["peak"].items():
        if "value" in peak:
            size = f"{peak['value']:.3g} {peak['unit']}"
            lines.append(f"{PEAKS[name]}: mean peak {size} at {duration(peak['time_h'])}")
    for reading, by_time in found["attribution"].items():
        lines.append(f"points of the fall in MADRS, each mechanism {reading}:")
        for time, shares in by_time.items():
            lines.append(f"  {duration(float(time.removesuffix(' h'))):>7}  {_largest(shares)}")
    return lines


def _largest(shares: dict[str, float]) -> str:
    order: Sequence[str] = sorted(shares, key=lambda name: -abs(shares[name]))
    return ", ".join(f"{name} {shares[name]:+.1f}" for name in order[:SHOWN_CARRIERS])
