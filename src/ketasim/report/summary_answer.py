"""The answer of a study whose arms are summaries: the numbers of everybody, not of those drawn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.report.answer import PEAKS, moments

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.study.arm import Arm

SHARES = ("response", "remission")


def with_summaries(found: dict[str, Any], arms: Mapping[str, Arm]) -> dict[str, Any]:
    """Return an answer with the numbers of all people where an arm has a summary."""
    whole = {name: arm.summary for name, arm in arms.items() if arm.summary is not None}
    if not whole:
        return found
    told = {name: _arm(summary) for name, summary in whole.items()}
    main, control = found["main_arm"], found["control_arm"]
    advantage = found["advantage"]
    if advantage and main in told and control in told:
        pair = told[control]["MADRS"], told[main]["MADRS"]
        advantage = {when: _plain(pair[0][when] - pair[1][when]) for when in pair[1]}
    return found | {"arms": found["arms"] | told, "advantage": advantage}


def _arm(summary: xr.Dataset) -> dict[str, Any]:
    times_h = summary.time.values
    told = {name: h for name, h in moments(float(times_h[-1])).items() if h <= times_h[-1] + 1e-6}
    madrs: dict[str, float] = {}
    if "MADRS" in summary.output.values:
        mean = summary["mean"].sel(output="MADRS").values
        madrs = {name: _plain(np.interp(h, times_h, mean)) for name, h in told.items()}
    shares = {
        name: {
            when: _plain(summary[name].values[np.argmin(np.abs(times_h - h))])
            for when, h in told.items()
        }
        for name in SHARES
        if name in summary
    }
    peaks = {name: _peak(summary, name) for name in PEAKS if name in summary.output.values}
    none = {"response": {}, "remission": {}}
    return {"n": int(summary.attrs["n"]), "MADRS": madrs, **none, **shares, "peak": peaks}


def _peak(summary: xr.Dataset, name: str) -> dict[str, Any]:
    one = summary.sel(output=name)
    unit = str(one.unit.item())
    mean = one["mean"].values
    if np.all(np.isnan(mean)):
        return {"unit": unit}
    place = int(np.nanargmax(mean))
    return {"value": _plain(mean[place]), "unit": unit, "time_h": _plain(one.time.values[place])}


def _plain(number: Any) -> float:
    """Return a number with the six digits that mean something, as plain Python."""
    return float(f"{float(number):.6g}")


def write_summary(summary: xr.Dataset, path: Path) -> None:
    """Write a summary as a table (CSV): a row per output and time, all digits."""
    from ketasim.simulation.population_summary import summary_table

    summary_table(summary).to_csv(path, index=False, lineterminator="\n")
