"""What a course of treatment is to reach, as ``"relapse < 20 % at 26 weeks"``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ketasim.dosing.quantities import hours
from ketasim.errors import UserError, nearest

DEFAULT_AIM = "relapse < 20 % at 26 weeks"
DEFAULT_TIME = "26 weeks"
LONGEST_H = 2 * 365.25 * 24
RAISED_MMHG = 20.0
"""Rise of systolic pressure from which a day counts as one of raised pressure [mmHg].

Half of the 40 mmHg above which the esketamine label reports rises, so that a mean course shows.
"""


@dataclass(frozen=True)
class Measure:
    """Something a course of treatment is judged by.

    Attributes
    ----------
    word, unit, label : str
        Name, unit, and what an axis calls it.
    low_is_better : bool
    timed : bool
        Whether it is read at a time; otherwise it is of the whole course.
    meaning : str
    """

    word: str
    unit: str
    label: str
    low_is_better: bool
    timed: bool
    meaning: str


_MEASURES = (
    Measure("relapse", "%", "relapse (% of responders)", True, True,
            "responders after induction who are no longer so at two visits in a row"),
    Measure("response", "%", "response (% of patients)", False, True,
            "patients whose MADRS has fallen by half"),
    Measure("remission", "%", "remission (% of patients)", False, True,
            "patients with a MADRS of 10 or less"),
    Measure("MADRS", "points", "mean MADRS (points)", True, True, "mean observed score"),
    Measure("CADSS", "points", "dissociation (peak CADSS, points)", True, False,
            "mean over patients of everybody's highest CADSS"),
    Measure("days of raised BP", "d", "days of raised blood pressure", True, False,
            f"days on which systolic pressure rises by {RAISED_MMHG:g} mmHg or more"),
    Measure("cumulative dose", "mg", "cumulative dose (mg)", True, False,
            "mean over patients, free base"),
    Measure("sessions", "", "sessions with drug", True, False, "mean over patients"),
)  # fmt: skip
MEASURES: Mapping[str, Measure] = MappingProxyType({each.word: each for each in _MEASURES})
_ALIASES = MappingProxyType(
    {
        "days of raised blood pressure": "days of raised BP",
        "raised bp": "days of raised BP",
        "dose": "cumulative dose",
        "doses": "sessions",
        "peak cadss": "CADSS",
        "mean madrs": "MADRS",
    }
)
_UNITS = MappingProxyType(
    {"%": ("%",), "points": ("points", "point", ""), "d": ("d", "days", "day", ""),
     "mg": ("mg",), "": ("",)}
)  # fmt: skip
_FORM = re.compile(
    r"\s*(?P<word>[^<>=≤≥]+?)\s*(?P<sign><=|>=|<|>|≤|≥)\s*(?P<number>[+-]?[\d.]+(?:e[+-]?\d+)?)"
    r"\s*(?P<unit>%|[a-zA-Z]*?)\s*(?:\b(?:at|by)\s+(?P<at>.+?))?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Aim:
    """A measure, and how low or high it is to be.

    Attributes
    ----------
    measure : Measure
    limit : float
        In the measure's unit.
    strict : bool
        Whether the limit itself does not do.
    at_h, at : float, str
        When it is read, counted from the first session [h], and in words.
    """

    measure: Measure
    limit: float
    strict: bool
    at_h: float
    at: str

    @property
    def text(self) -> str:
        """The aim in words."""
        sign = "<" if self.measure.low_is_better else ">"
        unit = f" {self.measure.unit}" if self.measure.unit else ""
        when = f" at {self.at}" if self.measure.timed else ""
        return f"{self.measure.word} {sign}{'' if self.strict else '='} {self.limit:g}{unit}{when}"

    def met(self, value: float) -> bool:
        """Return whether a value reaches the aim; NaN does not."""
        if math.isnan(value):
            return False
        if not self.strict and value == self.limit:
            return True
        return value < self.limit if self.measure.low_is_better else value > self.limit

    def gap(self, value: float) -> float:
        """Return how far a value is from the limit on the wrong side; infinite for NaN."""
        if math.isnan(value):
            return math.inf
        far = value - self.limit if self.measure.low_is_better else self.limit - value
        return max(far, 0.0)


def read_aim(text: str, field: str = "aim", default_time: str = DEFAULT_TIME) -> Aim:
    """Read an aim or a limit.

    Parameters
    ----------
    text : str
        As ``"relapse < 20 % at 26 weeks"`` or ``"CADSS < 30"``.
    field : str
        What is being read, named in errors.
    default_time : str
        When, where the text does not say.

    Raises
    ------
    UserError
        No such form, an unknown word or unit, a number that cannot be, or the wrong direction.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise UserError(f"{field}: {text!r} cannot be read; write for instance {DEFAULT_AIM!r}")
    measure = _measure(found["word"], field)
    _check_unit(measure, found["unit"], text, field)
    _check_direction(measure, found["sign"], text, field)
    limit = _limit(measure, found["number"], text, field)
    if found["at"] and not measure.timed:
        raise UserError(
            f"{field}: {text!r}: {measure.word} is of the whole course; leave out the time"
        )
    at = found["at"] or default_time
    at_h = hours(at, field)
    if not 0 < at_h <= LONGEST_H:
        raise UserError(
            f"{field}: {at!r} is out of range; it must be more than 0 and at most 2 years"
        )
    return Aim(measure, limit, "=" not in found["sign"] and found["sign"] not in "≤≥", at_h, at)


def _measure(word: str, field: str) -> Measure:
    folded = {name.lower(): name for name in MEASURES} | dict(_ALIASES)
    name = folded.get(" ".join(word.lower().split()))
    if name is None:
        raise UserError(f"{field}: unknown aim {word!r}{nearest(word, MEASURES)}")
    return MEASURES[name]


def _check_unit(measure: Measure, unit: str, text: str, field: str) -> None:
    if unit.lower() not in _UNITS[measure.unit]:
        wanted = measure.unit or "a bare number"
        raise UserError(f"{field}: {text!r}: {measure.word} is told in {wanted}")


def _check_direction(measure: Measure, sign: str, text: str, field: str) -> None:
    if (sign in ("<", "<=", "≤")) != measure.low_is_better:
        right = "<" if measure.low_is_better else ">"
        how = "low" if measure.low_is_better else "high"
        raise UserError(f"{field}: {text!r}: {measure.word} should be {how}; write {right}")


def _limit(measure: Measure, said: str, text: str, field: str) -> float:
    try:
        limit = float(said)
    except ValueError:
        raise UserError(f"{field}: {text!r}: {said!r} is not a number") from None
    if not math.isfinite(limit) or limit < 0:
        raise UserError(f"{field}: {text!r}: {said} is negative; a limit is zero or more")
    if measure.unit == "%" and limit > 100:
        raise UserError(f"{field}: {text!r}: {said} % is more than everybody")
    return limit
