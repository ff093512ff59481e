"""What happens to each individual, and when: doses and switches as data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SET_PARAMETER = 0
ADD_TO_STATE = 1


@dataclass(frozen=True)
class Events:
    """Time-triggered events of every individual, in compressed rows.

    Events of individual ``k`` stand in rows ``offsets[k]:offsets[k + 1]``, ascending in time.
    An output asked for at the very time of an event shows the value before it (a trough).

    Attributes
    ----------
    offsets : ndarray of int64, shape (n + 1,)
    time : ndarray of float64, shape (m,)
        In the model's unit of time.
    kind : ndarray of int8, shape (m,)
        ``SET_PARAMETER`` or ``ADD_TO_STATE``.
    target : ndarray of int32, shape (m,)
        Index into ``targets``.
    value : ndarray of float64, shape (m,)
    targets : tuple of str
        Names of the parameters and states that events change.
    """

    offsets: np.ndarray
    time: np.ndarray
    kind: np.ndarray
    target: np.ndarray
    value: np.ndarray
    targets: tuple[str, ...]

    @property
    def n_individuals(self) -> int:
        """Number of individuals the rows are for."""
        return len(self.offsets) - 1

    def rows(self, first: int, last: int) -> Events:
        """Return the events of individuals ``first`` to ``last - 1`` as a table of its own."""
        start, stop = int(self.offsets[first]), int(self.offsets[last])
        return Events(
            offsets=self.offsets[first : last + 1] - start,
            time=self.time[start:stop],
            kind=self.kind[start:stop],
            target=self.target[start:stop],
            value=self.value[start:stop],
            targets=self.targets,
        )

    def without(self, names: set[str]) -> Events:
        """Return the table without the events of the targets named."""
        dropped = np.array([name in names for name in self.targets], dtype=bool)
        kept = ~dropped[self.target] if len(self.target) else np.zeros(0, dtype=bool)
        before = np.concatenate([[0], np.cumsum(kept)])
        return Events(
            offsets=before[self.offsets],
            time=self.time[kept],
            kind=self.kind[kept],
            target=self.target[kept],
            value=self.value[kept],
            targets=self.targets,
        )


def none(n_individuals: int) -> Events:
    """Return the empty event table of ``n_individuals`` individuals."""
    return Events(
        offsets=np.zeros(n_individuals + 1, dtype=np.int64),
        time=np.zeros(0),
        kind=np.zeros(0, dtype=np.int8),
        target=np.zeros(0, dtype=np.int32),
        value=np.zeros(0),
        targets=(),
    )
