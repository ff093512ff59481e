"""Contrasts of whole trials: the right statistic for each kind of endpoint."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from ketasim.trial.analysis import contrasts, fitted, share_of
from ketasim.trial.ancova import ancova
from ketasim.trial.mmrm import mmrm
from ketasim.trial.power import won
from ketasim.trial.results import CHANGE, LEVEL, EndpointResult
from tests.report.synthetic_trial import crossover, parallel, withdrawal

THREE = ("ketamine", "ketamine, low", "midazolam")


def test_change_is_read_from_the_model_of_all_arms():
    result = parallel(names=THREE)
    found = {(c.endpoint, c.arm, c.measure): c for c in contrasts(result)}
    scores = np.concatenate([a.scores["MADRS"] for a in result.arms])
    model = mmrm(
        scores[:, 1:] - scores[:, :1],
        np.repeat([0, 1, 2], 60),
        scores[:, 0],
        control=2,
        strata=np.concatenate([a.strata for a in result.arms if a.strata is not None]),
    )
    low = found["primary", "ketamine, low", "difference"]
    assert low.value == pytest.approx(model.difference[1, 1])
    assert (low.n_arm, low.n_control) == (60, 59)
    assert low.better == -1
    assert "unstructured" in low.method


def test_each_kind_has_its_measures_and_the_main_one_first():
    found = contrasts(parallel())
    assert [c.measure for c in found] == [
        "difference", "Hedges g", "risk difference", "odds ratio", "risk ratio",
    ]  # fmt: skip
    brief = contrasts(parallel(), brief=True)
    assert [c.measure for c in brief] == ["difference", "risk difference"]
    assert brief[0] == found[0]


def test_those_who_left_did_not_respond():
    result = parallel()
    response = result.endpoints[1]
    arm = result.arms[1]
    lost = int(np.isnan(response.values[arm.name]).sum())
    gone = {**response.values, arm.name: np.full(60, np.nan)}
    assert share_of(replace(response, values=gone), arm.name).n == 60
    assert share_of(response, arm.name).n == 60
    left_out = replace(response, missing="left out")
    assert share_of(left_out, arm.name).n == 60 - lost
    assert share_of(replace(response, event_is_bad=True), arm.name).n == 60 - lost


def test_a_level_is_compared_at_the_baseline_where_there_is_one():
    result = parallel()
    values = {a.name: a.scores["MADRS"][:, 4] for a in result.arms}
    endpoint = EndpointResult("week", "MADRS at day 7", LEVEL, values, scale="MADRS")
    found = contrasts(replace(result, endpoints=(endpoint,)))[0]
    both = np.concatenate([values[a.name] for a in result.arms])
    baseline = np.concatenate([a.scores["MADRS"][:, 0] for a in result.arms])
    closed = ancova(both, np.arange(120) < 60, baseline)
    assert found.value == pytest.approx(float(closed.value))
    bare = contrasts(replace(result, endpoints=(replace(endpoint, scale=""),)))[0]
    assert bare.method.endswith("t test")
    assert bare.df == found.df + 1


def test_a_crossover_compares_patients_with_themselves():
    result = crossover()
    found = contrasts(result)
    assert fitted(result, "MADRS") is None
    values = result.endpoints[0].values
    own = values["ketamine"] - values["midazolam"]
    halves = [np.nanmean(own[k::2]) for k in (0, 1)]
    assert found[0].value == pytest.approx(np.mean(halves))
    assert {c.measure for c in found if c.endpoint == "responders"} == {"risk difference"}


def test_relapse_is_bad_and_later_is_better():
    (found,) = contrasts(withdrawal())
    assert found.measure == "hazard ratio"
    assert found.better == -1
    assert found.value < 1
    assert found.estimate == pytest.approx(np.log(found.value))
    assert found.estimate - 1.96 * found.se == pytest.approx(np.log(found.low), abs=1e-4)


def test_an_arm_without_any_event_has_won():
    result = withdrawal()
    (time,), arm = result.endpoints, result.arms[0].name
    never = {**time.happened, arm: np.zeros(len(time.happened[arm]), bool)}
    (found,) = contrasts(replace(result, endpoints=(replace(time, happened=never),)))
    assert found.value == 0
    assert found.p < 0.05
    assert won(np.array([found.estimate]), np.array([found.p]), found.better).tolist() == [True]


def test_what_cannot_be_analysed_is_not_a_number():
    result = parallel(4)
    empty = tuple(
        replace(a, scores={"MADRS": np.where(np.arange(6) > 0, np.nan, a.scores["MADRS"])})
        for a in result.arms
    )
    nothing = {a.name: np.full(4, np.nan) for a in result.arms}
    endpoint = replace(result.endpoints[0], values=nothing)
    found = contrasts(replace(result, arms=empty, endpoints=(endpoint,)))
    assert all(np.isnan(c.value) for c in found)
    assert found[0].method == "could not be analysed"


def test_a_time_without_a_visit_is_refused():
    result = parallel()
    wrong = replace(result.endpoints[0], kind=CHANGE, at_h=30.0)
    with pytest.raises(ValueError, match="30 h is not a visit"):
        contrasts(replace(result, endpoints=(wrong,)))


def test_a_thousand_replicates_are_analysed_in_seconds():
    result = parallel(100)
    contrasts(result, brief=True)
    took = []
    for _ in range(5):
        start = time.perf_counter()
        contrasts(result, brief=True)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.05
