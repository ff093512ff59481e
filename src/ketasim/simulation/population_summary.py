"""The summary of a population as a labelled data set, as a table, and its hash."""

from __future__ import annotations

import hashlib
import json
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.simulation.quantile_sketch import quantiles

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from ketasim.simulation.summary import Job
    from ketasim.simulation.tally import Tally

SHARES = ("response", "remission")


def dataset(job: Job, whole: Tally, shares: np.ndarray) -> xr.Dataset:
    """Return what is kept of a population, labelled (see :func:`ketasim.simulate`)."""
    import xarray as xr

    asked, frame = job.question, job.frame
    shape = (frame.times, len(frame.outputs))
    middle, low, high = quantiles(whole.spread, shares)
    smallest, largest = (np.where(whole.count > 0, v, np.nan) for v in (whole.low, whole.high))
    middle, low, high = (np.clip(q, smallest, largest) for q in (middle, low, high))
    mean, sd = _moments(whole, frame.centre)
    cells = {"mean": mean, "sd": sd, "minimum": smallest, "maximum": largest}
    cells |= {"count": whole.count, "failed": whole.people - whole.count}
    variables: dict[str, Any] = {
        name: (("time", "output"), values.reshape(shape)) for name, values in cells.items()
    }
    for name, values in (("quantile", middle), ("quantile_low", low), ("quantile_high", high)):
        variables[name] = (("share", "time", "output"), values.reshape(len(shares), *shape))
    if frame.score is not None:
        for name in SHARES:
            with np.errstate(invalid="ignore", divide="ignore"):
                variables[name] = ("time", getattr(whole, name) / whole.seen)
    model = asked.model
    doses = [float(total) if _one(asked) else math.nan for total in whole.doses.exact()]
    return xr.Dataset(
        variables,
        coords={
            "share": shares,
            "time": ("time", asked.times, {"units": "h"}),
            "output": list(frame.outputs),
            "unit": ("output", [model.outputs[name].unit for name in frame.outputs]),
            "label": ("output", [model.outputs[name].label for name in frame.outputs]),
        },
        attrs=dict(asked.facts)
        | {
            "n": whole.people,
            "failed": whole.people - whole.statuses["ok"],
            "statuses": json.dumps(dict(sorted(whole.statuses.items()))),
            "prescribed_mg": doses[0],
            "delivered_mg": doses[1],
        },
    )


def _one(asked: Any) -> bool:
    from ketasim.dosing import Regimen

    return isinstance(asked.regimen, Regimen)


def _moments(whole: Tally, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and SD (n - 1) of every cell: sums exact, one rounding at the end of each."""
    mean, sd = np.full(len(centre), np.nan), np.full(len(centre), np.nan)
    pairs = zip(whole.sums.exact(), whole.squares.exact(), whole.count.tolist(), strict=True)
    for cell, (total, square, count) in enumerate(pairs):
        if count:
            mean[cell] = float(Fraction(centre[cell]) + total / count)
        if count > 1:
            sd[cell] = math.sqrt(max(0.0, float((square - total * total / count) / (count - 1))))
    return mean, sd


def summary_digest(found: xr.Dataset) -> str:
    """Return the SHA-256 of every number of a summary."""
    digest = hashlib.sha256(str(found.attrs["statuses"]).encode())
    for name in sorted(str(name) for name in found.data_vars):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(found[name].values, dtype=float).tobytes())
    return digest.hexdigest()


def summary_table(found: xr.Dataset) -> pd.DataFrame:
    """Return a summary as a table: a row per output and time.

    Columns: ``output``, ``unit``, ``time_h``, ``n`` (people whose number is finite), ``failed``,
    ``mean``, ``sd``, ``min``, ``max``; for each quantile, as ``p5``, its value and between which
    numbers it lies for certain (``p5_low``, ``p5_high``); ``response`` and ``remission`` in rows
    of MADRS.
    """
    import pandas as pd

    times, outputs = found.time.values, found.output.values
    columns: dict[str, Any] = {
        "output": np.repeat(outputs, len(times)),
        "unit": np.repeat(found.unit.values, len(times)),
        "time_h": np.tile(times, len(outputs)),
    }
    names = {"n": "count", "failed": "failed", "mean": "mean", "sd": "sd"}
    names |= {"min": "minimum", "max": "maximum"}
    for column, name in names.items():
        columns[column] = found[name].values.T.ravel()
    for k, share in enumerate(found.share.values):
        for end in ("", "_low", "_high"):
            values = found["quantile" + end].values[k]
            columns[f"p{100 * share:.12g}{end}"] = values.T.ravel()
    for name in SHARES:
        if name in found:
            tiled = np.tile(found[name].values, len(outputs))
            columns[name] = np.where(columns["output"] == "MADRS", tiled, np.nan)
    return pd.DataFrame(columns)
