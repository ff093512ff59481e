"""``ketasim regimen-search``: from an aim to the courses that reach it, a picture and a page."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.cli import NUMERICAL, OK, PARTIAL
from ketasim.report.output_folder import Kind, check_replaceable, output_folder

if TYPE_CHECKING:
    from rich.table import Table

    from ketasim.cli.progress import Steps
    from ketasim.inference.regimen_grid import SearchFile
    from ketasim.inference.regimen_search import Outcome, Search, Value

RECORD, TABLE, PAGE = "search.json", "courses.csv", "report.html"
SEARCH = Kind(RECORD, frozenset({RECORD, TABLE, PAGE, "figures"}))
FORMAT = 1
PIPED_WIDTH = 150
MOST_SHOWN = 12


@dataclass(frozen=True)
class Answer:
    """What came out: the folder, the search, everything as plain data, and the exit code."""

    folder: Path
    search: Search
    record: Mapping[str, Any]
    code: int


def with_options(
    asked: SearchFile,
    aim: str | None,
    limits: list[str] | None,
    n: int | None,
    seed: int | None,
) -> SearchFile:
    """Return a search with what the command line says instead, checked alike."""
    from ketasim.inference.regimen_grid import SearchFile
    from ketasim.toml_tables import checked

    said = {"aim": aim, "limits": limits or None, "n": n, "seed": seed}
    given = {key: value for key, value in said.items() if value is not None}
    if not given:
        return asked
    plain = asked.model_dump(mode="json", by_alias=True, exclude_none=True)
    return checked(SearchFile, {**plain, **given}, "command line")


def run_search(
    asked: SearchFile, file: str, threads: int | None, target: Path, steps: Steps
) -> Answer:
    """Search and write the folder.

    Raises
    ------
    UserError
        What the search refuses, or a folder that cannot be written.
    """
    from ketasim.inference.regimen_search import search_regimens

    check_replaceable(target.absolute(), SEARCH)
    before = {"": 0}

    def tell(name: str) -> None:
        steps.advance(before[""])
        before[""] = 1
        steps.now(name if len(name) < 60 else name[:57] + "...")

    found = search_regimens(asked, threads=threads, progress=tell)
    steps.advance()
    steps.now("drawing")
    facts = record(found, asked, file)
    with output_folder(target, SEARCH) as folder:
        _write(folder, found, asked, facts)
    steps.advance()
    return Answer(target, found, facts, _code(found))


def record(found: Search, asked: SearchFile, file: str) -> dict[str, Any]:
    """Return everything as plain data: what was asked, what came out, what it was made with."""
    from ketasim import __version__
    from ketasim.inference.regimen_search import search_model
    from ketasim.simulation.provenance import versions

    model = search_model([one.candidate for one in found.outcomes])
    best = found.best
    return {
        "format": FORMAT,
        "aim": found.aim.text,
        "limits": [each.text for each in found.limits],
        "best": None if best is None else best.candidate.name,
        "provenance": {
            "program": f"ketasim {__version__}",
            "file": file,
            "virtual patients": found.people,
            "population": asked.population.name,
            "seed": asked.seed,
            "mechanisms": ", ".join(model.mechanisms),
            "model_hash": model.hash,
            **{f"version_{name}": version for name, version in versions().items()},
        },
        "search": asked.model_dump(mode="json", by_alias=True, exclude_none=True),
        "courses": [plain(one) for one in found.outcomes],
    }


def plain(one: Outcome) -> dict[str, Any]:
    """Return one course as plain data."""
    given = one.candidate
    return {
        "course": given.name,
        "treatment": given.treatment,
        "first_course": given.induction,
        "what_follows": given.maintenance,
        "meets_aim": one.met,
        "with_its_interval": one.sure,
        "on_frontier": one.front,
        "sessions": _value(one.sessions),
        "measures": {word: _value(value) for word, value in one.values.items()},
        "patients_lost": one.lost,
    }


def write_table(found: Search, path: Path) -> None:
    """Write a row per course, best first: every measure with its 95 % interval."""
    keys = ("course", "treatment", "first_course", "what_follows", "meets_aim",
            "with_its_interval", "on_frontier")  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        rows = [plain(one) for one in found.outcomes]
        words = [(_column(found, word), word) for word in rows[0]["measures"]]
        names = ["sessions_counted", *(name for name, _ in words)]
        head = [f"{name}{end}" for name in names for end in ("", "_low_95", "_high_95")]
        writer.writerow([*keys, *head, "counted", "patients_lost"])
        for row in rows:
            values = [row["sessions"], *(row["measures"][word] for _, word in words)]
            cells = [_cell(v[key]) for v in values for key in ("value", "low_95", "high_95")]
            told = [
                str(row[key]).lower() if row[key] in (True, False) else row[key] for key in keys
            ]
            writer.writerow([*told, *cells, row["sessions"]["n"], row["patients_lost"]])


def _column(found: Search, word: str) -> str:
    from ketasim.inference.regimen_aim import MEASURES

    unit = MEASURES[word].unit.replace("%", "percent")
    named = {"sessions": "sessions_everybody", "days of raised BP": "raised_BP"}
    return "_".join(filter(None, (named.get(word, word.replace(" ", "_")), unit)))


def _write(folder: Path, found: Search, asked: SearchFile, facts: Mapping[str, Any]) -> None:
    from ketasim.report.figure_regimens import regimens_figure
    from ketasim.report.files import write_file
    from ketasim.report.regimen_page import regimen_page
    from ketasim.report.style import house_style
    from ketasim.report.svg import png, standalone

    with house_style():
        picture = regimens_figure(found)
    write_table(found, folder / TABLE)
    for kind, content in (("svg", standalone(picture).encode("utf-8")), ("png", png(picture))):
        write_file(folder / "figures" / f"{picture.name}.{kind}", content)
    provenance = {key: str(value) for key, value in facts["provenance"].items()}
    page = regimen_page(asked.title, found, [picture], provenance)
    write_file(folder / PAGE, page.encode("utf-8"))
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    write_file(folder / RECORD, text.encode("utf-8"))


def print_answer(found: Search, folder: Path) -> None:
    """Print the best, the frontier and where everything lies."""
    from rich.console import Console

    from ketasim.report.regimen_words import doubt, headline

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=PIPED_WIDTH)
    console.print(headline(found), soft_wrap=True)
    if text := doubt(found):
        console.print(text, soft_wrap=True)
    console.print(frontier_table(found))
    lost = sum(one.lost for one in found.outcomes)
    if lost:
        console.print(f"{lost} simulated courses could not be computed")
    console.print(f"table, figure, report: {folder}", soft_wrap=True)
    console.print("For research; not medical advice.")


def frontier_table(found: Search) -> Table:
    """Return the frontier as a table for a terminal, fewest sessions first."""
    from rich import box
    from rich.table import Table

    from ketasim.report.regimen_words import HEAD, UNITS, cells, mark

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Frontier", title_justify="left")
    for name, unit in zip(("course", "aim", *HEAD[1:]), ("", "", *UNITS[1:]), strict=True):
        numeric = name not in ("course", "aim")
        head = f"{name}\n{unit}" if unit else name
        table.add_column(head, justify="right" if numeric else "left", no_wrap=numeric)
    for one in found.front[:MOST_SHOWN]:
        row = [f"{value}\n{span}" if span else value for value, span in cells(one)[1:]]
        table.add_row(one.candidate.name, mark(one), *row)
    return table


def _code(found: Search) -> int:
    """Say whether everybody's courses could be computed, some, or none of one."""
    if any(one.lost == found.people for one in found.outcomes):
        return NUMERICAL
    return PARTIAL if any(one.lost for one in found.outcomes) else OK


def _value(value: Value) -> dict[str, float | int | None]:
    return {
        "value": _number(value.value),
        "low_95": _number(value.low),
        "high_95": _number(value.high),
        "n": value.n,
    }


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
