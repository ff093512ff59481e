"""What is left of a drug's effect when one thing is taken away.

Rows are mechanisms, in one of two readings (left at rest, blocked below rest; see `attribution`),
or perturbations: antagonists, knock-outs and inhibitors of `ketasim.evidence`. The same people are
simulated with and without drug, intact and with each removal, all in one ensemble. The effect
under a removal is the difference between drug and no drug under that same removal, and what is
left is its mean over the mean effect in the intact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.evidence.perturbations import holds, perturbation, perturbations, settings
from ketasim.inference.attribution import BLOCKED, LEFT_AT_REST
from ketasim.inference.knockout_findings import RemovalFinding, removal_findings
from ketasim.inference.same_people import same_people
from ketasim.model import load_mechanism
from ketasim.simulation import simulate

if TYPE_CHECKING:
    from ketasim.dosing import Regimen
    from ketasim.model import Model
    from ketasim.population import Population

READINGS = {LEFT_AT_REST: ("scale_", 0.0), BLOCKED: ("block_", 1.0)}
MECHANISM, PERTURBATION = "mechanism", "perturbation"
MOST_PEOPLE = 200_000
"""Individuals in one ensemble: people times removals, with and without drug."""
NOTHING = 1e-6
"""Effects below this, in the output's unit, are the engine's rounding."""
FADED = 0.02
"""An effect below this share of its own largest has faded; nothing is said of what is left."""


@dataclass(frozen=True)
class Readout:
    """One column: an output at a time.

    Attributes
    ----------
    output, label, unit : str
    time_h : float
    """

    output: str
    label: str
    unit: str
    time_h: float


@dataclass(frozen=True)
class Removal:
    """One row: what is taken away.

    Attributes
    ----------
    name, title : str
    kind : str
        ``"mechanism"`` or ``"perturbation"``.
    findings : tuple of RemovalFinding
        Published experiments in which it was taken away.
    """

    name: str
    title: str
    kind: str
    findings: tuple[RemovalFinding, ...] = ()


@dataclass(frozen=True, eq=False)
class Knockouts:
    """What is left of an effect, r removals by c readouts.

    Attributes
    ----------
    reading : str
        How mechanisms are taken away: ``left at rest`` or ``blocked below rest``.
    removals : tuple of Removal
    readouts : tuple of Readout
    intact : ndarray, shape (c,)
        Mean effect with nothing taken away: with drug less without, in the output's unit.
    effect : ndarray, shape (r, c)
        Mean effect under each removal.
    left : ndarray, shape (r, c)
        In % of ``intact``; NaN where the intact show no effect to speak of.
    standard_error : ndarray, shape (r, c)
        Of ``left``, for so many people [%].
    given, population : str
        In words.
    individuals, lost : int
        People who count, and those whom the engine gave up.
    """

    reading: str
    removals: tuple[Removal, ...]
    readouts: tuple[Readout, ...]
    intact: np.ndarray
    effect: np.ndarray
    left: np.ndarray
    standard_error: np.ndarray
    given: str
    population: str
    individuals: int
    lost: int


def knockouts(
    model: Model,
    regimen: Regimen,
    population: Population,
    times: Sequence[float] | np.ndarray,
    outputs: Sequence[str] | str = "MADRS",
    *,
    removed: Sequence[str] | None = None,
    reading: str = LEFT_AT_REST,
    untreated: Regimen | None = None,
    threads: int | None = None,
) -> Knockouts:
    """Take one thing away at a time, and see what is left of the effect.

    Parameters
    ----------
    model, regimen, population, times
        As for :func:`ketasim.simulate`; times in h, ascending.
    outputs : sequence of str, or str
        Columns are every output at every time.
    removed : sequence of str, optional
        Mechanisms (``"ampa"``) and perturbations (``"NBQX"``, ``"rapamycin"``); default: every
        mechanism that can be switched and is not exposure.
    reading : str
        Of mechanisms: ``left at rest`` or ``blocked below rest``. A perturbation does what it
        does.
    untreated : Regimen, optional
        What the drug is compared with; default: nothing.
    threads : int, optional

    Raises
    ------
    UserError
        An unknown output, reading or removal, one that the model lacks, times out of order, or
        more individuals than fit.
    """
    from ketasim.dosing import Regimen

    if reading not in READINGS:
        raise UserError(f"reading: {reading!r} is unknown{nearest(reading, READINGS)}")
    names = (outputs,) if isinstance(outputs, str) else tuple(outputs)
    switches = _switches(model, names)
    rows = _rows(model, switches, removed, reading)
    copies = 2 * (len(rows) + 1)
    if copies * population.n > MOST_PEOPLE:
        most = MOST_PEOPLE // copies
        raise UserError(f"population: {population.n} people are too many; at most {most} here")
    many, values = same_people(model, population, copies, names)
    pair = (untreated or Regimen(), regimen)
    given: list[Regimen] = []
    for k, row in enumerate((None, *rows)):
        for j, each in enumerate(pair):
            who = slice((2 * k + j) * population.n, (2 * k + j + 1) * population.n)
            held, moved = _taken_away(row, reading, each)
            given += [held] * population.n
            _set(values, moved, who, many.n, switches)
    found = simulate(model, given, many, times, names, values=values, threads=threads)
    shape = (len(rows) + 1, 2, population.n, found.sizes["time"], len(names))
    return _summary(model, found, shape, rows, reading, str(regimen), str(population))


def _switches(model: Model, names: tuple[str, ...]) -> dict[str, float]:
    """Return what can be set in the model, and the value it has."""
    from ketasim.engine import compile_model

    for name in names:
        if name not in model.outputs:
            raise UserError(f"output '{name}' is not in the model{nearest(name, model.outputs)}")
    compiled = compile_model(model.sbml, names)
    return dict(zip(compiled.parameters, compiled.defaults.tolist(), strict=True))


def _rows(
    model: Model, switches: Mapping[str, float], removed: Sequence[str] | None, reading: str
) -> tuple[Removal, ...]:
    """Return what is taken away, in the order asked for."""
    prefix = READINGS[reading][0]
    able = [name for name in model.mechanisms if prefix + name in switches]
    if removed is None:
        removed = [name for name in able if load_mechanism(name).clock != "kinetics"]
    if not removed:
        raise UserError("removed: nothing to take away")
    found, words = [], [word for each in perturbations() for word in (each.name, *each.aliases)]
    for name in removed:
        if name in able:
            found.append(Removal(name, load_mechanism(name).title, MECHANISM))
            continue
        if name.lower() not in {word.lower() for word in words}:
            hint = nearest(name, {*able, *words})
            raise UserError(f"removed: {name!r} is no mechanism that can be switched, and no "
                            f"perturbation{hint}")  # fmt: skip
        what = perturbation(name)
        if what.lacks:
            raise UserError(f"removed: {what.lacks}")
        _check_reach(model, switches, what)
        found.append(Removal(what.name, f"{what.name} ({what.kind})", PERTURBATION))
    if len({row.name for row in found}) < len(found):
        twice = next(r.name for r in found if sum(o.name == r.name for o in found) > 1)
        raise UserError(f"removed: {twice!r} is asked for twice")
    seen = removal_findings(model, [row.name for row in found])
    return tuple(replace(row, findings=seen.get(row.name, ())) for row in found)


def _check_reach(model: Model, switches: Mapping[str, float], what) -> None:
    for symbol, _ in what.sets:
        if symbol not in {*model.inputs, *model.outputs, *switches}:
            raise UserError(f"removed: the model has no {symbol!r} for {what.name} to act on")


def _taken_away(
    row: Removal | None, reading: str, regimen: Regimen
) -> tuple[Regimen, dict[str, float]]:
    """Return a regimen with what a removal holds, and the parameters that it sets."""
    if row is None:
        return regimen, {}
    if row.kind == MECHANISM:
        prefix, value = READINGS[reading]
        return regimen, {prefix + row.name: value}
    what = perturbation(row.name)
    held = holds(what, what.start_h, what.hours, 1.0)
    moved = {each.symbol: each.value for each in settings(what, 1.0)}
    return replace(regimen, holds=(*regimen.holds, *held)), moved


def _set(
    values: dict[str, np.ndarray],
    moved: Mapping[str, float],
    who: slice,
    n: int,
    defaults: Mapping[str, float],
) -> None:
    """Set parameters for some of the people."""
    for symbol, value in moved.items():
        if symbol not in values:
            values[symbol] = np.full(n, defaults[symbol])
        values[symbol][who] = value


def _summary(
    model: Model, found, shape: tuple[int, ...], rows: tuple[Removal, ...], reading: str,
    given: str, population: str,
) -> Knockouts:  # fmt: skip
    """Return means over people, and what is left of the effect in the intact."""
    runs = found.values.reshape(shape)
    kept = np.isfinite(runs).all(axis=(0, 1, 3, 4))
    if not kept.any():
        raise UserError("knockouts: the engine gave up everybody in one of the runs")
    runs = np.moveaxis(runs[:, :, kept], 4, 3)
    each = (runs[:, 1] - runs[:, 0]).reshape(shape[0], int(kept.sum()), -1)
    intact, n = each[0].mean(axis=0), each.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        left = each[1:].mean(axis=1) / intact
        rest = each[1:] - left[:, None] * each[0]
        error = rest.std(axis=1, ddof=1) / np.sqrt(n) / np.abs(intact) if n > 1 else left * np.nan
    sure = 1.96 * each[0].std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else 0.0
    size = np.abs(intact).reshape(len(found.output), -1)
    largest = np.repeat(size.max(axis=1), size.shape[1])
    seen = np.abs(intact) > np.maximum(np.maximum(sure, NOTHING), FADED * largest)
    readouts = tuple(
        Readout(name, model.outputs[name].label, model.outputs[name].unit, float(time_h))
        for name in found.output.values.tolist()
        for time_h in found.time.values
    )
    return Knockouts(
        reading, rows, readouts, intact, each[1:].mean(axis=1),
        np.where(seen, 100 * left, np.nan), np.where(seen, 100 * error, np.nan),
        given, population, n, int((~kept).sum()),
    )  # fmt: skip
