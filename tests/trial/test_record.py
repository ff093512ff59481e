"""Records: what is simulated once, seen at visits, and missing after leaving."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim import UserError, infusion, intranasal, saline
from ketasim.model import assemble
from ketasim.trial import Entry, course, follow, observe, patients
from ketasim.trial.dropout import leaving, rates
from ketasim.trial.readings import READ_AFTER_H, read, read_name, readings
from ketasim.trial.record import ACUTE, Course, around_doses

VISITS = [0, 2, 24, 168, 672]
N = 40


@pytest.fixture(scope="module")
def model():
    return assemble()


@pytest.fixture(scope="module")
def who(model):
    return patients(Entry(minimum=28), model, N, seed=1)


@pytest.fixture(scope="module")
def ketamine(model, who):
    return course(model, infusion("0.5 mg/kg", over="40 min"), who.values, VISITS, ACUTE)


def test_following_is_simulating_and_observing(model, who, ketamine):
    dose = infusion("0.5 mg/kg", over="40 min")
    whole = follow(model, dose, who, VISITS, ["MADRS", "HAM-D17"], ["CADSS"], dropout=True)
    parts = observe(ketamine, who, ["MADRS", "HAMD17"], ["CADSS"], dropout=True)
    for name in ("MADRS", "HAMD17"):
        assert np.array_equal(whole.scores[name], parts.scores[name], equal_nan=True)
    assert np.array_equal(whole.outputs["CADSS"], parts.outputs["CADSS"], equal_nan=True)
    assert set(whole.outputs) == {"CADSS", "CADSS read"}
    assert np.array_equal(whole.left_h, parts.left_h)


def test_the_first_visit_is_the_baseline_that_screening_saw(who, ketamine):
    seen = observe(ketamine, who)
    assert np.array_equal(seen.scores["MADRS"][:, 0], who.baseline)
    assert seen.scores["MADRS"].shape == seen.madrs.shape == (N, len(VISITS))
    assert seen.scores["MADRS"][:, 2].mean() < seen.scores["MADRS"][:, 0].mean() - 5


def test_patients_are_the_same_alone_and_together(model, who, ketamine):
    rows = np.array([7, 30])
    two = who.take(rows)
    dose = infusion("0.5 mg/kg", over="40 min")
    alone = follow(model, [dose, dose], two, VISITS)
    together = observe(ketamine, who).take(rows)
    # the engine's steps are a person's own, so not a bit differs
    assert np.array_equal(alone.scores["MADRS"], together.scores["MADRS"])
    assert np.array_equal(alone.index, together.index)


def test_each_may_have_a_regimen_of_their_own(model, who):
    two = who.take(np.array([0, 1]))
    both = [infusion("0.5 mg/kg", over="40 min"), saline(over="40 min")]
    mixed = follow(model, both, two, VISITS, outputs=["CADSS"])
    assert mixed.outputs["CADSS"][0].max() > mixed.outputs["CADSS"][1].max() == 0
    with pytest.raises(UserError, match="regimens: 1 for 2 patients"):
        follow(model, both[:1], two, VISITS)


def test_nobody_makes_an_empty_record(model, who):
    nobody = who.take(np.array([], dtype=int))
    empty = follow(model, saline(over="40 min"), nobody, VISITS, outputs=["CADSS"], dropout=True)
    assert empty.n == 0
    assert empty.scores["MADRS"].shape == (0, len(VISITS))


def test_patients_may_be_taken_more_than_once(who, ketamine):
    seen = observe(ketamine, who, dropout=True)
    twice = seen.take(np.array([3, 3, 5]))
    assert twice.n == 3
    assert np.array_equal(twice.scores["MADRS"][0], twice.scores["MADRS"][1], equal_nan=True)
    assert np.array_equal(seen.take(slice(2, 5)).left_h, seen.left_h[2:5])


@pytest.mark.parametrize(
    ("visits", "told"),
    [
        ([0, 24, 24], "visits: 24 h does not come after 24 h"),
        ([0, 48, 24], "visits: 24 h does not come after 48 h"),
        ([], "visits: none given"),
        ([0, np.nan], "visits: a time is not a finite number"),
    ],
)
def test_visits_out_of_order_are_refused(model, who, visits, told):
    with pytest.raises(UserError, match=told):
        follow(model, saline(over="40 min"), who, visits)


def test_three_sprays_are_one_session():
    three = intranasal("84 mg").then(every="84 h", times=1)
    assert len(three.doses) > 2
    grid = around_doses([three], np.array([0.0, 200.0]))
    assert {0.0, 200.0} <= set(grid)
    for start in (0.0, 84.0):
        for after in READ_AFTER_H:
            assert np.min(np.abs(grid - start - after)) < 1e-5


# --- leaving ---------------------------------------------------------------------------------


WELL = np.array([[30.0, 12.0, 12.0]])


def stay(n=5000, sessions=(), cadss=0.0, rise=0.0, last_h=672.0):
    """Return a course in which everybody's sessions are alike, and its patients."""
    from ketasim.trial import Patients

    starts = np.broadcast_to(np.asarray(sessions, dtype=float), (n, len(sessions)))
    fine = np.array([h + 0.5 for h in sessions] or [0.0])
    visits = np.array([0.0, last_h / 2, last_h])
    outputs = {"CADSS": np.full((n, len(fine)), cadss), "dSBP": np.full((n, len(fine)), rise)}
    index = np.arange(n)
    people = Patients({}, n, 1, 0, index, np.full(n, 30.0))
    return Course(visits, np.full((n, 3), 30.0), outputs, fine, starts), people


def test_leaving_for_other_reasons_goes_on_evenly():
    quiet, people = stay()
    left_h, why = leaving(quiet, WELL * np.ones((people.n, 1)), people)
    rate = rates()
    share = 1 - np.exp(-rate["k_leave"] * 672)
    assert np.mean(why == "other") == pytest.approx(share, abs=0.01)
    early = np.mean(left_h[why == "other"] < 336)
    assert early == pytest.approx(0.5, abs=0.15)
    assert not np.any(why == "lack of efficacy")


def test_strong_acute_effects_make_people_leave_at_the_end_of_a_session():
    sessions = [84.0 * k for k in range(8)]
    rough, people = stay(sessions=sessions, cadss=40.0)
    left_h, why = leaving(rough, WELL * np.ones((people.n, 1)), people)
    rate = rates()
    each = rate["h_adverse"] * (40 / rate["CADSS_leave"]) ** 2
    share = 1 - np.exp(-8 * each - rate["k_adverse"] * 672)
    assert np.mean(why == "adverse event") == pytest.approx(share, rel=0.1)
    ends = left_h[why == "adverse event"] % 84.0
    assert np.mean(np.isclose(ends, 4.0)) > 0.9


def test_people_whose_score_stays_high_leave_for_lack_of_efficacy():
    quiet, people = stay()
    half = np.arange(people.n) < people.n / 2
    scores = np.where(half[:, None], 30.0, 12.0) * np.ones(3)
    scores[:, 0] = 30.0
    _, why = leaving(quiet, scores, people)
    assert np.mean(why[half] == "lack of efficacy") > 0.01
    assert not np.any(why[~half] == "lack of efficacy")


def test_scores_after_leaving_are_missing(who, ketamine):
    seen = observe(ketamine, who, outputs=["CADSS"], dropout=True)
    gone = seen.times_h > seen.left_h[:, None]
    assert np.array_equal(np.isnan(seen.scores["MADRS"]), gone)
    assert np.array_equal(np.isnan(seen.outputs["CADSS"]), seen.fine_h > seen.left_h[:, None])
    assert np.all((seen.left_why == "") == np.isinf(seen.left_h))
    assert not np.isnan(seen.madrs).any()


def test_nasal_esketamine_loses_the_published_shares(model):
    """Popova 2019: 7 % v 0.9 % for adverse events in four weeks; about 11 and 8 % in all."""
    people = patients(Entry(minimum=28), model, 150, seed=2, between_trials=False)
    drug = intranasal("56 mg").then(intranasal("84 mg"), every="84 h", times=7)
    sham = saline(over="40 min").then(every="84 h", times=7)
    share = {}
    for name, regimen in (("drug", drug), ("sham", sham)):
        happened = course(model, regimen, people.values, [0, 168, 336, 504, 672], ACUTE)
        hazard = np.zeros(people.n)
        for k in range(20):  # many draws of patience over the same course
            own = people.__class__(
                people.values, people.n, 100 + k, 0, people.index, people.baseline
            )
            seen = observe(happened, own, dropout=True)
            hazard += seen.left_why == "adverse event"
        share[name] = 100 * hazard.mean() / 20
    assert 3 < share["drug"] < 14
    assert 0.3 < share["sham"] < 2


# --- readings --------------------------------------------------------------------------------


def test_a_change_has_the_error_of_two_readings():
    n, fine = 4000, np.array([0.0, 2 / 3, 1.0, 1.5])
    starts = np.zeros((n, 1))
    seen = read("dSBP", np.full((n, 4), 10.0), fine, starts, np.arange(n), seed=1)
    assert np.isnan(seen[:, 0]).all()
    sd = readings()["dSBP"].error_sd
    assert seen[:, 1:].std(axis=0) == pytest.approx(np.full(3, sd * np.sqrt(2)), rel=0.05)
    assert np.corrcoef(seen[:, 1], seen[:, 2])[0, 1] == pytest.approx(0.5, abs=0.06)
    assert seen[:, 1:].max(axis=1).mean() > 10 + sd / 2


def test_dissociation_is_never_read_below_nothing():
    n, fine = 500, np.array([2 / 3])
    seen = read("CADSS", np.zeros((n, 1)), fine, np.zeros((n, 1)), np.arange(n), seed=1)
    assert seen.min() == 0
    assert 0.3 < np.mean(seen == 0) < 0.7


def test_only_those_with_a_session_are_read(who, ketamine):
    seen = observe(ketamine, who, outputs=["dSBP"]).outputs[read_name("dSBP")]
    assert np.sum(~np.isnan(seen), axis=1).tolist() == [3] * N
