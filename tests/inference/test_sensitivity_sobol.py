"""Sobol indices: closed forms, SciPy side by side, groups, lost runs, one seed one answer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm, sobol_indices, uniform

from ketasim.inference.sensitivity_sobol import Sample, indices, sample, swapped


def analysed(function, columns, factors, n, seed=1, resamples=200):
    drawn = sample(function, columns, n, seed)
    return indices(drawn, swapped(function, drawn, factors), seed, resamples)


def ishigami(scores):
    """Ishigami and Homma's function; x uniform on -pi to pi."""
    x = np.pi * (2 * ndtr(scores) - 1)
    y = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    return y[:, None]


def ishigami_truth():
    """Variances in closed form: Ishigami and Homma 1990, with a = 7 and b = 0.1."""
    a, b, pi = 7.0, 0.1, np.pi
    one = 0.5 * (1 + b * pi**4 / 5) ** 2
    two = a**2 / 8
    both = b**2 * pi**8 * (1 / 18 - 1 / 50)
    whole = one + two + both
    return np.array([one, two, 0]) / whole, np.array([one + both, two, both]) / whole


def test_ishigami():
    """0.01: the error of a Sobol sequence of 4096 points here; random ones would give 0.03."""
    found = analysed(ishigami, 3, [[0], [1], [2]], 4096)
    first, total = ishigami_truth()
    np.testing.assert_allclose(found.first[:, 0], first, atol=0.01)
    np.testing.assert_allclose(found.total[:, 0], total, atol=0.01)
    for low, value, high in (
        (found.first_low, first, found.first_high),
        (found.total_low, total, found.total_high),
    ):
        assert np.all(low[:, 0] <= value + 1e-6)
        assert np.all(value - 1e-6 <= high[:, 0])
    assert found.sum_low[0] < first.sum() < found.sum_high[0] < 0.95


def test_a_linear_model_adds_up():
    """y = sum of c x: index c^2 over their sum, first and total alike, groups their sums."""
    c = np.array([4.0, 2.0, 1.0, 0.5, 0.0])
    share = c**2 / (c**2).sum()
    found = analysed(lambda x: (x @ c)[:, None] + 1e6, 5, [[0], [1, 2], [3, 4]], 4096)
    truth = np.array([share[0], share[1:3].sum(), share[3:].sum()])
    np.testing.assert_allclose(found.first[:, 0], truth, atol=0.01)  # as above
    np.testing.assert_allclose(found.total[:, 0], truth, atol=0.01)
    assert found.sum_first[0] == pytest.approx(1, abs=0.01)


def test_the_estimators_are_those_of_scipy():
    """The same numbers through `scipy.stats.sobol_indices`; rounding only."""
    factors = [[0], [1], [2]]
    drawn = sample(ishigami, 3, 256, 5)
    f_ab = swapped(ishigami, drawn, factors)
    ours = indices(drawn, f_ab, 5, resamples=0)
    theirs = sobol_indices(
        func={"f_A": drawn.f_a.T, "f_B": drawn.f_b.T, "f_AB": f_ab.transpose(0, 2, 1)}, n=256
    )
    np.testing.assert_allclose(ours.first[:, 0], np.ravel(theirs.first_order), rtol=1e-12)
    np.testing.assert_allclose(ours.total[:, 0], np.ravel(theirs.total_order), rtol=1e-12)


def test_the_whole_path_agrees_with_scipys_own():
    """SciPy's own sample of the same function; two samples of 4096 points differ by 0.02."""
    ours = analysed(ishigami, 3, [[0], [1], [2]], 4096)
    theirs = sobol_indices(
        func=lambda x: ishigami(norm.ppf((x / np.pi + 1) / 2).T).T,
        n=4096,
        dists=[uniform(loc=-np.pi, scale=2 * np.pi)] * 3,
        rng=np.random.default_rng(2),
    )
    np.testing.assert_allclose(ours.total[:, 0], np.ravel(theirs.total_order), atol=0.02)


def test_lost_runs_are_left_out_and_counted():
    drawn = sample(ishigami, 3, 2048, 1)
    f_ab = swapped(ishigami, drawn, [[0], [1], [2]])
    whole = indices(drawn, f_ab, 1, resamples=0)
    f_ab[1, ::10] = np.nan
    f_b = drawn.f_b.copy()
    f_b[5] = np.nan
    found = indices(Sample(drawn.a, drawn.b, drawn.f_a, f_b), f_ab, 1, resamples=0)
    assert found.used[:, 0].tolist() == [2047, 2047 - 205, 2047]
    np.testing.assert_allclose(found.total, whole.total, atol=0.05)  # a tenth of one factor less
    assert np.isfinite(found.first).all()


def test_what_never_moves_has_no_index_and_no_warning(recwarn):
    found = analysed(lambda x: np.full((len(x), 1), 8.0), 2, [[0], [1]], 64)
    assert np.all(found.first == 0)
    assert np.all(found.total == 0)
    assert not recwarn.list


def test_one_seed_one_answer():
    first = analysed(ishigami, 3, [[0], [1], [2]], 64, seed=3)
    again = analysed(ishigami, 3, [[0], [1], [2]], 64, seed=3)
    other = analysed(ishigami, 3, [[0], [1], [2]], 64, seed=4)
    for name in ("first", "total", "first_low", "total_high", "sum_low"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert np.all(first.total != other.total)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    """Linear model, 60 seeds: 95 % intervals of total indices; 85 % allows for few points."""
    c = np.array([2.0, 1.0, 1.0])
    truth = c**2 / (c**2).sum()
    inside = []
    for seed in range(60):
        found = analysed(lambda x: (x @ c)[:, None], 3, [[0], [1], [2]], 128, seed=seed)
        inside.append((found.total_low[:, 0] <= truth) & (truth <= found.total_high[:, 0]))
    assert np.mean(inside) > 0.85
