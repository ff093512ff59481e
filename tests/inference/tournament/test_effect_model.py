"""From effects to words: monotone, bounded, and even where the effect is at the bound."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.inference.tournament.effect_model import (
    LOG_FLOOR,
    SIGNIFICANT,
    group_error,
    log_chance,
    log_wrong,
)
from tests.inference.tournament import toy

EFFECT = np.linspace(-0.9, 2.0, 59)


def _told(direction, effect=EFFECT, n=10, rest=1.0):
    ones = np.ones_like(effect)
    return np.exp(
        log_chance(toy.finding(direction=direction, n=n), np.array([1 + effect, ones]), rest)
    )


def _left(direction, share, alone=1.0):
    ones = np.ones_like(share)
    parts = np.array([1 + alone * share, ones, (1 + alone) * ones, ones])
    return np.exp(log_chance(toy.finding(direction=direction), parts, 1.0))


def test_words_follow_the_effect():
    assert np.all(np.diff(_told("up")[:35]) > 0)
    assert np.all(np.diff(_told("down")[:35]) < 0)
    none = _told("none")
    middle = int(none.argmax())
    assert abs(EFFECT[middle]) < 0.06
    assert np.all(np.diff(none[: middle + 1]) >= 0)
    assert np.all(np.diff(none[middle:]) <= 0)
    assert none[0] < 0.01 > none[-1]
    assert none[middle] > 0.8


def test_the_three_words_are_all_there_is():
    assert _told("up") + _told("down") + _told("none") == pytest.approx(np.ones(59))


def test_at_the_bound_both_words_are_even():
    bound = SIGNIFICANT * group_error(toy.finding(n=10), None)
    assert _told("up", np.array([bound]))[0] == pytest.approx(0.5)
    assert bound > 0.1  # small studies see only large effects


def test_more_animals_see_smaller_effects():
    small = np.array([0.25])
    assert _told("up", small, n=40)[0] > _told("up", small, n=6)[0] + 0.2


def test_what_is_left_of_an_effect():
    share = np.linspace(-0.5, 1.5, 41)
    blocked, kept = _left("blocked", share), _left("kept", share)
    top = np.argmax(blocked)
    assert np.all(np.diff(blocked[top:]) < 0)
    assert np.all(np.diff(kept[:30]) > 0)
    assert blocked[10] > 0.8 > kept[10]  # nothing left
    assert kept[-11] > 0.7 > blocked[-11]  # all left
    # without an effect of the drug alone there is nothing to block
    assert _left("blocked", np.zeros(1), alone=0.02)[0] < 0.15


def test_what_could_not_be_computed_has_the_floor():
    found = log_chance(toy.finding(), np.array([[np.nan, np.inf, 1e-300], [1.0, np.inf, 1.0]]), 1.0)
    assert found[0] == found[1] == LOG_FLOOR
    assert np.all(found >= LOG_FLOOR)
    assert np.all(found <= 0)


def test_a_wrong_report_is_even_odds_or_a_wide_law():
    assert log_wrong(toy.finding()) == pytest.approx(np.log(0.5))
    assert log_wrong(toy.finding(direction="")) < log_wrong(toy.finding())
