"""The fast path gives what `simulate` gives on the question's own study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.explorer import simulate as fast
from ketasim.explorer.catalogue import presets
from ketasim.explorer.models import Kept
from ketasim.explorer.question import question_study
from ketasim.explorer.simulate import (
    Failed,
    Stopped,
    check_outputs,
    population_curves,
    question_times,
    typical_curves,
)
from ketasim.simulation import simulate
from ketasim.study import prepare
from tests.explorer.asked import INFUSION, SALINE, question

OUTPUTS = ("Cket", "Bin", "bd", "MADRS", "CADSS")
NTX = {"drug": "naltrexone", "dose": "50 mg", "route": "oral", "start": "-45 min"}
CASES = {
    "plain": {},
    "a mechanism off": {"off": ["lhb"]},
    "scaled and blocked": {"scale": {"nmda": 1.7}, "block": {"ampa": 0.4}},
    "values that spread and that do not": {"values": {"w_D": 0.3, "CL_S": 70.0}},
    "overrides": {"overrides": {"WT": 60.0, "B0": 40.0}},
    "volunteers": {"population": "healthy"},
    "with a companion, and before time 0": {
        "arms": [{"name": "ketamine", "steps": [NTX, INFUSION]},
                 {"name": "saline", "steps": [SALINE]}]},
    "told what they get": {
        "arms": [{"name": "ketamine", "steps": [INFUSION], "open_label": True},
                 {"name": "saline", "steps": [SALINE]}]},
    "an SSRI held": {
        "arms": [{"name": "ketamine", "steps": [{"drug": "SSRI", "route": "daily",
                                                 "for": "6 weeks"}]},
                 {"name": "saline", "steps": []}]},
}  # fmt: skip


def simulated(asked, arm, population=None):
    """Return what `simulate` gives for an arm at the explorer's times."""
    setup = prepare(question_study(asked), "question", Path())
    people = population or setup.population
    return simulate(setup.model, setup.regimens[arm], people, question_times(asked), OUTPUTS)


@pytest.mark.parametrize("case", CASES)
def test_a_typical_person_is_that_of_simulate(case):
    asked = question(**CASES[case])
    curves = typical_curves(asked, OUTPUTS)
    setup = prepare(question_study(asked), "question", Path())
    person = replace(setup.population, n=1, between_person=False)
    found = {(arm, output): column for arm, output, _, column in curves.series}
    for arm in ("ketamine", "saline"):
        wanted = simulated(asked, arm, person)
        for output in OUTPUTS:
            expected = wanted.sel(output=output).values[0]
            assert found[arm, output] == pytest.approx(expected, rel=1e-6, abs=1e-9), (arm, output)


@pytest.mark.parametrize("case", ["plain", "a mechanism off", "values that spread and that do not"])
def test_a_population_is_that_of_simulate(case):
    asked = question(people="population", **CASES[case])
    curves = population_curves(asked, OUTPUTS)
    found = {key: column for *key, column in curves.series for key in [tuple(key)]}
    wanted = simulated(asked, "ketamine").sel(output="MADRS").values
    assert found["ketamine", "MADRS", "mean"] == pytest.approx(wanted.mean(axis=0), rel=1e-6)
    for percent in (5, 50, 95):
        expected = np.percentile(wanted, percent, axis=0)
        assert found["ketamine", "MADRS", f"p{percent}"] == pytest.approx(expected, rel=1e-6)
    fallen = np.mean(wanted[:, :1] - wanted >= wanted[:, :1] / 2, axis=0)
    assert found["ketamine", "MADRS", "response"] == pytest.approx(fallen)


def test_values_that_spread_move_the_middle_and_keep_the_spread():
    low = population_curves(question(values={"CL_S": 40.0}), ["Cket"])
    high = population_curves(question(values={"CL_S": 120.0}), ["Cket"])
    peak = {}
    for name, curves in (("low", low), ("high", high)):
        rows = {stat: column.max() for arm, _, stat, column in curves.series if arm == "ketamine"}
        assert rows["p95"] > 1.1 * rows["p5"]
        peak[name] = rows["p50"]
    assert peak["low"] > peak["high"]


@pytest.mark.parametrize("preset", presets(), ids=lambda p: p["name"])
def test_every_preset_answers(preset):
    curves = typical_curves(preset["question"])
    assert not any(curves.failed.values())
    for arm, output, _, column in curves.series:
        assert np.isfinite(column).all(), (arm, output)
    madrs = {arm: column for arm, output, _, column in curves.series if output == "MADRS"}
    first, second = madrs.values()
    assert np.max(np.abs(first - second)) > 0.5, "nothing to compare"


def test_delivered_is_prescribed():
    curves = typical_curves(question(overrides={"WT": 80.0}), ["MADRS"])
    assert curves.delivered_mg["ketamine"] == pytest.approx((40.0, 40.0))
    assert curves.delivered_mg["saline"] == (0.0, 0.0)
    assert [(d["arm"], d["start_h"]) for d in curves.doses] == [("ketamine", 0), ("saline", 0)]


def test_an_arm_left_alone_is_kept(monkeypatch):
    population_curves(question(people="population", seed=41), OUTPUTS)
    calls, solved = [], fast.solved
    monkeypatch.setattr(fast, "solved", lambda *a, **k: (calls.append(a), solved(*a, **k))[1])
    more = {**INFUSION, "dose": "0.7 mg/kg"}
    arms = [{"name": "ketamine", "steps": [more]}, {"name": "saline", "steps": [SALINE]}]
    population_curves(question(people="population", seed=41, arms=arms), OUTPUTS)
    assert len(calls) == 1


def test_an_output_the_model_lacks_is_left_out():
    curves = typical_curves(question(), ["MADRS", "Cescitalopram"])
    assert {output for _, output, _, _ in curves.series} == {"MADRS"}


def test_unknown_outputs_are_refused():
    with pytest.raises(UserError, match="outputs: no output 'MADR'; nearest: MADRS"):
        check_outputs(["MADR"])


def test_stopped_between_arms():
    with pytest.raises(Stopped):
        population_curves(question(seed=99), OUTPUTS, stopped=lambda: True)


REFUSED = {
    "mechanism": ({"off": ["lhbb"]}, "question: off: no mechanism 'lhbb'; nearest: lhb"),
    "no switch": ({"block": {"mood": 0.5}}, "question: block: 'mood' has no switch here"),
    "parameter": ({"values": {"CL_s": 1.0}}, "values: no parameter 'CL_s'; nearest: CL_S"),
    "computed": ({"values": {"MADRS": 1.0}}, "'MADRS' is computed by mood and cannot be set"),
    "negative": ({"values": {"CL_S": -1.0}}, "question: values: CL_S = -1 is negative"),
    "covariate": ({"overrides": {"WTT": 1.0}}, "no parameter 'WTT'; nearest: WT"),
    "weight": ({"overrides": {"WT": -4.0}}, "WT = -4"),
    "population": ({"population": "trdd"}, "question: population: "),
    "two blockers": (
        {"arms": [{"name": "a", "steps": [
            {"drug": "memantine", "dose": "20 mg", "route": "oral"},
            {"drug": "lanicemine", "dose": "100 mg", "route": "infusion", "over": "1 h"}]}],
         "control": None}, "a model takes one of the two"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_mistakes_are_told(case):
    change, said = REFUSED[case]
    with pytest.raises(UserError) as caught:
        typical_curves(question(**change))
    assert said in str(caught.value)


def test_equations_that_cannot_be_solved_are_told():
    with pytest.raises(Failed, match="could not be solved"):
        typical_curves(question(values={"CL_S": 1e300}))


def test_one_arm_that_fails_is_counted_and_the_other_shown():
    curves = typical_curves(question(values={"CADSS_max": 1e300}), ["MADRS"])
    assert curves.failed == {"ketamine": 1, "saline": 0}
    assert np.isfinite(curves.series[1][3]).all()


def test_kept_makes_once_and_forgets_the_oldest():
    made = []
    kept = Kept(lambda key: made.append(key) or key, 2)
    assert [kept(key) for key in (1, 1, 2, 1, 3, 1, 2)] == [1, 1, 2, 1, 3, 1, 2]
    assert made == [1, 2, 3, 2]


def test_kept_hands_on_how_to_make_and_tells_by_the_key_alone():
    kept = Kept(lambda key, *how: (key, *how), 2)
    assert kept(1, "a", "b") == (1, "a", "b")
    assert kept(1, "c") == (1, "a", "b")
    assert kept(2) == (2,)


def test_kept_lets_mistakes_through_and_tries_again():
    def make(key):
        raise UserError("no")

    kept = Kept(make, 2)
    for _ in range(2):
        with pytest.raises(UserError):
            kept(1)
