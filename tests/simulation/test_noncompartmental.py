"""Areas, clearance and volume against curves whose integrals are known."""

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.simulation.noncompartmental import UNITS, auc, cmax, summary, tmax
from tests.simulation.closed_forms import disposition, infused, once, oral

TIMES = np.array([0, 0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24.0])
ONE = {"CL_S": 30.0, "V1_S": 100.0, "Q2_S": 0.0, "ka_po": 1.2, "F_gut": 1.0, "E_h": 0.5}
TWO = {**ONE, "Q2_S": 40.0, "V2_S": 150.0}


def curve(formula, times):
    return np.array([formula(t) for t in times])


def test_one_exponential_is_exact_whatever_the_sampling():
    c = curve(lambda t: once(disposition(ONE), 50, t), TIMES)
    told = summary(TIMES, c, dose_mg=50)
    # log trapezoids of an exponential are its integral, but for rounding
    assert told.auc_inf == pytest.approx(1000 * 50 / 30, rel=1e-12)
    assert told.clearance_L_h == pytest.approx(30, rel=1e-12)
    assert told.mrt_h == pytest.approx(100 / 30, rel=1e-12)
    assert told.vss_L == pytest.approx(100, rel=1e-12)
    assert told.terminal.half_life_h == pytest.approx(np.log(2) * 100 / 30, rel=1e-12)
    assert told.extrapolated == pytest.approx(np.exp(-0.3 * 24), rel=1e-12)
    assert (told.cmax, told.tmax_h) == (c[0], 0.0)
    assert (told.clast, told.tlast_h) == (c[-1], 24.0)


def test_two_exponentials_densely_sampled():
    times = np.linspace(0, 72, 20001)
    c = curve(lambda t: once(disposition(TWO), 50, t), times)
    told = summary(times, c, dose_mg=50, window_h=(36, 72))
    # exact: CL 30, Vss 250, terminal rate by the quadratic; the grid's error is (beta dt)^2
    assert told.clearance_L_h == pytest.approx(30, rel=1e-6)
    assert told.vss_L == pytest.approx(250, rel=1e-5)
    beta = min(rate for _, rate in disposition(TWO))
    assert told.terminal.half_life_h == pytest.approx(np.log(2) / beta, rel=1e-9)


def test_an_infusion_is_corrected_for_its_length():
    times = np.concatenate([np.linspace(0, 4, 4001), np.linspace(4, 60, 8001)[1:]])
    c = curve(lambda t: infused(disposition(ONE), 25, 4, t), times)
    told = summary(times, c, dose_mg=100, duration_h=4)
    assert told.tmax_h == pytest.approx(4)
    assert told.clearance_L_h == pytest.approx(30, rel=1e-6)
    assert told.mrt_h == pytest.approx(100 / 30, rel=1e-5)
    assert told.vss_L == pytest.approx(100, rel=1e-5)
    uncorrected = summary(times, c, dose_mg=100)
    assert uncorrected.mrt_h == pytest.approx(100 / 30 + 2, rel=1e-5)


def test_by_mouth_residence_holds_the_absorption():
    times = np.linspace(0, 60, 20001)
    c = curve(lambda t: once(oral(ONE), 100, t), times)
    told = summary(times, c, dose_mg=100)
    assert told.clearance_L_h == pytest.approx(30 / 0.5, rel=1e-6)  # CL/F
    assert told.mrt_h == pytest.approx(100 / 30 + 1 / 1.2, rel=1e-5)
    ka, k = 1.2, 0.3
    assert told.tmax_h == pytest.approx(np.log(ka / k) / (ka - k), abs=60 / 20000)


@pytest.mark.parametrize(("start_h", "end_h"), [(0, 24), (1.3, 5.7), (2, 2), (0.1, 0.2)])
def test_partial_areas_are_read_off_the_curve(start_h, end_h):
    c = 500 * np.exp(-0.3 * TIMES)
    exact = 500 / 0.3 * (np.exp(-0.3 * start_h) - np.exp(-0.3 * end_h))
    assert auc(TIMES, c, start_h, end_h) == pytest.approx(exact, rel=1e-12)


def test_parts_add_up():
    c = curve(lambda t: once(oral(ONE), 100, t), TIMES)
    for method in ("linear", "linear-up log-down"):
        parts = [auc(TIMES, c, a, b, method=method) for a, b in ((0, 0.7), (0.7, 5), (5, 24))]
        assert sum(parts) == pytest.approx(float(auc(TIMES, c, method=method)), rel=1e-12)


def test_the_linear_method_by_hand():
    # 0-1: 5; 1-3: (10 + 4) / 2 * 2 = 14; 3-4: (4 + 0) / 2 = 2
    assert auc([0, 1, 3, 4], [0, 10, 4, 0], method="linear") == pytest.approx(21)
    # falling to 4 by logarithms: (10 - 4) / (ln 2.5 / 2); to 0 a line, since 0 has none
    assert auc([0, 1, 3, 4], [0, 10, 4, 0]) == pytest.approx(5 + 12 / np.log(2.5) + 2)
    assert summary([0, 1, 3, 4], [0, 10, 4, 0]).auc_last == pytest.approx(5 + 12 / np.log(2.5))


def test_infinity_adds_the_tail():
    c = 500 * np.exp(-0.3 * TIMES)
    assert auc(TIMES, c, 4, np.inf) == pytest.approx(500 / 0.3 * np.exp(-1.2), rel=1e-12)


def test_curves_side_by_side_are_those_alone():
    random = np.random.default_rng(1)
    curves = random.uniform(0, 10, (2, 3, len(TIMES)))
    curves[0, 1, 4:] = np.nan
    curves[1, 2] = np.nan
    curves[1, 0, 8:] = 0
    together = summary(TIMES, curves, dose_mg=5)
    for place in np.ndindex(2, 3):
        alone = summary(TIMES, curves[place], dose_mg=5)
        for name in ("cmax", "tmax_h", "auc_last", "auc_inf", "mrt_h", "vss_L"):
            both = getattr(together, name)[place], getattr(alone, name)
            assert both[0] == pytest.approx(float(both[1]), nan_ok=True, rel=1e-12)
        assert together.terminal.reason[place] == alone.terminal.reason


def test_a_missing_sample_is_not_there():
    c = 500 * np.exp(-0.3 * TIMES)
    holes = np.where(np.isin(TIMES, [0.5, 6]), np.nan, c)
    kept = ~np.isnan(holes)
    assert auc(TIMES, holes) == auc(TIMES[kept], c[kept])
    assert cmax(TIMES, holes) == 500
    assert np.isnan(tmax(TIMES, np.full(12, np.nan)))


def test_outside_the_samples_there_is_no_area():
    c = np.ones(len(TIMES))
    for start_h, end_h in ((-1, 3), (3, 25), (5, 3)):
        assert np.isnan(auc(TIMES, c, start_h, end_h))
    assert np.isnan(auc(TIMES, c, 0, np.inf))  # no fall, no tail


def test_nothing_above_zero():
    told = summary(TIMES, np.zeros(12), dose_mg=5)
    assert told.cmax == 0
    assert np.isnan(told.auc_last)
    assert told.terminal.reason == "no concentration above zero"


@pytest.mark.parametrize(
    ("times", "c", "message"),
    [
        ([0, 2, 1], [1, 2, 3], "times: 1 h stands after 2 h; times must ascend"),
        ([0, 1, 1], [1, 2, 3], "times: 1 h stands after 1 h; times must ascend"),
        ([0, 1, 2], [1, -2, 3], "concentration: -2 at 1 h is negative"),
        ([0, 1, 2], [1, np.inf, 3], "concentration: inf at 1 h is not a finite number"),
        ([0, np.nan, 2], [1, 2, 3], "times: a sample has no finite time"),
        ([0, 1], [1, 2, 3], r"times: \(2,\) times do not fit \(3,\) concentrations"),
    ],
)
def test_mistakes(times, c, message):
    with pytest.raises(UserError, match=message):
        summary(times, c)


def test_an_unknown_method():
    with pytest.raises(UserError, match="method: unknown 'log'; "):
        auc(TIMES, TIMES, method="log")


def test_every_number_has_a_unit():
    told = summary(TIMES, 500 * np.exp(-0.3 * TIMES))
    assert {*vars(told), "half_life_h"} - {"terminal"} == set(UNITS)
