"""Which experiment next: expected information, predicted outcomes, and how many animals.

Every design of the vocabulary is simulated under draws of each hypothesis; the effect-size model of
the tournament says how likely each outcome is, and what an outcome would tell about the hypotheses
(or about a parameter) is counted in bits. One bit halves the odds against the truth once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.inference.tournament.designs import Design, Vocabulary
from ketasim.inference.tournament.information import (
    CHANGE,
    LEFT,
    group_weights,
    information,
    jackknifed,
    smallest,
    told_apart,
)
from ketasim.inference.tournament.pool import Crowd, Pool, Progress, simulated_pool
from ketasim.inference.tournament.results import Tournament

USUAL_N = 12
"""Individuals of a group by which designs are ranked: usual for behaviour in rodents."""
SIZES = tuple(range(4, 101))
LARGE = 1_000_000
"""Individuals of a very large study: what is left is the discrepancy and the lapse."""
ENOUGH = 0.8
"""Share of what a very large study would tell that is enough."""
SURE = 0.8
"""Chance of pointing to the right one of the two leading hypotheses that is enough."""
SAME = 0.02
"""Designs whose every predicted chance differs by no more are one."""
NEEDED = 0.15
"""Share of what a design tells that the drug alone does not; else the drug alone will do. A tenth
is feigned: a lapse is spread over five outcomes instead of three.
"""
LOOKED_AT = 600
"""Best designs whose information is corrected for few draws before they are ranked again."""
THIRDS = 3


@dataclass(frozen=True)
class Proposal:
    """One design and what it would tell.

    Attributes
    ----------
    design : Design
    outcomes : tuple of str
    predicted : dict of str to tuple of float
        Chance of each outcome under each hypothesis, at the plan's n.
    bits, bits_error : float
        Expected information about the hypotheses, and the error by few draws.
    about_bits, about_bits_error : float
        About the parameter that was asked for; NaN where none was.
    largest_bits : float
        What a very large study would tell of what the plan ranks by.
    enough_n : int or None
        Individuals of a group from which 80 % of that are told; None where no size does.
    apart_n : int or None
        From which the two leading hypotheses are told apart with chance 0.8.
    apart : float
        That chance at the plan's n.
    also : tuple of Design
        Designs with the same prediction under every hypothesis.
    """

    design: Design
    outcomes: tuple[str, ...]
    predicted: dict[str, tuple[float, ...]]
    bits: float
    bits_error: float
    about_bits: float
    about_bits_error: float
    largest_bits: float
    enough_n: int | None
    apart_n: int | None
    apart: float
    also: tuple[Design, ...] = ()

    def likeliest(self, name: str) -> str:
        """Return the likeliest outcome under a hypothesis."""
        return self.outcomes[int(np.argmax(self.predicted[name]))]


@dataclass(frozen=True)
class Plan:
    """Experiments, the most telling first.

    Attributes
    ----------
    weights : dict of str to float
        Of the hypotheses, summing to 1.
    uncertainty_bits : float
        Entropy of those weights: no experiment can tell more.
    leading : tuple of str
        The two of greatest weight; one where there is only one.
    about : str or None
        The parameter that was asked for; designs are ranked by what they tell about it.
    about_uncertainty_bits : float
        Entropy of its thirds; NaN where none was asked for.
    n, draws, seed : int
    considered, done : int
        Designs compared, and left out because a finding tells already.
    idle : int
        Of those compared: left out because the drug alone tells as much.
    proposals : tuple of Proposal
    """

    weights: dict[str, float]
    uncertainty_bits: float
    leading: tuple[str, ...]
    about: str | None
    about_uncertainty_bits: float
    n: int
    draws: int
    seed: int
    considered: int
    done: int
    idle: int
    proposals: tuple[Proposal, ...]

    def distinct(self) -> tuple[Proposal, ...]:
        """Return the best of each drug, perturbation and readout, whatever the time and dose."""
        best: dict[tuple[str, str, str], Proposal] = {}
        for each in self.proposals:
            design = each.design
            best.setdefault((design.drug, design.perturbation, design.readout), each)
        return tuple(best.values())


def next_experiments(
    tournament: Tournament,
    weights: Mapping[str, float],
    *,
    about: str | None = None,
    words: Vocabulary | None = None,
    draws: int = 12,
    n: int = USUAL_N,
    ns: Sequence[int] = SIZES,
    most: int = 60,
    seed: int = 1,
    told: Progress | None = None,
) -> Plan:
    """Return experiments by how much they are expected to tell.

    Parameters
    ----------
    tournament : Tournament
    weights : mapping of str to float
        Posterior weight of each hypothesis; those not named take no part.
    about : str, optional
        A free parameter: rank by what is told about it instead.
    words : Vocabulary, optional
        What designs are made of; the whole by default.
    draws : int
        Of each hypothesis.
    n : int
        Individuals of a group by which designs are ranked.
    ns : sequence of int
        Sizes among which the one needed is looked for.
    most : int
        Proposals to return.
    seed : int
    told : callable, optional
        Called with arms done and their total.

    Raises
    ------
    UserError
        Unknown words, weights or parameter; sizes below 2; nothing that can be run.
    """
    if n < 2 or not ns or min(ns) < 2 or most < 1:
        raise UserError("next experiment: give group sizes of 2 or more, and one proposal or more")
    if about is not None:
        _check_about(tournament, weights, about)
    pool = simulated_pool(tournament, weights, words=words, draws=draws, seed=seed, told=told)
    return ranked(pool, about=about, n=n, ns=ns, most=most, draws=draws, seed=seed)


def _check_about(tournament: Tournament, weights: Mapping[str, float], about: str) -> None:
    free = {s for name in weights if name in tournament.names
            for s in tournament.fit_of(name).hypothesis.symbols}  # fmt: skip
    if about not in free:
        raise UserError(f"about: no hypothesis estimates {about!r}{nearest(about, sorted(free))}")


@dataclass(frozen=True)
class _Target:
    """What information is about: draws in groups."""

    group: np.ndarray
    weights: np.ndarray
    draw: np.ndarray

    def bits(self, chances: np.ndarray) -> np.ndarray:
        member, weight = group_weights(self.group, self.weights)
        return information(np.matmul(member, chances), weight)

    def jackknifed(self, chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return jackknifed(chances, self.group, self.weights, self.draw)

    @property
    def entropy(self) -> float:
        weight = group_weights(self.group, self.weights)[1]
        weight = weight[weight > 0]
        return float(-(weight * np.log2(weight)).sum())


def _thirds(crowd: Crowd, about: str) -> _Target:
    """Return draws by which third of its law a parameter is in; where it is not free, no weight."""
    free = np.array([about in symbols for symbols in crowd.free])[crowd.group]
    weights = np.where(free, crowd.weights, 0.0)
    if weights.sum() <= 0:
        raise UserError(f"about: {about!r} is free in hypotheses of weight 0 alone")
    value = crowd.values[about]
    order = np.argsort(value, kind="stable")
    below = np.cumsum(weights[order]) - weights[order] / 2
    group = np.zeros(len(value), int)
    group[order] = np.minimum((below / weights.sum() * THIRDS).astype(int), THIRDS - 1)
    return _Target(group, weights / weights.sum(), crowd.draw)


def ranked(
    pool: Pool,
    *,
    about: str | None = None,
    n: int = USUAL_N,
    ns: Sequence[int] = SIZES,
    most: int = 60,
    draws: int = 12,
    seed: int = 1,
) -> Plan:
    """Return the designs of a pool by how much they tell; as `next_experiments`."""
    crowd = pool.crowd
    hypotheses = _Target(crowd.group, crowd.weights, crowd.draw)
    aim = hypotheses if about is None else _thirds(crowd, about)
    rough, idle = _rough(pool, aim, n)
    useful = np.flatnonzero(~idle)
    order = useful[np.argsort(-rough[useful], kind="stable")][:LOOKED_AT]
    sharp = {int(k): aim.jackknifed(pool.chances(int(k), n)) for k in order}
    order = sorted(sharp, key=lambda k: (-float(sharp[k][0]), k))
    leading = tuple(np.argsort(-crowd.weight, kind="stable")[:2].tolist())
    proposals = [
        _proposal(pool, each, hypotheses, aim if about else None, leading, n, ns)
        for each in _grouped(pool, order, n)[:most]
    ]
    return Plan(
        dict(zip(crowd.names, crowd.weight.tolist(), strict=True)),
        hypotheses.entropy,
        tuple(crowd.names[k] for k in leading),
        about,
        aim.entropy if about else float("nan"),
        n,
        draws,
        seed,
        len(pool.designs),
        pool.done,
        int(np.sum(idle)),
        tuple(proposals),
    )


def _rough(pool: Pool, aim: _Target, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what each design tells, not corrected for few draws; and whether it is idle.

    Idle: the drug alone against vehicle, in two groups instead of four, tells as much.
    """
    rough = np.zeros(len(pool.designs))
    for places, chances in pool.every_chance(n):
        rough[places] = aim.bits(chances)
    idle = np.zeros(len(pool.designs), bool)
    for places, chances in pool.every_chance(n, alone=True):
        idle[places] = aim.bits(chances) >= (1.0 - NEEDED) * rough[places]
    return rough, idle


def _means(pool: Pool, place: int, n: int) -> np.ndarray:
    """Return the chance of each outcome under each hypothesis, shape (hypotheses, outcomes)."""
    crowd = pool.crowd
    even = np.ones(len(crowd.group))
    return group_weights(crowd.group, even)[0] @ pool.chances(place, n)


def _grouped(pool: Pool, order: Sequence[int], n: int) -> list[tuple[int, tuple[Design, ...]]]:
    """Return the first of each set of designs that predict the same, and the others of the set."""
    found: list[tuple[int, np.ndarray, list[Design]]] = []
    for place in order:
        means = _means(pool, place, n)
        design = pool.designs[place]
        for first, held, also in found:
            if _same_question(pool.designs[first], design) and np.abs(held - means).max() <= SAME:
                also.append(design)
                break
        else:
            found.append((place, means, []))
    return [(place, tuple(also)) for place, _, also in found]


def _same_question(one: Design, other: Design) -> bool:
    return one.left == other.left and one.readout == other.readout


def _proposal(
    pool: Pool,
    found: tuple[int, tuple[Design, ...]],
    hypotheses: _Target,
    about: _Target | None,
    leading: tuple[int, ...],
    n: int,
    ns: Sequence[int],
) -> Proposal:
    place, also = found
    design = pool.designs[place]
    aim = about or hypotheses
    sizes = sorted(set(ns))
    chances = pool.chances(place, n)
    means = _means(pool, place, n)
    bits = hypotheses.jackknifed(chances)
    about_bits = about.jackknifed(chances) if about else (np.nan, np.nan)
    large = pool.chances(place, LARGE)
    by_size = np.array([aim.bits(pool.chances(place, size)) for size in sizes])
    apart = [_apart(pool, place, leading, size) for size in sizes]
    return Proposal(
        replace(design, finding=replace(design.finding, n=n)),
        LEFT if design.left else CHANGE,
        {name: tuple(row) for name, row in zip(pool.crowd.names, means.tolist(), strict=True)},
        float(bits[0]),
        float(bits[1]),
        float(about_bits[0]),
        float(about_bits[1]),
        float(aim.jackknifed(large)[0]),
        smallest(sizes, by_size >= ENOUGH * aim.bits(large)),
        smallest(sizes, np.array(apart) >= SURE),
        _apart(pool, place, leading, n),
        also,
    )


def _apart(pool: Pool, place: int, leading: tuple[int, ...], n: int) -> float:
    if len(leading) < 2:
        return float("nan")
    means = _means(pool, place, n)
    return float(told_apart(means[leading[0]], means[leading[1]]))
