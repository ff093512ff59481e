"""Attribution in words."""

import numpy as np

from ketasim.report import AttributionTable, carriers
from tests.report import synthetic

TIMES_H = [2.0, 24.0]


def table(points, reading="left at rest", error=None, **changes):
    """Return an attribution of as many mechanisms as there are rows."""
    points = np.asarray(points, dtype=float)
    names = [f"m{i}" for i in range(len(points))]
    titles = [f"Thing {i}" for i in range(len(points))]
    given = {"total": points.sum(axis=0), "standard_error": error} | changes
    return AttributionTable(reading, names, titles, TIMES_H, points, **given)


def test_the_largest_come_first_and_small_ones_are_left_out():
    found = carriers.largest(table([[1, 1], [8, 2], [0.2, 9]]), 1)
    assert found == [("thing 2", 9.0), ("thing 1", 2.0)]


def test_nothing_to_divide_is_said():
    told = carriers.reading_words(table([[0.2, 0.3], [0.1, 0.0]]))
    assert "nothing to divide" in told.text
    assert told.items == ()


def test_what_is_not_named_is_summed():
    told = carriers.reading_words(table([[5, 5], [4, 4], [3, 3], [2, 2], [1, 1]]))
    assert told.items[1] == "24 h, of 15.0: thing 0 5.0; thing 1 4.0; thing 2 3.0; all others 3.0"


def test_a_mechanism_that_works_against_the_effect_is_named():
    assert "thing 1" in carriers.against_words(table([[9, 9], [-2, 1]]))
    assert carriers.against_words(table([[9, 9], [-0.1, 1]])) == ""


def test_carriers_within_error_are_not_ranked_silently():
    close = table([[5.0, 5.0], [4.9, 2.0]], error=np.full((2, 2), 0.1))
    assert carriers.close_words(close).startswith("At 2 h ")


def test_readings_are_compared_both_ways():
    rest = table([[6, 6], [0, 0], [2, 2]])
    blocked = table([[4, 4], [2, 2], [2, 2]], "blocked below rest")
    told = carriers.readings_differ(rest, blocked)
    assert "more is carried by thing 1 (+2.0)" in told
    assert "less is carried by thing 0 (−2.0)" in told
    assert "thing 2" not in told


def test_readings_that_agree_are_said_to():
    assert "agree" in carriers.readings_differ(table([[6, 6]]), table([[6.1, 6.1]]))


def test_clock_sums_add_up_to_the_total():
    case = synthetic.contents()
    told = carriers.clock_words(case, case.attribution[0])
    # at 2 h: trigger 3.5 + 2.5 + 0.1 − 0.7, early 2.0, late 0.1, clinical 4.0
    assert "at 2 h trigger 5.4, early 2.0, late 0.1, clinical 4.0" in told


def test_shapes_that_disagree_are_refused():
    import pytest

    with pytest.raises(ValueError, match="points has shape"):
        AttributionTable("r", ["a"], ["A"], TIMES_H, np.zeros((2, 2)), np.zeros(2))
