"""Kaplan-Meier pictures, forests and replicates."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from ketasim.report.figure_forest import ForestPanel, ForestRow, estimate_words, forest
from ketasim.report.figure_replicates import (
    in_unit,
    power_word,
    replicates_figure,
    size_curve,
)
from ketasim.report.figure_trial_survival import survival
from ketasim.report.style import PALETTE, Missing, house_style
from ketasim.report.svg import png
from ketasim.trial.results import Replicates
from ketasim.trial.time_to_event import at_risk, kaplan_meier
from tests.report.synthetic_trial import parallel, replicated, withdrawal


def replicates(measure="difference", scale=1.0, n=200):
    estimate = scale * (-4 + 2 * np.random.default_rng(1).standard_normal(n))
    se = np.full(n, 2.0 * scale)
    return Replicates("e", "change", "a", "c", measure, estimate, se,
                      np.where(np.abs(estimate / se) > 1.96, 0.01, 0.3), estimate - 1, estimate + 1,
                      -1, 100)  # fmt: skip


def test_the_curve_and_those_at_risk():
    result = withdrawal()
    endpoint = result.endpoints[0]
    with house_style():
        picture = survival(result, endpoint)
    top, rows = picture.figure.axes
    curve = kaplan_meier(endpoint.values["ketamine"], endpoint.happened["ketamine"])
    line = next(x for x in top.get_lines() if x.get_label().startswith("ketamine"))
    np.testing.assert_allclose(line.get_ydata()[:-1], curve.share)
    numbers = [t.get_text() for t in rows.texts]
    ticks = top.get_xticks()
    assert [str(n) for n in at_risk(endpoint.values["ketamine"], ticks)] == numbers[
        2 : 2 + len(ticks)
    ]
    assert "Median: not reached on ketamine; 56 days on midazolam" in picture.caption
    assert top.get_xlabel() == "weeks since randomisation"
    assert len(png(picture, 40)) > 1000


def test_other_endpoints_have_no_curve():
    result = parallel(10)
    assert isinstance(survival(result, result.endpoints[0]), Missing)


ROW = ForestRow("response", 0.42, 0.2, math.inf, "n = 5, 5", (0.5, 0.3, 0.9))


def test_a_forest_draws_every_row_and_its_published_value():
    ratio = ForestPanel("hazard ratio", "", (ROW, ForestRow("none", math.nan, math.nan, math.nan)),
                        ratio=True, better=-1)  # fmt: skip
    points = ForestPanel("difference", "points", (ForestRow("change", -4.25, -6, -2),), better=-1)
    with house_style():
        picture = forest("x", "X", [ratio, points], "cap")
    texts = [t.get_text() for axes in picture.figure.axes for t in axes.texts]
    assert "0.42 (0.2 to ∞)" in texts
    assert "0.5 (0.3 to 0.9)" in texts
    assert "not estimable" in texts
    assert "−4.2 (−6.0 to −2.0)" in texts
    assert picture.figure.axes[0].get_xscale() == "log"
    low, high = picture.figure.axes[0].get_xlim()
    assert low < 0.2 < 1.0 <= high
    assert len(png(picture, 40)) > 1000


def test_estimates_are_rounded_as_their_unit_asks():
    row = ForestRow("", 31.7, 18.4, 44.9)
    assert estimate_words(row, ForestPanel("", "percentage points", ())) == "32 (18 to 45)"
    assert estimate_words(row, ForestPanel("", "points", ())) == "31.7 (18.4 to 44.9)"


def test_every_replicate_is_in_the_histogram():
    made = replicates()
    with house_style():
        picture = replicates_figure(made)
    bars = picture.figure.axes[0].patches
    assert sum(bar.get_height() for bar in bars) == 200
    blue = to_rgba(PALETTE["blue"][0])
    won = sum(bar.get_height() for bar in bars if bar.get_facecolor() == blue)
    assert won == ((made.p < 0.05) & (made.estimate < 0)).sum()
    (point,) = (c.lines[0] for c in picture.figure.axes[1].containers)
    assert point.get_xdata()[0] == 100
    assert size_curve(made).n[0] == 10


@pytest.mark.parametrize("measure", ["odds ratio", "hazard ratio"])
def test_ratios_are_told_as_ratios(measure):
    made = replicates(measure, 0.2)
    np.testing.assert_allclose(in_unit(made, np.array([0.0])), [1.0])
    with house_style():
        picture = replicates_figure(made)
    assert picture.figure.axes[0].get_xscale() == "log"
    assert len(png(picture, 40)) > 1000


def test_few_replicates_are_not_drawn():
    with house_style():
        assert isinstance(replicates_figure(replicates(n=5)), Missing)


def test_power_is_called_assurance_where_the_truth_differs():
    made = replicates()
    assert power_word(made) == "power"
    assert power_word(replace(made, draw=np.arange(200))) == "assurance"


def test_a_published_value_is_a_diamond():
    result = replicated(20, 12)
    with house_style():
        picture = replicates_figure(result.replicates[0], result.published[0])
    labels = picture.figure.axes[0].get_legend_handles_labels()[1]
    assert "published (Murrough 2013)" in labels
