"""One individual of a compiled model, moved by hand: look at it, change it, step it.

The same machine code as for ensembles, called for one individual at a time. What an ensemble
cannot do stands here: conditions, delays and assignments of events become further outputs of
the model, so that one look at a state and a time tells everything.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ketasim.engine import memory, rodas5p
from ketasim.engine.compiled_model import CompiledModel, in_double
from ketasim.engine.vector_code import LANES

_DENSE = np.array(rodas5p.DENSE)


def _function(address: int, pointers: int) -> Any:
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * pointers)(address)


class Instance:
    """One individual of a compiled model.

    Parameters
    ----------
    model : CompiledModel
        Taken in double precision, whatever its own.
    """

    def __init__(self, model: CompiledModel) -> None:
        self.model = model = in_double(model)
        self.n_states = len(model.states)
        layout: Mapping[str, int] = model.layout
        stepped, seen = memory.allocate(layout), memory.allocate(layout)
        self._stepped, self._seen, self._at = stepped.work, seen.work, stepped.at
        addresses = model.code.addresses
        counts = {"setup": 2, "initial": 2, "slopes": 4, "step": 11, "observe": 8}
        self._call = {name: _function(addresses[name], count) for name, count in counts.items()}
        self._parameters = self._region(self._stepped, memory.P, len(model.parameters))
        n = self.n_states
        self._y = self._region(self._stepped, memory.Y, n)
        self._new = self._region(self._stepped, memory.YN, n)
        self._stages = self._region(self._stepped, memory.U, n * rodas5p.STAGES)
        self._largest = self._region(self._stepped, memory.LARGEST, n)
        self._time = self._region(self._stepped, memory.T, 1)
        self._size = self._region(self._stepped, memory.STEP, 1)
        self._error = self._region(self._stepped, memory.ERROR, 2)
        self._tolerance = self._region(self._stepped, memory.TOL, 2)
        self._y_seen = self._region(self._seen, memory.Y, n)
        self._new_seen = self._region(self._seen, memory.YN, n)
        self._slopes_seen = self._region(self._seen, memory.U, n)
        self._time_seen = self._region(self._seen, memory.T, 1)
        self._out = self._region(self._seen, memory.OUT, layout["outputs"])
        self._arguments()
        self.parameters = np.array(model.defaults)
        self.set_parameters(self.parameters)

    def _region(self, work: np.ndarray, name: int, count: int) -> np.ndarray:
        first = int(self._at[name])
        return work[first : first + count * LANES].reshape(count, LANES)

    def _arguments(self) -> None:
        """Fix the addresses with which each function is called."""
        m = memory

        def step(name: int) -> int:
            return self._stepped.ctypes.data + 8 * int(self._at[name])

        def seen(name: int) -> int:
            return self._seen.ctypes.data + 8 * int(self._at[name])

        self._setup = (step(m.P), step(m.H))
        self._initial = (step(m.P), seen(m.YN))
        names = (m.Y, m.YN, m.U, m.THETA)
        self._observe = (*map(seen, names), step(m.H), seen(m.T), seen(m.STEP), seen(m.OUT))
        self._slope = (seen(m.Y), step(m.H), seen(m.T), seen(m.U))
        names = (m.Y, m.H, m.T, m.STEP, m.LARGEST, m.TOL, m.U, m.LU, m.FT, m.YN, m.ERROR)
        self._step = tuple(map(step, names))

    # --- what it is

    def set_parameters(self, values: np.ndarray) -> None:
        """Give every parameter its value; what follows from them is worked out anew."""
        self.parameters[:] = values
        self._parameters[:] = self.parameters[:, None]
        self._call["setup"](*self._setup)

    def set_parameter(self, index: int, value: float) -> None:
        """Give one parameter its value; nothing follows until :meth:`refresh`."""
        self.parameters[index] = value
        self._parameters[index] = value

    def refresh(self) -> None:
        """Work out anew what follows from the parameters."""
        self._call["setup"](*self._setup)

    def initial(self) -> np.ndarray:
        """Return the states at the start, shape (n_states,)."""
        self._call["initial"](*self._initial)
        return self._new_seen[:, 0].copy()

    # --- looking

    def look(self, time: float, y: np.ndarray) -> np.ndarray:
        """Return every output at a time and state, shape (n_outputs,)."""
        self._time_seen[0, 0] = time
        self._y_seen[:, 0] = y
        self._new_seen[:, 0] = y
        self._call["observe"](*self._observe)
        return self._out[:, 0].copy()

    def look_at(self, times: Sequence[float] | np.ndarray, states: np.ndarray) -> np.ndarray:
        """Return every output at up to four times and states, shape (n, n_outputs)."""
        count = len(times)
        self._time_seen[0, :count] = times
        self._y_seen[:, :count] = states.T
        self._time_seen[0, count:] = times[0]
        self._y_seen[:, count:] = states[0][:, None]
        self._new_seen[:] = self._y_seen
        self._call["observe"](*self._observe)
        return self._out[:, :count].T.copy()

    def slopes(self, time: float, y: np.ndarray) -> np.ndarray:
        """Return the derivative of every state, shape (n_states,)."""
        self._time_seen[0] = time
        self._y_seen[:] = y[:, None]
        self._slopes_seen[:] = 0.0
        self._call["slopes"](*self._slope)
        found = self._slopes_seen[:, 0].copy()
        self._slopes_seen[:] = 0.0  # the stages that observe reads must stay finite
        return found

    # --- stepping

    def allow(self, rtol: float, atol: float) -> None:
        """Set the error that a step may make."""
        self._tolerance[0], self._tolerance[1] = rtol, atol

    def step(self, time: float, y: np.ndarray, largest: np.ndarray, size: float):
        """Try one step; return the state after it, its error (1 is allowed) and the factor.

        The factor is the one by which the step should change.
        """
        self._y[:], self._largest[:] = y[:, None], largest[:, None]
        self._time[:], self._size[:] = time, size
        self._call["step"](*self._step)
        return self._new[:, 0].copy(), float(self._error[0, 0]), float(self._error[1, 0])

    def dense(self) -> np.ndarray:
        """Return the polynomial between the ends of the step tried last, shape (3, n_states)."""
        return _DENSE @ self._stages[:, 0].reshape(rodas5p.STAGES, self.n_states)
