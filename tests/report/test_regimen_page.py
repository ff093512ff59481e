"""The page, the sentences and the picture of a regimen search, on a made-up search."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim.inference.regimen_aim import MEASURES, read_aim
from ketasim.inference.regimen_grid import candidates, load_search
from ketasim.inference.regimen_search import Outcome, Search, Value
from ketasim.report.figure_regimens import regimens_figure, shown_courses
from ketasim.report.regimen_page import regimen_page
from ketasim.report.regimen_words import doubt, headline, value_text
from ketasim.report.style import house_style
from ketasim.report.svg import standalone


def made(aim: str = "relapse < 20 % at 26 weeks", relapses=(40.0, 12.0, 18.0, 5.0)) -> Search:
    """Return a search over four of the shipped candidates with given relapses."""
    grid = candidates(load_search(None)[0])
    chosen = [grid[0], grid[4], grid[2], grid[35]]
    goal = read_aim(aim)
    found = []
    for k, (one, relapse) in enumerate(zip(chosen, relapses, strict=True)):
        values = {word: Value(10.0 + k, 9.0, 12.0, 150) for word in MEASURES}
        values["relapse"] = Value(relapse, relapse - 4, relapse + 4, 150)
        course = np.array([[0.0, 33.0], [2.0, 8.0], [26.0, 10.0 + k]])
        met = goal.met(values[goal.measure.word].value)
        sure = met and relapse + 4 < 20
        sessions = Value(4.0 + 5 * k, 4.0 + 5 * k, 4.0 + 5 * k, 150)
        found.append(Outcome(one, values, sessions, course, met, sure, front=k != 2))
    found.sort(key=lambda one: (not one.met, one.sessions.value))
    return Search(goal, (), tuple(found), 200)


def test_the_best_is_told_with_its_numbers():
    text = headline(made())
    assert text.startswith("Fewest sessions for relapse < 20 % at 26 weeks: 0.5 mg/kg ketamine IV")
    assert "9 sessions per responder" in text
    assert "relapse 12 % (95 % interval 8–16; 150 patients)" in text
    assert doubt(made()) == "Its whole 95 % interval keeps the aim."


def test_doubt_names_the_first_that_is_sure():
    told = doubt(made(relapses=(40.0, 18.0, 19.0, 5.0)))
    assert told.startswith("Its 95 % interval reaches beyond the aim; the fewest sessions whose")
    assert "19 sessions" in told
    assert "so does that of every other" in doubt(made(relapses=(40.0, 18.0, 19.0, 19.5)))


def test_no_course_reaches_it_and_the_nearest_is_told():
    search = made(relapses=(40.0, 35.0, 32.0, 28.0))
    assert search.best is None
    text = headline(search)
    assert text.startswith("None of 4 courses reaches relapse < 20 % at 26 weeks. Nearest: ")
    assert doubt(search) == ""


def test_values_of_nobody():
    assert value_text(Value(float("nan"), float("nan"), float("nan"), 0), "%") == (
        "nobody to tell by"
    )


@pytest.mark.parametrize("relapses", [(40.0, 12.0, 18.0, 5.0), (40.0, 35.0, 32.0, 28.0)])
def test_the_picture(relapses):
    search = made(relapses=relapses)
    with house_style():
        picture = regimens_figure(search)
    above, below = picture.figure.axes
    marks = [line for line in above.lines if line.get_marker() not in ("None", None, "")]
    assert len(marks) == 4
    limit = [line for line in above.lines if set(line.get_ydata()) == {20.0}]
    assert len(limit) == 1
    assert len(below.lines) == len(shown_courses(search)) == 3
    assert "4 courses" in picture.caption
    assert "frontier: 4, stop" in picture.alt
    assert standalone(picture).startswith("<?xml")


def test_a_picture_of_another_aim_and_of_a_candidate_without_anybody():
    search = made("MADRS < 12 points at 8 weeks", relapses=(40.0, 12.0, float("nan"), 5.0))
    with house_style():
        above = regimens_figure(search).figure.axes[0]
    assert above.get_ylabel() == "mean MADRS (points)"
    bare = replace(search, outcomes=search.outcomes[:1])
    with house_style():
        regimens_figure(bare)


def test_the_page():
    search = made()
    with house_style():
        pictures = [regimens_figure(search)]
    page = regimen_page("A <title>", search, pictures, {"seed": "1"})
    for text in ("A &lt;title&gt;", "The trade-off", "The frontier", "Every course", "Measures",
                 "not medical advice", "then every 4 weeks", "Wilson"):  # fmt: skip
        assert text in page
    assert 'src="http' not in page
    assert page.count("✓") >= 3
