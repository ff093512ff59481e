"""Verdicts on trials follow their rules."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ketasim.evidence import predict, read_findings
from ketasim.evidence.clinical_runner import Predictive, Size
from ketasim.evidence.clinical_verdicts import is_inside, judge_trial, tolerance
from ketasim.trial.scales import scale
from tests.evidence.trials import TRIAL, finding, trial

CHANGE = finding('endpoint = "change"\nat = "24 h"\nvalue = -10\nunit = "points"')
SUPERIOR = (
    'comparator = "saline"\ncontrast = "superior"\nendpoint = "change"\nat = "24 h"\nunit = "yes"\n'
)


def judged(one, trials):
    return judge_trial(one, Predictive(np.asarray(trials, float), 0.0), len(trials))


@pytest.mark.parametrize(
    ("middle", "half", "verdict"),
    [
        (-10, 5, "reproduced"),
        (-13, 8, "reproduced"),
        (-16, 8, "not resolved"),  # inside, but six points away
        (-16, 5, "contradicted"),
        (-11, 0.5, "contradicted"),  # near, but surely another number
    ],
)
def test_values(middle, half, verdict):
    found = judged(CHANGE, np.linspace(middle - half / 0.9, middle + half / 0.9, 2001))
    assert found.verdict == verdict
    assert found.predicted == pytest.approx(middle)
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half), abs=0.01)
    assert math.isnan(found.log_fold)


@pytest.mark.parametrize(
    ("value", "share", "verdict"),
    [
        (1, 0.8, "reproduced"),
        (1, 0.3, "not resolved"),
        (1, 0.05, "contradicted"),
        (0, 0.8, "not resolved"),
        (0, 0.95, "contradicted"),
        (0, 0.4, "reproduced"),
    ],
)
def test_yes_or_no(value, share, verdict):
    found = judged(finding(SUPERIOR + f"value = {value}"), np.arange(200) < 200 * share)
    assert found.verdict == verdict
    assert found.agreement == pytest.approx(share if value else 1 - share)


def test_too_few_patients_resolve_nothing():
    found = judge_trial(CHANGE, Predictive(np.full(40, -10.0), -10.0), 100)
    assert found.verdict == "not resolved"
    assert found.reason == "no such patients in 60 of 100 trials"


@pytest.mark.parametrize(
    ("lines", "near"),
    [
        ('endpoint = "change"\nat = "1 d"\nvalue = 1\nunit = "points"', (4.0, False)),
        (
            'endpoint = "change"\nat = "1 d"\nvalue = 1\nunit = "points"\nscale = "HAMD17"',
            (4 * scale("HAMD17").slope, False),
        ),
        ('endpoint = "response"\nat = "1 d"\nvalue = 1\nunit = "%"', (15.0, False)),
        (
            'endpoint = "time to relapse"\nfrom = "1 d"\nto = "9 d"\nvalue = 1\nunit = "d"',
            (1.6, True),
        ),
        (
            'endpoint = "peak"\nscale = "dSBP"\nfrom = "0 h"\nto = "2 h"\nvalue = 1\nunit = "mmHg"',
            (1.5, True),
        ),
    ],
)
def test_how_near_is_near(lines, near):
    assert tolerance(finding(lines)) == pytest.approx(near)


def test_findings_of_trials_and_experiments_are_predicted_together():
    refused = trial(("[population]", '[population]\ncondition = "OCD"'))
    small = Size(people=8, draws=2, trials=5, ratings=1)
    both = (*read_findings(TRIAL, "toy.toml"), *read_findings(refused, "ocd.toml"))
    mood, other = predict(both, trials=small)
    assert mood.verdict != "out of scope"
    assert math.isfinite(mood.low)
    assert other.verdict == "out of scope"
    assert "OCD is refused" in other.reason


@pytest.mark.parametrize(("percent", "inside"), [(6, True), (5.75, True), (5.7, False)])
def test_a_share_is_inside_as_it_is_printed(percent, inside):
    one = finding(f'endpoint = "response"\nat = "24 h"\nvalue = {percent}\nunit = "%"')
    assert is_inside(one, 100 / 16, 50.0) == inside


def test_a_change_in_percent_has_no_such_slack():
    one = finding('endpoint = "percent change"\nat = "24 h"\nvalue = -50\nunit = "%"')
    assert not is_inside(one, -49.9, 0.0)
