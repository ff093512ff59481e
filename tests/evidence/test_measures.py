"""Numbers of a curve against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.evidence.measures import Request, evaluate

K_SLOW, K_FAST = 0.1, 2.0
TIMES = np.unique(np.concatenate([np.arange(0, 8, 1 / 60), np.arange(8, 97, 0.25)]))
CURVE = (np.exp(-K_SLOW * TIMES) - np.exp(-K_FAST * TIMES)) * np.array([[1.0], [5.0]])
AREA = 1 / K_SLOW - 1 / K_FAST
MOMENT = 1 / K_SLOW**2 - 1 / K_FAST**2
PEAK_H = np.log(K_FAST / K_SLOW) / (K_FAST - K_SLOW)


def number(measure: str, start_h: float = 0.0, end_h: float = np.inf) -> np.ndarray:
    return evaluate(Request(measure, start_h, end_h), TIMES, CURVE)


def test_area_and_moment_to_infinity():
    # Trapezoids of 15 min on a curve that halves in 7 h: 5e-5.
    np.testing.assert_allclose(number("AUC"), [AREA, 5 * AREA], rtol=2e-4)
    np.testing.assert_allclose(number("AUMC"), [MOMENT, 5 * MOMENT], rtol=2e-3)


def test_area_of_a_window():
    def until(t: float) -> float:
        return (1 - np.exp(-K_SLOW * t)) / K_SLOW - (1 - np.exp(-K_FAST * t)) / K_FAST

    np.testing.assert_allclose(number("AUC", 2.0, 6.0)[0], until(6) - until(2), rtol=1e-4)


def test_peak_and_its_time():
    assert number("Tmax")[0] == pytest.approx(PEAK_H, abs=1 / 60)
    assert number("Cmax")[0] == pytest.approx(CURVE[0].max())
    assert number("Cmax", 10.0, 20.0)[0] == pytest.approx(np.exp(-1.0), rel=1e-6)


def test_half_life_is_that_of_its_window():
    np.testing.assert_allclose(number("half-life", 24.0, 48.0), np.log(2) / K_SLOW, rtol=1e-3)
    early = evaluate(Request("half-life", 0.0, 0.5), TIMES, np.exp(-K_FAST * TIMES)[None] + 0.1)
    assert early[0] < np.log(2) / K_SLOW / 5


def test_curve_that_rises_has_no_half_life():
    assert np.isnan(number("half-life", 0.0, 1.0)).all()


def test_level_at_a_time():
    assert number("concentration", 8.0, 8.0)[0] == pytest.approx(np.exp(-0.8), rel=1e-6)


def test_rounding_below_zero_does_not_spoil_an_area():
    noise = CURVE.copy()
    noise[:, TIMES > 50] = np.resize([1e-9, -1e-9], (2, int((TIMES > 50).sum())))
    found = evaluate(Request("AUC"), TIMES, noise)
    assert np.isfinite(found).all()
    assert found[0] == pytest.approx(AREA, rel=0.01)
