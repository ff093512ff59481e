"""From the baseline a trial prints to the severity its candidates came with.

A trial prints mean and SD of the ratings of those it enrolled. The candidates' ratings are taken
as normal and cut off at the entry minimum; the normal distribution that gives the printed mean
and SD after the cut is solved for, and the luck of one rating is taken off its SD.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ketasim.trial.scales import Scale
from ketasim.trial.variation import Variation, variation

HIGHEST_MADRS = 60.0
LOWEST_MADRS = 1.0
_WIDEST = 0.85
_LEAST_SHARE = 0.2  # of the observed variance that is left to severity


@dataclass(frozen=True)
class Parent:
    """Severity of candidates: normal, MADRS points.

    Attributes
    ----------
    mean, sd : float
        Before the cut, without the luck of a rating.
    """

    mean: float
    sd: float

    def severity(self, place: np.ndarray) -> np.ndarray:
        """Return MADRS for numbers between 0 and 1, within what the scale can show."""
        from scipy.special import ndtri

        return np.clip(self.mean + self.sd * ndtri(place), LOWEST_MADRS, HIGHEST_MADRS)


def parent(
    baseline: tuple[float, float] | None, minimum: float | None, scale: Scale, vary: Variation
) -> Parent | None:
    """Return the candidates' severity; None where no baseline is given."""
    if baseline is None:
        return None
    mean, sd = baseline
    if minimum is not None:
        mean, sd = uncut(mean, sd, minimum - (0.5 if scale.whole else 0.0))
    error = scale.error_sd * vary.score_error / variation().score_error
    luck = error**2 + (scale.slope * vary.fluctuation_sd) ** 2
    luck += (scale.person_log_sd * mean) ** 2
    own = math.sqrt(max(sd**2 - luck, _LEAST_SHARE * sd**2))
    return Parent(scale.madrs(mean), own / scale.slope)


def uncut(mean: float, sd: float, minimum: float) -> tuple[float, float]:
    """Return mean and SD of the normal distribution that has these above ``minimum``.

    A normal distribution cut off below has an SD of at most its mean's distance from the cut;
    SDs above `_WIDEST` of that distance are taken as that, so that one in ten still qualifies.
    """
    from scipy.optimize import brentq

    if sd <= 0:
        return mean, 0.0
    distance = mean - minimum
    ratio = min(sd / distance, _WIDEST)

    def miss(cut: float) -> float:
        above, spread = _moments(cut)
        return spread / (above - cut) - ratio

    if miss(-12.0) >= 0:
        return mean, sd
    cut = float(np.asarray(brentq(miss, -12.0, 6.0)))
    above, _ = _moments(cut)
    size = distance / (above - cut)
    return minimum - cut * size, size


def _moments(cut: float) -> tuple[float, float]:
    """Return mean and SD of a standard normal distribution above ``cut``."""
    from scipy.special import log_ndtr

    hazard = math.exp(-0.5 * cut * cut - 0.5 * math.log(2 * math.pi) - float(log_ndtr(-cut)))
    return hazard, math.sqrt(max(1.0 - hazard * (hazard - cut), 1e-12))
