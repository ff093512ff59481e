"""Endpoints read off a record, one value for each patient."""

from __future__ import annotations

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.trial.endpoint_words import COURSE, RELAPSE, Endpoint
from ketasim.trial.readings import read_name
from ketasim.trial.record import Record
from ketasim.trial.scales import scale as scale_of

TOLERANCE_H = 1e-6
_POINTS = 1e-9


def at_visit(endpoint: Endpoint, record: Record) -> np.ndarray:
    """Return score, change, response or remission at one visit, shape (n,)."""
    word = endpoint.word
    if word == "score" and endpoint.scale in record.outputs:
        return _output_at(endpoint, record)
    scores = scores_of(endpoint, record)
    now = scores[:, column(record, endpoint.at_h)]
    if word == "score":
        return now
    before = scores[:, 0 if endpoint.from_h is None else column(record, endpoint.from_h)]
    if word == "change":
        return now - before
    if word == "percent change":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(before > 0, 100.0 * (now - before) / before, np.nan)
    if word == "remission":
        met = remits(endpoint, now, endpoint.cut)
    else:
        met = responds(endpoint, scores, now, endpoint.share, endpoint.cut)
    return np.where(np.isnan(now), _if_missing(endpoint, scores), met)


def over_course(endpoint: Endpoint, record: Record) -> np.ndarray:
    """Return any response, any remission or sustained response, shape (n,).

    Whoever misses a visit has not sustained a response; who misses all has had none or, where
    missing scores stay missing, is missing.
    """
    assert endpoint.word in COURSE
    scores = scores_of(endpoint, record)
    now = scores[:, _window(endpoint, record)]
    if endpoint.word == "any remission":
        met = remits(endpoint, now, endpoint.cut)
    else:
        met = responds(endpoint, scores, now, endpoint.share, endpoint.cut)
    if endpoint.word == "sustained response":
        return np.where(np.isnan(scores[:, 0]), np.nan, met.all(axis=1))
    unseen = np.isnan(now).all(axis=1)
    return np.where(unseen, _if_missing(endpoint, scores), met.any(axis=1))


def acute(endpoint: Endpoint, record: Record) -> np.ndarray:
    """Return the greatest value in the window, or whether it reaches the threshold, (n,).

    Outputs that are read with an error (`readings`) have the greatest reading, where there is one.
    """
    times, values = _acute_values(endpoint, record)
    start = times[0] if endpoint.from_h is None else endpoint.from_h
    end = times[-1] if endpoint.to_h is None else endpoint.to_h
    inside = (times >= start - TOLERANCE_H) & (times <= end + TOLERANCE_H)
    if not inside.any():
        raise UserError(f"endpoint: nothing recorded from {start:g} to {end:g} h")
    seen = ~np.isnan(values[:, inside])
    top = np.where(seen, values[:, inside], -np.inf).max(axis=1, initial=-np.inf)
    top = np.where(seen.any(axis=1), top, np.nan)
    if endpoint.word == "peak":
        return top
    return np.where(np.isnan(top), np.nan, top >= endpoint.threshold)


def left(endpoint: Endpoint, record: Record) -> np.ndarray:
    """Return who has left by the end, shape (n,)."""
    end = endpoint.at_h if endpoint.at_h is not None else endpoint.to_h
    gone = record.left_h <= (record.times_h[-1] if end is None else end)
    if endpoint.reason is not None:
        gone &= record.left_why == endpoint.reason
    return gone.astype(float)


def belongs(endpoint: Endpoint, record: Record, among: str) -> np.ndarray:
    """Return who belongs to a group, as a mask of shape (n,)."""
    if among == "completers":
        return record.left_h >= record.times_h[-1]
    when = endpoint.among_at_h
    when = endpoint.from_h if when is None else when
    when = endpoint.at_h if when is None else when
    if when is None:
        raise UserError(f"among: '{among}' needs from, the visit at which they are found")
    scores = scores_of(endpoint, record)
    now = scores[:, column(record, when)]
    if "remitters" in among:
        met = remits(endpoint, now, endpoint.cut if endpoint.word in RELAPSE else None)
    else:
        met = responds(endpoint, scores, now)
    return ~np.isnan(now) & (~met if among.startswith("non-") else met)


def column(record: Record, at_h: float | None) -> int:
    """Return the place of the visit at that time, or raise UserError naming the visits."""
    assert at_h is not None
    near = np.flatnonzero(np.abs(record.times_h - at_h) <= TOLERANCE_H)
    if len(near) == 0:
        shown = ", ".join(f"{t:g}" for t in record.times_h)
        raise UserError(f"endpoint: no visit at {at_h:g} h; visits are at {shown} h")
    return int(near[0])


def scores_of(endpoint: Endpoint, record: Record) -> np.ndarray:
    """Return the scores of the endpoint's scale, carried forward where it says so."""
    known = [*record.scores, *(record.outputs if endpoint.word == "score" else ())]
    if endpoint.scale not in record.scores:
        raise UserError(f"scale: {endpoint.scale} is not recorded{nearest(endpoint.scale, known)}")
    scores = record.scores[endpoint.scale]
    return _carried(scores) if endpoint.missing == "carried" else scores


def responds(
    endpoint: Endpoint,
    scores: np.ndarray,
    now: np.ndarray,
    share: float | None = None,
    cut: float | None = None,
) -> np.ndarray:
    """Return where the score has fallen enough since baseline, shape of ``now``."""
    share = scale_of(endpoint.scale).response_share if share is None else share
    start = scores[:, 0].reshape(-1, *[1] * (now.ndim - 1))
    met = now <= (1.0 - share) * start + _POINTS
    return met if cut is None else met & (now <= cut)


def remits(endpoint: Endpoint, now: np.ndarray, cut: float | None = None) -> np.ndarray:
    """Return where the score is at or below the cut, shape of ``now``."""
    cut = scale_of(endpoint.scale).remission_cut if cut is None else cut
    if cut is None:
        raise UserError(f"endpoint: {endpoint.scale} has no usual cut of remission; give cut")
    return now <= cut


def _carried(scores: np.ndarray) -> np.ndarray:
    """Return scores with gaps filled by the last one before."""
    place = np.where(np.isnan(scores), 0, np.arange(scores.shape[1]))
    return np.take_along_axis(scores, np.maximum.accumulate(place, axis=1), axis=1)


def _if_missing(endpoint: Endpoint, scores: np.ndarray) -> np.ndarray:
    """Return what a missing score makes of a patient: NaN, or a failure if there was a baseline."""
    if endpoint.missing != "failure":
        return np.full(len(scores), np.nan)
    return np.where(np.isnan(scores[:, 0]), np.nan, 0.0)


def _window(endpoint: Endpoint, record: Record) -> np.ndarray:
    """Return the places of the visits in the window."""
    times = record.times_h
    start = times[0] + 2 * TOLERANCE_H if endpoint.from_h is None else endpoint.from_h
    end = times[-1] if endpoint.to_h is None else endpoint.to_h
    inside = np.flatnonzero((times >= start - TOLERANCE_H) & (times <= end + TOLERANCE_H))
    if len(inside) == 0:
        raise UserError(f"endpoint: no visit from {start:g} to {end:g} h")
    return inside


def _output_at(endpoint: Endpoint, record: Record) -> np.ndarray:
    """Return an output of the model at a time, between two of its own if need be."""
    at_h, fine = endpoint.at_h or 0.0, record.fine_h
    if not fine[0] - TOLERANCE_H <= at_h <= fine[-1] + TOLERANCE_H:
        raise UserError(
            f"endpoint: {endpoint.scale} is not recorded at {at_h:g} h, only from {fine[0]:g} "
            f"to {fine[-1]:g} h"
        )
    values = record.outputs[endpoint.scale]
    near = int(np.argmin(np.abs(fine - at_h)))
    if abs(fine[near] - at_h) <= TOLERANCE_H:
        return values[:, near]
    right = int(np.searchsorted(fine, at_h))
    part = (at_h - fine[right - 1]) / (fine[right] - fine[right - 1])
    return (1 - part) * values[:, right - 1] + part * values[:, right]


def _acute_values(endpoint: Endpoint, record: Record) -> tuple[np.ndarray, np.ndarray]:
    """Return times [h] and values of an output, as read where it is read, or of a scale."""
    name = endpoint.scale
    if name in record.scores:
        return record.times_h, record.scores[name]
    if name not in record.outputs:
        known = [*record.outputs, *record.scores]
        raise UserError(f"scale: {name} is not recorded{nearest(name, known)}")
    true = record.outputs[name]
    seen = record.outputs.get(read_name(name))
    if seen is None:
        return record.fine_h, true
    unread = np.asarray(np.isnan(seen).all(axis=1))
    return record.fine_h, np.where(unread[:, None], true, seen)
