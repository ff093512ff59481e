"""Reports of studies that never were: what the same studies would print if a hypothesis held.

For checking the tournament against a truth that is known. Each study sees what a draw of the
hypothesis shows, with its own error, and prints its word or value; with its chance of being wrong
it prints anything. A study of an antagonist that sees no effect of the drug alone prints nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ketasim.evidence.finding import LEFT, PLAIN, Finding
from ketasim.evidence.quantities import unit_of
from ketasim.evidence.runner import kind_of
from ketasim.evidence.verdicts import rest_of
from ketasim.inference.tournament.body import Body
from ketasim.inference.tournament.effect_model import log_chance, trial_error, value_error
from ketasim.inference.tournament.hypothesis import Hypothesis
from ketasim.inference.tournament.predicted import shown

ANTAGONIST_WORDS = ("blocked", "kept")


def synthetic_body(body: Body, truth: Hypothesis, scores: np.ndarray, seed: int) -> Body:
    """Return the body of evidence as it would be if a hypothesis held.

    Parameters
    ----------
    body : Body
        Whose studies are repeated.
    truth : Hypothesis
    scores : ndarray, shape (free,)
        One draw of it.
    seed : int
    """
    rng = np.random.default_rng([seed, 1])
    seen = shown(body.findings, truth.values(scores[None, :]))
    printed = [
        _printed(finding, seen[finding], float(lapse), rng)
        for finding, lapse in zip(body.findings, body.lapse, strict=True)
    ]
    there = [place for place, each in enumerate(printed) if each is not None]
    return replace(
        body,
        findings=tuple(each for each in printed if each is not None),
        lapse=body.lapse[there],
        weight=body.weight[there],
        laboratory=tuple(body.laboratory[place] for place in there),
    )


def _printed(
    finding: Finding, parts: np.ndarray, lapse: float, rng: np.random.Generator
) -> Finding | None:
    """Return what a study prints, or None where it prints nothing."""
    wrong, noise = rng.random() < lapse, float(rng.standard_normal())
    if finding.clinical is not None:
        return replace(finding, value=float(parts[0, 0]) + noise * trial_error(finding))
    if not finding.direction:
        return _value(finding, parts, noise)
    words = _words(finding)
    if wrong:
        return replace(finding, direction=str(rng.choice(words)))
    rest = rest_of(finding, None)
    chances = [np.exp(log_chance(replace(finding, direction=w), parts, rest)[0]) for w in words]
    place = int(np.searchsorted(np.cumsum(chances), rng.random()))
    return replace(finding, direction=words[place]) if place < len(words) else None


def _words(finding: Finding) -> tuple[str, ...]:
    """Return what could have been printed."""
    if finding.direction in LEFT:
        return ANTAGONIST_WORDS
    return PLAIN if finding.direction in PLAIN else (finding.direction,)


def _value(finding: Finding, parts: np.ndarray, noise: float) -> Finding | None:
    number = float(parts[0, 0] / parts[1, 0] if len(parts) == 2 else parts[0, 0])
    ratio = number * np.exp(noise * value_error(finding))
    if not np.isfinite(ratio) or ratio <= 0:
        return None
    kind = kind_of(finding)
    if kind == "change":
        return replace(finding, value=(ratio - 1.0) / unit_of(kind, finding.unit).factor)
    factor = unit_of(kind, finding.unit).factor if finding.contrast else 1.0
    return replace(finding, value=ratio / factor)
