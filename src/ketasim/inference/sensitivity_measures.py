"""What a sensitivity is of: one number read off the course of one output, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ketasim.dosing.quantities import hours
from ketasim.errors import UserError, nearest
from ketasim.model import Model

DEFAULT_AT = ("24 h", "7 d")


@dataclass(frozen=True)
class Measure:
    """One way to read a number off a course.

    Attributes
    ----------
    word, meaning : str
    timed : bool
        Whether it is read at a time; otherwise it is of the whole course.
    of_control : bool
        Whether it needs a control arm.
    """

    word: str
    meaning: str
    timed: bool
    of_control: bool = False


_MEASURES = (
    Measure("value", "the output at a time", True),
    Measure("change", "the output at a time less that before the first dose", True),
    Measure("advantage", "the output in the control arm less that in the arm, at a time: "
            "positive where the arm is lower", True, True),
    Measure("peak", "the highest value of the course", False),
    Measure("trough", "the lowest value of the course", False),
    Measure("AUC", "the area under the course, by straight lines between times", False),
    Measure("time to half effect", "when half of the greatest change from the value before the "
            "first dose is first reached", False),
)  # fmt: skip
MEASURES: Mapping[str, Measure] = MappingProxyType({each.word: each for each in _MEASURES})
_ALIASES = MappingProxyType({"auc": "AUC", "half effect": "time to half effect",
                             "time-to-half-effect": "time to half effect"})  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    """One number that the model answers with.

    Attributes
    ----------
    measure : Measure
    output, unit : str
        ``unit`` is that of the number.
    at_h : float
        NaN for a measure of the whole course [h].
    """

    measure: Measure
    output: str
    unit: str
    at_h: float = math.nan

    def __str__(self) -> str:
        word, name = self.measure.word, self.output
        if not self.measure.timed:
            return f"{word} of {name}"
        when = f"{self.at_h:g} h" if self.at_h <= 48 else f"day {self.at_h / 24:g}"
        if word == "value":
            return f"{name} at {when}"
        return f"{word} {'in' if word == 'advantage' else 'of'} {name} at {when}"

    @property
    def key(self) -> str:
        """Name for a column or a file, such as ``MADRS_advantage_24h``."""
        word = self.measure.word.replace(" ", "_")
        when = f"_{self.at_h:g}h" if self.measure.timed else ""
        return f"{self.output}_{word}{when}"


def quantities(
    model: Model,
    outputs: Sequence[str],
    measures: Sequence[str],
    at: Sequence[str | float] | None,
    until_h: float,
    control: bool,
) -> tuple[Quantity, ...]:
    """Return every measure of every output, timed ones at each time.

    Parameters
    ----------
    model : Model
    outputs, measures : sequence of str
    at : sequence of str or float, optional
        Times as text (``"24 h"``) or in h; default: 24 h and 7 days, or the end of the course.
    until_h : float
        End of the course [h].
    control : bool
        Whether there is a control arm.

    Raises
    ------
    UserError
        An unknown output or measure, a time that cannot be read or lies beyond the course, an
        advantage without a control arm.
    """
    if not outputs or not measures:
        raise UserError("sensitivity: give at least one output and one measure")
    chosen = [_measure(word, control) for word in measures]
    timed = any(each.timed for each in chosen)
    at_h = [_time(text, until_h) for text in _asked(at, until_h)] if timed else []
    if not at_h and timed:
        raise UserError(f"at: no time; {chosen[0].word!r} is read at a time, such as '24 h'")
    found: dict[Quantity, None] = {}
    for name in outputs:
        if name not in model.outputs:
            raise UserError(f"output: no output {name!r}{nearest(name, model.outputs)}")
        for each in chosen:
            unit = _unit(each, model.outputs[name].unit)
            for when in at_h if each.timed else [math.nan]:
                found.setdefault(Quantity(each, name, unit, when))
    return tuple(found)


def _measure(word: str, control: bool) -> Measure:
    plain = " ".join(word.split())
    name = plain if plain in MEASURES else _ALIASES.get(plain.lower(), plain.lower())
    if name not in MEASURES:
        raise UserError(f"measure: unknown {word!r}{nearest(word, MEASURES)}")
    if MEASURES[name].of_control and not control:
        raise UserError(f"measure: {name!r} needs a control arm; nearest: 'change'")
    return MEASURES[name]


def _asked(at: Sequence[str | float] | None, until_h: float) -> Sequence[str | float]:
    if at is not None:
        return at
    return [text for text in DEFAULT_AT if hours(text) <= until_h] or [until_h]


def _time(text: str | float, until_h: float) -> float:
    at_h = float(text) if isinstance(text, int | float) else hours(text, "at")
    if not 0 <= at_h <= until_h:
        raise UserError(f"at: {text!r} lies outside the course, 0 to {until_h / 24:g} days")
    return at_h


def _unit(measure: Measure, unit: str) -> str:
    return {"AUC": f"{unit}·h", "time to half effect": "h"}.get(measure.word, unit)


def read_off(
    quantity: Quantity, times_h: np.ndarray, arm: np.ndarray, control: np.ndarray | None
) -> np.ndarray:
    """Return a quantity of each course.

    Parameters
    ----------
    quantity : Quantity
    times_h : ndarray, shape (times,)
        From 0; has every time that is asked for.
    arm, control : ndarray, shape (n, times)
        Courses of the quantity's output.

    Returns
    -------
    ndarray, shape (n,)
        NaN where a course is, or where nothing changes and a time is asked for.
    """
    word = quantity.measure.word
    if quantity.measure.timed:
        k = int(np.argmin(np.abs(times_h - quantity.at_h)))
        if word == "advantage":
            assert control is not None
            return control[:, k] - arm[:, k]
        return arm[:, k] - arm[:, 0] if word == "change" else arm[:, k].copy()
    if word == "AUC":
        return np.trapezoid(arm, times_h, axis=1)
    if word in ("peak", "trough"):
        return arm.max(axis=1) if word == "peak" else arm.min(axis=1)
    return _half_effect_h(times_h, arm)


def _half_effect_h(times_h: np.ndarray, courses: np.ndarray) -> np.ndarray:
    """Return when half of the greatest change is first reached, on a straight line [h]."""
    change = courses - courses[:, :1]
    who = np.arange(len(courses))
    most = change[who, np.argmax(np.abs(change), axis=1)]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = change / most[:, None]
        first = np.argmax(share >= 0.5, axis=1)
        before = np.maximum(first - 1, 0)
        low, high = share[who, before], share[who, first]
        part = (0.5 - low) / (high - low)
        found = times_h[before] + part * (times_h[first] - times_h[before])
    return np.where(np.isfinite(most) & (most != 0), found, np.nan)
