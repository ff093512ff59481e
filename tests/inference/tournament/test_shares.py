"""Shares under uncertainty add up, and go to whom a hypothesis names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ketasim import UserError
from ketasim.dosing import infusion
from ketasim.evidence.models import whole_model
from ketasim.inference.tournament import players as table
from ketasim.inference.tournament.hypothesis import load_hypothesis
from ketasim.inference.tournament.shares import (
    EVERYBODY,
    REST,
    Carried,
    Share,
    carried,
)
from ketasim.inference.tournament.treatments import Treatment, treatments
from tests.inference.tournament.toy_experiments import toy_tournament

ONCE = (Treatment("ketamine", infusion("0.5 mg/kg", over="40 min"), (("24 h", 24.0),)),)


@pytest.fixture(scope="module")
def found() -> Carried:
    even = {"disinhibition": 1.0, "habenula": 1.0}
    return carried(toy_tournament(), even, draws=4, given=ONCE)


def _row(found: Carried, player: str) -> Share:
    return next(each for each in found.shares if each.player == player)


def test_shares_add_up_to_the_effect(found: Carried) -> None:
    own = [s for s in found.shares if s.player not in (EVERYBODY, REST)]
    total = sum(s.points.mean for s in own) + _row(found, REST).points.mean
    # exact but for the solver's tolerance, which cancels
    assert total == pytest.approx(_row(found, EVERYBODY).points.mean, abs=1e-9)
    assert sum(s.share.mean for s in own) + _row(found, REST).share.mean == pytest.approx(1.0)
    assert _row(found, EVERYBODY).points.mean > 3


def test_intervals_hold_what_hypotheses_differ_by(found: Carried) -> None:
    surge = _row(found, "glutamate surge").points
    assert surge.low == pytest.approx(0.0, abs=0.01)  # under the habenula it carries nothing
    assert surge.high > surge.mean > 0
    assert found.of == {"disinhibition": 2, "habenula": 2}
    assert (found.draws, found.lost) == (4, 0)


def test_who_is_not_claimed_carries_nothing(found: Carried) -> None:
    for name in ("hydroxynorketamine", "adenosine", "VEGF", "p11 and CSF"):
        assert _row(found, name).points.mean == 0.0


def test_a_permission_may_be_blocked(found: Carried) -> None:
    assert math.isfinite(_row(found, "opioid tone").blocked.mean)
    assert math.isnan(_row(found, "habenula").blocked.mean)


def test_pairs_are_told_once(found: Carried) -> None:
    pairs = [frozenset((each.one, each.other)) for each in found.pairs]
    assert pairs
    assert len(pairs) == len(set(pairs))


def test_the_same_seed_gives_the_same_numbers() -> None:
    one, other = (carried(toy_tournament(), {"habenula": 1.0}, draws=2, given=ONCE) for _ in "ab")
    assert [s.points for s in one.shares] == [s.points for s in other.shares]


def test_every_link_has_a_player() -> None:
    assert table.unclaimed(table.players()) == ()


def test_every_hypothesis_has_its_players() -> None:
    everybody = table.players()
    of = {
        name: {everybody[k].name for k in
               table.playing(load_hypothesis(name), everybody, whole_model())}
        for name in ("opioid", "hydroxynorketamine", "convergence")
    }  # fmt: skip
    assert {"opioid tone", "glutamate surge", "habenula"} <= of["opioid"]
    assert "glutamate surge" not in of["hydroxynorketamine"]
    assert len(of["convergence"]) > table.MOST_WHOLE


def test_a_shared_parameter_is_off_unless_both_are_there() -> None:
    everybody = table.players()
    assert "w_SE" in table.values_of(frozenset({0}), everybody, (0, 1))
    assert "w_SE" not in table.values_of(frozenset({0, 1}), everybody, (0, 1))


def _effect(game: table.Game) -> np.ndarray:
    """Return a game of an and-gate of the first two, and 1 each of the others."""
    one, two, *others = game.among
    return np.array([
        [4.0 * (one in c and two in c) + sum(k in c for k in others)] for c in game.coalitions
    ])  # fmt: skip


@pytest.mark.parametrize("n", [4, table.MOST_WHOLE + 2])
def test_shapley_values_of_a_known_game(n: int) -> None:
    game = table.game(range(n), seed=1)
    assert bool(game.orders) == (n > table.MOST_WHOLE)
    shares = table.shapley(game, _effect(game))[:, 0]
    # an order and its reverse give each of a pair half of what they do together
    assert shares == pytest.approx([2.0, 2.0, *[1.0] * (n - 2)])


def test_treatments_read_when_they_say() -> None:
    named = {(each.name, moment): hour for each in treatments() for moment, hour in each.moments}
    assert named["ketamine", "7 d"] == 168
    course = treatments()[1]
    last_h = max(dose.start_h for dose in course.regimen.doses)
    assert named["ketamine", "end of a course"] == pytest.approx(last_h + 24.0)
    assert treatments()[4].name == "SSRI"
    told = {hold.input for hold in treatments(open_label=True)[0].regimen.holds}
    assert "u_open" in told
    assert "u_open" not in {hold.input for hold in treatments()[0].regimen.holds}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"weights": {"opiod": 1.0}}, "no hypothesis 'opiod'"),
        ({"weights": {"habenula": 1.0}, "draws": 1}, "draws: 1 is too few"),
        ({"weights": {"habenula": float("nan")}}, "habenula is nan"),
    ],
)
def test_mistakes_are_told_in_one_line(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as error:
        carried(toy_tournament(), **given)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
