"""Times at which the model is looked at."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.cli.output_times import GRIDS, output_times
from ketasim.cli.study import Times
from ketasim.errors import UserError


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("until", ["7 min", "40 min", "2 h", "25 h", "28 d"])
def test_grid_ascends_from_start_to_end(grid, until):
    times_h = output_times(Times(until=until, grid=grid))
    hours = {"7 min": 7 / 60, "40 min": 40 / 60, "2 h": 2, "25 h": 25, "28 d": 672}[until]
    assert times_h[0] == 0
    assert times_h[-1] == pytest.approx(hours, rel=1e-15)
    assert np.all(np.diff(times_h) > 0)


def test_preset_grid_is_fine_where_things_are_fast():
    times_h = output_times(Times(until="28 d", grid="minutes to weeks"))
    steps_min = np.diff(times_h) * 60
    assert np.allclose(steps_min[times_h[:-1] < 2], 1)
    assert np.allclose(steps_min[times_h[:-1] >= 168], 240)
    for visit_h in (2, 4, 24, 72, 168, 336, 672):
        assert visit_h in times_h
    assert np.isclose(times_h, 40 / 60, rtol=0, atol=1e-12).any()


def test_default_is_the_preset_grid():
    assert len(output_times(Times())) == len(output_times(Times(grid="minutes to weeks")))


def test_even_steps_end_at_the_end():
    assert output_times(Times(until="5 h", every="2 h")).tolist() == [0, 2, 4, 5]


def test_listed_times_are_sorted_once_and_begin_at_the_start():
    times_h = output_times(Times(at=("1 d", "2 h", "120 min")))
    assert times_h.tolist() == [0, 2, 24]


def test_too_many_times_are_refused():
    with pytest.raises(UserError, match="the most is 200,000"):
        output_times(Times(until="10 years", every="1 min"))
