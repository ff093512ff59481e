"""``ketasim screen``: from a file of candidates to a ranking, a picture and a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.cli import NUMERICAL, OK, PARTIAL
from ketasim.report.output_folder import Kind, check_replaceable, output_folder

if TYPE_CHECKING:
    from ketasim.cli.progress import Steps
    from ketasim.inference.screen import Screened
    from ketasim.inference.screen_file import Candidate
    from ketasim.report.style import Picture

RECORD = "screen.json"
TABLE = "candidates.csv"
SCREEN = Kind(RECORD, frozenset({RECORD, TABLE, "figures", "report.html"}))
EXAMPLE = "candidates.csv"


@dataclass(frozen=True)
class Answer:
    """What came out: the folder, the ranking, everything as plain data, and the exit code."""

    folder: Path
    screened: tuple[Screened, ...]
    record: Mapping[str, Any]
    code: int


def shipped_candidates() -> Path:
    """Return the path of the shipped file."""
    return Path(str(files("ketasim.cli").joinpath("examples", EXAMPLE)))


def read(file: Path | None) -> tuple[Candidate, ...]:
    """Read a file of candidates, or the shipped one."""
    from ketasim.inference.screen_file import read_candidates

    return read_candidates(file or shipped_candidates())


def run_screen(
    candidates: Sequence[Candidate],
    file: Path | None,
    n: int,
    seed: int,
    threads: int | None,
    target: Path,
    steps: Steps,
) -> Answer:
    """Screen candidates and write the folder.

    Raises
    ------
    UserError
        Too few draws, or a folder that cannot be written.
    """
    from ketasim.cli.screen_files import record
    from ketasim.inference.screen import PEOPLE, screen

    check_replaceable(target.absolute(), SCREEN)
    before = {"": 0}

    def tell(name: str) -> None:
        steps.advance(before[""])
        before[""] = 1
        steps.now(name)

    found = screen(candidates, n=n, seed=seed, threads=threads, progress=tell)
    steps.advance()
    steps.now("drawing")
    facts = record(found, file or shipped_candidates(), file is None, n, seed, PEOPLE)
    picture = _picture(found)
    with output_folder(target, SCREEN) as folder:
        _write(folder, found, picture, facts, PEOPLE)
    steps.advance()
    return Answer(target, found, facts, _code(found))


def _picture(found: Sequence[Screened]) -> Picture:
    from ketasim.report.figure_pareto import pareto_figure
    from ketasim.report.style import house_style

    with house_style():
        return pareto_figure(found)


def _write(
    folder: Path,
    found: Sequence[Screened],
    picture: Picture,
    facts: Mapping[str, Any],
    people: int,
) -> None:
    import json

    from ketasim.cli.screen_files import write_table
    from ketasim.report.files import write_file
    from ketasim.report.screen_page import screen_page
    from ketasim.report.svg import png, standalone

    write_table(found, folder / TABLE)
    for kind, content in (("svg", standalone(picture).encode("utf-8")), ("png", png(picture))):
        write_file(folder / "figures" / f"{picture.name}.{kind}", content)
    provenance = {key: str(value) for key, value in facts["provenance"].items()}
    title = f"Screening: {facts['provenance']['file']}"
    text = screen_page(title, found, [picture], people, provenance)
    write_file(folder / "report.html", text.encode("utf-8"))
    plain = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    write_file(folder / RECORD, plain.encode("utf-8"))


def _code(found: Sequence[Screened]) -> int:
    """Say whether all patients of all molecules could be computed, some, or none of one."""
    if any(one.measures[0, 0] != one.measures[0, 0] for one in found):
        return NUMERICAL
    return PARTIAL if any(one.lost for one in found) else OK
