"""Find the first change of a condition within a step, to the last bits of time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ketasim.engine.event_model import EventModel
from ketasim.engine.instance import Instance
from ketasim.engine.steps import Step

_SHARE = np.linspace(0.0, 1.0, 5)[1:]
_FINE = np.linspace(0.0, 1.0, 33)


def _quartic(points: np.ndarray) -> np.ndarray:
    """Return the matrix from values at five equal places to those at ``points``."""
    nodes = np.linspace(0.0, 1.0, 5)
    return np.array([[np.prod([(p - nodes[j]) / (nodes[k] - nodes[j]) for j in range(5) if j != k])
                      for k in range(5)] for p in points])  # fmt: skip


_REFINE = _quartic(_FINE)


class EventSearch:
    """Looks along the polynomials of steps.

    Parameters
    ----------
    model : EventModel
    instance : Instance
        Of the run, with its parameters as they are.
    end : float
        Of the run; it sets the scale of time.
    """

    def __init__(self, model: EventModel, instance: Instance, end: float) -> None:
        self.model, self.instance, self._end = model, instance, end
        self._triggers = model.columns([event.trigger for event in model.events])
        known = {column for column, _ in model.switches}
        self._equal_search = [(c, flag) for c, flag in model.equalities if c not in known]

    def _holds(self, seen: np.ndarray) -> np.ndarray:
        """Return which conditions hold in what was seen; one that is NaN does not."""
        found = seen[..., self._triggers]
        return (found != 0.0) & (found == found)

    def first_change(self, step: Step, holds: list[bool]) -> tuple[float, int | None] | None:
        """Return when a condition first changes within a step, and the equality that does it."""
        span = step.end - step.start
        places = step.start + span * _SHARE
        places[-1] = step.end
        states = step.at(places)
        states[-1] = step.y_end
        seen = self.instance.look_at(places, states)
        if len(self.model.watched):
            places, seen = self._refined(step, places, seen)
        before = np.array(holds)
        differ = np.flatnonzero((self._holds(seen) != before).any(axis=1))
        found = None
        if len(differ):
            first = int(differ[0])
            low = step.start if first == 0 else places[first - 1]
            found = self._bisected(
                step, low, places[first], lambda s: (self._holds(s) != before).any(-1)
            )
            found = self._together(step, found)
        equal = self._first_equality(step, places, seen)
        if equal is not None and (found is None or equal[0] <= found):
            return equal
        return None if found is None else (found, None)

    def _together(self, step: Step, when: float) -> float:
        """Return a moment later where another condition changes in that moment, too."""
        later = min(when + 1e-11 * max(abs(when), 1e-3 * abs(self._end)), step.end)
        seen = self.instance.look_at((when, later), step.at(np.array([when, later])))
        return later if (self._holds(seen[0]) != self._holds(seen[1])).any() else when

    def _refined(self, step: Step, places: np.ndarray, seen: np.ndarray):
        """Add places where what is compared seems to dip through zero and back."""
        start = self.instance.look(step.start, step.y_start)
        coarse = np.vstack([start, seen])[:, self.model.watched]
        with np.errstate(all="ignore"):
            fine = _REFINE @ coarse
            sign = np.sign(coarse)
            steady = (sign == sign[-1]).all(axis=0)
            dips = (np.sign(fine) * sign[-1] <= 0.0) & steady
        rows = np.flatnonzero(dips.any(axis=1))
        rows = rows[(rows % 8) != 0]
        if not len(rows):
            return places, seen
        added = step.start + (step.end - step.start) * _FINE[rows]
        states = step.at(added)
        looks = [self.instance.look_at(added[k : k + 4], states[k : k + 4])
                 for k in range(0, len(added), 4)]  # fmt: skip
        order = np.argsort(np.concatenate([places, added]), kind="stable")
        return np.concatenate([places, added])[order], np.vstack([seen, *looks])[order]

    def _first_equality(self, step: Step, places: np.ndarray, seen: np.ndarray):
        """Return when two things compared by = first meet within a step, and their flag."""
        best: tuple[float, int | None] | None = None
        if not self._equal_search:
            return best
        start = self.instance.look(step.start, step.y_start)
        at = np.concatenate([[step.start], places])
        for column, flag in self._equal_search:
            values = np.concatenate([[start[column]], seen[:, column]])
            sign = np.sign(values)
            meets = np.flatnonzero((sign[:-1] != sign[1:]) & (sign[:-1] != 0.0))
            if not len(meets):
                continue
            k = int(meets[0])
            when = self._bisected(
                step, at[k], at[k + 1], lambda s, c=column, g=sign[k]: np.sign(s[..., c]) != g
            )
            if best is None or when < best[0]:
                best = (when, flag)
        return best

    def _bisected(self, step: Step, low: float, high: float, changed: Callable) -> float:
        """Return the first time, to the last bits, at which something has changed."""
        inner = np.array([0.2, 0.4, 0.6, 0.8])
        for _ in range(40):
            places = low + (high - low) * inner
            if not low < places[0] or not places[-1] < high:
                break
            there = np.flatnonzero(changed(self.instance.look_at(places, step.at(places))))
            first = int(there[0]) if len(there) else 4
            if first > 0:
                low = places[first - 1]
            if first < 4:
                high = places[first]
        return float(high)
