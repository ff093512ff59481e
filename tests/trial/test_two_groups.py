"""Contrasts, each against a calculation by hand or another programme."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from ketasim import UserError
from ketasim.trial import CONTRASTS, Endpoint, contrast
from tests.trial.groups import NAN, record

CHANGE = Endpoint("change", at_h=24)
RESPONSE = Endpoint("response", at_h=24)
ACTIVE = record([0, 24], [[30, 12], [32, 20], [28, 10], [36, 14], [31, NAN]])
CONTROL = record([0, 24], [[30, 28], [33, 30], [29, 14], [35, 33]])


def test_a_difference_is_of_the_groups_values():
    # changes -18 -12 -18 -22 and -2 -3 -15 -2
    assert contrast("difference", CHANGE, ACTIVE, CONTROL) == pytest.approx(-17.5 + 5.5)
    # responders 3 of 4 and 1 of 4
    assert contrast("difference", RESPONSE, ACTIVE, CONTROL) == pytest.approx(50.0)


def test_an_effect_size_is_cohens_d_with_better_positive():
    ours, theirs = np.array([-18, -12, -18, -22]), np.array([-2, -3, -15, -2])
    pooled = math.sqrt((np.var(ours, ddof=1) + np.var(theirs, ddof=1)) / 2)
    assert contrast("effect size", CHANGE, ACTIVE, CONTROL) == pytest.approx(12.0 / pooled)
    assert contrast("effect size", CHANGE, CONTROL, ACTIVE) == pytest.approx(-12.0 / pooled)
    assert contrast("effect size", RESPONSE, ACTIVE, CONTROL) == pytest.approx(0.5 / 0.5)


def test_ratios():
    assert contrast("odds ratio", RESPONSE, ACTIVE, CONTROL) == pytest.approx(9.0)
    assert contrast("risk ratio", RESPONSE, ACTIVE, CONTROL) == pytest.approx(3.0)


def test_an_empty_cell_adds_half_a_patient():
    nobody = record([0, 24], [[30, 28], [33, 30]])
    assert contrast("odds ratio", RESPONSE, ACTIVE, nobody) == pytest.approx(
        (3.5 / 1.5) / (0.5 / 2.5)
    )
    assert contrast("risk ratio", RESPONSE, ACTIVE, nobody) == pytest.approx((3.5 / 5) / (0.5 / 3))


def many(after, before=30, n=20, seed=0):
    rng = np.random.default_rng(seed)
    start = before + rng.normal(0, 4, n)
    return record([0, 24], np.column_stack([start, start - after + rng.normal(0, 5, n)]))


def test_superior_in_change_is_ancova_on_baseline():
    strong, weak = many(12, seed=1), many(4, seed=2)
    assert contrast("superior", CHANGE, strong, weak) == 1.0
    assert contrast("superior", CHANGE, weak, strong) == 0.0  # significant, but worse
    assert contrast("superior", CHANGE, many(4, seed=3), weak) == 0.0


def test_ancova_sees_through_an_unequal_start():
    """Change depends on baseline alone; the groups differ in baseline alone."""
    rng = np.random.default_rng(4)

    def group(before):
        start = before + rng.normal(0, 3, 60)
        return record([0, 24], np.column_stack([start, 0.5 * start + rng.normal(0, 1, 60)]))

    high, low = group(36), group(28)
    change = [(r.scores["MADRS"][:, 1] - r.scores["MADRS"][:, 0]) for r in (high, low)]
    assert stats.ttest_ind(*change).pvalue < 0.001
    assert contrast("superior", CHANGE, high, low) == 0.0


def test_superior_in_other_points_is_welch():
    score = Endpoint("score", at_h=24)
    for seed in range(12):
        one, other = many(8, seed=seed), many(5, seed=seed + 100, n=35)
        a, b = one.scores["MADRS"][:, 1], other.scores["MADRS"][:, 1]
        p = stats.ttest_ind(a, b, equal_var=False).pvalue
        assert contrast("superior", score, one, other) == float(p < 0.05 and a.mean() < b.mean())


def responders(yes, n):
    return record([0, 24], [[30, 10]] * yes + [[30, 29]] * (n - yes))


@pytest.mark.parametrize(("yes", "other"), [(18, 8), (12, 8), (8, 18), (15, 8)])
def test_superior_in_shares_is_fisher(yes, other):
    p = stats.fisher_exact([[yes, 20 - yes], [other, 20 - other]]).pvalue
    found = contrast("superior", RESPONSE, responders(yes, 20), responders(other, 20))
    assert found == float(p < 0.05 and yes > other)


def lasting(days):
    """Return responders at a day who relapse at the visit of that day (0: not at all)."""
    times = [0, 24, *(24 + 24 * d for d in range(1, 15))]
    rows = [[30, 10, *(30 if when and d >= when else 10 for d in range(1, 15))] for when in days]
    return record(times, rows)


def test_superior_in_times_is_log_rank():
    endpoint = Endpoint("time to relapse", from_h=24)
    long, short = lasting([0, 0, 0, 0, 12, 0, 0, 13]), lasting([1, 2, 2, 3, 4, 5, 6, 0])
    assert contrast("superior", endpoint, long, short) == 1.0
    assert contrast("superior", endpoint, short, long) == 0.0
    assert contrast("superior", endpoint, long, long) == 0.0


def test_fewer_relapses_are_better():
    long, short = lasting([0] * 9 + [5]), lasting([3] * 9 + [0])
    relapse = Endpoint("relapse", from_h=24)
    assert contrast("superior", relapse, long, short) == 1.0
    assert contrast("effect size", relapse, long, short) > 0
    assert contrast("difference", relapse, long, short) == pytest.approx(-80.0)


@pytest.mark.parametrize("word", CONTRASTS)
def test_nobody_compares_with_nothing(word):
    nobody = ACTIVE.take(np.array([], dtype=int))
    assert math.isnan(contrast(word, RESPONSE, nobody, CONTROL))
    if "ratio" not in word:
        assert math.isnan(contrast(word, CHANGE, ACTIVE, nobody))


def test_words_are_checked():
    with pytest.raises(UserError, match="contrast: unknown 'diference'; nearest: difference"):
        contrast("diference", CHANGE, ACTIVE, CONTROL)
    with pytest.raises(UserError, match="'odds ratio' needs a share, and 'change' is none"):
        contrast("odds ratio", CHANGE, ACTIVE, CONTROL)
