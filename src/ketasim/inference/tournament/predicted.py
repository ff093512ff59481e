"""What a hypothesis shows of every finding at once, under many settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ketasim.evidence import Finding
from ketasim.evidence.clinical_expectation import expected
from ketasim.evidence.runner import predict_settings
from ketasim.evidence.verdicts import rest_of
from ketasim.inference.tournament.body import Body
from ketasim.inference.tournament.effect_model import LOG_FLOOR, log_chance
from ketasim.inference.tournament.hypothesis import Hypothesis

PATIENTS = 16
"""Virtual patients of each group of a trial; the same ones under every setting."""
PROBES = 12
"""Settings on which it is seen whether a finding depends on what is free at all."""
SEED = 1

Shown = dict[Finding, np.ndarray]


def shown(findings: tuple[Finding, ...], values: dict[str, np.ndarray]) -> Shown:
    """Return what each finding's arms show, shape (arms, k)."""
    experiments = [each for each in findings if each.clinical is None]
    trials = [each for each in findings if each.clinical is not None]
    found: Shown = dict(predict_settings(experiments, values)) if experiments else {}
    if trials:
        each = expected(trials, values, people=PATIENTS, seed=SEED)
        found |= {finding: each[None, :, column] for column, finding in enumerate(trials)}
    return found


def log_chances(findings: tuple[Finding, ...], values: dict[str, np.ndarray]) -> np.ndarray:
    """Return the log chance of every report, shape (k, findings)."""
    k = max(value.size for value in values.values())
    seen = shown(findings, values)
    found = np.full((k, len(findings)), LOG_FLOOR)
    for column, finding in enumerate(findings):
        if finding in seen:
            found[:, column] = log_chance(finding, seen[finding], rest_of(finding, None))
    return found


@dataclass(frozen=True)
class Predictor:
    """A hypothesis on a body of evidence: scores in, log chances out.

    Attributes
    ----------
    hypothesis : Hypothesis
    body : Body
    moving : ndarray of int
        Places of the findings that depend on what is free.
    still : ndarray, shape (findings,)
        Log chance of each of the others.
    """

    hypothesis: Hypothesis
    body: Body
    moving: np.ndarray
    still: np.ndarray

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        """Return log chances, shape (n, findings), of scores of shape (n, free)."""
        found = np.tile(self.still, (len(scores), 1))
        chosen = tuple(self.body.findings[i] for i in self.moving)
        if chosen:
            found[:, self.moving] = log_chances(chosen, self.hypothesis.values(scores))
        return found

    def only(self, wanted: np.ndarray) -> Predictor:
        """Return what simulates some findings alone; what it says of the others means nothing."""
        return replace(self, moving=self.moving[wanted[self.moving]])


Evaluate = Callable[[np.ndarray], np.ndarray]


def predictor(hypothesis: Hypothesis, body: Body, seed: int = SEED) -> Predictor:
    """Return a hypothesis ready to be run; findings that nothing free moves are run once."""
    rng = np.random.default_rng([seed, 0])
    probes = rng.standard_normal((PROBES, len(hypothesis.free)))
    seen = shown(body.findings, hypothesis.values(probes))
    still = np.zeros(len(body.findings))
    moving = []
    for column, finding in enumerate(body.findings):
        found = seen[finding]
        if np.array_equal(found, np.broadcast_to(found[:, :1], found.shape), equal_nan=True):
            still[column] = log_chance(finding, found[:, :1], rest_of(finding, None))[0]
        else:
            moving.append(column)
    return Predictor(hypothesis, body, np.array(moving, dtype=int), still)
