"""Steps of one individual: the engine's own method, and SciPy's where that one gives up."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ketasim.engine.instance import Instance
from ketasim.engine.vector_code import SCALE_FLOOR

GROW, SHRINK = 8.0, 0.1


class StepFailure(ArithmeticError):
    """The integration cannot go on; the message is a status of :data:`ensemble.STATUS`."""


@dataclass(frozen=True)
class Step:
    """A step taken.

    Attributes
    ----------
    start, end : float
    y_start, y_end : ndarray, shape (n_states,)
    at : callable
        States at times within the step: shape (n,) to (n, n_states).
    """

    start: float
    end: float
    y_start: np.ndarray
    y_end: np.ndarray
    at: Callable[[np.ndarray], np.ndarray]


class Stepper(Protocol):
    """Something that moves one individual on."""

    def restart(self, time: float, y: np.ndarray) -> None:
        """Forget the past: the state or the equations have jumped."""
        ...

    def advance(self, limit: float) -> Step:
        """Take one step that does not lead beyond ``limit``; raise StepFailure."""
        ...


class Rodas5PSteps:
    """Steps of the engine's own method (see :mod:`ketasim.engine.rodas5p`)."""

    def __init__(self, instance: Instance, rtol: float, atol: float, largest_step: float) -> None:
        self.instance = instance
        self.rtol, self.atol, self.largest_step = rtol, atol, largest_step
        instance.allow(rtol, atol)
        self.time, self.y = 0.0, np.zeros(instance.n_states)
        self.largest = np.zeros(instance.n_states)
        self.proposed = np.inf
        self.fresh = True

    def restart(self, time: float, y: np.ndarray) -> None:
        """Forget the past: the state or the equations have jumped."""
        self.time, self.y = time, y
        self.largest = np.abs(y)
        self.fresh = True

    def _first(self, span: float) -> float:
        """Return a cautious first step (as ``driver._first_step``)."""
        slope = self.instance.slopes(self.time, self.y)
        if not np.all(np.isfinite(slope)):
            raise StepFailure("not finite")
        allowed = self.atol + self.rtol * np.maximum(np.abs(self.y), SCALE_FLOOR * self.largest)
        with np.errstate(all="ignore"):
            steep = float(np.sum((slope / allowed) ** 2))
            size = float(np.sum((self.y / allowed) ** 2))
        if not steep > 0.0:
            return span
        return (
            min(span, max(0.01 * math.sqrt(size / steep), 1e-7 * span))
            if steep < np.inf
            else 1e-7 * span
        )

    def advance(self, limit: float) -> Step:
        """Take one step that does not lead beyond ``limit``; raise StepFailure."""
        left = limit - self.time
        if self.fresh:
            self.proposed, self.fresh = self._first(left), False
        refused = False
        while True:
            size = min(self.proposed, self.largest_step)
            landing = size >= left * (1.0 - 1e-9)
            if landing:
                size = left
            elif size > 0.5 * left:
                size = 0.5 * left
            if not self.time + size > self.time:
                raise StepFailure("step too small")
            y_new, error, factor = self.instance.step(self.time, self.y, self.largest, size)
            if error <= 1.0:
                break
            finite = error < np.inf
            self.proposed = size * (max(SHRINK, factor) if finite else SHRINK)
            refused = True
            if size <= 1e-14 * abs(self.time) or size < 1e-250:
                raise StepFailure("step too small" if finite else "not finite")
        grown = size * min(factor, 1.0 if refused else GROW)
        self.proposed = max(self.proposed, grown) if size < self.proposed else grown
        return self._taken(size, limit if landing else self.time + size, y_new)

    def _taken(self, size: float, end: float, y_new: np.ndarray) -> Step:
        start, y_old, curve = self.time, self.y, self.instance.dense()

        def at(times: np.ndarray) -> np.ndarray:
            theta = ((np.asarray(times) - start) / size)[:, None]
            rest = 1.0 - theta
            inner = curve[0] + theta * (curve[1] + theta * curve[2])
            return rest * y_old + theta * (y_new + rest * inner)

        self.time, self.y = end, y_new
        self.largest = np.maximum(self.largest, np.abs(y_new))
        return Step(start, end, y_old, y_new, at)


class NoSteps:
    """Nothing moves between events: a model without equations."""

    def __init__(self, largest_step: float) -> None:
        self.largest_step = largest_step
        self.time, self.y = 0.0, np.zeros(1)

    def restart(self, time: float, y: np.ndarray) -> None:
        """Take the state as it is."""
        self.time, self.y = time, y

    def advance(self, limit: float) -> Step:
        """Go to the limit, where all is as it was; conditions in time want short steps."""
        start, self.time = self.time, min(limit, self.time + self.largest_step)
        still = self.y
        return Step(start, self.time, still, still, lambda times: np.tile(still, (len(times), 1)))


class ScipySteps:
    """Steps of one of SciPy's methods at a tight tolerance: slower, and hard to discourage."""

    def __init__(
        self, instance: Instance, rtol: float, atol: float, largest_step: float, method: str
    ) -> None:
        from scipy import integrate

        self.instance, self.method = instance, getattr(integrate, method)
        self.rtol, self.atol, self.largest_step = rtol, atol, largest_step
        self.time, self.y = 0.0, np.zeros(instance.n_states)
        self.solver: Any = None

    def restart(self, time: float, y: np.ndarray) -> None:
        """Forget the past: the state or the equations have jumped."""
        self.time, self.y, self.solver = time, y, None

    def advance(self, limit: float) -> Step:
        """Take one step that does not lead beyond ``limit``; raise StepFailure."""
        if self.solver is None or self.solver.t_bound != limit:
            self.solver = self._begin(limit)
        start, y_old = self.solver.t, self.solver.y.copy()
        with np.errstate(all="ignore"):
            try:
                self.solver.step()
                curve = self.solver.dense_output()
            except (ValueError, ArithmeticError, RuntimeError, np.linalg.LinAlgError):
                raise StepFailure("not finite") from None
        if self.solver.status == "failed" or not np.all(np.isfinite(self.solver.y)):
            raise StepFailure("step too small")
        self.time, self.y = self.solver.t, self.solver.y.copy()
        return Step(start, self.time, y_old, self.y, lambda times: curve(np.asarray(times)).T)

    def _begin(self, limit: float) -> Any:
        if not np.all(np.isfinite(self.instance.slopes(self.time, self.y))):
            raise StepFailure("not finite")
        with np.errstate(all="ignore"):
            try:
                return self.method(
                    self.instance.slopes, self.time, self.y, limit,
                    rtol=self.rtol, atol=self.atol, max_step=self.largest_step,
                )  # fmt: skip
            except (ValueError, ArithmeticError):
                raise StepFailure("not finite") from None
