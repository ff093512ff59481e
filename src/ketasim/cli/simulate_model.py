"""``ketasim simulate``: a model of SBML or Antimony, for one individual or for many."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ketasim.cli.simulate_tables import doses_of_each, finite, read_doses, read_people
from ketasim.errors import UserError
from ketasim.input_files import SBML_MB, read_text

if TYPE_CHECKING:
    from ketasim.engine.event_run import Course

POINTS = 201
"""Output times where only the end is given."""
MOST_TIMES = 1_000_000
NAMED = 3
"""Individuals that failed who are named."""


@dataclass
class Simulated:
    """What runs give, worked out as it is read.

    Attributes
    ----------
    names : tuple of str
    times : ndarray, shape (n_times,)
    ids : tuple of str or None
        Of the individuals; None where there is but one, without a table.
    courses : iterator of Course
        With values of shape (n_times, n_outputs); one for each individual.
    failed : list of (str, str)
        Who ended early so far, and how.
    """

    names: tuple[str, ...]
    times: np.ndarray
    ids: tuple[str, ...] | None
    courses: Iterator[Course]
    failed: list[tuple[str, str]] = field(default_factory=list)

    def read(self) -> Iterator[tuple[str, Course]]:
        """Yield each individual's name and course, once."""
        for name, course in zip(self.ids or ("",), self.courses, strict=True):
            if course.status != "ok":
                self.failed.append((name, course.status))
            yield name, course

    def told(self) -> str:
        """Return how many failed, who and why; empty where nobody has so far."""
        if not self.failed:
            return ""
        if self.ids is None:
            return f"{self.failed[0][1]}; values from there on are NaN"
        counts = Counter(status for _, status in self.failed)
        why = ", ".join(f"{n} {status}" for status, n in counts.most_common())
        named = ", ".join(name for name, _ in self.failed[:NAMED])
        named += ", ..." * (len(self.failed) > NAMED)
        return (
            f"{len(self.failed)} of {len(self.ids)} individuals failed: {why} (id {named}); "
            "their values from there on are NaN"
        )


@dataclass(frozen=True)
class Wish:
    """What the command was asked for, as it was typed."""

    model: Path
    until: float | None = None
    times: str | None = None
    outputs: Sequence[str] = ()
    values: Sequence[str] = ()
    doses: Path | None = None
    people: Path | None = None
    rtol: float = 1e-8
    atol: float = 1e-12
    seconds: float = 120.0
    jobs: int | None = None


def simulated(wish: Wish) -> Simulated:
    """Read what is asked and compile it; running begins as the courses are read.

    Raises
    ------
    UserError
        A file, a name or a number that does not fit; the message says which.
    """
    from ketasim.engine.event_run import Limits
    from ketasim.engine.sbml_people import People, Question, run_people
    from ketasim.engine.sbml_run import run_sbml

    times = output_times(wish.until, wish.times)
    text = model_text(wish.model)
    outputs = tuple(n.strip() for each in wish.outputs for n in each.split(",") if n.strip())
    values = dict(_pair(each) for each in wish.values)
    limits = Limits(rtol=wish.rtol, atol=wish.atol, seconds=wish.seconds)
    table = read_people(wish.people) if wish.people is not None else None
    doses = read_doses(wish.doses, table.ids if table else None) if wish.doses is not None else []
    if table is None:
        names, course = run_sbml(text, times, outputs=outputs, values=values,
                                 doses=[dose for _, dose in doses], limits=limits)  # fmt: skip
        return Simulated(names, times, None, iter([course]))
    people = People(table.values, doses_of_each(table.ids, doses))
    names, courses = run_people(
        Question(text, times, people, outputs, values, limits), jobs=wish.jobs
    )
    return Simulated(names, times, table.ids, courses)


def model_text(path: Path) -> str:
    """Return a model file as SBML; Antimony is translated.

    Raises
    ------
    UserError
        Another kind of file, one that cannot be read, or Antimony that is refused.
    """
    from ketasim.model.sbml_import import antimony_file

    kind = path.suffix.lower()
    if kind in (".xml", ".sbml"):
        return read_text(path, SBML_MB)
    if kind in (".ant", ".txt"):
        return antimony_file(path)
    raise UserError(f"{path}: give an SBML file (.xml, .sbml) or an Antimony file (.ant)")


def output_times(until: float | None, times: str | None) -> np.ndarray:
    """Return the output times: ``--times`` as ``0,1,2.5`` or ``0:24:0.5``, else up to ``--until``.

    Raises
    ------
    UserError
        Neither or both are given, or something is no number.
    """
    if (until is None) == (times is None):
        raise UserError("give either --until END or --times (0,1,2.5 or START:END:STEP)")
    if until is not None:
        if not (math.isfinite(until) and until >= 0):
            raise UserError(f"--until: {until:g} is no time to stop at; give a number from 0 on")
        return np.linspace(0.0, until, POINTS) if until else np.zeros(1)
    assert times is not None
    if ":" in times:
        parts = [finite(part, "--times") for part in times.split(":")]
        if len(parts) != 3 or parts[2] <= 0 or parts[1] < parts[0]:
            raise UserError(f"--times: {times!r} is not START:END:STEP with STEP above 0")
        count = math.floor((parts[1] - parts[0]) / parts[2] * (1 + 1e-12)) + 1
        if count > MOST_TIMES:
            raise UserError(f"--times: {times!r} means {count:,} times; at most {MOST_TIMES:,}")
        return parts[0] + parts[2] * np.arange(count)
    return np.array([finite(part, "--times") for part in times.split(",")])


def _pair(text: str) -> tuple[str, float]:
    name, equals, number = text.partition("=")
    if not equals or not name.strip():
        raise UserError(f"--values: {text!r} is not NAME=NUMBER")
    return name.strip(), finite(number, f"--values: {name.strip()}")
