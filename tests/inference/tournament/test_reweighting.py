"""Pareto-smoothed weights: shapes of known laws, ratios known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ketasim.inference.tournament.reweighting import TRUSTED, pareto, reweighted, smoothed


@pytest.mark.parametrize("k", [0.2, 0.5, 1.0])
def test_the_shape_of_a_tail_is_found(k):
    drawn = np.random.default_rng(1).random(4000)
    beyond = np.sort(np.expm1(-k * np.log1p(-drawn)) / k * 3)
    shape, scale = pareto(beyond)
    assert shape == pytest.approx(k, abs=0.06)
    assert scale == pytest.approx(3, rel=0.1)


def test_a_ratio_known_in_closed_form():
    """From N(0, 1) to an unnormalised N(0, 1.2): the ratio of what normalises them is 1.2."""
    pulls = []
    for seed in range(40):
        x = np.random.default_rng(seed).standard_normal(1000)
        found = reweighted(x**2 / 2 - (x / 1.2) ** 2 / 2)
        assert found.trusted
        pulls.append((found.log_ratio - math.log(1.2)) / found.error)
    assert abs(np.mean(pulls)) < 0.5  # 3 / sqrt(40)
    assert 0.5 < np.mean(np.square(pulls)) < 1.7


def test_smoothing_does_better_than_raw_weights_on_heavy_tails():
    """From Exp(1) to Exp(0.6): weights with k = 0.4, so that their variance is large."""
    raw, smooth = [], []
    for seed in range(60):
        x = np.random.default_rng(seed).exponential(size=400)
        log_ratios = 0.45 * x
        raw.append(np.log(np.exp(log_ratios).mean()))
        smooth.append(reweighted(log_ratios).log_ratio)
    truth = -math.log(0.55)
    assert np.std(smooth) <= np.std(raw)
    assert np.mean(smooth) == pytest.approx(truth, abs=0.03)


def test_hopeless_weights_are_flagged():
    x = np.random.default_rng(1).standard_normal((1000, 12))
    found = reweighted((x**2).sum(axis=1) * 0.45)
    assert not found.trusted
    assert found.k > TRUSTED


def test_one_weight_that_is_everything_is_flagged():
    assert reweighted(np.append(np.zeros(500), 900.0)).k == math.inf
    assert reweighted(np.append(np.zeros(500), 0.1)).k == 0.0


def test_smoothing_keeps_order_body_and_bound():
    raw = np.random.default_rng(2).standard_normal(500) * 2
    smooth, k = smoothed(raw)
    order = np.argsort(raw)
    assert np.all(np.diff(smooth[order]) >= -1e-12)
    assert np.array_equal(smooth[order[:-100]], raw[order[:-100]])
    assert smooth.max() <= raw.max()
    assert 0 < k < 2


def test_equal_weights_have_no_tail_and_few_draws_tell_nothing():
    even = reweighted(np.full(100, 3.0))
    assert (even.log_ratio, even.error, even.k) == (3.0, 0.0, 0.0)
    assert even.effective == pytest.approx(100)
    assert reweighted(np.array([0.0, 1.0, 2.0])).k == math.inf


def test_chains_count_as_one():
    x = np.repeat(np.random.default_rng(3).uniform(size=100), 8)
    assert reweighted(x, 8).error == pytest.approx(reweighted(x, 1).error * math.sqrt(8), rel=0.05)
