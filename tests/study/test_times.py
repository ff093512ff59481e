"""Times at which the model is looked at."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.study.tables import Times
from ketasim.study.times import GRIDS, MAX_ADDED, output_times


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


SIX_H = [(84.0 * k, 84.0 * k + 42 / 60) for k in range(6)]


def test_every_peak_of_six_infusions_is_seen():
    from ketasim.dosing import infusion
    from ketasim.model import assemble
    from ketasim.population import Population
    from ketasim.simulation import simulate

    times_h = output_times(Times(until="28 d"), SIX_H)
    regimen = infusion("0.5 mg/kg", over="42 min").repeat(every="84 h", times=6)
    assert [(d.start_h, d.start_h + d.duration_h) for d in regimen.doses] == SIX_H
    found = simulate(assemble(["pk"]), regimen, Population(), times_h, ["Cket"])
    course = found.values[0, :, 0]
    peaks = [course[(times_h >= start) & (times_h < start + 84)].max() for start, _ in SIX_H]
    assert peaks[0] > 100
    assert peaks == pytest.approx([peaks[0]] * 6, rel=0.05)


def test_grid_is_finer_after_every_later_dose_and_keeps_its_own_times():
    plain = output_times(Times(until="28 d"))
    times_h = output_times(Times(until="28 d"), SIX_H)
    assert set(plain) <= set(times_h)
    assert np.all(np.diff(times_h) > 1e-6)
    for start_h, end_h in SIX_H[1:]:
        for span_h, step_min in ((2, 5), (6, 15), (24, 60)):
            near = times_h[(times_h >= start_h) & (times_h <= start_h + span_h)]
            assert np.diff(near).max() * 60 <= step_min + 1e-6
        assert np.isclose(times_h, end_h, rtol=0, atol=1e-9).any()


def test_times_after_doses_are_bounded_and_end_with_the_study():
    hourly = [(float(hour), float(hour)) for hour in range(3000)]
    plain = output_times(Times(until="100 d"))
    times_h = output_times(Times(until="100 d"), hourly)
    assert len(plain) < len(times_h) <= len(plain) + MAX_ADDED
    assert times_h[-1] == 2400
    assert len(output_times(Times(until="1 d"), [(30.0, 31.0)])) == len(
        output_times(Times(until="1 d"))
    )


def test_times_asked_for_are_left_alone():
    assert output_times(Times(until="5 h", every="2 h"), SIX_H).tolist() == [0, 2, 4, 5]
    assert output_times(Times(at=("100 h",)), SIX_H).tolist() == [0, 100]
