"""What the evidence says of each parameter, and what it does not.

Told of draws chosen by reports marked `calibrate` alone. Scores are standard normal under the
prior, so that the contraction of a parameter, 1 minus posterior over prior variance, is 1 minus
the variance of its scores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ketasim.inference.tournament.fit import Fit

UNINFORMED = 0.1
"""Less contraction than this counts as none."""
TIED = 0.7
"""Correlation from which on only a combination of two parameters is seen: each explains half of
the variance of the other."""


@dataclass(frozen=True)
class Learnt:
    """What was learnt of one parameter.

    Attributes
    ----------
    symbol, kind : str
    contraction, error : float
        1 - posterior variance / prior variance, and the SD of its Monte Carlo error.
    shift : float
        Posterior mean, in prior SDs from the prior's middle.
    low, middle, high : float
        5th, 50th and 95th percentile, in the parameter's unit.
    """

    symbol: str
    kind: str
    contraction: float
    error: float
    shift: float
    low: float
    middle: float
    high: float

    @property
    def informed(self) -> bool:
        """Whether the evidence says anything of it."""
        return self.contraction >= UNINFORMED


@dataclass(frozen=True)
class Identifiability:
    """What was learnt of every parameter of a hypothesis.

    Attributes
    ----------
    hypothesis : str
    learnt : tuple of Learnt
        In the order of scores.
    tied : tuple of (str, str, float)
        Pairs of which only a combination is seen, and their correlation, the closest first.
    directions : ndarray, shape (free,)
        Contraction along the principal axes of the posterior, greatest first: how many
        combinations the evidence informs.
    """

    hypothesis: str
    learnt: tuple[Learnt, ...]
    tied: tuple[tuple[str, str, float], ...]
    directions: np.ndarray

    @property
    def uninformed(self) -> tuple[str, ...]:
        """Parameters of which the evidence says nothing."""
        return tuple(each.symbol for each in self.learnt if not each.informed)

    @property
    def informed_directions(self) -> int:
        """How many independent combinations are informed."""
        return int((self.directions >= UNINFORMED).sum())


def identifiability(fit: Fit) -> Identifiability:
    """Return what was learnt of every parameter of a hypothesis."""
    scores, free = fit.scores, fit.hypothesis.free
    chain = fit.chain if len(scores) >= 4 * fit.chain else 1
    told = []
    for column, link in enumerate(free):
        own = scores[:, column]
        low, middle, high = np.percentile(link.value(own), (5, 50, 95))
        told.append(
            Learnt(
                link.symbol,
                link.kind,
                float(1 - own.var(ddof=1)),
                _error(own, chain),
                float(own.mean()),
                float(low),
                float(middle),
                float(high),
            )
        )
    spread = np.linalg.eigvalsh(np.cov(scores.T).reshape(len(free), -1))
    return Identifiability(
        fit.hypothesis.name, tuple(told), _tied(scores, fit.hypothesis.symbols), 1 - spread
    )


def _error(own: np.ndarray, chain: int) -> float:
    """Return the error of the variance, chains being independent of one another."""
    squares = ((own - own.mean()) ** 2)[: len(own) // chain * chain].reshape(-1, chain)
    return float(squares.mean(axis=1).std(ddof=1) / math.sqrt(len(squares)))


def _tied(scores: np.ndarray, symbols: tuple[str, ...]) -> tuple[tuple[str, str, float], ...]:
    if len(symbols) < 2:
        return ()
    together = np.corrcoef(scores.T)
    pairs = [
        (symbols[i], symbols[j], float(together[i, j]))
        for i in range(len(symbols))
        for j in range(i)
        if abs(together[i, j]) >= TIED
    ]
    return tuple(sorted(pairs, key=lambda pair: -abs(pair[2])))
