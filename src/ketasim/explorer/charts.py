"""Which outputs the explorer shows, and in which charts (``charts.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

# Outputs that no chart has, but other faces of a question do: the map, the report, the trial.
MORE_OUTPUTS = (
    "bS", "bR", "bHR", "gev", "ado", "pka", "creb", "opi", "ht", "hb", "D", "Bel", "pl",
)  # fmt: skip


@cache
def charts() -> tuple[Mapping[str, Any], ...]:
    """Return every chart: key, title, unit, outputs, their short names, kind, clock, lines."""
    text = files("ketasim.explorer").joinpath("charts.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)["chart"]
    return tuple({"kind": "line", "lines": [], **chart} for chart in found)


@cache
def chart_outputs() -> tuple[str, ...]:
    """Return the outputs of all charts, once each, those of other drugs among them."""
    return tuple(dict.fromkeys(name for chart in charts() for name in chart["outputs"]))


@cache
def study_outputs() -> tuple[str, ...]:
    """Return the outputs that a saved study asks for: those that every model has."""
    from ketasim.model import assemble

    known = assemble().outputs
    return tuple(name for name in (*chart_outputs(), *MORE_OUTPUTS) if name in known)


@cache
def all_outputs() -> tuple[str, ...]:
    """Return every output that is compiled: of charts and map, and those of `MORE_OUTPUTS`."""
    from ketasim.explorer.pathway import map_outputs

    return tuple(dict.fromkeys((*chart_outputs(), *MORE_OUTPUTS, *map_outputs())))
