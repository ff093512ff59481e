"""Among whom the effect is divided, and in which combinations of them it is simulated.

A player is a group of parameters, absent when they are at their `off` value. A parameter of two
players is on only while both are there. Absent, a mechanism can still be measured; it carries
nothing, and nothing waits for its permission.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ketasim.inference.tournament.hypothesis import Hypothesis
from ketasim.inference.tournament.links import LINK, links
from ketasim.model import Model

NO_BINDING_NM = 1e12
"""Ki at which nothing binds TrkB; the `off` value of the link is what binding was measured."""
MOST_WHOLE = 7
"""Players up to whom every combination is simulated; beyond, sampled orders."""
ORDERS = 12
"""Orders sampled, each there and back, the same for every draw and treatment."""


@dataclass(frozen=True)
class Player:
    """A mechanism that may carry the effect.

    Attributes
    ----------
    name : str
    absent : mapping of str to float
        Parameters and switches, and their values without it.
    gate : str
        Mechanism whose outputs an antagonist would take below rest; empty where it permits nothing.
    """

    name: str
    absent: Mapping[str, float]
    gate: str = ""


def _of(name: str, *symbols: str, gate: str = "", **own: float) -> Player:
    return Player(name, {**{s: links()[s].off for s in symbols}, **own}, gate)


def players() -> tuple[Player, ...]:
    """Return everybody, in the order of tables."""
    return (
        _of("glutamate surge", "w_S", "w_SE"),
        _of("released translation", "w_E", "w_SE"),
        _of("hydroxynorketamine", "w_hnk"),
        _of("adenosine", "w_ado", "c_A1", "c_A2A", gate="adenosine"),
        _of("habenula", "w_hb"),
        _of("lipid rafts", "e_pka_ins", "e_mrna_bd", "EC50_raft"),
        _of("TrkB binding", Ki_TrkB=NO_BINDING_NM),
        _of("opioid tone", "c_op", "c_op_hb", "c_op_mto", gate="opioid"),
        _of("serotonin", "c_5HT", "w_ht", gate="serotonin", w_hts=0.0),
        _of("dopamine", "c_PKA_ins", "c_PKA_mto", gate="dopamine"),
        _of("VEGF", "c_flk", "e_flk_mto", gate="vegf"),
        _of("p11 and CSF", "w_p11", "w_csf"),
        _of("R-ketamine by ERK", "e_R_ERK"),
        _of("stress load", scale_stress=0.0),
        _of("belief and contact", scale_expect=0.0),
    )


def playing(hypothesis: Hypothesis, everybody: Sequence[Player], model: Model) -> tuple[int, ...]:
    """Return places of the players that a hypothesis has; the others carry nothing under it."""
    own = {row.symbol: row.value for row in model.parameters} | dict(hypothesis.fixed)
    free = set(hypothesis.symbols)
    return tuple(
        place
        for place, each in enumerate(everybody)
        if any(s in free or own.get(s, 1.0) != value for s, value in each.absent.items())
    )


def unclaimed(everybody: Sequence[Player]) -> tuple[str, ...]:
    """Return links that belong to no player."""
    held = {symbol for each in everybody for symbol in each.absent}
    return tuple(s for s, each in links().items() if each.kind == LINK and s not in held)


def values_of(
    present: frozenset[int], everybody: Sequence[Player], among: Iterable[int]
) -> dict[str, float]:
    """Return what is set where only ``present`` of ``among`` are there."""
    return {
        symbol: value
        for place in among
        if place not in present
        for symbol, value in everybody[place].absent.items()
    }


@dataclass(frozen=True)
class Game:
    """Combinations to simulate, and how shares are made of them.

    Attributes
    ----------
    among : tuple of int
        Places of the players.
    coalitions : tuple of frozenset of int
    orders : tuple of tuple of int
        In which they join; none where every combination is there.
    """

    among: tuple[int, ...]
    coalitions: tuple[frozenset[int], ...]
    orders: tuple[tuple[int, ...], ...]

    def at(self, present: Iterable[int]) -> int:
        """Return the row of a combination."""
        return self.coalitions.index(frozenset(present))


def game(among: Sequence[int], seed: int) -> Game:
    """Return what must be simulated for shares, losses, effects alone and pairs."""
    every = tuple(among)
    whole = frozenset(every)
    if len(every) <= MOST_WHOLE:
        sets = [frozenset(c) for m in range(len(every) + 1) for c in combinations(every, m)]
        return Game(every, tuple(sets), ())
    rng = np.random.default_rng([seed, len(every)])
    orders = []
    for _ in range(ORDERS):
        order = tuple(int(k) for k in rng.permutation(every))
        orders += [order, order[::-1]]
    found = {frozenset(order[:m]): None for order in orders for m in range(len(every) + 1)}
    found |= {frozenset([k]): None for k in every}
    found |= {whole - {k}: None for k in every}
    found |= {whole - set(pair): None for pair in combinations(every, 2)}
    return Game(every, tuple(found), tuple(orders))


def shapley(played: Game, effect: np.ndarray) -> np.ndarray:
    """Return each player's share, shape (players, ...).

    Parameters
    ----------
    played : Game
    effect : ndarray, shape (coalitions, ...)
    """
    found = np.zeros((len(played.among), *effect.shape[1:]))
    place = {coalition: row for row, coalition in enumerate(played.coalitions)}
    if played.orders:
        for order in played.orders:
            for m, who in enumerate(order):
                gained = effect[place[frozenset(order[: m + 1])]]
                gained = gained - effect[place[frozenset(order[:m])]]
                found[played.among.index(who)] += gained / len(played.orders)
        return found
    n = len(played.among)
    for coalition, row in place.items():
        if len(coalition) == n:
            continue
        weight = 1.0 / (n * _choose(n - 1, len(coalition)))
        for column, who in enumerate(played.among):
            if who not in coalition:
                found[column] += weight * (effect[place[coalition | {who}]] - effect[row])
    return found


def _choose(n: int, k: int) -> float:
    from math import comb

    return float(comb(n, k))
