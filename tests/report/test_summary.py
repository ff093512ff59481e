"""Numbers taken from arrays of persons."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from ketasim.report import summary
from tests.report import synthetic


def madrs(values, time_h):
    """Return an arm that holds MADRS only, from rows of persons."""
    values = np.asarray(values, dtype=float)
    return xr.DataArray(
        values[:, :, None],
        dims=("individual", "time", "output"),
        coords={"individual": np.arange(len(values)), "time": time_h, "output": ["MADRS"]},
    )


@pytest.mark.parametrize(("count", "n"), [(0, 10), (3, 10), (10, 10), (488, 1000)])
def test_wilson_equals_scipy(count, n):
    ours = summary.wilson(count, n)
    theirs = stats.binomtest(count, n).proportion_ci(0.95, method="wilson")
    # z is written to six decimals, hence 1e-6
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_wilson_of_nobody_is_unknown():
    assert np.isnan(summary.wilson(0, 0).share)


def test_response_and_remission_use_each_persons_own_start():
    arm = madrs([[30, 15], [30, 16], [20, 10], [12, 10.5]], [0.0, 24.0])
    assert summary.response(arm, 24.0).count == 2
    assert summary.remission(arm, 24.0).count == 1


def test_response_interpolates_between_output_times():
    arm = madrs([[30, 10]], [0.0, 24.0])
    assert summary.response(arm, 18.0).count == 1
    assert summary.response(arm, 17.9).count == 0


def test_no_rate_beyond_the_simulated_time():
    assert summary.response(madrs([[30, 10]], [0.0, 24.0]), 25.0) is None


def test_start_is_the_last_time_before_the_dose():
    arm = madrs([[40, 30, 14]], [-24.0, 0.0, 24.0])
    assert summary.response(arm, 24.0).count == 1


def test_a_failed_person_is_counted_and_never_averaged():
    arm = synthetic.arm(n=5, broken=(3,))
    assert summary.failures("a", arm).persons == ("3",)
    assert summary.failures("a", arm).statuses == (("2", 1),)
    assert summary.course(arm, "MADRS").n == 4
    assert np.isfinite(summary.course(arm, "MADRS").mean).all()


def test_nobody_left_gives_no_course():
    assert summary.course(synthetic.arm(n=2, broken=(0, 1)), "MADRS") is None


def test_an_output_that_was_not_asked_for_gives_no_course():
    assert summary.course(synthetic.arm(n=2, outputs=["MADRS"]), "Cket") is None


def test_advantage_pairs_the_same_persons():
    case = synthetic.contents()
    gap = summary.advantage(case)
    assert gap.paired
    treated = summary.persons(case.main, "MADRS").mean(axis=0)
    compared = summary.persons(case.control, "MADRS").mean(axis=0)
    np.testing.assert_allclose(gap.points, compared - treated, atol=1e-9)


def test_advantage_of_other_persons_has_a_larger_error():
    paired = summary.advantage(synthetic.contents())
    main = synthetic.arm()
    control = synthetic.arm(fall=0.0, seed=2).assign_coords(individual=np.arange(60) + 1000)
    arms = {"ketamine 0.5 mg/kg": main, "saline": control}
    loose = summary.advantage(synthetic.contents(arms=arms))
    assert not loose.paired
    assert loose.standard_error[0] > 10 * paired.standard_error[0]


def test_a_long_course_keeps_its_first_minutes_and_its_end():
    time_h = np.arange(0, 672, 1 / 60)
    kept = time_h[summary.thinned(time_h)]
    assert len(kept) <= summary.MAX_DRAWN_TIMES + 2
    assert np.sum((kept > 0) & (kept < 2)) > 30
    assert np.diff(kept).max() < 3.0
    assert kept[0] == time_h[0]
    assert kept[-1] == time_h[-1]


def test_tiers_are_counted():
    rows = synthetic.contents().parameters
    assert list(summary.tier_counts(rows).values()) == [2, 1, 1, 1]
