"""Measures of courses whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.inference.screen_measures import EFFECTIVE, MEASURES, half_life, measure, rises_to

TIMES = np.concatenate([np.linspace(0, 24, 241), np.arange(25, 673)])


def exponential(size, rise_h, fall_h):
    """A course that rises with one time constant and falls with a half-life."""
    fall = np.exp(-np.log(2) * TIMES / fall_h)
    return size * (1 - np.exp(-TIMES / rise_h)) * fall


def of(values, name):
    return values[:, MEASURES.index(name)]


def test_a_course_that_is_known():
    course = np.stack([exponential(10, 0.5, 100), np.zeros_like(TIMES)])
    nothing = np.zeros_like(course)
    cadss = np.stack([8 * np.exp(-TIMES), nothing[0]])
    values = measure(TIMES, course, cadss, 2 * cadss, nothing)
    assert of(values, "day1_points")[0] == pytest.approx(10 * 2 ** (-0.24))
    assert of(values, "day7_points")[0] == pytest.approx(10 * 2 ** (-1.68))
    # from the peak, where it has hardly begun to fall, the half-life is that of the fall
    assert of(values, "half_life_h")[0] == pytest.approx(100, rel=0.01)
    half = 10 * 2 ** (-0.24) / 2
    assert np.interp(of(values, "onset_h")[0], TIMES, course[0]) == pytest.approx(half, rel=1e-3)
    assert of(values, "CADSS").tolist() == [8, 0]
    assert of(values, "dSBP").tolist() == [16, 0]
    for name in ("onset_h", "best_h", "half_life_h"):
        assert np.isnan(of(values, name)[1]), name


def test_what_does_not_fall_has_no_end():
    rising = np.stack([TIMES / 100])
    zero = np.zeros_like(rising)
    values = measure(TIMES, rising, zero, zero, zero)
    assert of(values, "best_h")[0] == 672
    assert np.isinf(of(values, "half_life_h")[0])
    assert np.isnan(of(values, "onset_h")[0])  # 0.24 points at 24 h are no effect
    assert of(values, "best_points")[0] > EFFECTIVE


def test_crossings_lie_between_the_times():
    course = np.array([[0.0, 0.0, 4.0, 2.0], [0.0, 0.0, 0.0, 0.0]])
    times = np.array([0.0, 1.0, 3.0, 5.0])
    assert rises_to(times, course, np.array([1.0, 1.0]))[0] == pytest.approx(1.5)
    assert np.isnan(rises_to(times, course, np.array([1.0, 1.0]))[1])
    assert half_life(times, course)[0] == pytest.approx(2.0)
    assert np.isnan(half_life(times, course * np.nan)).all()
