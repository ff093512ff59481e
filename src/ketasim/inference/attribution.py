"""How much of an effect each mechanism carries, and when.

The effect is divided among the mechanisms by Shapley values: a mechanism's share is what it
adds when it joins the others, averaged over every order in which they could join. Two
readings differ in what it means to be absent:

``left at rest``
    The mechanism's outputs stay at their resting values whatever the drug does.
``blocked below rest``
    Its outputs are forced to zero, as an antagonist or a knock-out would. The effect is then
    the difference from the same blocked person without the drug.

Each person walks orders of their own and the reverse of each, so that the shares of every
person add up to that person's effect exactly, the average over persons is unbiased, and its
standard error is known. The cost grows with the number of mechanisms, not with two to its power.

Source: L. S. Shapley, A value for n-person games (1953); J. Castro, D. Gomez, J. Tejada,
Computers & Operations Research 36 (2009) 1726-1730 for sampling orders; reversed orders:
R. Mitchell et al., Journal of Machine Learning Research 23 (2022) 43.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.simulation import simulate

if TYPE_CHECKING:
    from ketasim.dosing import Regimen
    from ketasim.model import Model
    from ketasim.population import Population

LEFT_AT_REST = "left at rest"
BLOCKED = "blocked below rest"
_SWITCH = {LEFT_AT_REST: "scale_", BLOCKED: "block_"}

Progress = Callable[[int, int], None]
"""Called with the number of simulations done and their total."""


@dataclass(frozen=True)
class Attribution:
    """Shares of an effect.

    Attributes
    ----------
    reading : str
        ``left at rest`` or ``blocked below rest``.
    output, unit : str
        What is divided, such as MADRS [points]. A share is positive when it lowers the output.
    mechanisms : tuple of str
    times_h : ndarray, shape (n_times,)
    share : ndarray, shape (n_mechanisms, n_times)
        Mean over individuals.
    standard_error : ndarray, shape (n_mechanisms, n_times)
        Of that mean: individuals, and orders sampled.
    total : ndarray, shape (n_times,)
        The effect itself; the shares add up to it.
    individuals : int
        Individuals that could be simulated in every combination.
    lost : int
        Individuals left out because the engine gave up one of their combinations.
    """

    reading: str
    output: str
    unit: str
    mechanisms: tuple[str, ...]
    times_h: np.ndarray
    share: np.ndarray
    standard_error: np.ndarray
    total: np.ndarray
    individuals: int
    lost: int

    def _repr_html_(self) -> str:
        from ketasim.html_tables import shown, table

        facts = (
            ("mechanisms", self.reading),
            ("n", self.individuals),
            ("people lost", self.lost or None),
            ("method", "Shapley values over sampled orders, mean over people"),
        )
        order = np.argsort(-np.abs(self.share).max(axis=1))
        columns = ("mechanism", *(f"{hour:g} h" for hour in self.times_h))
        rows = [(self.mechanisms[k], *np.round(self.share[k], 2).tolist()) for k in order]
        rows.insert(0, ("all", *np.round(self.total, 2).tolist()))
        caption = f"fall in {self.output} carried ({self.unit})"
        return shown("Attribution", "", facts, [table(columns, rows, caption)])


def attribute(
    model: Model,
    regimen: Regimen,
    population: Population,
    times: Sequence[float] | np.ndarray,
    *,
    untreated: Regimen | None = None,
    output: str = "MADRS",
    reading: str = LEFT_AT_REST,
    mechanisms: Sequence[str] | None = None,
    values: Mapping[str, float] | None = None,
    orders: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Attribution:
    """Divide the fall of an output among the mechanisms.

    Parameters
    ----------
    model, regimen, population, times
        As for :func:`ketasim.simulation.simulate`; times in h.
    untreated : Regimen, optional
        What the treated person is compared with under the same absences; default: nothing
        happens to them.
    output : str
        An output of the model that the treatment lowers.
    reading : str
        ``left at rest`` or ``blocked below rest``.
    mechanisms : sequence of str, optional
        Those to divide among; default: every one that can be switched and is not exposure.
    values : mapping of str to float, optional
        Parameters and switches set for everybody in every combination, as for ``simulate``; the
        switch of a mechanism among those divided tells how strong it is when present.
    orders : int
        Orders each individual walks, each there and back.
    threads : int, optional
    progress : callable, optional
        Called with simulations done and in all.

    Raises
    ------
    UserError
        For an unknown output, reading or mechanism.
    """
    if reading not in _SWITCH:
        raise UserError(f"reading '{reading}' is unknown{nearest(reading, _SWITCH)}")
    if output not in model.outputs:
        raise UserError(f"output '{output}' is not in the model{nearest(output, model.outputs)}")
    given = dict(values or {})
    switches = _switches(model, reading, output)
    players = _players(model, switches, mechanisms)
    grid = np.asarray(times, dtype=float)
    named = {_SWITCH[reading] + name: switches[name] for name in players}
    own = {switch: given.pop(switch, value) for switch, value in named.items()}
    walks = _Walks(
        model, regimen, untreated, population, grid, output, reading, own, given, threads
    )
    total_calls = 2 * orders * (len(players) + 1)
    marginals = np.zeros((2 * orders, population.n, len(players), len(grid)))
    done = 0
    for k in range(orders):
        order = _orders(population, len(players), k)
        for way, joining in enumerate((order, order[:, ::-1])):
            before = np.zeros((population.n, len(grid)))
            for position, effect in enumerate(walks.along(joining)):
                if position:
                    who = joining[:, position - 1]
                    marginals[2 * k + way, np.arange(population.n), who] = effect - before
                before = effect
                done += 1
                if progress:
                    progress(done, total_calls)
    return _summary(model, reading, output, players, grid, marginals)


def _summary(
    model: Model,
    reading: str,
    output: str,
    players: tuple[str, ...],
    times: np.ndarray,
    marginals: np.ndarray,
) -> Attribution:
    each = marginals.mean(axis=0)
    kept = np.isfinite(each).all(axis=(1, 2))
    each, n = each[kept], int(kept.sum())
    if n == 0:
        raise UserError("attribution: no individual could be simulated in every combination")
    spread = each.std(axis=0, ddof=1) if n > 1 else np.full(each.shape[1:], np.nan)
    return Attribution(
        reading=reading,
        output=output,
        unit=model.outputs[output].unit,
        mechanisms=players,
        times_h=times,
        share=each.mean(axis=0),
        standard_error=spread / np.sqrt(n),
        total=each.sum(axis=1).mean(axis=0),
        individuals=n,
        lost=int(np.sum(~kept)),
    )


@dataclass(frozen=True)
class _Walks:
    """Simulations of one population while mechanisms join in given orders."""

    model: Model
    regimen: Regimen
    untreated: Regimen | None
    population: Population
    times: np.ndarray
    output: str
    reading: str
    own: dict[str, float]
    given: dict[str, float]
    threads: int | None

    def along(self, joining: np.ndarray):
        """Yield the effect (individual, time) with none, one, ... and all mechanisms present."""
        n, k = joining.shape
        present = np.zeros((n, k))
        for position in range(k + 1):
            if position:
                present[np.arange(n), joining[:, position - 1]] = 1.0
            yield self._effect(present)

    def _effect(self, present: np.ndarray) -> np.ndarray:
        values: dict[str, float | np.ndarray] = dict(self.given)
        for i, (switch, own) in enumerate(self.own.items()):
            here = present[:, i]
            at_rest = self.reading == LEFT_AT_REST
            values[switch] = own * here if at_rest else 1.0 - (1.0 - own) * here
        treated = self._simulated(self.regimen, values)
        if self.untreated is not None:
            return self._simulated(self.untreated, values) - treated
        return self._alone(values) - treated

    def _alone(self, values: dict[str, float | np.ndarray]) -> np.ndarray:
        """Return what happens to the untreated: at rest nothing, below rest a drift."""
        from ketasim.dosing import Regimen

        if self.reading == LEFT_AT_REST:
            start = simulate(
                self.model,
                Regimen(),
                self.population,
                [0.0],
                [self.output],
                values=values,
                threads=self.threads,
            )
            return np.repeat(start.values[:, :, 0], len(self.times), axis=1)
        return self._simulated(Regimen(), values)

    def _simulated(self, regimen: Regimen, values: dict[str, float | np.ndarray]) -> np.ndarray:
        result = simulate(
            self.model,
            regimen,
            self.population,
            self.times,
            [self.output],
            values=values,
            threads=self.threads,
        )
        return result.values[:, :, 0]


def _switches(model: Model, reading: str, output: str) -> dict[str, float]:
    """Return the mechanisms that can be switched, and the model's own setting of each."""
    from ketasim.engine import compile_model

    compiled = compile_model(model.sbml, [output])
    numbers = dict(zip(compiled.parameters, compiled.defaults.tolist(), strict=True))
    named = {name: _SWITCH[reading] + name for name in model.mechanisms}
    return {name: numbers[switch] for name, switch in named.items() if switch in numbers}


def _players(
    model: Model, switches: dict[str, float], wanted: Sequence[str] | None
) -> tuple[str, ...]:
    if wanted is None:
        exposure = {m.name for m in model.wiring.mechanisms if m.clock == "kinetics"}
        return tuple(m for m in switches if m not in exposure)
    for name in wanted:
        if name not in switches:
            raise UserError(f"mechanism '{name}' cannot be switched{nearest(name, switches)}")
    return tuple(wanted)


def _orders(population: Population, k: int, number: int) -> np.ndarray:
    """Return an order of ``k`` mechanisms for each individual, from that individual's own seed."""
    rows = []
    for individual in range(population.n):
        key = [population.seed % 2**64, individual]
        generator = np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 7, number]))
        rows.append(generator.permutation(k))
    return np.array(rows, dtype=int).reshape(population.n, k)
