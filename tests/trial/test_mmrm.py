"""The repeated-measures model against closed forms, a dense likelihood, statsmodels, itself."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import minimize

from ketasim.trial.ancova import ancova, hedges_g, paired
from ketasim.trial.mmrm import AUTOREGRESSIVE, COMPOUND, UNSTRUCTURED, mmrm


def sines():
    """30 patients at 4 visits with holes, made of sines so that any computer has the same."""
    i, v = np.arange(30)[:, None], np.arange(4)[None]
    arm, baseline = i[:, 0] % 2, 32 + 5 * np.sin(1.7 * i[:, 0])
    change = -8 - 3 * arm[:, None] * (1 - 0.15 * v) + 0.4 * (baseline[:, None] - 32)
    change = change + 3 * np.sin(2.3 * i + 0.4) + 4 * np.sin(5.1 * i + 2.9 * v + 0.13 * i * v)
    change[(i + 3 * v) % 11 == 4] = np.nan
    change[4, 1:] = np.nan
    return change, arm, baseline


def trial(rng, n=60, visits=4, effect=-4.0, arms=2):
    """Patients whose visits correlate, more so when near in time."""
    apart = np.abs(np.subtract.outer(range(visits), range(visits)))
    root = np.linalg.cholesky(40 * 0.7**apart + 20)
    arm = np.arange(n) % arms
    baseline = 34 + 5 * rng.standard_normal(n)
    change = -10 + effect * arm[:, None] + 0.3 * (baseline - 34)[:, None]
    return change + rng.standard_normal((n, visits)) @ root.T, arm, baseline


def leave(change, rng):
    """Patients who do not improve leave: missing at random, not completely so."""
    kept = change.copy()
    for visit in range(1, change.shape[1]):
        chance = 1 / (1 + np.exp(-(kept[:, visit - 1] + 4) / 3))
        gone = np.isnan(kept[:, visit - 1]) | (rng.random(len(change)) < 0.5 * chance)
        kept[gone, visit] = np.nan
    return kept


@pytest.mark.parametrize("arms", [2, 3])
def test_complete_data_equal_ordinary_regression_at_each_visit(arms):
    change, arm, baseline = trial(np.random.default_rng(2), n=63, arms=arms)
    strata = (np.arange(63) // 2) % 3
    found = mmrm(change, arm, baseline, strata=strata)
    # the same design for every visit: closed form, so only rounding may differ
    columns = [arm == a for a in range(arms)] + [baseline - baseline.mean()]
    columns += [(strata == s) - np.mean(strata == s) for s in (1, 2)]
    design = np.stack(columns, axis=1).astype(float)
    inverse = np.linalg.inv(design.T @ design)
    df = 63 - design.shape[1]
    for visit in range(4):
        beta = inverse @ design.T @ change[:, visit]
        variance = ((change[:, visit] - design @ beta) ** 2).sum() / df
        for a in range(1, arms):
            weights = np.zeros(design.shape[1])
            weights[[a, 0]] = 1, -1
            assert found.difference[a, visit] == pytest.approx(weights @ beta, rel=1e-9)
            assert found.se[a, visit] == pytest.approx(
                np.sqrt(weights @ inverse @ weights * variance), rel=1e-6
            )
            assert found.df[a, visit] == pytest.approx(df, rel=1e-6)
        assert found.mean[0, visit] == pytest.approx(beta[0], rel=1e-9)


def test_two_arms_without_strata_equal_ancova():
    change, arm, baseline = trial(np.random.default_rng(3))
    found = mmrm(change, arm, baseline)
    closed = ancova(change.T, arm == 1, np.tile(baseline, (4, 1)))
    np.testing.assert_allclose(found.difference[1], closed.value, rtol=1e-8)
    np.testing.assert_allclose(found.p[1], closed.p, rtol=1e-5)
    np.testing.assert_allclose(found.low[1], closed.low, rtol=1e-6)


def test_compound_symmetry_equals_statsmodels():
    """Reference: statsmodels 0.15.0, MixedLM with a random intercept, REML.

    ``mixedlm("y ~ 0 + C(visit) + C(visit):arm + C(visit):b", data, groups="id")`` with ``b`` the
    baseline less its mean over 30 patients, methods powell, lbfgs, bfgs. Its optimum is found to
    about 1e-5 of the variances, hence the tolerances.
    """
    found = mmrm(*sines(), covariance=COMPOUND)
    assert found.covariance == COMPOUND
    difference = [-3.0218115835, -2.9462284775, -1.7369076902, -2.7188492055]
    np.testing.assert_allclose(found.difference[1], difference, rtol=1e-5)
    se = [1.4258501567, 1.4422057039, 1.4265021629, 1.445228007]
    np.testing.assert_allclose(found.se[1], se, rtol=2e-4)
    assert found.restricted_log_likelihood == pytest.approx(-267.6307844817776, abs=1e-5)
    assert found.visit_covariance[0, 1] == pytest.approx(6.730619, rel=1e-3)
    assert found.visit_covariance[0, 0] == pytest.approx(6.730619 + 7.283071750, rel=1e-3)


def dense(numbers, change, arm, baseline):
    """Restricted log-likelihood of an unstructured covariance, patient by patient."""
    visits = change.shape[1]
    root = np.zeros((visits, visits))
    root[np.tril_indices(visits)] = numbers
    covariance = root @ root.T
    design = np.stack([arm == 0, arm == 1, baseline - baseline.mean()], axis=1).astype(float)
    precision, answer, constant, square, n = 0.0, 0.0, 0.0, 0.0, 0
    for y, x in zip(change, design, strict=True):
        seen = np.isfinite(y)
        if not seen.any():
            continue
        rows = np.kron(np.eye(visits)[seen], x)
        inverse = np.linalg.inv(covariance[np.ix_(seen, seen)])
        precision = precision + rows.T @ inverse @ rows
        answer = answer + rows.T @ inverse @ y[seen]
        square += y[seen] @ inverse @ y[seen]
        constant += np.linalg.slogdet(covariance[np.ix_(seen, seen)])[1]
        n += seen.sum()
    beta = np.linalg.solve(precision, answer)
    free = n - len(beta)
    rest = square - answer @ beta
    log_size = np.linalg.slogdet(precision)[1]
    return -0.5 * (free * np.log(2 * np.pi) + constant + log_size + rest), beta


def test_unstructured_is_the_maximum_of_the_dense_likelihood():
    change, arm, baseline = sines()
    change = change[:, :3]
    found = mmrm(change, arm, baseline)
    assert (found.covariance, found.note) == (UNSTRUCTURED, "")
    start = np.linalg.cholesky(found.visit_covariance)[np.tril_indices(3)]
    here, beta = dense(start, change, arm, baseline)
    assert here == pytest.approx(found.restricted_log_likelihood, abs=1e-9)
    np.testing.assert_allclose(found.difference[1], beta[1::3] - beta[::3], rtol=1e-8)
    best = minimize(lambda v: -dense(v, change, arm, baseline)[0], 1.3 * start, method="BFGS")
    # BFGS with numerical slopes stops near the top, not above it
    assert -best.fun == pytest.approx(here, abs=1e-5)
    assert -best.fun <= here + 1e-8


def test_satterthwaite_is_between_the_completers_and_everybody():
    rng = np.random.default_rng(5)
    change, arm, baseline = trial(rng, n=120)
    found = mmrm(leave(change, rng), arm, baseline)
    completers = found.n[:, 3].sum()
    assert completers < 95
    assert completers - 3 - 12 < found.df[1, 3] < 117
    assert found.df[1, 0] == pytest.approx(117, rel=1e-3)  # nobody is missing at the first visit


def test_intervals_cover_the_truth_although_the_worse_leave():
    """600 trials with missing at random; 95 % coverage has a Monte Carlo SD of 0.9 %."""
    rng = np.random.default_rng(11)
    covered, naive, misses = [], [], []
    for _ in range(600):
        change, arm, baseline = trial(rng, n=50)
        kept = leave(change, rng)
        found = mmrm(kept, arm, baseline)
        covered.append(found.low[1, 3] <= -4.0 <= found.high[1, 3])
        misses.append(found.difference[1, 3] + 4.0)
        naive.append(ancova(kept[:, 3], arm == 1, baseline).value + 4.0)
    assert 0.925 < np.mean(covered) < 0.975
    # standard error of a mean error is 2.4 / sqrt(600), about 0.1 points
    assert abs(np.mean(misses)) < 0.35
    assert np.mean(naive) > np.mean(misses) + 0.4  # completers alone are biased


def test_nobody_can_tell_the_order_of_patients():
    change, arm, baseline = sines()
    found = mmrm(change, arm, baseline)
    order = np.random.default_rng(0).permutation(30)
    again = mmrm(change[order], arm[order], baseline[order])
    np.testing.assert_allclose(again.difference, found.difference, rtol=1e-9)
    np.testing.assert_allclose(again.se, found.se, rtol=1e-9)


def test_what_cannot_be_unstructured_says_so():
    change, arm, baseline = trial(np.random.default_rng(4), n=8, visits=6)
    found = mmrm(change, arm, baseline)
    assert found.covariance == AUTOREGRESSIVE
    assert found.note == "too few patients for an unstructured covariance"
    assert np.isfinite(found.p[1]).all()


def test_a_visit_without_patients_is_left_out_and_said():
    change, arm, baseline = sines()
    change[arm == 1, 3] = np.nan
    found = mmrm(change, arm, baseline)
    assert "1 of 4 visits" in found.note
    assert np.isnan(found.difference[1, 3])
    assert np.isfinite(found.difference[1, :3]).all()
    with pytest.raises(ValueError, match="no visit"):
        mmrm(np.full((6, 2), np.nan), arm[:6], baseline[:6])


def test_a_patient_without_a_baseline_takes_no_part():
    change, arm, baseline = sines()
    strata = np.arange(30) % 3
    lost = np.arange(30) != 7
    without = mmrm(change[lost], arm[lost], baseline[lost], strata=strata[lost])
    change[7], baseline[7] = np.nan, np.nan
    found = mmrm(change, arm, baseline, strata=strata)
    np.testing.assert_array_equal(found.difference[1], without.difference[1])
    np.testing.assert_array_equal(found.se[1], without.se[1])


def test_strata_without_patients_at_a_visit_do_not_break_it():
    change, arm, baseline = sines()
    strata = (np.arange(30) < 3).astype(int)
    change[:3, 2:] = np.nan
    found = mmrm(change, arm, baseline, strata=strata)
    assert "left out" in found.note
    assert np.isfinite(found.p[1]).all()


def test_200_patients_and_6_visits_take_less_than_50_ms():
    rng = np.random.default_rng(7)
    change, arm, baseline = trial(rng, n=200, visits=6)
    kept = leave(change, rng)
    mmrm(kept, arm, baseline)
    took = []
    for _ in range(5):
        start = time.perf_counter()
        mmrm(kept, arm, baseline)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.05


def test_ancova_of_many_replicates_equals_one_by_one():
    rng = np.random.default_rng(8)
    arm = np.arange(40) % 2 == 1
    change = rng.standard_normal((5, 40))
    change[:, 3] = np.nan
    baseline = rng.standard_normal((5, 40))
    together = ancova(change, arm, baseline)
    for k in range(5):
        one = ancova(change[k], arm, baseline[k])
        assert one.value == pytest.approx(together.value[k])
        assert one.p == pytest.approx(together.p[k])
    assert together.df.tolist() == [36.0] * 5
    assert together.n_arm.tolist() == [19] * 5


def test_without_baseline_ancova_is_the_t_test():
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(9)
    a, c = rng.standard_normal(12) + 1, rng.standard_normal(15)
    found = ancova(np.concatenate([a, c]), np.arange(27) < 12, None)
    assert found.p == pytest.approx(ttest_ind(a, c).pvalue)


def test_ancova_needs_two_in_each_group():
    found = ancova(np.array([1.0, 2.0, np.nan]), np.array([True, False, False]), None)
    assert np.isnan(found.value)
    assert np.isnan(found.p)


def test_a_crossover_removes_the_effect_of_the_period():
    rng = np.random.default_rng(10)
    sequence = np.repeat([0, 1], [12, 8])
    own = -6 + rng.standard_normal(20)
    period = np.where(sequence == 0, 3.0, -3.0)  # second period is 3 points worse
    found = paired(own + period, sequence)
    shifted = paired(own + 5 * period, sequence)
    assert found.value == pytest.approx(shifted.value)
    assert found.se == pytest.approx(shifted.se)
    assert found.df == 18
    assert np.isnan(paired(np.array([1.0, np.nan])).value)


def test_hedges_g_is_corrected():
    arm, control = np.array([1.0, 2.0, 3.0, np.nan]), np.array([3.0, 4.0, 5.0])
    found = hedges_g(arm, control)
    # d = -2 with 4 degrees of freedom, correction 1 - 3 / 15
    assert found.value == pytest.approx(-1.6)
    assert found.se == pytest.approx(np.sqrt(6 / 9 + 1.6**2 / 12))
