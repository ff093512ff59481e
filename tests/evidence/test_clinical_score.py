"""Scores of intervals, and the forecasts beside them, against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ketasim.evidence import Outcome, read_findings, summary
from ketasim.evidence.clinical_baselines import (
    Exponential,
    calibration_mean,
    class_of,
    described,
    fit_exponential,
)
from ketasim.evidence.clinical_score import clinical_scores, held_out_studies, kind_of_value
from ketasim.trial.scales import scale
from tests.evidence.trials import TRIAL, finding, trial

DRUG, CONTROL = 'arm = "ketamine"', 'arm = "saline"'


def row(name: str, arm: str, at: str, value: float, role: str = "calibrate") -> str:
    return (
        f'\n[[finding]]\nid = "{name}"\nrole = "{role}"\n{arm}\nendpoint = "change"\n'
        f'at = "{at}"\nvalue = {value}\nunit = "points"\n'
    )


def several(*rows: str):
    return read_findings(TRIAL[: TRIAL.index("\n[[finding]]")] + "".join(rows), "toy.toml")


def judged(one, predicted, low, high, verdict="reproduced"):
    return Outcome(one, verdict, observed=one.value, predicted=predicted, low=low, high=high)


def test_inside_width_and_error_are_counted():
    a, b = several(row("a", DRUG, "24 h", -10), row("b", DRUG, "48 h", -20))
    scores = clinical_scores([judged(a, -12, -15, -9), judged(b, -12, -16, -8)])
    (model,) = [s for s in scores if s.method == "model"]
    assert (model.group, model.kind, model.n) == ("calibrate", "points", 2)
    assert model.inside == 0.5
    assert model.width == pytest.approx(7)
    assert model.miss == pytest.approx(3)  # -2 and +8
    assert model.absolute_miss == pytest.approx(5)


def test_points_of_other_scales_are_turned_into_those_of_madrs():
    lines = 'endpoint = "change"\nscale = "HAMD17"\nat = "24 h"\nvalue = {}\nunit = "points"'
    ten = -10 * scale("HAMD17").slope
    score = clinical_scores([judged(finding(lines.format(ten)), 0.0, ten, 0.0)])[0]
    assert (score.width, score.absolute_miss) == pytest.approx((10, 10))


def test_roles_and_studies_are_never_mixed():
    held = read_findings(trial(('role = "calibrate"', "")), "other.toml")[0]
    used, late = several(row("a", DRUG, "24 h", -10), row("b", DRUG, "7 d", -9, role="validate"))
    outcomes = [judged(each, -10, -12, -8) for each in (held, used, late)]
    assert held_out_studies(outcomes) == {"other"}
    sizes = {s.group: s.n for s in clinical_scores(outcomes) if s.method == "model"}
    assert sizes == {"validate": 2, "held-out studies": 1, "calibrate": 1}
    assert summary(outcomes).clinical == clinical_scores(outcomes)


def test_ratios_yes_or_no_and_what_does_not_count_are_left_out():
    lines = (
        'comparator = "saline"\ncontrast = "odds ratio"\nendpoint = "response"\nat = "24 h"\n'
        'value = 3\nunit = "ratio"'
    )
    ratio = finding(lines)
    assert kind_of_value(ratio) == ""
    apart = finding('excluded = "why"\nendpoint = "change"\nat = "1 d"\nvalue = 1\nunit = "points"')
    assert clinical_scores([judged(ratio, 3, 2, 4), judged(apart, 1, 0, 2)]) == ()


def test_calibration_mean_leaves_the_finding_itself_out():
    rows = [row(f"f{k}", DRUG, "24 h", -v) for k, v in enumerate((10, 12, 14))]
    found = calibration_mean(several(*rows, row("c", CONTROL, "24 h", -5)))
    of = {each.id: forecast for each, forecast in found.items()}
    assert of["f0"].median == pytest.approx(-13)
    half = 1.645 * math.sqrt(2) * math.sqrt(1.5)
    assert (of["f0"].low, of["f0"].high) == pytest.approx((-13 - half, -13 + half))
    assert "c" not in of  # no other control to take a mean of


def test_exponential_is_found_again():
    truth = Exponential(control=-6.0, drug=-9.0, keep_h=200.0, sd=10.0)
    times = ("2 h", "24 h", "48 h", "7 d", "14 d", "28 d")
    blank = several(
        *(row(f"d{k}", DRUG, t, -1) for k, t in enumerate(times)),
        *(row(f"c{k}", CONTROL, t, -1) for k, t in enumerate(times[:3])),
    )
    told = {each.id: described(each, truth) for each in blank}
    assert told["d1"] == pytest.approx(-15)
    assert told["d3"] == pytest.approx(-6 - 9 * np.exp(-144 / 200))
    assert told["c0"] == -6
    made = several(
        *(row(f"d{k}", DRUG, t, told[f"d{k}"]) for k, t in enumerate(times)),
        *(row(f"c{k}", CONTROL, t, told[f"c{k}"]) for k, t in enumerate(times[:3])),
    )
    found = fit_exponential(made)
    assert (found.control, found.drug) == pytest.approx((-6, -9), abs=0.01)
    assert found.keep_h == pytest.approx(200, rel=0.01)


def test_arms_are_told_apart_by_what_only_they_get():
    every = '[trial]\nconcomitant = [{ drug = "escitalopram", route = "daily", for = "28 d" }]'
    text = trial(("[trial]", every), (DRUG, CONTROL))
    assert class_of(read_findings(text, "toy.toml")[0].arm) == "control"
    daily = 'regimen = [{ drug = "escitalopram", route = "daily", for = "28 d" }]'
    saline = 'regimen = [{ drug = "saline", route = "infusion", over = "40 min" }]'
    text = trial((saline, daily), (DRUG, CONTROL))
    assert class_of(read_findings(text, "toy.toml")[0].arm) == "other"
    assert class_of(read_findings(TRIAL, "toy.toml")[0].arm) == "drug"
    assert class_of(None) == ""
