"""Covariance of repeated visits: unstructured, autoregressive, compound symmetric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

UNSTRUCTURED, AUTOREGRESSIVE, COMPOUND = "unstructured", "AR(1)", "compound symmetry"
STRUCTURES = (UNSTRUCTURED, AUTOREGRESSIVE, COMPOUND)
_EDGE = 0.999  # correlations stay below it


@dataclass(frozen=True)
class Structure:
    """A covariance matrix of visits as a function of few numbers.

    Attributes
    ----------
    name : str
        One of `STRUCTURES`. AR(1) counts visits, not hours.
    n_visits : int
    """

    name: str
    n_visits: int

    @property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the lower triangle."""
        return np.tril_indices(self.n_visits)

    def start(self, cross: np.ndarray) -> np.ndarray:
        """Return first numbers from a rough covariance, shape (visits, visits)."""
        if self.name == UNSTRUCTURED:
            return cross[self.pairs]
        scale = np.sqrt(np.diag(cross))
        correlation = cross / np.outer(scale, scale)
        if self.n_visits == 1:
            return np.array([cross[0, 0], 0.0])
        if self.name == AUTOREGRESSIVE:
            rho = float(np.mean(np.diag(correlation, 1)))
        else:
            rho = float(np.mean(correlation[np.tril_indices(self.n_visits, -1)]))
        return np.array([float(np.mean(np.diag(cross))), float(np.clip(rho, -0.05, 0.95))])

    def matrix(self, numbers: np.ndarray) -> np.ndarray | None:
        """Return the covariance, shape (visits, visits); None where it is not one."""
        if self.name == UNSTRUCTURED:
            made = np.zeros((self.n_visits, self.n_visits))
            made[self.pairs] = numbers
            made = made + np.tril(made, -1).T
        else:
            variance, rho = numbers
            if variance <= 0 or abs(rho) > _EDGE:
                return None
            made = variance * self._correlation(rho)
        try:
            np.linalg.cholesky(made)
        except np.linalg.LinAlgError:
            return None
        return made

    def derivatives(self, numbers: np.ndarray) -> np.ndarray:
        """Return what a small step in each number does, shape (numbers, visits, visits)."""
        v = self.n_visits
        if self.name == UNSTRUCTURED:
            rows, columns = self.pairs
            made = np.zeros((len(rows), v, v))
            made[np.arange(len(rows)), rows, columns] = 1.0
            made[np.arange(len(rows)), columns, rows] = 1.0
            return made
        variance, rho = numbers
        return np.stack([self._correlation(rho), variance * self._correlation_slope(rho)])

    def _correlation(self, rho: float) -> np.ndarray:
        if self.name == COMPOUND:
            return np.where(np.eye(self.n_visits, dtype=bool), 1.0, rho)
        return _signed_power(rho, self._apart())

    def _correlation_slope(self, rho: float) -> np.ndarray:
        if self.name == COMPOUND:
            return 1.0 - np.eye(self.n_visits)
        apart = self._apart()
        return np.where(apart > 0, apart * _signed_power(rho, np.maximum(apart - 1, 0)), 0.0)

    def _apart(self) -> np.ndarray:
        place = np.arange(self.n_visits)
        return np.abs(place[:, None] - place[None])


def _signed_power(rho: float, power: np.ndarray) -> np.ndarray:
    """Return rho ** power with 0 ** 0 = 1."""
    return np.power(float(rho), power)
