"""A question and its study say the same, and what a question cannot hold is refused by name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.errors import UserError
from ketasim.explorer.catalogue import presets
from ketasim.explorer.question import (
    Question,
    default_title,
    question_study,
    read_question,
    study_question,
)
from ketasim.explorer.study_text import study_as_question
from ketasim.study.file import default_study_text
from ketasim.study.writing import study_toml
from tests.explorer.asked import INFUSION, SALINE, plain, question

NAMES = ("nmda", "glutamate", "lhb", "ampa", "spines", "expect")
NUMBER = st.floats(0.001, 1e6, allow_nan=False)
SHARE = st.floats(0, 1, allow_nan=False)


@st.composite
def questions(draw) -> Question:
    """Any question that means something."""
    names = draw(st.lists(st.from_regex(r"[a-z][a-z0-9_.+-]{0,8}", fullmatch=True), min_size=1,
                          max_size=3, unique_by=str.lower))  # fmt: skip
    steps = st.lists(
        st.sampled_from([INFUSION, SALINE, {**INFUSION, "per_week": 2, "weeks": 2},
                         {"drug": "SSRI", "route": "daily", "for": "6 weeks"},
                         {"drug": "naltrexone", "dose": "50 mg", "route": "oral",
                          "start": "-45 min"}]),
        max_size=3,
    )  # fmt: skip
    off = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3))
    others = [name for name in NAMES if name not in off]
    title = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
    return read_question(
        {
            "title": draw(title),
            "people": draw(st.sampled_from(["typical", "population"])),
            "n": draw(st.integers(1, 1000)),
            "population": draw(st.sampled_from(["trd", "healthy"])),
            "seed": draw(st.integers(0, 2**53)),
            "until_d": draw(st.floats(0.05, 365)),
            "arms": [
                {"name": name, "steps": draw(steps), "open_label": draw(st.booleans())}
                for name in names
            ],
            "control": draw(st.sampled_from(names)),
            "off": off,
            "scale": draw(st.dictionaries(st.sampled_from(others), NUMBER, max_size=2)),
            "block": draw(st.dictionaries(st.sampled_from(NAMES), SHARE, max_size=2)),
            "values": draw(st.dictionaries(st.sampled_from(["w_D", "CL_S"]), NUMBER, max_size=2)),
            "overrides": draw(st.dictionaries(st.sampled_from(["WT", "age"]), NUMBER, max_size=2)),
        }
    )


@settings(max_examples=60, deadline=None)
@given(questions())
def test_there_and_back_through_study_and_file(asked):
    study = question_study(asked)
    again, notes = study_question(study)
    assert again == asked
    assert notes == ()
    assert study_as_question(study_toml(study)) == (asked, ())


@settings(max_examples=20, deadline=None)
@given(questions())
def test_there_and_back_through_json(asked):
    assert read_question(json.loads(json.dumps(asked.plain()))) == asked


@pytest.mark.parametrize("preset", presets(), ids=lambda p: p["name"])
def test_presets_are_studies(preset):
    asked = preset["question"]
    assert study_question(question_study(asked))[0] == asked


def test_the_study_shipped_opens_and_says_what_is_left_out():
    asked, notes = study_as_question(default_study_text())
    assert (asked.n, asked.until_d, asked.control) == (1000, 28.0, "saline")
    assert {note.split(":")[0] for note in notes} == {"question", "outputs", "times"}


def test_strength_zero_is_off():
    asked = question(off=["lhb"], scale={"nmda": 0.5})
    assert question_study(asked).scale == {"lhb": 0.0, "nmda": 0.5}


def test_title_is_made_of_the_arms():
    assert default_title(question()) == "ketamine against saline"
    assert question_study(question()).title == "ketamine against saline"


REFUSED = {
    "without": ('without = ["lhb"]', "without: the explorer leaves no mechanism out"),
    "mechanisms": ('mechanisms = ["pk"]', "mechanisms: the explorer has all of them"),
    "add": ('add = ["my.ant"]', "add: the explorer reads no mechanism from a file"),
    "people": ('[population]\nfile = "people.csv"', "population.file: the explorer reads no file"),
    "long": ('[times]\nuntil = "3 years"', "until_d: 1095.75 is out of range"),
}


@pytest.mark.parametrize("key", REFUSED)
def test_what_a_question_cannot_hold_is_refused_by_name(key):
    text, said = REFUSED[key]
    arms = '[[arms]]\nname = "a"\nregimen = [{ dose = "1 mg", over = "1 h" }]\n'
    with pytest.raises(UserError, match=f"mine.toml: {said}") as caught:
        study_as_question(f'title = "t"\noutputs = ["MADRS"]\n{text}\n{arms}', "mine.toml")
    assert "\n" not in str(caught.value)


def test_too_many_arms():
    arms = "".join(f'[[arms]]\nname = "a{k}"\n' for k in range(4))
    with pytest.raises(UserError, match="arms"):
        study_as_question(f'title = "t"\noutputs = ["MADRS"]\ncontrol = "a0"\n{arms}')


MISTAKES = {
    "an unknown key": ({"untill_d": 3}, "question: untill_d: no such key; nearest: until_d"),
    "a bad dose": (
        {"arms": [{"name": "a", "steps": [{**INFUSION, "dose": "0.5"}]}], "control": None},
        "question: arms[1].steps[1].dose: '0.5' has no unit",
    ),
    "no control": ({"control": None}, "question: control: with 2 arms, name one as control"),
    "a misspelt control": (
        {"control": "salin"}, "question: control: no arm 'salin'; nearest: saline"),
    "off and scaled": ({"off": ["lhb"], "scale": {"lhb": 2}}, "question: scale: 'lhb' is off"),
    "no people": ({"n": 0}, "question: n: 0 is out of range"),
    "a step after the end": (
        {"arms": [{"name": "a", "steps": [{**INFUSION, "start": "9 d"}]}], "control": None},
        "'9 d' is not before the end",
    ),
    "a name for a path": ({"arms": [{"name": "../x"}], "control": None}, "arms[1].name"),
    "a population of two": ({"n": 2.5}, "question: n: 2.5 should be a whole number"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told_in_a_line(case):
    change, said = MISTAKES[case]
    with pytest.raises(UserError) as caught:
        question_study(read_question(plain(**change)))
    assert said in str(caught.value)


@pytest.mark.parametrize("given", [None, [], "text", 3, True, float("nan")])
def test_what_is_no_table_is_refused(given):
    with pytest.raises(UserError, match="is no question"):
        read_question(given)
