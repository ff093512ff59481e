"""Half-lives: the stated window, the chosen one, and reasons why there is none."""

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.simulation.terminal_slope import half_life

TIMES = np.array([0, 0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24.0])


def test_the_stated_window_is_the_one_used():
    c = 100 * np.exp(-1.5 * TIMES) + 20 * np.exp(-0.1 * TIMES)
    early, late = half_life(TIMES, c, (0, 2)), half_life(TIMES, c, (8, 24))
    assert (early.first_h, early.last_h, early.points) == (0, 2, 4)
    assert (late.first_h, late.last_h, late.points) == (8, 24, 4)
    # what is left of the first exponential at 8 h is 3e-5 of the second
    assert late.half_life_h == pytest.approx(np.log(2) / 0.1, rel=1e-4)
    assert early.half_life_h < 1.5


def test_it_is_the_regression_of_numpy():
    c = np.random.default_rng(2).lognormal(np.log(50 * np.exp(-0.2 * TIMES)), 0.2)
    fit = half_life(TIMES, c, (1, 24))
    used = (TIMES >= 1) & (TIMES <= 24)
    slope, start = np.polyfit(TIMES[used], np.log(c[used]), 1)
    assert fit.slope_per_h == pytest.approx(-slope, rel=1e-10)
    assert fit.log_start == pytest.approx(start, rel=1e-10)
    r2 = np.corrcoef(TIMES[used], np.log(c[used]))[0, 1] ** 2
    n = used.sum()
    assert fit.r2_adjusted == pytest.approx(1 - (1 - r2) * (n - 1) / (n - 2), rel=1e-10)


def test_the_chosen_window_has_the_best_adjusted_r2():
    """Against a search written out point by point."""
    random = np.random.default_rng(4)
    for _ in range(50):
        c = random.lognormal(np.log(100 * np.exp(-1.2 * TIMES) + 20 * np.exp(-0.1 * TIMES)), 0.1)
        fit = half_life(TIMES, c)
        tried = {}
        for first in range(int(np.argmax(c)) + (np.argmax(c) > 0), len(TIMES) - 2):
            t, y = TIMES[first:], np.log(c[first:])
            r, n = np.corrcoef(t, y)[0, 1], len(t)
            if r < 0:
                tried[first] = 1 - (1 - r * r) * (n - 1) / (n - 2)
        best = max(tried.values())
        expected = min(first for first, r2 in tried.items() if r2 >= best - 1e-4)
        assert fit.first_h == TIMES[expected]
        assert fit.last_h == 24
        assert fit.points == len(TIMES) - expected
        assert fit.r2_adjusted == pytest.approx(tried[expected], rel=1e-8)


def test_the_peak_is_left_out_but_at_the_first_sample():
    c = 10 * (np.exp(-0.1 * TIMES) - np.exp(-3 * TIMES))
    fit = half_life(TIMES, c)
    assert fit.first_h > TIMES[np.argmax(c)]
    assert half_life(TIMES, 10 * np.exp(-0.1 * TIMES)).first_h == 0


def test_zeros_are_left_out():
    c = np.where(TIMES > 12, 0, np.exp(-0.2 * TIMES))
    fit = half_life(TIMES, c)
    assert fit.last_h == 12
    assert fit.half_life_h == pytest.approx(np.log(2) / 0.2)


@pytest.mark.parametrize(
    ("c", "window", "reason"),
    [
        ([1, 5, 4, 3], None, "fewer than 3 points after the peak"),
        ([9, 5, 4, 3], (1, 2), "fewer than 3 points from 1 to 2 h"),
        ([0, 0, 0, 0], None, "no concentration above zero"),
        ([1, 2, 3, 4], (0, 3), "no fall"),
        ([2, 2, 2, 2], (0, 3), "no fall"),
        ([5, np.nan, np.nan, 3], None, "fewer than 3 points after the peak"),
    ],
)
def test_why_there_is_none(c, window, reason):
    fit = half_life([0, 1, 2, 3], c, window)
    assert fit.reason == reason
    assert np.isnan(fit.half_life_h)
    assert fit.points == 0


def test_a_window_that_ends_before_it_begins():
    with pytest.raises(UserError, match="window: 8 to 4 h ends before it begins"):
        half_life(TIMES, TIMES, (8, 4))
