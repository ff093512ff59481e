"""The mechanisms at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from ketasim.model import Declaration, Parameter


def mechanism_list(add: Iterable[Path] = ()) -> list[dict[str, Any]]:
    """Return what there is to know of every mechanism, companions last, in words and numbers."""
    from ketasim.model import ModelFolder, with_added
    from ketasim.report.study_contents import first_sentence

    folder = with_added(ModelFolder(), add)
    bibliography = folder.sources()
    found = []
    for name in (*folder.mechanism_names(), *folder.companion_names()):
        mechanism = folder.mechanism(name)
        found.append(
            {
                "name": name,
                "title": mechanism.title,
                "companion": mechanism.companion,
                **({"file": str(folder.file_of(name))} if folder.file_of(name) else {}),
                "clock": mechanism.clock,
                "systems": list(mechanism.systems),
                "line": first_sentence(mechanism.biology),
                "sources": {key: str(bibliography[key]) for key in mechanism.sources},
                "outputs": _declared({**mechanism.outputs, **mechanism.states}),
                "variables": _declared(mechanism.variables),
                "event_inputs": _declared(mechanism.event_inputs),
                "parameters": [_parameter(row) for row in folder.table(name)],
            }
        )
    return found


def _declared(names: Mapping[str, Declaration]) -> dict[str, dict[str, str]]:
    return {name: {"unit": item.unit, "label": item.label} for name, item in names.items()}


def _parameter(row: Parameter) -> dict[str, Any]:
    keys = ("symbol", "value", "unit", "spread", "tier", "source", "note")
    return {key: getattr(row, key) for key in keys}


def one_mechanism(found: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return a mechanism of the list.

    Raises
    ------
    UserError
        When there is none of that name.
    """
    from ketasim.model import ModelFolder

    by_name = {row["name"]: row for row in found}
    if name not in by_name:
        raise UserError(f"no mechanism '{name}'{ModelFolder().meant(name)}")
    return by_name[name]


def print_mechanism(row: dict[str, Any]) -> None:
    """Print what a mechanism gives, what may be set in it, and its numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    console.print(f"{row['name']}: {row['title']} ({row['clock']})\n{row['line']}")
    for title, key in (
        ("outputs and states", "outputs"),
        ("variables", "variables"),
        ("set by regimens", "event_inputs"),
    ):
        if row[key]:
            table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
            for column in ("name", "unit", "meaning"):
                table.add_column(column, overflow="fold")
            for name, item in row[key].items():
                table.add_row(name, item["unit"], item["label"])
            console.print(table)
    table = Table(title="parameters", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("symbol", "value", "unit", "tier", "source"):
        table.add_column(column, overflow="fold", justify="right" if column == "value" else "left")
    for item in row["parameters"]:
        value = f"{item['value']:g}"
        table.add_row(item["symbol"], value, item["unit"], item["tier"], item["source"])
    console.print(table)


def print_mechanisms(found: Sequence[dict[str, Any]]) -> None:
    """Print the list as a table, and the companions as another."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    companions = [row for row in found if row["companion"]]
    console.print(_table([row for row in found if not row["companion"]], ""))
    if companions:
        title = "companions: the kinetics of other drugs, in a model only when a study gives them"
        console.print(_table(companions, title))


def _table(found: Sequence[dict[str, Any]], title: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("mechanism", "clock", "systems", "title", "sources"):
        table.add_column(column, overflow="fold", no_wrap=column in ("mechanism", "clock"))
    for row in found:
        sources = ", ".join(row["sources"]) or "assumed"
        table.add_row(row["name"], row["clock"], " ".join(row["systems"]), row["title"], sources)
    return table
