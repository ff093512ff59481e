"""Which arms are one pool, and when its patients are looked at."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.evidence import read_findings
from ketasim.evidence.clinical_pools import (
    enrolled,
    model_of_pool,
    moved,
    pools,
    visits_of,
    why_not,
)
from tests.evidence.trials import TRIAL, finding, trial

RESPONSE = 'endpoint = "response"\nat = "{}"\nvalue = 50\nunit = "%"'


def test_arms_that_are_alike_are_one_pool_with_all_their_visits():
    (one,) = read_findings(TRIAL, "one.toml")
    (two,) = read_findings(trial(('at = "24 h"', 'at = "7 d"'), ("n = 20", "n = 99")), "two.toml")
    (other,) = read_findings(trial(("0.5 mg/kg", "0.4 mg/kg")), "other.toml")
    (healthier,) = read_findings(trial(("mean = 33", "mean = 31")), "healthier.toml")
    (meta,) = read_findings(trial(("[trial]", "[trial]\ntrials = 9")), "meta.toml")
    found = pools([one, two, other, healthier, meta])
    assert len(set(found.values())) == 4
    assert one.arm is not None
    assert two.arm is not None
    assert found[one, one.arm] is found[two, two.arm]
    assert found[one, one.arm].visits_h == (0, 24, 168)


LEFT = """
[[finding]]
id = "toy_left"
arm = "ketamine"
endpoint = "dropout"
to = "28 d"
value = 5
unit = "%"
"""


def test_nobody_leaves_because_another_finding_asks_who_does():
    stayed, left = read_findings(TRIAL + LEFT, "toy.toml")
    found = {finding: pool for (finding, _), pool in pools([stayed, left]).items()}
    assert not found[stayed].dropout
    assert found[stayed].visits_h == (0, 24)
    assert found[left].dropout


@pytest.mark.parametrize(
    ("span", "count", "last"),
    [("14 d", 14, 336), ("84 d", 12, 2016)],  # daily up to two weeks, else weekly
)
def test_a_window_has_visits(span, count, last):
    lines = f'endpoint = "any response"\nfrom = "24 h"\nto = "{span}"\nvalue = 50\nunit = "%"'
    clinical = finding(lines).clinical
    assert clinical is not None
    assert len(visits_of(clinical)) == pytest.approx(count, abs=1)
    assert max(visits_of(clinical)) == last
    told = finding(lines, ("[trial]", '[trial]\nvisits = ["2 h", "3 d", "5 d"]')).clinical
    assert told is not None
    assert visits_of(told) == (24.0, 72.0, 120.0, last)


def test_people_are_the_same_in_every_draw_and_move_with_the_typical_value():
    one = finding(RESPONSE.format("24 h"))
    pool = next(iter(pools([one]).values()))
    model = model_of_pool(pool)
    who = enrolled(pool, model, 6, 1)
    rows = {row.symbol: row for row in model.parameters}
    shifted = {"k_mood": rows["k_mood"].value * np.array([1.0, 2.0])}
    values = moved(who, model, shifted, pool.arm, 2)
    assert values["B0"].shape == (12,)
    np.testing.assert_array_equal(values["B0"][:6], values["B0"][6:])
    np.testing.assert_allclose(values["k_mood"], rows["k_mood"].value * np.repeat([1, 2], 6))
    spread = next(s for s in who.values if rows[s].uncertainty and rows[s].value and s != "B0")
    twice = moved(who, model, {spread: rows[spread].value * np.array([2.0])}, pool.arm, 1)
    if rows[spread].unit != "fraction":
        np.testing.assert_allclose(twice[spread], 2 * who.values[spread])


def test_what_cannot_be_run_says_why():
    assert why_not(finding(RESPONSE.format("24 h"))) == ""
    lacking = finding(RESPONSE.format("24 h"), ("n = 20", "n = 20\noverrides = { no_such = 1 }"))
    assert why_not(lacking).startswith("the model has no parameter 'no_such'")
    refused = finding(
        RESPONSE.format("24 h"), ("[population]", '[population]\ncondition = "recreational"')
    )
    assert "accepted for acute effects only" in why_not(refused)
