"""From the draws of a tournament to its summary: weights, chances, and how it was done."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ketasim.evidence import Finding
from ketasim.inference.tournament.body import doubtful
from ketasim.inference.tournament.effect_model import log_wrong
from ketasim.inference.tournament.results import Tournament
from ketasim.inference.tournament.summary import Contender, Judged, Summary

ERROR_DRAWS = 4000
"""Draws of the Monte Carlo error of log evidence: percentiles to about one in a hundred."""
MIDDLE = (5.0, 95.0)


def summary_of(found: Tournament, said: Mapping[str, str] | None = None) -> Summary:
    """Return what follows from the draws alone; `dataclasses.replace` adds other rows.

    Parameters
    ----------
    found : Tournament
    said : mapping of str to str, optional
        What each finding measured, in words, by id; default: the title of its study.
    """
    return Summary(_contenders(found), _judged(found, said or {}), facts=facts(found))


def weights(log_total: np.ndarray) -> np.ndarray:
    """Return probabilities from log evidence and log prior odds along the last axis."""
    shifted = np.exp(log_total - log_total.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def _contenders(found: Tournament) -> tuple[Contender, ...]:
    odds = np.log([each.hypothesis.odds for each in found.fits])
    total = np.array([each.log_total for each in found.fits]) + odds
    errors = np.array([each.log_total_error for each in found.fits])
    rng = np.random.default_rng([found.seed, len(total)])
    drawn = weights(total + errors * rng.standard_normal((ERROR_DRAWS, len(total))))
    low, high = np.percentile(drawn, MIDDLE, axis=0)
    return tuple(
        Contender(
            each.hypothesis.name, each.hypothesis.title, each.hypothesis.sentence,
            each.hypothesis.champions, each.hypothesis.mechanisms, float(weight), float(low[k]),
            float(high[k]), each.log_evidence, each.log_evidence_error, each.log_held_out,
            each.log_held_out_error,
        )
        for k, (each, weight) in enumerate(zip(found.fits, weights(total), strict=True))
    )  # fmt: skip


def chances(found: Tournament) -> np.ndarray:
    """Return the mean chance of each report, shape (findings, hypotheses)."""
    return np.stack([np.exp(each.clean).mean(axis=0) for each in found.fits], axis=1)


def _judged(found: Tournament, said: Mapping[str, str]) -> tuple[Judged, ...]:
    body, table = found.body, chances(found)
    return tuple(
        Judged(
            each.id, each.study, each.title, said.get(each.id, each.title), word(each), each.role,
            body.laboratory[k], bool(each.contested) or each.id in doubtful(),
            tuple(map(float, table[k])), float(np.exp(log_wrong(each))),
        )
        for k, each in enumerate(body.findings)
    )  # fmt: skip


def word(finding: Finding) -> str:
    """Return what was reported: a direction, or a value with its unit."""
    if finding.direction:
        return finding.direction
    if finding.value is None:
        return finding.statistic
    unit = "" if finding.unit in ("ratio", "fraction", "fold") else finding.unit
    return f"{finding.value:.4g} {unit}".strip()


def facts(found: Tournament) -> dict[str, str | int | float]:
    """Return how a tournament was made."""
    from ketasim import __version__
    from ketasim.model import assemble
    from ketasim.simulation.provenance import source_digest, versions

    body = found.body
    return {
        "program": f"ketasim {__version__}",
        "model_hash": assemble().hash,
        "source_digest": source_digest()[:16],
        "particles": found.size.particles,
        "chain": found.size.chain,
        "draws": min(len(each.scores) for each in found.fits),
        "seed": found.seed,
        "evaluations": sum(each.evaluations for each in found.fits),
        "seconds": round(sum(each.seconds for each in found.fits), 1),
        "findings": len(body.findings),
        "findings_choosing": int(body.chooses.sum()),
        "findings_held_out": int((~body.chooses).sum()),
        "studies": len(set(body.studies)),
        "laboratories": len(set(body.laboratory)),
        **{f"version_{name}": version for name, version in versions().items()},
    }
