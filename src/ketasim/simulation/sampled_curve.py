"""Sampled concentration curves: checked, of one shape, what is missing moved to the end."""

from __future__ import annotations

import math

import numpy as np

from ketasim.errors import UserError


def checked(times_h: np.ndarray, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return times and concentrations of one shape, missing samples moved to the end.

    Raises
    ------
    UserError
        Times that do not ascend, a negative or infinite value, or shapes that do not fit.
    """
    c = np.asarray(concentration, dtype=float)
    t = np.asarray(times_h, dtype=float)
    if not c.ndim or not c.shape[-1] or t.shape[-1:] != c.shape[-1:]:
        raise UserError(f"times: {t.shape} times do not fit {c.shape} concentrations")
    t = np.broadcast_to(t, c.shape)
    gone = np.isnan(c)
    if np.any(np.isnan(t) & ~gone) or np.any(np.isinf(t)):
        raise UserError("times: a sample has no finite time")
    bad = np.argwhere((c < 0) | np.isinf(c))
    if len(bad):
        place = tuple(bad[0])
        why = "is negative" if c[place] < 0 else "is not a finite number"
        raise UserError(f"concentration: {c[place]:g} at {t[place]:g} h {why}")
    if gone.any():
        order = np.argsort(gone, axis=-1, kind="stable")
        gone = np.take_along_axis(gone, order, axis=-1)
        t = np.where(gone, math.nan, np.take_along_axis(t, order, axis=-1))
        c = np.take_along_axis(c, order, axis=-1)
    back = np.argwhere(np.diff(t, axis=-1) <= 0)
    if len(back):
        *row, place = back[0]
        before, here = t[(*row, place)], t[(*row, place + 1)]
        raise UserError(f"times: {here:g} h stands after {before:g} h; times must ascend")
    return t, c


def last_above_zero(t: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return time and size of the last concentration above zero, NaN where there is none."""
    above = c > 0
    place = c.shape[-1] - 1 - np.argmax(above[..., ::-1], axis=-1)[..., None]
    none = ~above.any(axis=-1)
    found = [np.take_along_axis(each, place, axis=-1)[..., 0] for each in (t, c)]
    return np.where(none, math.nan, found[0]), np.where(none, math.nan, found[1])
