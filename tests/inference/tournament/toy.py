"""Small problems whose truth is known: words of studies on effects that a few scores make."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.special import log_ndtr, ndtr

from ketasim.evidence.finding import Finding
from ketasim.inference.calibration import Prior
from ketasim.inference.tournament.body import Body
from ketasim.inference.tournament.fit import Fit
from ketasim.inference.tournament.hypothesis import Hypothesis
from ketasim.inference.tournament.likelihood import log_likelihood
from ketasim.inference.tournament.links import Link
from ketasim.inference.tournament.results import Tournament
from ketasim.inference.tournament.smc import Size, run

BOUND, ERROR = 0.5, 0.4


def finding(name="f", study="s", direction="up", role="calibrate", **fields):
    """Return a finding that needs no model."""
    given = {"title": "", "file": "", "verified": "page", "weight": 1.0, "n": 10} | fields
    return Finding(id=name, study=study, role=role, direction=direction, **given)


def body(count, laboratories=None, lapse=0.1, laboratory_lapse=0.05, held_out=()):
    """Return words of ``count`` studies, each of its own unless laboratories say otherwise."""
    found = tuple(
        finding(f"f{i}", f"s{i}", role="validate" if i in held_out else "calibrate")
        for i in range(count)
    )
    return Body(
        found,
        np.full(count, lapse),
        np.ones(count),
        tuple(laboratories or [each.study for each in found]),
        laboratory_lapse,
    )


def hypothesis(name="toy", free=2, shared=0, odds=1.0):
    """Return a hypothesis of parameters that no model has."""
    links = tuple(
        Link(Prior(f"p{i}", 1.0, 1.0, "log", "assumed:", ""), "link", 0.0, "", "")
        for i in range(free)
    )
    links += tuple(
        Link(Prior(f"q{i}", 1.0, 1.0, "log", "assumed:", ""), "shared", float("nan"), "", "")
        for i in range(shared)
    )
    return Hypothesis(name, name, "", (), (), links, MappingProxyType({}), odds)


@dataclass(frozen=True)
class Words:
    """Studies that report a rise or none of the effects ``base + reach @ scores``.

    Attributes
    ----------
    base : ndarray, shape (findings,)
    reach : ndarray, shape (findings, free)
    up : ndarray of bool, shape (findings,)
        What they reported.
    """

    base: np.ndarray
    reach: np.ndarray
    up: np.ndarray

    def __call__(self, scores):
        """Return log chances, shape (n, findings)."""
        away = (self.base + scores @ self.reach.T - BOUND) / ERROR
        return np.where(self.up, log_ndtr(away), log_ndtr(-away))


def reported(base, reach, score, held: Body, rng):
    """Return words drawn from one truth, lapses and failed laboratories included."""
    chance = ndtr((base + reach @ score - BOUND) / ERROR)
    up = rng.random(len(base)) < chance
    failed = rng.random(len(base)) < held.lapse
    for places in held.groups().values():
        failed[places] |= rng.random() < held.laboratory_lapse
    return np.where(failed, rng.random(len(base)) < 0.5, up)


def fitted(words, held: Body, name="toy", size=None, seed=1, odds=1.0):
    """Return the fit of toy words, as `fit` makes it."""
    size = size or Size(256, 8)
    free, chooses = words.reach.shape[1], held.chooses
    every = np.ones(len(chooses), bool)
    stages = [
        lambda records: log_likelihood(held, records, chooses),
        lambda records: (
            log_likelihood(held, records, every) - log_likelihood(held, records, chooses)
        ),
    ]
    chosen, judged = run(words, stages, free, size=size, seed=seed, name=name)
    radius = np.stack([(judged.scores**2).sum(axis=1), np.zeros(size.particles)], axis=1)
    return Fit(
        hypothesis(name, free, odds=odds), chosen.scores, chosen.records, judged.records,
        chosen.chain, chosen.log_evidence[0], float(np.sqrt(chosen.variance[0])),
        judged.log_evidence[1], float(np.sqrt(judged.variance[1])), judged.evaluations, 0.0, radius,
    )  # fmt: skip


def rivals(count=12, seed=0):
    """Return effects under three hypotheses: each reaches findings the others do not."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(3):
        reach = np.abs(rng.normal(0.2, 0.1, (count, 2)))
        base = np.where(np.arange(count) % 3 == i, 1.2, 0.0)
        found.append((base, reach))
    return found


def tournament(count=12, seed=3, truth=0, size=None, held_out=(1, 4, 7), laboratories=None):
    """Return three hypotheses on words that one of them makes."""
    held = body(count, laboratories, held_out=held_out)
    ways = rivals(count)
    base, reach = ways[truth]
    up = reported(base, reach, np.zeros(2), held, np.random.default_rng(seed))
    size = size or Size(256, 8)
    fits = tuple(
        fitted(Words(*way, up), held, f"h{i}", size, seed) for i, way in enumerate(ways)
    )  # fmt: skip
    return Tournament(held, fits, size, seed)


def exact_log_evidence(words, held: Body, chosen=None, points=81):
    """Return the log evidence by a grid over two scores: the truth to hold estimates against."""
    axis = np.linspace(-6, 6, points)
    mesh = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    every = np.ones(len(held.findings), bool) if chosen is None else chosen
    height = log_likelihood(held, words(mesh), every) - (mesh**2).sum(axis=1) / 2
    cell = (axis[1] - axis[0]) ** 2 / (2 * np.pi)
    return float(np.log(np.exp(height).sum() * cell))
