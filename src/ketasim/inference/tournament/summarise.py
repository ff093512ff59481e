"""From the draws of a tournament to its summary: weights, chances, and how it was done."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.evidence import Finding
from ketasim.inference.tournament.body import doubtful
from ketasim.inference.tournament.effect_model import log_wrong
from ketasim.inference.tournament.results import Tournament
from ketasim.inference.tournament.summary import Contender, Judged, Shift, Summary
from ketasim.inference.tournament.verdict import weigh


def summary_of(found: Tournament, said: Mapping[str, str] | None = None) -> Summary:
    """Return what follows from the draws alone; `dataclasses.replace` adds other rows.

    Parameters
    ----------
    found : Tournament
    said : mapping of str to str, optional
        What each finding measured, in words, by id; default: the title of its study.
    """
    return Summary(_contenders(found), _judged(found, said or {}), facts=facts(found))


def _contenders(found: Tournament) -> tuple[Contender, ...]:
    made = [
        Contender(
            each.hypothesis.name, each.hypothesis.title, each.hypothesis.sentence,
            each.hypothesis.champions, each.hypothesis.mechanisms, math.nan, math.nan, math.nan,
            each.log_evidence, each.log_evidence_error, each.log_held_out,
            each.log_held_out_error, each.hypothesis.odds,
        )
        for each in found.fits
    ]  # fmt: skip
    return _weighed(made, found.seed)


def _weighed(held: Sequence[Contender], seed: int) -> tuple[Contender, ...]:
    """Return hypotheses with their weights among each other."""
    total = np.array([each.log_chosen + each.log_held_out for each in held])
    error = np.array([np.hypot(each.log_chosen_error, each.log_held_out_error) for each in held])
    odds = np.array([each.odds for each in held])
    told = weigh(tuple(each.name for each in held), total, error, odds, seed)
    return tuple(
        replace(each, weight=float(weight), low=float(low), high=float(high))
        for each, weight, low, high in zip(held, told.weight, told.low, told.high, strict=True)
    )


def among(found: Summary, names: Sequence[str]) -> Summary:
    """Return the same with some hypotheses only, weighed anew among each other.

    Averages over hypotheses (attribution, stacking, experiments) cannot be told from a summary
    and are left out.

    Raises
    ------
    UserError
        A name that is not there.
    """
    known = [each.name for each in found.hypotheses]
    for name in names:
        if name not in known:
            raise UserError(f"tournament: no draws of {name!r}{nearest(name, known)}")
    places = [known.index(name) for name in names]
    kept = [
        replace(found.hypotheses[k], stacking=None, stacking_low=None, stacking_high=None)
        for k in places
    ]
    hypotheses = _weighed(kept, int(found.facts.get("seed", 1)))
    leader = max(hypotheses, key=lambda each: each.weight).name
    return replace(
        found,
        hypotheses=hypotheses,
        reports=tuple(
            replace(each, chances=tuple(each.chances[k] for k in places)) for each in found.reports
        ),
        decided=tuple(r for r in found.decided if r.rival in names) * (leader == found.leader.name),
        shifts=tuple(_shift_among(each, places) for each in found.shifts),
        carried=(),
        together=(),
        known=tuple(row for row in found.known if row.hypothesis in names),
        proposed=(),
    )


def _shift_among(shift: Shift, places: Sequence[int]) -> Shift:
    held = [shift.weights[k] for k in places]
    total = sum(held)
    return replace(shift, weights=tuple(w / total if total > 0 else 1 / len(held) for w in held))


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
        "findings": len(body.findings),
        "findings_choosing": int(body.chooses.sum()),
        "findings_held_out": int((~body.chooses).sum()),
        "studies": len(set(body.studies)),
        "laboratories": len(set(body.laboratory)),
        **{f"version_{name}": version for name, version in versions().items()},
    }
