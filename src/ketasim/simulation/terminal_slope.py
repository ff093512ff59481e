"""The half-life of a concentration curve, and always the window it was read in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ketasim.errors import UserError
from ketasim.simulation.sampled_curve import checked

LEAST = 3
"""Points a line needs."""
ALIKE = 1e-4
"""Adjusted r2 that counts as equal: of windows so alike, the longest is taken."""


@dataclass(frozen=True, eq=False)
class HalfLife:
    """Straight lines through logarithms of concentrations; arrays have the curves' shape.

    Attributes
    ----------
    half_life_h : ndarray
        NaN with a reason where there is none.
    slope_per_h : ndarray
        Rate constant of the fall [1/h], positive.
    log_start : ndarray
        Natural logarithm of the line at time 0.
    first_h, last_h : ndarray
        First and last point of the window that was used [h].
    points : ndarray of int
        Points in it.
    r2_adjusted : ndarray
    reason : ndarray of str
        Why there is none; empty where there is one.
    """

    half_life_h: np.ndarray
    slope_per_h: np.ndarray
    log_start: np.ndarray
    first_h: np.ndarray
    last_h: np.ndarray
    points: np.ndarray
    r2_adjusted: np.ndarray
    reason: np.ndarray


def half_life(
    times_h: np.ndarray, concentration: np.ndarray, window_h: tuple[float, float] | None = None
) -> HalfLife:
    """Return half-lives of curves, by a line through the logarithms.

    Parameters
    ----------
    times_h : array_like, shape (times,) or (..., times)
        Ascending [h].
    concentration : array_like, shape (..., times)
        NaN is no sample, 0 is left out of the line.
    window_h : (float, float), optional
        Take the points from the first to the second time, both included. Without it: the last
        three or more points after the peak (with it where it is the first point) with the best
        adjusted r2; of windows within 0.0001 of the best, the longest.

    Raises
    ------
    UserError
        As in `sampled_curve.checked`, or a window that ends before it begins.
    """
    t, c = checked(times_h, concentration)
    fits = c > 0
    if window_h is not None:
        first, last = map(float, window_h)
        if not first < last:
            raise UserError(f"window: {first:g} to {last:g} h ends before it begins")
        used = fits & (t >= first) & (t <= last)
        why = f"fewer than {LEAST} points from {first:g} to {last:g} h"
    else:
        used = _best(t, c, fits)
        why = f"fewer than {LEAST} points after the peak"
    return _lines(t, c, used, why)


def _best(t: np.ndarray, c: np.ndarray, fits: np.ndarray) -> np.ndarray:
    """Return the points of the best window that reaches to the last point, shape (..., times)."""
    place = np.arange(c.shape[-1])
    peak = np.argmax(np.where(np.isnan(c), -math.inf, c), axis=-1)[..., None]
    fits = fits & ((place > peak) | ((peak == 0) & (place == 0)))
    last = np.max(np.where(fits, t, -math.inf), axis=-1, keepdims=True)
    x = np.where(fits, t - np.where(np.isinf(last), 0.0, last), 0.0)
    y = np.log(np.where(fits, c, 1.0))
    mean = y.sum(axis=-1, keepdims=True) / np.maximum(fits.sum(axis=-1, keepdims=True), 1)
    y = np.where(fits, y - mean, 0.0)

    def later(each: np.ndarray) -> np.ndarray:
        return np.cumsum(each[..., ::-1], axis=-1)[..., ::-1]

    n = later(fits.astype(float))
    sx, sy, sxx, sxy, syy = (later(each) for each in (x, y, x * x, x * y, y * y))
    with np.errstate(divide="ignore", invalid="ignore"):
        across, along, up = n * sxy - sx * sy, n * sxx - sx * sx, n * syy - sy * sy
        r2 = across**2 / (along * up)
        adjusted = 1 - (1 - r2) * (n - 1) / (n - 2)
    possible = fits & (n >= LEAST) & (across < 0) & np.isfinite(adjusted)
    adjusted = np.where(possible, adjusted, -math.inf)
    best = adjusted.max(axis=-1, keepdims=True)
    alike = possible & (adjusted >= best - ALIKE)
    start = np.where(alike.any(axis=-1, keepdims=True), np.argmax(alike, axis=-1)[..., None], 0)
    return fits & (place >= start)


def _lines(t: np.ndarray, c: np.ndarray, used: np.ndarray, why: str) -> HalfLife:
    """Return the line through the points used of each curve."""
    n = used.sum(axis=-1)
    x, y = np.where(used, t, 0.0), np.where(used, np.log(np.where(used, c, 1.0)), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        at, level = x.sum(axis=-1) / n, y.sum(axis=-1) / n
        x = np.where(used, x - at[..., None], 0.0)
        y = np.where(used, y - level[..., None], 0.0)
        sxx, sxy, syy = ((a * b).sum(axis=-1) for a, b in ((x, x), (x, y), (y, y)))
        slope = -sxy / sxx
        left = np.sum((y + slope[..., None] * x) ** 2, axis=-1)
        adjusted = 1 - left / syy * (n - 1) / (n - 2)
    none = ~(c > 0).any(axis=-1)
    flat = (n >= LEAST) & ~(slope > 0)
    reason = np.select(
        [none, n < LEAST, flat], ["no concentration above zero", why, "no fall"], default=""
    )
    good = reason == ""
    slope = np.where(good, slope, math.nan)
    ends = [np.where(used, t, fill) for fill in (math.inf, -math.inf)]
    return HalfLife(
        half_life_h=math.log(2) / slope,
        slope_per_h=slope,
        log_start=level + slope * at,
        first_h=np.where(good, ends[0].min(axis=-1), math.nan),
        last_h=np.where(good, ends[1].max(axis=-1), math.nan),
        points=np.where(good, n, 0),
        r2_adjusted=np.where(good, adjusted, math.nan),
        reason=reason,
    )
