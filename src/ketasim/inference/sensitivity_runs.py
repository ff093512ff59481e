"""Many sets of parameters through the engine at once, and what is read off each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ketasim.dosing import Regimen
from ketasim.inference.sensitivity_factors import Varied, shift
from ketasim.inference.sensitivity_measures import Quantity, read_off
from ketasim.model import Model
from ketasim.population import Population, draw
from ketasim.simulation import simulate

NUMBERS_AT_ONCE = 1_000_000
SETS_AT_ONCE = 1024

Advance = Callable[[int], None]
"""Called with the number of sets done since the last call."""


@dataclass(frozen=True)
class Experiment:
    """What is simulated for every set of parameters.

    Attributes
    ----------
    model : Model
    regimen : Regimen
    control : Regimen or None
    population : Population
        Who: the typical person, or people that the answer is averaged over.
    quantities : tuple of Quantity
    course_h : ndarray, shape (times,)
        Grid of the whole course [h]; used where a quantity needs it.
    rtol : float
    threads : int or None
    """

    model: Model
    regimen: Regimen
    control: Regimen | None
    population: Population
    quantities: tuple[Quantity, ...]
    course_h: np.ndarray
    rtol: float = 1e-4
    threads: int | None = None
    people: Mapping[str, np.ndarray] = field(init=False)
    times_h: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        names, drawn = draw(self.population, self.model.parameters)
        people = {name: drawn[:, k].copy() for k, name in enumerate(names)}
        people = people or {"": np.empty(self.population.n)}
        object.__setattr__(self, "people", people)
        asked = [q.at_h for q in self.quantities if q.measure.timed]
        whole = any(not q.measure.timed for q in self.quantities)
        grid = np.unique([0.0, *asked, *(self.course_h if whole else ())])
        object.__setattr__(self, "times_h", grid)

    @property
    def fixed(self) -> frozenset[str]:
        """Symbols that the population sets for everybody."""
        return frozenset(self.population.overrides)

    def answers(
        self,
        parameters: Sequence[Varied],
        values: Mapping[str, np.ndarray],
        advance: Advance | None = None,
    ) -> np.ndarray:
        """Return every quantity for every set of parameters.

        Parameters
        ----------
        parameters : sequence of Varied
        values : mapping of str to ndarray, shape (sets,)
            Typical values; who differs from the typical person is moved alike.
        advance : callable, optional

        Returns
        -------
        ndarray, shape (sets, quantities)
            Of the mean course over people; NaN for a set of which one person failed.
        """
        sets = len(next(iter(values.values())))
        numbers = self.population.n * len(self.times_h) * len(self._outputs)
        step = max(1, min(SETS_AT_ONCE, NUMBERS_AT_ONCE // numbers))
        parts = [np.empty((0, len(self.quantities)))]
        for first in range(0, sets, step):
            piece = {name: column[first : first + step] for name, column in values.items()}
            parts.append(self._some(parameters, piece))
            if advance:
                advance(len(parts[-1]))
        return np.concatenate(parts)

    @property
    def _outputs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(q.output for q in self.quantities))

    def _some(self, parameters: Sequence[Varied], values: Mapping[str, np.ndarray]) -> np.ndarray:
        sets = len(next(iter(values.values())))
        everybody = {name: np.tile(own, sets) for name, own in self.people.items() if name}
        for each in parameters:
            if each.symbol in values:
                everybody[each.symbol] = shift(each, values[each.symbol], self.people)
        arm = self._courses(self.regimen, everybody, sets)
        needed = any(q.measure.of_control for q in self.quantities)
        control = self._courses(self.control, everybody, sets) if needed else None
        columns = []
        for q in self.quantities:
            k = self._outputs.index(q.output)
            other = None if control is None else control[:, :, k]
            columns.append(read_off(q, self.times_h, arm[:, :, k], other))
        return np.stack(columns, axis=1)

    def _courses(
        self, regimen: Regimen | None, values: Mapping[str, np.ndarray], sets: int
    ) -> np.ndarray:
        """Return mean courses over people, shape (sets, times, outputs)."""
        assert regimen is not None
        people = self.population.n
        result = simulate(
            self.model,
            regimen,
            Population("typical", n=sets * people),
            self.times_h,
            self._outputs,
            values=dict(values),
            rtol=self.rtol,
            threads=self.threads,
        )
        return result.values.reshape(sets, people, *result.shape[1:]).mean(axis=1)
