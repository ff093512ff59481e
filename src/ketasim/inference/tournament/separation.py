"""Does choosing by information pay: synthetic truths, and how fast the right hypothesis is found.

From equal weights a truth is drawn: a hypothesis, and one of its draws. Experiments are done one
after another, each once, and their outcomes drawn under the truth; the draw that is the truth is
never among those that judge it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ketasim.errors import UserError
from ketasim.inference.tournament.information import LEFT, group_weights, information
from ketasim.inference.tournament.next_experiment import USUAL_N
from ketasim.inference.tournament.pool import Pool

MOST_DESIGNS = 1000
"""Designs to choose from, drawn from the pool where there are more."""


@dataclass(frozen=True)
class Separation:
    """Posterior weight of the truth after 0, 1, 2, ... experiments.

    Attributes
    ----------
    chosen, random : ndarray, shape (truths, experiments + 1)
        Choosing by information, and at random, for the same truths.
    designs : int
        To choose from.
    """

    chosen: np.ndarray
    random: np.ndarray
    designs: int

    @property
    def gain(self) -> np.ndarray:
        """Mean gain of the truth's weight by choosing, shape (experiments + 1,)."""
        return (self.chosen - self.random).mean(axis=0)

    @property
    def gain_error(self) -> np.ndarray:
        """Standard error of `gain`, from truths."""
        differ = self.chosen - self.random
        return differ.std(axis=0, ddof=1) / np.sqrt(len(differ))


def separation(
    pool: Pool, *, experiments: int = 5, truths: int = 40, n: int = USUAL_N, seed: int = 1
) -> Separation:
    """Return how fast the truth is found by choosing, and at random.

    Parameters
    ----------
    pool : Pool
        Of two hypotheses or more, with two draws or more of each.
    experiments, truths, n : int
    seed : int

    Raises
    ------
    UserError
        Fewer hypotheses, draws, designs or truths than that takes.
    """
    sizes = np.bincount(pool.crowd.group)
    if len(sizes) < 2 or sizes.min() < 2 or truths < 2:
        raise UserError("separation: takes two hypotheses, two draws of each and two truths")
    if len(pool.designs) < experiments:
        raise UserError(f"separation: {len(pool.designs)} designs are fewer than {experiments}")
    chances = _padded(pool, n, np.random.default_rng([seed, 0]))
    arms = {}
    for by_information in (True, False):
        arms[by_information] = np.array([
            _followed(chances, pool.crowd.group, experiments, by_information,
                      np.random.default_rng([seed, 1, k]))
            for k in range(truths)
        ])  # fmt: skip
    return Separation(arms[True], arms[False], len(chances))


def _padded(pool: Pool, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return chances of every outcome, shape (designs, k, outcomes); outcomes of none are 0."""
    found = np.zeros((len(pool.designs), len(pool.crowd.group), len(LEFT)), np.float32)
    for places, chances in pool.every_chance(n):
        found[places, :, : chances.shape[-1]] = chances
    if len(found) <= MOST_DESIGNS:
        return found.astype(float)
    return found[np.sort(rng.choice(len(found), MOST_DESIGNS, replace=False))].astype(float)


def _followed(
    chances: np.ndarray,
    group: np.ndarray,
    experiments: int,
    by_information: bool,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the weight of one truth after each experiment, shape (experiments + 1,)."""
    truth = int(rng.integers(group.max() + 1))
    draw = int(rng.choice(np.flatnonzero(group == truth)))
    weights = np.where(np.arange(len(group)) == draw, 0.0, 1.0)
    weights /= np.bincount(group, weights)[group]
    left = np.ones(len(chances), bool)
    found = [_weight_of(truth, group, weights)]
    for _ in range(experiments):
        if by_information:
            member, weight = group_weights(group, weights)
            bits = information(np.matmul(member, chances), weight)
            place = int(np.argmax(np.where(left, bits, -np.inf)))
        else:
            place = int(rng.choice(np.flatnonzero(left)))
        left[place] = False
        odds = chances[place, draw]
        outcome = int(rng.choice(len(odds), p=odds / odds.sum()))
        weights = weights * chances[place, :, outcome]
        weights /= weights.sum()
        found.append(_weight_of(truth, group, weights))
    return np.array(found)


def _weight_of(truth: int, group: np.ndarray, weights: np.ndarray) -> float:
    return float(weights[group == truth].sum() / weights.sum())
