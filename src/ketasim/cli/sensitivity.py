"""``ketasim sensitivity``: from a study and a question to tables, pictures and a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.cli import NUMERICAL, OK, PARTIAL
from ketasim.errors import UserError, nearest
from ketasim.report.output_folder import Kind, check_replaceable, output_folder

if TYPE_CHECKING:
    from ketasim.cli.progress import Steps
    from ketasim.inference.sensitivity_global import GlobalSensitivity
    from ketasim.inference.sensitivity_local import LocalSensitivity
    from ketasim.inference.sensitivity_runs import Experiment
    from ketasim.population import Population
    from ketasim.report.style import Missing, Picture
    from ketasim.study import Setup, Study

RECORD, PAGE = "run.json", "report.html"
TABLES = ("sobol.csv", "screening.csv", "tornado.csv", "elasticities.csv", "not_varied.csv")
SENSITIVITY = Kind(RECORD, frozenset({RECORD, PAGE, "figures", *TABLES}))
KINDS = ("local", "global", "both")
MOST_PEOPLE = 1000


@dataclass(frozen=True)
class Asked:
    """What the command line says.

    Attributes
    ----------
    outputs, measures, fixed : tuple of str
    at : tuple of str or None
    kind : str
        ``local``, ``global`` or ``both``.
    arm : str or None
        Default: the study's first arm that is not the control.
    n, kept, people, seed : int
    threads : int or None
    """

    outputs: tuple[str, ...]
    measures: tuple[str, ...]
    at: tuple[str, ...] | None
    fixed: tuple[str, ...]
    kind: str
    arm: str | None
    n: int
    kept: int
    people: int
    seed: int
    threads: int | None


@dataclass(frozen=True)
class Answer:
    """What came out: the folder, both analyses, everything as plain data, and the exit code."""

    folder: Path
    local: LocalSensitivity | None
    whole: GlobalSensitivity | None
    record: Mapping[str, Any]
    code: int


@dataclass(frozen=True)
class Question:
    """An experiment, whose answer it is, and what stays."""

    experiment: Experiment
    setup: Setup
    arm: str
    who: str
    fixed: tuple[str, ...]


def question(study: Study, asked: Asked) -> Question:
    """Return what a study and the command line ask, checked.

    Raises
    ------
    UserError
        Unknown kind, arm, output, measure or parameter; a time outside the study; numbers out
        of range.
    """
    from ketasim.inference.sensitivity import experiment_of
    from ketasim.inference.sensitivity_global import check_n
    from ketasim.study.setup import prepare

    if asked.kind not in KINDS:
        raise UserError(f"--kind: unknown {asked.kind!r}{nearest(asked.kind, KINDS)}")
    if asked.kind != "local":
        check_n(asked.n, asked.kept)
    if not 1 <= asked.people <= MOST_PEOPLE:
        raise UserError(f"--people: {asked.people} is out of range; 1 to {MOST_PEOPLE:,}")
    setup = prepare(study)
    arm = asked.arm or study.main_arm
    if arm not in setup.regimens:
        raise UserError(f"--arm: no arm {arm!r}{nearest(arm, setup.regimens)}")
    control = setup.regimens[study.control] if study.control not in (None, arm) else None
    population, who = _people(setup, asked.people)
    experiment = experiment_of(
        setup.model,
        setup.regimens[arm],
        population,
        asked.outputs,
        asked.measures or None,
        asked.at,
        control,
        float(setup.times_h[-1]),
        course_h=None if study.times.at else setup.times_h,
        rtol=study.tolerance,
        threads=asked.threads,
    )
    known = {row.symbol for row in setup.model.parameters}
    for symbol in asked.fixed:
        if symbol not in known:
            raise UserError(f"--fixed: no parameter {symbol!r}{nearest(symbol, known)}")
    return Question(experiment, setup, arm, who, (*asked.fixed, *study.values))


def _people(setup: Setup, count: int) -> tuple[Population, str]:
    """Return the typical person or several, and what to call them."""
    name = setup.population.name
    if count == 1:
        one = replace(setup.population, n=1, between_person=False, given=None)
        return one, f"the typical person of {name}"
    if setup.population.given is not None and count > setup.population.n:
        raise UserError(f"--people: {count} asked for; the file holds {setup.population.n}")
    return (
        replace(setup.population, n=count, sampling="sobol"),
        f"the mean of {count} virtual people of {name}",
    )


def work(asked: Asked, question: Question) -> int:
    """Return about how many sets of parameters are to be simulated."""
    from ketasim.inference.sensitivity_global import SCREENING_N

    rows = len(question.setup.model.parameters)
    local = 4 * rows if asked.kind != "global" else 0
    whole = asked.n * (asked.kept + 35) + min(asked.n, SCREENING_N) * rows
    return local + (whole if asked.kind != "local" else 0)


def run_sensitivity(asked: Asked, question: Question, target: Path, steps: Steps) -> Answer:
    """Analyse and write the folder.

    Raises
    ------
    UserError
        A folder that cannot be written.
    """
    from ketasim.cli.sensitivity_files import record, write_tables
    from ketasim.inference.sensitivity_global import global_of
    from ketasim.inference.sensitivity_local import local_of

    check_replaceable(target.absolute(), SENSITIVITY)
    experiment, fixed = question.experiment, question.fixed
    local = whole = None
    if asked.kind != "global":
        steps.now("one parameter at a time")
        local = local_of(experiment, fixed, _Advance(steps))
    if asked.kind != "local":
        steps.now("everything at once")
        whole = global_of(
            experiment, fixed, n=asked.n, seed=asked.seed, kept=asked.kept,
            progress=_Advance(steps),
        )  # fmt: skip
    steps.now("drawing")
    code = _code(local, whole)
    facts = record(asked, question, local, whole, code)
    with output_folder(target, SENSITIVITY) as folder:
        write_tables(folder, local, whole)
        _write(folder, question, local, whole, facts)
    return Answer(target, local, whole, facts, code)


def _write(
    folder: Path,
    question: Question,
    local: LocalSensitivity | None,
    whole: GlobalSensitivity | None,
    facts: Mapping[str, Any],
) -> None:
    import json

    from ketasim.report.files import write_file
    from ketasim.report.sensitivity_page import sensitivity_page
    from ketasim.report.style import Picture
    from ketasim.report.svg import png, standalone

    pictures = draw(local, whole, question.who)
    for picture in (each for kind in pictures.values() for each in kind):
        if isinstance(picture, Picture):
            place = folder / "figures" / picture.name
            write_file(f"{place}.svg", standalone(picture).encode("utf-8"))
            write_file(f"{place}.png", png(picture))
    provenance = {key: str(value) for key, value in facts["provenance"].items()}
    title = f"{question.setup.study.title}: what the answer leans on"
    page = sensitivity_page(title, local, whole, pictures, question.who, provenance)
    write_file(folder / PAGE, page.encode("utf-8"))
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    write_file(folder / RECORD, text.encode("utf-8"))


def draw(
    local: LocalSensitivity | None, whole: GlobalSensitivity | None, who: str
) -> dict[str, Sequence[Picture | Missing]]:
    """Draw a tornado and the Sobol indices of each quantity."""
    from ketasim.report.figure_sobol import sobol
    from ketasim.report.figure_tornado import tornado
    from ketasim.report.style import house_style

    pictures: dict[str, Sequence[Picture | Missing]] = {}
    with house_style():
        if local is not None:
            pictures["local"] = [tornado(local, k, who) for k in range(len(local.quantities))]
        if whole is not None:
            pictures["global"] = [sobol(whole, k, who) for k in range(len(whole.quantities))]
    return pictures


class _Advance:
    """Turns sets done into steps."""

    def __init__(self, steps: Steps) -> None:
        self._steps, self._last = steps, 0

    def __call__(self, done: int, total: int) -> None:
        self._steps.advance(done - self._last)
        self._last = done


def _code(local: LocalSensitivity | None, whole: GlobalSensitivity | None) -> int:
    """Say whether every set of parameters gave an answer, some, or not even the tabled one."""
    there = [each for each in (local, whole) if each is not None]
    if any(np.isnan(each.reference).any() for each in there):
        return NUMERICAL
    return PARTIAL if any(each.lost for each in there) else OK
