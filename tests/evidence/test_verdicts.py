"""Each verdict, from numbers made up for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim.evidence.verdicts import STATISTICS, VERDICTS, counted, judge, predict
from tests.evidence.small import findings, one

CL = findings()["iv_cl"]  # 90 L/h, SD 18, n = 9: error 0.067 on the log scale
SURE = np.ones(33)
DRAWS = np.linspace(-1, 1, 32)
DRAWS = DRAWS / DRAWS.std()


def unsure(sd: float) -> np.ndarray:
    """Return a typical prediction and draws of it with this SD of the logarithm."""
    return np.concatenate([[1.0], np.exp(sd * DRAWS)])


def people(mean: float, cv: float = 0.0) -> np.ndarray:
    return mean * (1 + cv * np.resize([-1.0, 1.0], (1, 200)))


@pytest.mark.parametrize(
    ("mean", "sd", "verdict"),
    [
        (90.0, 0.0, "reproduced"),
        (90 * 1.49, 0.0, "reproduced"),
        (90 / 1.49, 0.0, "reproduced"),
        (90.0, 2.0, "reproduced"),
        (90 * 1.6, 0.0, "not resolved"),  # the observation's own error reaches the band
        (90 * 2.0, 0.0, "contradicted"),
        (90 / 2.0, 0.0, "contradicted"),
        (90 * 2.0, 0.3, "not resolved"),
        (90 * 4.0, 0.3, "contradicted"),
    ],
)
def test_value(mean, sd, verdict):
    assert judge(CL, people(mean), unsure(sd)).verdict == verdict


def test_band_is_the_findings_own():
    assert judge(CL, people(90 * 1.9), SURE).verdict == "contradicted"
    assert judge(replace(CL, within=2.0), people(90 * 1.9), SURE).verdict == "reproduced"


def test_numbers_of_a_value():
    found = judge(CL, people(99.0, cv=0.3), unsure(0.1))
    assert found.predicted == pytest.approx(99.0)
    assert found.fold == pytest.approx(1.1)
    assert (found.low, found.high) == pytest.approx((99 * np.exp(-0.196), 99 * np.exp(0.196)))
    assert found.log_sd == pytest.approx(np.hypot(0.1, 0.2 / 3))
    assert (found.observed_spread, found.predicted_spread) == pytest.approx((0.2, 0.3))


def test_statistic_is_the_studys():
    skewed = np.array([[1.0, 2.0, 30.0]])
    wide = replace(CL, dispersion=None, n=None)
    told = {
        name: judge(replace(wide, statistic=name), skewed, SURE).predicted for name in STATISTICS
    }
    assert (told["mean"], told["median"]) == pytest.approx((11.0, 2.0))
    assert told["geometric mean"] == pytest.approx(60 ** (1 / 3))
    assert told["lowest"] < 2.0 < told["highest"]


CHANGE = one('comparator = "oral"\nmeasure = "AUC"\ncontrast = "change"\nvalue = -58\nunit = "%"\n')


@pytest.mark.parametrize(
    ("left", "verdict"), [(0.42, "reproduced"), (0.55, "reproduced"), (0.9, "contradicted")]
)
def test_change_is_compared_as_a_ratio(left, verdict):
    both = np.array([np.full(200, left * 10), np.full(200, 10.0)])
    found = judge(CHANGE, both, unsure(0.02))
    assert found.verdict == verdict
    assert found.predicted == pytest.approx(100 * (left - 1))
    assert found.observed == -58


def test_few_people_without_a_number_are_told_many_spoil_it():
    shown = people(90.0)
    shown[0, :2] = np.nan
    few = judge(CL, shown, SURE)
    assert few.verdict == "reproduced"
    assert few.reason == "not computed for 2 of 200 participants"
    shown[0, :20] = np.nan
    many = judge(CL, shown, SURE)
    assert many.verdict == "not resolved"
    assert "20 of 200 participants" in many.reason
    draw = judge(CL, people(90.0), np.append(SURE, np.nan))
    assert draw.verdict == "not resolved"
    assert "1 of 34 draws" in draw.reason


def test_out_of_scope_is_told_with_its_reason():
    stated = replace(CL, out_of_scope="no such route")
    (found,) = predict([stated], people=2, draws=2)
    assert (found.verdict, found.reason) == ("out of scope", "no such route")
    assert counted([found]) == {name: int(name == "out of scope") for name in VERDICTS}
