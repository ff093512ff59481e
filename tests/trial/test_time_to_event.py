"""Survival curves, the log-rank test and hazard ratios."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ketasim.trial.time_to_event import (
    at_risk,
    hazard_ratio,
    kaplan_meier,
    log_rank,
    median_time,
)

# Remission of leukaemia [weeks], 6-MP and placebo: Freireich et al. 1963, Blood 21:699, as in
# Cox 1972, J R Stat Soc B 34:187.
MP = (
    np.array([6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35.0]),
    np.arange(21) < 9,
)
PLACEBO = (
    np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23.0]),
    np.ones(21, dtype=bool),
)


def test_the_leukaemia_trial_as_in_textbooks():
    curve = kaplan_meier(*MP)
    assert (curve.n, curve.events, curve.last_d) == (21, 9, 35.0)
    assert curve.at(10)[0] == pytest.approx(0.7529, abs=5e-5)
    assert curve.at(23)[0] == pytest.approx(0.4482, abs=5e-5)
    assert median_time(curve)[0] == 23
    assert median_time(kaplan_meier(*PLACEBO))[0] == 8
    # R's coxph with Efron's ties: coefficient -1.5721, standard error 0.4124
    found = hazard_ratio(MP, PLACEBO)
    assert math.log(found.value) == pytest.approx(-1.5721, abs=5e-5)
    assert found.se == pytest.approx(0.4124, abs=5e-5)
    # R's survdiff: chi-squared 16.79 on 1 degree of freedom
    assert log_rank(MP, PLACEBO) == pytest.approx(4.17e-5, rel=0.01)


def test_hazard_ratio_equals_statsmodels():
    """Reference: statsmodels 0.15.0, PHReg with Efron's ties, survdiff; made of sines."""
    i = np.arange(60)
    days = [np.ceil(scale * (1.2 + np.sin(1.3 * i + k)) ** 2) for k, scale in ((0, 60), (1, 30))]
    arm, control = ((np.minimum(d, 150), d <= 150) for d in days)
    found = hazard_ratio(arm, control)
    assert math.log(found.value) == pytest.approx(LOG_RATIO, abs=1e-7)
    assert found.se == pytest.approx(LOG_RATIO_SE, abs=1e-7)
    assert log_rank(arm, control) == pytest.approx(LOG_RANK_P, rel=1e-7)


LOG_RATIO, LOG_RATIO_SE, LOG_RANK_P = (
    -0.8813919999219922,
    0.21561257971773337,
    2.8773644846102897e-05,
)


def test_swapping_the_arms_turns_the_ratio_round():
    assert hazard_ratio(MP, PLACEBO).value == pytest.approx(1 / hazard_ratio(PLACEBO, MP).value)
    assert hazard_ratio(MP, MP).value == pytest.approx(1.0)


def test_curves_fall_within_their_intervals():
    curve = kaplan_meier(*PLACEBO)
    assert (np.diff(curve.share) < 0).all()
    assert (curve.low <= curve.share).all()
    assert (curve.share <= curve.high).all()
    assert curve.share[-1] == 0.0
    assert np.isfinite(curve.high).all()


def test_at_risk_counts_those_still_there():
    assert at_risk(MP[0], [0, 6, 7, 35, 36]).tolist() == [21, 21, 17, 1, 0]


def test_nothing_happened():
    quiet = (np.full(10, 90.0), np.zeros(10, dtype=bool))
    curve = kaplan_meier(*quiet)
    assert curve.share.tolist() == [1.0]
    assert median_time(curve) == (math.inf,) * 3
    assert log_rank(quiet, quiet) == 1.0
    assert math.isnan(hazard_ratio(quiet, quiet).value)
    only = hazard_ratio(quiet, PLACEBO)
    assert (only.value, only.low, only.high) == (0.0, 0.0, math.inf)


def test_missing_patients_take_no_part():
    days = np.concatenate([MP[0], [np.nan]])
    seen = np.concatenate([MP[1], [True]])
    assert kaplan_meier(days, seen).n == 21
    assert log_rank((days, seen), PLACEBO) == pytest.approx(log_rank(MP, PLACEBO))
    nobody = (np.array([]), np.array([], dtype=bool))
    assert kaplan_meier(*nobody).n == 0
    assert math.isnan(log_rank(nobody, MP))
