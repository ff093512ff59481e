"""From one replicate to what statistics and the page read: `TrialResult`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ketasim.dosing.protocol import steps_regimen
from ketasim.trial.endpoints import Endpoint, per_patient, times_to_relapse
from ketasim.trial.plan import Plan
from ketasim.trial.record import Record
from ketasim.trial.results import (
    CHANGE,
    LEVEL,
    SHARE,
    TIME,
    ArmResult,
    EndpointResult,
    LeadIn,
    TrialResult,
)
from ketasim.trial.running import Group, Replicate
from ketasim.trial.scales import scales
from ketasim.trial.trial_file import ArmTable, EndpointTable, Trial
from ketasim.trial.trial_rules import RELAPSES
from ketasim.trial.variation import variation

BAD_EVENTS = ("relapse", "time to relapse", "share above", "dropout")
_KINDS = {"change": CHANGE, "time to relapse": TIME}
_LEVELS = ("score", "percent change", "peak")
_STRATA = {"baseline": "baseline above the median", "sex": "sex", "age": "age of 65 or more"}


def outcome(plan: Plan, found: Replicate) -> TrialResult:
    """Return one replicate as arms and endpoints."""
    trial = plan.trial
    given = [_given(plan, k) for k in range(len(plan.own))]
    arms = tuple(
        _arm(found, group, trial.arms[k], given[k]) for k, group in enumerate(found.groups)
    )
    endpoints = tuple(
        _endpoint(plan, found, k, each.name == trial.primary.name)
        for k, each in enumerate(trial.endpoints)
    )
    return TrialResult(
        title=trial.title,
        question=trial.question,
        kind=trial.design.kind,
        blinding=trial.design.blinding,
        population=population_words(trial),
        visits_h=plan.own_visits_h,
        scale=_profile_scale(plan),
        arms=arms,
        endpoints=endpoints,
        screened=int(found.patients.index[-1]) + 1 if plan.entry.minimum is not None else 0,
        seed=trial.seed,
        lead_in=_lead_in(plan, found),
        stratified_by=tuple(_STRATA[word] for word in trial.design.stratify),
        entry=entry_words(trial),
        washout=_washout(trial),
        concomitant=plan.setting.concomitant.text if trial.design.concomitant else "",
        assumptions=assumptions(trial),
        limits=(plan.warning,) if plan.warning else (),
        peaks=_peaks(plan, found),
    )


_PEOPLE = {"trd": "treatment-resistant depression", "healthy": "healthy volunteers"}
_PEOPLE_SHOWN = {"age": "age (years)", "WT": "weight (kg)", "sex": "women"}
_FELT = {
    "dSBP": "rise of systolic pressure",
    "dDBP": "rise of diastolic pressure",
    "dHR": "rise of heart rate",
}
_SYMBOLS = {"WT": "weight", "D0": "stress load", "B0": "severity"}


def population_words(trial: Trial) -> str:
    """Return who was enrolled, in words."""
    table = trial.population
    parts = [table.condition or _PEOPLE.get(table.name, table.name)]
    if table.baseline:
        scale = table.entry.scale
        parts.append(f"{scale} {table.baseline.mean:g} (SD {table.baseline.sd:g}) at baseline")
    for symbol, value in table.overrides.items():
        told = f"{value[0]:g}–{value[1]:g}" if isinstance(value, tuple) else f"{value:g}"
        parts.append(f"{_SYMBOLS.get(symbol, symbol)} {told}")
    return ", ".join(parts)


def entry_words(trial: Trial) -> str:
    """Return what was asked of those screened; empty where nothing was."""
    entry = trial.population.entry
    return "" if entry.minimum is None else f"{entry.scale} of at least {entry.minimum:g}"


def _washout(trial: Trial) -> str:
    """Return what lies between the periods of a crossover; empty elsewhere."""
    length = trial.design.washout
    return f"{length} from the last visit of a period to the next" if length else ""


def assumptions(trial: Trial) -> tuple[str, ...]:
    """Return what a run takes for granted, each a sentence."""
    vary, told = variation(), []
    told.append(
        "The trial told here lies in the middle of all: its patients respond as the model's do. "
        "Replicates differ as trials do: each draws one factor on everybody's response to the "
        f"drug (SD of its logarithm {vary.trial_sd_g:.2g}) and one on that to placebo "
        f"({vary.trial_sd_gp:.2g}); these SDs are estimated from few trials (variation.csv)."
    )
    told.append(
        f"A rating errs by SD {vary.score_error:.2g} points of MADRS and severity wanders by "
        f"{vary.fluctuation_sd:.2g} points about its course; those who enter are chosen by the "
        "rating, so part of any fall is regression to the mean."
    )
    if trial.design.dropout:
        told.append(
            "Patients leave at random times, sooner where sessions dissociate or raise blood "
            "pressure much, and where the score hardly falls (dropout.csv); their later scores "
            "are missing, not replaced."
        )
    else:
        told.append("Nobody leaves.")
    if trial.design.blinding == "open":
        told.append("Patients know what they get; belief and hope follow.")
    else:
        told.append(
            "Patients are not told, but guess from what they feel in a session: who feels little "
            "loses hope, whatever the arm."
        )
    told.append("Everybody has the visits and the attention of a trial up to the last visit.")
    return tuple(told)


def _given(plan: Plan, k: int) -> str:
    policy = plan.policies[k]
    text = _when(plan.own[k].text)
    return text if policy is None else f"{text}; {policy.describe()}"


def _when(text: str) -> str:
    """Return a regimen's words with delays as readers say them."""
    text = re.sub(r" delayed by -(\S+ \S+)", r" \1 before", text)
    return re.sub(r" delayed by (\S+ [^\s;,]+)", r", from \1 on", text)


def _arm(found: Replicate, group: Group, table: ArmTable, given: str) -> ArmResult:
    record = group.record
    values = found.patients.take(group.rows).values
    return ArmResult(
        name=table.name,
        given=given,
        control=table.control,
        scores=record.scores,
        left_h=record.left_h,
        left_why=tuple(str(why) for why in record.left_why),
        strata=group.strata,
        sequence=group.sequence,
        people={told: values[symbol] for symbol, told in _PEOPLE_SHOWN.items() if symbol in values},
    )


def _profile_scale(plan: Plan) -> str:
    primary = plan.endpoints[plan.trial.endpoints.index(plan.trial.primary)]
    return primary.scale if primary.scale in plan.scales else plan.scales[0]


def _endpoint(plan: Plan, found: Replicate, k: int, primary: bool) -> EndpointResult:
    """Return one endpoint of every patient of every arm."""
    table, endpoint = plan.trial.endpoints[k], plan.endpoints[k]
    kind = _kind(endpoint)
    values, happened = {}, {}
    for arm, group in zip(plan.trial.arms, found.groups, strict=True):
        mine, record = _on_its_clock(plan, endpoint, group)
        if kind == TIME:
            values[arm.name], happened[arm.name] = times_to_relapse(mine, record)
        else:
            values[arm.name] = per_patient(mine, record)
    return EndpointResult(
        name=table.name,
        what=endpoint_words(table, endpoint),
        kind=kind,
        values=values,
        unit=_unit(plan, endpoint),
        scale=endpoint.scale if endpoint.scale in plan.scales else "",
        at_h=endpoint.at_h if kind == CHANGE and endpoint.at_h is not None else float("nan"),
        happened=happened,
        event_is_bad=endpoint.word in BAD_EVENTS,
        missing="left out" if endpoint.among else "failure",
        primary=primary,
    )


def _kind(endpoint: Endpoint) -> str:
    """Return how an endpoint is analysed: repeated measures are of changes from the baseline."""
    if endpoint.word == "change" and endpoint.from_h:
        return LEVEL
    return _KINDS.get(endpoint.word, LEVEL if endpoint.word in _LEVELS else SHARE)


def _on_its_clock(plan: Plan, endpoint: Endpoint, group: Group) -> tuple[Endpoint, Record]:
    """Return endpoint and record on one clock: relapse after a lead-in counts from its start."""
    if plan.trial.lead_in is None or endpoint.word not in RELAPSES:
        return endpoint, group.record
    later = {
        name: None if (value := getattr(endpoint, name)) is None else value + plan.start_h
        for name in ("from_h", "to_h", "among_at_h")
    }
    return replace(endpoint, **later), group.whole


def _unit(plan: Plan, endpoint: Endpoint) -> str:
    if endpoint.scale in scales() or endpoint.word not in _LEVELS:
        return endpoint.unit
    return plan.model.outputs[endpoint.scale].unit


def endpoint_words(table: EndpointTable, endpoint: Endpoint) -> str:
    """Return an endpoint in words: ``"change in MADRS at 24 h"``."""
    word, scale = endpoint.word, _FELT.get(endpoint.scale, endpoint.scale)
    unit = {"dSBP": " mmHg", "dDBP": " mmHg", "dHR": " beats/min"}.get(endpoint.scale, "")
    joined = {"score": f"{scale}", "change": f"change in {scale}", "peak": f"peak {scale}"}
    joined["percent change"] = f"change in {scale} in %"
    joined["share above"] = f"{scale} of {endpoint.threshold or 0:g}{unit} or more"
    text = joined.get(word, word)
    if word not in joined and word != "dropout" and scale != "MADRS":
        text = f"{text} on {scale}"
    if defined := _defined(endpoint):
        text = f"{text} ({defined})"
    if endpoint.among:
        text = f"{text} among {endpoint.among}"
    for key, when in (("at", table.at), ("from", table.from_), ("to", table.to)):
        text = f"{text} {key} {when}" if when else text
    return text


def _defined(endpoint: Endpoint) -> str:
    """Return by which scores an endpoint is reached, where the file says so."""
    scale, parts = endpoint.scale, []
    if endpoint.word in RELAPSES:
        if endpoint.threshold is not None:
            parts.append(f"{scale} of {endpoint.threshold:g} or more")
        elif endpoint.share is not None:
            parts.append(f"{scale} less than {100 * endpoint.share:g} % below baseline")
        if endpoint.consecutive > 1:
            parts.append(f"at {endpoint.consecutive} visits in a row")
        text = " ".join(parts)
        at_risk = f"at risk: {scale} of {endpoint.cut:g} or less" if endpoint.cut else ""
        return "; ".join(part for part in (text, at_risk) if part)
    if endpoint.share is not None:
        parts.append(f"{scale} down by {100 * endpoint.share:g} %")
    if endpoint.cut is not None:
        parts.append(f"{scale} of {endpoint.cut:g} or less")
    return " and ".join(parts)


def _lead_in(plan: Plan, found: Replicate) -> LeadIn | None:
    """Return what happened before randomisation."""
    if plan.trial.lead_in is None or found.lead_in is None:
        return None
    left = np.isnan(found.lead_in.scores[plan.entry.scale][:, -1])
    table = plan.trial.lead_in
    return LeadIn(
        given=f"{_when(steps_regimen(table.regimen).text)}, open label",
        entered=found.patients.n,
        left=int(left.sum()),
        not_eligible=int((~left & ~found.qualified).sum()),
        rule=f"{table.randomise} at {table.until}",
    )


def _peaks(plan: Plan, found: Replicate) -> Mapping[str, Mapping[str, np.ndarray]]:
    """Return the greatest value of each recorded output after randomisation, by arm."""
    peaks: dict[str, dict[str, np.ndarray]] = {}
    for name in plan.outputs:
        endpoint = Endpoint("peak", name)
        peaks[name] = {
            arm.name: per_patient(endpoint, group.record)
            for arm, group in zip(plan.trial.arms, found.groups, strict=True)
        }
    return peaks
