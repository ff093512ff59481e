"""How far the verdict hangs on what was assumed, and on any one laboratory or study.

Every question is answered from the same draws by importance weights (`reweighting`); an answer
whose tail is too heavy at this number of draws is flagged and enters no summary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.inference.tournament.fit import Fit
from ketasim.inference.tournament.left_out import places_by, reports
from ketasim.inference.tournament.likelihood import log_likelihood, with_lapses
from ketasim.inference.tournament.links import LINK, SHARED
from ketasim.inference.tournament.results import Tournament
from ketasim.inference.tournament.reweighting import TRUSTED, reweighted
from ketasim.inference.tournament.verdict import Weights, weigh, weights_of

LAPSES = (0.5, 2.0)
"""Factors on every chance of being wrong."""
WIDTHS = (1.5, 1 / 1.5)
"""Factors on the prior SD: half as wide again, and as much narrower."""
LESS_LIKELY = 0.1
"""Prior odds of the leader against each of the others, where the reader doubts it."""


@dataclass(frozen=True)
class Scenario:
    """The weights under one other assumption.

    Attributes
    ----------
    kind : str
        ``base``, ``lapse``, ``prior``, ``laboratory``, ``study``, ``odds`` or ``reports``.
    what : str
        In words.
    weights : Weights
    k : ndarray, shape (hypotheses,)
        Shape of the tail of the importance weights; 0 where none were needed.
    """

    kind: str
    what: str
    weights: Weights
    k: np.ndarray

    @property
    def trusted(self) -> bool:
        """Whether k allows all the weights to be believed."""
        return bool(self.k.max() <= TRUSTED)


@dataclass(frozen=True)
class Sensitivity:
    """The verdict under other assumptions.

    Attributes
    ----------
    names : tuple of str
    scenarios : tuple of Scenario
        The base first.
    untold : tuple of str
        Questions these draws cannot answer.
    """

    names: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    untold: tuple[str, ...] = ()

    @property
    def base(self) -> Scenario:
        """The verdict as it stands."""
        return self.scenarios[0]

    def spread(self) -> tuple[float, float]:
        """Return the least and greatest weight of the leader over all trusted scenarios."""
        place = self.names.index(self.base.weights.leader)
        found = [each.weights.weight[place] for each in self.scenarios if each.trusted]
        return min(found, default=math.nan), max(found, default=math.nan)

    def overturning(self) -> tuple[Scenario, ...]:
        """Return the trusted scenarios in which another hypothesis leads."""
        leader = self.base.weights.leader
        return tuple(e for e in self.scenarios if e.trusted and e.weights.leader != leader)

    def flagged(self) -> tuple[Scenario, ...]:
        """Return the scenarios that these draws are too few to answer."""
        return tuple(each for each in self.scenarios if not each.trusted)

    def closest(self, count: int = 5) -> tuple[tuple[Scenario, float], ...]:
        """Return the trusted scenarios with the smallest lead, and its log odds."""
        place = self.names.index(self.base.weights.leader)
        told = [
            (each, _lead(each.weights.weight, place)) for each in self.scenarios if each.trusted
        ]
        return tuple(sorted(told, key=lambda pair: pair[1])[:count])

    def odds_to_overturn(self) -> dict[str, float]:
        """Return the prior odds that each rival would need, times its own, to draw level."""
        weights = self.base.weights
        place = self.names.index(weights.leader)
        with np.errstate(divide="ignore"):
            needed = weights.weight[place] / weights.weight
        return {n: float(needed[i]) for i, n in enumerate(self.names) if i != place}


def _lead(weight: np.ndarray, place: int) -> float:
    """Return the log odds of one hypothesis against the best of the others."""
    others = np.delete(weight, place)
    with np.errstate(divide="ignore"):
        return float(np.log(weight[place]) - np.log(others.max())) if others.size else math.inf


Change = Callable[[Fit], np.ndarray]
"""How the log likelihood times prior of every judged draw changes."""


def sensitivity(found: Tournament, seed: int = 1) -> Sensitivity:
    """Return the verdict under other lapses, priors and odds, and without each source.

    Parameters
    ----------
    found : Tournament
    seed : int
        Of the repeats behind the weights' errors.
    """
    none = np.zeros(len(found.fits))
    scenarios = [Scenario("base", "as assumed", weights_of(found, seed=seed), none)]
    for kind, what, change in _changes(found):
        scenarios.append(_scenario(found, kind, what, change, seed))
    scenarios.extend(_odds(found, scenarios[0].weights.leader, seed))
    by_calibrate = weights_of(found, held_out=False, seed=seed)
    scenarios.append(
        Scenario("reports", "only reports that may choose numbers", by_calibrate, none)
    )
    untold = () if _has_radius(found) else ("other priors: these draws were kept without it",)
    return Sensitivity(found.names, tuple(scenarios), untold)


def _changes(found: Tournament) -> Iterator[tuple[str, str, Change]]:
    body = found.body
    every = np.ones(len(body.findings), bool)
    for factor in LAPSES:
        other = with_lapses(body, factor)
        yield (
            "lapse",
            f"chances of being wrong times {factor:g}",
            lambda fit, other=other: (
                log_likelihood(other, fit.judged, every) - log_likelihood(body, fit.judged, every)
            ),
        )
    if _has_radius(found):
        for column, kind in enumerate((LINK, SHARED)):
            for factor in WIDTHS:
                word = "links" if kind == LINK else "shared parameters"
                yield (
                    "prior",
                    f"prior SD of {word} times {factor:.2g}",
                    lambda fit, c=column, f=factor: _wider(fit, c, f),
                )
    held = {each.hypothesis.name: reports(body, each.judged) for each in found.fits}
    laboratories = places_by(body.laboratory)
    for kind, groups in (("laboratory", laboratories), ("study", places_by(body.studies))):
        for name, places in groups.items():
            if kind == "study" and any(np.array_equal(places, p) for p in laboratories.values()):
                continue  # told once, as its laboratory
            yield (
                kind,
                f"without {name}",
                lambda fit, places=places: held[fit.hypothesis.name].without(places),
            )


def _has_radius(found: Tournament) -> bool:
    return all(each.judged_radius is not None for each in found.fits)


def _wider(fit: Fit, column: int, factor: float) -> np.ndarray:
    """Return the log of a wider prior over the prior of standard normal scores."""
    kind = (LINK, SHARED)[column]
    count = sum(link.kind == kind for link in fit.hypothesis.free)
    assert fit.judged_radius is not None
    return (1 - factor**-2) * fit.judged_radius[:, column] / 2 - count * math.log(factor)


def _scenario(found: Tournament, kind: str, what: str, change: Change, seed: int) -> Scenario:
    total, error, k = [], [], []
    for fit in found.fits:
        chain = fit.chain if len(fit.judged) >= 2 * fit.chain else 1
        told = reweighted(change(fit), chain)
        total.append(fit.log_total + told.log_ratio)
        error.append(math.hypot(fit.log_total_error, told.error))
        k.append(told.k)
    odds = np.array([fit.hypothesis.odds for fit in found.fits])
    weights = weigh(found.names, np.array(total), np.array(error), odds, seed)
    return Scenario(kind, what, weights, np.array(k))


def _odds(found: Tournament, leader: str, seed: int) -> Sequence[Scenario]:
    """Return the weights under other prior odds: exact."""
    given = np.array([each.hypothesis.odds for each in found.fits])
    doubted = given * np.where(np.array(found.names) == leader, LESS_LIKELY, 1.0)
    claims = np.array([len(each.hypothesis.claims) for each in found.fits])
    asked = [
        (f"the leader {LESS_LIKELY:g} times as likely before", doubted),
        ("each claimed link halves the odds before", given * 0.5**claims),
    ]
    if not np.allclose(given, given[0]):
        asked.append(("even odds before", np.ones(len(given))))
    total = np.array([each.log_total for each in found.fits])
    error = np.array([each.log_total_error for each in found.fits])
    none = np.zeros(len(given))
    return [
        Scenario("odds", what, weigh(found.names, total, error, odds, seed), none)
        for what, odds in asked
    ]
