"""Sentences about a trial, made from its numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figure_replicates import LEAST, in_unit, power_word
from ketasim.report.phrases import counted, listed, moment, number, percent
from ketasim.trial.analysis import fitted, missing_counts, share_of
from ketasim.trial.power import assurance, power, sample_size_curve, spread
from ketasim.trial.responders import Estimate, Share, needed_to_treat, needed_words
from ketasim.trial.results import CHANGE, SHARE, TIME

if TYPE_CHECKING:
    from ketasim.trial.results import Contrast, EndpointResult, Replicates, TrialResult

LEVEL = 0.05


def p_words(p: float) -> str:
    """Write a p value.

    >>> p_words(0.0004), p_words(0.0132), p_words(0.26)
    ('p < 0.001', 'p = 0.013', 'p = 0.26')
    """
    if math.isnan(p):
        return "p not known"
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def told(value: float, contrast_measure: str, unit: str = "points") -> str:
    """Write an estimate in the unit of its measure, without the unit."""
    if math.isnan(value):
        return "not known"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if contrast_measure.endswith("ratio"):
        return number(value, 2)
    if contrast_measure == "Hedges g":
        return f"{value:.2f}".replace("-", "−")
    if contrast_measure == "risk difference":
        return f"{100 * value:.0f}".replace("-", "−")
    places = 0 if unit == "%" else 1
    return f"{value:.{places}f}".replace("-", "−")


def unit_words(measure: str, unit: str) -> str:
    """Return the unit of a measure as it is told, with the space before it."""
    if measure.endswith("ratio") or measure == "Hedges g":
        return ""
    if measure == "risk difference" or unit == "%":
        return " percentage points"
    return f" {unit}" if unit else ""


def interval_words(contrast: Contrast, unit: str) -> str:
    """Write an estimate as ``−7.2 points (95 % interval −9.0 to −5.4; p < 0.001)``."""
    m = contrast.measure
    if math.isnan(contrast.value):
        return "not estimable"
    if contrast.is_ratio and (contrast.value == 0 or math.isinf(contrast.value)):
        return f"not estimable, since one arm had no event ({p_words(contrast.p)})"
    ends = f"{told(contrast.low, m, unit)} to {told(contrast.high, m, unit)}"
    value = f"{told(contrast.value, m, unit)}{unit_words(m, unit)}"
    return f"{value} (95 % interval {ends}; {p_words(contrast.p)})"


def verdict(contrast: Contrast) -> str:
    """Return ``"better"``, ``"worse"`` or ``"unclear"`` at a two-sided level of 0.05."""
    if not contrast.p < LEVEL or not math.isfinite(contrast.p):
        return "unclear"
    nothing = 1.0 if contrast.is_ratio else 0.0
    return "better" if (contrast.value - nothing) * contrast.better > 0 else "worse"


def headline(result: TrialResult, found: Sequence[Contrast]) -> str:
    """Answer in a sentence: over the replicates where there are many, else of this trial."""
    main = [r for r in result.replicates if r.endpoint == result.primary.name]
    if main and np.isfinite(main[0].estimate).sum() >= LEAST:
        return " ".join(_replicates_headline(one) for one in main)
    told = [_headline(result.primary, c) for c in _primary(result, found)]
    return f"{_upper(result.primary.what)}: {'; '.join(told)}."


def _primary(result: TrialResult, found: Sequence[Contrast]) -> list[Contrast]:
    """Return the main contrast of every arm at the primary endpoint."""
    return [c for c in main_contrasts(found) if c.endpoint == result.primary.name]


def main_contrasts(found: Sequence[Contrast]) -> list[Contrast]:
    """Return the first measure of every endpoint and arm."""
    first: dict[tuple[str, str], Contrast] = {}
    for contrast in found:
        first.setdefault((contrast.endpoint, contrast.arm), contrast)
    return list(first.values())


def _headline(endpoint: EndpointResult, contrast: Contrast) -> str:
    size = interval_words(contrast, endpoint.unit)
    who, them = f"“{contrast.arm}”", f"“{contrast.control}”"
    if math.isnan(contrast.value) or math.isnan(contrast.p):
        return f"{who} cannot be compared with {them}"
    word = verdict(contrast)
    word = "cannot be told apart from" if word == "unclear" else f"is {word} than"
    return f"{who} {word} {them}, {contrast.measure} {size}"


def _replicates_headline(replicates: Replicates) -> str:
    found = won_words(replicates)
    middle = spread(replicates.estimate, replicates.se)
    low, value, high = in_unit(replicates, np.array([middle.low, middle.mean, middle.high]))
    ratio = replicates.measure.endswith("ratio")
    # in_unit has made % of a share: from here on it is told as a plain number
    measure = replicates.measure if ratio else "difference"
    unit = "%" if replicates.measure == "risk difference" else "points"
    ends = f"{told(low, measure, unit)} to {told(high, measure, unit)}"
    size = f"{told(value, measure, unit)}{'' if ratio else unit_words(measure, unit)}"
    return (
        f"“{replicates.arm}” wins against “{replicates.control}” in {found}. "
        f"{_upper(replicates.what)}: {'typical' if ratio else 'mean'} {replicates.measure} {size}, "
        f"middle 95 % of trials {ends}."
    )


def won_words(replicates: Replicates) -> str:
    """Say in what share of replicates the arm was better with p below 0.05."""
    share = assurance(replicates.estimate, replicates.p, replicates.better, replicates.draw)
    low, high = (f"{100 * end:.0f}" for end in (share.low, share.high))
    return (
        f"{percent(share.share)} of {counted(share.n, 'replicate')} of {replicates.n:,} patients "
        f"(95 % Monte Carlo interval {low} to {high} %)"
    )


def result_words(result: TrialResult, found: Sequence[Contrast]) -> tuple[str, ...]:
    """Tell the primary result of every arm, then what else was measured, in sentences."""
    paragraphs = []
    if result.replicates:
        paragraphs.append(
            "What follows, and every picture but that of the replicates, is one more trial, "
            f"without an effect of its own.{_rank(result, found)}"
        )
    main = main_contrasts(found)
    for endpoint in sorted(result.endpoints, key=lambda e: e is not result.primary):
        own = [c for c in main if c.endpoint == endpoint.name]
        told = [contrast_words(result, endpoint, c) for c in own]
        text = f"{_upper(endpoint.what)}: {'. '.join([*told[:1], *map(_upper, told[1:])])}."
        paragraphs.append(f"{text}{_missing_words(endpoint)}" if told else "")
    return tuple(text for text in paragraphs if text)


def _rank(result: TrialResult, found: Sequence[Contrast]) -> str:
    """Say where the primary estimate of the trial shown lies among the replicates."""
    for contrast in _primary(result, found)[:1]:
        key = (contrast.endpoint, contrast.arm, contrast.measure)
        for many in result.replicates:
            known = many.estimate[np.isfinite(many.estimate)]
            if (many.endpoint, many.arm, many.measure) != key or len(known) < LEAST:
                continue
            less = float(np.mean(known * many.better < contrast.estimate * contrast.better))
            return f" {percent(less)} of the replicates show a smaller effect of “{many.arm}”."
    return ""


def _missing_words(endpoint: EndpointResult) -> str:
    """Say how many without a value count as not having it."""
    lost = sum(int(np.isnan(v).sum()) for v in endpoint.values.values())
    if endpoint.kind != SHARE or not lost or not missing_counts(endpoint):
        return ""
    verb = "has no value and counts" if lost == 1 else "have no value and count"
    return f" {counted(lost, 'patient')} {verb} as without it."


def contrast_words(result: TrialResult, endpoint: EndpointResult, contrast: Contrast) -> str:
    """Tell one arm against the control at one endpoint."""
    if endpoint.kind == SHARE:
        return _share_words(endpoint, contrast)
    if endpoint.kind == TIME:
        return _time_words(endpoint, contrast)
    means = [_mean(result, endpoint, name) for name in (contrast.arm, contrast.control)]
    levels = (
        f"mean {told(means[0], 'difference', endpoint.unit)} on “{contrast.arm}”, "
        f"{told(means[1], 'difference', endpoint.unit)} on “{contrast.control}”"
    )
    n = f"n = {contrast.n_arm:,} and {contrast.n_control:,}"
    if result.kind == "crossover":
        n = f"{counted(contrast.n_arm, 'patient')} with both"
    size = interval_words(contrast, endpoint.unit)
    return f"{levels}; difference {size}; {n}"


def _mean(result: TrialResult, endpoint: EndpointResult, arm: str) -> float:
    """Return the adjusted mean where there is a model, else that of those seen."""
    if endpoint.kind == CHANGE:
        model = fitted(result, endpoint.scale)
        if model is not None:
            row = [a.name for a in result.arms].index(arm)
            visit = int(np.argmin(np.abs(result.visits_h[1:] - endpoint.at_h)))
            return float(model.mean[row, visit])
    values = endpoint.values[arm]
    return float(np.nanmean(values)) if np.isfinite(values).any() else math.nan


def _share_words(endpoint: EndpointResult, contrast: Contrast) -> str:
    arm, control = (share_of(endpoint, name) for name in (contrast.arm, contrast.control))
    return (
        f"{share_words(arm)} on “{contrast.arm}”, {share_words(control)} on “{contrast.control}”; "
        f"difference {interval_words(contrast, '%')}; {needed(contrast)}"
    )


def share_words(share: Share) -> str:
    """Write a share as ``35 % (21 of 60)``."""
    if not share.n:
        return "nobody to count"
    return f"{percent(share.share)} ({share.count:,} of {share.n:,})"


def needed(contrast: Contrast) -> str:
    """Say the number needed to treat of a risk difference."""
    low, high = sorted((contrast.better * contrast.low, contrast.better * contrast.high))
    value = contrast.better * contrast.value
    return needed_words(needed_to_treat(Estimate(value, low, high, contrast.se, contrast.p)))


def _time_words(endpoint: EndpointResult, contrast: Contrast) -> str:
    parts = []
    for name in (contrast.arm, contrast.control):
        there = np.isfinite(endpoint.values[name])
        events = int(np.asarray(endpoint.happened[name], dtype=bool)[there].sum())
        parts.append(f"{events} of {int(there.sum())} had the event on “{name}”")
    size = interval_words(contrast, "").replace("; p", "; log-rank p")
    return f"{listed(parts)}; hazard ratio {size}"


def design_items(result: TrialResult) -> list[tuple[str, str]]:
    """Return the design as terms and what is said about each."""
    items = [("Kind", _kind(result)), ("Patients", _upper(result.population))]
    if result.entry:
        items.append(("Eligible", _upper(result.entry)))
    if result.lead_in:
        items.append(("Lead-in", f"{_upper(result.lead_in.given)}; then randomised: "
                      f"{result.lead_in.rule}"))  # fmt: skip
    for arm in result.arms:
        role = " (control)" if arm.control else ""
        items.append((f"{_upper(arm.name)}{role}", f"{arm.given}; n = {arm.n:,}"))
    if result.washout:
        items.append(("Washout", result.washout))
    if result.concomitant:
        items.append(("Everybody", result.concomitant))
    visits = [moment(h) for h in result.visits_h[1:]]
    many = len(visits) > 9
    shown = f"{counted(len(visits), 'visit')}, {visits[0]} to {visits[-1]}" if many else ""
    items.append(("Visits", shown or listed(["baseline", *visits])))
    items.append(("Primary endpoint", _upper(result.primary.what)))
    others = [e.what for e in result.endpoints if e is not result.primary]
    if others:
        items.append(("Other endpoints", _upper("; ".join(others))))
    return items


def _kind(result: TrialResult) -> str:
    text = f"{_upper(result.kind)}, {result.blinding}, {counted(len(result.arms), 'arm')}"
    by = f", stratified by {listed(list(result.stratified_by))}" if result.stratified_by else ""
    return f"{text}, randomised{by}" if result.kind != "randomised withdrawal" else text + by


def analysis_words(result: TrialResult, found: Sequence[Contrast]) -> tuple[str, ...]:
    """Say how it was analysed."""
    methods = list(dict.fromkeys(c.method for c in main_contrasts(found)))
    text = [f"Methods: {'; '.join(methods)}. Tests are two-sided; one hypothesis is "
            "tested, that of the primary endpoint; no p value is corrected for the number of "
            "endpoints or arms."]  # fmt: skip
    if any(e.kind == CHANGE for e in result.endpoints) and result.kind != "crossover":
        text.append(
            "The repeated-measures model has arm, baseline and strata at every visit, restricted "
            "maximum likelihood and Satterthwaite's degrees of freedom. It takes those who left as "
            "if they had gone on like similar patients of their arm who stayed."
        )
    counted_out = [e.what for e in result.endpoints if e.kind == SHARE and missing_counts(e)]
    if counted_out:
        text.append(f"Patients without a value count as not having it in: {listed(counted_out)}.")
    return tuple(text)


def limit_words(result: TrialResult) -> tuple[str, ...]:
    """Say what every such trial cannot tell."""
    own = [
        "Intervals and p values hold the chance of which patients entered; what is not known of "
        "the model is not in them.",
    ]
    if not result.replicates:
        own.append("This is one trial as it might have come out: another seed gives another.")
    return (*own, *(_sentence(text) for text in result.limits))


def replicates_words(replicates: Replicates) -> str:
    """Tell power or assurance, the spread of estimates, and the size that would do."""
    middle = spread(replicates.estimate, replicates.se)
    counted_power = power(replicates.estimate, replicates.p, replicates.better)
    if middle.n < LEAST:
        return f"{counted(middle.n, 'replicate')}: too few to speak of power."
    word = power_word(replicates)
    text = f"{_upper(replicates.what)}, “{replicates.arm}” against “{replicates.control}”: "
    text += f"{word}, {won_words(replicates)}. {size_words(replicates)} "
    if middle.between_sd > 0 and word == "assurance":
        text += (
            "Estimates spread more than a trial's own standard error says, since the truth differs "
            "between replicates; more patients do not remove that."
        )
    if counted_power.n > middle.n:
        text += f" {counted(middle.lost, 'replicate')} could not be analysed and count as not won."
    return text.strip()


def size_words(replicates: Replicates) -> str:
    """Tell how many patients would do for each aim; empty where replicates are too few."""
    if spread(replicates.estimate, replicates.se).n < LEAST:
        return ""
    curve = sample_size_curve(
        replicates.estimate, replicates.se, replicates.n, replicates.better, sizes=[replicates.n]
    )
    told = (
        f"To win in {100 * aim:.0f} % {_needed_words(n, low, high, curve.ceiling)}."
        for aim, (n, low, high) in curve.needed.items()
    )
    return " ".join(told)


def _needed_words(n: float, low: float, high: float, ceiling: float) -> str:
    if math.isinf(n):
        return f"no size is enough (at most {percent(ceiling)})"
    upper = "any number" if math.isinf(high) else f"{high:,.0f}"
    return f"takes about {n:,.0f} patients in all (95 % Monte Carlo interval {low:,.0f} to {upper})"


def _sentence(text: str) -> str:
    return _upper(text if text.endswith(".") else f"{text}.")


def _upper(text: str) -> str:
    """Begin a sentence; names such as dSBP stay as they are."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]
