"""The mechanisms at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def mechanism_list() -> list[dict[str, Any]]:
    """Return name, title, clock, systems, one line and sources of every mechanism."""
    from ketasim.cli.report_contents import first_sentence
    from ketasim.model import load_mechanism, load_sources, mechanism_names

    bibliography = load_sources()
    found = []
    for name in mechanism_names():
        mechanism = load_mechanism(name)
        found.append(
            {
                "name": name,
                "title": mechanism.title,
                "clock": mechanism.clock,
                "systems": list(mechanism.systems),
                "line": first_sentence(mechanism.biology),
                "sources": {key: str(bibliography[key]) for key in mechanism.sources},
            }
        )
    return found


def print_mechanisms(found: Sequence[dict[str, Any]]) -> None:
    """Print the list as a table."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_lines=False)
    for column in ("mechanism", "clock", "systems", "title", "sources"):
        table.add_column(column, overflow="fold", no_wrap=column in ("mechanism", "clock"))
    for row in found:
        sources = ", ".join(row["sources"]) or "assumed"
        table.add_row(row["name"], row["clock"], " ".join(row["systems"]), row["title"], sources)
    Console(highlight=False, markup=False).print(table)
