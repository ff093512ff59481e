"""A tournament in small: two hypotheses, draws of their priors, a few findings."""

from __future__ import annotations

import numpy as np

from ketasim.evidence import load_findings
from ketasim.inference.tournament.body import body_of_evidence
from ketasim.inference.tournament.fit import Fit
from ketasim.inference.tournament.hypothesis import load_hypothesis
from ketasim.inference.tournament.results import Tournament
from ketasim.inference.tournament.smc import Size

NAMES = ("disinhibition", "habenula")


def toy_tournament(draws: int = 4, names: tuple[str, ...] = NAMES) -> Tournament:
    """Return a tournament whose posteriors are the priors, drawn closely round their middles."""
    body = body_of_evidence(load_findings(only="li2010"))
    fits = []
    for place, name in enumerate(names):
        hypothesis = load_hypothesis(name)
        rng = np.random.default_rng(place)
        scores = 0.3 * rng.standard_normal((draws, len(hypothesis.free)))
        records = np.zeros((draws, len(body.findings)))
        fits.append(Fit(hypothesis, scores, records, records, 1, -1.0, 0.1, -1.0, 0.1, draws))
    return Tournament(body, tuple(fits), Size(), 1)
