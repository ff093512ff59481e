"""Models ready to run: assembled and compiled once for each set of companions, then kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from ketasim.dosing import Regimen
    from ketasim.engine import CompiledModel
    from ketasim.model import Model

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
KEPT_MODELS = 8


class Kept(Generic[K, V]):
    """The most recent values of a slow function, each made once however many ask for it.

    What is passed beside the key goes to the function, and tells no value from another.
    """

    def __init__(self, make: Callable[..., V], most: int) -> None:
        self._make, self._most = make, most
        self._lock = threading.Lock()
        self._found: OrderedDict[K, V] = OrderedDict()
        self._making: dict[K, threading.Lock] = {}

    def __call__(self, key: K, *how: Any) -> V:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._found:
                    return self._found[key]
            try:
                value = self._make(key, *how)
            finally:
                with self._lock:
                    self._making.pop(key, None)
            with self._lock:
                self._found[key] = value
                while len(self._found) > self._most:
                    self._found.popitem(last=False)
            return value


@dataclass(frozen=True, eq=False)
class Ready:
    """A model with the outputs it was compiled for.

    Attributes
    ----------
    model : Model
    compiled : CompiledModel
    column : dict of str to int
        Place of each output in what the engine returns.
    """

    model: Model
    compiled: CompiledModel
    column: dict[str, int]


def companions_of(regimens: Iterable[Regimen]) -> tuple[str, ...]:
    """Return the companions that the drugs given in doses need, in the order of their names."""
    from ketasim.model import companion_names

    drugs = (dose.drug for regimen in regimens for dose in regimen.doses if dose.drug)
    needed = {drug.companion for drug in drugs}
    return tuple(name for name in companion_names() if name in needed)


def _ready(companions: tuple[str, ...]) -> Ready:
    from ketasim.engine import compile_model
    from ketasim.explorer.charts import all_outputs
    from ketasim.model import assemble

    model = assemble(companions=companions)
    outputs = tuple(name for name in all_outputs() if name in model.outputs)
    compiled = compile_model(model.sbml, outputs)
    return Ready(model, compiled, {name: place for place, name in enumerate(outputs)})


ready_model: Kept[tuple[str, ...], Ready] = Kept(_ready, KEPT_MODELS)
