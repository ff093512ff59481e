"""The pathway map: as plain data for the page, and the outputs that it shows."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def pathway() -> dict[str, Any]:
    """Return size, compartments, nodes and edges."""
    from ketasim.model.pathway import load_pathway

    return load_pathway().plain()


@cache
def map_outputs() -> tuple[str, ...]:
    """Return every output that a node shows, those added up in one node among them."""
    from ketasim.model.pathway import load_pathway

    return load_pathway().outputs()
