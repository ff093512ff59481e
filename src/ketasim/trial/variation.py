"""What scores and trials vary by, beyond the people: numbers and sources in ``variation.csv``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

from ketasim.model import Parameter
from ketasim.trial.tables import parameters


@dataclass(frozen=True)
class Variation:
    """Variation that no model parameter holds.

    Attributes
    ----------
    score_error : float
        SD of one rating about the true score [MADRS points].
    fluctuation_sd : float
        SD of severity from day to day about the course the model gives [MADRS points].
    fluctuation_h : float
        Time in which such a departure falls to 1/e [h].
    trial_sd_g, trial_sd_gp : float
        SD between trials of the logarithm of everybody's gain of drug and of placebo.
    """

    score_error: float
    fluctuation_sd: float
    fluctuation_h: float
    trial_sd_g: float
    trial_sd_gp: float


@cache
def variation() -> Variation:
    """Return the values of ``variation.csv``."""
    values = {row.symbol: row.value for row in variation_rows()}
    return Variation(**{field.name: values[field.name] for field in fields(Variation)})


def variation_rows() -> tuple[Parameter, ...]:
    """Return the rows of ``variation.csv``: value, unit, uncertainty, tier, source, note."""
    return parameters("variation.csv")
