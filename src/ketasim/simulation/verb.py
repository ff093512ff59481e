"""``simulate`` and its streaming form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.simulation.question import Question, compiler_of, question

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.dosing import Regimen
    from ketasim.model import Model
    from ketasim.population import Population

KEEP = ("people", "summary")
CHUNK_NUMBERS = 4_000_000
"""Numbers simulated at once when streaming (32 MB); results do not depend on it."""
RTOL = 1e-4
"""Relative error allowed per step; largest error of a point value about 2e-4 (``make bench``)."""


@overload
def simulate(
    model: Model,
    regimen: Regimen | Sequence[Regimen],
    population: Population,
    times: Sequence[float] | np.ndarray,
    outputs: Sequence[str] | str | None = None,
    *,
    values: Mapping[str, float | np.ndarray] | None = None,
    rtol: float = RTOL,
    threads: int | None = None,
    keep: Literal["people"] = "people",
    check: bool = False,
    precision: str = "double",
) -> xr.DataArray: ...


@overload
def simulate(
    model: Model,
    regimen: Regimen | Sequence[Regimen],
    population: Population,
    times: Sequence[float] | np.ndarray,
    outputs: Sequence[str] | str | None = None,
    *,
    values: Mapping[str, float | np.ndarray] | None = None,
    rtol: float = RTOL,
    threads: int | None = None,
    keep: Literal["summary"],
    check: bool = False,
    quantiles: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95),
    folder: str | Path | None = None,
    scheduler: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    precision: str = "double",
) -> xr.Dataset: ...


def simulate(
    model: Model,
    regimen: Regimen | Sequence[Regimen],
    population: Population,
    times: Sequence[float] | np.ndarray,
    outputs: Sequence[str] | str | None = None,
    *,
    values: Mapping[str, float | np.ndarray] | None = None,
    rtol: float = RTOL,
    threads: int | None = None,
    keep: str = "people",
    check: bool = False,
    quantiles: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95),
    folder: str | Path | None = None,
    scheduler: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    precision: str = "double",
) -> xr.DataArray | xr.Dataset:
    """Simulate a population on a regimen.

    Parameters
    ----------
    model : Model
        From :func:`ketasim.model.assemble`.
    regimen : Regimen or sequence of Regimen
        From :mod:`ketasim.dosing`: one for all, or one for each individual.
    population : Population
        From :mod:`ketasim.population`; holds the number of individuals and the seed.
    times : sequence of float, shape (n_times,)
        Output times [h] on the regimen's clock, ascending. An output at the very time of a
        dose shows the value before it.
    outputs : sequence of str, or str, optional
        Names from ``model.outputs``; default: all of them.
    values : mapping of str to float or ndarray, shape (n,), optional
        Parameters set over what the population draws, such as ``{"scale_gs": 0}``.
    rtol : float
        Relative error allowed per step.
    threads : int, optional
        Default: all processors. Results are bitwise the same for any number.
    keep : str
        ``"people"``: every number of everybody. ``"summary"``: mean, SD, quantiles, shares and
        failures at each time, in memory that does not grow with ``population.n``.
    check : bool
        Simulate a few individuals again with another solver at tight tolerance, and tell the
        engine's own error in the attribute ``check`` (see :func:`ketasim.simulation.check`).
    quantiles : sequence of float
        Of a summary: ascending, from 0 to 1.
    folder : path, optional
        Of a summary: where finished parts are kept. The same call goes on from there after a
        kill at any moment; another question is refused.
    scheduler : str, optional
        Of a summary: address of a Dask scheduler, as ``"tcp://host:8786"``, whose workers
        simulate the parts (needs the extra ``ketasim[dask]``). The numbers stay the same.
    progress : callable, optional
        Of a summary: told how many people are done, of how many.
    precision : str
        ``"single"`` computes with numbers of 32 bits, in about 0.6 of the time: times,
        steps and doses stay in 64 bits, an individual that 32 bits cannot follow is done in 64.
        A further error of about a millionth of what an output is made of comes on top of that of
        ``rtol`` (see :doc:`/large_populations`); results are as reproducible, with other digits.

    Returns
    -------
    xarray.DataArray, dims (individual, time, output)
        Coordinates: time [h], output with ``unit`` and ``label``, individual with ``status``
        and covariates. Attributes: seed, model hash, versions, regimen, population, preparation
        (human, mouse or rat), rtol. An individual the engine gave up is NaN with its status,
        never left out.
    xarray.Dataset, dims (time, output, share), of ``keep="summary"``
        ``mean``, ``sd``, ``minimum``, ``maximum``, ``count`` and ``failed`` of each time and
        output; ``quantile`` with ``quantile_low`` and ``quantile_high``, between which it lies
        for certain; ``response`` (a fall of MADRS by half or more since the last time not after
        0) and ``remission`` (10 points or less) as shares of those who have a rating.
        The same to the last bit whatever threads, parts, workers and interruptions.

    Raises
    ------
    UserError
        For an unknown output or parameter, or times that do not ascend; a folder or a scheduler
        that cannot be used; a precision that is unknown, or too coarse for ``rtol``.
    """
    import xarray as xr

    if keep not in KEEP:
        raise UserError(f"keep: {keep!r} is unknown{nearest(keep, KEEP)}")
    asked = question(
        model, regimen, population, times, outputs, values, rtol, compiler_of(precision)
    )
    if keep == "summary":
        from ketasim.simulation.summary import summarise

        found = summarise(
            asked,
            quantiles=quantiles,
            folder=Path(folder) if folder is not None else None,
            scheduler=scheduler,
            threads=checked_threads(threads),
            progress=progress,
        )
        return _checked(found, asked) if check else found
    for name, given in (("folder", folder), ("scheduler", scheduler), ("progress", progress)):
        if given is not None:
            raise UserError(f"{name}: is for keep='summary' only")

    parts = list(_answers(asked, max(1, population.n), checked_threads(threads)))
    found = parts[0] if len(parts) == 1 else xr.concat(parts, "individual")
    return _checked(found, asked) if check else found


def stream(
    model: Model,
    regimen: Regimen | Sequence[Regimen],
    population: Population,
    times: Sequence[float] | np.ndarray,
    outputs: Sequence[str] | str | None = None,
    *,
    values: Mapping[str, float | np.ndarray] | None = None,
    rtol: float = RTOL,
    threads: int | None = None,
    chunk: int | None = None,
    precision: str = "double",
) -> Iterator[xr.DataArray]:
    """Simulate chunk by chunk, so that memory does not grow with the population.

    Parameters are those of :func:`simulate`; ``chunk`` is the number of individuals at once,
    by default as many as give some four million numbers.
    Yields the same arrays :func:`simulate` would return, cut along ``individual``.
    """
    asked = question(
        model, regimen, population, times, outputs, values, rtol, compiler_of(precision)
    )
    if chunk is None:
        chunk = max(1, CHUNK_NUMBERS // (len(asked.times) * len(asked.outputs) or 1))
    yield from _answers(asked, chunk, checked_threads(threads))


def _answers(asked: Question, chunk: int, threads: int | None) -> Iterator[xr.DataArray]:
    n = asked.population.n
    for first in range(0, n, chunk):
        yield asked.answer(first, min(first + chunk, n), threads)


def _checked(found: Any, asked: Question) -> Any:
    """Return a result with what a check found in its attribute ``check``."""
    from ketasim.simulation.check import check_question

    return found.assign_attrs(check=str(check_question(asked)))


def checked_threads(threads: int | None) -> int | None:
    """Return a number of threads; raise UserError where it is none."""
    if threads is not None and threads < 1:
        raise UserError(f"threads {threads} is out of range; it must be at least 1")
    return threads
