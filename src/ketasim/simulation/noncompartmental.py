"""Summaries of concentration curves without a model: peak, area, half-life, clearance, volume.

Plain functions of times and concentrations, observed or simulated. Concentrations have any
leading axes and time last; NaN is a sample that is not there. The rules are the field's own: a
linear trapezoid upwards and a logarithmic one downwards (Purves 1992, J Pharmacokinet Biopharm
20:211), a terminal line chosen by adjusted r2 unless a window is stated, and mean residence time
corrected for the infusion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.simulation.sampled_curve import checked, last_above_zero
from ketasim.simulation.terminal_slope import HalfLife, half_life

METHODS = ("linear-up log-down", "linear")
UNITS = {
    "cmax": "ng/mL",
    "tmax_h": "h",
    "clast": "ng/mL",
    "tlast_h": "h",
    "auc_last": "ng*h/mL",
    "auc_inf": "ng*h/mL",
    "extrapolated": "fraction",
    "half_life_h": "h",
    "mrt_h": "h",
    "clearance_L_h": "L/h",
    "vss_L": "L",
}


@dataclass(frozen=True, eq=False)
class Summary:
    """What a curve says without a model; every array has the curves' leading shape.

    Attributes
    ----------
    cmax, clast : ndarray
        Largest, and last concentration above zero [ng/mL].
    tmax_h, tlast_h : ndarray
        When [h].
    auc_last : ndarray
        Area from the dose to ``tlast_h`` [ng*h/mL].
    auc_inf : ndarray
        With ``clast`` over the terminal slope added [ng*h/mL].
    extrapolated : ndarray
        Share of ``auc_inf`` that was added.
    terminal : HalfLife
        Half-life with the window it was read in.
    mrt_h : ndarray
        Mean residence time, less half the infusion [h]; by mouth it holds the absorption too.
    clearance_L_h, vss_L : ndarray
        Dose over ``auc_inf`` [L/h], and that times ``mrt_h`` [L]; by mouth both are over F.
    """

    cmax: np.ndarray
    tmax_h: np.ndarray
    clast: np.ndarray
    tlast_h: np.ndarray
    auc_last: np.ndarray
    auc_inf: np.ndarray
    extrapolated: np.ndarray
    terminal: HalfLife
    mrt_h: np.ndarray
    clearance_L_h: np.ndarray
    vss_L: np.ndarray


def summary(
    times_h: np.ndarray,
    concentration: np.ndarray,
    *,
    dose_mg: float | np.ndarray = math.nan,
    duration_h: float | np.ndarray = 0.0,
    window_h: tuple[float, float] | None = None,
    method: str = "linear-up log-down",
) -> Summary:
    """Summarize curves after one dose given at time 0.

    Parameters
    ----------
    times_h : array_like, shape (times,) or (..., times)
        Hours since the dose began, ascending; the first is where the area begins.
    concentration : array_like, shape (..., times)
        [ng/mL]; NaN is no sample.
    dose_mg : float or ndarray, shape (...)
        For clearance and volume.
    duration_h : float or ndarray, shape (...)
        Length of the infusion [h].
    window_h : (float, float), optional
        Where the half-life is read; chosen by adjusted r2 otherwise.
    method : str
        Of `METHODS`.

    Raises
    ------
    UserError
        Times that do not ascend, a negative or infinite concentration, shapes that do not fit.
    """
    t, c = checked(times_h, concentration)
    peak, when = cmax(t, c), tmax(t, c)
    last_h, last = last_above_zero(t, c)
    fit = half_life(t, c, window_h)
    area = auc(t, c, None, last_h, method=method)
    tail = last / fit.slope_per_h
    whole = area + tail
    moment = _moment(t, c, last_h, method) + last * last_h / fit.slope_per_h
    moment = moment + last / fit.slope_per_h**2
    with np.errstate(divide="ignore", invalid="ignore"):
        mrt = moment / whole - np.asarray(duration_h) / 2
        clearance = np.asarray(dose_mg) * 1e3 / whole  # mg / (ng*h/mL) = 1000 L/h
        share = tail / whole
    return Summary(
        peak, when, last, last_h, area, whole, share, fit, mrt, clearance, clearance * mrt
    )


def cmax(times_h: np.ndarray, concentration: np.ndarray) -> np.ndarray:
    """Return the largest concentration, NaN where there is no sample at all; shape (...)."""
    _, c = checked(times_h, concentration)
    top = np.max(np.where(np.isnan(c), -math.inf, c), axis=-1)
    return np.where(np.isneginf(top), math.nan, top)


def tmax(times_h: np.ndarray, concentration: np.ndarray) -> np.ndarray:
    """Return when the largest concentration first stands [h]; shape (...)."""
    t, c = checked(times_h, concentration)
    place = np.argmax(np.where(np.isnan(c), -math.inf, c), axis=-1)
    found = np.take_along_axis(t, place[..., None], axis=-1)[..., 0]
    return np.where(np.all(np.isnan(c), axis=-1), math.nan, found)


def auc(
    times_h: np.ndarray,
    concentration: np.ndarray,
    start_h: float | np.ndarray | None = None,
    end_h: float | np.ndarray | None = None,
    *,
    method: str = "linear-up log-down",
) -> np.ndarray:
    """Return the area under curves between two times.

    Parameters
    ----------
    times_h, concentration, method
        As in `summary`.
    start_h, end_h : float or ndarray, shape (...), optional
        Edges [h]; between two samples the curve is read as the method draws it. Default: first
        and last sample. Infinity as the end adds the last concentration above zero over the
        terminal slope (see `half_life`).

    Returns
    -------
    ndarray, shape (...)
        Concentration times h; NaN where an edge lies outside the samples or the end before the
        start, or for infinity where there is no terminal slope.
    """
    t, c = checked(times_h, concentration)
    if end_h is not None and np.ndim(end_h) == 0 and math.isinf(float(end_h)):
        last_h, last = last_above_zero(t, c)
        slope = half_life(t, c).slope_per_h
        return auc(t, c, start_h, last_h, method=method) + last / slope
    return _integral(t, c, start_h, end_h, method, moment=False)


def _moment(t: np.ndarray, c: np.ndarray, end_h: np.ndarray, method: str) -> np.ndarray:
    """Return the area under time times concentration, from the first sample to ``end_h``."""
    return _integral(t, c, None, end_h, method, moment=True)


def _integral(
    t: np.ndarray,
    c: np.ndarray,
    start_h: float | np.ndarray | None,
    end_h: float | np.ndarray | None,
    method: str,
    *,
    moment: bool,
) -> np.ndarray:
    """Return the integral of c, or of t times c, over the part of each interval inside."""
    if method not in METHODS:
        raise UserError(f"method: unknown {method!r}{nearest(method, METHODS)}")
    first, final = _edge(start_h, t), _edge(end_h, t, last=True)
    left, right = t[..., :-1], t[..., 1:]
    low = np.clip(first[..., None], left, right)
    high = np.clip(final[..., None], left, right)
    pair = c[..., :-1], c[..., 1:]
    falls = (pair[1] < pair[0]) & (pair[1] > 0) & (method != "linear")
    with np.errstate(divide="ignore", invalid="ignore"):
        k = np.where(falls, np.log(pair[0] / pair[1]) / (right - left), 0.0)
        at_low, at_high = (_between(left, right, *pair, falls, k, at) for at in (low, high))
        size = high - low
        area = np.where(falls, (at_low - at_high) / k, size * (at_low + at_high) / 2)
        if moment:
            line = size * (low * (2 * at_low + at_high) + high * (at_low + 2 * at_high)) / 6
            curve = (low * at_low - high * at_high) / k + (at_low - at_high) / k**2
            area = np.where(falls, curve, line)
    area = np.where((size > 0) & ~np.isnan(right), area, 0.0)
    has = ~np.isnan(t)
    begin, end = (np.where(has, t, fill) for fill in (math.inf, -math.inf))
    inside = (first >= begin.min(axis=-1)) & (final <= end.max(axis=-1)) & (first <= final)
    return np.where(inside, area.sum(axis=-1), math.nan)


def _edge(given: float | np.ndarray | None, t: np.ndarray, last: bool = False) -> np.ndarray:
    """Return an edge for each curve: as given, or its first or last sample."""
    if given is not None:
        return np.broadcast_to(np.asarray(given, dtype=float), t.shape[:-1])
    has = ~np.isnan(t)
    if last:
        found = np.where(has, t, -math.inf).max(axis=-1)
    else:
        found = np.where(has, t, math.inf).min(axis=-1)
    return np.where(np.isinf(found), math.nan, found)


def _between(
    left: np.ndarray,
    right: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    falls: np.ndarray,
    k: np.ndarray,
    at: np.ndarray,
) -> np.ndarray:
    """Return the concentration inside an interval, as the method draws it."""
    line = before + (after - before) * (at - left) / (right - left)
    return np.where(falls, before * np.exp(-k * (at - left)), line)
