"""Comparison with published trials."""

import numpy as np
import pytest

from ketasim.report import published
from tests.report import synthetic

KETAMINE = "0.5 mg/kg ketamine IV over 40 min"
SALINE = "saline IV over 40 min"


def case(fall=16.0, n=400, regimen=KETAMINE, control=SALINE):
    main, other = synthetic.arm(n=n, fall=fall), synthetic.arm(n=n, fall=0.0, placebo=1.0)
    main.attrs["regimen"], other.attrs["regimen"] = regimen, control
    return synthetic.contents(arms={"ketamine 0.5 mg/kg": main, "saline": other})


def verdicts(contents):
    return {found.finding: found.verdict for found in published.published_checks(contents)}


def test_every_row_is_used_on_the_standard_study():
    assert len(verdicts(case())) == 8


def test_another_regimen_is_not_compared():
    assert verdicts(case(regimen="1 mg/kg ketamine IV over 40 min")) == {}


def test_another_control_leaves_only_rows_without_control():
    assert 0 < len(verdicts(case(control="midazolam"))) < len(verdicts(case()))


def test_one_person_is_compared_with_no_trial():
    assert verdicts(case(n=1)) == {}


def test_a_verdict_can_go_wrong():
    name = "MADRS change at 24 h, mean, midazolam-controlled"
    assert verdicts(case(fall=0.0))[name] == "contradicted"
    assert verdicts(case(fall=11.5))[name] == "reproduced"


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ((5.0, 4.0, 6.0), "reproduced"),
        ((5.0, 1.0, 6.0), "not resolved"),
        ((1.0, 0.5, 1.5), "contradicted"),
        ((9.0, 8.5, 9.5), "contradicted"),
    ],
)
def test_verdict(found, verdict):
    assert published.verdict(found, 2.0, 8.0) == verdict


def test_the_estimate_of_a_change_is_its_mean():
    contents = case()
    row = {"statistic": "change", "output": "MADRS", "time_h": "24"}
    value, low, high = published.estimate(contents, row)
    from ketasim.report import summary

    values, time_h = summary.complete(contents.main, "MADRS"), summary.times(contents.main)
    expected = np.mean(summary.at(values, time_h, 24.0) - values[:, 0])
    assert value == pytest.approx(expected)
    assert low < value < high
