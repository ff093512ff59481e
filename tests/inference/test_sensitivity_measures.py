"""What is read off a course, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ketasim import UserError, assemble
from ketasim.inference.sensitivity_measures import MEASURES, Quantity, quantities, read_off

TIMES_H = np.array([0.0, 1, 2, 4, 8])
ARM = np.array([[30.0, 30, 20, 10, 12], [30, 30, 30, 30, 30]])
CONTROL = np.array([[30.0, 29, 28, 27, 26], [30, 30, 30, 30, np.nan]])


def told(word, at_h=math.nan):
    return read_off(Quantity(MEASURES[word], "x", "u", at_h), TIMES_H, ARM, CONTROL)


def test_each_measure():
    assert told("value", 4).tolist() == [10, 30]
    assert told("change", 4).tolist() == [-20, 0]
    assert told("advantage", 4).tolist() == [17, 0]
    assert told("peak").tolist() == [30, 30]
    assert told("trough").tolist() == [10, 30]
    assert told("AUC")[0] == 30 + 25 + 30 + 44
    half = told("time to half effect")
    assert half[0] == 2  # half of 20 points, from 30, is 20
    assert math.isnan(half[1])  # nothing changes
    assert math.isnan(told("advantage", 8)[1])


def test_half_is_found_between_times():
    course = np.array([[0.0, 3, 4, 0, 0]])
    asked = Quantity(MEASURES["time to half effect"], "x", "h")
    assert read_off(asked, TIMES_H, course, None)[0] == pytest.approx(2 / 3)


@pytest.fixture(scope="module")
def model():
    return assemble(["pk"])


def test_every_measure_of_every_output_at_every_time(model):
    found = quantities(model, ["Cket", "cS"], ["value", "auc", "Peak"], ["1 h", 2.0], 24, False)
    assert [q.key for q in found[:4]] == ["Cket_value_1h", "Cket_value_2h", "Cket_AUC", "Cket_peak"]
    assert len(found) == 8
    assert str(found[0]) == "Cket at 1 h"
    assert found[2].unit == f"{model.outputs['Cket'].unit}·h"


@pytest.mark.parametrize(
    ("outputs", "measures", "at", "message"),
    [
        (["Ckett"], ["value"], ["1 h"], "no output 'Ckett'; nearest: Cket"),
        (["Cket"], ["hight"], ["1 h"], "unknown 'hight'"),
        (["Cket"], ["advantage"], ["1 h"], "needs a control arm"),
        (["Cket"], ["value"], ["2 d"], "at: '2 d' lies outside the course, 0 to 1 days"),
        (["Cket"], ["value"], ["soon"], "at:"),
        (["Cket"], ["value"], [float("nan")], "at: nan lies outside"),
        (["Cket"], ["value"], [], "no time"),
        ([], ["value"], ["1 h"], "at least one output"),
    ],
)
def test_mistakes_are_one_line(model, outputs, measures, at, message):
    with pytest.raises(UserError) as error:
        quantities(model, outputs, measures, at, 24, False)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
