"""Tempered Monte Carlo: evidence and draws against closed forms, and the same bits each time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.stats import binom, chi2, multivariate_normal

from ketasim.inference.tournament.bridge import bridge, log_prior
from ketasim.inference.tournament.likelihood import log_likelihood
from ketasim.inference.tournament.smc import Size, run
from ketasim.inference.tournament.verdict import UNDERSTATED
from tests.inference.tournament import toy

DESIGN = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, -1.0], [2.0, 0.0, 0.3], [0.4, 0.4, 0.4]])
SEEN = np.array([1.0, -0.7, 2.1, 0.2])
NOISE = 0.4


def normal(scores):
    """Return the log likelihood of a linear model with normal errors."""
    away = (SEEN - scores @ DESIGN.T) / NOISE
    return -(away**2).sum(axis=1) / 2 - len(SEEN) * np.log(NOISE * np.sqrt(2 * np.pi))


def exact():
    """Return the log evidence, posterior mean and SD in closed form."""
    covariance = DESIGN @ DESIGN.T + NOISE**2 * np.eye(4)
    evidence = multivariate_normal(np.zeros(4), covariance).logpdf(SEEN)
    precision = np.eye(3) + DESIGN.T @ DESIGN / NOISE**2
    spread = np.linalg.inv(precision)
    return evidence, spread @ DESIGN.T @ SEEN / NOISE**2, np.sqrt(np.diag(spread))


def test_evidence_agrees_with_the_closed_form_by_two_estimators():
    truth, mean, sd = exact()
    pulls, bridged = [], []
    for seed in range(40):
        (cloud,) = run(lambda s: s, [normal], 3, size=Size(512, 8), seed=seed)
        pulls.append((cloud.log_evidence[0] - truth) / np.sqrt(cloud.variance[0]))
        target = normal(cloud.scores) + log_prior(cloud.scores)
        again = bridge(
            cloud.scores, target, lambda s: normal(s) + log_prior(s), chain=cloud.chain, seed=seed
        )
        bridged.append((again.log_evidence - truth) / again.error)
        assert np.all(np.abs(cloud.scores.mean(axis=0) - mean) < 5 * sd / np.sqrt(32))
    # the mean square of 40 pulls is 1 +- 0.22; tempered chains share ancestors and states less
    assert 0.4 < np.mean(np.square(pulls)) < 2.5
    assert 0.5 < np.mean(np.square(bridged)) < 1.7
    assert abs(np.mean(pulls)) < 0.75
    assert abs(np.mean(bridged)) < 0.5


def test_two_stages_are_one():
    parts = [lambda r: normal(r) * 0.3, lambda r: normal(r) * 0.7]
    ends = run(lambda s: s, parts, 3, size=Size(512, 8), seed=2)
    total = ends[1].log_evidence
    error = np.sqrt(sum(ends[1].variance))
    assert len(ends) == 2
    assert abs(sum(total) - exact()[0]) < 4 * error


def _toy_run(seed, size=None):
    held = toy.body(10, ["a", "a", "b", "b", *"cdefgh"])
    rng = np.random.default_rng([seed, 99])
    base, reach = rng.normal(0.5, 0.5, 10), rng.normal(0, 0.6, (10, 2))
    truth = rng.standard_normal(2)
    words = toy.Words(base, reach, toy.reported(base, reach, truth, held, rng))
    every = np.ones(10, bool)
    size = size or Size(512, 8)
    (cloud,) = run(words, [lambda r: log_likelihood(held, r, every)], 2, size=size, seed=seed)
    return truth, cloud, words, held


def test_evidence_of_words_agrees_with_a_grid():
    for seed in range(5):
        _, cloud, words, held = _toy_run(seed)
        away = cloud.log_evidence[0] - toy.exact_log_evidence(words, held)
        assert abs(away) < 4 * np.sqrt(cloud.variance[0])


def test_intervals_cover_at_their_stated_rate():
    """Simulation-based calibration: ranks of the truth among draws are uniform (Talts 2018)."""
    ranks, inside = [], {50: 0, 90: 0}
    repeats = 200
    for seed in range(repeats):
        truth, cloud, _, _ = _toy_run(seed)
        last = cloud.scores.reshape(-1, 8, 2)[:, -1]  # one state of each of 64 chains
        ranks.extend((last < truth).sum(axis=0))
        for rate in inside:
            low, high = np.percentile(cloud.scores, (50 - rate / 2, 50 + rate / 2), axis=0)
            inside[rate] += int(((low <= truth) & (truth <= high)).sum())
    counts = np.histogram(ranks, bins=np.linspace(0, 65, 14))[0]  # 13 bins of five ranks
    expected = 2 * repeats / 13
    assert chi2.sf(((counts - expected) ** 2 / expected).sum(), 12) > 0.01
    for rate, hits in inside.items():
        low, high = binom.interval(0.998, 2 * repeats, rate / 100)
        assert low <= hits <= high, (rate, hits)


def test_the_same_seed_gives_the_same_bits_whatever_else_runs():
    alone = [_toy_run(seed, Size(64, 8))[1] for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda seed: _toy_run(seed, Size(64, 8))[1], range(4)))
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one.scores, other.scores)
        assert one.log_evidence == other.log_evidence
    assert not np.array_equal(alone[0].scores, alone[1].scores)


def test_a_stopped_run_goes_on_to_the_same_bits():
    kept = []
    (whole,) = run(lambda s: s, [normal], 3, size=Size(64, 8), seed=5, told=kept.append)
    assert len(kept) > 2
    for cloud in kept[:-1]:
        (again,) = run(lambda s: s, [normal], 3, size=Size(64, 8), seed=5, start=cloud)
        assert np.array_equal(again.scores, whole.scores)
        assert again.log_evidence == whole.log_evidence


def test_in_a_dozen_dimensions_the_error_is_what_the_verdict_takes_it_for():
    """Fourteen scores, sixty measurements of sums of four groups of them: closed form."""
    rng = np.random.default_rng(3)
    groups = np.zeros((4, 14))
    groups[np.arange(12) % 4, np.arange(12)] = 0.5
    design = rng.normal(0, 1, (60, 4)) @ groups
    seen = design @ rng.standard_normal(14) + 1.5 * rng.standard_normal(60)
    covariance = design @ design.T + 1.5**2 * np.eye(60)
    truth = multivariate_normal(np.zeros(60), covariance).logpdf(seen)
    truth += 60 * np.log(1.5 * np.sqrt(2 * np.pi))

    def fitted(scores):
        return -(((seen - scores @ design.T) / 1.5) ** 2).sum(axis=1) / 2

    clouds = [run(lambda s: s, [fitted], 14, seed=s)[0] for s in range(24)]
    away = np.array([each.log_evidence[0] - truth for each in clouds])
    told = np.sqrt([each.variance[0] for each in clouds])
    assert np.sqrt(np.mean(away**2)) < 0.6  # random walks: 1.5
    pull = away / told
    assert 1.5 < np.sqrt(np.mean(pull**2)) < UNDERSTATED * 1.3


def test_what_never_settles_is_said(monkeypatch):
    monkeypatch.setattr("ketasim.inference.tournament.smc.MOST_POWERS", 2)
    with pytest.raises(ArithmeticError, match="not settled after"):
        run(lambda s: s, [normal], 3, size=Size(16, 8), name="x")
