"""Relapse: who can, who does, and when."""

from __future__ import annotations

import math

import numpy as np

from ketasim.trial.endpoint_values import TOLERANCE_H, belongs, column, scores_of
from ketasim.trial.endpoint_words import Endpoint
from ketasim.trial.record import Record
from ketasim.trial.scales import scale as scale_of
from ketasim.trial.time_to_event import kaplan_meier, median_time

H_PER_DAY = 24.0
_POINTS = 1e-9


def times_to_relapse(endpoint: Endpoint, record: Record) -> tuple[np.ndarray, np.ndarray]:
    """Return how long those at risk stayed well, and whether they relapsed.

    Parameters
    ----------
    endpoint : Endpoint
        Relapse, relapse-free or time to relapse.
    record : Record

    Returns
    -------
    days : ndarray, shape (n,)
        From ``from_h`` to the visit that showed the relapse, or to the last visit seen [d]; NaN
        for those who are not at risk.
    happened : ndarray of bool, shape (n,)
        False: censored.
    """
    start = column(record, endpoint.from_h)
    scores = scores_of(endpoint, record)
    at_risk = _at_risk(endpoint, record)
    last_h = record.times_h[-1] if endpoint.to_h is None else endpoint.to_h
    later = np.arange(start + 1, len(record.times_h))
    later = later[record.times_h[later] <= last_h + TOLERANCE_H]
    times, from_h = record.times_h[later], record.times_h[start]
    back = _relapsed(endpoint, scores, later)
    happened = back.any(axis=1) & at_risk
    last_seen = np.where(np.isnan(scores[:, later]), from_h, times).max(axis=1, initial=from_h)
    until = last_seen
    if len(later):
        until = np.where(happened, times[np.argmax(back, axis=1)], last_seen)
    return np.where(at_risk, (until - from_h) / H_PER_DAY, np.nan), happened


def relapse_of_each(endpoint: Endpoint, record: Record) -> np.ndarray:
    """Return relapse, or its absence up to the end of the window, shape (n,).

    Relapse: 1 or 0 of those at risk, who count as well once they are out of sight. Relapse-free:
    1 of those at risk who are still there without one; without ``among`` everybody else counts
    as 0, and with it those not at risk as missing.
    """
    days, happened = times_to_relapse(endpoint, record)
    at_risk = ~np.isnan(days)
    if endpoint.word == "relapse":
        return np.where(at_risk, happened, np.nan)
    end_h = record.times_h[-1] if endpoint.to_h is None else endpoint.to_h
    known = happened | (record.left_h >= end_h - TOLERANCE_H)
    values = np.where(known, 1.0 - happened, 0.0 if endpoint.missing == "failure" else np.nan)
    if endpoint.among is not None:
        return np.where(at_risk, values, np.nan)
    unseen = np.isnan(scores_of(endpoint, record)[:, 0])
    return np.where(at_risk, values, np.where(unseen, np.nan, 0.0))


def relapse_of_group(endpoint: Endpoint, record: Record, statistic: str) -> float:
    """Return a group's median or mean time [d], or a Kaplan-Meier share [%]."""
    days, happened = times_to_relapse(endpoint, record)
    at_risk = ~np.isnan(days)
    share_at_risk = float(np.mean(at_risk)) if record.n else math.nan
    days, happened = days[at_risk], happened[at_risk]
    if len(days) == 0:
        return math.nan
    if statistic == "Kaplan-Meier":
        to_h = record.times_h[-1] if endpoint.to_h is None else endpoint.to_h
        until_d = (to_h - (endpoint.from_h or 0.0)) / H_PER_DAY + TOLERANCE_H
        well, _, _ = kaplan_meier(days, happened).at(until_d)
        if endpoint.word != "relapse-free":
            return 100.0 * (1.0 - well)
        return 100.0 * well * (1.0 if endpoint.among else share_at_risk)
    if statistic == "median":
        return median_time(kaplan_meier(days, happened))[0]
    relapsed = days[happened]
    if statistic == "sd":
        return float(np.std(relapsed, ddof=1)) if len(relapsed) > 1 else math.nan
    return float(np.mean(relapsed)) if len(relapsed) else math.nan


def _at_risk(endpoint: Endpoint, record: Record) -> np.ndarray:
    """Return who can relapse: responders, unless another group or a cut of remission is named."""
    usual = "responders" if endpoint.cut is None else "remitters"
    return belongs(endpoint, record, endpoint.among or usual)


def _relapsed(endpoint: Endpoint, scores: np.ndarray, later: np.ndarray) -> np.ndarray:
    """Return at which of the later visits a relapse begins, shape (n, later)."""
    now = scores[:, later]
    if endpoint.threshold is not None:
        high = now >= endpoint.threshold
    else:
        usual = scale_of(endpoint.scale).response_share
        share = usual if endpoint.share is None else endpoint.share
        high = now > (1.0 - share) * scores[:, :1] + _POINTS
    run = high.copy()
    for ahead in range(1, endpoint.consecutive):
        shifted = np.zeros_like(high)
        shifted[:, : max(0, high.shape[1] - ahead)] = high[:, ahead:]
        run &= shifted
    return run
