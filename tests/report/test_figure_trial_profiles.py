"""Profiles, waterfall and flow show what was observed, at the right time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim.report.figure_trial_arms import (
    arm_shapes,
    spaced_visits,
    visit_label,
    visit_places,
)
from ketasim.report.figure_trial_flow import flow
from ketasim.report.figure_trial_profiles import profiles
from ketasim.report.figure_trial_waterfall import percent_change, waterfall
from ketasim.report.style import Missing, house_style
from ketasim.report.svg import png
from ketasim.trial.analysis import fitted
from tests.report.synthetic_trial import VISITS_H, crossover, parallel, withdrawal

THREE = ("ketamine", "ketamine, low", "midazolam")


def draw(how, result):
    with house_style():
        return how(result)


def test_points_are_the_means_of_the_model():
    result = parallel(names=THREE)
    picture = draw(profiles, result)
    top, below, counts = picture.figure.axes
    model = fitted(result, "MADRS")
    assert model is not None
    drawn = [c.lines[0].get_ydata() for c in top.containers]
    for row, line in enumerate(drawn):
        np.testing.assert_allclose(line[1:], model.mean[row])
        assert line[0] == 0
    assert len(below.containers) == 2
    texts = [t.get_text() for t in counts.texts]
    assert texts[0] == "seen (n)"
    assert f"{int(np.isfinite(result.arms[0].scores['MADRS'][:, 5]).sum())}" in texts
    assert "n counts patients" in picture.caption
    assert len(png(picture, 40)) > 1000


def test_a_crossover_shows_what_was_seen():
    result = crossover()
    picture = draw(profiles, result)
    assert len(picture.figure.axes) == 2
    scores = result.arms[0].scores["MADRS"]
    line = picture.figure.axes[0].containers[0].lines[0].get_ydata()
    np.testing.assert_allclose(line, np.nanmean(scores - scores[:, :1], axis=0))


def test_the_axis_is_true_to_time():
    places, log = visit_places(VISITS_H)
    assert log
    np.testing.assert_allclose(np.diff(places)[1:], np.diff(np.log(VISITS_H[1:])))
    weeks = 168.0 * np.arange(5)
    places, log = visit_places(weeks)
    assert not log
    np.testing.assert_allclose(places, weeks)


def test_labels_do_not_crowd():
    assert spaced_visits(np.array([0.0, 0.1, 5.0, 9.9, 10.0]), 1.0) == [0, 2, 4]
    assert spaced_visits(np.array([0.0]), 1.0) == [0]
    assert [visit_label(h) for h in (0, 2 / 3, 2, 36, 72, 672)] == [
        "0", "40 min", "2 h", "36 h", "3 d", "28 d",
    ]  # fmt: skip
    assert visit_label(672, in_weeks=True) == "4 wk"


def test_no_two_arms_look_alike_and_the_control_is_grey():
    shapes = arm_shapes(parallel(names=THREE))
    assert len({s[0] for s in shapes.values()}) == len({str(s[1]) for s in shapes.values()}) == 3
    assert shapes["midazolam"][0] == "#63666d"


def test_nothing_recorded_is_said():
    result = replace(parallel(10), scale="QIDS")
    for how in (profiles, waterfall):
        assert isinstance(draw(how, result), Missing)


def test_a_bar_for_every_patient_seen():
    result = parallel(40)
    picture = draw(waterfall, result)
    for panel, arm in zip(picture.figure.axes, result.arms, strict=True):
        change = percent_change(arm.scores["MADRS"], 2)
        bars = sorted(bar.get_height() for bar in panel.patches)
        np.testing.assert_allclose(bars, np.sort(change[np.isfinite(change)]))
        assert f"of {arm.n}" in panel.get_title(loc="left")
    shares = np.mean(percent_change(result.arms[0].scores["MADRS"], 2) <= -50)
    assert f"{100 * shares:.0f} % on ketamine" in picture.caption


def test_percent_change_of_nothing_is_not_known():
    change = percent_change(np.array([[0.0, 3.0], [20.0, 10.0], [20.0, np.nan]]), 1)
    assert np.isnan(change[[0, 2]]).all()
    assert change[1] == -50


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (parallel, ["screened: 161", "not eligible: 41", "randomised: 120", "allocated: 60"]),
        (crossover, ["randomised: 18", "all 18, in 2 orders"]),
        (
            withdrawal,
            ["open-label lead-in: 200", "left: 21; not eligible: 89", "randomised: 90"],
        ),
    ],
)
def test_the_flow_adds_up(made, words):
    result = made()
    picture = draw(flow, result)
    texts = "\n".join(t.get_text() for t in picture.figure.axes[0].texts)
    for word in words:
        assert word in texts
    gone = int(np.isfinite(result.arms[0].left_h).sum())
    assert f"left: {gone}" in texts


def test_a_patient_without_any_visit_is_not_analysed():
    result = parallel(20)
    scores = result.arms[0].scores["MADRS"].copy()
    scores[0, 1:] = np.nan
    arms = (replace(result.arms[0], scores={"MADRS": scores}), result.arms[1])
    assert "analysed: 19" in draw(flow, replace(result, arms=arms)).alt
