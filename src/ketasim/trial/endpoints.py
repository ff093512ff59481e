"""Endpoints: what a trial makes of its visits, for each patient and for a group.

The words are those of trial reports (`endpoint_words`). A missing score stays missing: shares
and means are of those observed, unless ``missing`` says otherwise.
"""

from __future__ import annotations

import math

import numpy as np

from ketasim.trial.endpoint_values import acute, at_visit, belongs, left, over_course
from ketasim.trial.endpoint_words import (
    AMONG,
    AT,
    BETTER_HIGH,
    COURSE,
    PEAKS,
    RELAPSE,
    SHARES,
    WINDOW,
    WORDS,
    Endpoint,
)
from ketasim.trial.record import Record
from ketasim.trial.relapses import relapse_of_each, relapse_of_group, times_to_relapse

__all__ = [
    "AMONG",
    "AT",
    "BETTER_HIGH",
    "COURSE",
    "PEAKS",
    "RELAPSE",
    "SHARES",
    "WINDOW",
    "WORDS",
    "Endpoint",
    "of_group",
    "per_patient",
    "times_to_relapse",
]


def per_patient(endpoint: Endpoint, record: Record) -> np.ndarray:
    """Return each patient's value, shape (n,); NaN is missing, or none of those that count.

    Scores in points, percent changes in %, times in days, everything that is or is not so 1 or
    0. Times to relapse are those observed, censored or not (see `times_to_relapse`).

    Raises
    ------
    UserError
        A scale or output the record lacks, or a time without a visit.
    """
    if endpoint.word == "time to relapse":
        return times_to_relapse(endpoint, record)[0]
    if endpoint.word in RELAPSE:
        return relapse_of_each(endpoint, record)
    if endpoint.word == "dropout":
        values = left(endpoint, record)
    elif endpoint.word in PEAKS:
        values = acute(endpoint, record)
    elif endpoint.word in AT:
        values = at_visit(endpoint, record)
    else:
        values = over_course(endpoint, record)
    if endpoint.among is None:
        return values
    return np.where(belongs(endpoint, record, endpoint.among), values, np.nan)


def of_group(endpoint: Endpoint, record: Record) -> float:
    """Return the group's value in the endpoint's unit; NaN where nobody counts."""
    times = endpoint.word == "time to relapse"
    statistic = endpoint.statistic or ("median" if times else "mean")
    if times or statistic == "Kaplan-Meier":
        return relapse_of_group(endpoint, record, statistic)
    values = per_patient(endpoint, record)
    values = values[~np.isnan(values)] * (100.0 if endpoint.is_share else 1.0)
    if len(values) == 0:
        return math.nan
    if statistic == "sd":
        return float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
    return float(np.median(values) if statistic == "median" else np.mean(values))
