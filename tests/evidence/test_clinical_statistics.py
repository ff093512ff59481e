"""Statistics of many trials at once agree with those of one trial."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_rel

from ketasim.evidence.clinical_statistics import Groups, compared, middle_times, of_groups
from ketasim.trial.endpoints import Endpoint
from ketasim.trial.record import Record
from ketasim.trial.time_to_event import kaplan_meier, median_time
from ketasim.trial.two_groups import contrast
from tests.evidence.trials import groups

RANDOM = np.random.default_rng(3)
TRIALS, N, M = 12, 14, 9


def record(scores: np.ndarray) -> Record:
    """Return a record of MADRS at 0 and 24 h."""
    n = len(scores)
    stayed = np.full(n, np.inf)
    return Record(np.array([0.0, 24.0]), {"MADRS": scores}, {}, np.empty(0), stayed, np.arange(n))


def made() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return scores of both arms of a dozen trials, shape (n, 2) each."""
    arms = []
    for n, fall in ((N, 15.0), (M, 8.0)):
        before = np.round(RANDOM.normal(33, 4, (TRIALS, n)))
        now = np.round(before - RANDOM.normal(fall, 9, (TRIALS, n))).clip(0, 60)
        arms.append([np.column_stack(pair) for pair in zip(before, now, strict=True)])
    return arms[0], arms[1]


ARM, OTHER = made()


def of_all(scores: list[np.ndarray], word: str) -> Groups:
    """Return one endpoint of every trial, as rows."""
    before = np.array([each[:, 0] for each in scores])
    now = np.array([each[:, 1] for each in scores])
    values = now - before if word == "change" else (now <= 0.5 * before).astype(float)
    return Groups(values, np.zeros(values.shape, bool), before)


OF_POINTS = ("difference", "effect size", "superior")
PAIRS = [(word, how) for word in ("change", "response") for how in OF_POINTS]
PAIRS += [("response", "odds ratio"), ("response", "risk ratio")]


@pytest.mark.parametrize(("word", "how"), PAIRS)
def test_a_row_is_what_one_trial_gives(word, how):
    found = compared(how, word, "mean", of_all(ARM, word), of_all(OTHER, word))
    endpoint = Endpoint(word, at_h=24.0)
    alone = [contrast(how, endpoint, record(a), record(b)) for a, b in zip(ARM, OTHER, strict=True)]
    np.testing.assert_allclose(found, alone, rtol=1e-9)
    if how == "superior" and word == "change":
        assert set(found) == {0.0, 1.0}  # the trials are of a size that some fail


def test_median_time_is_kaplan_and_meiers():
    days = RANDOM.integers(1, 30, (40, 11)).astype(float)
    happened = RANDOM.random((40, 11)) < 0.6
    found = middle_times(days, happened)
    alone = [median_time(kaplan_meier(d, h))[0] for d, h in zip(days, happened, strict=True)]
    np.testing.assert_allclose(found, alone)
    assert np.isinf(found).any()


def test_median_that_is_not_reached_counts_as_the_longest_time():
    some = groups([[5.0, 9.0, 9.0]], [[True, False, False]])
    assert of_groups("time to relapse", "median", some, 9.0) == [9.0]
    assert of_groups("time to relapse", "mean", some, 9.0) == [5.0]  # of those who relapsed


def test_shares_are_in_percent():
    some = groups([[1, 0, 0, 1], [0, 0, 0, 1]])
    assert list(of_groups("response", "mean", some, 1.0)) == [50.0, 25.0]
    assert list(of_groups("change", "mean", some, 1.0)) == [0.5, 0.25]


def test_same_people_are_compared_with_themselves():
    arm = RANDOM.normal(-10, 6, (20, 8))
    other = arm + RANDOM.normal(2, 2, (20, 8))
    found = compared("superior", "change", "mean", groups(arm), groups(other), paired=True)
    p = ttest_rel(arm, other, axis=1).pvalue
    np.testing.assert_array_equal(found, (p < 0.05) & (arm.mean(1) < other.mean(1)))
    assert 0 < found.mean() < 1


def test_an_empty_cell_adds_half_a_patient():
    arm, other = groups([[1.0, 1.0, 1.0, 0.0]]), groups([[0.0, 0.0]])
    assert compared("odds ratio", "response", "mean", arm, other) == pytest.approx(
        [3.5 / 1.5 / (0.5 / 2.5)]
    )
