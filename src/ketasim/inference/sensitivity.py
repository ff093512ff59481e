"""What the model's answer leans on: ``local_sensitivity`` and ``global_sensitivity``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError
from ketasim.inference.sensitivity_global import KEPT, GlobalSensitivity, N, check_n, global_of
from ketasim.inference.sensitivity_local import LocalSensitivity, local_of
from ketasim.inference.sensitivity_measures import quantities
from ketasim.inference.sensitivity_runs import Experiment

if TYPE_CHECKING:
    from ketasim.dosing import Regimen
    from ketasim.model import Model
    from ketasim.population import Population

UNTIL = "28 d"
RTOL = 1e-4
Words = Sequence[str] | str
Progress = Callable[[int, int], None]


def local_sensitivity(
    model: Model,
    regimen: Regimen,
    population: Population | None = None,
    *,
    output: Words = "MADRS",
    measure: Words | None = None,
    at: Sequence[str | float] | str | float | None = None,
    control: Regimen | None = None,
    until: str = UNTIL,
    fixed: Sequence[str] = (),
    threads: int | None = None,
    progress: Progress | None = None,
) -> LocalSensitivity:
    """Move one parameter at a time, and see what the answer does.

    Parameters
    ----------
    model : Model
        From :func:`ketasim.model.assemble`.
    regimen : Regimen
    population : Population, optional
        Who: default the typical person; with more, the answer is that of their mean course.
    output : str or sequence of str
        Outputs of the model.
    measure : str or sequence of str, optional
        ``value``, ``change``, ``advantage``, ``peak``, ``trough``, ``AUC`` or ``time to half
        effect``; default: ``advantage`` with a control arm, else ``value``.
    at : str, float or sequence of them, optional
        Times of measures that are read at a time; numbers are in h. Default: 24 h and 7 days,
        as far as the course goes.
    control : Regimen, optional
        What the control arm gets.
    until : str
        End of the course.
    fixed : sequence of str
        Parameters that stay.
    threads : int, optional
        Results are the same for any number.
    progress : callable, optional
        Called with sets of parameters done and in all.

    Returns
    -------
    LocalSensitivity

    Raises
    ------
    UserError
        An unknown output, measure or parameter, or a time outside the course.
    """
    experiment = experiment_of(
        model, regimen, population, output, measure, at, control, until, threads=threads
    )
    _check_symbols(model, fixed)
    return local_of(experiment, fixed, progress)


def global_sensitivity(
    model: Model,
    regimen: Regimen,
    population: Population | None = None,
    *,
    output: Words = "MADRS",
    measure: Words | None = None,
    at: Sequence[str | float] | str | float | None = None,
    control: Regimen | None = None,
    until: str = UNTIL,
    fixed: Sequence[str] = (),
    n: int = N,
    kept: int = KEPT,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> GlobalSensitivity:
    """Move everything that is not known at once, and share out the variance of the answer.

    Parameters
    ----------
    model, regimen, population, output, measure, at, control, until, fixed, threads, progress
        As for :func:`local_sensitivity`.
    n : int
        Points of each of the two samples, a power of 2.
    kept : int
        Factors told apart, those that a screening finds to matter most; all others are moved
        together as one.
    seed : int
        Of the samples and the bootstrap.

    Returns
    -------
    GlobalSensitivity

    Raises
    ------
    UserError
        As :func:`local_sensitivity`; ``n`` that is no power of 2.
    """
    check_n(n, kept)
    experiment = experiment_of(
        model, regimen, population, output, measure, at, control, until, threads=threads
    )
    _check_symbols(model, fixed)
    return global_of(experiment, fixed, n=n, seed=seed, kept=kept, progress=progress)


def experiment_of(
    model: Model,
    regimen: Regimen,
    population: Population | None,
    output: Words,
    measure: Words | None,
    at: Sequence[str | float] | str | float | None,
    control: Regimen | None,
    until: str | float,
    *,
    course_h: np.ndarray | None = None,
    rtol: float = RTOL,
    threads: int | None = None,
) -> Experiment:
    """Return what is simulated for every set of parameters.

    ``course_h`` is the grid of the whole course; default: as a study's, minutes to weeks.
    """
    from ketasim.dosing.quantities import hours
    from ketasim.population import Population
    from ketasim.study.tables import Times
    from ketasim.study.times import output_times

    until_h = hours(until, "until") if isinstance(until, str) else float(until)
    words = measure or ("value" if control is None else "advantage")
    asked = quantities(
        model, _listed(output), _listed(words), _moments(at), until_h, control is not None
    )
    if course_h is None:
        doses = [
            (dose.start_h, dose.start_h + dose.duration_h)
            for each in (regimen, control)
            if each is not None
            for dose in each.doses
        ]
        course_h = output_times(Times(until=f"{until_h:g} h"), doses)
    who = population or Population("typical")
    return Experiment(model, regimen, control, who, asked, course_h, rtol, threads)


def _listed(words: Words) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def _moments(at: Sequence[str | float] | str | float | None) -> list[str | float] | None:
    if at is None:
        return None
    return [at] if isinstance(at, str | int | float) else list(at)


def _check_symbols(model: Model, fixed: Sequence[str]) -> None:
    from ketasim.errors import nearest

    known = {row.symbol for row in model.parameters}
    for symbol in fixed:
        if symbol not in known:
            raise UserError(f"fixed: no parameter {symbol!r}{nearest(symbol, known)}")
