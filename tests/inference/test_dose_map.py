"""Dose maps: every cell is the simulation it says it is."""

from __future__ import annotations

import numpy as np
import pytest

import ketasim as ks
from ketasim.errors import UserError
from ketasim.inference.dose_map import dose_map

DOSES = ["0.1 mg/kg", "0.5 mg/kg"]


@pytest.fixture(scope="module")
def model():
    return ks.assemble()


@pytest.fixture(scope="module")
def people():
    return ks.Population("trd", 12, seed=3)


def test_a_cell_over_time_is_one_simulation(model, people):
    found = dose_map(model, people, DOSES, times=["7 d", "24 h"], outcome="change")
    alone = ks.simulate(model, ks.infusion("0.5 mg/kg", over="40 min"), people, [0, 24, 168],
                        "MADRS").values[:, :, 0]  # fmt: skip
    assert found.columns == ("24 h", "7 d")  # in order
    # rtol of the engine, 1e-4 of the largest size
    assert np.allclose(found.value[1], (alone[:, 1:] - alone[:, :1]).mean(axis=0), atol=0.01)
    assert found.value.shape == (2, 2)
    assert found.unit == "points"
    assert found.individuals == 12


def test_a_cell_over_intervals_is_a_course_until_the_day(model, people):
    found = dose_map(model, people, DOSES, every=["7 d", "14 d"], until="14 d")
    course = ks.infusion("0.5 mg/kg", over="40 min").repeat(every="7 d", times=2)
    madrs = ks.simulate(model, course, people, [0, 336], "MADRS").values[:, :, 0]
    assert found.sessions == (2, 1)
    assert found.value[1, 0] == 100 * np.mean(madrs[:, 1] <= madrs[:, 0] / 2)
    assert found.until == "14 d"
    assert found.over == "interval"
    assert found.unit == "%"


def test_more_drug_dissociates_more(model, people):
    found = dose_map(model, people, DOSES, every=["7 d"], until="8 d", outcome="peak",
                     output="CADSS")  # fmt: skip
    assert found.value[1, 0] > 3 * found.value[0, 0] > 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "give either every"),
        ({"every": ["1 d"], "times": ["1 d"]}, "give either every"),
        ({"every": "1 d"}, "one text; give a list"),
        ({"every": ["1 day5"]}, "unknown unit 'day5'"),
        ({"times": ["0 h"]}, "0 h"),
        ({"every": ["1 min"]}, "sessions; at most 400"),
        ({"times": ["1 d", "1 d"]}, "'1 d' stands twice"),
        ({"times": ["1 d"], "doses": []}, "give a list of doses"),
        ({"times": ["1 d"], "doses": ["5 stone"]}, "stone"),
        ({"times": ["1 d"], "drug": "ketamin"}, "nearest: ketamine"),
        ({"times": ["1 d"], "outcome": "peak"}, "'peak' has no time"),
        ({"times": ["1 d"], "outcome": "respons"}, "nearest: response"),
        ({"times": ["1 d"], "output": "CADSS"}, "is one of MADRS"),
        ({"times": ["1 d"], "output": "MADR"}, "nearest: MADRS"),
        ({"times": ["1 d"], "population": ks.Population("trd", 10**6)}, "too many"),
    ],
)
def test_mistakes_are_told_in_one_line(model, options, told):
    given = {"population": ks.Population("typical", 1), "doses": DOSES, **options}
    with pytest.raises(UserError, match=told) as caught:
        dose_map(model, **given)
    assert "\n" not in str(caught.value)
