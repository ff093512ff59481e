"""What would occupy the machine is refused before it is laid out."""

from __future__ import annotations

import time

import pytest

from ketasim.errors import UserError
from ketasim.explorer.doses import given
from ketasim.explorer.question import question_study, read_question
from ketasim.explorer.study_text import study_as_question
from tests.explorer.asked import INFUSION, plain

HUGE = {
    "repeats": {"every": "1 h", "times": 10**12},
    "weeks": {"per_week": 3, "weeks": 10**9},
    "a sea of devices": {"drug": "esketamine", "dose": "1e20 mg", "route": "intranasal",
                         "over": None},
    "a sea of films": {"drug": "esketamine", "dose": "1e9 mg", "route": "sublingual",
                       "over": None},
    "a mountain": {"dose": "1e300 mg"},
    "a torrent": {"dose": None, "rate": "1e12 mg/h"},
    "before time": {"start": "-1e9 d"},
}  # fmt: skip


def step(change):
    return {key: value for key, value in {**INFUSION, **change}.items() if value is not None}


@pytest.mark.parametrize("case", HUGE)
def test_huge_steps_are_refused_at_once(case):
    question_study(read_question(plain()))  # what is read once is not counted
    began = time.perf_counter()
    arms = [{"name": "a", "steps": [step(HUGE[case])]}]
    with pytest.raises(UserError) as caught:
        question_study(read_question(plain(arms=arms, control=None)))
    assert "the most" in str(caught.value)
    assert time.perf_counter() - began < 2


def test_huge_steps_in_a_file_are_refused_as_well():
    step = '{ dose = "1 mg", over = "1 h", every = "2 h", times = 1000000000 }'
    text = f'[[arms]]\nname = "a"\nregimen = [{step}]'
    with pytest.raises(UserError, match=r"arms\[1\].regimen\[1\].times: 1000000000 is too many"):
        study_as_question(f'title = "t"\noutputs = ["MADRS"]\n{text}')


def test_many_steps_are_counted_together():
    often = {**INFUSION, "every": "1 h", "times": 400}
    arms = [{"name": "a", "steps": [{**often, "start": f"{k} d"} for k in (0, 1, 2)]}]
    with pytest.raises(UserError, match="1,200 doses; the most here is 1,000"):
        question_study(read_question(plain(arms=arms, control=None, until_d=60)))


def test_devices_of_one_session_are_one_mark():
    steps = [{"drug": "esketamine", "dose": "84 mg", "route": "intranasal", "per_week": 2,
              "weeks": 1}]  # fmt: skip
    asked = read_question(plain(arms=[{"name": "a", "steps": steps}], control=None))
    marks = given(asked.arms[0]).marks
    assert [mark.start_h for mark in marks] == [0, 72]
    assert marks[0].end_h == pytest.approx(1 / 6)
    assert marks[0].label == "84 mg esketamine intranasal"
