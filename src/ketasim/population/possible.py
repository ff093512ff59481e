"""Which values a person can have, and which nobody can."""

from __future__ import annotations

import math

#: Covariates that take only these values.
CHOICES = {
    "sex": (0.0, 1.0),
    "met": (0.0, 0.5, 1.0),
    "japanese": (0.0, 1.0),
    "asian": (0.0, 1.0),
    "cyp2b6": (0.0, 0.5, 1.0),
}
POSITIVE = ("WT", "B0")
NOT_NEGATIVE = ("age", "liver", "D0")
# the end of MADRS; the oldest and the heaviest people on record, rounded up
AT_MOST = {"B0": 60.0, "age": 125.0, "WT": 650.0}


def fault(symbol: str, value: float) -> str:
    """Return why nobody has this value of a covariate, as ``"is negative"``; empty if one can.

    Parameters
    ----------
    symbol : str
        A covariate; of any other name only infinite values and NaN are refused.
    value : float
        In the covariate's own unit.
    """
    if not math.isfinite(value):
        return "is not a finite number"
    if symbol in CHOICES and value not in CHOICES[symbol]:
        return "is none of " + ", ".join(f"{choice:g}" for choice in CHOICES[symbol])
    if symbol in POSITIVE and value <= 0:
        return "is not positive"
    if symbol in AT_MOST and value > AT_MOST[symbol]:
        return f"is above {AT_MOST[symbol]:g}"
    if symbol in NOT_NEGATIVE and value < 0:
        return "is negative"
    return ""
