"""Rows of a summary from the analyses that take longer than reading the draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ketasim.inference.tournament.designs import Vocabulary
from ketasim.inference.tournament.identifiability import identifiability
from ketasim.inference.tournament.links import Link
from ketasim.inference.tournament.next_experiment import Plan, next_experiments
from ketasim.inference.tournament.pool import Progress
from ketasim.inference.tournament.profile import Profile, profile_of
from ketasim.inference.tournament.results import Tournament
from ketasim.inference.tournament.sensitivity import Sensitivity, sensitivity
from ketasim.inference.tournament.shares import EVERYBODY, REST, Pair, Share, carried
from ketasim.inference.tournament.stacking import Stacking, stacking
from ketasim.inference.tournament.summarise import summary_of
from ketasim.inference.tournament.summary import (
    Carried,
    Contender,
    Decided,
    Known,
    Proposed,
    Shift,
    Summary,
    Together,
)
from ketasim.inference.tournament.verdict import Verdict, verdict
from ketasim.model import load_mechanism, mechanism_names

COUNTED = 12
"""Reports told between the leader and each rival."""
LARGEST_K = 10.0
"""What an endless Pareto shape is written as."""
PRIOR_ENDS = 1.6449
"""Scores of the 5th and 95th percentile of a standard normal prior."""
PROPOSED = 40
PROFILED, PROFILE_ROUNDS = 3, 12
"""Claims of the leader that are profiled, and steps of each climber: 900 settings each."""
OPEN = 6
"""Heaviest hypotheses that an experiment is to tell apart."""
NOT_ASKED = ""
"""What is expected by a hypothesis that was not asked."""


def quick_summary(found: Tournament, said: Mapping[str, str] | None = None) -> Summary:
    """Return all that follows from the draws without simulating anything."""
    told = verdict(found, found.seed)
    mixed = stacking(found, seed=found.seed)
    first = summary_of(found, said)
    return replace(
        first,
        hypotheses=contenders(first.hypotheses, told, mixed),
        decided=decided_rows(told),
        shifts=shift_rows(sensitivity(found, found.seed)),
        known=known_rows(found),
    )


def whole_summary(
    found: Tournament,
    said: Mapping[str, str] | None = None,
    now: Callable[[str], None] = lambda text: None,
) -> Summary:
    """Return everything there is to say about a tournament: minutes of simulation.

    Parameters
    ----------
    found : Tournament
    said : mapping of str to str, optional
        What each finding measured, in words, by id.
    now : callable
        Told what is being done.
    """
    now("weighing, and weighing otherwise")
    first = quick_summary(found, said)
    weights = {each.name: each.weight for each in first.hypotheses}
    now("dividing the effect")
    shared = carried(found, weights, seed=found.seed)
    now("profiling what the leader claims")
    profiles = leading_profiles(found, max(weights, key=weights.__getitem__))
    now("comparing experiments")
    plan = next_experiments(found, open_weights(first.hypotheses), most=PROPOSED, seed=found.seed)
    return replace(
        first,
        facts={**first.facts, "open_bits": round(plan.uncertainty_bits, 2)},
        known=known_rows(found, profiles),
        carried=carried_rows(shared.shares),
        together=pair_rows(shared.pairs),
        proposed=proposed_rows(plan, found.names),
    )


def leading_profiles(found: Tournament, leader: str) -> dict[tuple[str, str], Profile]:
    """Return profile likelihoods of the claims of a hypothesis that the evidence informs most."""
    fit = found.fit_of(leader)
    learnt = [each for each in identifiability(fit).learnt if each.symbol in fit.hypothesis.claims]
    order = sorted(learnt, key=lambda each: -each.contraction)[:PROFILED]
    return {
        (leader, each.symbol): profile_of(
            fit, found.body, each.symbol, rounds=PROFILE_ROUNDS, seed=found.seed
        )
        for each in order
    }


def open_weights(held: Sequence[Contender]) -> dict[str, float]:
    """Return the weights by which experiments are ranked: even odds among the heaviest.

    Evidence supposes that one of the hypotheses is right and soon leaves nothing to ask.
    """
    heaviest = sorted(held, key=lambda each: -each.weight)[:OPEN]
    return {each.name: 1.0 / len(heaviest) for each in heaviest}


def asked_experiments(
    found: Tournament,
    held: Sequence[Contender],
    about: str | None,
    words: Vocabulary,
    told: Progress | None = None,
) -> tuple[Proposed, ...]:
    """Return experiments ranked by what they tell about a parameter, or of some words only.

    Raises
    ------
    UserError
        Unknown words or parameter; nothing that can be run.
    """
    plan = next_experiments(
        found, open_weights(held), about=about, words=words, most=PROPOSED, seed=found.seed,
        told=told,
    )  # fmt: skip
    return proposed_rows(plan, found.names)


def contenders(held: Sequence[Contender], told: Verdict, mixed: Stacking) -> tuple[Contender, ...]:
    """Return hypotheses with the verdict's weights and with stacking weights."""
    weights = told.weights
    return tuple(
        replace(
            each, weight=float(weights.weight[k]), low=float(weights.low[k]),
            high=float(weights.high[k]), stacking=float(mixed.weight[k]),
            stacking_low=float(mixed.low[k]), stacking_high=float(mixed.high[k]),
        )
        for k, each in enumerate(held)
    )  # fmt: skip


def decided_rows(told: Verdict) -> tuple[Decided, ...]:
    """Return the reports that moved the leader's odds most, for each rival."""
    rows = []
    for column, rival in enumerate(told.names):
        if column == told.leader:
            continue
        for place, moved in told.decided(rival, COUNTED):
            chances = told.chance[place, told.leader], told.chance[place, column]
            rows.append(
                Decided(told.findings[place], "", rival, moved, *(float(c) for c in chances))
            )
    return tuple(rows)


def shift_rows(told: Sensitivity) -> tuple[Shift, ...]:
    """Return weights under every other choice."""
    return tuple(
        Shift(
            each.kind, each.what, tuple(map(float, each.weights.weight)),
            min(float(np.nan_to_num(each.k.max(), nan=LARGEST_K)), LARGEST_K),
        )
        for each in told.scenarios
        if each.kind != "base"
    )  # fmt: skip


def known_rows(
    found: Tournament, profiles: Mapping[tuple[str, str], Profile] | None = None
) -> tuple[Known, ...]:
    """Return what was learnt of every parameter; profiles by hypothesis and parameter."""
    rows = []
    for fit in found.fits:
        name = fit.hypothesis.name
        links = {link.symbol: link for link in fit.hypothesis.free}
        for each in identifiability(fit).learnt:
            link = links[each.symbol]
            low, high = link.value(np.array([-PRIOR_ENDS, PRIOR_ENDS]))
            profile = (profiles or {}).get((name, each.symbol))
            ends = (profile.low_value, profile.high_value) if profile else (math.nan, math.nan)
            rows.append(
                Known(
                    name, each.symbol, _acts(link), each.contraction, each.low, each.middle,
                    each.high, each.informed, float(low), float(high), *map(_finite, ends),
                )
            )  # fmt: skip
    return tuple(rows)


def _acts(link: Link) -> str:
    return f"{link.start} to {link.end}" if link.start and link.end else link.prior.note


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def carried_rows(shares: Sequence[Share]) -> tuple[Carried, ...]:
    """Return shares of every mechanism where there is an effect to divide."""
    titles = {name: load_mechanism(name).title for name in mechanism_names()}
    return tuple(
        Carried(
            each.treatment, each.moment, each.at_h, each.player,
            titles.get(each.player, "None of these" if each.player == REST else each.player),
            each.share.mean, each.share.low, each.share.high, *map(
                _finite,
                (each.points.mean, each.points.low, each.points.high, each.alone.mean,
                 each.lost.mean, each.blocked.mean),
            ),
        )
        for each in shares
        if each.player != EVERYBODY and math.isfinite(each.share.mean)
    )  # fmt: skip


def pair_rows(pairs: Sequence[Pair]) -> tuple[Together, ...]:
    """Return what pairs of mechanisms do only together."""
    return tuple(
        Together(each.treatment, each.moment, each.one, each.other, each.points.mean,
                 each.points.low, each.points.high)
        for each in pairs
        if math.isfinite(each.points.mean)
    )  # fmt: skip


def proposed_rows(plan: Plan, names: Sequence[str]) -> tuple[Proposed, ...]:
    """Return experiments, the most telling first, and what each hypothesis expects."""
    rows = []
    for rank, each in enumerate(plan.distinct(), start=1):
        asked = plan.about is not None
        bits, error = (
            (each.about_bits, each.about_bits_error) if asked else (each.bits, each.bits_error)
        )
        rows.append(
            Proposed(
                rank, str(each.design), plan.about or "hypotheses", bits, plan.n,
                tuple(each.likeliest(n) if n in each.predicted else NOT_ASKED for n in names),
                tuple(max(each.predicted.get(n, (0.0,))) for n in names), _finite(error),
                each.apart_n,
            )
        )  # fmt: skip
    return tuple(rows)
