"""From what was observed to every arm against the control, endpoint by endpoint."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ketasim.trial.ancova import Difference, EffectSize, ancova, hedges_g, paired
from ketasim.trial.covariance import AUTOREGRESSIVE, UNSTRUCTURED
from ketasim.trial.mmrm import Mmrm, mmrm
from ketasim.trial.responders import (
    Estimate,
    Share,
    odds_ratio,
    risk_difference,
    risk_ratio,
    wilson,
)
from ketasim.trial.results import (
    CHANGE,
    SHARE,
    TIME,
    ArmResult,
    Contrast,
    EndpointResult,
    TrialResult,
)
from ketasim.trial.time_to_event import hazard_ratio, log_rank

MOST_UNSTRUCTURED = 10
"""Visits up to which an unstructured covariance is tried."""


@dataclass(frozen=True)
class _Pair:
    """An endpoint of one arm and the control, with the fits made so far by scale."""

    result: TrialResult
    endpoint: EndpointResult
    arm: ArmResult
    fits: dict[str, Mmrm | None]
    brief: bool

    @property
    def values(self) -> tuple[np.ndarray, np.ndarray]:
        values = self.endpoint.values
        return values[self.arm.name], values[self.result.control.name]

    def contrast(
        self, measure: str, found: Difference | Estimate | EffectSize, **rest: Any
    ) -> Contrast:
        """Return a contrast from an estimate; ``rest`` are fields that it does not hold."""
        known: dict[str, Any] = {"df": float("inf")}
        for field in fields(found):
            known[field.name] = np.asarray(getattr(found, field.name)).item()
        return Contrast(
            endpoint=self.endpoint.name, arm=self.arm.name, control=self.result.control.name,
            measure=measure, **(known | rest),
        )  # fmt: skip


def contrasts(result: TrialResult, *, brief: bool = False) -> tuple[Contrast, ...]:
    """Compare every arm with the control at every endpoint.

    Parameters
    ----------
    result : TrialResult
    brief : bool
        Only the first measure of each endpoint and arm: what replicates need.

    Returns
    -------
    tuple of Contrast
        By endpoint and arm; the first of each is its main measure: ``"difference"``,
        ``"risk difference"`` or ``"hazard ratio"``.

    Raises
    ------
    ValueError
        When a change is wanted at a time that is no visit.
    """
    found: list[Contrast] = []
    fits: dict[str, Mmrm | None] = {}
    for endpoint in result.endpoints:
        for arm in result.arms:
            if not arm.control:
                found += _compare(_Pair(result, endpoint, arm, fits, brief))
    return tuple(found)


def fitted(result: TrialResult, scale: str) -> Mmrm | None:
    """Return the repeated-measures model of a scale, with arms in the order of the trial.

    None for a crossover and where no visit has two patients of every arm.
    """
    if result.kind == "crossover":
        return None
    scores = np.concatenate([arm.scores[scale] for arm in result.arms])
    group = np.repeat(np.arange(len(result.arms)), [arm.n for arm in result.arms])
    strata = [arm.strata for arm in result.arms]
    every = [s for s in strata if s is not None]
    control = next(k for k, arm in enumerate(result.arms) if arm.control)
    visits = scores.shape[1] - 1
    many = visits > MOST_UNSTRUCTURED
    try:
        found = mmrm(
            scores[:, 1:] - scores[:, :1], group, scores[:, 0], control=control,
            strata=np.concatenate(every) if len(every) == len(strata) else None,
            covariance=AUTOREGRESSIVE if many else UNSTRUCTURED,
        )  # fmt: skip
    except ValueError:
        return None
    notes = [f"more than {MOST_UNSTRUCTURED} visits"] if many else []
    return replace(found, note="; ".join([*notes, *([found.note] if found.note else [])]))


def share_of(endpoint: EndpointResult, arm: str) -> Share:
    """Return how many patients of an arm had it.

    Those whose value is missing had it not where it is good and the endpoint says so
    (`missing_counts`); else they take no part.
    """
    values = endpoint.values[arm]
    n = len(values) if missing_counts(endpoint) else int(np.isfinite(values).sum())
    return wilson(int(np.nansum(values > 0.5)), n)


def missing_counts(endpoint: EndpointResult) -> bool:
    """Tell whether a missing patient counts as not having it; never where having it is bad."""
    return endpoint.missing == "failure" and not endpoint.event_is_bad


def _compare(pair: _Pair) -> list[Contrast]:
    if pair.endpoint.kind == SHARE:
        return _shares(pair)
    if pair.endpoint.kind == TIME:
        return [_times(pair)]
    return _numbers(pair)


def _numbers(pair: _Pair) -> list[Contrast]:
    """Compare means: repeated measures, paired, or one visit."""
    better = -1 if pair.endpoint.lower_is_better else 1
    values = pair.values
    if pair.result.kind == "crossover":
        found = paired(values[0] - values[1], pair.arm.sequence)
        method = "each patient's difference, effect of the period removed"
        made = pair.contrast("difference", found, better=better, method=method)
    elif pair.endpoint.kind == CHANGE:
        made = _repeated(pair, better)
    else:
        made = _one_visit(pair, better)
    if pair.brief:
        return [made]
    n_arm, n_control = (int(np.isfinite(v).sum()) for v in values)
    size = pair.contrast(
        "Hedges g", hedges_g(*values), p=float("nan"), n_arm=n_arm, n_control=n_control,
        better=better, method="standardised difference of those observed",
    )  # fmt: skip
    return [made, size]


def _one_visit(pair: _Pair, better: int) -> Contrast:
    values, scale = pair.values, pair.endpoint.scale
    is_arm = np.arange(sum(len(v) for v in values)) < len(values[0])
    both = (pair.arm, pair.result.control)
    known = all(scale in each.scores for each in both)
    baseline = np.concatenate([e.scores[scale][:, 0] for e in both]) if known else None
    method = "analysis of covariance on the baseline" if known else "difference of means, t test"
    found = ancova(np.concatenate(values), is_arm, baseline)
    return pair.contrast("difference", found, better=better, method=method)


def _repeated(pair: _Pair, better: int) -> Contrast:
    result, endpoint = pair.result, pair.endpoint
    if endpoint.scale not in pair.fits:
        pair.fits[endpoint.scale] = fitted(result, endpoint.scale)
    model = pair.fits[endpoint.scale]
    visit = int(np.argmin(np.abs(result.visits_h[1:] - endpoint.at_h)))
    if abs(result.visits_h[1 + visit] - endpoint.at_h) > 1e-6:
        raise ValueError(f"{endpoint.name}: {endpoint.at_h:g} h is not a visit")
    if model is None:
        nothing = Estimate(*(float("nan"),) * 5)
        return pair.contrast("difference", nothing, n_arm=0, n_control=0, better=better,
                             method="could not be analysed")  # fmt: skip
    order = [arm.name for arm in result.arms]
    a, c = order.index(pair.arm.name), order.index(result.control.name)
    parts = {name: getattr(model, name)[a, visit] for name in ("se", "df", "low", "high", "p")}
    found = Difference(
        value=model.difference[a, visit], n_arm=model.n[a, visit], n_control=model.n[c, visit],
        **parts,
    )  # fmt: skip
    return pair.contrast("difference", found, better=better, method=method_words(model))


def method_words(model: Mmrm) -> str:
    """Say how repeated measures were analysed."""
    text = f"mixed model for repeated measures, {model.covariance} covariance"
    return f"{text} ({model.note})" if model.note else text


def _shares(pair: _Pair) -> list[Contrast]:
    """Compare shares; in a crossover the difference of the same patients."""
    better = -1 if pair.endpoint.event_is_bad else 1
    if pair.result.kind == "crossover":
        had = [np.where(np.isnan(v), np.nan, v > 0.5) for v in pair.values]
        if missing_counts(pair.endpoint):
            had = [np.nan_to_num(v) for v in had]
        found = paired(had[0] - had[1], pair.arm.sequence)
        method = "the same patients, effect of the period removed"
        return [pair.contrast("risk difference", found, better=better, method=method)]
    shares = (
        share_of(pair.endpoint, pair.arm.name),
        share_of(pair.endpoint, pair.result.control.name),
    )
    made = []
    for measure, of, method in _SHARE_MEASURES[: 1 if pair.brief else None]:
        counts = {"n_arm": shares[0].n, "n_control": shares[1].n}
        made.append(pair.contrast(measure, of(*shares), better=better, method=method, **counts))
    return made


_SHARE_MEASURES = (
    ("risk difference", risk_difference, "Newcombe interval, chi-squared test"),
    ("odds ratio", odds_ratio, "Woolf interval"),
    ("risk ratio", risk_ratio, "Katz interval"),
)


def _times(pair: _Pair) -> Contrast:
    happened = pair.endpoint.happened
    names = (pair.arm.name, pair.result.control.name)
    arm, control = ((v, happened[n]) for v, n in zip(pair.values, names, strict=True))
    found = replace(hazard_ratio(arm, control), p=log_rank(arm, control))
    n_arm, n_control = (int(np.isfinite(days).sum()) for days, _ in (arm, control))
    return pair.contrast(
        "hazard ratio", found, n_arm=n_arm, n_control=n_control,
        better=-1 if pair.endpoint.event_is_bad else 1,
        method="Cox model with Efron's ties, log-rank test",
    )  # fmt: skip
