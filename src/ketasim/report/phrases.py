"""Single numbers as readers say them: times, points, percentages, lists."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketasim.report.summary import Rate


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with `digits` significant digits, never in e-notation between 1e-3 and 1e6.

    >>> number(0.0021), number(5000), number(95.2), number(None)
    ('0.0021', '5000', '95.2', '')
    """
    if value is None:
        return ""
    try:
        value = float(value)
    except (TypeError, ValueError):
        return str(value)
    if math.isnan(value):
        return ""
    if value == 0 or math.isinf(value):
        return f"{value:g}".replace("-", "−")
    exponent = math.floor(math.log10(abs(value)))
    if not -3 <= exponent < 6:
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}×10^{int(power)}".replace("-", "−")
    text = f"{value:.{max(digits - 1 - exponent, 0)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def points(value: float) -> str:
    """Write MADRS points with one decimal and a true minus sign.

    >>> points(-3.04), points(-0.01), points(12)
    ('−3.0', '0.0', '12.0')
    """
    text = f"{value:.1f}"
    return ("0.0" if text == "-0.0" else text).replace("-", "−")


def percent(share: float) -> str:
    """Write a share as a percentage that never rounds a little to nothing or to all.

    >>> percent(0.5), percent(0.0004), percent(0.9999), percent(0), percent(1)
    ('50 %', 'under 1 %', 'over 99 %', '0 %', '100 %')
    """
    value = 100 * share
    if 0 < value < 0.5:
        return "under 1 %"
    if 99.5 < value < 100:
        return "over 99 %"
    return f"{value:.0f} %".replace("-", "−")


def duration(hours: float) -> str:
    """Write a time span in the unit a reader would choose.

    >>> duration(2 / 3), duration(2), duration(24), duration(36), duration(168), duration(672)
    ('40 min', '2 h', '24 h', '36 h', '7 days', '28 days')
    """
    if hours < 1 / 60:
        return f"{number(hours * 3600, 2)} s"
    if hours < 1.5:
        return f"{hours * 60:.0f} min"
    if hours <= 48:
        return f"{number(hours, 2)} h"
    return f"{number(hours / 24, 2 if hours < 2400 else 3)} days"


def moment(hours: float) -> str:
    """Write a point in time: ``24 h``, ``day 7``.

    >>> moment(2), moment(24), moment(168)
    ('2 h', '24 h', 'day 7')
    """
    return duration(hours) if hours <= 48 else f"day {number(hours / 24, 2)}"


def rate(value: Rate) -> str:
    """Write a share with its interval and counts.

    >>> from ketasim.report.summary import wilson
    >>> rate(wilson(5, 10))
    '50 % (95 % interval 24–76 %; 5 of 10)'
    """
    low, high = 100 * value.low, 100 * value.high
    return (
        f"{percent(value.share)} (95 % interval {low:.0f}–{high:.0f} %; {value.count} of {value.n})"
    )


def listed(items: Sequence[str], last: str = "and") -> str:
    """Join items as in a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def counted(n: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun.

    >>> counted(1, "person"), counted(1200, "person"), counted(0, "person", "people")
    ('1 person', '1,200 persons', '0 people')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def shortened(items: Sequence[str], shown: int = 12) -> str:
    """Join the first few items and say how many more there are.

    >>> shortened(list("abcd"), 2), shortened(list("ab"), 2)
    ('a, b and 2 more', 'a, b')
    """
    items = list(items)
    text = ", ".join(items[:shown])
    return f"{text} and {len(items) - shown} more" if len(items) > shown else text
