"""Shares add up to the effect, follow switches, and end when nobody waits."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.explorer.shares import PEOPLE, TIMES, mechanism_shares, share_times
from ketasim.explorer.simulate import Stopped, typical_curves
from tests.explorer.asked import question


@pytest.fixture(scope="module")
def shares():
    return mechanism_shares(question(), "left at rest")


def columns(found, kind):
    return {stat: column for _, _, stat, column in found.series if stat.startswith(kind)}


def test_shares_add_up_to_the_fall_of_the_curve_shown(shares):
    total = columns(shares, "total")["total"]
    assert sum(columns(shares, "share:").values()) == pytest.approx(total, abs=1e-9)
    curves = typical_curves(question(), ["MADRS"])
    madrs = next(column for arm, _, _, column in curves.series if arm == "ketamine")
    fall = madrs[0] - np.interp(shares.times_h, curves.times_h, madrs)
    assert total == pytest.approx(fall, abs=0.05)  # the curve between its times is a straight line


def test_errors_are_those_of_twelve(shares):
    errors = columns(shares, "error:")
    assert shares.individuals == PEOPLE
    assert len(errors) == len(columns(shares, "share:")) > 15
    assert all(np.isfinite(column).all() for column in errors.values())
    assert max(column.max() for column in errors.values()) > 0


def test_what_is_off_has_no_share():
    found = mechanism_shares(question(off=["lhb"], block={"spines": 1.0}), "left at rest")
    names = set(columns(found, "share:"))
    assert not {"share:lhb", "share:spines"} & names
    curves = typical_curves(question(off=["lhb"], block={"spines": 1.0}), ["MADRS"])
    madrs = next(column for arm, _, _, column in curves.series if arm == "ketamine")
    fall = madrs[0] - np.interp(found.times_h, curves.times_h, madrs)
    assert columns(found, "total")["total"] == pytest.approx(fall, abs=0.05)


def test_asked_again_it_is_kept(shares):
    assert mechanism_shares(question(), "left at rest") is shares


def test_stopped_on_the_way():
    calls = []
    with pytest.raises(Stopped):
        mechanism_shares(
            question(overrides={"WT": 71.0}), "left at rest",
            stopped=lambda: calls.append(1) or len(calls) > 2,
        )  # fmt: skip
    assert len(calls) == 3


@pytest.mark.parametrize("until_h", [1.2, 24.0, 336.0, 8760.0])
def test_twelve_round_moments(until_h):
    times_h = share_times(until_h)
    assert len(times_h) == TIMES
    assert np.all(np.diff(times_h) > 0)
    assert times_h[-1] == until_h
    for usual_h in (24, 168):
        assert usual_h in times_h or usual_h > 0.85 * until_h
