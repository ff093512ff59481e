"""Residual error: how far a measured concentration lies from the curve of its person.

Assay, sampling times and what the model misses, together. Numbers and sources stand in
``residual_error.csv``, one row for each analyte: ``infusion`` holds those found after
infusions, ``nasal`` those found after sprays.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.population.counter import uniforms

ML_PER_L = 1000.0


@dataclass(frozen=True)
class ResidualError:
    """The residual error of one output.

    Attributes
    ----------
    proportional : float
        SD as a share of the prediction.
    additive : float
        SD in the output's own unit.
    log_sd : float
        SD of the logarithm; above 0 it stands alone, without the other two.
    tier, source : str
        Where the numbers come from.

    Raises
    ------
    UserError
        A number below 0 or not finite, no error at all, or ``log_sd`` with another.
    """

    proportional: float = 0.0
    additive: float = 0.0
    log_sd: float = 0.0
    tier: str = "assumed"
    source: str = "assumed:"

    def __post_init__(self) -> None:
        sizes = (self.proportional, self.additive, self.log_sd)
        for size in sizes:
            if not (math.isfinite(size) and size >= 0):
                raise UserError(f"residual error: {size:g} is no SD; it must be 0 or more")
        if not any(sizes) or (self.log_sd and (self.proportional or self.additive)):
            raise UserError(
                "residual error: give a proportional SD, an additive one, both, or log_sd alone"
            )

    @property
    def needs_positive(self) -> bool:
        """Whether a prediction of 0 leaves no room for any error."""
        return self.additive == 0.0

    def variance(self, prediction: np.ndarray) -> np.ndarray:
        """Return the variance of a measurement: of its logarithm where ``log_sd`` stands."""
        if self.log_sd:
            return np.full(np.shape(prediction), self.log_sd**2)
        return (self.proportional * prediction) ** 2 + self.additive**2


@cache
def error_names() -> tuple[str, ...]:
    """Return the names of the sets of residual errors."""
    return tuple(dict.fromkeys(row["error"] for row in _rows()))


@cache
def residual_errors(name: str = "infusion") -> Mapping[str, ResidualError]:
    """Return the residual error of each output that has one, by output.

    Parameters
    ----------
    name : str
        ``"infusion"`` or ``"nasal"``.

    Raises
    ------
    UserError
        Unknown name.
    """
    rows = [row for row in _rows() if row["error"] == name]
    if not rows:
        raise UserError(f"residual: unknown name {name!r}{nearest(name, error_names())}")
    found: dict[str, ResidualError] = {}
    for row in rows:
        per_ng_ml = float(row["ng_per_nmol"]) / ML_PER_L
        for column, factor in (("outputs_nM", 1.0), ("outputs_ng_mL", per_ng_ml)):
            one = _from_row(row, factor)
            found |= dict.fromkeys(row[column].split(), one)
    return MappingProxyType(found)


def with_residual_error(
    values: np.ndarray,
    error: ResidualError,
    *,
    output: str,
    seed: int,
    first: int = 0,
    replicate: int = 0,
) -> np.ndarray:
    """Return what a laboratory would report for simulated concentrations.

    Parameters
    ----------
    values : ndarray of float, shape (n, n_samples)
        Concentrations of persons ``first`` to ``first + n - 1``, in the output's unit.
    error : ResidualError
    output : str
        Whose measurements they are; each output has random numbers of its own.
    seed, replicate : int
    first : int
        Index of the first person, so that chunks give what the whole would.

    Returns
    -------
    ndarray of float, shape (n, n_samples)
        Sample j of person k depends on seed, replicate, output, j and k alone. A large
        proportional or additive error can give a number below 0, as it does in the formula.
    """
    from scipy.special import ndtri

    values = np.asarray(values, dtype=float)
    n, n_samples = values.shape
    columns = [
        ndtri(uniforms(seed, replicate, f"residual:{output}:{j}", first, first + n))
        for j in range(n_samples)
    ]
    scores = np.stack(columns, axis=1) if columns else np.zeros((n, 0))
    if error.log_sd:
        return values * np.exp(error.log_sd * scores)
    return values + np.sqrt(error.variance(values)) * scores


def _from_row(row: dict[str, str], additive_per_nm: float) -> ResidualError:
    return ResidualError(
        proportional=float(row["proportional"] or 0),
        additive=float(row["additive_nM"] or 0) * additive_per_nm,
        log_sd=float(row["log_sd"] or 0),
        tier=row["tier"],
        source=row["source"],
    )


def _rows() -> list[dict[str, str]]:
    text = files("ketasim.population").joinpath("residual_error.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
