"""Who carries the effect when: the fall in MADRS divided among mechanisms, for few people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ketasim.explorer.doses import given
from ketasim.explorer.models import Kept, companions_of, ready_model
from ketasim.explorer.people import Who, model_as_set, population_of, who_is_asked
from ketasim.explorer.question import Question, QuestionArm, question_study
from ketasim.explorer.simulate import Stopped

if TYPE_CHECKING:
    from ketasim.model import Model
    from ketasim.population import Population

PEOPLE = 12
TIMES = 12
FIRST_H = 0.5
KEPT_SHARES = 64


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of the main arm's effect.

    Attributes
    ----------
    arm : str
    times_h : ndarray, shape (12,)
    series : list of (arm, output, stat, ndarray)
        ``share:MECHANISM``, ``error:MECHANISM`` (its standard error), ``total`` [points].
    individuals, lost : int
    """

    arm: str
    times_h: np.ndarray
    series: list[tuple[str, str, str, np.ndarray]]
    individuals: int
    lost: int


@dataclass(frozen=True)
class _Asked:
    """All that shares depend on."""

    arm: QuestionArm
    who: Who
    until_h: float
    reading: str


def mechanism_shares(
    question: Question, reading: str, stopped: Callable[[], bool] = lambda: False
) -> Shares:
    """Divide the effect of a question's main arm, compared with nothing given.

    Parameters
    ----------
    question : Question
        A typical person stands for 12 alike, each with orders of their own; a population for its
        first 12.
    reading : str
        ``left at rest`` or ``blocked below rest``.
    stopped : callable
        Asked after each simulation; `Stopped` is raised where it returns True.
    """
    main = question_study(question).main_arm
    arm = next(arm for arm in question.arms if arm.name == main)
    companions = companions_of([given(arm).regimen])
    typical = question.people == "typical"
    few = question.model_copy(update={"n": PEOPLE if typical else min(PEOPLE, question.n)})
    who = replace(who_is_asked(few, companions, typical=False), typical=typical)
    asked = _Asked(arm, who, question.until_d * 24, reading)
    return _kept_shares(asked, stopped)


def share_times(until_h: float) -> np.ndarray:
    """Return twelve round moments from half an hour to the end, about evenly in their logarithm.

    Hours in two digits on the first day, days in two digits after it; a day and a week are among
    them where they lie between the others, and the last is the end itself.
    """
    wanted = np.geomspace(min(FIRST_H, until_h / 4), until_h, TIMES)
    units_h = [1.0 if hour < 24 else 24.0 for hour in wanted]
    rounded = np.array(
        [float(f"{hour / unit:.2g}") * unit for hour, unit in zip(wanted, units_h, strict=True)]
    )
    rounded[-1] = until_h
    for usual_h in (24.0, 168.0):
        if rounded[1] < usual_h < rounded[-2]:
            rounded[1 + np.abs(np.log(rounded[1:-1] / usual_h)).argmin()] = usual_h
    return rounded


def _divided(asked: _Asked, stopped: Callable[[], bool]) -> Shares:
    from ketasim.inference import attribute

    def told(done: int, total: int) -> None:
        if stopped():
            raise Stopped

    model, population = model_as_set(asked.who), population_of(asked.who)
    found = attribute(
        model,
        given(asked.arm).regimen,
        population,
        share_times(asked.until_h),
        reading=asked.reading,
        mechanisms=_present(asked.who),
        values=_fixed(asked.who, model, population),
        threads=1,
        progress=told,
    )
    series = []
    for place, name in enumerate(found.mechanisms):
        series.append((asked.arm.name, "MADRS", f"share:{name}", found.share[place]))
        error = found.standard_error[place]
        series.append((asked.arm.name, "MADRS", f"error:{name}", error))
    series.append((asked.arm.name, "MADRS", "total", found.total))
    return Shares(asked.arm.name, found.times_h, series, found.individuals, found.lost)


_kept_shares: Kept[_Asked, Shares] = Kept(_divided, KEPT_SHARES)


def _present(who: Who) -> list[str]:
    """Return the mechanisms to divide among: those that can be switched, are on, and act."""
    ready, chosen = ready_model(who.companions), dict(who.settings)
    return [
        one.name
        for one in ready.model.wiring.mechanisms
        if one.clock != "kinetics"
        and f"scale_{one.name}" in ready.compiled.parameters
        and chosen.get(f"scale_{one.name}") != 0
        and chosen.get(f"block_{one.name}") != 1
    ]


def _fixed(who: Who, model: Model, population: Population) -> dict[str, float]:
    """Return the settings that do not spread between people; the others are drawn about theirs."""
    from ketasim.population import draw

    drawn = set(draw(population, model.parameters, 0, 1)[0])
    return {symbol: value for symbol, value in who.settings if symbol not in drawn}
