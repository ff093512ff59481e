"""What is computed from a concentration curve, and of which kind the number is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ketasim.simulation.noncompartmental import half_life

AFTER_LAST_H = 96.0  # followed so long after the last dose for what goes to infinity
PEAK_WITHIN_H = 24.0  # a peak is looked for so long after the last dose
READ_AT = 13  # even times at which a slope is read, so that a dense grid weighs nothing
NEGLIGIBLE = 1e-6  # of the peak: below it the solver's rounding hides the slope
HALVED = 0.5  # a response is a score halved; an effect is half gone at half its size
TENTH = 0.1  # of the greatest departure: what is smaller counts as gone
TIMES = ("time of peak", "time to half", "time above")
POINTS = ("value", "concentration", "response")  # read at one time: no dense grid is needed
_LAST_SHARE = 0.25  # share of the curve, at its end, whose slope carries AUC to infinity


@dataclass(frozen=True)
class Measure:
    """One kind of number that a study reports.

    Attributes
    ----------
    label : str
    kind : str
        Key of `quantities.KINDS`; empty for an output in its own unit.
    needs : tuple of str
        Fields of a finding that it cannot do without.
    may : tuple of str
        Fields that it also understands.
    of_output : bool
        Whether it is read from an output, not from an analyte.
    """

    label: str
    kind: str
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    of_output: bool = False


_WINDOW = ("from", "to")
MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "Cmax": Measure("highest concentration in the window", "concentration", (), _WINDOW),
        "Tmax": Measure("time of the highest, after the last dose", "time", (), _WINDOW),
        "concentration": Measure("concentration `at` a time", "concentration", ("at",)),
        "AUC": Measure("area under the curve; without `to`, to infinity", "exposure", (), _WINDOW),
        "AUC ratio": Measure(
            "AUC over that of `over`, both in nmol/L·h", "ratio", ("over",), _WINDOW
        ),
        "half-life": Measure("ln 2 over the slope of ln c in the window", "time", _WINDOW),
        "clearance": Measure("dose of the analyte over AUC to infinity", "clearance"),
        "volume": Measure("steady-state volume, clearance × mean residence time", "volume"),
        "F": Measure("AUC per dose over that of the comparator", "share", ("comparator",)),
        "value": Measure("an output `at` a time, in its own unit", "", ("at",), of_output=True),
        "mean": Measure("an output's mean over the window", "", _WINDOW, of_output=True),
        "peak": Measure("an output's highest value in the window", "", _WINDOW, of_output=True),
        "trough": Measure("an output's lowest value in the window", "", _WINDOW, of_output=True),
        "time of peak": Measure(
            "when an output is farthest from where the window begins, after the last dose",
            "time",
            _WINDOW,
            of_output=True,
        ),
        "time to half": Measure(
            "from there until half of that departure is left", "time", _WINDOW, of_output=True
        ),
        "time above": Measure(
            "how long more than a tenth of that departure is there",
            "time",
            _WINDOW,
            of_output=True,
        ),
        "response": Measure(
            "share of people whose score, as MADRS, has halved `at` a time",
            "share",
            ("at",),
            of_output=True,
        ),
    }
)


@dataclass(frozen=True)
class Request:
    """A number wanted of a curve.

    Attributes
    ----------
    measure : str
    start_h, end_h : float
        On the regimen's clock; ``end_h`` infinite for AUC to infinity.
    """

    measure: str
    start_h: float = 0.0
    end_h: float = np.inf


def evaluate(request: Request, times_h: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """Return the number for each person.

    Parameters
    ----------
    request : Request
        A key of `MEASURES` that is read from one curve, or ``AUMC``; times count from time 0.
    times_h : ndarray, shape (times,)
        Holds the ends of the window.
    curve : ndarray, shape (n, times)

    Returns
    -------
    ndarray, shape (n,)
    """
    inside = (times_h >= request.start_h - 1e-9) & (times_h <= request.end_h + 1e-9)
    t, c = times_h[inside], curve[:, inside]
    if request.measure in ("concentration", "value"):
        return curve[:, int(np.argmin(np.abs(times_h - request.start_h)))]
    if request.measure == "response":
        now = curve[:, int(np.argmin(np.abs(times_h - request.start_h)))]
        return (now <= HALVED * curve[:, 0]).astype(float)
    if request.measure == "mean":
        return _area(t, c) / (t[-1] - t[0])
    if request.measure == "trough":
        return c.min(axis=1)
    if request.measure in TIMES:
        return _times_of(t, c)[TIMES.index(request.measure)]
    if request.measure in ("Cmax", "peak"):
        return c.max(axis=1)
    if request.measure == "Tmax":
        return t[c.argmax(axis=1)]
    if request.measure == "half-life":
        return np.log(2) / _fall(t, c)
    if request.measure == "AUMC":
        return _area(t, t * c) + _tail(request, t, c, moment=1)
    return _area(t, c) + _tail(request, t, c, moment=0)


def _times_of(t: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the three times of `TIMES`; NaN for a half that is not reached in the window."""
    away = np.abs(c - c[:, :1])
    at, most = away.argmax(axis=1), away.max(axis=1)[:, None]
    later = np.arange(len(t)) > at[:, None]
    half = later & (away <= HALVED * most)
    until = np.where(half.any(axis=1), t[half.argmax(axis=1)] - t[at], np.nan)
    return t[at], until, _area(t, (away > TENTH * most).astype(float))


def _area(t: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return the area under each curve: plain trapezoids, for simulated times are dense."""
    return ((c[:, 1:] + c[:, :-1]) / 2) @ np.diff(t)


def _fall(t: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return the rate [1/h] at which each curve falls, read at even times; NaN if it rises."""
    even = np.linspace(t[0], t[-1], READ_AT)
    levels = np.array([np.interp(even, t, row) for row in c])
    # Below zero is the solver's rounding at the end of a curve; what is zero is not read.
    return half_life(even, np.maximum(levels, 0.0), (t[0], t[-1])).slope_per_h


def _tail(request: Request, t: np.ndarray, c: np.ndarray, moment: int) -> np.ndarray:
    """Return what lies beyond the last time, where the window has no end."""
    if np.isfinite(request.end_h):
        return np.zeros(len(c))
    late = t >= t[-1] - _LAST_SHARE * (t[-1] - t[0])
    last, rate = c[:, -1], _fall(t[late], c[:, late])
    area = np.where(last > NEGLIGIBLE * c.max(axis=1), last / rate, 0.0)
    return area if moment == 0 else area * (t[-1] + 1 / rate)
