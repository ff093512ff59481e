"""What a tournament says, in sentences made from its numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ketasim.inference.tournament.verdict import UNDERSTATED
from ketasim.report import clinical_words
from ketasim.report.phrases import counted, duration, listed, number, percent

if TYPE_CHECKING:
    from ketasim.evidence import Finding
    from ketasim.inference.tournament.summary import Contender, Known, Proposed, Shift, Summary

CLOSE = 3.0
"""Ratio of two weights below which evidence is not worth more than a bare mention (Kass 1995)."""
TRUSTED_K = 0.7
"""Pareto shape above which importance weights are not to be trusted (Vehtari 2024)."""
NAMED = 8
LEVELS = ("", "value", "mean", "concentration")
"""Measures that go without saying."""

LIMITS = (
    "Weights compare these hypotheses with each other on these reports. They are no probability "
    "that one of them is true: all share one model, and what no hypothesis says cannot win.",
    "A weight near 1 means that the others explain the reports worse, not that the winner explains "
    "them well; what every hypothesis fails stands first for that reason.",
    "How wrong reports are, how far a right model still misses, and how wide priors are was "
    "assumed. Sensitivity shows what follows if these choices are others; it cannot show what was "
    "never thought of.",
    "Between kinetics and mood most numbers that no hypothesis frees were set with published "
    "results in view, and so were the equations. Held-out reports chose no number, but the "
    "people who wrote the equations had read some of them.",
    "What is published is not all that was found: a negative result that nobody printed counts "
    "for nothing here.",
)

CHANCE = (
    "Chance: how likely a sound study of that size reports what this one did, averaged over draws "
    "chosen on the reports marked calibrate; of a number, its density over that of an exact hit."
)


def said(finding: Finding) -> str:
    """Name what a finding compared: the read-out, and which arm against which."""
    if finding.clinical is not None:
        return clinical_words.what(finding).partition("; contested")[0]
    level = finding.measure in LEVELS
    text = finding.analyte if level else f"{finding.measure} of {finding.analyte}"
    text += f" over {finding.over}" if finding.over is not None else ""
    if level and math.isfinite(finding.end_h) and finding.end_h > 0:
        text += f" at {duration(finding.end_h)}"
    if finding.comparator is not None:
        arm = finding.arm.name if finding.arm else ", ".join(each.name for each in finding.arms)
        text += f", {arm} against {finding.comparator.name}"
    return text


def headline(found: Summary) -> str:
    """Return the answer in a sentence or two, what all fail first."""
    n, failed = len(found.reports), len(found.failed)
    told = f"{counted(failed, 'report')} of {n} {'is' if failed == 1 else 'are'} explained by none"
    told = f"{told} of {counted(len(found.hypotheses), 'hypothesis', 'hypotheses')}. "
    if len(found.hypotheses) == 1:
        return told + "With one hypothesis there is nothing to weigh."
    first, second = (found.hypotheses[k] for k in found.ranking[:2])
    told += f"Among them {first.title} has {percent(first.weight)} of the weight"
    if second.high >= first.low or first.weight < CLOSE * second.weight:
        told += f" ({_interval(first.low, first.high)} with the Monte Carlo error)"
        return f"{told}, {second.title} {percent(second.weight)}: they are not told apart."
    return f"{told}, {second.title} {percent(second.weight)}."


def failed_words(found: Summary) -> str:
    """Introduce the reports that every hypothesis fails."""
    failed = found.failed
    if not failed:
        return (
            "Every report is likelier under at least one hypothesis than if it were wrong and said "
            "nothing."
        )
    held = sum(each.role == "validate" for each in failed)
    contested = sum(each.contested for each in failed)
    told = (
        f"{counted(len(failed), 'report')} of {len(found.reports)} would be likelier if the report "
        "were wrong than under any hypothesis. Either the report is wrong, or the model lacks what "
        f"it shows. {_of(held, 'was', 'were')} held out; "
        f"{_of(contested, 'is', 'are')} contested by another report or doubtful by its own test."
    )
    return told


def _of(n: int, one: str, many: str) -> str:
    return f"{'None' if n == 0 else n} of them {one if n < 2 else many}"


def weight_words(found: Summary) -> list[str]:
    """Say how the hypotheses stand, and how sure the weights are as numbers."""
    if len(found.hypotheses) < 2:
        return []
    order = [found.hypotheses[k] for k in found.ranking]
    first = order[0]
    told = [
        f"{first.title} leads with {span(first)} (middle 90 % of the Monte Carlo error). Its "
        f"advantage over {order[1].title} is {number(_total(first) - _total(order[1]), 2)} in log "
        "evidence, with an error of "
        f"{number(math.hypot(_error(first), _error(order[1])), 2)}: "
        f"{number(_chosen(first, order[1]), 2)} from reports that choose numbers, "
        f"{number(_held(first, order[1]), 2)} from held-out ones."
    ]
    small = [each.title for each in order if each.high < 0.01]
    if small:
        told.append(f"Under 1 % whatever the Monte Carlo error: {listed(small)}.")
    stacked = [each for each in order if each.stacking is not None]
    if stacked:
        best = max(stacked, key=lambda each: each.stacking or 0.0)
        same = "the same one" if best is first else "another one"
        told.append(
            f"Stacking, which asks for the mixture that best forecasts each study from the others, "
            f"gives most to {same}: {best.title}, {percent(best.stacking or 0.0)} "
            f"({_interval(best.stacking_low, best.stacking_high)}). Weights ask which hypothesis "
            "is right if one is; stacking does not suppose that."
        )
    return told


def _total(each: Contender) -> float:
    return each.log_chosen + each.log_held_out


def _error(each: Contender) -> float:
    return math.hypot(each.log_chosen_error, each.log_held_out_error)


def _chosen(a: Contender, b: Contender) -> float:
    return a.log_chosen - b.log_chosen


def _held(a: Contender, b: Contender) -> float:
    return a.log_held_out - b.log_held_out


def span(each: Contender) -> str:
    """Write a weight with its Monte Carlo interval."""
    return f"{percent(each.weight)} ({_interval(each.low, each.high)})"


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "no interval"
    ends = percent(low).removesuffix(" %"), percent(high)
    return f"{ends[0]} to {ends[1]}" if percent(low) != percent(high) else ends[1]


def overturned(found: Summary) -> list[Shift]:
    """Return changes after which another hypothesis leads."""
    at = found.ranking[0]
    return [each for each in found.shifts if max(each.weights) > each.weights[at]]


def shift_words(found: Summary) -> list[str]:
    """Say which choices overturn the order, and which could not be judged."""
    if not found.shifts:
        return ["What follows from other choices was not computed."]
    kinds: dict[str, int] = {}
    for each in found.shifts:
        kinds[each.kind] = kinds.get(each.kind, 0) + 1
    tried = listed([counted(n, *_KINDS.get(kind, (kind,))) for kind, n in kinds.items()])
    turned = overturned(found)
    leader = found.leader.title
    told = [f"Tried: {tried}, one at a time."]
    if not turned:
        at = found.ranking[0]
        least = min(found.shifts, key=lambda each: each.weights[at])
        told.append(
            f"None puts another hypothesis before {leader}; least is left of its weight "
            f"({percent(least.weights[at])}) with: {least.change}."
        )
    else:
        told.append(f"{counted(len(turned), 'change')} put another before {leader}:")
    return told


def rough_words(found: Summary) -> str:
    """Say for how many changes reweighting is not to be trusted; empty where for none."""
    rough = sum((each.k_hat or 0.0) > TRUSTED_K for each in found.shifts)
    if not rough:
        return ""
    return (
        f"For {counted(rough, 'change')} the draws lie too far away (Pareto k-hat over "
        f"{TRUSTED_K:g}), so the weights are rough; the table marks them."
    )


_KINDS = {
    "prior": ("prior", "priors"),
    "lapse": ("lapse rate", "lapse rates"),
    "laboratory": ("laboratory left out", "laboratories left out"),
    "study": ("study left out", "studies left out"),
    "odds": ("set of prior odds", "sets of prior odds"),
    "reports": ("choice of reports", "choices of reports"),
}


def turned_words(found: Summary, each: Shift) -> str:
    """Say who leads after a change."""
    best = max(range(len(each.weights)), key=each.weights.__getitem__)
    at = found.ranking[0]
    rough = ", rough" if (each.k_hat or 0.0) > TRUSTED_K else ""
    return (
        f"{each.change}: {found.hypotheses[best].title} {percent(each.weights[best])}, "
        f"{found.leader.title} {percent(each.weights[at])}{rough}"
    )


def carried_words(found: Summary) -> list[str]:
    """Say who carries most, when, for each drug."""
    told = []
    for drug in dict.fromkeys(each.drug for each in found.carried):
        parts = []
        for time in dict.fromkeys(r.time for r in found.carried if r.drug == drug):
            rows = [r for r in found.carried if (r.drug, r.time) == (drug, time)]
            best = max(rows, key=lambda row: row.share)
            parts.append(
                f"{time}: {best.title} {percent(best.share)} ({_interval(best.low, best.high)})"
            )
        told.append(f"{drug[:1].upper()}{drug[1:]}. {'; '.join(parts)}.")
    return told


def uninformed(found: Summary) -> dict[str, list[str]]:
    """Return parameters that the evidence does not inform, with the hypotheses in which it so is.

    A parameter that no hypothesis informs stands under its name with every hypothesis.
    """
    told: dict[str, list[str]] = {}
    for row in found.known:
        if not row.informed:
            told.setdefault(row.parameter, []).append(row.hypothesis)
    return told


def known_words(found: Summary) -> list[str]:
    """Say how much the evidence says of parameters, and name those it does not inform."""
    if not found.known:
        return ["How far the evidence informs each parameter was not computed."]
    owners: dict[str, int] = {}
    what: dict[str, str] = {}
    for row in found.known:
        owners[row.parameter] = owners.get(row.parameter, 0) + 1
        what[row.parameter] = row.what
    told = uninformed(found)
    never = [p for p in owners if len(told.get(p, ())) == owners[p]]
    some = [p for p in told if p not in never]
    words = [
        f"{counted(len(owners), 'parameter')} are free in one hypothesis or more. "
        f"{len(owners) - len(told)} are informed in every hypothesis that has them, "
        f"{len(some)} in some, {len(never)} in none."
    ]
    if never:
        named = "; ".join(f"{p} ({what[p]})" if what[p] else p for p in never)
        words.append(
            f"Not informed by this evidence, so their values are what was assumed: {named}."
        )
    own = [p for p in some if found.leader.name in told[p]]
    if own:
        words.append(f"Not informed under {found.leader.title}: {listed(own)}.")
    return words


def known_span(row: Known) -> str:
    """Write the middle 90 % of a parameter after the evidence."""
    return f"{number(row.median, 2)} ({number(row.low, 2)} to {number(row.high, 2)})"


def proposed_words(found: Summary) -> list[str]:
    """Say which experiment tells most, and how large it has to be."""
    if not found.proposed:
        return ["Which experiment would tell most was not computed."]
    best = min(found.proposed, key=lambda each: each.rank)
    what = "which hypothesis is right" if best.about == "hypotheses" else best.about
    return [
        f"Of those that can be asked for in the model's words, this one tells most about {what}: "
        f"{best.design}; {number(best.bits, 2)} bits expected with {best.n} in each group"
        f"{_needed(best)}."
    ]


def _needed(each: Proposed) -> str:
    if each.n_to_separate is None:
        return "; alone it does not separate leader and rival at any size tried"
    return f"; {each.n_to_separate} in each group separate leader and rival"


def method(facts: Mapping[str, str | int | float]) -> tuple[str, ...]:
    """Say how it was done, in paragraphs."""
    return (
        f"Each hypothesis frees its own links, besides parameters that all share, and holds every "
        f"other link at the value where it carries nothing. All compete on "
        f"{facts.get('findings', '?')} reports of {facts.get('studies', '?')} studies from "
        f"{facts.get('laboratories', '?')} laboratories, contested pairs on both sides.",
        "A direction is as likely as a study of that size would report it, given the effect that "
        "the model shows; a number is compared on the logarithm or in the trial's own points. "
        "Every report may be wrong, by a chance added up from rules (small, single-laboratory, "
        "from memory, doubtful by its own test), and all reports of one laboratory may be wrong "
        "together. Rows that share animals or patients count as their effective number.",
        f"{facts.get('findings_choosing', '?')} reports marked calibrate choose the numbers "
        f"(tempered sequential Monte Carlo, {facts.get('particles', '?')} particles); "
        f"{facts.get('findings_held_out', '?')} marked validate only judge: they count for the "
        "weights and for nothing else. So attribution, parameters and forecasts of experiments "
        "rest on the first alone.",
        "Sequential Monte Carlo with so few points says its own error too small: where the truth "
        f"is known, about {UNDERSTATED:g} times. So much wider the weights' intervals are made.",
        "Other choices are answered by reweighting the draws (Pareto-smoothed importance "
        "sampling), not by running again.",
    )


def champion(key: str) -> str:
    """Write a key of the bibliography as author and year; other words as they are."""
    found = re.fullmatch(r"([a-z]+)(\d{4})\w*", key)
    return f"{found[1].capitalize()} {found[2]}" if found else key


def leading(found: Summary, n: int = NAMED) -> Sequence[int]:
    """Return places of the heaviest hypotheses."""
    return found.ranking[:n]
