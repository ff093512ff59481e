"""Outcomes are whole, agree with the tournament's own chances, and bits are bits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim.evidence import directions
from ketasim.inference.tournament import effect_model, information
from ketasim.inference.tournament.designs import Vocabulary, arms_of, checked_vocabulary, finding_of

WORDS = checked_vocabulary(Vocabulary(perturbations=("rapamycin",), drugs=("ketamine",)))
ARMS = arms_of("mouse", WORDS)
KETAMINE = ("ketamine", "10 mg/kg")
N = 9


def _sound(finding, effect, scale) -> np.ndarray:
    """Return chances without the lapse."""
    chances = information.outcome_chances(finding, effect, scale, N)
    lapse = information.lapse_of(N)
    return (chances - lapse / chances.shape[-1]) / (1 - lapse)


@pytest.mark.parametrize("word", ["antidepressant-like behaviour", "BDNF protein"])
def test_a_comparison_ends_as_the_tournament_says(word: str) -> None:
    finding = replace(finding_of(ARMS, KETAMINE, "", word, 24.0), n=N)
    rest = 0.0 if word.startswith("anti") else 1.0
    shown = np.array([[-0.3, 0.0, 0.2, 0.9, 2.0], [0.0, 0.0, 0.1, 0.2, 0.4]]) + 1.0
    effect = effect_model.effects(finding, shown, rest)[0]
    found = _sound(finding, effect, directions.scale_of(finding, rest))
    assert found.sum(axis=-1) == pytest.approx(1.0)
    for column, direction in enumerate(information.CHANGE):
        told = effect_model.log_chance(replace(finding, direction=direction), shown, rest)
        kept = told > effect_model.LOG_FLOOR  # chances below the floor differ by design
        assert np.log(found[kept, column]) == pytest.approx(told[kept], rel=1e-6, abs=1e-9)


def test_what_is_left_ends_as_the_tournament_says() -> None:
    finding = replace(finding_of(ARMS, KETAMINE, "rapamycin", "BDNF protein", 24.0), n=N)
    shown = np.array([[1.1, 2.4, 3.0, 1.0], [1.0, 1.0, 1.0, 1.0], [2.5, 2.5, 2.5, 1.0]])
    shown = np.vstack([shown, np.ones(4)])
    effect = effect_model.effects(finding, shown, 1.0)[0]
    found = _sound(finding, effect, None)
    assert found.sum(axis=-1) == pytest.approx(1.0)
    assert (found >= 0).all()
    blocked = effect_model.log_chance(replace(finding, direction="blocked"), shown, 1.0)
    longer = effect_model.log_chance(replace(finding, direction="prolonged"), shown, 1.0)
    assert found[:3, 1] == pytest.approx(np.exp(blocked[:3]), rel=1e-6)
    assert found[:3, 4] == pytest.approx(np.exp(longer[:3]), rel=1e-6)
    likeliest = [information.LEFT[k] for k in found.argmax(axis=1)]
    assert likeliest == ["blocked", "kept", "enhanced", "no effect to block"]


def test_what_could_not_be_computed_is_even() -> None:
    finding = finding_of(ARMS, KETAMINE, "", "BDNF protein", 2.0)
    found = information.outcome_chances(finding, np.array([[np.nan, 0.5]]), None, N)
    assert found[0] == pytest.approx(1 / 3)
    assert found[1] != pytest.approx(1 / 3)


def test_a_small_study_lapses_more() -> None:
    assert information.lapse_of(7) > information.lapse_of(8) > 0


def test_bits() -> None:
    apart = np.array([[1.0, 0.0], [0.0, 1.0]])
    alike = np.array([[0.3, 0.7], [0.3, 0.7]])
    noisy = np.array([[0.9, 0.1], [0.1, 0.9]])
    even = np.array([0.5, 0.5])
    assert information.information(apart, even) == pytest.approx(1.0)
    assert information.information(alike, even) == pytest.approx(0.0)
    # capacity of a binary symmetric channel that errs once in ten
    assert information.information(noisy, even) == pytest.approx(
        1 + 0.1 * np.log2(0.1) + 0.9 * np.log2(0.9)
    )
    assert information.information(apart, np.array([1.0, 0.0])) == pytest.approx(0.0)


def test_few_draws_of_one_law_tell_nothing() -> None:
    """Twelve draws of two hypotheses that are the same look apart; the jackknife sees through."""
    rng = np.random.default_rng(5)
    first = rng.beta(1, 1, size=(400, 24))
    chances = np.stack([first, 1 - first], axis=-1)
    group, draw = np.repeat([0, 1], 12), np.tile(np.arange(12), 2)
    plain = information._of_groups(chances, group, np.ones(24))
    bits, error = information.jackknifed(chances, group, np.ones(24), draw)
    assert (bits >= 0).all()
    assert (error > 0).all()
    # clipped at 0, so its mean is not 0; but far below that of the plain estimate
    assert bits.mean() < 0.6 * plain.mean()


def test_one_draw_has_no_error() -> None:
    chances = np.array([[0.9, 0.1], [0.2, 0.8]])
    bits, error = information.jackknifed(chances, np.array([0, 1]), np.ones(2), np.zeros(2, int))
    assert bits > 0
    assert np.isnan(error)


def test_told_apart_and_smallest() -> None:
    assert information.told_apart(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1.0
    assert information.told_apart(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0.5
    assert information.smallest([4, 5, 6], np.array([False, True, True])) == 5
    assert information.smallest([4, 5], np.array([False, False])) is None
