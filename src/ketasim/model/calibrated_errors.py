"""Which errors of calibrated values go together: correlations of each shipped calibration."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ketasim.model.folder import PACKAGE_FOLDER

CALIBRATIONS = PACKAGE_FOLDER / "calibrations"


@dataclass(frozen=True)
class CalibratedErrors:
    """Correlations of the errors of values calibrated together.

    Attributes
    ----------
    name : str
    symbols : tuple of str
    correlation : ndarray, shape (symbols, symbols)
        On the log or logit scale of each.
    """

    name: str
    symbols: tuple[str, ...]
    correlation: np.ndarray

    def related(self, scores: np.ndarray) -> np.ndarray:
        """Turn independent standard normal scores, shape (n, symbols), into related ones."""
        return scores @ np.linalg.cholesky(self.correlation).T


@cache
def calibrated_errors() -> tuple[CalibratedErrors, ...]:
    """Return the correlations of every shipped calibration."""
    return tuple(_read(path) for path in sorted(CALIBRATIONS.glob("*.csv")))


def write_correlation(name: str, symbols: tuple[str, ...], correlation: np.ndarray) -> Path:
    """Write the correlations of a calibration into the package; for maintainers."""
    path = CALIBRATIONS / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("symbol", *symbols))
        for symbol, row in zip(symbols, correlation, strict=True):
            writer.writerow((symbol, *(f"{number:.3f}" for number in row)))
    calibrated_errors.cache_clear()
    return path


def _read(path: Path) -> CalibratedErrors:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    matrix = np.array([[float(cell) for cell in row[1:]] for row in rows])
    return CalibratedErrors(path.stem, tuple(header[1:]), matrix)
