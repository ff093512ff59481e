"""An outcome over dose and interval, or over dose and time, in the same people.

Every cell is a regimen of its own: a dose, given once and looked at after a while, or given at an
interval until a day and looked at on that day. All cells are one ensemble of the same people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ketasim.dosing import Regimen
from ketasim.dosing.protocol import Step, step_regimen
from ketasim.dosing.quantities import positive_hours
from ketasim.errors import UserError, nearest
from ketasim.inference.same_people import same_people
from ketasim.simulation import simulate

if TYPE_CHECKING:
    from ketasim.model import Model
    from ketasim.population import Population

OUTCOMES = ("response", "remission", "change", "mean", "peak")
MOST_CELLS, MOST_PEOPLE, MOST_SESSIONS = 400, 200_000, 400
REMISSION_POINTS, RESPONSE_SHARE = 10.0, 0.5
_AFTER_H = (0.25, 0.5, 0.67, 1.0, 1.5, 2.0, 3.0)  # where a peak is looked for behind a session


@dataclass(frozen=True, eq=False)
class DoseMap:
    """An outcome over d doses and c columns.

    Attributes
    ----------
    outcome : str
        One of `OUTCOMES`.
    output, label, unit : str
        What is looked at; the unit is that of ``value``.
    given : str
        Drug and route, in words.
    doses : tuple of str
    columns : tuple of str
        As asked for: intervals or times.
    columns_h : ndarray, shape (c,)
    over : str
        ``"interval"`` or ``"time"``.
    until : str
        When every cell is looked at, where columns are intervals; else empty.
    sessions : tuple of int
        In each column; 1 where columns are times.
    value, standard_error : ndarray, shape (d, c)
        Of people; shares in %.
    population : str
    individuals, lost : int
    """

    outcome: str
    output: str
    label: str
    unit: str
    given: str
    doses: tuple[str, ...]
    columns: tuple[str, ...]
    columns_h: np.ndarray
    over: str
    until: str
    sessions: tuple[int, ...]
    value: np.ndarray
    standard_error: np.ndarray
    population: str
    individuals: int
    lost: int


def dose_map(
    model: Model,
    population: Population,
    doses: Sequence[str],
    *,
    every: Sequence[str] | None = None,
    times: Sequence[str] | None = None,
    until: str = "28 d",
    drug: str = "ketamine",
    route: str = "infusion",
    over: str | None = "40 min",
    formulation: str | None = None,
    outcome: str = "response",
    output: str = "MADRS",
    threads: int | None = None,
) -> DoseMap:
    """Map an outcome over doses and intervals, or over doses and times after one dose.

    Parameters
    ----------
    model : Model
    population : Population
    doses : sequence of str
        Rows, as ``["0.1 mg/kg", "0.5 mg/kg"]``.
    every : sequence of str, optional
        Columns: intervals between sessions, from time 0 on as many as begin before ``until``.
    times : sequence of str, optional
        Columns: times after a single dose. Give this or ``every``.
    until : str
        With ``every``: how long sessions are given, and when the outcome is read.
    drug, route, over, formulation : str
        As in a study file; ``over`` counts for infusions alone.
    outcome : str
        ``response`` (% of people down by half), ``remission`` (% at 10 points or less), ``change``
        from before the first dose, ``mean``, or ``peak`` (greatest value of each person up to
        ``until``; with ``every`` alone).
    output : str
    threads : int, optional

    Raises
    ------
    UserError
        A dose, interval, time, word or output that cannot be, or too many cells.
    """
    columns, over_what = _columns(every, times, outcome)
    _check(model, outcome, output, doses, columns, population)
    columns_h = np.array([positive_hours(text, over_what) for text in columns])
    once = [_once(dose, drug, route, over, formulation) for dose in doses]
    if over_what == "time":
        order = np.argsort(columns_h, kind="stable")
        columns, columns_h = tuple(columns[k] for k in order), columns_h[order]
        cells, sessions, grid = [[one] for one in once], [1] * len(columns), columns_h
    else:
        end_h = positive_hours(until, "until")
        sessions = [_sessions(end_h, step_h, text) for step_h, text in zip(columns_h, columns,
                                                                          strict=True)]  # fmt: skip
        cells = [[_course(one, text, k) for text, k in zip(columns, sessions, strict=True)]
                 for one in once]  # fmt: skip
        grid = _grid(end_h, columns_h, sessions, outcome == "peak")
    each = _simulated(model, population, cells, np.union1d([0.0], grid), output, threads)
    kept = np.isfinite(each).all(axis=(0, 1, 3))
    if not kept.any():
        raise UserError("dose map: the engine gave up everybody in one of the cells")
    values = _outcome(each[:, :, kept], outcome, over_what)
    n = int(kept.sum())
    spread = values.std(axis=2, ddof=1) / np.sqrt(n) if n > 1 else values[:, :, 0] * np.nan
    share = outcome in ("response", "remission")
    return DoseMap(
        outcome, output, model.outputs[output].label, "%" if share else model.outputs[output].unit,
        _given(drug, route, over, formulation), tuple(doses), columns, columns_h, over_what,
        until if over_what == "interval" else "", tuple(sessions), values.mean(axis=2), spread,
        str(population), n, int((~kept).sum()),
    )  # fmt: skip


def _columns(
    every: Sequence[str] | None, times: Sequence[str] | None, outcome: str
) -> tuple[tuple[str, ...], str]:
    if (every is None) == (times is None):
        raise UserError("every: give either every (intervals) or times")
    if outcome == "peak" and every is None:
        raise UserError("outcome: 'peak' has no time; give every, or choose 'mean'")
    chosen = every if every is not None else times or ()
    if isinstance(chosen, str):
        raise UserError(f"every: {chosen!r} is one text; give a list, as ['3 d', '7 d']")
    return tuple(chosen), "interval" if every is not None else "time"


def _check(
    model: Model,
    outcome: str,
    output: str,
    doses: Sequence[str],
    columns: Sequence[str],
    population: Population,
) -> None:
    if outcome not in OUTCOMES:
        raise UserError(f"outcome: {outcome!r} is unknown{nearest(outcome, OUTCOMES)}")
    if output not in model.outputs:
        raise UserError(f"output '{output}' is not in the model{nearest(output, model.outputs)}")
    if outcome in ("response", "remission") and output != "MADRS":
        raise UserError(f"outcome: {outcome!r} is one of MADRS; for {output} choose 'change'")
    if isinstance(doses, str) or not doses or not columns:
        raise UserError("doses: give a list of doses, and one of intervals or times")
    for name, found in (("doses", list(doses)), ("columns", list(columns))):
        if len(set(found)) < len(found):
            twice = next(one for one in found if found.count(one) > 1)
            raise UserError(f"{name}: {twice!r} stands twice")
    cells = len(doses) * len(columns)
    if cells > MOST_CELLS or cells * population.n > MOST_PEOPLE:
        raise UserError(
            f"{cells} cells of {population.n} people are too many; at most {MOST_CELLS} cells and "
            f"{MOST_PEOPLE:,} people in all"
        )


def _once(dose: str, drug: str, route: str, over: str | None, formulation: str | None) -> Regimen:
    """Return one session."""
    from pydantic import ValidationError

    given = {"drug": drug, "dose": dose, "route": route, "formulation": formulation}
    if route == "infusion":
        given["over"] = over
    try:
        return step_regimen(Step.model_validate({k: v for k, v in given.items() if v is not None}))
    except ValidationError as error:
        found = error.errors()[0]
        place = f"{found['loc'][0]}: " if found["loc"] else ""
        raise UserError(f"{place}{found.get('ctx', {}).get('error', found['msg'])}") from None


def _sessions(end_h: float, step_h: float, text: str) -> int:
    """Return how many sessions begin before the end."""
    count = int(np.ceil(end_h / step_h - 1e-9))
    if count > MOST_SESSIONS:
        raise UserError(f"every: {text!r} means {count} sessions; at most {MOST_SESSIONS}")
    return count


def _course(once: Regimen, every: str, times: int) -> Regimen:
    return once.repeat(every=every, times=times) if times > 1 else once


def _grid(end_h: float, columns_h: np.ndarray, sessions: Sequence[int], peak: bool) -> np.ndarray:
    """Return when is looked: at the end, and for a peak after every session."""
    if not peak:
        return np.array([end_h])
    starts = {step * k for step, n in zip(columns_h, sessions, strict=True) for k in range(n)}
    found = {start + after for start in starts for after in _AFTER_H if start + after < end_h}
    return np.array(sorted({*found, end_h}))


def _simulated(
    model: Model,
    population: Population,
    cells: list[list[Regimen]],
    grid: np.ndarray,
    output: str,
    threads: int | None,
) -> np.ndarray:
    """Return the output of everybody, shape (doses, regimens, people, times)."""
    rows, columns, n = len(cells), len(cells[0]), population.n
    many, values = same_people(model, population, rows * columns, [output])
    given = [regimen for row in cells for regimen in row for _ in range(n)]
    found = simulate(model, given, many, grid, output, values=values, threads=threads)
    return found.values[:, :, 0].reshape(rows, columns, n, len(grid))


def _outcome(each: np.ndarray, outcome: str, over: str) -> np.ndarray:
    """Return the outcome of everybody, shape (doses, columns, people)."""
    before = each[..., :1]
    if over == "time":
        after = np.moveaxis(each[:, 0, :, 1:], 2, 1)
        before = np.moveaxis(before[:, 0], 2, 1)
    else:
        before, after = before[..., 0], each[..., -1]
    if outcome == "peak":
        return each.max(axis=3)
    if outcome == "response":
        return 100.0 * (before - after >= RESPONSE_SHARE * before)
    if outcome == "remission":
        return 100.0 * (after <= REMISSION_POINTS)
    return after - before if outcome == "change" else after


def _given(drug: str, route: str, over: str | None, formulation: str | None) -> str:
    how = f"{route} over {over}" if route == "infusion" else route
    return f"{drug}, {formulation or how}"
