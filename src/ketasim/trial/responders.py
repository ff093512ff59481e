"""Shares of patients: intervals, differences, ratios, number needed to treat."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.959963984540054
"""Normal quantile of a 95 % interval."""


@dataclass(frozen=True)
class Share:
    """A count of patients with the 95 % Wilson interval of its share."""

    count: int
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; ``se`` of ratios is that of the logarithm."""

    value: float
    low: float
    high: float
    se: float
    p: float


def wilson(count: int, n: int) -> Share:
    """Return a share with its score interval (Wilson 1927, J Am Stat Assoc 22:209).

    >>> found = wilson(8, 10)
    >>> round(found.low, 3), round(found.high, 3)
    (0.49, 0.943)
    """
    if not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is no share")
    if n == 0:
        return Share(0, 0, math.nan, 0.0, 1.0)
    share = count / n
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    low = 0.0 if count == 0 else middle - reach
    return Share(count, n, share, low, 1.0 if count == n else middle + reach)


def risk_difference(arm: Share, control: Share) -> Estimate:
    """Return the difference of two shares with Newcombe's interval and the pooled z test.

    Interval: square-and-add of Wilson's (Newcombe 1998, Stat Med 17:873, method 10). The p value
    is that of Pearson's chi-squared without correction; ``se`` is the unpooled one.
    """
    if not (arm.n and control.n):
        return Estimate(*(math.nan,) * 5)
    value = arm.share - control.share
    below = math.hypot(arm.share - arm.low, control.high - control.share)
    above = math.hypot(arm.high - arm.share, control.share - control.low)
    se = math.sqrt(
        arm.share * (1 - arm.share) / arm.n + control.share * (1 - control.share) / control.n
    )
    together = (arm.count + control.count) / (arm.n + control.n)
    spread = math.sqrt(together * (1 - together) * (1 / arm.n + 1 / control.n))
    p = math.erfc(abs(value) / spread / math.sqrt(2)) if spread else 1.0
    return Estimate(value, value - below, value + above, se, p)


def odds_ratio(arm: Share, control: Share) -> Estimate:
    """Return the odds ratio with Woolf's interval; half a patient is added to every cell with a 0.

    Woolf 1955, Ann Hum Genet 19:251; Haldane 1956, Ann Hum Genet 20:309.
    """
    cells = [arm.count, arm.n - arm.count, control.count, control.n - control.count]
    if not (arm.n and control.n):
        return Estimate(*(math.nan,) * 5)
    a, b, c, d = (k + 0.5 for k in cells) if 0 in cells else cells
    return _ratio(math.log(a * d / (b * c)), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d))


def risk_ratio(arm: Share, control: Share) -> Estimate:
    """Return the ratio of two shares with Katz's interval; half a patient is added where one is 0.

    Katz et al. 1978, Biometrics 34:469.
    """
    if not (arm.n and control.n):
        return Estimate(*(math.nan,) * 5)
    more = 0.5 if 0 in (arm.count, control.count) else 0.0
    a, n, c, m = arm.count + more, arm.n + more, control.count + more, control.n + more
    return _ratio(math.log(a / n) - math.log(c / m), math.sqrt(1 / a - 1 / n + 1 / c - 1 / m))


def _ratio(log_value: float, se: float) -> Estimate:
    p = math.erfc(abs(log_value) / se / math.sqrt(2)) if se else math.nan
    ends = (math.exp(log_value - Z * se), math.exp(log_value + Z * se))
    return Estimate(math.exp(log_value), *ends, se, p)


@dataclass(frozen=True)
class NeededToTreat:
    """Patients to treat for one more (or one fewer) to have the event.

    Attributes
    ----------
    value : float
        Positive where the arm helps, negative where it harms (one more is harmed for every
        ``-value`` treated), infinite where the shares are equal.
    low, high : float
        Ends of the 95 % interval that belong to the largest and to the smallest benefit. Where
        benefit and harm are both possible ``low`` is positive, ``high`` negative, and the
        interval runs from ``low`` through infinity to ``high`` (Altman 1998, BMJ 317:1309).
    """

    value: float
    low: float
    high: float

    @property
    def through_infinity(self) -> bool:
        """Tell whether no effect lies within the interval."""
        return (self.low > 0) != (self.high > 0) or not math.isfinite(self.high)


def needed_to_treat(benefit: Estimate) -> NeededToTreat:
    """Return the number needed to treat from a risk difference whose positive values are good."""

    def turned(share: float) -> float:
        return 1 / share if share else math.inf

    return NeededToTreat(turned(benefit.value), turned(benefit.high), turned(benefit.low))


def needed_words(number: NeededToTreat) -> str:
    """Say a number needed to treat with its interval.

    >>> needed_words(NeededToTreat(4.2, 2.9, 7.6))
    'number needed to treat 4.2 (95 % interval 2.9 to 7.6)'
    >>> needed_words(NeededToTreat(10.0, 5.0, -30.0)).split(": ")[1]
    'from 5.0 to benefit, through infinity (no effect), to 30 to harm'
    """
    if math.isnan(number.value):
        return "number needed to treat not known"
    if not math.isfinite(number.value):
        first = "no number needed to treat (the shares are equal)"
    elif number.value > 0:
        first = f"number needed to treat {_told(number.value)}"
    else:
        first = f"number needed to harm {_told(number.value)}"
    if number.through_infinity:
        best = f"from {_told(number.low)} to benefit" if number.low > 0 else "from no benefit"
        worst = f"to {_told(number.high)} to harm" if math.isfinite(number.high) else ""
        ends = ", ".join(part for part in (best, "through infinity (no effect)", worst) if part)
        return f"{first}; 95 % interval: {ends}"
    low, high = sorted((abs(number.low), abs(number.high)))
    return f"{first} (95 % interval {_told(low)} to {_told(high)})"


def _told(value: float) -> str:
    size = abs(value)
    return f"{size:.1f}" if size < 9.95 else f"{size:,.0f}"
