"""The verdict: how likely each hypothesis is, what decided it, and what none of them explains.

The weight of a hypothesis is its prior odds times the evidence of every report. What a hypothesis
makes of each report is told under draws chosen by reports marked `calibrate` alone, so that for a
held-out report it is a prediction. How far a report moved the odds is told by leaving it out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from ketasim.inference.tournament.effect_model import log_wrong
from ketasim.inference.tournament.fit import Fit
from ketasim.inference.tournament.left_out import reports
from ketasim.inference.tournament.likelihood import believed
from ketasim.inference.tournament.results import Tournament
from ketasim.inference.tournament.reweighting import TRUSTED, reweighted

UNDERSTATED = 3.0
"""What tempered Monte Carlo says of its own error is too small by about this factor in a dozen
parameters, where the truth is known (``tests/inference/tournament/test_smc.py``): chains descend
from few ancestors."""
REPEATS = 4000
"""Normal draws that carry the error of the log evidence on to the weights."""
INTERVAL = (5.0, 95.0)
"""Percentiles of a weight's Monte Carlo interval."""


@dataclass(frozen=True)
class Weights:
    """How likely each hypothesis is among those held against each other.

    Attributes
    ----------
    names : tuple of str
    weight : ndarray, shape (hypotheses,)
        Posterior probability; they sum to one.
    error : ndarray, shape (hypotheses,)
        SD of the Monte Carlo error.
    low, high : ndarray, shape (hypotheses,)
        90 % Monte Carlo interval.
    leads : ndarray, shape (hypotheses,)
        Share of repeats in which it has the greatest weight.
    """

    names: tuple[str, ...]
    weight: np.ndarray
    error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    leads: np.ndarray

    @property
    def order(self) -> np.ndarray:
        """Places of the hypotheses, the most likely first."""
        return np.argsort(-self.weight, kind="stable")

    @property
    def leader(self) -> str:
        """The most likely hypothesis."""
        return self.names[self.order[0]]


@dataclass(frozen=True)
class Verdict:
    """What the evidence says of the hypotheses.

    Attributes
    ----------
    names : tuple of str
    findings : tuple of str
        Identifiers, in the order of the body.
    weights, by_calibrate : Weights
        By every report; by those that choose numbers alone.
    chance : ndarray, shape (findings, hypotheses)
        Posterior mean chance that a sound study would report this, relative to the greatest
        possible.
    belief : ndarray, shape (findings, hypotheses)
        Posterior mean of the report's log chance with its own lapse, times its weight.
    moved : ndarray, shape (findings, hypotheses)
        By how much the report raised the log odds of the leader against each hypothesis: the
        change when it is left out.
    k : ndarray, shape (findings, hypotheses)
        Shape of the tail of the importance weights behind ``moved``.
    failed : tuple of int
        Reports that every hypothesis fails, the worst explained first: each would be likelier if
        the report were wrong and said nothing.
    """

    names: tuple[str, ...]
    findings: tuple[str, ...]
    weights: Weights
    by_calibrate: Weights
    chance: np.ndarray
    belief: np.ndarray
    moved: np.ndarray
    k: np.ndarray
    failed: tuple[int, ...]

    @property
    def leader(self) -> int:
        """Place of the most likely hypothesis."""
        return int(self.weights.order[0])

    @property
    def ahead(self) -> np.ndarray:
        """Belief under the leader minus that under each hypothesis, (findings, hypotheses)."""
        return self.belief[:, [self.leader]] - self.belief

    def decided(self, rival: str, count: int = 10) -> tuple[tuple[int, float], ...]:
        """Return the reports that moved the leader's odds against a rival most.

        Parameters
        ----------
        rival : str
        count : int

        Returns
        -------
        tuple of (int, float)
            Place of the report and the change of log odds, either sign, greatest first.
        """
        column = self.moved[:, self.names.index(rival)]
        order = np.argsort(-np.abs(column), kind="stable")[:count]
        return tuple((int(i), float(column[i])) for i in order if column[i] != 0)

    @property
    def trusted(self) -> np.ndarray:
        """Where ``moved`` can be believed, shape (findings, hypotheses)."""
        return np.maximum(self.k, self.k[:, [self.leader]]) <= TRUSTED


def weigh(
    names: tuple[str, ...],
    log_evidence: np.ndarray,
    error: np.ndarray,
    odds: np.ndarray,
    seed: int = 1,
) -> Weights:
    """Return the weight of each hypothesis.

    Parameters
    ----------
    names : tuple of str
    log_evidence, error : ndarray, shape (hypotheses,)
        With the SD of its Monte Carlo error, as it is stated; `UNDERSTATED` is brought in here.
    odds : ndarray, shape (hypotheses,)
        Before the evidence.
    seed : int
        Of the normal draws that carry the error on.
    """
    log_odds = np.log(odds) + np.asarray(log_evidence, dtype=float)
    weight = np.exp(log_odds - logsumexp(log_odds))
    rng = np.random.default_rng(seed)
    drawn = log_odds + UNDERSTATED * np.asarray(error) * rng.standard_normal((REPEATS, len(names)))
    shares = np.exp(drawn - logsumexp(drawn, axis=1, keepdims=True))
    low, high = np.percentile(shares, INTERVAL, axis=0)
    first = np.bincount(shares.argmax(axis=1), minlength=len(names)) / REPEATS
    return Weights(names, weight, shares.std(axis=0), low, high, first)


def weights_of(found: Tournament, *, held_out: bool = True, seed: int = 1) -> Weights:
    """Return the weight of each hypothesis of a tournament.

    Parameters
    ----------
    found : Tournament
    held_out : bool
        Whether reports that never choose a number judge, too.
    seed : int
    """
    fits = found.fits
    total = [each.log_total if held_out else each.log_evidence for each in fits]
    error = [each.log_total_error if held_out else each.log_evidence_error for each in fits]
    odds = [each.hypothesis.odds for each in fits]
    return weigh(found.names, np.array(total), np.array(error), np.array(odds), seed)


def verdict(found: Tournament, seed: int = 1) -> Verdict:
    """Return what the evidence says of the hypotheses.

    Parameters
    ----------
    found : Tournament
    seed : int
        Of the repeats behind the weights' errors.
    """
    weights = weights_of(found, seed=seed)
    body = found.body
    chance = np.stack([np.exp(each.clean).mean(axis=0) for each in found.fits], axis=1)
    belief = [(believed(body, each.clean) * body.weight).mean(axis=0) for each in found.fits]
    change, k = zip(*(_without_each(found, each) for each in found.fits), strict=True)
    gained = -np.stack(change, axis=1)
    best = chance.max(axis=1)
    wrong = np.exp([log_wrong(each) for each in body.findings])
    failed = [int(i) for i in np.argsort(best, kind="stable") if best[i] < wrong[i]]
    return Verdict(
        found.names,
        tuple(each.id for each in body.findings),
        weights,
        weights_of(found, held_out=False, seed=seed),
        chance,
        np.stack(belief, axis=1),
        gained[:, [weights.order[0]]] - gained,
        np.stack(k, axis=1),
        tuple(failed),
    )


def _without_each(found: Tournament, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Return the change of log evidence without each report, and k, shape (findings,) each."""
    held = reports(found.body, fit.judged)
    told = [
        reweighted(held.without([i]), _chain(fit)) for i in range(len(found.body.findings))
    ]  # fmt: skip
    return np.array([each.log_ratio for each in told]), np.array([each.k for each in told])


def _chain(fit: Fit) -> int:
    return fit.chain if len(fit.judged) >= 2 * fit.chain else 1
