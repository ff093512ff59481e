"""Summary numbers of made-up outcomes."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ketasim.evidence import Outcome, summary
from tests.evidence.benches import BATH, read
from tests.evidence.small import findings

CL = findings()["iv_cl"]


def outcome(fold: float, **changes) -> Outcome:
    return Outcome(
        replace(CL, **changes),
        "reproduced",
        log_fold=math.log(fold),
        observed_spread=0.4,
        predicted_spread=0.2,
    )


def test_fold_error_is_a_geometric_mean_either_way():
    found = summary([outcome(2.0), outcome(0.5)])
    (role,) = [s for s in found.scores if s.group == "role"]
    assert (role.n, role.fold_error, role.bias, role.within) == (2, *map(pytest.approx, (2, 1, 0)))


def test_weight_counts():
    found = summary([outcome(1.0), outcome(4.0, weight=0.5)])
    role = found.scores[0]
    assert role.fold_error == pytest.approx(4 ** (1 / 3))
    assert role.within == pytest.approx(2 / 3)


def test_groups():
    both = [outcome(1.0), outcome(1.0, role="calibrate"), outcome(1.0, contrast="ratio")]
    names = {(s.group, s.name): s.n for s in summary(both).scores}
    assert names == {
        ("role", "calibrate"): 1,
        ("role", "validate"): 2,
        ("calibrate: analyte", "ketamine"): 1,
        ("calibrate: route", "infusion"): 1,
        ("validate: analyte", "ketamine"): 1,
        ("validate: route", "infusion"): 1,
        ("validate: comparison", "ketamine"): 1,
    }


def test_what_does_not_count_is_left_out():
    for key in ("excluded", "same_as", "out_of_scope"):
        found = summary([outcome(1.0), outcome(9.0, **{key: "why"})])
        assert found.left_out == 1
        assert found.scores[0].n == 1
        assert found.verdicts == {"reproduced": 1, "not resolved": 0, "contradicted": 0}


def test_spread_beside_the_reported_one():
    found = summary([outcome(1.0), outcome(1.0)])
    assert (found.spread_ratio, found.spread_n) == (pytest.approx(0.5), 2)
    assert summary([]).spread_n == 0


def test_directions_and_contested_findings_stand_apart():
    camp = read(BATH)
    rival = replace(camp, contested="another study")
    outcomes = [
        Outcome(camp, "reproduced", as_tabled=True),
        Outcome(camp, "not resolved", as_tabled=True),
        Outcome(camp, "contradicted", as_tabled=False),
        Outcome(rival, "reproduced", as_tabled=True),
        Outcome(rival, "contradicted", as_tabled=False),
        Outcome(replace(camp, role="calibrate"), "reproduced", as_tabled=True),
        Outcome(replace(camp, out_of_scope="no such thing"), "out of scope"),
    ]
    found = summary(outcomes)
    assert found.verdicts == {"reproduced": 2, "not resolved": 1, "contradicted": 1}
    assert found.contested == {"reproduced": 1, "not resolved": 0, "contradicted": 1}
    assert found.left_out == 1
    every, calibrate, validate, gs = found.tallies
    assert (every.n, every.right, every.directions, every.out_of_scope) == (4, 3, 4, 1)
    assert (every.contested, every.contested_reproduced) == (2, 1)
    assert (calibrate.name, calibrate.n, validate.name, validate.n) == (
        "calibrate",
        1,
        "validate",
        3,
    )
    assert (gs.group, gs.name, gs.n) == ("system", "S1", 4)
    assert not found.scores
