"""Observed scores: noise that belongs to a person and a time, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim.trial import observed, scale, variation
from ketasim.trial.scores import fluctuation

N = 4000
MADRS = scale("MADRS")
QUIET = replace(variation(), score_error=1e-9, fluctuation_sd=0.0)
WHO = np.arange(N)


def seen(madrs, times_h, **given):
    return observed(MADRS, np.full((N, len(times_h)), madrs), times_h, seed=1, **given)


def test_without_noise_only_rounding_is_left():
    assert np.all(seen(23.4, [0, 24], vary=QUIET) == 23)


def test_spread_and_correlation_are_those_of_the_table():
    vary, times = variation(), [0.0, 24.0, 168.0]
    scores = seen(30.0, times)
    variance = vary.score_error**2 + vary.fluctuation_sd**2 + 1 / 12  # whole points
    # Of 4000 people an SD is within 5 % (four standard errors), a correlation within 0.06.
    assert scores.std(axis=0) == pytest.approx(np.sqrt(variance), rel=0.05)
    for place, time in ((1, 24.0), (2, 168.0)):
        shared = vary.fluctuation_sd**2 * np.exp(-time / vary.fluctuation_h)
        found = np.corrcoef(scores[:, 0], scores[:, place])[0, 1]
        assert found == pytest.approx(shared / variance, abs=0.06)


def test_severity_wanders_as_an_ornstein_uhlenbeck_process():
    vary, times = variation(), np.array([0.0, 5.0, 100.0, 1000.0, 8000.0])
    day = fluctuation(times, WHO, seed=2, replicate=0, vary=vary)
    expected = np.exp(-times / vary.fluctuation_h)
    found = [np.corrcoef(day[:, 0], day[:, k])[0, 1] for k in range(len(times))]
    assert found == pytest.approx(expected, abs=0.06)
    assert day.std(axis=0) == pytest.approx(vary.fluctuation_sd, rel=0.05)


def test_a_person_keeps_the_noise_whoever_else_is_there():
    madrs = np.linspace(10, 40, 8)[:, None] * np.ones(3)
    whole = observed(MADRS, madrs, [0, 24, 72], seed=5, replicate=2)
    part = observed(MADRS, madrs[3:5], [0, 24, 72], seed=5, replicate=2, first=3)
    mixed = observed(MADRS, madrs[[6, 1]], [0, 24, 72], seed=5, replicate=2, index=np.array([6, 1]))
    assert np.array_equal(part, whole[3:5])
    assert np.array_equal(mixed, whole[[6, 1]])
    assert not np.array_equal(observed(MADRS, madrs, [0, 24, 72], seed=5, replicate=3), whole)


def test_a_visit_keeps_its_noise_whatever_other_visits_there_are():
    few, many = seen(30.0, [0, 168]), seen(30.0, [0, 24, 100, 168, 300])
    assert np.array_equal(few, many[:, [0, 3]])


def test_scales_share_the_day_but_not_the_rater():
    madrs, times = np.full((N, 1), 30.0), [0.0]
    one, other = (observed(scale(s), madrs, times, seed=1)[:, 0] for s in ("MADRS", "HAMD17"))
    vary, slope = variation(), scale("HAMD17").slope
    day = vary.fluctuation_sd**2
    both = day / np.sqrt(
        (day + vary.score_error**2 + 1 / 12) * (day + vary.score_error**2 + 1 / 12 / slope**2)
    )
    # four standard errors of a correlation of 4000
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(both, abs=0.03)


def test_scores_end_with_the_scale_and_are_whole():
    for madrs, end in ((1.0, 0.0), (59.0, 60.0)):
        scores = seen(madrs, [0.0])
        assert np.all((scores >= 0) & (scores <= 60))
        assert np.mean(scores == end) > 0.1
        assert np.all(scores == np.round(scores))


def test_what_was_never_known_stays_missing():
    assert np.isnan(observed(MADRS, np.array([[30.0, np.nan]]), [0, 24], seed=1)).tolist() == [
        [False, True]
    ]


def test_thoughts_of_suicide_belong_to_the_person():
    scores = observed(scale("SSI"), np.full((N, 2), 32.0), [0.0, 672.0], seed=1)
    # Price 2014: mean 6.1, SD 6.8; the end of the scale and whole points move it a little.
    assert scores.mean() == pytest.approx(6.1, abs=0.7)
    assert scores.std() == pytest.approx(6.4, abs=1.0)
    assert np.corrcoef(scores.T)[0, 1] > 0.8
