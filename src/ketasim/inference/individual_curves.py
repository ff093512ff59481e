"""Predictions of many copies of many people, each at that person's own times.

People with the same output times go through the engine together, all copies at once. People
with other times go in a call of their own: an output time can shorten a step, and nobody's
numbers may depend on when others were sampled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ketasim.inference.individual_prior import Prior
from ketasim.inference.individual_samples import GRID_PER_H, Individual

if TYPE_CHECKING:
    from ketasim.dosing import Regimen
    from ketasim.engine import CompiledModel
    from ketasim.model import Model

RTOL = 1e-8
"""Relative error allowed per step: differences of neighbours must not drown in it."""
REFERENCE_WT = 70.0


@dataclass(frozen=True)
class Episode:
    """What happens to somebody: doses on one clock, and covariates."""

    regimen: Regimen
    covariates: Mapping[str, float]


@dataclass(frozen=True)
class Curves:
    """A model ready to predict for copies of people who differ in their scores.

    Attributes
    ----------
    model : Model
    compiled : CompiledModel
    prior : Prior
    known : mapping of str to float
        Parameters that are the same for everybody: fixed, or typical covariates.
    idle : frozenset of str
        Switches that would act on mechanisms the model lacks (see `idle_switches`).
    threads : int or None
    """

    model: Model
    compiled: CompiledModel
    prior: Prior
    known: Mapping[str, float]
    idle: frozenset[str] = frozenset()
    threads: int | None = None

    def at_samples(
        self, people: Sequence[Individual], scores: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        """Return predictions at each person's samples.

        Parameters
        ----------
        people : sequence of Individual
        scores : sequence of ndarray, each of shape (m, p)
            Scores of the m copies of each person.

        Returns
        -------
        list of ndarray, each of shape (m, n_samples)
            0 before the regimen begins; NaN for a copy the engine gave up.
        """
        parts = [(k, e) for k, one in enumerate(people) for e in range(len(one.regimens))]
        places = {(k, e): people[k].in_episode(e) for k, e in parts}
        parts = [part for part in parts if len(places[part])]
        grids = [np.unique(people[k].times_h[places[k, e]]) for k, e in parts]
        each = [Episode(people[k].regimens[e], people[k].covariates) for k, e in parts]
        found = self.on_grids(each, [scores[k] for k, _ in parts], grids)
        column = {name: k for k, name in enumerate(self.compiled.outputs)}
        picked = [np.zeros((len(s), len(p.outputs))) for p, s in zip(people, scores, strict=True)]
        for (k, e), grid, values in zip(parts, grids, found, strict=True):
            here = places[k, e]
            columns = [column[people[k].outputs[j]] for j in here]
            picked[k][:, here] = values[:, np.searchsorted(grid, people[k].times_h[here]), columns]
        return picked

    def on_grids(
        self,
        people: Sequence[Episode],
        scores: Sequence[np.ndarray],
        grids: Sequence[np.ndarray],
    ) -> list[np.ndarray]:
        """Return predictions on ascending times [h], each of shape (m, n_times, n_outputs).

        Each of ``people`` is one episode, with the scores of its copies and its own times.
        """
        groups: dict[tuple[float, bytes], list[int]] = {}
        for k, (person, grid) in enumerate(zip(people, grids, strict=True)):
            groups.setdefault((person.regimen.lead_h, grid.tobytes()), []).append(k)
        found: list[np.ndarray] = [np.zeros(0)] * len(people)
        for (lead_h, _), members in groups.items():
            grid = grids[members[0]]
            started = grid >= -lead_h
            values = self._solved(
                [people[k] for k in members], [scores[k] for k in members], grid[started], lead_h
            )
            for k, own in zip(members, values, strict=True):
                found[k] = np.zeros((len(own), len(grid), own.shape[2]))
                found[k][:, started] = own
        return found

    def _solved(
        self,
        people: Sequence[Episode],
        scores: Sequence[np.ndarray],
        grid: np.ndarray,
        lead_h: float,
    ) -> list[np.ndarray]:
        from ketasim.dosing import engine_events
        from ketasim.engine import solve_ensemble

        counts = [len(one) for one in scores]
        if not len(grid):
            return [np.zeros((count, 0, len(self.compiled.outputs))) for count in counts]
        columns = [self._columns(*pair) for pair in zip(people, scores, strict=True)]
        varying = {name: np.concatenate([one[name] for one in columns]) for name in columns[0]}
        regimens = [
            p.regimen for p, count in zip(people, counts, strict=True) for _ in range(count)
        ]
        weights = varying.get("WT", np.full(len(regimens), self.known.get("WT", REFERENCE_WT)))
        accepted = set(self.compiled.parameters)
        ensemble = solve_ensemble(
            self.compiled,
            np.round((grid + lead_h) * GRID_PER_H) / GRID_PER_H,
            varying={name: column for name, column in varying.items() if name in accepted},
            events=engine_events(regimens, weights).without(set(self.idle)),
            rtol=RTOL,
            threads=self.threads,
        )
        return np.split(ensemble.values, np.cumsum(counts)[:-1])

    def _columns(self, person: Episode, scores: np.ndarray) -> dict[str, np.ndarray]:
        """Return the parameters of one person's copies; made alone, so that nobody else matters."""
        values = self.prior.values(np.ascontiguousarray(scores, dtype=float))
        same = {**self.known, **person.covariates}
        columns = {name: np.full(len(scores), float(value)) for name, value in same.items()}
        return columns | {s: values[:, k] for k, s in enumerate(self.prior.symbols)}


def idle_switches(model: Model, people: Sequence[Individual]) -> frozenset[str]:
    """Return what the doses of people would switch in mechanisms that the model lacks.

    Raises
    ------
    UserError
        For a dose that has no way into the model.
    """
    from ketasim.dosing import engine_events
    from ketasim.simulation.question import acting_on

    regimens = list({id(r): r for person in people for r in person.regimens}.values())
    events = engine_events(regimens, np.full(len(regimens), REFERENCE_WT))
    kept = acting_on(model, events)
    used, left = ({each.targets[k] for k in np.unique(each.target)} for each in (events, kept))
    return frozenset(used - left)
