"""A question: the whole state of the explorer, and the study file that asks the same."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ketasim.dosing.protocol import Step
from ketasim.errors import UserError
from ketasim.explorer.charts import study_outputs
from ketasim.explorer.limits import (
    LONGEST_D,
    MOST_ARMS,
    MOST_PEOPLE,
    SHORTEST_D,
    check_regimen,
    check_steps,
)
from ketasim.study import Study, checked_study
from ketasim.study.setup import DEFAULT_N, DEFAULT_POPULATION
from ketasim.study.tables import Name, Share
from ketasim.toml_tables import Table, checked

MOST_NAMES = 200
Strength = Annotated[float, Field(ge=0)]
LARGEST_SEED = 2**53  # the largest whole number that a browser holds exactly


class QuestionArm(Table):
    """A group of people and what they are given; no steps: nothing is given."""

    name: Name
    steps: tuple[Step, ...] = ()
    open_label: bool = False


class Question(Table):
    """What is asked: who, what is given, for how long, and which mechanisms are switched.

    Attributes
    ----------
    v : int
        Version of this form.
    people : str
        Whether one typical person is looked at, or a population of ``n``.
    population : str
        Whose: a named population.
    until_d : float
        End of the simulation [d].
    off, scale, block : tuple of str, dict of str to float, dict of str to float
        Mechanisms left at rest; at another strength; blocked by a share.
    values, overrides : dict of str to float
        Parameters by symbol; values fixed for everybody, as ``WT``.
    """

    v: Literal[1] = 1
    title: str | None = Field(default=None, max_length=200)
    people: Literal["typical", "population"] = "typical"
    n: int = Field(default=200, ge=1, le=MOST_PEOPLE)
    population: str = DEFAULT_POPULATION
    seed: int = Field(default=1, ge=0, le=LARGEST_SEED)
    until_d: float = Field(default=14.0, ge=SHORTEST_D, le=LONGEST_D)
    arms: tuple[QuestionArm, ...] = Field(min_length=1, max_length=MOST_ARMS)
    control: str | None = None
    off: tuple[str, ...] = Field(default=(), max_length=MOST_NAMES)
    scale: dict[str, Strength] = Field(default_factory=dict, max_length=MOST_NAMES)
    block: dict[str, Share] = Field(default_factory=dict, max_length=MOST_NAMES)
    values: dict[str, float] = Field(default_factory=dict, max_length=MOST_NAMES)
    overrides: dict[str, float] = Field(default_factory=dict, max_length=MOST_NAMES)

    @model_validator(mode="after")
    def _switched_once(self) -> Question:
        for name in self.off:
            if self.off.count(name) > 1:
                raise ValueError(f"off: {name!r} stands twice")
            if name in self.scale:
                raise ValueError(f"scale: {name!r} is off, and has a strength as well; choose one")
        return self

    def plain(self) -> dict[str, Any]:
        """Return the question as plain data that `read_question` reads back."""
        whole = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        for arm, own in zip(whole["arms"], self.arms, strict=True):
            arm["steps"] = [_plain_step(step) for step in own.steps]
        return {**whole, "control": self.control}


def read_question(data: Any, place: str = "question") -> Question:
    """Return plain data as a question, its study checked as well.

    Raises
    ------
    UserError
        One line for each mistake; ``place`` is what each names first.
    """
    if not isinstance(data, dict):
        raise UserError(f"{place}: {_kind(data)} is no question; it must be a table")
    check_steps(data.get("arms"), "steps", place)
    return checked(Question, data, place)


def question_study(question: Question, place: str = "question") -> Study:
    """Return the study that asks what ``question`` asks, checked as its file would be.

    Raises
    ------
    UserError
        What a study refuses: a control that is no arm, two arms of one name, a step after the end.
    """
    arms = [
        {
            "name": arm.name,
            "regimen": [_plain_step(step) for step in arm.steps],
            "open_label": arm.open_label,
        }
        for arm in question.arms
    ]
    data = {
        "title": question.title or default_title(question),
        "n": question.n,
        "seed": question.seed,
        "outputs": study_outputs(),
        "control": question.control,
        "times": {"until": f"{_number(question.until_d)} d"},
        "scale": {**dict.fromkeys(question.off, 0.0), **question.scale},
        "block": question.block,
        "values": question.values,
        "population": {"name": question.population, "overrides": question.overrides},
        "arms": arms,
        "typical": question.people == "typical",
    }
    study = checked_study({k: v for k, v in data.items() if v is not None}, place)
    for a, arm in enumerate(study.arms, 1):
        check_regimen(arm.given(), f"{place}: arms[{a}].steps")
    return study


def study_question(study: Study, file: str = "study") -> tuple[Question, tuple[str, ...]]:
    """Return a study as a question, and what of it the explorer leaves out.

    Parameters
    ----------
    study : Study
    file : str
        Named in errors.

    Returns
    -------
    question : Question
    notes : tuple of str
        A line for each thing that changes no curve of the people shown, and is left out.

    Raises
    ------
    UserError
        What would change the curves and has no place in a question: mechanisms left out of the
        model, people from a file, too many arms, too long.
    """
    _refuse(study, file)
    most = min(DEFAULT_N if study.n is None else study.n, MOST_PEOPLE)
    data = {
        "title": study.title,
        "people": "typical" if study.typical else "population",
        "n": most,
        "population": study.population.name or DEFAULT_POPULATION,
        "seed": study.seed,
        "until_d": _days(study),
        "arms": [
            {
                "name": arm.name,
                "steps": [_plain_step(step) for step in arm.regimen],
                "open_label": arm.open_label,
            }
            for arm in study.arms
        ],
        "control": study.control,
        "off": [name for name, strength in study.scale.items() if strength == 0],
        "scale": {name: strength for name, strength in study.scale.items() if strength != 0},
        "block": study.block,
        "values": study.values,
        "overrides": study.population.overrides,
    }
    return read_question(data, file), _notes(study, most)


def default_title(question: Question) -> str:
    """Return a title made of the names of the arms: the control last."""
    names = [arm.name for arm in question.arms if arm.name != question.control]
    if question.control is not None and len(question.arms) > 1:
        return f"{' and '.join(names)} against {question.control}"
    return " and ".join(names)


def _refuse(study: Study, file: str) -> None:
    if study.mechanisms != "all":
        raise UserError(f"{file}: mechanisms: the explorer has all of them; put those that should "
                        "be silent at rest, as in scale = { glutamate = 0 }")  # fmt: skip
    if study.without:
        rest = ", ".join(f"{name} = 0" for name in study.without)
        raise UserError(f"{file}: without: the explorer leaves no mechanism out; put it at rest, "
                        f"as in scale = {{ {rest} }}")  # fmt: skip
    if study.add:
        raise UserError(f"{file}: add: the explorer reads no mechanism from a file; run the study: "
                        "ketasim run")  # fmt: skip
    if study.population.file is not None:
        raise UserError(f"{file}: population.file: the explorer reads no file of people; "
                        "give overrides, or run it: ketasim run")  # fmt: skip


def _notes(study: Study, n: int) -> tuple[str, ...]:
    """Return a line for each key whose content the explorer does without."""
    fresh = Study.model_fields
    said = {
        "question": "the question in words is not kept",
        "tolerance": "the explorer solves with 0.0001",
        "attribution": "the explorer chooses its own times and people",
    }
    notes = [
        f"{key}: {words}"
        for key, words in said.items()
        if getattr(study, key) != fresh[key].get_default(call_default_factory=True)
    ]
    if set(study.outputs) != set(study_outputs()):
        notes.append("outputs: the explorer shows its own charts")
    if (study.times.grid, study.times.every, study.times.at) != (None, None, None):
        notes.append("times: the explorer chooses when it looks")
    if study.n is not None and study.n > n:
        notes.append(f"n: the first {n:,} of {study.n:,} people are shown")
    return tuple(notes)


def _days(study: Study) -> float:
    """Return when a study ends [d], exactly as written where it is written in days."""
    from ketasim.dosing.quantities import hours

    ends = study.times.at or (study.times.until,)
    end = max(ends, key=hours)
    written = re.fullmatch(r"\s*([\d.eE+-]+)\s*(d|day|days)\s*", end)
    return float(written[1]) if written else hours(end) / 24


def _plain_step(step: Step) -> dict[str, Any]:
    """Return what a step says, and drug and route even where they are the usual ones."""
    said = step.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if step.route == "infusion" and step.drug.strip().lower() == "saline":
        return {"drug": step.drug, **said}
    return {"drug": step.drug, "route": step.route, **said}


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else repr(value)


def _kind(data: Any) -> str:
    return {list: "a list", str: "text", bool: "true or false"}.get(type(data), repr(data)[:40])
