"""One replicate of each design: who is in it, what is measured, and in what company."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.trial.analysis import contrasts
from ketasim.trial.ancova import ancova
from ketasim.trial.outcome import outcome
from ketasim.trial.plan import planned
from ketasim.trial.running import run
from tests.trial.small_trials import CROSSOVER, WITHDRAWAL, small

DESIGNS = {"parallel": (), "crossover": CROSSOVER, "withdrawal": WITHDRAWAL}
LEAVING = ("dropout = false", "dropout = true")


@cache
def plan(design="parallel", *changes):
    return planned(small(*DESIGNS[design], *changes), "t.toml")


@cache
def replicate(design="parallel", *changes):
    return run(plan(design, *changes), [0])[0]


def test_parallel_arms_hold_everybody_once():
    found = replicate()
    assert [len(group.rows) for group in found.groups] == [8, 4]
    assert sorted(np.concatenate([group.rows for group in found.groups])) == list(range(12))
    assert found.failed == 0


def test_first_visit_is_the_score_at_screening():
    found = replicate()
    assert np.all(found.patients.baseline >= 27)
    for group in found.groups:
        assert group.record.times_h.tolist() == [0, 2, 24]
        baseline = group.record.scores["MADRS"][:, 0]
        assert baseline.tolist() == found.patients.baseline[group.rows].tolist()


def test_ketamine_does_more_than_saline():
    drug, saline = (group.record.madrs for group in replicate().groups)
    assert np.mean(drug[:, -1] - drug[:, 0]) < np.mean(saline[:, -1] - saline[:, 0]) - 3


@pytest.mark.parametrize("design", DESIGNS)
def test_replicate_is_the_same_in_any_company(design):
    alone = replicate(design)
    other, again = run(plan(design), [5, 0], threads=1)
    assert other.number == 5
    assert other.patients.baseline.tolist() != alone.patients.baseline.tolist()
    for one, two in zip(alone.groups, again.groups, strict=True):
        assert one.rows.tolist() == two.rows.tolist()
        assert np.array_equal(one.record.scores["MADRS"], two.record.scores["MADRS"])
        assert np.array_equal(one.whole.madrs, two.whole.madrs)  # bit for bit


def test_randomisation_is_within_strata():
    stratified = ("dropout = false", 'dropout = false\nstratify = ["baseline", "sex"]')
    found = replicate("parallel", stratified)
    whole = np.full(12, -1)
    for group in found.groups:
        assert group.strata is not None
        whole[group.rows] = group.strata
    assert whole.min() >= 0
    upper = found.patients.baseline > np.median(found.patients.baseline)
    assert np.array_equal(whole // 2 == 1, upper)
    assert np.array_equal(whole % 2 == 1, found.patients.values["sex"] > 0.5)


def test_crossover_gives_everybody_everything():
    found = replicate("crossover")
    assert [group.rows.tolist() for group in found.groups] == [list(range(12))] * 2
    assert np.bincount(found.arm).tolist() == [6, 6]
    for group in found.groups:
        assert group.record.times_h.tolist() == [0, 2, 24]
        assert group.record.scores["MADRS"].shape == (12, 3)


def test_crossover_reads_each_arm_in_its_own_period():
    found, laid_out = replicate("crossover"), plan("crossover")
    whole = found.groups[0].whole
    assert whole.times_h.tolist() == [0, 2, 24, 168, 170, 192]
    scores = whole.scores["MADRS"]
    for arm, group in enumerate(found.groups):
        for person in range(12):
            drug_first = found.arm[person] == 0  # orders: drug then saline, saline then drug
            period = 0 if drug_first == (arm == 0) else 1
            own = scores[person, 3 * period : 3 * period + 3]
            assert group.record.scores["MADRS"][person].tolist() == own.tolist()
    drug = [dose.is_sham for dose in laid_out.dressed[0].doses]
    assert drug == [False, True]


def test_order_matters_where_the_first_drug_lasts():
    """What is left of ketamine after a week lowers the baseline of the second period."""
    found = replicate("crossover")
    drug_first = found.arm == 0
    whole = found.groups[0].whole.madrs
    before_second = whole[:, 3] - whole[:, 0]
    assert before_second[drug_first].mean() < before_second[~drug_first].mean() - 1


def test_withdrawal_randomises_responders_by_their_observed_score():
    found = replicate("withdrawal")
    assert found.lead_in is not None
    scores = found.lead_in.scores["MADRS"]
    assert found.lead_in.times_h.tolist() == [0, 72]
    met = scores[:, -1] <= 0.5 * scores[:, 0]
    assert np.array_equal(found.qualified, met)
    assert 0 < met.sum() < 12
    assert np.array_equal(found.arm >= 0, met)
    rows = np.sort(np.concatenate([group.rows for group in found.groups]))
    assert rows.tolist() == np.flatnonzero(met).tolist()
    assert abs(len(found.groups[0].rows) - len(found.groups[1].rows)) <= 1


def test_withdrawal_goes_on_from_the_lead_in():
    found = replicate("withdrawal")
    assert found.lead_in is not None
    for group in found.groups:
        assert group.whole.times_h.tolist() == [0, 72, 96, 240, 408]
        assert group.record.times_h.tolist() == [0, 24, 168, 336]
        before = found.lead_in.scores["MADRS"][group.rows]
        assert np.array_equal(group.whole.scores["MADRS"][:, :2], before)
        assert np.array_equal(group.record.scores["MADRS"][:, 0], before[:, 1])
    drug, saline = (group.record.madrs for group in found.groups)
    assert np.mean(drug[:, 1] - drug[:, 0]) < np.mean(saline[:, 1] - saline[:, 0])


def test_withdrawal_without_anybody_to_randomise():
    nobody = (  # ten minutes after an infusion began nobody is in remission
        ('randomise = "responders"', 'randomise = "remitters"'),
        ('until = "72 h"', 'until = "10 min"'),
    )
    found = replicate("withdrawal", *nobody)
    assert [len(group.rows) for group in found.groups] == [0, 0]
    told = contrasts(outcome(plan("withdrawal", *nobody), found))
    assert all(np.isnan(each.value) for each in told)


def test_who_leaves_is_seen_no_more():
    long = ('visits = ["2 h", "24 h"]', 'visits = ["24 h", "28 d", "364 d"]')
    found = replicate("parallel", LEAVING, long)
    record = found.groups[0].record
    gone = np.isfinite(record.left_h)
    assert gone.any()
    late = record.times_h[None] > record.left_h[:, None]
    assert np.array_equal(np.isnan(record.scores["MADRS"]), late)
    assert all(why for why in record.left_why[gone])


def test_policies_decide_at_visits():
    policy = 'policy = { kind = "stop when", reached = "response" }'
    several = (
        'over = "40 min" }]',
        f'over = "40 min", every = "48 h", times = 3 }}]\n{policy}',
    )
    visits = ('visits = ["2 h", "24 h"]', 'visits = ["24 h", "3 d", "7 d"]')
    found = replicate("parallel", several, visits)
    doses = found.groups[0].doses
    assert doses is not None
    assert 1 <= doses.min() < doses.max() <= 3
    responded = found.groups[0].record.scores["MADRS"]
    early = responded[:, 1] <= 0.5 * responded[:, 0]
    assert set(doses[early]) == {1}
    assert found.groups[1].doses is None


WRONG = [
    (('name = "trd"', 'name = "trds"'), "t.toml: population: population: unknown name 'trds'"),
    (("age =", "agee ="), "t.toml: population.overrides: no parameter 'agee'; nearest: age"),
    (('name = "trd"', 'name = "trd"\ncondition = "OCD"'), "t.toml: population: condition: OCD"),
    (("mean = 33", "mean = 70"), "t.toml: population: entry: baseline mean 70 lies outside"),
    (
        ('endpoint = "response"\nat = "24 h"', 'endpoint = "peak"\nscale = "CADS"'),
        "t.toml: endpoints[2].scale: no scale or output 'CADS'; nearest: CADSS",
    ),
    (
        ('drug = "saline"', 'drug = "ketamine", route = "bath", dose = "1 uM", for = "1 h"'),
        "t.toml: arms[2].regimen",
    ),
]


@pytest.mark.parametrize(("change", "told"), WRONG, ids=[told for _, told in WRONG])
def test_what_the_model_lacks_is_told_in_one_line(change, told):
    with pytest.raises(UserError) as caught:
        planned(small(change), "t.toml")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_hardly_anybody_qualifies():
    change = ("baseline = { mean = 33, sd = 5 }", "")
    laid_out = planned(small(change, ("minimum = 27", "minimum = 58")), "t.toml")
    with pytest.raises(UserError, match="fewer than 1 %"):
        run(laid_out, [0])


def test_outcome_has_every_endpoint_of_every_arm():
    result = outcome(plan(), replicate())
    assert [arm.name for arm in result.arms] == ["ketamine", "saline"]
    assert (result.control.name, result.primary.name) == ("saline", "day 1")
    for endpoint in result.endpoints:
        assert {name: len(v) for name, v in endpoint.values.items()} == {
            "ketamine": 8,
            "saline": 4,
        }
    change = result.arms[0].scores["MADRS"][:, 2] - result.arms[0].scores["MADRS"][:, 0]
    assert result.endpoints[0].values["ketamine"].tolist() == change.tolist()
    assert [each.kind for each in result.endpoints] == ["change", "share"]


def test_a_change_from_a_later_visit_is_compared_as_it_is():
    laid_out = plan("parallel", ('endpoint = "change"', 'endpoint = "change"\nfrom = "2 h"'))
    result = outcome(laid_out, replicate())
    (found, _) = contrasts(result, brief=True)
    shown = result.endpoints[0].values
    for arm in result.arms:
        later = arm.scores["MADRS"][:, 2] - arm.scores["MADRS"][:, 1]
        assert shown[arm.name].tolist() == later.tolist()
    baseline = np.concatenate([arm.scores["MADRS"][:, 0] for arm in result.arms])
    by_hand = ancova(
        np.concatenate([shown["ketamine"], shown["saline"]]), np.arange(12) < 8, baseline
    )
    assert found.value == pytest.approx(float(by_hand.value))
    assert found.value != contrasts(outcome(plan(), replicate()), brief=True)[0].value


def test_relapse_counts_from_randomisation():
    result = outcome(plan("withdrawal"), replicate("withdrawal"))
    endpoint = result.endpoints[1]
    assert endpoint.kind == "time"
    for arm in result.arms:
        days = endpoint.values[arm.name]
        assert np.all(np.isin(days, [0, 1, 7, 14]))
        assert np.all(days[~endpoint.happened[arm.name]] == 14)
    assert result.lead_in is not None
    assert result.lead_in.entered == 12
    assert result.lead_in.not_eligible == 12 - sum(arm.n for arm in result.arms)


def test_relapse_is_told_as_it_is_defined():
    laid_out = plan(
        "withdrawal",
        (
            'endpoint = "time to relapse"',
            'endpoint = "time to relapse"\nthreshold = 22\nconsecutive = 2',
        ),
    )
    result = outcome(laid_out, run(laid_out, [0])[0])
    endpoint = result.endpoints[1]
    assert endpoint.what == (
        "time to relapse (MADRS of 22 or more at 2 visits in a row) among responders"
    )
    for arm in result.arms:
        high = arm.scores["MADRS"][:, 1:] >= 22
        twice = (high[:, :-1] & high[:, 1:]).any(axis=1)
        assert endpoint.happened[arm.name].tolist() == twice.tolist()


def test_outcome_says_who_they_are():
    result = outcome(plan(), replicate())
    for arm in result.arms:
        assert set(arm.people) == {"age (years)", "weight (kg)", "women"}
        assert all(len(values) == arm.n for values in arm.people.values())
        assert np.all((arm.people["age (years)"] >= 21) & (arm.people["age (years)"] <= 80))
    assert outcome(plan("crossover"), replicate("crossover")).washout.startswith("6 d from")
